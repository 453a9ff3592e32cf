// What goes after a time: by `casysd prune` without a server, and by the server once a day. And what
// `casysd compact` makes of an old file.

import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import { ask, gamePath, newGame, newLinkGame, post, readGame } from './support/http.mjs';
import { run } from './support/program.mjs';
import { sql } from './support/sqlite.mjs';

const MONTH = ['--keep-link-games-days', '30', '--keep-sessions-days', '30'];

// A stopped server's database: a finished link game and a private one of long ago, and a finished
// link game of today.
const makeOld = async (server) => {
  const database = join(server.folder, 'db.sqlite');
  const old = await newLinkGame(server);
  const young = await newLinkGame(server);
  const owned = await newGame(server);
  for (const [id, session] of [[old], [young], [owned.id, owned.session]]) {
    const answer = await post(server, gamePath(id, '/stop'), {}, { session });
    assert.equal(answer.status, 200, answer.text);
  }
  await server.stop();
  sql(database, `UPDATE games SET updated_ms = updated_ms - 31 * 86400000 WHERE name <> '${young}'`);
  sql(database, `UPDATE sessions SET created_ms = created_ms - 31 * 86400000;
    UPDATE devices SET seen_ms = seen_ms - 31 * 86400000`);
  return { database, old, young, owned };
};

test('casysd prune says what would go, and then takes it out', async () => {
  const server = await startServer();
  try {
    const { database, old, young, owned } = await makeOld(server);
    const before = readFileSync(database);
    const dry = await run(['prune', '--db', database, ...MONTH, '--dry-run']);
    assert.equal(dry.code, 0, dry.err);
    assert.match(dry.out, new RegExp(`^would go: link game ${old}, [^\n]+$`, 'm'));
    assert.ok(!dry.out.includes(young) && !dry.out.includes(owned.id), dry.out);
    assert.match(dry.out, /\nwould go in all: 1 link games, 0 sessions, 0 devices, 0 carry codes, 0 invitations, 0 request ids\n$/);
    assert.ok(readFileSync(database).equals(before), 'nothing was changed');

    const real = await run(['prune', '--db', database, ...MONTH]);
    assert.equal(real.code, 0, real.err);
    assert.match(real.out, /^gone: 1 link games, \d+ sessions, 0 devices, /);
    assert.equal(sql(database, 'SELECT count(*) FROM doomed').trim(), '0');
    const { code, out, err } = await run(['verify', database]);
    assert.equal(code, 0, out + err);

    await server.start();
    assert.equal((await ask(server, gamePath(old))).status, 404);
    assert.equal((await ask(server, gamePath(young))).status, 200);
    await readGame(server, owned.id, owned.session);
  } finally {
    await server.remove();
  }
});

test('a server takes it out once a day, and only when it is told to', async () => {
  const server = await startServer();
  let pruning;
  try {
    const { database, old, young, owned } = await makeOld(server);
    await server.start();
    assert.equal((await ask(server, gamePath(old))).status, 200, 'without the setting it stays');
    await server.stop();
    pruning = await startServer({ args: MONTH });
    await pruning.stop();
    copyFileSync(database, join(pruning.folder, 'db.sqlite'));
    await pruning.start();
    await pruning.logged(/level=info event=pruned link_games=1 sessions=\d+ devices=0/);
    assert.equal((await ask(pruning, gamePath(old))).status, 404);
    assert.equal((await ask(pruning, gamePath(young))).status, 200);
    await readGame(pruning, owned.id, owned.session);
  } finally {
    await pruning?.remove();
    await server.remove();
  }
});

test('prune and compact leave a database alone that a server has', async () => {
  const server = await startServer();
  try {
    const database = join(server.folder, 'db.sqlite');
    for (const command of ['prune', 'compact']) {
      const { code, err } = await run([command, '--db', database]);
      assert.equal(code, 2);
      assert.equal(err, `casysd ${command}: ${database}: another process has the database open\n`);
    }
    const dry = await run(['prune', '--db', database, '--dry-run']);
    assert.equal(dry.code, 0, dry.err);
  } finally {
    await server.remove();
  }
});

test('an old file gives its unused space back after casysd compact', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'casysd-compact-'));
  const database = join(folder, 'db.sqlite');
  try {
    copyFileSync(join(ROOT, 'tests/storage/fixtures/schema-1.sqlite'), database);
    assert.equal(sql(database, 'PRAGMA auto_vacuum').trim(), '0');
    const { code, out, err } = await run(['compact', '--db', database]);
    assert.equal(code, 0, err);
    assert.match(out, new RegExp(`^${database}: ${statSync(database).size} bytes, was \\d+\n$`));
    assert.equal(sql(database, 'PRAGMA auto_vacuum').trim(), '2');
    const verified = await run(['verify', database]);
    assert.equal(verified.code, 0, verified.out);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

for (const [args, words] of [
  [['prune'], /--db DB is wanted/],
  [['prune', '--db', '/nowhere/db'], /\/nowhere\/db: cannot open the database/],
  [['prune', '--db', 'x', '--keep-sessions-days', '-1'], /cannot have this value/],
  [['prune', '--db', 'x', '--keep-link-games-days', '36501'], /cannot have this value/],
  [['prune', '--db', 'x', 'y'], /and no file/],
  [['compact'], /--db DB is wanted/],
  [['compact', '--db', '/nowhere/db'], /\/nowhere\/db: cannot open the database/],
  [['compact', '--db', 'x', '--dry-run'], /no such option here/]]) {
  test(`casysd ${args.join(' ')} is refused`, async () => {
    const { code, out, err } = await run(args);
    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(err, words);
  });
}
