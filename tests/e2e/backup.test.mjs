// casysd backup and casysd restore beside a server under load: what the copy holds, what is refused,
// and what is left behind when it is.

import assert from 'node:assert/strict';
import {
  copyFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, afterEach, test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import { gamePath, newGame, post, readGame } from './support/http.mjs';
import { Ledger } from './support/ledger.mjs';
import { run } from './support/program.mjs';
import { sql } from './support/sqlite.mjs';

const ARGS = ['--stories', join(ROOT, 'tests/e2e/stories')];

let folder;
let server;
let database;

before(async () => {
  server = await startServer({ args: ARGS });
  database = join(server.folder, 'db.sqlite');
});

after(() => server?.remove());

beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'casysd-backup-')); });

afterEach(() => rmSync(folder, { recursive: true }));

const play = async (game, choiceId) => {
  const answer = await post(server, gamePath(game.id, '/choices'), { choice_id: choiceId },
    { session: game.session });
  assert.equal(answer.status, 200, answer.text);
  return answer.json.version;
};

const backup = async (file, db = database) => {
  const { code, out, err } = await run(['backup', file, '--db', db]);
  assert.equal(code, 0, out + err);
  assert.equal(err, '');
  assert.match(out, /^[^\n]+: \d+ games, \d+ versions, \d+ sessions, \d+ stories, \d+ bytes, newest change [^\n]+\nchecked: every page, every reference, \d+ of \d+ games played again\n$/);
  return out;
};

// It ends with this code and says only that, and the folder is as it was.
const refused = async (args, expected, words) => {
  const before = readdirSync(folder);
  const { code, out, err } = await run(args);
  assert.equal(code, expected, out + err);
  assert.match(err, words);
  assert.equal(out, '');
  assert.deepEqual(readdirSync(folder), before, 'nothing is left behind');
};

// Damage of each kind that a check has to find. [why, what to do to the file, what is said]
const DAMAGES = [
  ['a page of another place', (file) => {
    const bytes = readFileSync(file);
    bytes.copy(bytes, 4096 * 5, 4096 * 2, 4096 * 3);
    writeFileSync(file, bytes);
  }, /^casysd \w+: damaged: /m],
  ['a page of zeros', (file) => {
    const bytes = readFileSync(file);
    bytes.fill(0, 4096 * 3, 4096 * 4);
    writeFileSync(file, bytes);
  }, /^casysd \w+: damaged: Page 4: /m],
  ['a value that no check lets in', (file) => sql(file, 'PRAGMA ignore_check_constraints = ON; UPDATE games SET status = 256'),
    /^casysd \w+: damaged: CHECK constraint failed in games$/m],
  ['a member of no game', (file) => sql(file, 'INSERT INTO members VALUES (1, 9999, 2)'),
    /^casysd \w+: damaged: row .* of members refers to a row of games that is not there$/m],
  ['a journal row that is gone', (file) => sql(file, 'DELETE FROM journal WHERE seq = 1'),
    /^casysd \w+: damaged: \d+ journal rows for \d+ versions$/m],
  ['an event that was changed', (file) => sql(file,
    "UPDATE journal SET event = CAST(replace(CAST(event AS TEXT), 'start', 'stark') AS BLOB) WHERE seq = 1"),
  /^casysd \w+: damaged: [\w-]{22} .*WRONG: version 1: /m],
  ['half a file', (file) => {
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, bytes.length / 2));
  }, /malformed/],
];

test('under load, every version that was acknowledged before is in the copy', async (t) => {
  const ledger = new Ledger(server);
  for (let i = 0; i < 4; i += 1) await ledger.addGame({ link: i === 0 });
  for (const id of ledger.games.keys()) {
    await ledger.addPlayer(id);
    await ledger.addPlayer(id, { path: '/api/ws/game' });
  }
  let answers = 0;
  let wake = null;
  ledger.onAnswer = () => {
    answers += 1;
    wake?.();
  };
  const untilAnswers = async (count) => {
    const due = answers + count;
    while (answers < due) await new Promise((resolve) => { wake = resolve; });
  };

  const copies = [];
  for (let i = 0; i < 3; i += 1) {
    await untilAnswers(50);
    const known = new Map([...ledger.answered].map(([id, request]) => [id, { ...request }]));
    const games = [...ledger.games.values()].map(({ id, session, highest, versions }) =>
      ({ id, session, highest, versions: new Map(versions) }));
    const during = answers;
    const file = join(folder, `copy-${i}.sqlite`);
    await backup(file);
    copies.push({ file, known, games, during: answers - during });
  }
  await ledger.leave();
  assert.ok(copies.some(({ during }) => during > 0), 'people played while it was copied');
  t.diagnostic(`${answers} choices; during the copies: ${copies.map((c) => c.during)}`);

  // Each copy alone: verify, and a server that is started on it.
  for (const { file, known, games } of copies) {
    assert.deepEqual(readdirSync(folder).filter((name) => /new|wal|shm|journal/.test(name)), []);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const { code, out } = await run(['verify', file]);
    assert.equal(code, 0, out);
    const other = await startServer({ args: ARGS });
    try {
      await other.stop();
      rmSync(join(other.folder, 'db.sqlite'));
      copyFileSync(file, join(other.folder, 'db.sqlite'));
      await other.start();
      for (const game of games) {
        const { json, text } = await readGame(other, game.id, game.session);
        assert.ok(json.version >= game.highest, `${json.version} < ${game.highest}`);
        const told = game.versions.get(json.version);
        if (told !== undefined) assert.equal(text, told, 'the same bytes');
      }
      // The request ids, too: asked again, the first answer comes.
      for (const [key, { gameId, message, version }] of [...known].slice(-20)) {
        const { session } = games.find(({ id }) => id === gameId);
        const answer = await post(other, gamePath(gameId, '/choices'),
          { choice_id: message.choice.choice_id, version: message.version },
          { session, headers: { 'idempotency-key': key } });
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.json.version, version);
      }
    } finally {
      await other.remove();
    }
  }
});

test('a copy of a database that nobody has open', async () => {
  const game = await newGame(server);
  const version = await play(game, 'left');
  await server.kill(); // the newest versions are in the log only
  const file = join(folder, 'copy.sqlite');
  await backup(file);
  const { code, out } = await run(['verify', file]);
  assert.equal(code, 0, out);
  assert.ok(out.includes(`${game.id}  `) && out.includes(` ${version} versions: good`), out);
  await server.start();
});

test('what is there is not overwritten, and nothing is left of what failed', async () => {
  const file = join(folder, 'copy.sqlite');
  writeFileSync(file, 'mine');
  await refused(['backup', file, '--db', database], 2,
    /^casysd backup: [^\n]*copy\.sqlite: is there already, and nothing is overwritten\n$/);
  assert.equal(readFileSync(file, 'utf8'), 'mine');
  writeFileSync(join(folder, 'other.new'), '');
  await refused(['backup', join(folder, 'other'), '--db', database], 2,
    /other\.new: is there: another copy is being made, or one was interrupted; remove it then\n$/);
  await refused(['backup', join(folder, 'no/such/folder'), '--db', database], 2,
    /^casysd backup: [^\n]*: No such file or directory\n$/);
  await refused(['backup', join(folder, 'x'), '--db', join(folder, 'nothing')], 2,
    /^casysd backup: [^\n]*nothing: cannot open the database: No such file or directory\n$/);
  await refused(['backup', join(folder, 'x'), '--db', file], 1, /^casysd backup: [^\n]+\n$/);
  for (const args of [['backup'], ['backup', 'a'], ['backup', 'a', 'b', '--db', 'c'], ['restore', 'a'],
    ['backup', 'a', '--db'], ['backup', 'a', '--dry-run', '--db', 'c'], ['restore', '--db', 'c']])
    await refused(args, 2, /^casysd (?:backup|restore): [^\n]+\n$/);
});

for (const [why, damage, words] of DAMAGES) {
  test(`damage is found and refused by backup and restore: ${why}`, async () => {
    const good = join(folder, 'good.sqlite');
    await newGame(server);
    await backup(good);
    const bad = join(folder, 'bad.sqlite');
    copyFileSync(good, bad);
    damage(bad);
    await refused(['backup', join(folder, 'copy'), '--db', bad], 1, words);
    await refused(['restore', bad, '--db', join(folder, 'db'), '--dry-run'], 1, words);
    await refused(['restore', bad, '--db', join(folder, 'db')], 1, words);
  });
}

test('restore puts a backup in place, keeps what was there, and not while a server has it', async () => {
  const game = await newGame(server);
  const early = await play(game, 'left');
  const file = join(folder, 'early.sqlite');
  const said = await backup(file);
  const late = await play(game, 'right');
  assert.equal(late, early + 1);

  const held = /^casysd restore: [^\n]*db\.sqlite: another process has the database open\n$/;
  assert.match((await run(['restore', file, '--db', database, '--dry-run'])).err, held);
  const { code, err } = await run(['restore', file, '--db', database]);
  assert.equal(code, 2);
  assert.match(err, held);
  assert.equal((await readGame(server, game.id, game.session)).json.version, late);

  await server.kill(); // with a log beside it
  const before = readdirSync(server.folder);
  assert.ok(before.includes('db.sqlite-wal'));
  const dry = await run(['restore', file, '--db', database, '--dry-run']);
  assert.equal(dry.code, 0, dry.err);
  assert.match(dry.out, /would be taken: [^\n]*db\.sqlite would be kept beside it as \.old\n$/);
  assert.equal(dry.out.split('\n')[0], said.split('\n')[0], 'the same contents');
  assert.deepEqual(readdirSync(server.folder), before, 'a dry run changes nothing');

  const done = await run(['restore', file, '--db', database]);
  assert.equal(done.code, 0, done.err);
  assert.deepEqual(readdirSync(server.folder).sort(),
    ['db.sqlite', 'db.sqlite.old', 'db.sqlite.old-wal']);
  await server.start();
  assert.equal((await readGame(server, game.id, game.session)).json.version, early);
  assert.equal(await play(game, 'right'), late);
  // What was there is whole, with its log.
  const old = await run(['verify', join(server.folder, 'db.sqlite.old')]);
  assert.equal(old.code, 0, old.out + old.err);
  assert.ok(old.out.includes(`${game.id}  `));
  assert.match(old.out, new RegExp(`${game.id}  \\S+  ${late} versions: good`));

  await server.stop();
  const again = await run(['restore', file, '--db', database]);
  assert.equal(again.code, 2);
  assert.equal(again.out, '');
  assert.match(again.err, /db\.sqlite\.old: is there already: move it away first\n$/);
  assert.ok(!existsSync(`${database}.new`));
  await server.start();
  assert.equal((await readGame(server, game.id, game.session)).json.version, late);
});
