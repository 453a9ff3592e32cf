// A stop that finds clients in every state: in the middle of a handshake, waiting in a long poll,
// reading nothing, sending more than is answered, closing, gone. The program ends with 0 and in time,
// and no sanitizer has anything to say; script/test runs this under ThreadSanitizer too.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { ROOT, startServer } from '../support/server.mjs';
import { ask, newGame, newLinkGame } from './support/http.mjs';
import { dial, frame, OPCODE, upgradeRequest } from './support/raw.mjs';

const STOP_MS = 10_000;
const CLIENTS = 80;
const LATE_CLIENTS = 40;
const ROUNDS = 4;

// The same numbers in every run.
const chance = (seed) => {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};

const say = (message) => frame(OPCODE.text, JSON.stringify(message));
const get = (path) => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
const times = (count, make) => Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));

const STATES = {
  'half a handshake': (raw, { link, any }) => {
    raw.write(upgradeRequest(`/ws/game?game_id=${link}`).slice(0, -1 - any(60)));
  },
  'an answer that is not read': (raw, { link }) => {
    raw.socket.pause();
    raw.write(upgradeRequest(`/api/ws/game?game_id=${link}`));
  },
  'states that are not read': (raw, { link }) => {
    raw.socket.pause();
    raw.write(upgradeRequest(`/ws/game?game_id=${link}`));
    raw.write(times(200, () => say({ type: 'get_state', game_id: link })));
  },
  'choices without a pause': (raw, { link }) => {
    raw.write(upgradeRequest(`/ws/game?game_id=${link}`));
    raw.write(times(300, (i) => say({
      type: 'choice',
      choice: { game_id: link, choice_id: ['left', 'right', 'roll'][i % 3] },
      request_id: `request ${i}`,
    })));
  },
  'pings without a pause': (raw, { link }) => {
    raw.socket.pause();
    raw.write(upgradeRequest(`/ws/game?game_id=${link}`));
    raw.write(times(2000, () => frame(OPCODE.ping, 'x'.repeat(100))));
  },
  'a long poll': (raw, { link }) => raw.write(get(`/api/games/${link}?since=1&wait=50`) + get('/livez')),
  'a long poll of somebody who is gone': (raw, { link }) => {
    raw.socket.write(get(`/api/games/${link}?since=1&wait=50`), () => {
      if (!raw.over) raw.socket.resetAndDestroy();
    });
  },
  'half a body': (raw) => {
    raw.write('POST /api/games HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n'
      + 'content-length: 100\r\n\r\n{');
  },
  'answers that are not read': (raw) => {
    raw.socket.pause();
    raw.write(get('/api/stories').repeat(200));
  },
  'an idle connection': (raw) => raw.write(get('/livez')),
  'a late Close': (raw, { link }) => {
    raw.write(upgradeRequest(`/api/ws/game?game_id=${link}`));
    raw.write(frame(OPCODE.close));
  },
  'a WebSocket that is gone': (raw, { link, any }) => {
    raw.write(upgradeRequest(`/ws/game?game_id=${link}`));
    if (any(2)) raw.socket.resetAndDestroy();
    else raw.socket.destroy();
  },
  'reading the journal': (raw, { link, game }) => {
    raw.write(get(`/api/games/${link}/history`) + get(`/api/games/${game.id}/history`));
  },
};

const storm = async (round) => {
  const any = chance(round);
  const server = await startServer({
    args: ['--stories', join(ROOT, 'tests/e2e/stories'), '--threads', String(1 + (round % 4))],
  });
  const clients = [];
  const add = async () => {
    const names = Object.keys(STATES);
    const raw = await dial(server);
    clients.push(raw);
    STATES[names[any(names.length)]](raw, world);
  };
  const world = { any, game: await newGame(server), link: await newLinkGame(server) };
  try {
    for (let i = 0; i < CLIENTS; i += 1) await add();
    for (let i = any(4); i > 0; i -= 1) await ask(server, '/metrics');
    const began = Date.now();
    const stopped = server.stop();
    for (let i = 0; i < LATE_CLIENTS; i += 1) {
      await add().catch(() => {}); // the door may be shut already
      await turn();
    }
    assert.equal(await stopped, 0, server.log.slice(0, 4000));
    const lasted = Date.now() - began;
    assert.ok(lasted < STOP_MS, `the stop lasted ${lasted} ms`);
    assert.match(server.log, /event=stopped/);
    assert.ok(!/Sanitizer|runtime error|ENSURE/.test(server.log), server.log.slice(0, 4000));
  } finally {
    for (const raw of clients) raw.destroy();
    await server.remove();
  }
};

for (let round = 1; round <= ROUNDS; round += 1) {
  test(`a stop finds clients in every state, round ${round}`, () => storm(round));
}
