// Games that begin with a past: forks of any version, and imports of exported documents, here and on
// another server; what is taken over, what is new, and that no changed document gets in.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import {
  ask, assertProblem, gamePath, newGame, newLinkGame, post, readGame, readHistory,
} from './support/http.mjs';
import { run } from './support/program.mjs';
import { dial } from './support/raw.mjs';
import { choice, watch } from './support/socket.mjs';

const STORIES = join(ROOT, 'tests/e2e/stories');

let server;
let other;
let folder;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'casysd-fork-'));
  server = await startServer({ args: ['--stories', STORIES, '--threads', '2'] });
  other = await startServer({ args: ['--stories', STORIES, '--threads', '1'] });
});

after(async () => {
  await server?.remove();
  await other?.remove();
  await rm(folder, { recursive: true });
});

const begin = (place = server) => newGame(place, { story: 'carousel' });
const act = (game, deed, body = {}, place = server) =>
  post(place, gamePath(game.id, `/${deed}`), body, { session: game.session });
const ok = (answer) => {
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};
const play = async (game, choice_id, place) => ok(await act(game, 'choices', { choice_id }, place));
const playAll = async (game, choices, place) => {
  for (const choice of choices) await play(game, choice, place);
};

const made = (answer, session) => {
  assert.equal(answer.status, 201, answer.text);
  const { json } = answer;
  assert.equal(answer.headers.location, gamePath(json.game_id));
  assert.equal(answer.headers.etag, `"${json.state.version}"`);
  assert.equal(json.state.game_id, json.game_id);
  return { id: json.game_id, session: session ?? json.session_token, state: json.state };
};
const fork = async (game, body = {}, session = game.session) =>
  made(await post(server, gamePath(game.id, '/fork'), body, { session }), session);
const exportOf = async (game, place = server) => {
  const answer = await ask(place, gamePath(game.id, '/export'), { session: game.session });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};
const importAs = (document, session, place = other) => post(place, '/api/games/import', document, { session });

const verify = async (document) => {
  const file = join(folder, 'game.json');
  await writeFile(file, JSON.stringify(document));
  return run(['verify', file, '--stories', join(STORIES, 'carousel.json')]);
};

// What a state says of the game, without what belongs to the version or to how it came.
const content = ({ section_number, character, status, rules, ending }) =>
  ({ section_number, character, status, choices: rules.choices, ending });

// ---- forks ----

test('a fork is a game of its own with the same past, and the first one goes on as it was', async () => {
  const game = await begin();
  await playAll(game, ['roll', 'left', 'roll']);
  const before = (await readGame(server, game.id, game.session)).json;
  const forked = await fork(game);
  assert.notEqual(forked.id, game.id);
  assert.equal(forked.state.version, 5);
  assert.deepEqual(content(forked.state), content(before));
  assert.notEqual(forked.state.seed_hash, before.seed_hash);
  const past = await readHistory(server, game.id, game.session);
  const events = await readHistory(server, forked.id, game.session);
  assert.deepEqual(events.slice(0, 4), past);
  assert.equal(events[4].type, 'fork');
  assert.match(events[4].words, /^Became a game of its own\./);
  await play(forked, 'left');
  assert.deepEqual((await readGame(server, game.id, game.session)).json, before);
  const list = (await ask(server, '/api/games', { session: game.session })).json.games;
  assert.deepEqual(list.map(({ game_id, version }) => [game_id, version]), [[forked.id, 6], [game.id, 4]]);
});

test('a fork may begin at every version, also before a reset or behind an undo', async () => {
  const game = await begin();
  await playAll(game, ['roll', 'left']);
  ok(await act(game, 'undo'));
  ok(await post(server, '/api/game/reset', { game_id: game.id }, { session: game.session }));
  await play(game, 'roll');
  const shown = [];
  for (let version = 1; version <= 6; version += 1) {
    const forked = await fork(game, { version });
    assert.equal(forked.state.version, version + 1);
    shown.push(forked.state.section_number);
    await play(forked, 'roll');
    assertProblem(await act(forked, 'load', { of: version }), 422, 'undo_refused');
    ok(await act(forked, 'undo'));
    assertProblem(await act(forked, 'undo'), 422, 'nothing_to_undo');
    const { code, err } = await verify(await exportOf(forked));
    assert.equal(code, 0, err);
  }
  const events = await readHistory(server, game.id, game.session);
  assert.deepEqual(shown, events.map(({ to }) => to));
  assertProblem(await act(game, 'fork', { version: 7 }), 404, 'version_not_found');
  for (const version of [0, -1, '1', 1.5]) {
    assertProblem(await act(game, 'fork', { version }), 400, 'invalid_message');
  }
});

test('a fork throws dice of its own, and keeps those that were thrown', async () => {
  const game = await begin();
  await playAll(game, ['roll', 'roll']);
  const rolls = [];
  for (let i = 0; i < 6; i += 1) {
    const forked = await fork(game);
    const thrown = [];
    for (let j = 0; j < 6; j += 1) thrown.push(...(await play(forked, 'roll')).decision.rolls[0].values);
    rolls.push(thrown.join());
    const { runs } = (await ask(server, gamePath(forked.id, '/history'), { session: game.session })).json;
    assert.equal(runs.length, 2);
    assert.equal(runs[0].seed_hash, game.state.seed_hash);
    assert.equal(runs[0].seed, null);
  }
  assert.equal(new Set(rolls).size, rolls.length);
});

test('a fork is there after a crash, and a game that is over stays so', async () => {
  const game = await begin();
  await playAll(game, ['left', 'get-off']);
  const forked = await fork(game);
  assert.equal(forked.state.should_continue, false);
  await server.kill();
  await server.start();
  assert.deepEqual((await readGame(server, forked.id, game.session)).json, forked.state);
  assertProblem(await act(forked, 'choices', { choice_id: 'left' }), 409, 'game_over');
  const earlier = await fork(forked, { version: 2 });
  assert.equal(earlier.state.should_continue, true);
  const { code, err } = await verify(await exportOf(forked));
  assert.equal(code, 0, err);
});

test('a crash in the middle of a fork leaves a whole game or none', async () => {
  const VERSIONS = 3000;
  const place = await startServer({ args: ['--stories', STORIES, '--threads', '1'] });
  try {
    const game = await newGame(place, { story: 'carousel' });
    const client = await watch(place, game.id, { session: game.session });
    for (let version = 1; version < VERSIONS; version += 1) {
      client.send(choice(game.id, version % 2 ? 'left' : 'right'));
    }
    await client.until(({ version }) => version === VERSIONS);
    // How much is there of a past that has no end yet.
    const written = () => {
      const { stdout } = spawnSync('sqlite3',
        [join(place.folder, 'db.sqlite'), 'SELECT ifnull(max(left), 0) FROM doomed'], { encoding: 'utf8' });
      return Number(stdout);
    };
    let made = 1;
    let cut = 0;
    for (let i = 0; i < 4; i += 1) {
      let over = false;
      const answered = post(place, gamePath(game.id, '/fork'), {}, { session: game.session })
        .then(({ status }) => status === 201, () => false).finally(() => { over = true; });
      while (!over && written() <= 600 * i) await ask(place, '/livez');
      await place.kill();
      if (written() > 0) cut += 1;
      await place.start();
      const { games } = (await ask(place, '/api/games', { session: game.session })).json;
      assert.ok(games.length === made || games.length === made + 1);
      if (await answered) assert.equal(games.length, made + 1);
      for (const { version } of games.slice(0, -1)) assert.equal(version, VERSIONS + 1);
      assert.equal(games.at(-1).version, VERSIONS);
      made = games.length;
    }
    assert.ok(cut > 0, 'no fork was cut in the middle');
    assert.equal(await place.stop(), 0, place.log);
    const { code, out, err } = await run(['verify', join(place.folder, 'db.sqlite')]);
    assert.equal(code, 0, out + err);
  } finally {
    await place.remove();
  }
});

test('who may not play may not fork', async () => {
  const game = await begin();
  const stranger = await begin();
  for (const session of [stranger.session, undefined]) {
    assertProblem(await post(server, gamePath(game.id, '/fork'), {}, { session }), 404, 'game_not_found');
  }
  const link = await newLinkGame(server);
  for (const session of [stranger.session, undefined]) {
    assertProblem(await post(server, gamePath(link, '/fork'), {}, { session }), 403, 'forbidden');
  }
});

// ---- imports ----

test('an exported game goes on at another server, with its whole past', async () => {
  const game = await begin();
  await playAll(game, ['roll', 'left', 'roll']);
  ok(await act(game, 'undo'));
  const document = await exportOf(game);
  const state = (await readGame(server, game.id, game.session)).json;
  const imported = made(await importAs(document));
  assert.match(imported.session, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(imported.state.version, 6);
  assert.deepEqual(content(imported.state), content(state));
  const events = await readHistory(other, imported.id, imported.session);
  assert.deepEqual(events.slice(0, 5), await readHistory(server, game.id, game.session));
  assert.equal(events[5].type, 'import');
  await other.kill();
  await other.start();
  await play(imported, 'roll', other);
  const again = await exportOf(imported, other);
  assert.deepEqual(again.versions.slice(0, 5), document.versions);
  const { code, err } = await verify(again);
  assert.equal(code, 0, err);
  // And back again, by a session that is there.
  const home = made(await importAs(again, game.session, server), game.session);
  assert.equal(home.state.version, 8);
  assert.equal((await verify(await exportOf(home))).code, 0);
});

test('a finished game comes with its seeds', async () => {
  const game = await begin();
  await playAll(game, ['roll', 'left']);
  ok(await post(server, '/api/game/reset', { game_id: game.id }, { session: game.session }));
  await playAll(game, ['roll', 'get-off']);
  const document = await exportOf(game);
  const imported = made(await importAs(document));
  assert.equal(imported.state.should_continue, false);
  const { runs } = (await ask(other, gamePath(imported.id, '/history'), { session: imported.session })).json;
  assert.deepEqual(runs.slice(0, 2), document.runs);
});

test('a document that was changed is refused, whatever was changed, and says where', async () => {
  const game = await begin();
  await playAll(game, ['roll', 'left', 'roll', 'left']);
  ok(await act(game, 'load', { of: 3 }));
  await playAll(game, ['roll', 'right']);
  const document = await exportOf(game);
  const owner = await begin(other);
  // Every member at every depth, changed once.
  const places = [];
  const walk = (value, path) => {
    if (value !== null && typeof value === 'object') {
      for (const key of Object.keys(value)) walk(value[key], [...path, key]);
    } else {
      places.push(path);
    }
  };
  walk(document, []);
  assert.ok(places.length > 80);
  const changed = (value) => {
    if (typeof value === 'number') return value + 1;
    if (typeof value === 'boolean') return !value;
    if (value === null) return 1;
    const last = value.at(-1);
    return value.slice(0, -1) + (last === '0' ? '1' : '0');
  };
  for (const path of places) {
    const copy = structuredClone(document);
    let holder = copy;
    for (const key of path.slice(0, -1)) holder = holder[key];
    holder[path.at(-1)] = changed(holder[path.at(-1)]);
    const where = path.join('/');
    const answer = await importAs(copy, owner.session);
    if (where === 'story/hash') {
      assertProblem(answer, 422, 'story_not_found');
      continue;
    }
    const problem = assertProblem(answer, 422, 'import_refused');
    if (path[0] === 'versions') {
      const [, version] = /^version (\d+): /.exec(problem.detail) ?? [];
      assert.equal(Number(version), Number(path[1]) + 1, `${where}: ${problem.detail}`);
    }
  }
  // Nothing of any of them was kept.
  const games = (await ask(other, '/api/games', { session: owner.session })).json.games;
  assert.deepEqual(games.map(({ game_id }) => game_id), [owner.id]);
});

test('what is no such document is refused', async () => {
  const game = await begin();
  await play(game, 'roll');
  const document = await exportOf(game);
  const send = (body, type = 'application/json') =>
    ask(other, '/api/games/import', { method: 'POST', body, headers: { 'content-type': type } });
  for (const body of ['', 'x', '[]', '{}', '{"format":"casys-game/2"}', JSON.stringify(document).slice(0, -1)]) {
    assertProblem(await send(body), 422, 'import_refused');
  }
  for (const type of ['text/plain', 'application/problem+json', 'multipart/form-data']) {
    assertProblem(await send(JSON.stringify(document), type), 415, 'unsupported_media_type');
  }
  for (const member of Object.keys(document)) {
    const { [member]: gone, ...rest } = document;
    assert.notEqual(gone, undefined);
    assertProblem(await importAs(rest), 422, 'import_refused');
  }
  assertProblem(await importAs({ ...document, more: 1 }), 422, 'import_refused');
  assertProblem(await importAs(document, 'A'.repeat(43)), 401, 'unauthorized');
});

test('only so many long bodies are read at once', async () => {
  const place = await startServer({ args: ['--stories', STORIES, '--threads', '1', '--request-ms', '600000'] });
  try {
    const max = (await ask(place, '/api/limits')).json.exports_max;
    const head = 'POST /api/games/import HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
      'Content-Length: 8000000\r\n\r\n';
    let over = 0;
    const raws = [];
    await new Promise((resolve) => {
      const begin = async () => {
        const raw = await dial(place);
        raws.push(raw);
        raw.write(head + 'x'.repeat(2_000_000));
        await raw.untilOver().catch(() => {});
        over += 1;
        if (over === 4) resolve();
      };
      for (let i = 0; i < max + 4; i += 1) begin();
    });
    assert.equal((await ask(place, '/livez')).status, 200);
    assert.equal(over, 4);
    for (const raw of raws) raw.destroy();
  } finally {
    await place.remove();
  }
});

test('a body of eight megabytes is taken where games are imported, and nowhere else', async () => {
  const limits = (await ask(other, '/api/limits')).json;
  const filled = (bytes) => `"${'x'.repeat(bytes - 2)}"`;
  const send = (path, body) =>
    ask(other, path, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  assertProblem(await send('/api/games/import', filled(limits.export_bytes)), 422, 'import_refused');
  // One that is announced longer is not read.
  const raw = await dial(other);
  raw.write('POST /api/games/import HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
    `Content-Length: ${limits.export_bytes + 1}\r\n\r\n`);
  assert.equal((await raw.answer()).status, 413);
  raw.destroy();
  assertProblem(await send('/api/games', filled(limits.message_bytes + 1)), 413, 'too_large');
  assertProblem(await send('/api/games', filled(limits.export_bytes)), 413, 'too_large');
});
