// A secret that was replaced is good for a minute more, and what came with it ends then. This test
// lives through that minute.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import { ask, assertProblem, gamePath, newGame, post } from './support/http.mjs';
import { connect, watch } from './support/socket.mjs';

let server;

before(async () => {
  server = await startServer({ args: ['--stories', join(ROOT, 'tests/e2e/stories'), '--threads', '2'] });
});

after(async () => {
  const code = await server.stop();
  const { log } = server;
  await server.remove();
  assert.equal(code, 0, log);
  assert.ok(!/Sanitizer|runtime error|ENSURE/.test(log), log);
});

const secretIn = (answer) => {
  const [set, ...others] = answer.headers['set-cookie'];
  assert.deepEqual(others, []);
  const [pair, ...flags] = set.split('; ');
  assert.deepEqual(flags, ['Path=/', 'Max-Age=31536000', 'HttpOnly', 'SameSite=Lax']);
  return /^casys_session=([A-Za-z0-9_-]{43})$/.exec(pair)[1];
};

test('a page gets its next secret as a cookie alone, a program as a token alone', async () => {
  const { session } = await newGame(server);
  const byCookie = await post(server, '/api/session/rotate', {},
    { headers: { cookie: `casys_session=${session}`, origin: server.url } });
  assert.equal(byCookie.status, 200, byCookie.text);
  assert.deepEqual(Object.keys(byCookie.json), ['session_id', 'device_id']);
  const second = secretIn(byCookie);
  const byBearer = await post(server, '/api/session/rotate', {}, { session: second });
  assert.equal(byBearer.status, 200, byBearer.text);
  assert.ok(!byBearer.headers['set-cookie']);
  const third = byBearer.json.session_token;
  assert.equal(new Set([session, second, third]).size, 3);
  // The last but one is still good, the one before it is not.
  assert.equal((await ask(server, '/api/session', { session: second })).status, 200);
  assertProblem(await ask(server, '/api/session', { session }), 401, 'unauthorized');
  const { devices } = (await ask(server, '/api/session', { session: third })).json;
  assert.deepEqual(devices.map(({ device_id: id, current }) => [id, current]), [[byCookie.json.device_id, true]]);
});

test('what came with the secret before ends after a minute, and nothing else does', async () => {
  const game = await newGame(server);
  const early = await watch(server, game.id, { session: game.session });
  const began = performance.now();
  const rotated = await post(server, '/api/session/rotate', {}, { session: game.session });
  const next = rotated.json.session_token;
  // Within the minute, both secrets do.
  const late = await watch(server, game.id, { headers: { cookie: `casys_session=${game.session}` } });
  const stays = await watch(server, game.id, { session: next });
  const silent = await connect(server, { session: game.session });
  const played = await post(server, gamePath(game.id, '/choices'), { choice_id: 'left' }, { session: game.session });
  assert.equal(played.status, 200, played.text);
  for (const client of [early, late]) {
    await client.expect('state');
    assert.deepEqual(await client.closed, { code: 1001, reason: 'secret_replaced' });
  }
  const lasted = performance.now() - began;
  assert.ok(lasted >= 60_000, `${lasted} ms`);
  await stays.expect('state');
  assert.deepEqual(await stays.settle(), []);
  // Who has asked nothing yet is refused when it asks.
  silent.send({ type: 'attach', game_id: game.id });
  assert.equal((await silent.expect('message_error')).code, 'unauthorized');
  assertProblem(await ask(server, gamePath(game.id), { session: game.session }), 401, 'unauthorized');
  assertProblem(await post(server, '/api/session/rotate', {}, { session: game.session }), 401, 'unauthorized');
  assert.equal((await ask(server, gamePath(game.id), { session: next })).status, 200);
  await stays.close();
  await silent.close();
});
