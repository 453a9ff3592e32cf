// A database that cannot be served: damaged, not to be written, held by another process. The start
// ends at once with one line that says so; what it is, is tested word by word, because an operator
// has nothing else.

import assert from 'node:assert/strict';
import {
  chmodSync, copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { spawnSync } from 'node:child_process';

import { ROOT, startServer } from '../support/server.mjs';
import { ask, newGame, readGame } from './support/http.mjs';
import { run } from './support/program.mjs';

const PAGE = 4096;
const FIXTURE = join(ROOT, 'tests/storage/fixtures/schema-2.sqlite');
// Without its capabilities root is refused what others are.
const POWERLESS = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--'];

let folder;
let database;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'casysd-faults-'));
  database = join(folder, 'db.sqlite');
  copyFileSync(FIXTURE, database);
});

afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});

const serve = (options) => run(['serve', '--listen', '127.0.0.1:0', '--db', database,
  '--stories', join(ROOT, 'stories'), '--static', join(ROOT, 'static')], options);

// The start is refused with exactly that line, and the database is as it was.
const refused = async (message, options) => {
  const was = readFileSync(database);
  const { code, out, err } = await serve(options);
  assert.equal(err, `casysd: --db: ${message}\n`);
  assert.equal(code, 2);
  assert.equal(out, '');
  assert.ok(readFileSync(database).equals(was), 'nothing was changed');
};

// The page where a table or an index begins.
const rootOf = (name) => {
  const { stdout, status } = spawnSync('sqlite3', [`file:${database}?immutable=1`,
    `SELECT rootpage FROM sqlite_schema WHERE name = '${name}'`], { encoding: 'utf8' });
  assert.equal(status, 0);
  return Number(stdout);
};

const zero = (page) => {
  const bytes = readFileSync(database);
  bytes.fill(0, (page - 1) * PAGE, page * PAGE);
  writeFileSync(database, bytes);
};

for (const [name, table] of [['games', 'games'], ['journal', 'journal'], ['sessions', 'sessions'],
  ['stories', 'stories'], ['members', 'members'], ['feedback', 'feedback'],
  ['journal_request', 'journal_request'], ['journal_milestone', 'journal_milestone'],
  ['sqlite_autoindex_sessions_1', 'sessions'],
  ['sqlite_autoindex_games_1', 'games'], ['sqlite_autoindex_stories_1', 'stories'],
  ['devices', 'devices'], ['sqlite_autoindex_devices_1', 'devices'],
  ['devices_previous', 'devices_previous'], ['carries', 'carries'],
  ['sqlite_autoindex_carries_1', 'carries'], ['games_owner', 'games_owner'],
  ['members_game', 'members_game'],
  ['invitations', 'invitations'], ['sqlite_autoindex_invitations_1', 'invitations'],
  ['saves', 'saves'], ['doomed', 'doomed'], ['marks', 'marks']]) {
  test(`a damaged page of ${name} is found and named by the start and by verify`, async () => {
    const page = rootOf(name);
    zero(page);
    await refused(`the database is damaged (${table}): Page ${page}: btreeInitPage() returns error code 11`);
    const { code, out } = await run(['verify', database]);
    assert.equal(code, 1);
    assert.ok(out.startsWith(`database: WRONG: Page ${page}: btreeInitPage() returns error code 11\n`), out);
    assert.match(out, /\nthe file is damaged: its games were not played\n$/);
  });
}

test('a damaged page of a database of schema 1 stops its migration before anything is written', async () => {
  copyFileSync(join(ROOT, 'tests/storage/fixtures/schema-1.sqlite'), database);
  const page = rootOf('sqlite_autoindex_sessions_1');
  zero(page);
  await refused(`the database is damaged (sessions): Page ${page}: btreeInitPage() returns error code 11`);
});

test('the schema itself', async () => {
  const bytes = readFileSync(database);
  bytes.fill(0, 100, PAGE);
  writeFileSync(database, bytes);
  await refused('cannot read the database: database disk image is malformed');
});

test('the last page is gone', async () => {
  const bytes = readFileSync(database);
  writeFileSync(database, bytes.subarray(0, bytes.length - PAGE));
  await refused('cannot read the database: database disk image is malformed');
});

// What the start does not look at: a game's history is read when somebody asks for it.
test('a damage that the start does not meet is told where it is met, and by verify', async () => {
  const server = await startServer();
  try {
    const game = await newGame(server);
    const other = await newGame(server);
    await server.stop();
    const file = join(server.folder, 'db.sqlite');
    // Its first journal row has an event that is no event.
    const { status } = spawnSync('sqlite3', [file, `UPDATE journal SET event = x'00' WHERE game =
      (SELECT id FROM games WHERE name = '${game.id}')`]);
    assert.equal(status, 0);
    await server.start();
    await readGame(server, other.id, other.session);
    const { code, out } = await run(['verify', file]);
    assert.equal(code, 1);
    assert.match(out, new RegExp(`^${game.id} .*WRONG: version 1: `, 'm'));
    assert.match(out, new RegExp(`^${other.id} .*: good$`, 'm'));
    assert.equal((await ask(server, '/livez')).status, 200);
  } finally {
    await server.remove();
  }
});

test('a file that cannot be written', async () => {
  chmodSync(database, 0o400);
  await refused('cannot open the database: Permission denied', { before: POWERLESS });
});

test('a folder that cannot be written', async () => {
  chmodSync(folder, 0o500);
  await refused('the folder of the database cannot be written, and the log has to be there: '
    + 'Permission denied', { before: POWERLESS });
  assert.deepEqual(readdirSync(folder), ['db.sqlite']);
});

test('a folder that is not there', async () => {
  rmSync(database);
  database = join(folder, 'no/db.sqlite');
  const { code, err } = await serve();
  assert.equal(err, 'casysd: --db: cannot open the database: No such file or directory\n');
  assert.equal(code, 2);
});

test('a second process on the same file is refused, and the first one goes on', async () => {
  const server = await startServer();
  try {
    const game = await newGame(server);
    const own = database;
    database = join(server.folder, 'db.sqlite');
    const { code, err } = await serve();
    database = own;
    assert.equal(err, 'casysd: --db: another process has the database open\n');
    assert.equal(code, 2);
    assert.equal((await readGame(server, game.id, game.session)).json.version, 1);
    await server.kill(); // the lock goes with its process
    await server.start();
    assert.equal((await readGame(server, game.id, game.session)).json.version, 1);
  } finally {
    await server.remove();
  }
});
