// A game of more than ten thousand versions: its history from the beginning and from the end, its
// export, and what a choice in it costs, counted in bytes and not in time.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import { ask, gamePath, newGame, post, readGame, readHistory } from './support/http.mjs';
import { run } from './support/program.mjs';
import { choice, connect } from './support/socket.mjs';

const STORIES = join(ROOT, 'tests/e2e/stories');
const VERSIONS = 10_050;
const PAGE = 100;
const SLACK_BYTES = 64 * 1024; // of other work between two looks

let folder;
let server;
let long;
let short;

const CHOICES = ['left', 'right', 'roll'];

const play = async (game, count) => {
  const client = await connect(server, { session: game.session });
  for (let i = 0; i < count; i += 1)
    client.send(choice(game.id, CHOICES[i % 3], { request_id: `request ${i}` }));
  let acknowledged = 0;
  while (acknowledged < count) {
    const { type, version } = await client.take();
    if (type !== 'choice_ack') continue;
    acknowledged += 1;
    assert.equal(version, 1 + acknowledged);
  }
  await client.close();
};

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'casysd-long-'));
  server = await startServer({ args: ['--stories', STORIES, '--threads', '1'] });
  long = await newGame(server);
  short = await newGame(server);
  await play(long, VERSIONS - 1);
});

after(async () => {
  await server?.remove();
  rmSync(folder, { recursive: true });
});

const page = async (afterVersion) => {
  const answer = await ask(server, gamePath(long.id, `/history?after=${afterVersion}&limit=${PAGE}`),
    { session: long.session });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};

const versionsOf = (events) => events.map(({ version }) => version);
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test('its history is whole, page by page', async () => {
  const events = await readHistory(server, long.id, long.session);
  assert.deepEqual(versionsOf(events), range(1, VERSIONS));
  assert.deepEqual(events.slice(1).map(({ choice_id: id }) => id), range(0, VERSIONS - 2).map((i) => CHOICES[i % 3]));
});

test('its newest page is there at once, and the pages before it', async () => {
  const newest = await page(VERSIONS - PAGE);
  assert.deepEqual(versionsOf(newest.events), range(VERSIONS - PAGE + 1, VERSIONS));
  assert.equal(newest.next, null);
  for (let at = VERSIONS - 2 * PAGE; at >= VERSIONS - 5 * PAGE; at -= PAGE) {
    const { events, next } = await page(at);
    assert.deepEqual(versionsOf(events), range(at + 1, at + PAGE));
    assert.equal(next, at + PAGE);
  }
  assert.deepEqual((await page(VERSIONS)).events, []);
});

test('it can be exported and checked', async () => {
  const answer = await ask(server, gamePath(long.id, '/export'), { session: long.session });
  assert.equal(answer.status, 200);
  assert.equal(answer.json.versions.length, VERSIONS);
  const file = join(folder, 'long.casys.json');
  writeFileSync(file, answer.text);
  const { code, out, err } = await run(['verify', file, '--stories', STORIES]);
  assert.equal(code, 0, out + err);
});

// Bytes that the server has read and written, by any system call.
const bytes = () => {
  const text = readFileSync(`/proc/${server.pid}/io`, 'utf8');
  return { read: Number(/^rchar: (\d+)/m.exec(text)[1]), written: Number(/^wchar: (\d+)/m.exec(text)[1]) };
};

// What a first look at a game that is not in memory, and one choice in it, cost.
const costOf = async (game) => {
  await server.kill();
  await server.start();
  assert.equal((await ask(server, '/readyz')).status, 200);
  const began = bytes();
  await readGame(server, game.id, game.session);
  const looked = bytes();
  const answer = await post(server, gamePath(game.id, '/choices'), { choice_id: 'left' }, { session: game.session });
  assert.equal(answer.status, 200, answer.text);
  const played = bytes();
  return {
    look: looked.read - began.read,
    choice: played.read - looked.read,
    written: played.written - looked.written,
  };
};

test('a look at it and a choice in it cost what they cost in a new game', async (t) => {
  const [few, many] = [await costOf(short), await costOf(long)];
  t.diagnostic(`bytes with 1 version: ${JSON.stringify(few)}, with ${VERSIONS}: ${JSON.stringify(many)}`);
  for (const kind of ['look', 'choice', 'written'])
    assert.ok(many[kind] <= few[kind] + SLACK_BYTES, `${kind}: ${few[kind]}, then ${many[kind]}`);
});

test('and the database is good', async () => {
  assert.equal(await server.stop(), 0, server.log);
  const { code, out, err } = await run(['verify', join(server.folder, 'db.sqlite')]);
  assert.equal(code, 0, out + err);
});
