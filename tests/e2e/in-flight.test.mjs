// How much of one client may be under way, exactly: with a disk that takes its time, so that what was
// asked stays unanswered for as long as the test wants.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Control, preload } from '../support/preload.mjs';
import { ROOT, startServer } from '../support/server.mjs';
import { ask, newLinkGame } from './support/http.mjs';
import { choice, watch } from './support/socket.mjs';

const IN_FLIGHT_MAX = 3;
const ROUNDS = 50; // of the one io thread, in which it would have read more

let folder;
let disk;
let server;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'casysd-in-flight-'));
  disk = new Control(join(folder, 'disk'), ['write', 'sync']);
  server = await startServer({
    args: ['--stories', join(ROOT, 'tests/e2e/stories'), '--threads', '1',
      '--in-flight-max', String(IN_FLIGHT_MAX)],
    env: preload('disk', 'CASYS_SOAK_DISK', disk.file),
  });
});

after(async () => {
  disk.set();
  await server?.remove();
  rmSync(folder, { recursive: true });
});

const messagesIn = async () =>
  Number(/^casysd_ws_messages_in_total (\d+)$/m.exec((await ask(server, '/metrics')).text)[1]);

// The messages that are read of those that were sent: no more come within many rounds.
const readOf = async (before, least) => {
  let count = 0;
  for (let i = 0; i < ROUNDS || count < least; i += 1) count = await messagesIn() - before;
  return count;
};

for (const [count, read] of [[IN_FLIGHT_MAX - 1, 'is read'], [IN_FLIGHT_MAX, 'waits']]) {
  test(`behind ${count} requests without an answer the next message ${read}`, async () => {
    const game = await newLinkGame(server);
    const other = await watch(server, game);
    // Of a game that it does not watch: states of that one would replace each other.
    const client = await watch(server, await newLinkGame(server));
    const before = await messagesIn();
    disk.set({ operation: 'sync', error: 'wait', lasting: true });
    other.send(choice(game, 'left', { request_id: `slow ${count}` }));
    while (disk.failures === 0) await messagesIn();
    for (let i = 0; i < count; i += 1) client.send({ type: 'get_state', game_id: game });
    client.send({ type: 'ping' });
    const more = count < IN_FLIGHT_MAX ? 1 : 0;
    assert.equal(await readOf(before, 1 + count + more), 1 + count + more);
    disk.set();
    const types = [];
    for (let i = 0; i < count + 1; i += 1) types.push((await client.take()).type);
    assert.deepEqual(types.sort(), ['pong', ...Array.from({ length: count }, () => 'state')]);
    assert.equal((await other.expect('choice_ack')).version, 2);
    await Promise.all([client.close(), other.close()]);
  });
}
