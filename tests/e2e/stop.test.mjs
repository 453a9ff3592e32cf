// A stop on request, while people play: everybody is told, nothing acknowledged is lost, and the
// next start goes on where this one ended.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import { ask, gamePath, newGame, newLinkGame, readGame } from './support/http.mjs';
import { Ledger } from './support/ledger.mjs';
import { connect } from './support/socket.mjs';

const STOP_MS = 10_000;

const start = (threads = '2') => startServer({
  args: ['--stories', join(ROOT, 'tests/e2e/stories'), '--threads', threads],
});

const assertCleanEnd = (server) => {
  assert.ok(!/Sanitizer|runtime error|ENSURE/.test(server.log), server.log);
  assert.match(server.log, /event=stopping/);
  assert.match(server.log, /event=stopped/);
};

const stopUnderLoad = async (signal) => {
  const server = await start();
  try {
    const ledger = new Ledger(server);
    const games = [await ledger.addGame({ link: true }), await ledger.addGame(), await ledger.addGame()];
    let left = 200;
    let began;
    const stopped = new Promise((resolve) => {
      ledger.onAnswer = () => {
        left -= 1;
        if (left !== 0) return;
        began = Date.now();
        resolve(server.stop(signal));
      };
    });
    for (const gameId of games) {
      await ledger.addPlayer(gameId);
      await ledger.addPlayer(gameId, { path: '/api/ws/game' });
      await ledger.addPlayer(gameId, { plays: false });
    }
    assert.equal(await stopped, 0);
    const lasted = Date.now() - began;
    assert.ok(lasted < STOP_MS, `the stop lasted ${lasted} ms`);
    for (const { code, reason } of await ledger.untilCut()) {
      assert.equal(code, 1001);
      assert.match(reason, /^restart reconnect_ms=\d+$/);
    }
    assertCleanEnd(server);

    await server.start();
    await ledger.checkGames();
    await ledger.resendUnanswered();
    await ledger.resendAnswered();
    await ledger.checkHistory();
    await ledger.addPlayer(games[0]); // it goes on
    await new Promise((resolve) => { ledger.onAnswer = resolve; });
    await ledger.leave();
    await ledger.resendUnanswered();
    await ledger.checkHistory();
    assert.equal(await server.stop(), 0);
    assertCleanEnd(server);
  } finally {
    await server.remove();
  }
};

test('SIGTERM under load loses nothing that was acknowledged', () => stopUnderLoad('SIGTERM'));

test('SIGINT under load loses nothing that was acknowledged', () => stopUnderLoad('SIGINT'));

test('a long poll that waits is answered before the end', async () => {
  const server = await start('1');
  try {
    const game = await newGame(server);
    const client = await connect(server, { session: game.session, query: `?game_id=${game.id}` });
    await client.expect('state');
    const poll = ask(server, gamePath(game.id, '?since=1&wait=30'), { session: game.session });
    // With one io thread, what comes later is answered later: the poll waits by now.
    await readGame(server, game.id, game.session);
    assert.equal(await server.stop(), 0);
    assert.equal((await poll).status, 204);
    assert.equal((await client.closed).code, 1001);
    assertCleanEnd(server);
  } finally {
    await server.remove();
  }
});

test('a client that never reads does not keep the server from ending', async () => {
  const server = await start();
  try {
    const game = await newGame(server);
    const client = await connect(server, { session: game.session, query: `?game_id=${game.id}` });
    await client.expect('state');
    client.ws.pause();
    const began = Date.now();
    assert.equal(await server.stop(), 0);
    assert.ok(Date.now() - began < STOP_MS);
    client.drop();
    assertCleanEnd(server);
  } finally {
    await server.remove();
  }
});

test('a second signal while it stops changes nothing', async () => {
  const server = await start();
  try {
    const game = await newGame(server);
    const client = await connect(server, { session: game.session, query: `?game_id=${game.id}` });
    await client.expect('state');
    process.kill(server.pid, 'SIGTERM');
    assert.equal(await server.stop('SIGTERM'), 0);
    assertCleanEnd(server);
  } finally {
    await server.remove();
  }
});

test('200 clients are told at the stop when to come back, each at its own time', async () => {
  const CLIENTS = 200;
  const PER_SECOND = 50;
  const server = await startServer({
    args: ['--stories', join(ROOT, 'tests/e2e/stories'), '--threads', '2',
      '--return-rate', String(PER_SECOND), '--return-min-ms', '700', '--return-max-ms', '20000'],
  });
  try {
    const game = await newLinkGame(server);
    const clients = await Promise.all(Array.from({ length: CLIENTS }, (_, i) =>
      connect(server, { path: i % 4 ? '/ws/game' : '/api/ws/game', query: `?game_id=${game}` })));
    for (const client of clients) await client.expect('state');
    assert.equal(await server.stop(), 0);
    const delays = [];
    for (const [i, client] of clients.entries()) {
      const { code, reason } = await client.closed;
      const delay = Number(/^restart reconnect_ms=(\d+)$/.exec(reason)?.[1]);
      assert.deepEqual([code, delay >= 700 && delay < 20000], [1001, true], reason);
      // A CASYS client does not know the message; for the others it is the last one.
      const last = client.texts.at(-1);
      if (i % 4) assert.deepEqual(JSON.parse(last), { type: 'reconnect', reconnect_ms: delay });
      else assert.equal(JSON.parse(last).type, 'state');
      delays.push(delay);
    }
    // The kernel deals the clients to the threads, so one may have more than its half.
    delays.sort((a, b) => a - b);
    for (const first of delays) {
      const soon = delays.filter((delay) => delay >= first && delay < first + 1000).length;
      assert.ok(soon <= PER_SECOND + 2, `${soon} come within a second of ${first}`);
    }
    assert.ok(delays.at(-1) - delays[0] > (CLIENTS / PER_SECOND / 2) * 1000);
    assertCleanEnd(server);
  } finally {
    await server.remove();
  }
});
