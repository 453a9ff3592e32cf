// A disk that fails at any one moment of a short scenario: every write, every synchronisation, each
// in its turn. Whatever was acknowledged is there after kill -9 and a restart, and whatever was
// refused is not; games can be read all the time; /readyz tells the operator; and the server goes on
// by itself when the disk is well again.

import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Control, preload } from '../support/preload.mjs';
import { ROOT, startServer } from '../support/server.mjs';
import { ask, gamePath, newGame, post, readGame } from './support/http.mjs';
import { sql } from './support/sqlite.mjs';

const CHOICES = ['left', 'right', 'roll'];

let folder;
let server;
let disk;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'casysd-disk-'));
  disk = new Control(join(folder, 'disk'), ['write', 'sync']);
  server = await startServer({
    args: ['--stories', join(ROOT, 'tests/e2e/stories')],
    env: preload('disk', 'CASYS_SOAK_DISK', disk.file),
  });
});

after(async () => {
  await server?.remove();
  rmSync(folder, { recursive: true });
});

const isRefused = (answer) => {
  if (answer.status !== 503) return false;
  assert.equal(answer.json.code, 'storage_unavailable', answer.text);
  return true;
};

const play = (game, choiceId, key) =>
  post(server, gamePath(game.id, '/choices'), { choice_id: choiceId }, {
    session: game.session, headers: { 'idempotency-key': key },
  });

// A choice of each kind and a new game. Gives what was refused; the versions are checked.
const scenario = async (game, round) => {
  const refused = [];
  for (const choiceId of CHOICES) {
    const key = `${round} ${choiceId}`;
    const answer = await play(game, choiceId, key);
    if (isRefused(answer)) {
      refused.push({ choiceId, key });
    } else {
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.version, game.version + 1);
      game.version += 1;
    }
    assert.equal((await readGame(server, game.id, game.session)).json.version, game.version);
  }
  const made = await post(server, '/api/games', {});
  if (isRefused(made)) refused.push({});
  else assert.equal(made.status, 201, made.text);
  return refused;
};

const begin = async () => ({ ...(await newGame(server)), version: 1 });

// What was refused has not happened, also after a crash, and can be asked again.
const checkAfterCrash = async (game, refused) => {
  await server.kill();
  await server.start();
  assert.equal((await readGame(server, game.id, game.session)).json.version, game.version);
  for (const { choiceId, key } of refused.filter((one) => one.key)) {
    const answer = await play(game, choiceId, key);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.version, game.version + 1, 'it was not applied before');
    game.version += 1;
  }
};

// The file at the page where a table begins, which the log has no newer copy of.
const damage = (database, table) => {
  const page = Number(sql(database, `SELECT rootpage FROM sqlite_schema WHERE name = '${table}'`));
  const bytes = Buffer.alloc(4096);
  const file = openSync(database, 'r+');
  readSync(file, bytes, 0, 4096, (page - 1) * 4096);
  writeSync(file, Buffer.alloc(4096), 0, 4096, (page - 1) * 4096);
  closeSync(file);
  return () => {
    const again = openSync(database, 'r+');
    writeSync(again, bytes, 0, 4096, (page - 1) * 4096);
    closeSync(again);
  };
};

test('after a synchronisation that failed the database is looked at before anything is accepted', async () => {
  const game = await begin();
  await server.stop(); // which moves the log into the database
  await server.start();
  const from = server.log.length;
  disk.set({ operation: 'sync', left: 0, error: 'EIO' });
  assert.ok(isRefused(await play(game, 'left', 'looked at 1')));
  disk.set();
  const repair = damage(join(server.folder, 'db.sqlite'), 'feedback');
  for (let i = 0; i < 2; i += 1) {
    assert.ok(isRefused(await play(game, 'left', 'looked at 2')));
    assert.equal((await ask(server, '/readyz')).status, 503);
    assert.equal((await readGame(server, game.id, game.session)).json.version, game.version);
  }
  const told = server.log.slice(from).match(/event=database_not_reopened reason="[^"\n]*damaged \(feedback\)/g);
  assert.equal(told?.length, 1, server.log.slice(from));
  repair();
  assert.equal((await ask(server, '/readyz')).status, 200, 'by itself');
  await server.logged(/event=database_reopened/, from);
  const answer = await play(game, 'left', 'looked at 3');
  assert.equal(answer.status, 200, answer.text);
  game.version += 1;
  await checkAfterCrash(game, []);
});

for (const [operation, error] of [['write', 'EIO'], ['write', 'ENOSPC'], ['sync', 'EIO']]) {
  test(`each ${operation} in its turn fails once with ${error}`, async (t) => {
    let rounds = 0;
    let refusals = 0;
    for (let left = 0; ; left += 1) {
      const game = await begin();
      disk.set({ operation, left, error });
      const refused = await scenario(game, `${operation} ${left}`);
      const fired = disk.failures;
      disk.set();
      if (fired === 0) break;
      assert.equal(refused.length, 1, `${operation} ${left}: one command was of that transaction`);
      await checkAfterCrash(game, refused);
      rounds += 1;
      refusals += refused.length;
    }
    assert.ok(rounds >= 4, 'a scenario of four transactions writes at least four times');
    t.diagnostic(`${rounds} moments, ${refusals} refusals`);
  });

  test(`a disk whose ${operation}s fail with ${error} for a while`, async () => {
    const game = await begin();
    disk.set({ operation, lasting: true, error });
    const refused = await scenario(game, `${operation} ${error} all`);
    assert.equal(refused.length, CHOICES.length + 1, 'nothing is accepted');
    assert.equal((await ask(server, '/readyz')).status, 503);
    assert.equal((await ask(server, '/livez')).status, 200);
    disk.set();
    assert.equal((await ask(server, '/readyz')).status, 200, 'nobody has to write first');
    const answer = await play(game, 'left', `${operation} ${error} well again`);
    assert.equal(answer.status, 200, answer.text);
    game.version += 1;
    await checkAfterCrash(game, refused);
  });

  test(`kill -9 while ${operation}s fail with ${error}`, async () => {
    const game = await begin();
    disk.set({ operation, lasting: true, error });
    const refused = await scenario(game, `${operation} ${error} kill`);
    // The last thing that was written before the crash is a choice that was refused.
    assert.ok(isRefused(await play(game, 'left', 'refused last')));
    refused.push({ choiceId: 'left', key: 'refused last' });
    const crash = server.kill();
    disk.set();
    await crash;
    await server.start();
    await checkAfterCrash(game, refused);
  });
}
