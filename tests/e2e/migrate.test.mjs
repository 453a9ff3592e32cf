// A story gets a newer edition while games of the older one are going on: what `casysd migrate` says
// of each of them.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { startServer } from '../support/server.mjs';
import { gamePath, newGame, post, readGame } from './support/http.mjs';
import { run } from './support/program.mjs';

const look = (days) => ({
  id: 'look', text: 'Look around', to: 1, once: true,
  effects: [{ mark: 'seen' }, { counter: 'days', add: days }],
});

// A house with a few rooms. An edition is this with some of it replaced.
const FIRST = {
  format: 'casys-story/1',
  id: 'house',
  title: 'A House',
  start: 1,
  stats: { endurance: { initial: 12 } },
  items: { rope: { name: 'Rope' }, key: { name: 'Key' } },
  flags: ['seen'],
  counters: { days: { initial: 3, max: 50 } },
  sections: [
    {
      number: 1,
      text: 'The hall.',
      choices: [
        { id: 'attic', text: 'Up', to: 2 },
        { id: 'cellar', text: 'Down', to: 3 },
        { id: 'den', text: 'Into the den', to: 4 },
        { id: 'out', text: 'Out', to: 5 },
        look(30),
        { id: 'remember', text: 'Remember', to: 5, when: { flag: 'seen', text: 'a look' } },
        { id: 'unlock', text: 'Unlock', to: 5, when: { item: 'key' } },
        { id: 'wait', text: 'Wait', to: 5, when: { counter: 'days', min: 1, text: 'time' } },
      ],
    },
    {
      number: 2,
      text: 'The attic.',
      enter: [{ item: 'rope', gain: 2 }, { item: 'key', gain: 1 }],
      choices: [{ id: 'hall', text: 'Down', to: 1 }, { id: 'climb', text: 'Climb', to: 5, when: { item: 'rope' } }],
    },
    { number: 3, text: 'The cellar.', choices: [{ id: 'hall', text: 'Up', to: 1 }] },
    {
      number: 4,
      text: 'The den.',
      fight: { foes: [{ name: 'Moth', skill: 2, endurance: 9, damage: 0 }], win: 1, lose: 6 },
    },
    { number: 5, text: 'Outside.', ending: { kind: 'won', title: 'Out' } },
    { number: 6, text: 'Dust.', ending: { kind: 'lost', title: 'Dust' } },
  ],
};

// The cellar is gone, the rope is a ladder, the moth is angry, time is short, a flag is new.
const SECOND = {
  ...FIRST,
  title: 'A House, rebuilt',
  items: { ladder: { name: 'Ladder' }, key: { name: 'Key' } },
  flags: ['seen', 'heard'],
  counters: { days: { initial: 3, max: 20 } },
  sections: [
    {
      ...FIRST.sections[0],
      text: 'The hall has been painted.',
      choices: [
        ...FIRST.sections[0].choices.filter(({ id }) => id !== 'cellar' && id !== 'look'),
        look(3),
        { id: 'listen', text: 'Listen', to: 1, effects: [{ mark: 'heard' }] },
        { id: 'recall', text: 'Recall', to: 5, when: { flag: 'heard', text: 'a sound' } },
      ],
    },
    {
      ...FIRST.sections[1],
      enter: [{ item: 'ladder', gain: 1 }, { item: 'key', gain: 1 }],
      choices: [{ id: 'hall', text: 'Down', to: 1 }, { id: 'climb', text: 'Climb', to: 5, when: { item: 'ladder' } }],
    },
    {
      ...FIRST.sections[3],
      fight: { ...FIRST.sections[3].fight, foes: [{ name: 'Moth', skill: 3, endurance: 9, damage: 0 }] },
    },
    FIRST.sections[4],
    FIRST.sections[5],
  ],
};

// Another story beside it, which stays as it is.
const OTHER = { ...FIRST, id: 'other', title: 'Another' };

// Where each game has got to when the newer edition comes, and what becomes of it there: the reason,
// or null when it maps. [why, choices, reason]
const GAMES = [
  ['at the start', [], null],
  ['in a section that goes', ['cellar'], 'section 3, where the hero is, is gone'],
  ['with an item that goes', ['attic', 'hall'], 'the item "rope", of which it carries 2, is gone'],
  ['before a fight', ['den'], null],
  ['in a fight', ['den', 'attack'], 'it is in the middle of a fight, whose foes have changed'],
  ['with a number that has no room', ['look'], 'the counter "days" is 33, and is now to be within 0 and 20'],
];

let folder;
let server;
let database;
let other;
let over;
const games = new Map();

const write = (name, story) => writeFileSync(join(folder, name), JSON.stringify(story));

const play = async (game, choiceId) => {
  const answer = await post(server, gamePath(game.id, '/choices'), { choice_id: choiceId },
    { session: game.session });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};

const migrate = (...args) => run(['migrate', '--db', database, '--stories', folder, ...args]);

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'casysd-migrate-'));
  write('house.json', FIRST);
  write('other.json', OTHER);
  server = await startServer({ args: ['--stories', folder] });
  database = join(server.folder, 'db.sqlite');
  for (const [why, choices] of GAMES) {
    const game = await newGame(server, { story: 'house' });
    for (const choice of choices) await play(game, choice);
    games.set(why, game);
  }
  over = await newGame(server, { story: 'house' });
  await play(over, 'out');
  other = await newGame(server, { story: 'other' });
});

after(async () => {
  await server?.remove();
  rmSync(folder, { recursive: true, force: true });
});

test('without a newer edition there is nothing to say', async () => {
  const { code, out, err } = await migrate('--dry-run');
  assert.deepEqual([code, err], [0, '']);
  assert.equal(out, '0 map, 0 do not, 0 are over, 8 have the newest edition, '
    + '0 are of stories that are not in the folder\n');
});

test('each game maps or says why not, beside a running server that is not disturbed', async () => {
  write('house.json', SECOND);
  const before = await Promise.all([...games.values()].map(({ id, session }) => readGame(server, id, session)));
  const { code, out, err } = await migrate('--dry-run', '--json');
  assert.deepEqual([code, err], [1, '']);
  const told = JSON.parse(out);
  assert.equal(told.dry_run, true);
  assert.deepEqual(told.totals,
    { maps: 2, does_not_map: 4, over: 1, newest: 1, no_story: 0, unreadable: 0 });
  const by = new Map(told.games.map((game) => [game.game_id, game]));
  assert.equal(by.size, GAMES.length + 1);
  for (const [why, choices, reason] of GAMES) {
    const { result, reasons, notes, version } = by.get(games.get(why).id);
    assert.equal(result, reason === null ? 'maps' : 'does_not_map', why);
    assert.deepEqual(reasons, reason === null ? [] : [reason], why);
    assert.ok(notes.includes('the flag "heard" is new and begins unset'), why);
    assert.equal(version, choices.length + 1);
  }
  assert.deepEqual(by.get(games.get('before a fight').id).notes,
    ['the fight that is about to begin has other foes', 'the flag "heard" is new and begins unset']);
  assert.equal(by.get(over.id).result, 'over');

  const later = await Promise.all([...games.values()].map(({ id, session }) => readGame(server, id, session)));
  assert.deepEqual(later.map(({ text }) => text), before.map(({ text }) => text));
  assert.equal((await play(games.get('at the start'), 'attic')).section_number, 2, 'with the old edition');
  await post(server, gamePath(games.get('at the start').id, '/reset'), {},
    { session: games.get('at the start').session });
});

test('for people it is lines, and can be about one story or one game', async () => {
  const { id } = games.get('in a section that goes');
  const one = await migrate('--dry-run', '--game', id);
  assert.equal(one.code, 1);
  assert.equal(one.out, `${id}  house  version 2, section 3: does not map\n`
    + '    section 3, where the hero is, is gone\n'
    + '0 map, 1 do not, 0 are over, 0 have the newest edition, 0 are of stories that are not in the folder\n');
  const newest = await migrate('--dry-run', '--game', other.id);
  assert.equal(newest.code, 0);
  assert.match(newest.out, /^[\w-]{22} {2}other {2}version 1, section 1: has the newest edition\n/);
  const story = await migrate('--dry-run', '--story', 'other');
  assert.deepEqual([story.code, story.out], [0, '0 map, 0 do not, 0 are over, 1 have the newest '
    + 'edition, 0 are of stories that are not in the folder\n']);
  const maps = await migrate('--dry-run', '--game', games.get('before a fight').id);
  assert.equal(maps.code, 0);
  assert.match(maps.out, /: maps\n {4}note: the fight that is about to begin has other foes\n/);
});

test('a story that is not in the folder keeps its games out of it', async () => {
  const without = mkdtempSync(join(tmpdir(), 'casysd-without-'));
  try {
    writeFileSync(join(without, 'house.json'), JSON.stringify(SECOND));
    const { code, out } = await run(['migrate', '--db', database, '--stories', without, '--dry-run',
      '--game', other.id]);
    assert.equal(code, 0);
    assert.match(out, /: its story is not in the folder\n/);
  } finally {
    rmSync(without, { recursive: true });
  }
});

test('what is wrong with the command is said in one line', async () => {
  for (const [args, words] of [
    [['--dry-run', '--game', 'nobody'], /^casysd migrate: nobody: there is no such game\n$/],
    [['--dry-run', '--story', 'nothing'], /^casysd migrate: nothing: there is no such story in the folder\n$/],
    [['--dry-run', 'file'], /^casysd migrate: --db DB is wanted/],
    [['--svg'], /^casysd migrate: --svg: no such option here\n$/],
  ]) {
    const { code, out, err } = await migrate(...args);
    assert.deepEqual([code, out], [2, ''], err);
    assert.match(err, words);
  }
  const none = await run(['migrate', '--db', join(folder, 'none.sqlite'), '--stories', folder, '--dry-run']);
  assert.equal(none.code, 2);
  const help = await run(['migrate', '--help']);
  assert.match(help.out, /^casysd migrate --db DB/);
  assert.equal(help.code, 0);
});
