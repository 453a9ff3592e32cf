// Coming back over real sockets: several io threads, people who play all the time, kill -9 and stops.
// Whatever version a client says it has, attach is answered with `current` when that is the newest,
// or else with the newest state; no version is lower than one that anybody was shown before; and
// nothing is missing afterwards. Thousands more of these cases, without sockets, are in
// tests/app/test_resume.c.
//
// CASYSD_RESUME_ROUNDS: lives of the server (default 12).

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import { gamePath, newLinkGame, post, readGame } from './support/http.mjs';
import { choice, connect } from './support/socket.mjs';

const ROUNDS = Number(process.env.CASYSD_RESUME_ROUNDS ?? 12);
const CLIENTS = 12;
const VISITS = 5; // of each client in each life
const AHEAD = 1000;
const GUARD_MS = 30_000 + 20_000 * ROUNDS;

let server;
let games;
const told = new Map(); // game -> highest version that anybody was shown
const cases = new Map(); // what was tried -> how often

before(async () => {
  server = await startServer({ args: ['--stories', join(ROOT, 'tests/e2e/stories'), '--threads', '2'] });
  games = [await newLinkGame(server), await newLinkGame(server)];
  for (const id of games) told.set(id, 1);
});

after(() => server?.remove());

const count = (name) => cases.set(name, (cases.get(name) ?? 0) + 1);
const any = (below) => Math.floor(Math.random() * below);

const CLAIMS = {
  nothing: () => 0,
  absent: () => undefined,
  older: (known) => Math.max(1, known - 1 - any(3)),
  known: (known) => known,
  newest: (_, newest) => newest,
  ahead: (_, newest) => newest + AHEAD,
};

// Somebody who comes and goes, and knows what it was shown in all its visits.
class Visitor {
  constructor(gameId, path) {
    this.gameId = gameId;
    this.path = path;
    this.known = 0;
    this.faults = [];
  }

  #see(version) {
    if (version < this.known) this.faults.push(`${this.known} was shown, then ${version}`);
    this.known = version;
    told.set(this.gameId, Math.max(told.get(this.gameId), version));
  }

  #hear(text) {
    const message = JSON.parse(text);
    if (message.type === 'reconnect') return;
    const { version } = message;
    if (this.attaching) {
      const { least, claim, answered } = this.attaching;
      const right = message.type === 'current' ? version === claim : version !== claim;
      if (!['current', 'state'].includes(message.type) || !right || version < least) {
        this.faults.push(`to ${claim}, at least ${least}: ${text.slice(0, 120)}`);
      }
      this.attaching = null;
      this.#see(version);
      answered(message.type);
    } else if (message.type === 'state') {
      if (version <= this.known) this.faults.push(`${version} came again`);
      this.#see(version);
      this.onState?.();
    } else {
      this.faults.push(`not expected: ${text.slice(0, 120)}`);
    }
  }

  async arrive() {
    this.client?.drop();
    this.attaching = null;
    const mine = await connect(server, {
      path: this.path,
      onText: (text, client) => { if (client === this.client) this.#hear(text); },
    });
    this.client = mine;
  }

  // Gives the type of the answer, null when the connection ended first.
  attach(name) {
    const claim = CLAIMS[name](this.known, told.get(this.gameId));
    const answer = new Promise((answered) => {
      this.attaching = { least: told.get(this.gameId), claim, answered };
    });
    this.client.send({ type: 'attach', game_id: this.gameId, version: claim });
    return Promise.race([answer, this.client.closed.then(() => null)]);
  }

  // Watch until everything that happened has come.
  async untilShown(version) {
    while (this.known < version) {
      await new Promise((resolve) => { this.onState = resolve; });
    }
    this.onState = null;
  }
}

// Plays without a pause until the connection ends.
const startPlayer = async (gameId) => {
  const client = await connect(server, {
    query: `?game_id=${gameId}`,
    onText: (text, self) => {
      const message = JSON.parse(text);
      if (message.type !== 'state') return;
      told.set(gameId, Math.max(told.get(gameId), message.version));
      if (self.ws.readyState === 1) self.send(choice(gameId, ['left', 'right'][any(2)]));
    },
  });
  return client;
};

// Come and go while others play. Each visit has a connection of its own: on one that watches
// already, nobody could tell the answer from the next version.
const visit = async (visitor, past) => {
  const names = Object.keys(CLAIMS);
  for (let i = 0; i < VISITS; i += 1) {
    await visitor.arrive();
    const name = names[any(names.length)];
    const answer = await visitor.attach(name);
    if (answer) count(`${name}, ${i === 0 ? past : 'same life'}, ${answer}`);
  }
};

const untilAllShown = async (visitors) => {
  for (const gameId of games) {
    const newest = (await readGame(server, gameId)).json.version;
    const mine = visitors.filter((one) => one.gameId === gameId);
    await Promise.all(mine.map((one) => one.untilShown(newest)));
    for (const one of mine) assert.equal(one.known, newest);
  }
};

const checkFaults = (visitors) => {
  for (const { faults } of visitors) assert.deepEqual(faults, []);
};

test(`${ROUNDS} lives of the server: attach is never behind and nothing is missing`, {
  timeout: GUARD_MS,
}, async (t) => {
  const visitors = Array.from({ length: CLIENTS }, (_, i) =>
    new Visitor(games[i % 2], i % 3 === 0 ? '/api/ws/game' : '/ws/game'));
  let past = 'first life';
  for (let round = 0; round < ROUNDS; round += 1) {
    const quiet = visitors.slice(0, CLIENTS / 2);
    await Promise.all(quiet.map(async (visitor) => {
      await visitor.arrive();
      const name = visitor.known === told.get(visitor.gameId) ? 'known' : 'newest';
      count(`quiet ${name}, ${past}, ${await visitor.attach(name)}`);
    }));
    const players = await Promise.all([...games, ...games].map(startPlayer));
    await Promise.all(visitors.map((visitor) => visit(visitor, past)));
    for (const player of players) await player.close();
    await untilAllShown(visitors);
    // One choice that nobody has asked for: everybody gets it, wherever they watch.
    for (const gameId of games) {
      const played = await post(server, gamePath(gameId, '/choices'), { choice_id: 'left' });
      assert.equal(played.status, 200, played.text);
    }
    await untilAllShown(visitors);
    checkFaults(visitors);

    past = round % 3 === 2 ? 'stop' : 'kill';
    const last = await Promise.all(games.map(startPlayer));
    await last[0].until(({ version }) => version >= told.get(games[0]));
    if (past === 'stop') assert.equal(await server.stop(), 0);
    else await server.kill();
    await Promise.all(visitors.map(({ client }) => client.closed));
    checkFaults(visitors);
    await server.start();
  }
  const tried = [...cases].sort();
  for (const [name, times] of tried) t.diagnostic(`${name}: ${times}`);
  const sum = tried.reduce((total, [, times]) => total + times, 0);
  assert.ok(sum >= ROUNDS * CLIENTS * VISITS);
  for (const name of ['kill', 'stop'].slice(0, ROUNDS > 3 ? 2 : 0)) {
    const current = tried.filter(([what]) => what.startsWith('quiet') && what.endsWith(`${name}, current`));
    assert.ok(current.length > 0, `somebody was current after a ${name}`);
  }
});

test('who hops between games while they are played ends at the newest of the last one', {
  timeout: GUARD_MS,
}, async () => {
  const HOPS = 40;
  const players = await Promise.all([...games, ...games].map(startPlayer));
  const hoppers = await Promise.all(Array.from({ length: CLIENTS }, async (_, i) => {
    const hopper = { last: games[i % 2], shown: 0, onShown: null };
    hopper.client = await connect(server, {
      path: i % 3 === 0 ? '/api/ws/game' : '/ws/game',
      onText: (text) => {
        const { type, game_id: gameId, version } = JSON.parse(text);
        if (gameId !== hopper.last || !['state', 'current'].includes(type)) return;
        hopper.shown = version;
        hopper.onShown?.();
      },
    });
    return hopper;
  }));
  const untilShown = (version) => Promise.all(hoppers.map(async (hopper) => {
    while (hopper.shown < version(hopper)) {
      await new Promise((resolve) => { hopper.onShown = resolve; });
    }
    assert.equal(hopper.shown, version(hopper));
  }));
  for (const { client, last } of hoppers) {
    for (let hop = 0; hop < HOPS; hop += 1) {
      client.send({ type: 'attach', game_id: games[any(2)], version: any(2) ? 0 : told.get(last) });
    }
    client.send({ type: 'attach', game_id: last, presence: true });
  }
  for (const player of players) await player.close();
  const newest = new Map();
  for (const id of games) newest.set(id, (await readGame(server, id)).json.version);
  await untilShown(({ last }) => newest.get(last));
  for (const id of games) await post(server, gamePath(id, '/choices'), { choice_id: 'left' });
  await untilShown(({ last }) => newest.get(last) + 1);
  for (const { client } of hoppers) client.drop();
});
