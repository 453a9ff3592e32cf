// People play for a long time while one thing after the other goes wrong. Nothing that the server
// said may be lost or change, nobody may be delayed by what happens to somebody else, and the server
// uses no more memory and descriptors at the end than in the beginning.
//
//     node tests/soak/main.mjs --seconds N [--pause S] [--faults a,b,...]
//
// It goes through its faults again and again, each for S seconds (20) with S seconds of rest before,
// and checks everything at the end. Prints what it measured; exits 1 when something did not hold.
// script/soak starts it in a network namespace of its own; without one, the faults of the network
// are left out, and that is said.

import { fork } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { Ledger } from '../e2e/support/ledger.mjs';
import { preload } from '../support/preload.mjs';
import { ROOT, startServer } from '../support/server.mjs';
import { ADDRESS, FAULTS, prepareNetwork, setClock } from './faults.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    pause: { type: 'string', default: '20' },
    faults: { type: 'string', default: Object.keys(FAULTS).join(',') },
    namespace: { type: 'boolean', default: false },
  },
});

const SECONDS = Number(options.seconds);
const PAUSE_MS = 1000 * Number(options.pause);
const GAMES_NEAR = 12;
const GAMES_AWAY = 6;
const PROBES = 5;
const THINK_MS = 400;
const LATE_MS = 2000; // a choice that takes longer on a clean path was delayed by somebody
const LATE_RATIO = 5; // of the median, against the rests of the same run
const LATE_SLACK_MS = 20;
const ANSWER_GUARD_MS = 60_000;
// The page caches of the database fill as it grows: 64 MB of the writer, 8 of each other one.
const MEMORY_SLACK_KB = 96 * 1024;
const DESCRIPTOR_SLACK = 15;

const wrong = [];
const say = (text) => process.stdout.write(`${text}\n`);
const percentile = (sorted, p) =>
  (sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] : NaN);

const isSanitized = (pid) => /lib[at]san/.test(readFileSync(`/proc/${pid}/maps`, 'utf8'));

const chooseFaults = () => options.faults.split(',').filter((name) => {
  const fault = FAULTS[name];
  if (!fault) throw new Error(`no fault '${name}'; there are: ${Object.keys(FAULTS).join(' ')}`);
  const possible = !fault.network || options.namespace;
  if (!possible) say(`left out: ${name} needs a network namespace of its own`);
  return possible;
});

const measure = (server, place) => ({
  place,
  rssKb: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]),
  descriptors: readdirSync(`/proc/${server.pid}/fd`).length,
});

// In one life of the server, after one round of all faults, nothing grows any more.
const checkFlat = (rests, sanitized) => {
  if (rests.length < 2) return;
  const [first, last] = [rests[0], rests.at(-1)];
  if (last.descriptors > first.descriptors + DESCRIPTOR_SLACK)
    wrong.push(`descriptors: ${first.descriptors}, later ${last.descriptors}`);
  if (!sanitized && last.rssKb > first.rssKb + MEMORY_SLACK_KB)
    wrong.push(`memory: ${first.rssKb} KB, later ${last.rssKb} KB`);
};

const report = (phases, samples) => {
  const kinds = new Map();
  for (const { name, from, to } of phases) {
    const list = samples.filter(({ at }) => at >= from && at < to).map(({ ms }) => ms);
    kinds.set(name, [...(kinds.get(name) ?? []), ...list]);
    if (name === 'rest' && list.length === 0) wrong.push('a rest in which nobody could play');
  }
  for (const list of kinds.values()) list.sort((a, b) => a - b);
  const usual = percentile(kinds.get('rest'), 0.5);
  say('\nfrom a choice to a second watcher, both on a clean path, in ms');
  say('during         choices   median      p99      max');
  for (const [name, list] of kinds) {
    const columns = [percentile(list, 0.5), percentile(list, 0.99), list.at(-1) ?? NaN]
      .map((ms) => (Number.isNaN(ms) ? '-' : ms.toFixed(1)).padStart(8)).join(' ');
    say(`${name.padEnd(14)} ${String(list.length).padStart(7)} ${columns}`);
    if (FAULTS[name]?.harms !== 'some') continue;
    if (list.length === 0) wrong.push(`${name}: no choice came through on a clean path`);
    else if (percentile(list, 0.5) > LATE_RATIO * usual + LATE_SLACK_MS)
      wrong.push(`${name}: a choice takes ${percentile(list, 0.5).toFixed(1)} ms, at rest ${usual.toFixed(1)}`);
    else if (percentile(list, 0.99) > LATE_MS)
      wrong.push(`${name}: one choice in a hundred is late`);
  }
};

// Players in every place, for games of the place and for shared ones.
const populate = async (ledger) => {
  const thinkMs = () => THINK_MS * (0.5 + Math.random());
  const regulars = [];
  for (let i = 0; i < GAMES_NEAR + 2 * GAMES_AWAY; i += 1) {
    const place = ['lossy', 'slow'][i - GAMES_NEAR < 0 ? 2 : (i - GAMES_NEAR) % 2] ?? 'near';
    const localAddress = ADDRESS[place];
    const gameId = await ledger.addGame({ link: i % 2 === 0 });
    regulars.push(ledger.addRegular(gameId, { thinkMs, localAddress }));
    regulars.push(ledger.addRegular(gameId, { thinkMs, localAddress: ADDRESS.near, plays: i % 3 === 0 }));
    if (place === 'near') // somebody far away watches what is played here
      regulars.push(ledger.addRegular(gameId, { thinkMs, localAddress: ADDRESS.slow, plays: false }));
  }
  return regulars;
};

const settle = async (ledger) => {
  const guard = Date.now() + ANSWER_GUARD_MS;
  while (ledger.unanswered.size > 0 && Date.now() < guard) await delay(50);
};

const soak = async (faults, world, ledger, samples) => {
  const phases = [];
  let rests = [];
  const phase = async (name, work) => {
    const from = Date.now();
    await work();
    phases.push({ name, from, to: Date.now() });
  };
  const deadline = Date.now() + 1000 * SECONDS;
  for (let round = 1; round === 1 || Date.now() < deadline; round += 1) {
    for (const name of faults) {
      const fault = FAULTS[name];
      // One kill a round would hide slow growth: only the first and the last rounds have one.
      if (name === 'kill' && round > 1 && Date.now() < deadline - PAUSE_MS * 3) continue;
      await phase('rest', () => delay(PAUSE_MS));
      if (fault.harms === 'some') {
        await phase(name, async () => {
          await fault.begin(world);
          await delay(PAUSE_MS);
        });
        await fault.end(world);
      } else {
        await phase(name, () => fault.begin(world));
        await delay(PAUSE_MS / 4); // people come back
      }
      if (name === 'kill') {
        checkFlat(rests, world.sanitized);
        rests = [];
      }
      world.check();
    }
    await phase('rest', () => delay(PAUSE_MS));
    rests.push(measure(world.server, round));
    const { rssKb, descriptors } = rests.at(-1);
    say(`round ${round}: ${ledger.answered.size} choices answered, `
      + `${samples.length} measured, RSS ${rssKb} KB, ${descriptors} descriptors`);
  }
  checkFlat(rests, world.sanitized);
  return phases;
};

const checkLedger = async (ledger) => {
  if (ledger.unanswered.size > 0) wrong.push(`${ledger.unanswered.size} choices were never answered`);
  const answered = [...ledger.answered.values()];
  await ledger.checkGames();
  await ledger.resendAnswered(answered.slice(-500));
  await ledger.resendAnswered(answered.slice(0, 500));
  await ledger.checkHistory();
  say(`${answered.length} choices answered, ${ledger.refused} stale, ${ledger.appliedUntold} committed `
    + 'before a cut and told after it; all of them are in the journals once');
};

const main = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'casysd-soak-'));
  const world = { clockFile: join(folder, 'clock') };
  const faults = chooseFaults();
  if (options.namespace) prepareNetwork();
  setClock(world.clockFile, 0);
  world.server = await startServer({
    args: ['--stories', join(ROOT, 'tests/e2e/stories'), '--threads', '2'],
    env: preload('clock', 'CASYS_SOAK_CLOCK', world.clockFile),
  });
  world.sanitized = isSanitized(world.server.pid);
  world.limits = () => readFileSync(`/proc/${world.server.pid}/limits`, 'utf8');
  const ledger = new Ledger(world.server, { digests: true });
  world.anyGame = () => [...ledger.games.values()].find(({ session }) => !session).id;
  world.check = () => ledger.checkFaults();
  const samples = [];
  const probe = fork(fileURLToPath(new URL('probe.mjs', import.meta.url)),
    [String(world.server.port), String(PROBES)]);
  probe.on('message', (sample) => samples.push(sample));
  try {
    const regulars = await populate(ledger);
    const phases = await soak(faults, world, ledger, samples);
    const ended = regulars.map((regular) => { regular.plays = false; return regular; });
    await settle(ledger);
    await Promise.all(ended.map((regular) => regular.leave()));
    probe.disconnect();
    report(phases, samples);
    await checkLedger(ledger);
    const code = await world.server.stop();
    if (code !== 0) wrong.push(`the server ended with ${code}: ${world.server.log.slice(-1000)}`);
  } finally {
    if (probe.connected) probe.disconnect();
    await world.server.remove();
    rmSync(folder, { recursive: true });
  }
  for (const text of wrong) say(`WRONG  ${text}`);
  say(wrong.length ? 'soak: failed' : 'soak: everything held');
  process.exitCode = wrong.length ? 1 : 0;
};

await main();
