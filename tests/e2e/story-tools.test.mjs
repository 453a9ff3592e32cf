// casysd story and casysd verify, as authors and operators run them: what they print, what they exit
// with, and what they make of files that are no stories.

import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import { run } from './support/program.mjs';
import { sql } from './support/sqlite.mjs';

const BELL = join(ROOT, 'stories/bell-on-skarrow.json');
const TWELVE = join(ROOT, 'tests/author/stories/twelve.json');

let folder;

before(async () => { folder = await mkdtemp(join(tmpdir(), 'casysd-tools-')); });
after(() => rm(folder, { recursive: true, force: true }));

const story = (command, ...args) => run(['story', command, ...args]);

test('a file with twelve planted mistakes gives exactly those twelve', async () => {
  const { code, out, err } = await story('check', '--json', TWELVE);
  const [report] = JSON.parse(out);
  assert.equal(code, 1);
  assert.equal(err, '');
  assert.equal(report.mistakes, 12);
  assert.equal(report.warnings, 0);
  assert.deepEqual(report.findings.map(({ line, code: kind, pointer }) => [line, kind, pointer]), [
    [8, 'unused', '/items/spoon'],
    [9, 'use-never', '/items/flute/use'],
    [21, 'format', '/sections/0/choices/4/to'],
    [22, 'format', '/sections/0/choices/5/when/item'],
    [23, 'format', '/sections/0/choices/6/when/gold'],
    [24, 'choice-never', '/sections/0/choices/7/when'],
    [31, 'outcome-never', '/sections/0/choices/9/check/outcomes/2'],
    [38, 'format', '/sections/1/text'],
    [41, 'dead-end', '/sections/2'],
    [46, 'unreachable', '/sections/3'],
    [51, 'endless-moves', '/sections/4'],
    [66, 'format', '/sections/6/titel'],
  ]);
});

test('in words, each mistake is a line with file, line and pointer', async () => {
  const { code, out } = await story('check', TWELVE);
  const lines = out.trimEnd().split('\n');
  assert.equal(code, 1);
  assert.equal(lines.length, 12);
  for (const line of lines) assert.match(line, /^\S+twelve\.json:\d+: \/\S+: \S/);
});

test('a good story is good, and so are all that are shipped', async () => {
  const files = ['bell-on-skarrow', 'cat-for-the-cormorant', 'summons-for-a-river'].map(
    (name) => join(ROOT, `stories/${name}.json`));
  const { code, out } = await story('check', ...files);
  assert.equal(code, 0, out);
  assert.equal(out, files.map((file) => `${file}: good\n`).join(''));
});

// What is no story, and what each command that reads one exits with.
const broken = async () => {
  const write = async (name, content) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  return [
    ['a file that is not there', join(folder, 'nowhere.json'), 2],
    ['a folder', folder, 2],
    ['an empty file', await write('empty.json', ''), 1],
    ['no JSON', await write('prose.json', 'Once upon a time'), 1],
    ['half a story', await write('half.json', (await readFile(BELL)).subarray(0, 5000)), 1],
    ['binary', await write('binary.json', await readFile(process.execPath).then((b) => b.subarray(0, 65536))), 1],
    ['not UTF-8', await write('latin.json', Buffer.from('{"format":"\xe4"}', 'latin1')), 1],
    ['10 MB', await write('large.json', `{"format":"casys-story/1","x":"${'y'.repeat(10e6)}"}`), 1],
    ['nested 100,000 deep', await write('deep.json', '['.repeat(100_000)), 1],
    ['another format', await write('other.json', '{"format":"other/1"}'), 1],
  ];
};

test('what is no story is refused by every command, with a reason', async () => {
  for (const [why, file, expected] of await broken()) {
    for (const command of ['check', 'test', 'graph', 'play', 'hash']) {
      const { code, out, err } = await story(command, file);
      assert.equal(code, expected, `${command}, ${why}: ${out}${err}`);
      assert.ok((out + err).includes(file), `${command}, ${why}: names the file: ${out}${err}`);
      assert.ok((out + err).length < 20_000, `${command}, ${why}: ${(out + err).length} bytes`);
    }
  }
});

test('a wrong command line exits with 2 and one line that says why', async () => {
  const lines = [
    ['story', 'tickle'], ['story', 'check'], ['story', 'check', '--runs', '3', BELL],
    ['story', 'test', BELL, BELL], ['story', 'test', '--runs', '0', BELL],
    ['story', 'test', '--seed', 'x', BELL], ['story', 'graph', '-o'], ['story', 'schema', BELL],
    ['story', 'play', '--name', 'x'.repeat(51), BELL],
    ['story', 'graph', BELL, '-o', join(folder, 'no/such/folder.dot')],
    ['verify'], ['verify', 'a', 'b'], ['verify', '--json', 'a'],
  ];
  for (const line of lines) {
    const { code, out, err } = await run(line);
    assert.equal(code, 2, line.join(' '));
    assert.equal(out, '', line.join(' '));
    assert.match(err, /^casysd [^\n]+\n$/, line.join(' '));
  }
});

test('the help names every command', async () => {
  const { code, out } = await run(['story', '--help']);
  assert.equal(code, 0);
  for (const name of ['check', 'test', 'graph', 'play', 'import', 'export', 'hash', 'schema'])
    assert.match(out, new RegExp(`^  ${name} `, 'm'));
  assert.equal((await run(['story'])).code, 2);
  assert.equal((await run(['verify', '--help'])).code, 0);
});

test('a test run is the same for the same seed, byte for byte', async () => {
  for (const args of [[], ['--json']]) {
    const first = await story('test', BELL, '--runs', '300', '--seed', '7', ...args);
    const again = await story('test', BELL, '--runs', '300', '--seed', '7', ...args);
    const other = await story('test', BELL, '--runs', '300', '--seed', '8', ...args);
    assert.equal(first.code, 0);
    assert.equal(first.err, '');
    assert.equal(first.out, again.out);
    assert.notEqual(first.out, other.out);
  }
});

test('a test run counts what happened', async () => {
  const { out } = await story('test', BELL, '--runs', '1000', '--json');
  const report = JSON.parse(out);
  assert.equal(report.runs, 1000);
  assert.equal(report.won + report.lost + report.nothing_to_choose + report.given_up, 1000);
  assert.equal(report.coverage.sections_seen, report.coverage.sections);
  assert.equal(report.endings.reduce((sum, { runs }) => sum + runs, 0), report.won + report.lost);
  assert.ok(report.length.min <= report.length.median && report.length.median <= report.length.max);
});

test('a run with nothing to choose is exit code 1', async () => {
  const file = join(folder, 'stuck.json');
  await writeFile(file, JSON.stringify({
    format: 'casys-story/1', id: 'stuck', title: 'Stuck', start: 1,
    character: { gold: 1 },
    sections: [
      { number: 1, text: 'a', choices: [
        { id: 'spend', text: 'Spend', to: 1, when: { gold: { min: 1 } }, effects: [{ gold: { add: -1 } }] },
        { id: 'go', text: 'Go', to: 2, when: { gold: { min: 1 } } }] },
      { number: 2, text: 'b', ending: { kind: 'won', title: 'E' } }] }));
  assert.equal((await story('check', file)).code, 0);
  const { code, out } = await story('test', file, '--runs', '50');
  assert.equal(code, 1);
  assert.match(out, /Nothing to choose in \(all runs\)\n  section 1: \d+/);
});

test('progress goes to standard error when it is asked for', async () => {
  const { code, out, err } = await story('test', BELL, '--runs', '20000', '--progress', '--json');
  assert.equal(code, 0);
  assert.equal(JSON.parse(out).runs, 20000);
  for (const line of err.split('\n').filter(Boolean)) assert.match(line, /^\d+ of 20000$/);
});

test('a graph has a node for each section and says what was seen', async () => {
  const plain = await story('graph', BELL);
  const { sections } = JSON.parse(await readFile(BELL, 'utf8'));
  assert.equal(plain.code, 0);
  assert.match(plain.out, /^digraph story \{/);
  for (const { number } of sections) assert.match(plain.out, new RegExp(`^  s${number} \\[`, 'm'));
  assert.match(plain.out, /shape=doubleoctagon/);
  assert.match(plain.out, /style=dotted/);
  const covered = await story('graph', BELL, '--coverage', '--runs', '50', '--seed', '2');
  assert.match(covered.out, /fillcolor="#/);
});

test('a picture is drawn by Graphviz, and without it the command says what is missing', async () => {
  const file = join(folder, 'bell.svg');
  const drawn = await story('graph', BELL, '--svg', '-o', file);
  assert.equal(drawn.code, 0, drawn.err);
  assert.match(await readFile(file, 'utf8'), /<svg[\s\S]*<\/svg>/);
  const missing = await run(['story', 'graph', BELL, '--svg'], { env: { ...process.env, PATH: folder } });
  assert.equal(missing.code, 2);
  assert.match(missing.err, /needs Graphviz/);
  assert.equal(missing.out, '');
});

test('a story is played by typed lines, and a wrong one is asked again', async () => {
  const { code, out } = await run(['story', 'play', BELL, '--seed', '3', '--name', 'Ada'],
    { input: '99\nwhat\n4\n1\n' });
  assert.equal(code, 0);
  assert.match(out, /^The Bell on Skarrow\n/);
  assert.match(out, /Ada: Endurance \d+/);
  assert.equal(out.match(/Type a number from 1 to 4, or q to stop\./g).length, 2);
  assert.match(out, /You have (won|lost)\.\n$/);
  assert.doesNotMatch(out, /[<>]\/?(p|em|strong)\b/);
});

test('playing ends with q and with the end of the input', async () => {
  for (const input of ['q\n', '', '1\nq\n1\n1\n']) {
    const { code, out } = await run(['story', 'play', BELL, '--seed', '1'], { input });
    assert.equal(code, 0);
    assert.match(out, /Until next time\.\n$/);
  }
});

test('the same seed plays the same dice', async () => {
  const input = '1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n';
  const first = await run(['story', 'play', BELL, '--seed', '5'], { input });
  const again = await run(['story', 'play', BELL, '--seed', '5'], { input });
  assert.equal(first.out, again.out);
});

test('the schema and the hash are those of the server', async () => {
  const schema = await story('schema');
  assert.equal(schema.code, 0);
  assert.equal(JSON.parse(schema.out).$schema, 'https://json-schema.org/draft/2020-12/schema');
  const { code, out } = await story('hash', BELL);
  assert.equal(code, 0);
  assert.match(out, /^[0-9a-f]{64}  \S+bell-on-skarrow\.json\n$/);
});

test('a server refuses a story that fails the check and serves the others', async () => {
  const stories = await mkdtemp(join(folder, 'stories-'));
  await copyFile(BELL, join(stories, 'bell.json'));
  await writeFile(join(stories, 'closed.json'), JSON.stringify({
    format: 'casys-story/1', id: 'closed', title: 'Closed', start: 1,
    sections: [
      { number: 1, text: 'a', choices: [{ id: 'go', text: 'Go', to: 2 }] },
      { number: 2, text: 'b', ending: { kind: 'won', title: 'E' } },
      { number: 3, text: 'c', ending: { kind: 'won', title: 'F' } }] }));
  const server = await startServer({ args: ['--stories', stories] });
  try {
    assert.match(server.log, /closed\.json:1: \/sections\/2: nobody can come to section 3/);
    const list = await (await fetch(`${server.url}/api/stories`)).text();
    assert.ok(list.includes('bell-on-skarrow'));
    assert.ok(!list.includes('closed'));
  } finally {
    await server.remove();
  }
  const lenient = await startServer({ args: ['--stories', stories, '--check-stories', 'off'] });
  try {
    assert.ok((await (await fetch(`${lenient.url}/api/stories`)).text()).includes('closed'));
  } finally {
    await lenient.remove();
  }
});

// A server with two finished games and one that goes on; gives the database's path.
const playedDatabase = async (server) => {
  const post = async (path, body, token) => {
    const answer = await fetch(server.url + path, { method: 'POST', body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) } });
    assert.ok(answer.ok, await answer.clone().text());
    return answer.json();
  };
  for (const choices of [['headland', 'fire'], ['chandler', 'leave', 'back', 'fire'], ['chandler']]) {
    const game = await post('/api/games', { story_id: 'bell-on-skarrow' });
    for (const choice_id of choices)
      await post(`/api/games/${game.game_id}/choices`, { choice_id }, game.session_token);
  }
  return join(server.folder, 'db.sqlite');
};

test('verify finds a database as it was written, beside the server and after it', async () => {
  const server = await startServer();
  try {
    const database = await playedDatabase(server);
    for (const stop of [false, true]) {
      if (stop) await server.stop();
      const { code, out, err } = await run(['verify', database]);
      assert.equal(code, 0, out + err);
      assert.equal(out.match(/ versions: good\n/g).length, 3);
      assert.match(out, /\n3 games, 10 versions, 2 games over: 0 differ\n$/);
    }
  } finally {
    await server.remove();
  }
});

// Each changes one byte or value of one game; verify must name that game and why.
const FORGERIES = [
  ['a state', "UPDATE games SET state = CAST(substr(state, 1, length(state) - 1) || x'7f' AS BLOB) WHERE id = 2", /state/],
  ['a snapshot', "UPDATE games SET snapshot = CAST(replace(CAST(snapshot AS TEXT), 'bell', 'ball') AS BLOB) WHERE id = 2", /snapshot/],
  ['an event', "UPDATE journal SET event = CAST(replace(CAST(event AS TEXT), 'leave', 'steal') AS BLOB) WHERE game = 2 AND version = 3", /version 3/],
  ['a time', 'UPDATE journal SET at_ms = at_ms + 1000 WHERE game = 2 AND version = 5', /version 5|snapshot/],
  ['the seed', 'UPDATE games SET seed = randomblob(32) WHERE id = 2', /snapshot|seed|version/],
  ['the story', 'UPDATE stories SET source = CAST(\'{}\' AS BLOB)', /story cannot be read/],
];

test('verify finds what was changed', async () => {
  const server = await startServer();
  try {
    const database = await playedDatabase(server);
    await server.stop();
    for (const [why, statement, expected] of FORGERIES) {
      const forged = join(folder, 'forged.sqlite');
      await copyFile(database, forged);
      sql(forged, statement);
      const { code, out } = await run(['verify', forged]);
      assert.equal(code, 1, `${why}: ${out}`);
      assert.match(out, /WRONG: /, why);
      assert.match(out.split('\n').find((line) => line.includes('WRONG')), expected, why);
    }
  } finally {
    await server.remove();
  }
});

test('what is no database is said', async () => {
  for (const file of [join(folder, 'nothing.sqlite'), folder, BELL]) {
    const { code, out, err } = await run(['verify', file]);
    assert.equal(code, 2, file);
    assert.equal(out, '');
    assert.match(err, /^casysd verify: [^\n]+\n$/);
  }
});
