// Fifty clients choose from the same version at once, through every door. One of them gets it, and
// the others learn in the same answer what the game is now.

import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { ROOT, startServer } from '../support/server.mjs';
import { gamePath, newLinkGame, post, readHistory } from './support/http.mjs';
import { choice, watch } from './support/socket.mjs';

const SOCKETS = 26; // every second one on the path of CASYS clients
const REQUESTS = 24; // every second one with If-Match
const CLIENTS = SOCKETS + REQUESTS;
const CHOICES = ['left', 'right', 'roll'];

let server;
// Connections that are open when the race begins, as those of the sockets are.
const agent = new Agent({ keepAlive: true });

before(async () => {
  server = await startServer({ args: ['--stories', join(ROOT, 'tests/e2e/stories'), '--threads', '2'] });
});

after(async () => {
  agent.destroy();
  await server?.remove();
});

const raceBySocket = async (client, message) => {
  client.send(message);
  const answer = await client.until(({ request_id: id }) => id === message.request_id);
  if (answer.type === 'choice_ack') {
    assert.equal(answer.duplicate, false);
    return { won: true, version: answer.version };
  }
  assert.equal(answer.type, 'choice_error');
  assert.equal(answer.code, 'stale_version');
  assert.equal(answer.game_id, message.choice.game_id);
  assert.equal(answer.version, answer.state.version);
  return { won: false, state: JSON.stringify(answer.state) };
};

const raceByRest = async (gameId, choiceId, version, withHeader) => {
  const answer = withHeader
    ? await post(server, gamePath(gameId, '/choices'), { choice_id: choiceId },
      { agent, headers: { 'if-match': `"${version}"` } })
    : await post(server, gamePath(gameId, '/choices'), { choice_id: choiceId, version }, { agent });
  if (answer.status === 200) {
    assert.equal(answer.headers.etag, `"${answer.json.version}"`);
    return { won: true, version: answer.json.version, state: answer.text };
  }
  assert.equal(answer.status, withHeader ? 412 : 409, answer.text);
  assert.equal(answer.json.code, 'stale_version');
  assert.equal(answer.json.version, answer.json.state.version);
  return { won: false, state: JSON.stringify(answer.json.state) };
};

test('of 50 clients that race for a version exactly one wins', async (t) => {
  const gameId = await newLinkGame(server);
  const clients = await Promise.all(Array.from({ length: SOCKETS }, (_, i) =>
    watch(server, gameId, { path: i % 2 ? '/api/ws/game' : '/ws/game' })));
  const wins = { socket: 0, rest: 0 };
  const VERSIONS = 40;
  for (let version = 1; version <= VERSIONS; version += 1) {
    const racers = [];
    for (let i = 0; i < CLIENTS; i += 1) {
      const choiceId = CHOICES[i % CHOICES.length];
      if (i < REQUESTS) racers.push(raceByRest(gameId, choiceId, version, i % 2 === 0));
      // A request leaves at the end of node's turn: in every second race the sockets wait for it.
      else if (i === REQUESTS && version % 2) await setImmediate();
      if (i >= REQUESTS) {
        const message = choice(gameId, choiceId, { version, request_id: `${version}/${i}` });
        racers.push(raceBySocket(clients[i - REQUESTS], message));
      }
    }
    const results = await Promise.all(racers);
    const winners = results.filter(({ won }) => won);
    assert.equal(winners.length, 1);
    assert.equal(winners[0].version, version + 1);
    const state = results.find((result) => result.state).state;
    assert.equal(JSON.parse(state).version, version + 1);
    for (const result of results) if (result.state) assert.equal(result.state, state);
    wins[winners[0].state ? 'rest' : 'socket'] += 1;
  }
  // Every watcher can be shown the last version, and the journal has one choice for each.
  for (const client of clients) {
    client.send({ type: 'get_state' });
    await client.until(({ type, version }) => type === 'state' && version === VERSIONS + 1);
    await client.close();
  }
  assert.equal((await readHistory(server, gameId)).length, VERSIONS + 1);
  assert.ok(wins.socket > 0 && wins.rest > 0, JSON.stringify(wins));
  t.diagnostic(`${wins.socket} won by socket, ${wins.rest} by REST`);
});

test('fifty retries of one request are one choice', async () => {
  const gameId = await newLinkGame(server);
  const clients = await Promise.all(Array.from({ length: SOCKETS }, () => watch(server, gameId)));
  const message = choice(gameId, 'left', { version: 1, request_id: 'the only one' });
  const answers = await Promise.all([
    ...clients.map(async (client) => {
      client.send(message);
      return client.until(({ request_id: id }) => id === message.request_id);
    }),
    ...Array.from({ length: REQUESTS }, async () => {
      const answer = await post(server, gamePath(gameId, '/choices'),
        { choice_id: 'left', version: 1 }, { headers: { 'idempotency-key': message.request_id } });
      assert.equal(answer.status, 200, answer.text);
      return { version: answer.json.version, duplicate: undefined };
    }),
  ]);
  for (const { version } of answers) assert.equal(version, 2);
  assert.ok(answers.filter(({ duplicate }) => duplicate === false).length <= 1);
  assert.equal((await readHistory(server, gameId)).length, 2);
  await Promise.all(clients.map((client) => client.close()));
});

test('racing without a version, every accepted choice is one version', async () => {
  const gameId = await newLinkGame(server);
  const clients = await Promise.all(Array.from({ length: SOCKETS }, () => watch(server, gameId)));
  const answers = await Promise.all([
    ...clients.map(async (client, i) => {
      client.send(choice(gameId, CHOICES[i % 3], { request_id: `socket ${i}` }));
      return client.until(({ request_id: id }) => id === `socket ${i}`);
    }),
    ...Array.from({ length: REQUESTS }, async (_, i) => {
      const answer = await post(server, gamePath(gameId, '/choices'), { choice_id: CHOICES[i % 3] });
      assert.equal(answer.status, 200, answer.text);
      return answer.json;
    }),
  ]);
  const versions = answers.map(({ version }) => version).sort((a, b) => a - b);
  assert.deepEqual(versions, Array.from({ length: CLIENTS }, (_, i) => i + 2));
  await Promise.all(clients.map((client) => client.close()));
});
