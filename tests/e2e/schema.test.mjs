// The JSON Schema of stories (docs/casys-story-1.schema.json) and the story loader say the same of
// the same documents. The documents are good stories, and every change of one place in them that is
// tried below: each member taken away, each value of another type, numbers and texts at their limits
// and one beyond, lists at theirs, an unknown member in every object.
//
// A schema cannot say everything. What only the loader finds is listed in BEYOND, by the words of
// its findings, and each entry of that list must be met: the list is exact. The other way round
// there is no exception: whatever the schema refuses, the loader refuses.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import Ajv from 'ajv/dist/2020.js';

import { BINARY, ROOT } from '../support/server.mjs';

const VERDICT = join(dirname(BINARY), 'story_verdict');
const SHOWN = 20;

// What a schema cannot say, and why.
const BEYOND = {
  'names of other places': /unknown (stat|item|flag|counter|section) "?[^"]*"?[;.]/,
  'names in expressions': /of the expression: unknown (stat|item|flag|counter|visited)\./,
  'the grammar of expressions':
    /of the expression: (a value|an operator|".") is expected|of the expression: unknown name|of the expression: only numbers|of the expression: there are no dice/,
  'how many throws there are':
    /must have exactly one throw of dice|throws of dice; at most \d+ are allowed|at most \d+ throws of dice/,
  'numbers that are compared': /min -?\d+ (is above|must be below) max|above the max of the outcome/,
  // Stats, items and counters have ranges of their own; gold, rolls and outcomes do not.
  'ranges that depend on other members':
    /^story:1: (\/(stats|counters)\/[^/]+\/initial|\/character\/stats\/[^/]+|(?!\/(stats|counters)\/)(?!.*\/(gold|roll|outcomes\/\d+)\/\w+:).*\/(add|set|gain|lose|min|max)): must be a whole number from/,
  'an initial value that depends on others': /the initial value must be above|0 is not in its range/,
  'what is carried and the capacity': /items to start with; the capacity is/,
  'an ending at the start': /^story:\d+: \/start: section \d+ is an ending/,
  'sections with one number': /there are two sections/,
  'choices and items with one text': /the same text|choice id "[^"]*" twice/,
  'lengths in bytes': /has \d+ bytes; at most/,
  'Markdown': /line \d+ of the text:/,
  'which outcome is the last': /only the last outcome has none|the last outcome has no/,
  'stats counted with the three usual ones': /too many stats/,
  'conditions counted and nested': /more than 64 conditions|nested deeper than/,
  'words made of other words': /has no short words of its own/,
};

const clone = (value) => structuredClone(value);
const long = (count) => 'x'.repeat(count);

// Every place in a document, as the list of its keys.
const places = (value, path = []) => {
  if (value === null || typeof value !== 'object') return [path];
  const below = Object.keys(value).flatMap((key) => places(value[key], [...path, key]));
  return [path, ...below];
};

// Of places that mean the same, two are enough: the same way down, in an object with the same
// members, to a value of the same type.
const different = (document) => {
  const seen = new Map();
  return places(document).filter((path) => {
    const parent = at(document, path.slice(0, -1));
    const way = path.map((key) => (/^\d+$/.test(key) ? '*' : key)).join('/');
    const kind = `${way} ${Object.keys(parent).length < 20 ? Object.keys(parent) : ''} ${typeof at(document, path)} ${parent.dice ?? ''}`;
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
    return seen.get(kind) <= 2;
  });
};

const at = (document, path) => path.reduce((value, key) => value[key], document);

// A copy with another value at the place.
const withValue = (document, path, value) => {
  if (path.length === 0) return value;
  const copy = clone(document);
  at(copy, path.slice(0, -1))[path.at(-1)] = value;
  return copy;
};

const without = (document, path) => {
  const copy = clone(document);
  const parent = at(copy, path.slice(0, -1));
  if (Array.isArray(parent)) parent.splice(Number(path.at(-1)), 1);
  else delete parent[path.at(-1)];
  return copy;
};

// One of each type, and what is too little.
const VALUES = [null, true, false, 7, 'x', '', ' ', [], {}, [1], { x: 1 }];

// Every limit of the format with its neighbours.
const NUMBERS = [
  0, 1, 2, 8, 9, 10, 19, 20, 23, 24, 25, 32, 33, 99, 100, 101, 999, 1000, 1001, 999998, 999999,
  1000000, 1000001, 1999999, 2000000, 2000001, 999999999, 1000000000, 1000000001,
].flatMap((number) => (number === 0 ? [0] : [number, -number]));

const LENGTHS = [50, 51, 60, 61, 64, 65, 200, 201, 400, 401, 500, 501, 1024, 1025, 2000, 2001];
const TEXTS = ['a\nb', 'a\tb', 'a\u0001b', 'a\u007fb', 'a\u0085b', '\u00e9', 'A', 'a_b', '9', '1+', '1d6', '  a', 'gold'];

const changesAt = (document, path) => {
  const value = at(document, path);
  const ret = VALUES.map((other) => withValue(document, path, other));
  if (path.length > 0) ret.push(without(document, path));
  if (typeof value === 'number') ret.push(...NUMBERS.map((n) => withValue(document, path, n)));
  if (typeof value === 'string')
    ret.push(...[...LENGTHS.map(long), ...TEXTS].map((text) => withValue(document, path, text)));
  if (value !== null && typeof value === 'object' && !Array.isArray(value))
    ret.push(withValue(document, [...path, 'zz'], 1));
  return ret;
};

// Lists and objects at their limits: a list of `count` things made by `make`.
const filled = (count, make) => Array.from({ length: count }, (_, i) => make(i));
const named = (count, make) => Object.fromEntries(filled(count, (i) => [`n${i}`, make(i)]));

const SIZES = [
  ['flags', 256, (n) => filled(n, (i) => `flag-${i}`)],
  ['counters', 64, (n) => named(n, () => ({}))],
  ['items', 128, (n) => named(n, (i) => ({ name: `Item ${i}` }))],
  ['stats', 13, (n) => named(n, () => ({ name: 'A', max: 9, initial: 1 }))],
];

const small = () => ({
  format: 'casys-story/1',
  id: 's',
  title: 'T',
  start: 1,
  sections: [
    { number: 1, text: 'a', choices: [{ id: 'on', text: 'On', to: 2 }] },
    { number: 2, text: 'b', ending: { kind: 'won', title: 'End' } },
  ],
});

const choice = (members) => {
  const story = small();
  Object.assign(story.sections[0].choices[0], members);
  return story;
};

const check = (members) => {
  const story = choice({ check: members });
  delete story.sections[0].choices[0].to;
  return story;
};

const gold = { gold: { add: 1 } };
const foe = { name: 'A', skill: 1, endurance: 1 };
const fight = (members) => {
  const story = small();
  delete story.sections[0].choices;
  story.sections[0].fight = { foes: [foe], win: 2, lose: 2, ...members };
  return story;
};
const deep = (levels) => (levels === 1 ? { gold: { min: 1 } } : { not: deep(levels - 1) });

// Each at its limit and one beyond it.
const limitsOfLists = () => [
  ...SIZES.flatMap(([name, n, make]) => [n, n + 1].map((k) => ({ ...small(), [name]: make(k) }))),
  ...[32, 33].map((n) => choice({ effects: filled(n, () => gold) })),
  ...[32, 33].map((n) => {
    const story = small();
    story.sections[0].choices = filled(n, (i) => ({ id: `c${i}`, text: `C ${i}`, to: 2 }));
    return story;
  }),
  ...[20, 21].map((n) =>
    check({ dice: 'table', throw: '1d6', outcomes: filled(n, (i) => (i + 1 < n ? { max: i, to: 2 } : { to: 2 })) }),
  ),
  ...[8, 9].map((n) => fight({ foes: filled(n, () => foe) })),
  ...[8, 9].map((n) => choice({ when: deep(n) })),
  ...[63, 64, 65].map((n) => choice({ when: { all: filled(n, () => ({ gold: { min: 1 } })) } })),
  ...[4, 5].map((n) => choice({ effects: filled(n, () => ({ gold: { add: '1d6' } })) })),
  ...[60, 61, 64, 65].flatMap((n) => [
    { ...small(), items: { [long(n)]: { name: 'A' } } },
    { ...small(), items: { [long(n)]: { name: 'A', use: { text: 'Use', effects: [gold] } } } },
  ]),
];

// What stands together or not at all.
const combinations = () => [
  ...['direct', 'conditional', 'dice', 'mixed', 'other'].flatMap((type) => [
    choice({ type }),
    choice({ type, when: { gold: { min: 1 } } }),
    check({ dice: 'chance', success: 2, failure: 2 }),
    { ...check({ dice: 'chance', success: 2, failure: 2 }), zz: type },
  ]),
  ...['direct', 'conditional', 'dice', 'mixed'].flatMap((type) =>
    [{}, { when: { gold: { min: 1 } } }].map((more) => {
      const story = check({ dice: 'chance', success: 2, failure: 2 });
      Object.assign(story.sections[0].choices[0], { type, ...more });
      return story;
    }),
  ),
  choice({ check: { dice: 'chance', success: 2, failure: 2 } }),
  ...[true, false].flatMap((hidden) => [
    choice({ hidden }),
    choice({ hidden, once: true }),
    choice({ hidden, once: false }),
    choice({ hidden, when: { gold: { min: 1 } } }),
  ]),
  ...['chance', 'luck', 'roll', 'table', 'combat', 'other'].flatMap((dice) => [
    check({ dice }),
    check({ dice, success: 2, failure: 2, rerolls: 1 }),
    check({ dice, throw: '1d6', at_most: 2, success: 2, failure: 2 }),
    check({ dice, throw: '1d6', at_most: 2, at_least: 2, success: 2, failure: 2 }),
    check({ dice, throw: '1d6', outcomes: [{ to: 2 }], reroll_effects: [gold] }),
    check({ dice, foe, success: 2, failure: 2, reroll_when: { gold: { min: 1 } } }),
  ]),
  ...[{ add: 1 }, { set: 1 }, { gain: 1 }, { lose: 1 }, { add: 1, set: 1 }, { gain: 1, lose: 1 }, {}].flatMap(
    (way) => [choice({ effects: [{ stat: 'skill', ...way }] }), choice({ effects: [{ gold: way }] })],
  ),
  ...[{ go: 2 }, { go: 2, when: { gold: { min: 1 } } }, { go: 2, gold: { add: 1 } }].flatMap((effect) => [
    choice({ effects: [effect] }),
    ...['enter', 'leave'].map((list) => {
      const story = small();
      story.sections[0][list] = [effect];
      return story;
    }),
    ...['enter', 'leave'].map((list) => {
      const story = small();
      story.sections[1][list] = [effect];
      return story;
    }),
    check({ dice: 'chance', success: 2, failure: 2, rerolls: 1, reroll_effects: [effect] }),
    fight({ flee: { to: 2, effects: [effect] } }),
  ]),
  fight({}),
  fight({ text: { luck: 'L' } }),
  fight({ text: { luck: 'L' }, luck: 'chance' }),
  fight({ text: { attack: 'Flee' }, flee: { to: 2 } }),
  ...['choices', 'ending'].map((member) => {
    const story = fight({});
    story.sections[0][member] = small().sections[member === 'ending' ? 1 : 0][member];
    return story;
  }),
  ...[[], [{ id: 'on', text: 'On', to: 2 }]].map((choices) => {
    const story = small();
    story.sections[1].choices = choices;
    return story;
  }),
  { ...small(), stats: { own: { name: 'A', min: 5, max: 5, initial: 5 } } },
  { ...small(), stats: { own: { name: 'A', max: 5, initial: 0, zero_section: 2 } } },
  { ...small(), counters: { own: { min: 1 } } },
  { ...small(), title: '\u00e9'.repeat(150) },
  ...['<b>', '# A', '[a](b)', '    code'].map((text) => {
    const story = small();
    story.sections[0].text = text;
    return story;
  }),
];

const readStories = async () => {
  const folders = ['stories', 'tests/app/stories', 'tests/e2e/stories', 'tests/bench/stories'];
  const files = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(join(ROOT, folder)))
        .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
        .map((name) => join(ROOT, folder, name)),
    ),
  );
  return Promise.all(files.flat().map(async (file) => JSON.parse(await readFile(file, 'utf8'))));
};

// The findings of the loader for each document, in their order.
const verdicts = async (documents) => {
  const child = spawn(VERDICT, { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = new Promise((resolve) => child.on('close', resolve));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  child.stdin.end(documents.map((document) => `${JSON.stringify(document)}\n`).join(''));
  assert.equal(await closed, 0);
  const ret = [];
  let findings = [];
  for (const line of text.split('\n').slice(0, -1)) {
    if (line !== '') findings.push(line);
    else [, findings] = [ret.push(findings), []];
  }
  return ret;
};

const readSchema = async () => {
  const text = await readFile(join(ROOT, 'docs/casys-story-1.schema.json'), 'utf8');
  // Types that stand beside a $ref or in a part of anyOf are written once.
  const ajv = new Ajv.default({ strict: true, strictTypes: false, strictRequired: false });
  return ajv.compile(JSON.parse(text));
};

// Both over the same documents; gives what was met of BEYOND.
const compare = async (documents) => {
  const schema = await readSchema();
  const findings = await verdicts(documents);
  assert.equal(findings.length, documents.length);
  const met = new Set();
  const wrong = [];
  documents.forEach((document, i) => {
    const byLoader = findings[i];
    if (!schema(document)) {
      if (byLoader.length === 0)
        wrong.push(`only the schema: ${JSON.stringify(schema.errors.slice(0, 3))} ${JSON.stringify(document).slice(0, 2000)}`);
      return;
    }
    for (const finding of byLoader) {
      const reason = Object.keys(BEYOND).find((name) => BEYOND[name].test(finding));
      if (reason) met.add(reason);
      else wrong.push(`only the loader: ${finding}`);
    }
  });
  assert.deepEqual([...new Set(wrong)].slice(0, SHOWN), []);
  return met;
};

test('the stories of this repository are good for the schema and for the loader', async () => {
  const stories = await readStories();
  const schema = await readSchema();
  for (const story of stories) assert.ok(schema(story), `${story.id}: ${JSON.stringify(schema.errors)}`);
  assert.ok((await verdicts(stories)).every((findings) => findings.length === 0));
});

test('the schema and the loader agree on every change of a story that uses all of the format', async () => {
  const story = JSON.parse(await readFile(join(ROOT, 'tests/app/stories/every-feature.json'), 'utf8'));
  const changed = different(story).flatMap((path) => changesAt(story, path));
  assert.ok(changed.length > 10000);
  // In parts, so that neither program holds all of it at once.
  const met = new Set();
  for (let i = 0; i < changed.length; i += 2000)
    for (const name of await compare(changed.slice(i, i + 2000))) met.add(name);
  for (const name of await compare([...limitsOfLists(), ...combinations()])) met.add(name);
  assert.deepEqual(Object.keys(BEYOND).filter((name) => !met.has(name)), []);
});

test('lists and texts of a section at their limit are good and one more is not', async () => {
  await compare([
    ...limitsOfLists(),
    ...[32768, 32769].map((n) => {
      const story = small();
      story.sections[0].text = long(n);
      return story;
    }),
    ...[10000, 10001].map((n) => ({
      ...small(),
      sections: filled(n, (i) => ({ number: i + 1, text: 'a', choices: [{ id: 'on', text: 'On', to: 1 }] })),
    })),
  ]);
});

test('how often players may go back is one of two words or a number from 1 to 99', async () => {
  const values = ['free', 'none', 1, 3, 99, 0, 100, -1, 1.5, '3', 'Free', '', true, null, [], {}];
  await compare(values.map((undo) => ({ ...small(), undo })));
  const schema = await readSchema();
  assert.deepEqual(values.filter((undo) => schema({ ...small(), undo })), ['free', 'none', 1, 3, 99]);
});
