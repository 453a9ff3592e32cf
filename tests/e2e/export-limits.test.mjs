// How many exports an io thread has under way, and how long one may be: n is accepted, n + 1 is refused.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { startServer } from '../support/server.mjs';
import { ask, assertProblem, gamePath, newLinkGame } from './support/http.mjs';
import { dial } from './support/raw.mjs';
import { choice, connect } from './support/socket.mjs';

const WRITE_MS = 3_600_000; // nobody is let go for not reading
const GUARD_MS = 60_000;

// A story whose choice `spar` makes the longest events: a fight of 100 rounds that nobody wins.
const SPARRING = JSON.stringify({
  format: 'casys-story/1', id: 'sparring', title: 'Sparring', start: 1,
  character: { name: 'Ada', stats: { skill: 24, endurance: 24 } },
  sections: [
    { number: 1, text: 'A man of straw.', choices: [
      { id: 'spar', text: 'Spar', type: 'dice', check: { dice: 'combat', damage: 1, success: 2, failure: 1,
        foe: { name: 'Straw man', skill: 0, endurance: 1000 } } },
      { id: 'end', text: 'End', type: 'direct', to: 2 },
    ] },
    { number: 2, text: 'The end.', choices: [], ending: { kind: 'won', title: 'Enough' } },
  ],
});

let fights = 0;
const spar = async (server, game, count) => {
  const client = await connect(server);
  for (let i = 0; i < count; i += 1) client.send(choice(game, 'spar', { request_id: `${fights += 1}` }));
  for (let left = count; left > 0;) left -= (await client.take()).type === 'choice_ack' ? 1 : 0;
  await client.close();
};

const exportOf = (server, game) => ask(server, gamePath(game, '/export'));

// A reader that has the beginning of an export and takes no more of it.
const exporting = async (server, game) => {
  const raw = await dial(server);
  raw.write(`GET ${gamePath(game, '/export')} HTTP/1.1\r\nhost: a\r\n\r\n`);
  const [first] = await once(raw.socket, 'data');
  raw.socket.pause();
  assert.match(first.toString('latin1'), /^HTTP\/1\.1 200 /);
  return raw;
};

let folder;
let server;
let limits;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'casysd-exports-'));
  writeFileSync(join(folder, 'sparring.json'), SPARRING);
  server = await startServer({ args: ['--stories', folder, '--threads', '1', '--write-ms', String(WRITE_MS)] });
  limits = (await ask(server, '/api/limits')).json;
});

after(async () => {
  await server?.remove();
  rmSync(folder, { recursive: true });
});

test('exports_max is kept', async () => {
  const game = await newLinkGame(server);
  await spar(server, game, 400); // more than the system's buffers on the way hold
  const there = [];
  for (let i = 0; i < limits.exports_max; i += 1) there.push(await exporting(server, game));
  const refused = await exportOf(server, game);
  const { retry_after_ms: ms } = assertProblem(refused, 429, 'rate_limited');
  assert.equal(Number(refused.headers['retry-after']), Math.ceil(ms / 1000));
  there[0].destroy();
  const guard = Date.now() + GUARD_MS;
  while ((await exportOf(server, game)).status === 429) assert.ok(Date.now() < guard, 'its place stays taken');
  for (const raw of there) raw.destroy();
});

test('export_bytes is kept', async () => {
  const n = limits.export_bytes;
  const game = await newLinkGame(server);
  await spar(server, game, 50);
  let length = Buffer.byteLength((await exportOf(server, game)).text);
  await spar(server, game, Math.floor((n - length) / (length / 50)) - 3);
  let last = await exportOf(server, game);
  for (let i = 0; i < 20 && last.status === 200; i += 1) {
    length = Buffer.byteLength(last.text);
    await spar(server, game, 1);
    last = await exportOf(server, game);
  }
  assert.ok(length <= n && length > n - n / 100, `${length}`);
  assertProblem(last, 413, 'too_large');
});
