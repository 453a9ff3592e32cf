// A story gets a newer edition while games of the older one are going on: what `casysd migrate` says
// of each of them, and how they go on with it.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { startServer } from '../support/server.mjs';
import {
  ask, assertProblem, gamePath, newGame, post, readGame, readHistory,
} from './support/http.mjs';
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

// As the second one, with another name.
const THIRD = { ...SECOND, title: 'A House, once more' };

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
  const back = await post(server, gamePath(games.get('at the start').id, '/undo'), {},
    { session: games.get('at the start').session });
  assert.equal(back.status, 200, back.text);
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

// ---- going on with it ----

const post409 = async (game, body) =>
  assertProblem(await post(server, gamePath(game.id, '/migrate'), body, { session: game.session }),
    409, 'not_migratable');

const reload = async () => {
  const from = server.log.length;
  server.signal('SIGHUP');
  await server.logged(/event=stories_read/, from);
};

const events = async ({ id, session }) => readHistory(server, id, session);

test('by REST the owner asks first, and then goes on in a run of its own', async () => {
  const game = games.get('before a fight');
  const path = gamePath(game.id, '/migrate');
  const auth = { session: game.session };
  // The server offers the older edition still.
  const newest = await post409(game, { dry_run: true });
  assert.deepEqual(newest.reasons, ['it has the newest edition']);
  await reload();

  const first = await readGame(server, game.id, game.session);
  const dry = await post(server, path, { dry_run: true }, auth);
  assert.equal(dry.status, 200, dry.text);
  assert.deepEqual(dry.json, { maps: true, notes: ['the fight that is about to begin has other foes'] });
  assert.equal((await readGame(server, game.id, game.session)).text, first.text, 'nothing has changed');

  assertProblem(await post(server, path, { version: 1 }, auth), 409, 'stale_version');
  const wrong = await post(server, path, { dry_run: 'yes' }, auth);
  assertProblem(wrong, 400, 'invalid_message');
  const done = await post(server, path, { version: 2, request_id: 'on' }, auth);
  assert.equal(done.status, 200, done.text);
  assert.equal(done.json.version, 3);
  assert.equal(done.json.title, 'A House, rebuilt');
  assert.equal(done.json.decision.event, 'migrate');
  assert.equal(done.json.fight.foes[0].skill, 3);
  assert.notEqual(done.json.story_hash, first.json.story_hash);
  assert.notEqual(done.json.seed_hash, first.json.seed_hash);
  const again = await post(server, path, { version: 2, request_id: 'on' }, auth);
  assert.equal(again.text, done.text, 'a repeated request id does nothing more');
  assert.deepEqual((await post409(game, {})).reasons, ['it has the newest edition']);

  const told = await events(game);
  assert.equal(told.length, 3);
  assert.equal(told[2].type, 'migrate');
  assert.equal(told[2].story_from, first.json.story_hash);
  assert.equal(told[2].story, done.json.story_hash);
  assert.equal(told[2].words, 'Went on with a newer edition of the story. Section 4.');
  assert.equal((await play(game, 'attack')).version, 4);
});

test('nobody goes back behind it, and what was before can still be looked at', async () => {
  const game = games.get('at the start');
  const auth = { session: game.session };
  const choices = gamePath(game.id, '/choices');
  const chosen = await post(server, choices, { choice_id: 'look', request_id: 'looked' }, auth);
  assert.equal(chosen.status, 200, chosen.text);
  assert.equal(chosen.json.title, 'A House');
  const no = await post409(game, {});
  assert.deepEqual(no.reasons, ['what the story keeps to itself has no place in the newer edition']);
  assert.equal((await post(server, gamePath(game.id, '/undo'), {}, auth)).status, 200);
  assert.equal((await post(server, gamePath(game.id, '/migrate'), {}, auth)).status, 200);

  assertProblem(await post(server, gamePath(game.id, '/undo'), {}, auth), 422, 'nothing_to_undo');
  assertProblem(await post(server, gamePath(game.id, '/load'), { of: 1 }, auth), 422, 'undo_refused');
  const old = await post(server, choices, { choice_id: 'look', request_id: 'looked' }, auth);
  assert.equal(old.text, chosen.text, 'played again with the edition that it had');
  assert.equal((await play(game, 'listen')).section_number, 1);
  assert.equal((await post(server, gamePath(game.id, '/undo'), {}, auth)).status, 200);
});

test('only the owner of a game that goes on may', async () => {
  const game = games.get('in a fight');
  const stranger = await newGame(server, { story: 'other' });
  assertProblem(await post(server, gamePath(game.id, '/migrate'), {}, { session: stranger.session }),
    404, 'game_not_found');
  assertProblem(await post(server, gamePath(over.id, '/migrate'), {}, { session: over.session }),
    409, 'game_over');
  const { reasons } = await post409(game, { dry_run: true });
  assert.deepEqual(reasons, ['it is in the middle of a fight, whose foes have changed']);
});

test('the command does the same when no server has the database', async () => {
  const game = await newGame(server, { story: 'house' });
  write('house.json', THIRD);
  const busy = await migrate();
  assert.deepEqual([busy.code, busy.out], [2, '']);
  assert.match(busy.err, /another process has the database open/);

  await server.stop();
  const { code, out, err } = await migrate('--json');
  assert.deepEqual([code, err], [1, ''], out);
  const told = JSON.parse(out);
  assert.equal(told.dry_run, false);
  // Those that could not go on to the second edition can to the third, but for three.
  const results = new Map(told.games.map((one) => [one.game_id, one.result]));
  assert.equal(results.get(game.id), 'maps');
  assert.equal(results.get(games.get('at the start').id), 'maps');
  assert.equal(results.get(games.get('in a section that goes').id), 'does_not_map');
  assert.equal(results.get(over.id), 'over');
  const verified = await run(['verify', database]);
  assert.equal(verified.code, 0, verified.out + verified.err);

  await server.start();
  const { json } = await readGame(server, game.id, game.session);
  assert.equal(json.version, 2);
  assert.equal(json.title, 'A House, once more');
  assert.equal((await play(game, 'attic')).section_number, 2);
  const twice = games.get('at the start');
  assert.deepEqual((await events(twice)).filter(({ type }) => type === 'migrate').length, 2);
});

test('a fork has the edition of its version, and an import all of them', async () => {
  const game = games.get('at the start');
  const auth = { session: game.session };
  // The words have names of the newest edition that the game knows.
  const told = ({ words, ...event }) => event;
  for (const [version, title] of [[4, 'A House'], [7, 'A House, rebuilt'], [9, 'A House, once more']]) {
    const fork = await post(server, gamePath(game.id, '/fork'), { version }, auth);
    assert.equal(fork.status, 201, fork.text);
    assert.equal(fork.json.state.title, title);
    assert.equal(fork.json.state.version, version + 1);
    const past = await events({ id: fork.json.game_id, session: game.session });
    assert.deepEqual(past.slice(0, version).map(told), (await events(game)).slice(0, version).map(told));
    await play({ id: fork.json.game_id, session: game.session }, 'attic');
  }
  const document = await ask(server, gamePath(game.id, '/export'), auth);
  const imported = await post(server, '/api/games/import', document.json, auth);
  assert.equal(imported.status, 201, imported.text);
  assert.equal(imported.json.state.title, 'A House, once more');
  await play({ id: imported.json.game_id, session: game.session }, 'attic');
  const verified = await run(['verify', database]);
  assert.equal(verified.code, 0, verified.out + verified.err);
});

test('an exported game is verified with every edition that it was played with', async () => {
  const game = games.get('at the start');
  const answer = await ask(server, gamePath(game.id, '/export'), { session: game.session });
  assert.equal(answer.status, 200, answer.text);
  const file = join(server.folder, 'game.json');
  const editions = mkdtempSync(join(tmpdir(), 'casysd-editions-'));
  try {
    writeFileSync(file, answer.text);
    writeFileSync(join(editions, 'third.json'), JSON.stringify(THIRD));
    const verify = () => run(['verify', file, '--stories', editions]);
    assert.equal((await verify()).code, 2, 'the first edition is not there');
    writeFileSync(join(editions, 'first.json'), JSON.stringify(FIRST));
    const half = await verify();
    assert.equal(half.code, 1);
    assert.match(half.out, /WRONG: version 6: the event cannot be played/);
    writeFileSync(join(editions, 'second.json'), JSON.stringify(SECOND));
    const { code, out, err } = await verify();
    assert.equal(code, 0, out + err);

    // What the event says of the editions is part of the chain.
    const changed = answer.text.replace(/"story":"[0-9a-f]{64}"/, `"story":"${answer.json.story.hash}"`);
    assert.notEqual(changed, answer.text);
    writeFileSync(file, changed);
    const wrong = await verify();
    assert.equal(wrong.code, 1);
    assert.match(wrong.out, /WRONG: version 6: the link does not fit/);
  } finally {
    rmSync(editions, { recursive: true });
  }
});
