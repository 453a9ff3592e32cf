// A disk that fills up while people play: a small file system of its own, or where none can be
// mounted, a library in front of the program that lets every write fail for want of room. What
// clients see at each step, that nothing acknowledged is lost, and that all goes on by itself when
// there is room again.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Control, preload } from '../support/preload.mjs';
import { ROOT, startServer } from '../support/server.mjs';
import { ask, assertProblem, gamePath, newGame, post, readGame, readHistory } from './support/http.mjs';
import { run } from './support/program.mjs';
import { choice, watch } from './support/socket.mjs';

const SIZE_KB = 2048;
const BALLAST_KB = 512; // what is taken away to make room
const CHOICES_MAX = 1000;

let folder;
let server;
let disk; // where nothing could be mounted
let place;

// Gives what went wrong, or nothing.
const mount = () => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_KB}k`, 'tmpfs', place], { stdio: 'pipe' });
    return null;
  } catch (error) {
    return String(error.stderr ?? error.message).trim();
  }
};

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'casysd-full-'));
  place = mkdtempSync(join(folder, 'disk-'));
  const refused = mount();
  if (refused !== null) {
    console.log(`no file system can be mounted here (${refused}): writes fail by a library instead`);
    disk = new Control(join(folder, 'control'), ['write', 'sync']);
  } else {
    writeFileSync(join(place, 'ballast'), Buffer.alloc(BALLAST_KB * 1024));
  }
  server = await startServer({
    args: ['--stories', join(ROOT, 'tests/e2e/stories')],
    parent: place,
    env: disk ? preload('disk', 'CASYS_SOAK_DISK', disk.file) : {},
  });
});

after(async () => {
  await server?.remove();
  if (!disk) execFileSync('umount', [place]);
  rmSync(folder, { recursive: true });
});

const play = (game, key) =>
  post(server, gamePath(game.id, '/choices'), { choice_id: 'left' },
    { session: game.session, headers: { 'idempotency-key': key } });

// Until the disk says no. The library says it from a moment of the test's choice on.
const playUntilFull = async (game) => {
  for (let i = 0; i < CHOICES_MAX; i += 1) {
    if (disk && i === 20) disk.set({ operation: 'write', lasting: true, error: 'ENOSPC' });
    const key = `choice ${i}`;
    const answer = await play(game, key);
    if (answer.status !== 200) return { answer, key };
    game.version += 1;
    assert.equal(answer.json.version, game.version);
  }
  assert.fail('the disk never filled up');
};

// None of what is left may do for another try. (A smaller one would still fit where the log has
// grown for the choice that was refused.)
const fillRest = () => {
  if (disk) return;
  const file = openSync(join(place, 'rest'), 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch (error) {
    assert.equal(error.code, 'ENOSPC');
  } finally {
    closeSync(file);
  }
};

const makeRoom = () => {
  if (disk) disk.set();
  else rmSync(join(place, 'ballast'));
};

test('people read on while the disk is full, and play on when there is room again', async () => {
  const game = { ...(await newGame(server)), version: 1 };
  const watcher = await watch(server, game.id, { session: game.session });

  const { answer, key } = await playUntilFull(game);
  const problem = assertProblem(answer, 503, 'storage_unavailable');
  assert.ok(problem.retry_after_ms > 0);
  assert.ok(Number(answer.headers['retry-after']) >= 1);
  fillRest();

  // Every door says the same, as often as it is tried.
  for (let i = 0; i < 5; i += 1) {
    assertProblem(await play(game, key), 503, 'storage_unavailable');
    assertProblem(await post(server, '/api/games', {}), 503, 'storage_unavailable');
    watcher.send(choice(game.id, 'left', { request_id: key }));
    const refusal = await watcher.until(({ type }) => type === 'choice_error');
    assert.equal(refusal.code, 'storage_unavailable');
  }

  // What is there can be read, and the operator is told.
  const shown = await readGame(server, game.id, game.session);
  assert.equal(shown.json.version, game.version);
  assert.equal((await readHistory(server, game.id, game.session)).length, game.version);
  assert.equal((await ask(server, '/api/games', { session: game.session })).json.games.length, 1);
  assert.equal((await ask(server, gamePath(game.id, '/export'), { session: game.session })).status, 200);
  const ready = await ask(server, '/readyz');
  assert.equal(ready.status, 503);
  assert.equal(ready.json.code, 'storage_unavailable');
  assert.equal((await ask(server, '/livez')).status, 200);

  makeRoom();
  assert.equal((await ask(server, '/readyz')).status, 200, 'nobody has to write first');
  // The refused request sent again is applied, once.
  for (let i = 0; i < 2; i += 1) assert.equal((await play(game, key)).json.version, game.version + 1);
  game.version += 1;
  await watcher.until(({ type, version }) => type === 'state' && version === game.version);
  assert.equal((await newGame(server)).state.version, 1);
  await watcher.close();

  // And all of it is on the disk.
  await server.kill();
  await server.start();
  assert.equal((await readGame(server, game.id, game.session)).json.version, game.version);
  assert.equal(await server.stop(), 0, server.log);
  const verified = await run(['verify', join(server.folder, 'db.sqlite')]);
  assert.equal(verified.code, 0, verified.out + verified.err);
});
