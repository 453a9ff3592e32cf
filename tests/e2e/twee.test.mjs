// casysd story import and export: exit codes, what is written and what is not, files and pipes.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ROOT } from '../support/server.mjs';
import { run } from './support/program.mjs';

const STORY = join(ROOT, 'stories/bell-on-skarrow.json');
const GOOD = ':: StoryTitle\nA door\n\n:: Start\nA door.\n\n[[Open it->Room]]\n\n:: Room [won]\nA room.\n';
const WRONG = ':: StoryTitle\nA door\n\n:: Start\n<<set $a to 1>>\n\n[[Open it->Rom]]\n\n:: Room [won]\nA room.\n';

let folder;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'casysd-twee-'));
});

after(() => rm(folder, { recursive: true, force: true }));

// casysd story ... with `input` on standard input.
const story = (args, input) => run(['story', ...args], { input, cwd: folder });

const put = async (name, text) => {
  await writeFile(join(folder, name), text);
  return name;
};

const hashOf = async (path) => {
  const { code, out, err } = await story(['hash', path]);
  assert.equal(code, 0, err);
  return out.split(' ')[0];
};

test('a story goes to Twee and comes back with its hash', async () => {
  const exported = await story(['export', STORY, '-o', 'bell.twee']);
  assert.deepEqual(exported, { code: 0, out: '', err: '' });
  assert.match(await readFile(join(folder, 'bell.twee'), 'utf8'), /^:: StoryTitle\nThe Bell on Skarrow\n/);
  const imported = await story(['import', 'bell.twee', '-o', 'bell.json']);
  assert.deepEqual(imported, { code: 0, out: '', err: '' });
  const hash = await hashOf(STORY);
  assert.equal(await hashOf('bell.json'), hash);
  assert.equal(await hashOf('bell.twee'), hash);
  assert.equal(JSON.parse(await readFile(join(folder, 'bell.json'), 'utf8')).id, 'bell-on-skarrow');
});

test('what Twine writes with only text and links is a story', async () => {
  const { code, out, err } = await story(['import', await put('door.twee', GOOD)]);
  assert.equal(code, 0, err);
  assert.equal(err, '');
  assert.deepEqual(JSON.parse(out), {
    format: 'casys-story/1',
    id: 'a-door',
    title: 'A door',
    start: 1,
    sections: [
      { number: 1, text: 'A door.', choices: [{ id: 'open-it', text: 'Open it', to: 2 }] },
      { number: 2, text: 'A room.', ending: { kind: 'won', title: 'Room' } },
    ],
  });
});

test('with a mistake nothing is written, and every mistake has its line and passage', async () => {
  await put('wrong.twee', WRONG);
  await put('earlier.json', 'earlier');
  const { code, out, err } = await story(['import', 'wrong.twee', '-o', 'earlier.json']);
  assert.equal(code, 1);
  assert.equal(out, '');
  assert.match(err, /^wrong\.twee:5: passage "Start": <<set>> is a macro of SugarCube; .*$/m);
  assert.match(err, /^wrong\.twee:7: passage "Start": there is no passage "Rom"$/m);
  assert.equal(await readFile(join(folder, 'earlier.json'), 'utf8'), 'earlier');
  await story(['import', 'wrong.twee', '-o', 'never.json']);
  assert.ok(!(await readdir(folder)).some((name) => name.startsWith('never')));
});

test('check and hash read Twee, and speak of its lines', async () => {
  await put('lost.twee', `${GOOD}\n:: Cellar [lost]\nNobody comes here.\n`);
  const checked = await story(['check', 'lost.twee']);
  assert.equal(checked.code, 1);
  assert.match(checked.out, /^lost\.twee:12: passage "Cellar": /m);
  const hashed = await story(['hash', await put('wrong.twee', WRONG)]);
  assert.equal(hashed.code, 1);
  assert.match(hashed.err, /^wrong\.twee:5: passage "Start": /m);
});

test('a minus is standard input and standard output', async () => {
  const imported = await story(['import', '-', '-o', '-'], GOOD);
  assert.equal(imported.code, 0, imported.err);
  const exported = await story(['export', '-'], imported.out);
  assert.equal(exported.code, 0, exported.err);
  const again = await story(['import', '-'], exported.out);
  assert.equal(again.out, imported.out);
  const wrong = await story(['import', '-'], WRONG);
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /^standard input:5: passage "Start": /m);
});

test('a story with a mistake is not exported', async () => {
  const { code, out, err } = await story(['export', await put('bad.json', '{"format": "casys-story/1"}')]);
  assert.equal(code, 1);
  assert.equal(out, '');
  assert.match(err, /^bad\.json:1: /m);
});

test('JSON is not imported', async () => {
  const { code, out, err } = await story(['import', STORY]);
  assert.equal(code, 1);
  assert.equal(out, '');
  assert.match(err, /: is not Twee/);
});

test('files that cannot be read or written, and wrong commands, end with 2', async () => {
  await put('door.twee', GOOD);
  for (const args of [
    ['import', 'missing.twee'],
    ['export', 'missing.json'],
    ['import', 'door.twee', '-o', join(folder, 'no-folder', 'door.json')],
    ['import'],
    ['import', 'door.twee', 'door.twee'],
    ['import', 'door.twee', '-o'],
    ['import', '--seed', '1', 'door.twee'],
  ]) {
    const { code, out, err } = await story(args);
    assert.equal(code, 2, `${args}: ${err}`);
    assert.equal(out, '', `${args}`);
    assert.match(err, /^[^\n]+\n$/, `${args}`);
  }
});
