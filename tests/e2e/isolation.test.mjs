// Games do not know of each other: what happens in one reaches its own watchers and nobody else,
// in the order in which it happened; and to a stranger a private game is no game.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import { ask, gamePath, newGame, newLinkGame, post, readGame, readHistory } from './support/http.mjs';
import { choice, connect, watch } from './support/socket.mjs';

const UNKNOWN = 'AAAAAAAAAAAAAAAAABAAAQ';

let server;

before(async () => {
  server = await startServer({ args: ['--stories', join(ROOT, 'tests/e2e/stories'), '--threads', '2'] });
});

after(() => server?.remove());

test('no frame of a game reaches a watcher of another one', async () => {
  const GAMES = 24;
  const WATCHERS = 4;
  const CHOICES = 30;
  const names = ['left', 'right', 'roll'];
  const games = await Promise.all(Array.from({ length: GAMES }, async (_, i) => {
    const game = i % 3 ? await newGame(server) : { id: await newLinkGame(server) };
    const watchers = await Promise.all(Array.from({ length: WATCHERS }, (__, w) => watch(server, game.id,
      { session: game.session, path: w % 2 ? '/api/ws/game' : '/ws/game' })));
    return { ...game, watchers, other: [] };
  }));

  // All the players at once; each waits for its acknowledgement only.
  await Promise.all(games.map(async ({ id, watchers }, g) => {
    for (let i = 0; i < CHOICES; i += 1) {
      const player = watchers[i % WATCHERS];
      const request = `${g}/${i}`;
      player.send(choice(id, names[Math.floor(Math.random() * names.length)], { request_id: request }));
      await player.until((message) => message.request_id === request);
    }
  }));

  const foreign = (text, own) => games.some(({ id }) => id !== own && text.includes(id));
  for (const { id, session, watchers } of games) {
    const last = (await readGame(server, id, session)).text;
    for (const watcher of watchers) {
      while (!watcher.texts.includes(last)) await watcher.take();
      const shown = watcher.texts.map((text) => JSON.parse(text))
        .filter(({ type }) => type === 'state').map(({ version }) => version);
      // A newer version may stand for older ones; it never goes back, and nothing comes twice.
      shown.forEach((version, i) => assert.ok(i === 0 || version > shown[i - 1], `${id}: ${shown}`));
      assert.equal(shown.at(-1), CHOICES + 1);
      for (const text of watcher.texts) assert.ok(!foreign(text, id), `in ${id}: ${text}`);
    }
    assert.equal((await readHistory(server, id, session)).length, CHOICES + 1);
  }
  await Promise.all(games.flatMap(({ watchers }) => watchers.map((watcher) => watcher.close())));
});

test('a connection that went on to another game hears no more of the first', async () => {
  const [first, second] = [await newLinkGame(server), await newLinkGame(server)];
  const player = await watch(server, first);
  const walker = await watch(server, first);
  for (let round = 0; round < 20; round += 1) {
    const [here, there] = round % 2 ? [second, first] : [first, second];
    walker.send({ type: 'attach', game_id: there });
    await walker.until(({ type, game_id: id }) => type === 'state' && id === there);
    const from = walker.texts.length;
    player.send(choice(here, 'left', { request_id: `here ${round}` }));
    await player.until(({ request_id: id }) => id === `here ${round}`);
    player.send(choice(there, 'right', { request_id: `there ${round}` }));
    const { version } = await player.until(({ request_id: id }) => id === `there ${round}`);
    await walker.until((message) => message.version === version);
    for (const text of walker.texts.slice(from)) assert.ok(!text.includes(here), text);
  }
  await player.close();
  await walker.close();
});

const withoutHeaders = ({ status, text }) => ({ status, text });

test('to a stranger a private game looks exactly like one that does not exist', async () => {
  const game = await newGame(server);
  const stranger = await newGame(server);
  const body = { choice_id: 'left' };
  const doors = [
    ['GET', (id) => gamePath(id)],
    ['GET', (id) => gamePath(id, '?since=0')],
    ['GET', (id) => gamePath(id, '?since=1&wait=20')],
    ['GET', (id) => gamePath(id, '/history')],
    ['POST', (id) => gamePath(id, '/choices'), () => body],
    ['POST', (id) => gamePath(id, '/stop'), () => ({})],
    ['GET', (id) => `/api/game/state?game_id=${id}`],
    ['GET', (id) => `/api/game/feedback?game_id=${id}`],
    ['POST', () => '/api/game/stop', (id) => ({ game_id: id })],
    ['POST', () => '/api/game/reset', (id) => ({ game_id: id })],
    ['POST', () => '/api/utils/feedback', (id) => ({ game_id: id, feedback: 'Hello' })],
  ];
  const visitors = [
    ['nobody', {}],
    ['a stranger', { session: stranger.session }],
    ['a stale cookie', { headers: { cookie: 'casys_session=gone', origin: server.url } }],
    ['the public name of the owner', { headers: { cookie: `casys_session=${game.state.session_id}`, origin: server.url } }],
  ];
  for (const [who, as] of visitors) {
    for (const [method, path, json] of doors) {
      const [real, none] = await Promise.all([game.id, UNKNOWN].map((id) =>
        ask(server, path(id), { method, json: json?.(id), ...as })));
      const why = `${who}: ${method} ${path('')}`;
      assert.equal(real.status, 404, `${why}: ${real.text}`);
      assert.equal(real.json.code, 'game_not_found', why);
      assert.deepEqual(withoutHeaders(real), withoutHeaders(none), why);
    }
  }
  assert.equal((await readGame(server, game.id, game.session)).json.version, 1);
});

test('a stranger on a socket can neither watch, read nor play a private game', async () => {
  const game = await newGame(server);
  const stranger = await newGame(server);
  for (const path of ['/ws/game', '/api/ws/game']) {
    for (const session of [undefined, stranger.session]) {
      const client = await connect(server, { path, session, query: `?game_id=${game.id}` });
      assert.equal((await client.expect('message_error')).code, 'game_not_found');
      const messages = [
        { type: 'attach', game_id: game.id },
        { type: 'attach', game_id: game.id, version: 1 },
        { type: 'get_state', game_id: game.id },
        choice(game.id, 'left', { request_id: 'mine' }),
      ];
      const answers = [];
      for (const message of messages) {
        client.send(message);
        const answer = await client.take();
        assert.equal(answer.code, 'game_not_found', JSON.stringify(answer));
        assert.ok(!('state' in answer));
        assert.ok(!answer.version);
        answers.push(JSON.stringify(answer).replaceAll(game.id, ''));
        client.send(JSON.parse(JSON.stringify(message).replaceAll(game.id, UNKNOWN)));
        const none = JSON.stringify(await client.take()).replaceAll(UNKNOWN, '');
        assert.equal(none, answers.at(-1));
      }
      // The owner plays on; the stranger, who asked to watch, is not told.
      const played = await post(server, gamePath(game.id, '/choices'), { choice_id: 'left' },
        { session: game.session });
      assert.equal(played.status, 200);
      await client.settle();
      for (const text of client.texts) assert.ok(!text.includes('"type":"state"'), text);
      await client.close();
    }
  }
});

test('stopping one link game leaves the others alone', async () => {
  const [mine, other] = [await newLinkGame(server), await newLinkGame(server)];
  const answer = await post(server, '/api/game/stop', { game_id: mine });
  assert.equal(answer.status, 200, answer.text);
  const stopped = await ask(server, `/api/game/state?game_id=${mine}`);
  const running = await ask(server, `/api/game/state?game_id=${other}`);
  assert.equal(stopped.json.state.status, 'stopped');
  assert.equal(running.json.state.status, 'active');
});
