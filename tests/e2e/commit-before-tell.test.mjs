// Commit before tell, from a record of what the server did: whatever version is sent to anybody, its
// last write to the disk had been synchronised before. The record is kept by tests/soak/order.c in
// the server itself, so its order is the order of the calls.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { preload } from '../support/preload.mjs';
import { ROOT, startServer } from '../support/server.mjs';
import { gamePath, newGame, post } from './support/http.mjs';
import { choice, watch } from './support/socket.mjs';

// struct journal of tests/soak/order.c
const EVENTS_MAX = 65536;
const [WRITE, SYNC, SEND] = [1, 2, 3];
const CHOICES = ['left', 'right', 'roll'];
const ROUNDS = 100;

let folder;
let record;
let server;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'casysd-order-'));
  record = join(folder, 'order');
  writeFileSync(record, Buffer.alloc(8 + 8 * EVENTS_MAX));
  server = await startServer({
    args: ['--stories', join(ROOT, 'tests/e2e/stories'), '--threads', '2'],
    env: preload('order', 'CASYS_SOAK_ORDER', record),
  });
});

after(async () => {
  await server?.remove();
  rmSync(folder, { recursive: true });
});

const readEvents = () => {
  const bytes = readFileSync(record);
  const count = bytes.readUInt32LE(0);
  assert.ok(count < EVENTS_MAX, 'all of it was kept');
  return Array.from({ length: count }, (_, i) => ({
    kind: bytes.readUInt32LE(8 + 8 * i), version: bytes.readUInt32LE(12 + 8 * i),
  }));
};

// Only one game is played, and only by one command at a time: whatever is written between two
// versions belongs to the second one. Gives how many versions were sent, and what was sent too early.
const judge = (events) => {
  let highest = 0;
  let written = false;
  let pending = false;
  const early = [];
  for (const { kind, version } of events) {
    if (kind === WRITE) {
      written = true;
      pending = true;
    } else if (kind === SYNC) {
      pending = false;
    } else if (version > highest) {
      if (pending || !written) early.push(version);
      highest = version;
      written = false;
    }
  }
  return { highest, early };
};

test('no version leaves before the disk has it', async (t) => {
  const game = await newGame(server);
  const watchers = [];
  for (let i = 0; i < 4; i += 1) watchers.push(await watch(server, game.id, { session: game.session }));
  let version = 1;
  for (let round = 0; round < ROUNDS; round += 1) {
    const choiceId = CHOICES[round % CHOICES.length];
    version += 1;
    // By REST and by the socket, with a request id and without.
    if (round % 2 === 0) {
      const answer = await post(server, gamePath(game.id, '/choices'), { choice_id: choiceId },
        { session: game.session });
      assert.equal(answer.json.version, version, answer.text);
    } else {
      watchers[0].send(choice(game.id, choiceId, { request_id: `round ${round}` }));
    }
    for (const client of watchers)
      await client.until((message) => message.type === 'state' && message.version === version);
  }
  for (const client of watchers) await client.close();
  await server.stop();

  const events = readEvents();
  const { highest, early } = judge(events);
  assert.equal(highest, version, 'every version was seen on its way');
  assert.deepEqual(early, []);
  const count = (wanted) => events.filter(({ kind }) => kind === wanted).length;
  assert.ok(count(SEND) >= ROUNDS * watchers.length, 'no way out was overlooked');
  t.diagnostic(`${version} versions: ${count(WRITE)} writes, ${count(SYNC)} synchronisations, `
    + `${count(SEND)} sends`);

  // The same record without its synchronisations, or with each of them one send too late, is found
  // out: the judge is no rubber stamp.
  assert.equal(judge(events.filter(({ kind }) => kind !== SYNC)).early.length, version);
  const late = [];
  let held = null;
  for (const event of events) {
    if (event.kind === SYNC) {
      held = event;
    } else {
      late.push(event);
      if (event.kind === SEND && held) {
        late.push(held);
        held = null;
      }
    }
  }
  assert.equal(judge(late).early.length, version);
});
