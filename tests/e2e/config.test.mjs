// The command line: what is wrong stops the start, with one line that names the setting.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import { ask, assertProblem, gamePath, newGame, newLinkGame, post } from './support/http.mjs';
import { run } from './support/program.mjs';
import { connect } from './support/socket.mjs';

let folder;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'casysd-config-'));
});

after(() => rm(folder, { recursive: true, force: true }));

let databases = 0;

// Settings that work; later ones replace earlier ones.
const serve = (...args) => {
  databases += 1;
  return run(['serve', '--listen', '127.0.0.1:0', '--db', join(folder, `${databases}.sqlite`),
    '--stories', join(ROOT, 'stories'), '--static', join(ROOT, 'static'), ...args]);
};

const assertRefused = ({ code, out, err }, name, why) => {
  assert.equal(code, 2, `${why}: ${out}${err}`);
  assert.equal(out, '', why);
  assert.match(err, /^casysd: [^\n]+\n$/, `${why}: not one line: ${err}`);
  assert.ok(err.includes(name), `${why}: ${err}`);
};

const NUMBERS = ['threads', 'batch-max', 'games-max', 'connections-max', 'sockets-max', 'message-bytes',
  'queued-bytes', 'ping-ms', 'idle-ms', 'talk-idle-ms', 'write-ms', 'message-rate', 'choice-rate',
  'request-rate', 'create-rate', 'return-rate', 'return-min-ms', 'return-max-ms',
  'turned-away-max', 'message-fragments',
  'header-bytes', 'in-flight-max', 'request-ms', 'message-ms', 'closing-ms', 'strikes-max',
  'presence-ms', 'address-connections-max',
  'session-sockets-max', 'watchers-max', 'session-message-rate', 'session-choice-rate', 'connect-rate'];

const WRONG = [
  ...NUMBERS.flatMap((name) => ['', '0', '-1', '1.5', '1e3', ' 7', '7 ', '0x10', 'seven',
    '99999999999', '18446744073709551616'].map((value) => [name, value])),
  ...['', '8080', 'localhost:8080', '127.0.0.1', '127.0.0.1:', '127.0.0.1:65536', '127.0.0.1:x',
    '127.0.0.1:-1', '1.2.3:80', '::1', '[::1]', ':8080', 'casysd.example:80'].map((v) => ['listen', v]),
  ...['', 'yes', 'true', '1', 'ON', 'On'].flatMap((v) => [['rates', v], ['link-games', 'proxy', v], ['proxy', v], ['check-stories', v]]),
  ...['', 'loud', 'INFO'].map((value) => ['log-level', value]),
  ...['', '*', 'localhost', 'localhost:5173', 'ftp://localhost', 'http://', 'http://*',
    'https://*.example.org', 'http://localhost/', 'http://localhost/page', 'null'].map(
    (value) => ['allow-origin', value]),
  ...['db', 'stories', 'static'].map((name) => [name, '']),
];

test('a value that a setting cannot have stops the start', async () => {
  for (const [name, value] of WRONG) {
    assertRefused(await serve(`--${name}`, value), `--${name}`, `--${name} "${value}"`);
  }
});

test('what is no setting, no value and no command stops the start', async () => {
  assertRefused(await serve('--listne', '127.0.0.1:0'), '--listne', 'a typing error');
  assertRefused(await serve('threads', '2'), 'threads', 'no dashes');
  assertRefused(await serve('--'), '--', 'only dashes');
  assertRefused(await serve('--threads'), '--threads', 'no value');
  assertRefused(await serve('--ping-ms', '5000', '--idle-ms', '4000'), '--idle-ms', 'idle before ping');
  assertRefused(await run(['srve']), 'srve', 'a wrong command');
});

test('--help and --version answer and end with 0', async () => {
  const help = await run(['--help']);
  assert.equal(help.code, 0);
  for (const name of [...NUMBERS, 'listen', 'db', 'stories', 'static', 'allow-origin', 'rates',
    'link-games', 'check-stories', 'log-level']) assert.ok(help.out.includes(`--${name} `), name);
  assert.equal((await run(['serve', '--help'])).code, 0);
  const version = await run(['--version']);
  assert.equal(version.code, 0);
  assert.match(version.out, /^casysd \d+\.\d+\.\d+\n$/);
});

test('folders and files that are not there stop the start', async () => {
  const missing = join(folder, 'missing');
  const empty = join(folder, 'empty');
  await mkdir(empty);
  assertRefused(await serve('--stories', missing), '--stories', 'no such folder');
  assertRefused(await serve('--stories', empty), '--stories', 'no story in it');
  assertRefused(await serve('--stories', join(ROOT, 'LICENSE')), '--stories', 'no folder');
  assertRefused(await serve('--static', missing), '--static', 'no such folder');
  assertRefused(await serve('--db', join(missing, 'casysd.sqlite')), '--db', 'no such folder');
  assertRefused(await serve('--db', empty), '--db', 'a folder');
  assertRefused(await serve('--db', join(ROOT, 'LICENSE')), '--db', 'not a database');
});

test('a port that another program has stops the start', async () => {
  const other = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  try {
    const { port } = other.address();
    const refused = await serve('--listen', `127.0.0.1:${port}`);
    assertRefused(refused, '--listen', 'a busy port');
    assert.ok(refused.err.includes(String(port)));
  } finally {
    other.close();
  }
});

test('a second casysd gets neither the port nor the database of the first', async () => {
  const server = await startServer();
  try {
    assertRefused(await serve('--listen', `127.0.0.1:${server.port}`), '--listen', 'the same port');
    assertRefused(await serve('--db', join(server.folder, 'db.sqlite')), '--db', 'the same database');
    // The first one has not noticed.
    assert.equal((await ask(server, '/readyz')).status, 200);
    await newGame(server);
    assert.equal(await server.stop(), 0);
  } finally {
    await server.remove();
  }
});

test('--listen with port 0 takes a free port, for all io threads, and prints it', async () => {
  const server = await startServer({ args: ['--threads', '3'] });
  try {
    assert.ok(server.port > 0);
    for (let i = 0; i < 12; i += 1) assert.equal((await ask(server, '/livez')).status, 200);
  } finally {
    await server.remove();
  }
});

const BROKEN = [
  ['not JSON', (text) => `${text.slice(0, 200)} oops`, /^(\d+): .*: .+/],
  ['a missing section', (text) => text.replace('"to": 2', '"to": 77'), /^(\d+): (\/[^:]+): .+/],
  ['a wrong type', (text) => text.replace('"title": "The Carousel"', '"title": 7'),
    /^(\d+): \/title: .+/],
  ['an unknown word', (text) => text.replace('"gold": 3', '"gold": 3, "silver": 4'),
    /^(\d+): (\/character[^:]*): .+/],
];

test('a broken story is reported with its place, and the other one is served', async () => {
  const good = await readFile(join(ROOT, 'tests/e2e/stories/carousel.json'), 'utf8');
  for (const [why, spoil, place] of BROKEN) {
    const stories = join(folder, `stories ${why}`);
    await cp(join(ROOT, 'stories'), stories, { recursive: true });
    const broken = join(stories, 'broken.json');
    await writeFile(broken, spoil(good));
    const server = await startServer({ args: ['--stories', stories] });
    try {
      const lines = server.log.split('\n').filter((line) => line.includes('broken.json'));
      assert.ok(lines.length > 0, `${why}: ${server.log}`);
      for (const line of lines) {
        const start = `casysd: --stories: ${broken}:`;
        assert.ok(line.startsWith(start), `${why}: ${line}`);
        assert.match(line.slice(start.length), place, why);
      }
      const { json } = await ask(server, '/api/stories');
      const ids = json.stories.map(({ id }) => id);
      assert.ok(ids.includes('bell-on-skarrow') && !ids.includes('carousel'), `${why}: ${ids}`);
      await newGame(server, { story: 'bell-on-skarrow' });
      assertProblem(await post(server, '/api/games', { story_id: 'carousel' }), 404, 'not_found');
    } finally {
      await server.remove();
    }
  }
});

test('a game goes on with the story it began with, also when that is offered no longer', async () => {
  const stories = join(folder, 'changing');
  await cp(join(ROOT, 'tests/e2e/stories'), stories, { recursive: true });
  const server = await startServer({ args: ['--stories', stories] });
  try {
    const game = await newGame(server, { story: 'carousel' });
    await server.stop();
    const file = join(stories, 'carousel.json');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('"to": 2', '"to": 4').replace('The Carousel', 'The New Carousel'));
    await server.start();
    const { json } = await ask(server, '/api/stories');
    assert.deepEqual(json.stories.map(({ title }) => title), ['The New Carousel']);
    const played = await post(server, gamePath(game.id, '/choices'), { choice_id: 'left' },
      { session: game.session });
    assert.equal(played.status, 200, played.text);
    assert.equal(played.json.title, 'The Carousel');
    assert.equal(played.json.section_number, 2);
    const fresh = await newGame(server, { story: 'carousel' });
    assert.equal(fresh.state.title, 'The New Carousel');
  } finally {
    await server.remove();
  }
});

test('with --link-games off, knowing an id is not enough', async () => {
  const server = await startServer({ args: ['--stories', join(ROOT, 'tests/e2e/stories')] });
  try {
    const id = await newLinkGame(server);
    const before = await ask(server, gamePath(id));
    assert.equal(before.status, 200);
    await server.stop();
    const closed = await startServer({
      args: ['--link-games', 'off', '--db', join(server.folder, 'db.sqlite')],
    });
    try {
      const refused = await post(closed, '/api/game/initialize', {});
      assertProblem(refused, 403, 'forbidden', { casys: true });
      assertProblem(await ask(closed, gamePath(id)), 404, 'game_not_found');
      assertProblem(await post(closed, gamePath(id, '/choices'), { choice_id: 'left' }), 404,
        'game_not_found');
      assertProblem(await ask(closed, `/api/game/state?game_id=${id}`), 404, 'game_not_found',
        { casys: true });
      const client = await connect(closed, { query: `?game_id=${id}` });
      assert.equal((await client.expect('message_error')).code, 'game_not_found');
      await client.close();
      await newGame(closed); // private ones are as they were
    } finally {
      await closed.remove();
    }
  } finally {
    await server.remove();
  }
});
