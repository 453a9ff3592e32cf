// kill -9 while people play, many times over. Nothing that the server ever said may turn out to be
// untrue after the restart.
//
// CASYSD_CRASH_ROUNDS: how many times, for a quick look (default 100).

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import { Ledger } from './support/ledger.mjs';

const ROUNDS = Number(process.env.CASYSD_CRASH_ROUNDS ?? 100);
const GAMES = 3;

let server;
let ledger;

before(async () => {
  server = await startServer({ args: ['--stories', join(ROOT, 'tests/e2e/stories'), '--threads', '2'] });
  ledger = new Ledger(server);
});

after(() => server?.remove());

// Play until so many choices of this round were acknowledged; that moment is the crash.
const playAndKill = async (games, answers) => {
  let left = answers;
  const killed = new Promise((resolve) => {
    ledger.onAnswer = () => {
      left -= 1;
      if (left === 0) resolve(server.kill());
    };
  });
  await Promise.all(games.flatMap((gameId) => [
    ledger.addPlayer(gameId),
    ledger.addPlayer(gameId, { path: '/api/ws/game' }),
    ledger.addPlayer(gameId, { plays: false }),
  ]).map((joining) => joining.catch(() => {}))); // it may be too late to join
  const rest = games.map((gameId) => ledger.playByRest(gameId));
  await killed;
  ledger.onAnswer = null;
  await Promise.all(rest);
  await ledger.untilCut();
};

test(`${ROUNDS} times kill -9 under load lose and repeat nothing`, async (t) => {
  let recent = [];
  let cutOff = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    // A few new games now and then; the older ones rest and are checked all the same.
    if (round % 20 === 0) {
      recent = [];
      for (let i = 0; i < GAMES; i += 1) recent.push(await ledger.addGame({ link: i === 0 }));
    }
    const known = ledger.answered.size;
    assert.equal(ledger.unanswered.size, 0);
    await playAndKill(recent, 1 + Math.floor(Math.random() * 25));
    await server.start();
    if (round % 10 === 9) { // a crash right after a crash
      await server.kill();
      await server.start();
    }
    cutOff += ledger.unanswered.size;
    await ledger.checkGames();
    await ledger.resendUnanswered();
    const fresh = [...ledger.answered.values()].slice(known);
    await ledger.resendAnswered(fresh);
    await ledger.repeatByRest(fresh.slice(-2));
  }
  await ledger.resendAnswered();
  await ledger.repeatByRest([...ledger.answered.values()].slice(0, 50));
  await ledger.checkHistory();
  await ledger.checkGames();
  assert.ok(ledger.answered.size >= ROUNDS);
  assert.ok(cutOff >= ROUNDS / 2, 'the crashes came while choices were on their way');
  t.diagnostic(`${ledger.answered.size} choices, ${ledger.refused} stale, ${cutOff} cut off by a `
    + `crash, ${ledger.appliedUntold} of them had been committed`);
  assert.equal(await server.stop(), 0);
});
