// Deleting a game: it is gone at once for everybody, at every door, and after a crash; what it left goes
// from the database.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import { ask, assertProblem, gamePath, newGame, newLinkGame, post } from './support/http.mjs';
import { connect, watch } from './support/socket.mjs';

const STORIES = ['--stories', join(ROOT, 'tests/e2e/stories')];

let server;

before(async () => { server = await startServer({ args: [...STORIES, '--threads', '2'] }); });
after(async () => { await server?.remove(); });

const begin = () => newGame(server, { story: 'carousel' });
const act = (game, deed, body = {}) =>
  post(server, gamePath(game.id, `/${deed}`), body, { session: game.session });
const remove = (id, session) => ask(server, gamePath(id), { method: 'DELETE', session });
const gone = async (game) => {
  const removed = await remove(game.id, game.session);
  assert.equal(removed.status, 204, removed.text);
  assert.equal(removed.text, '');
};

// Every way to ask for a game.
const assertGone = async ({ id, session }) => {
  for (const [method, rest, json] of [
    ['GET', ''], ['GET', '?since=1&wait=5'], ['GET', '/history'], ['GET', '/export'], ['GET', '/saves'],
    ['POST', '/choices', { choice_id: 'roll' }], ['POST', '/undo', {}], ['POST', '/load', { of: 1 }],
    ['POST', '/saves', { name: 'x' }], ['POST', '/saves/1/load', {}], ['POST', '/fork', {}],
    ['POST', '/stop', {}], ['DELETE', '/saves/1'], ['DELETE', ''],
  ]) {
    assertProblem(await ask(server, gamePath(id, rest), { method, json, session }), 404, 'game_not_found');
  }
};

test('a deleted game is gone for its owner, also after a crash', async () => {
  const game = await begin();
  assert.equal((await act(game, 'choices', { choice_id: 'roll' })).status, 200);
  assert.equal((await act(game, 'saves', { name: 'x' })).status, 201);
  const kept = await newGame(server, { story: 'carousel', session: game.session });
  await gone(game);
  await assertGone(game);
  const games = async () => (await ask(server, '/api/games', { session: game.session })).json.games;
  assert.deepEqual((await games()).map(({ game_id }) => game_id), [kept.id]);
  await server.kill();
  await server.start();
  await assertGone(game);
  assert.deepEqual((await games()).map(({ game_id }) => game_id), [kept.id]);
  assert.equal((await act(kept, 'choices', { choice_id: 'roll' })).status, 200);
});

test('who watches a game that is deleted is sent away at once', async () => {
  const game = await begin();
  const other = await begin();
  const watchers = [];
  for (let i = 0; i < 4; i += 1) watchers.push(await watch(server, game.id, { session: game.session }));
  const elsewhere = await watch(server, other.id, { session: other.session });
  const polls = Array.from({ length: 4 }, () =>
    ask(server, gamePath(game.id, '?since=1&wait=30'), { session: game.session }));
  await gone(game);
  for (const watcher of watchers) {
    assert.deepEqual(await watcher.closed, { code: 1008, reason: 'deleted' });
  }
  for (const answer of await Promise.all(polls)) assertProblem(answer, 404, 'game_not_found');
  assert.deepEqual(await elsewhere.settle(), []);
  await elsewhere.close();
  const late = await connect(server, { session: game.session, query: `?game_id=${game.id}` });
  assert.equal((await late.expect('message_error')).code, 'game_not_found');
  await late.close();
});

test('only an owner may delete, and nobody learns by it that a game is there', async () => {
  const game = await begin();
  const stranger = await begin();
  assertProblem(await remove(game.id, stranger.session), 404, 'game_not_found');
  assertProblem(await remove(game.id), 404, 'game_not_found');
  const link = await newLinkGame(server);
  assertProblem(await remove(link, stranger.session), 403, 'forbidden');
  assertProblem(await remove(link), 403, 'forbidden');
  assertProblem(await remove('x'.repeat(22), game.session), 404, 'game_not_found');
  assert.equal((await ask(server, gamePath(game.id), { session: game.session })).status, 200);
  assert.equal((await ask(server, gamePath(link))).status, 200);
});

test('a fork of a game that is deleted stays, with its past', async () => {
  const game = await begin();
  for (const choice_id of ['roll', 'left']) {
    assert.equal((await act(game, 'choices', { choice_id })).status, 200);
  }
  const forked = (await act(game, 'fork')).json.game_id;
  await gone(game);
  const history = await ask(server, gamePath(forked, '/history'), { session: game.session });
  assert.deepEqual(history.json.events.map(({ type }) => type), ['start', 'choice', 'choice', 'fork']);
});

test('what a deleted game left goes from the database, also over a crash', async () => {
  const place = await startServer({ args: [...STORIES, '--threads', '1'] });
  const count = (table) => {
    const { status, stdout, stderr } = spawnSync('sqlite3',
      [join(place.folder, 'db.sqlite'), `SELECT count(*) FROM ${table}`], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return Number(stdout);
  };
  try {
    const game = await newGame(place, { story: 'carousel' });
    const as = { session: game.session };
    for (let i = 0; i < 1200; i += 1) {
      const choice_id = i % 2 ? 'left' : 'right';
      assert.equal((await post(place, gamePath(game.id, '/choices'), { choice_id }, as)).status, 200);
    }
    const kept = await newGame(place, { story: 'carousel', session: game.session });
    assert.equal((await ask(place, gamePath(game.id), { method: 'DELETE', ...as })).status, 204);
    await place.kill();
    assert.equal(count('members'), 1);
    // The next start goes on where the crash was. Each request lets a piece or more happen before it.
    await place.start();
    for (let tries = 0; count('journal') > 1; tries += 1) {
      assert.ok(tries < 1000, 'it never goes');
      assert.equal((await ask(place, gamePath(kept.id), as)).status, 200);
    }
    assert.equal(count('games'), 1);
    await place.kill();
    await place.start();
    assert.equal((await ask(place, gamePath(kept.id), as)).status, 200);
  } finally {
    await place.remove();
  }
});
