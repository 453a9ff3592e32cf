// docs/authors.md, run as it stands: its files are taken from the page, and each `casysd story`
// command in it answers what the page shows. Of a line `...` anything may stand in its place, and a
// line `> 1` is what the author types.

import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ROOT } from '../support/server.mjs';
import { run } from './support/program.mjs';

const TUTORIAL = 'stories/cat-for-the-cormorant.json';

// The mistakes that the page speaks of, each in the transcript where the phrase stands.
const MISTAKES = [
  { phrase: 'a comma or a closing bracket', file: 'tea.json', of: 'tea.json',
    edits: [['"to": 2},', '"to": 2}']] },
  { phrase: 'unknown kind "bad"', file: 'tea.json', of: 'tea.json',
    edits: [['"to": 4,', '"to": 40,'], ['"kind": "lost"', '"kind": "bad"']] },
  { phrase: 'can never be chosen', file: 'cat.json', of: TUTORIAL,
    edits: [['"success": 10, "failure": 11', '"success": 11, "failure": 11'],
      [/,\s*\{\s*"id": "back",\s*"text": "Run back into the town[^}]*\}/, '']] },
  { phrase: 'Nothing to choose in', file: 'cat.json', of: TUTORIAL,
    edits: [['"text": "Go up into the town", "to": 4',
      '"text": "Go up into the town", "to": 4, "when": {"gold": {"min": 4}}']] },
];

let folder;
let blocks;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'casysd-authors-'));
  await cp(join(ROOT, 'stories'), join(folder, 'stories'), { recursive: true });
  await cp(join(ROOT, TUTORIAL), join(folder, 'cat-for-the-cormorant.json'));
  const page = await readFile(join(ROOT, 'docs/authors.md'), 'utf8');
  blocks = [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)]
    .map(([, language, text]) => ({ language, text }));
  const twee = blocks.find(({ text }) => text.startsWith(':: StoryTitle'));
  await writeFile(join(folder, 'tea.twee'), twee.text);
  await writeFile(join(folder, 'old.twee'), ':: StoryTitle\nTea\n\n:: Start\n(set: $tea to 1)\n' +
    'You have <<print $tea>> cup. [[Drink it->End]]\n\n:: End [won]\nWell done.\n');
});

after(() => rm(folder, { recursive: true, force: true }));

const story = () => blocks.find(({ language }) => language === 'json').text;

const original = (file) =>
  (file === 'tea.json' ? story() : readFile(join(ROOT, file), 'utf8'));

const prepare = async (text) => {
  await writeFile(join(folder, 'tea.json'), story());
  const mistake = MISTAKES.find(({ phrase }) => text.includes(phrase));
  if (!mistake) return;
  let content = await original(mistake.of);
  for (const [from, to] of mistake.edits) {
    assert.notEqual(content.replace(from, to), content, `${from} is in ${mistake.of}`);
    content = content.replace(from, to);
  }
  await writeFile(join(folder, mistake.file), content);
};

// What the program says to these words when that is typed.
const answerTo = async (words, input) => {
  const { out, err } = await run(words, { input, cwd: folder });
  return out + err;
};

// [{ command, answer }] of a transcript; only what the tools of authors do.
const steps = (text) => text.split(/^\$ /m).slice(1).map((step) => {
  const [command, ...answer] = step.split('\n');
  return { command, answer: answer.join('\n') };
}).filter(({ command }) => /^casysd story (?!graph)/.test(command));

const compare = (command, actual, answer) => {
  const shown = answer.replace(/^> (\S+)\n/gm, '> ');
  let from = 0;
  for (const part of shown.split(/^\.\.\.\n/m)) {
    const at = actual.indexOf(part.trimEnd(), from);
    assert.ok(at >= 0, `${command}: the page shows\n${part}\nand the program says\n${actual}`);
    from = at + part.trimEnd().length;
  }
  if (!/^\.\.\.$/m.test(shown)) assert.equal(actual.trimEnd(), shown.trimEnd(), command);
};

test('every command for authors answers what the page shows', async () => {
  let count = 0;
  for (const { text } of blocks) {
    const todo = steps(text);
    if (todo.length > 0) await prepare(text);
    for (const { command, answer } of todo) {
      const input = [...answer.matchAll(/^> (\S+)$/gm)].map(([, typed]) => `${typed}\n`).join('');
      compare(command, await answerTo(command.split(' ').slice(1), input), answer);
      count += 1;
    }
  }
  assert.ok(count >= 12, `${count} commands`);
});

test('what the page shows of the tutorial stands in it', async () => {
  const squeeze = (text) => text.replace(/\s+/g, '').replace(/,$/, '');
  const source = squeeze(await original(TUTORIAL));
  const parts = blocks.filter(({ language, text }) =>
    language === 'json' && !text.includes('"format"')).map(({ text }) => text);
  assert.ok(parts.length >= 4);
  for (const part of parts) assert.ok(source.includes(squeeze(part)), part);
});

test('the win rates of the page are those that a test measures', async () => {
  const page = await readFile(join(ROOT, 'docs/authors.md'), 'utf8');
  for (const [title, id] of [['A Cat for the Cormorant', 'cat-for-the-cormorant'],
    ['A Summons for a River', 'summons-for-a-river'],
    ['The Bell on Skarrow', 'bell-on-skarrow']]) {
    const said = page.match(new RegExp(`\\| \\*${title}\\* \\| ([\\d.]+ %)`))?.[1];
    const report = await answerTo(['story', 'test', `stories/${id}.json`, '--runs', '10000']);
    assert.equal(/win rate ([\d.]+ %)/.exec(report)?.[1], said, title);
  }
});
