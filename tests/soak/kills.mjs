// kill -9 at random moments: of play, of making games, of a start, and while a checkpoint copies the
// log into the database. After each restart everything that was acknowledged is there, and what was
// sent again with its request id is applied once. In the end every journal is read: versions without
// a gap, each made by the one request that was told so.
//
//     node tests/soak/kills.mjs --kills N
//
// script/soak --kills N starts it. Prints what it counted; exits 1 when something did not hold.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { Ledger } from '../e2e/support/ledger.mjs';
import { BINARY, ROOT, startServer } from '../support/server.mjs';

const { values: options } = parseArgs({ options: { kills: { type: 'string', default: '2000' } } });

const KILLS = Number(options.kills);
const GAMES = 3;
const GAMES_EVERY = 20; // rounds, then new ones are played
const CHECKPOINT_EVERY = 20;
const MOMENT_MS = 60;
const START_MS = 40;
const CHECKPOINT_MS = 4; // about as long as copying takes
const CHECKPOINT_GUARD_MS = 60_000;
const BUSY_PLAYERS = 8; // of each game, until there is a checkpoint
const MAKERS = 4;
const REPEATED = 60;
const REPEATED_IN_THE_END = 50_000;

const STORIES = join(ROOT, 'tests/e2e/stories');
const say = (text) => process.stdout.write(`${text}\n`);
const sample = (list, count) =>
  list.filter((_, index) => list.length <= count || Math.random() < count / list.length);

const killsAt = { play: 0, make: 0, checkpoint: 0, start: 0 };
const kindOf = (round) => {
  if (round % CHECKPOINT_EVERY === CHECKPOINT_EVERY - 1) return 'checkpoint';
  return round % 4 === 1 ? 'make' : 'play';
};

// The database file is written by checkpoints only: its first change is the beginning of one.
const untilCheckpoint = async (server) => {
  const stopped = new AbortController();
  await new Promise((resolve, reject) => {
    watch(join(server.folder, 'db.sqlite'), { signal: stopped.signal }, resolve);
    setTimeout(() => reject(new Error('there was no checkpoint')), CHECKPOINT_GUARD_MS).unref();
  }).finally(() => stopped.abort());
  await delay(Math.random() * CHECKPOINT_MS);
};

// People play and make games until the server is killed. Gives the games that were made.
const playAndKill = async (server, ledger, games, kind) => {
  const made = [];
  const failures = [];
  let over = false;
  const goOn = async (work) => {
    while (!over) {
      await work().catch((error) => {
        if (!over) failures.push(error);
      });
    }
  };
  const players = kind === 'checkpoint' ? BUSY_PLAYERS : 2;
  const joining = games.flatMap((gameId) => [
    ...Array.from({ length: players }, (_, index) =>
      ledger.addPlayer(gameId, { path: index % 2 ? '/api/ws/game' : '/ws/game' })),
    ledger.addPlayer(gameId, { plays: false }),
  ]).map((one) => one.catch(() => {})); // it may be too late to join
  const works = games.map((gameId) => goOn(() => ledger.playByRest(gameId)));
  for (let i = 0; kind === 'make' && i < MAKERS; i += 1)
    works.push(goOn(async () => made.push(await ledger.addGame({ link: i % 2 === 0 }))));
  if (kind === 'checkpoint') await untilCheckpoint(server);
  else await delay(Math.random() * MOMENT_MS);
  over = true;
  await server.kill();
  killsAt[kind] += 1;
  await Promise.all([...joining, ...works]);
  await ledger.untilCut();
  assert.deepEqual(failures, []);
  return made;
};

// Some starts are killed, too, before or behind the moment when they are ready.
const restart = async (server, round) => {
  if (round % 10 === 9) {
    const starting = server.start().catch(() => {});
    await delay(Math.random() * START_MS);
    await server.kill();
    await starting;
    killsAt.start += 1;
  }
  await server.start();
};

const kills = () => Object.values(killsAt).reduce((sum, count) => sum + count, 0);

const main = async () => {
  const began = Date.now();
  const server = await startServer({ args: ['--stories', STORIES, '--threads', '2'] });
  const ledger = new Ledger(server, { digests: true });
  let recent = [];
  let cutOff = 0;
  try {
    for (let round = 0; kills() < KILLS; round += 1) {
      if (round % GAMES_EVERY === 0) {
        recent = [];
        for (let i = 0; i < GAMES; i += 1) recent.push(await ledger.addGame({ link: i === 0 }));
      }
      const known = ledger.answered.size;
      const made = await playAndKill(server, ledger, recent, kindOf(round));
      await restart(server, round);
      cutOff += ledger.unanswered.size;
      await ledger.checkGames([...recent, ...made]);
      await ledger.resendUnanswered();
      const fresh = [...ledger.answered.values()].slice(known);
      await ledger.resendAnswered(fresh.slice(-REPEATED));
      await ledger.repeatByRest(fresh.slice(-2));
      if (round % 100 === 99)
        say(`${kills()} kills, ${ledger.games.size} games, ${ledger.answered.size} choices`);
    }
    await ledger.checkGames();
    await ledger.resendAnswered(sample([...ledger.answered.values()], REPEATED_IN_THE_END));
    await ledger.checkHistory();
    assert.ok(cutOff >= KILLS / 2, `only ${cutOff} choices were on their way`);
    assert.equal(await server.stop(), 0, server.log.slice(-1000));
    const verified = spawnSync(BINARY, ['verify', join(server.folder, 'db.sqlite')], { encoding: 'utf8' });
    assert.equal(verified.status, 0, verified.stdout + verified.stderr);
    say(`${kills()} kills (${Object.entries(killsAt).map(([kind, count]) => `${count} of ${kind}`).join(', ')}) `
      + `in ${Math.round((Date.now() - began) / 1000)} s`);
    say(`${ledger.games.size} games, ${ledger.answered.size} choices, ${ledger.refused} stale, ${cutOff} cut off `
      + `by a crash, ${ledger.appliedUntold} of them had been committed`);
    say(`verify: ${verified.stdout.trim().split('\n').at(-1)}`);
    say('kills: everything held');
  } finally {
    await server.remove();
  }
};

await main();
