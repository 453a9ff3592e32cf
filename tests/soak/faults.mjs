// What goes wrong during a soak, one thing at a time. Each fault has begin and end; `harms` says who
// feels it: 'all' (the server itself is stopped) or 'some' (peers that everybody else must not
// notice).

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { post } from '../e2e/support/http.mjs';
import { dial, frame, OPCODE, upgradeRequest } from '../e2e/support/raw.mjs';
import { Client } from '../e2e/support/socket.mjs';

// Who connects from where: faults of the network hit addresses.
export const ADDRESS = { near: '127.0.0.1', lossy: '127.0.0.2', slow: '127.0.0.3' };

const LINK_KBIT = 256;
const LOSS_PERCENT = 5;
const STOP_MS = 5000;
const SILENT = 50;
const CROWD = 500;
const HOSTILE_AT_ONCE = 20;
const DESCRIPTORS = 40;
const NEWCOMERS = 30;
const JUMPS_YEARS = [5, -3, 40, 0];
const YEAR_S = 31_556_952;
const DAY_S = 86_400;

const run = (command, ...args) => execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
const tc = (...args) => run('tc', ...args);
const nft = (rules) => execFileSync('nft', ['-f', '-'], { input: rules });

// The namespace's only device: packets of the slow address wait in a class of their own.
export const prepareNetwork = () => {
  nft('table ip soak {\nchain input { type filter hook input priority 0; }\n}\n');
  tc('qdisc', 'add', 'dev', 'lo', 'root', 'handle', '1:', 'htb', 'default', '10', 'r2q', '100000');
  tc('class', 'add', 'dev', 'lo', 'parent', '1:', 'classid', '1:10', 'htb', 'rate', '10gbit');
  tc('class', 'add', 'dev', 'lo', 'parent', '1:', 'classid', '1:20', 'htb', 'rate', '1gbit');
  for (const side of ['src', 'dst']) {
    tc('filter', 'add', 'dev', 'lo', 'parent', '1:', 'protocol', 'ip', 'u32',
      'match', 'ip', side, `${ADDRESS.slow}/32`, 'flowid', '1:20');
  }
};

const linkRate = (rate) =>
  tc('class', 'change', 'dev', 'lo', 'parent', '1:', 'classid', '1:20', 'htb', 'rate', rate);

const loss = {
  harms: 'some',
  network: true,
  begin: () => {
    for (const side of ['saddr', 'daddr']) {
      nft(`add rule ip soak input ip ${side} ${ADDRESS.lossy} `
        + `numgen random mod 100 < ${LOSS_PERCENT} counter drop`);
    }
  },
  end: () => {
    const rules = String(run('nft', 'list', 'chain', 'ip', 'soak', 'input'));
    assert.match(rules, /counter packets [1-9]/, 'packets were lost');
    nft('flush chain ip soak input');
  },
};

const slowLink = {
  harms: 'some',
  network: true,
  begin: () => linkRate(`${LINK_KBIT}kbit`),
  end: () => {
    const counts = String(tc('-s', 'class', 'show', 'dev', 'lo', 'classid', '1:20'));
    assert.match(counts, /overlimits [1-9]/, 'the link was slow');
    linkRate('1gbit');
  },
};

const silentReaders = {
  harms: 'some',
  begin: async (world) => {
    world.silent = [];
    for (let i = 0; i < SILENT; i += 1) {
      const raw = await dial(world.server);
      raw.socket.pause();
      raw.write(upgradeRequest(`/ws/game?game_id=${world.anyGame()}`));
      raw.write(Buffer.concat(Array.from({ length: 50 }, () =>
        frame(OPCODE.text, '{"type":"get_state"}'))));
      world.silent.push(raw);
    }
  },
  end: (world) => {
    for (const raw of world.silent) raw.destroy();
  },
};

const RUDE = [
  () => Buffer.from('GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n'),
  () => Buffer.from('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'latin1'),
  () => Buffer.from(upgradeRequest('/ws/game').slice(0, 60)),
  () => Buffer.concat([Buffer.from(upgradeRequest('/ws/game')), frame(OPCODE.text, '', { rsv: 7 })]),
  () => Buffer.concat([Buffer.from(upgradeRequest('/ws/game')), frame(OPCODE.text, 'x', { masked: false })]),
  () => Buffer.concat([Buffer.from(upgradeRequest('/ws/game')), frame(OPCODE.text, Buffer.from([0xff]))]),
  () => Buffer.concat([Buffer.from(upgradeRequest('/ws/game')),
    frame(OPCODE.text, '[', { length: 0xffffffff })]),
  () => Buffer.concat([Buffer.from(upgradeRequest('/ws/game')),
    frame(OPCODE.text, `${'['.repeat(60000)}`)]),
];

const hostilePeers = {
  harms: 'some',
  begin: (world) => {
    world.hostile = true;
    const attack = async () => {
      for (let i = 0; world.hostile; i += 1) {
        const raw = await dial(world.server).catch(() => null);
        raw?.write(RUDE[i % RUDE.length]());
        await delay(20);
        raw?.destroy();
      }
    };
    world.attacks = Array.from({ length: HOSTILE_AT_ONCE }, attack);
  },
  end: async (world) => {
    world.hostile = false;
    await Promise.all(world.attacks);
  },
};

const crowd = {
  harms: 'some',
  begin: (world) => {
    world.crowd = Array.from({ length: CROWD }, () => {
      const client = new Client(world.server, { keep: false, query: `?game_id=${world.anyGame()}` });
      client.opened.catch(() => {}); // refused: that is an answer too
      return client;
    });
  },
  end: (world) => Promise.all(world.crowd.map((client) => client.drop())),
};

const setDescriptors = (world, soft) =>
  run('prlimit', '--pid', String(world.server.pid), `--nofile=${soft}:`);

const fewDescriptors = {
  harms: 'some',
  begin: (world) => {
    world.descriptors = Number(/Max open files\s+(\d+)/.exec(world.limits())[1]);
    setDescriptors(world, DESCRIPTORS);
    world.newcomers = Array.from({ length: NEWCOMERS }, () => {
      const client = new Client(world.server, { keep: false });
      client.opened.catch(() => {});
      return client;
    });
  },
  end: async (world) => {
    const served = world.newcomers.filter(({ ws }) => ws.readyState === ws.OPEN).length;
    assert.equal(served, 0, 'descriptors ran out');
    setDescriptors(world, world.descriptors);
    await Promise.all(world.newcomers.map((client) => client.drop()));
    const guard = Date.now() + 10_000;
    for (;;) { // newcomers are welcome again
      const client = new Client(world.server, { keep: false });
      if (await client.opened.then(() => true, () => false)) return void client.drop();
      if (Date.now() > guard) throw new Error('no newcomer is served after descriptors ran out');
      await delay(100);
    }
  },
};

// tests/soak/clock.c reads the file.
export const setClock = (file, seconds) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(seconds));
  const target = openSync(file, constants.O_RDWR | constants.O_CREAT); // never cut: it is mapped
  writeSync(target, bytes, 0, bytes.length, 0);
  closeSync(target);
};

const clockJumps = {
  harms: 'some',
  begin: async (world) => {
    world.jumps = (world.jumps ?? -1) + 1;
    const offset = JUMPS_YEARS[world.jumps % JUMPS_YEARS.length] * YEAR_S;
    setClock(world.clockFile, offset);
    const { json } = await post(world.server, '/api/game/initialize', {});
    const told = Date.parse(json.state.narrative.timestamp) / 1000;
    assert.ok(Math.abs(told - Date.now() / 1000 - offset) < DAY_S, 'the clock has moved');
  },
  end: () => {}, // the clock stays where it is, until it jumps again
};

const stopped = {
  harms: 'all',
  begin: async (world) => {
    process.kill(world.server.pid, 'SIGSTOP');
    await delay(STOP_MS);
    process.kill(world.server.pid, 'SIGCONT');
  },
  end: () => {},
};

const killed = {
  harms: 'all',
  begin: async (world) => {
    await world.server.kill();
    await world.server.start();
  },
  end: () => {},
};

export const FAULTS = {
  loss, 'slow-link': slowLink, silent: silentReaders, hostile: hostilePeers, crowd,
  descriptors: fewDescriptors, clock: clockJumps, stop: stopped, kill: killed,
};
