// Going back: undo and load, through REST and the socket, what they show, what they refuse, and that
// nobody changes a throw by them.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import {
  ask, assertProblem, gamePath, newGame, newLinkGame, post, readGame, readHistory,
} from './support/http.mjs';
import { connect, watch } from './support/socket.mjs';

let server;
let folder;

// The carousel under each of the policies that a story can have.
const POLICIES = { 'undo-none': 'none', 'undo-free': 'free', 'undo-one': 1, 'undo-many': 99 };

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'casysd-saves-'));
  const carousel = JSON.parse(await readFile(join(ROOT, 'tests/e2e/stories/carousel.json'), 'utf8'));
  await writeFile(join(folder, 'carousel.json'), JSON.stringify(carousel));
  for (const [id, undo] of Object.entries(POLICIES)) {
    await writeFile(join(folder, `${id}.json`), JSON.stringify({ ...carousel, id, undo }));
  }
  server = await startServer({ args: ['--stories', folder, '--threads', '2'] });
});

after(async () => {
  await server?.remove();
  await rm(folder, { recursive: true });
});

const begin = (story = 'carousel') => newGame(server, { story });
const act = (game, deed, body = {}, headers = {}) =>
  post(server, gamePath(game.id, `/${deed}`), body, { session: game.session, headers });
const play = (game, choice_id, more = {}) => act(game, 'choices', { choice_id, ...more });
const undo = (game, body, headers) => act(game, 'undo', body, headers);
const load = (game, body, headers) => act(game, 'load', body, headers);

const ok = (answer) => {
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.etag, `"${answer.json.version}"`);
  return answer.json;
};

// What a state says of the game, without what belongs to the version or to how it came.
const content = ({ section_number, character, status, rules, ending }) =>
  ({ section_number, character, status, choices: rules.choices, ending });

test('undo makes a new version that is like the one before', async () => {
  const game = await begin();
  const first = ok(await play(game, 'roll'));
  const second = ok(await play(game, 'left'));
  const back = ok(await undo(game));
  assert.equal(back.version, 4);
  assert.deepEqual(content(back), content(first));
  assert.notEqual(back.section_number, second.section_number);
  const further = ok(await undo(game));
  assert.equal(further.version, 5);
  assert.deepEqual(content(further), content(game.state));
  assertProblem(await undo(game), 422, 'nothing_to_undo');
  assert.equal((await readGame(server, game.id, game.session)).json.version, 5);
  const events = await readHistory(server, game.id, game.session);
  assert.deepEqual(events.map(({ type, of }) => [type, of]),
    [['start', undefined], ['choice', undefined], ['choice', undefined], ['load', 2], ['load', 1]]);
  assert.match(events[3].words, /^Went back to version 2\. Section \d+\.$/);
});

test('load makes a new version that is like an earlier one, and destroys nothing', async () => {
  const game = await begin();
  const states = [null, game.state];
  for (const choice of ['roll', 'left', 'roll', 'left']) states.push(ok(await play(game, choice)));
  for (const of of [2, 4, 1, 5, 3]) {
    const loaded = ok(await load(game, { of }));
    assert.equal(loaded.version, states.length);
    assert.deepEqual(content(loaded), content(states[of]));
    states.push(loaded);
  }
  // A version that a load made can be gone back to like any other.
  assert.deepEqual(content(ok(await load(game, { of: 7 }))), content(states[4]));
});

test('what was thrown comes again, whatever was gone back to and chosen in between', async () => {
  const game = await begin();
  const thrown = [];
  for (let i = 0; i < 6; i += 1) {
    thrown.push(ok(await play(game, 'roll')).decision.rolls);
    ok(await play(game, 'left'));
  }
  for (const of of [1, 5, 9, 3]) {
    ok(await load(game, { of }));
    const again = ok(await play(game, 'roll'));
    assert.deepEqual(again.decision.rolls, thrown[(of - 1) / 2]);
    ok(await undo(game));
    assert.deepEqual(ok(await play(game, 'roll')).decision.rolls, thrown[(of - 1) / 2]);
  }
});

test('what a story allows is what can be undone', async () => {
  const none = await begin('undo-none');
  ok(await play(none, 'roll'));
  assertProblem(await undo(none), 422, 'undo_refused');
  assertProblem(await load(none, { of: 1 }), 422, 'undo_refused');

  const one = await begin('undo-one');
  ok(await play(one, 'roll'));
  ok(await undo(one));
  ok(await play(one, 'roll'));
  assertProblem(await undo(one), 422, 'undo_refused');
  assertProblem(await load(one, { of: 1 }), 422, 'undo_refused');

  const free = await begin('undo-free');
  ok(await play(free, 'roll'));
  for (let i = 0; i < 120; i += 1) ok(await load(free, { of: 1 }));

  const many = await begin('undo-many');
  ok(await play(many, 'roll'));
  for (let i = 0; i < 99; i += 1) ok(await load(many, { of: 1 }));
  assertProblem(await load(many, { of: 1 }), 422, 'undo_refused');
});

test('what cannot be gone back to is refused in its own words', async () => {
  const game = await begin();
  assertProblem(await undo(game), 422, 'nothing_to_undo');
  ok(await play(game, 'roll'));
  for (const of of [3, 99, Number.MAX_SAFE_INTEGER]) {
    assertProblem(await load(game, { of }), 404, 'version_not_found');
  }
  for (const body of [{}, { of: 0 }, { of: -1 }, { of: '1' }, { of: 1.5 }, { of: null }, []]) {
    assertProblem(await load(game, body), 400, 'invalid_message');
  }
  assert.equal((await post(server, '/api/game/reset', { game_id: game.id }, { session: game.session })).status, 200);
  assertProblem(await undo(game), 422, 'nothing_to_undo');
  assertProblem(await load(game, { of: 2 }), 422, 'undo_refused');
  assert.equal((await readGame(server, game.id, game.session)).json.version, 3);
});

test('a version that is said is kept to', async () => {
  const game = await begin();
  ok(await play(game, 'roll'));
  ok(await play(game, 'left'));
  const stale = assertProblem(await undo(game, { version: 2 }), 409, 'stale_version');
  assert.equal(stale.state.version, 3);
  assertProblem(await load(game, { of: 1 }, { 'if-match': '"2"' }), 412, 'stale_version');
  assert.equal(ok(await undo(game, {}, { 'if-match': '"3"' })).version, 4);
  assert.equal(ok(await load(game, { of: 1, version: 4 })).version, 5);
});

test('undone once, however often it was asked, also after a crash', async () => {
  const game = await begin();
  ok(await play(game, 'roll'));
  ok(await play(game, 'left'));
  const asked = { version: 3, request_id: 'back' };
  const answers = await Promise.all(Array.from({ length: 8 }, () => undo(game, asked)));
  const first = answers[0].text;
  for (const answer of answers) assert.equal(answer.text, first);
  assert.equal(ok(answers[0]).version, 4);
  const loaded = await load(game, { of: 3, request_id: 'there' });
  assert.equal(ok(loaded).version, 5);
  await server.kill();
  await server.start();
  assert.equal((await undo(game, asked)).text, first);
  assert.equal((await load(game, { of: 3, request_id: 'there' })).text, loaded.text);
  assertProblem(await load(game, { of: 2, request_id: 'there' }), 422, 'request_id_reused');
  assertProblem(await undo(game, { request_id: 'there' }), 422, 'request_id_reused');
  assertProblem(await play(game, 'roll', { request_id: 'back' }), 422, 'request_id_reused');
  assert.equal((await readGame(server, game.id, game.session)).json.version, 5);
});

test('a crash and a restart change nothing of what was gone back to', async () => {
  const game = await begin();
  const rolls = ok(await play(game, 'roll')).decision.rolls;
  ok(await play(game, 'left'));
  ok(await undo(game));
  const before = ok(await undo(game));
  await server.kill();
  await server.start();
  assert.deepEqual((await readGame(server, game.id, game.session)).json, before);
  assert.deepEqual(ok(await play(game, 'roll')).decision.rolls, rolls);
  assert.equal(ok(await undo(game)).version, 7);
});

test('everybody who watches sees an undo, and nobody else may undo', async () => {
  const game = await begin();
  const played = ok(await play(game, 'roll'));
  const watchers = [await watch(server, game.id, { session: game.session }),
    await watch(server, game.id, { session: game.session })];
  const poll = ask(server, gamePath(game.id, '?since=2&wait=30'), { session: game.session });
  const back = await undo(game);
  for (const watcher of watchers) assert.equal(await watcher.takeText(), back.text);
  // It may be asked after the undo; the answer is the same then.
  assert.equal((await poll).text, back.text);
  const stranger = await begin();
  for (const who of [{ session: stranger.session }, {}]) {
    for (const [deed, body] of [['undo', {}], ['load', { of: 1 }]]) {
      assertProblem(await post(server, gamePath(game.id, `/${deed}`), body, who), 404, 'game_not_found');
    }
  }
  assert.notDeepEqual(content(played), content(back.json));
  await Promise.all(watchers.map((watcher) => watcher.close()));
});

test('undo and load on the socket: the answers of a choice', async () => {
  const game = await begin();
  const client = await watch(server, game.id, { session: game.session });
  const send = async (message) => {
    client.send(message);
    return client.take();
  };
  await send({ type: 'choice', choice: { choice_id: 'roll' }, version: 1 });
  const ack = await send({ type: 'undo', game_id: game.id, version: 2, request_id: 'u' });
  assert.deepEqual(ack,
    { type: 'choice_ack', request_id: 'u', game_id: game.id, version: 3, duplicate: false });
  const back = await client.expect('state');
  assert.deepEqual(content(back), content(game.state));
  assert.equal((await send({ type: 'undo', request_id: 'u', version: 2 })).duplicate, true);
  assert.deepEqual(await client.expect('state'), back);
  assert.equal((await send({ type: 'load', of: 2 })).version, 4);
  for (const [message, code] of [
    [{ type: 'undo', version: 2 }, 'stale_version'],
    [{ type: 'load', of: 77 }, 'version_not_found'],
    [{ type: 'load' }, 'invalid_message'],
    [{ type: 'load', of: 0 }, 'invalid_message'],
    [{ type: 'undo', version: 'x' }, 'invalid_message'],
    [{ type: 'undo', game_id: 'AAAAAAAAAAAAAAAAAAAAAA' }, 'game_not_found'],
  ]) {
    const refused = await send({ ...message, request_id: 'r' });
    assert.deepEqual([refused.type, refused.code, refused.request_id], ['choice_error', code, 'r']);
  }
  await client.close();
  const nowhere = await connect(server, { session: game.session });
  nowhere.send({ type: 'undo' });
  assert.equal((await nowhere.expect('choice_error')).code, 'invalid_message');
  await nowhere.close();
});
