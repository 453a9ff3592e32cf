// A game as a document: exported, checked by casysd verify, and checked here a second time by a few
// lines that follow docs/portable.md. Then changed at every place, with and without a chain that was
// made anew, and verify must say which version is the first wrong one.

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { Agent } from 'node:http';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import Ajv from 'ajv/dist/2020.js';

import { ROOT, startServer } from '../support/server.mjs';
import { ask, assertProblem, gamePath, newGame, newLinkGame, post, readGame } from './support/http.mjs';
import { run } from './support/program.mjs';

const STORIES = join(ROOT, 'tests/e2e/stories');
const CAROUSEL = join(STORIES, 'carousel.json');

let server;
let folder;
let agent;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'casysd-portable-'));
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  server = await startServer({ args: ['--stories', STORIES, '--rates', 'off', '--threads', '1'] });
});

after(async () => {
  agent.destroy();
  await server.remove();
  await rm(folder, { recursive: true });
});

const play = async (game, choices) => {
  for (const choice_id of choices) {
    const answer = await post(server, gamePath(game.id, '/choices'), { choice_id },
      { session: game.session, agent });
    assert.equal(answer.status, 200, answer.text);
  }
};

const reset = async (game) => {
  const answer = await post(server, '/api/game/reset', { game_id: game.id }, { session: game.session });
  assert.equal(answer.status, 200, answer.text);
};

const fetchExport = async (game) => {
  const answer = await ask(server, gamePath(game.id, '/export'), { session: game.session });
  assert.equal(answer.status, 200, answer.text);
  return answer;
};

const exportOf = async (game) => (await fetchExport(game)).json;

// Two runs: the first ended by a reset, the second one by its ending.
const finishedGame = async () => {
  const game = await newGame(server, { story: 'carousel' });
  await play(game, ['roll', 'left', 'roll']);
  await reset(game);
  await play(game, ['roll', 'roll', 'get-off']);
  return game;
};

const verifyText = async (text, stories = CAROUSEL) => {
  const file = join(folder, 'game.json');
  await writeFile(file, text);
  return run(['verify', file, '--stories', stories]);
};

const verify = (document) => verifyText(JSON.stringify(document));

// ---- the same, by the words of docs/portable.md ----

const canonical = (value) => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
};

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

const BEGINS = ['start', 'reset', 'fork', 'import'];

// Make the chain of a document anew.
const relink = (document) => {
  let link = Buffer.from(document.story.hash, 'hex');
  let number = -1;
  for (const entry of document.versions) {
    if (BEGINS.includes(entry.event.type)) number++;
    if (entry.event.type === 'load') number = entry.event.run - 1;
    const hash = Buffer.from(document.runs[number]?.seed_hash ?? '', 'hex');
    link = sha256(link, hash, canonical(entry.event));
    entry.link = link.toString('hex');
  }
  return document;
};

const thrown = (seed, version, index, count, faces) => {
  const values = [];
  for (let block = 0; values.length < count; block++) {
    const text = Buffer.alloc(16);
    text.writeBigUInt64LE(BigInt(version), 0);
    text.writeUInt32LE(index, 8);
    text.writeUInt32LE(block, 12);
    for (const byte of createHmac('sha256', seed).update(text).digest()) {
      if (byte < 256 - (256 % faces)) values.push((byte % faces) + 1);
    }
  }
  return values.slice(0, count);
};

const clone = (value) => structuredClone(value);

// Throw the dice of every version again by the words of docs/dice.md, where the seed is told. Returns how
// many throws there are, and how many were checked.
const checkDice = ({ runs, versions }) => {
  const counts = { rolls: 0, checked: 0 };
  let [number, turn, reach, past] = [0, 0, 0, []];
  for (const { event } of versions) {
    if (BEGINS.includes(event.type)) {
      [number, turn, reach, past] = [number + 1, event.version, 0, []];
    } else if (event.type === 'load') {
      if (event.run > number) past.push({ last: reach, run: number });
      ({ run: number, turn } = event);
    } else if (event.type !== 'stop') {
      turn++;
    }
    reach = Math.max(reach, turn);
    const from = past.find(({ last }) => turn <= last)?.run ?? number;
    const { seed, seed_hash } = runs[from - 1];
    counts.rolls += event.rolls.length;
    if (seed === null) continue;
    assert.equal(sha256(Buffer.from(seed, 'hex')).toString('hex'), seed_hash);
    event.rolls.forEach((roll, index) => {
      const [count, faces] = roll.dice.split('d').map(Number);
      assert.deepEqual(thrown(Buffer.from(seed, 'hex'), turn, index, count, faces), roll.values);
      counts.checked++;
    });
  }
  return counts;
};

test('the export of a game that is over is of the schema, and anybody can check all of it', async () => {
  const game = await finishedGame();
  const answer = await fetchExport(game);
  const document = answer.json;
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.match(answer.headers['content-disposition'], /^attachment; filename="[a-z.]+"$/);

  const shipped = await readFile(join(ROOT, 'docs/casys-game-1.schema.json'), 'utf8');
  assert.equal((await run(['verify', '--schema'])).out, shipped);
  const schema = JSON.parse(shipped);
  const valid = new Ajv({ allErrors: true }).compile(schema);
  assert.ok(valid(document), JSON.stringify(valid.errors));

  assert.equal(document.version, 8);
  assert.equal(document.status, 'won');
  assert.deepEqual(relink(clone(document)), document, 'the chain');
  assert.deepEqual(checkDice(document), { rolls: 4, checked: 4 });

  const checked = await verify(document);
  assert.equal(checked.code, 0, checked.out + checked.err);
  assert.match(checked.out, /: carousel {2}8 versions, won: good; 4 throws, 4 of them checked with a revealed seed\n$/);
});

test('the form of the text does not matter, and a folder of stories will do', async () => {
  const document = await exportOf(await finishedGame());
  const sorted = JSON.parse(canonical(document));
  for (const text of [JSON.stringify(document, null, 2), `\n ${JSON.stringify(sorted)}\n`]) {
    const { code, out, err } = await verifyText(text, STORIES);
    assert.equal(code, 0, out + err);
  }
});

test('it holds no id, no secret, and no seed of a run that goes on', async () => {
  const game = await newGame(server, { story: 'carousel' });
  await play(game, ['roll']);
  await reset(game);
  await play(game, ['roll']);
  const { text, json } = await fetchExport(game);
  const { session_id } = (await readGame(server, game.id, game.session)).json;
  for (const secret of [game.id, session_id, game.session]) assert.ok(!text.includes(secret));
  assert.deepEqual(json.runs.map(({ seed }) => seed === null), [false, true]);
  const { code, out } = await verify(json);
  assert.equal(code, 0, out);
  assert.match(out, /4 versions, active: good; 2 throws, 1 of them checked with a revealed seed\n$/);
});

test('a later export goes on with the same chain', async () => {
  const game = await newGame(server, { story: 'carousel' });
  await play(game, ['roll', 'left']);
  const first = await exportOf(game);
  await play(game, ['roll', 'get-off']);
  const second = await exportOf(game);
  assert.deepEqual(second.versions.slice(0, 3), first.versions);
  assert.equal(second.runs[0].seed_hash, first.runs[0].seed_hash);
  // And what was cut off is an earlier version, no forgery.
  for (const document of [first, second]) assert.equal((await verify(document)).code, 0);
});

// Every leaf of a document, as the list of its keys.
const leaves = (value, path = []) => (value === null || typeof value !== 'object'
  ? [path]
  : Object.keys(value).flatMap((key) => leaves(value[key], [...path, key])));

const changed = (value) => {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  if (value === null) return 'x';
  return (value[0] === '1' ? '2' : '1') + value.slice(1);
};

const withChange = (document, path) => {
  const copy = clone(document);
  const parent = path.slice(0, -1).reduce((value, key) => value[key], copy);
  parent[path.at(-1)] = changed(parent[path.at(-1)]);
  return copy;
};

test('a change of any value is found, and its version is named', async () => {
  const game = await newGame(server, { story: 'carousel' });
  await play(game, ['roll', 'get-off']);
  const document = await exportOf(game);
  for (const path of leaves(document)) {
    const where = path.join('/');
    const { code, out, err } = await verify(withChange(document, path));
    // What says of itself that it is something else, and what names another story, cannot be judged.
    if (where === 'format' || where === 'story/hash') {
      assert.equal(code, 2, where);
      assert.match(err, where === 'format' ? /no document of the format/ : /its story, with the hash/);
      continue;
    }
    assert.equal(code, 1, `${where}: ${out}${err}`);
    assert.match(out, /^\S+: WRONG: [^\n]+\n$/, where);
    if (path[0] === 'versions') assert.match(out, new RegExp(`version ${Number(path[1]) + 1}:`), where);
  }
});

// A liar makes the chain anew: then it is the rules and the dice that tell.
const LIES = [
  ['another choice', (d) => { d.versions[2].event.choice_id = 'right'; }, /version 3:/],
  ['better dice', (d) => { d.versions[1].event.rolls[0].values = [1, 1]; d.versions[1].event.rolls[0].total = 2; }, /version 2:/],
  ['an earlier time is no lie that dice can tell, a wrong one is', (d) => { d.versions[4].event.at = '2026-02-31T00:00:00.000Z'; }, /version 5:/],
  ['a step left out', (d) => { d.versions.splice(2, 1); d.version--; }, /version 3:/],
  ['a step made up', (d) => { d.versions.splice(2, 0, clone(d.versions[2])); d.version++; }, /version 3:|version 4:/],
  ['a reset left out', (d) => { d.versions.splice(4, 1); d.version--; d.runs.pop(); }, /version 5:/],
  ['another seed', (d) => { d.runs[1].seed = '0'.repeat(64); }, /version 5: the seed/],
  ['another seed with its hash', (d) => {
    d.runs[1].seed = '0'.repeat(64);
    d.runs[1].seed_hash = sha256(Buffer.alloc(32)).toString('hex');
  }, /version [67]: played again/],
  ['a seed kept back', (d) => { d.runs[0].seed = null; }, /version 5: .*must be told/],
  ['the last seed kept back', (d) => { d.runs[1].seed = null; }, /version 8: .*must be told/],
  ['a run too many', (d) => { d.runs.push({ ...d.runs[1], run: 3 }); }, /more runs/],
  ['a change made up', (d) => { d.versions[3].event.changes.push({ gold: true, from: 3, to: 99 }); }, /version 4:/],
  ['rolls that are none', (d) => { d.versions[1].event.rolls = 'six'; }, /version 2:/],
  ['a member of its own', (d) => { d.versions[1].event.more = 1; }, /version 2:/],
  ['a start in the middle', (d) => { d.versions[4].event.type = 'start'; }, /version 5:/],
  ['no start', (d) => { d.versions.shift(); d.version--; }, /version 1:/],
  ['another hero', (d) => { d.name = 'Ada'; }, /name:/],
  ['won by a word', (d) => { d.versions.pop(); d.version--; d.runs[1].seed = null; }, /status:/],
];

test('a chain that was made anew hides nothing', async () => {
  const document = await exportOf(await finishedGame());
  for (const [why, lie, expected] of LIES) {
    const lied = clone(document);
    lie(lied);
    const { code, out, err } = await verify(relink(lied));
    assert.equal(code, 1, `${why}: ${out}${err}`);
    assert.match(out, expected, why);
  }
});

const back = async (game, of) => {
  const answer = await post(server, gamePath(game.id, of ? '/load' : '/undo'), of ? { of } : {},
    { session: game.session, agent });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};

// Undone while the run goes on, undone at its end, and played on beyond what it ever was.
const gameThatWentBack = async () => {
  const game = await newGame(server, { story: 'carousel' });
  await play(game, ['roll']);
  await back(game);
  await play(game, ['roll', 'roll', 'get-off']);
  await back(game);
  await play(game, ['left', 'roll', 'roll']);
  await back(game, 1);
  await play(game, ['roll']);
  return game;
};

test('a game that went back throws the same again, and tells no seed that is still in use', async () => {
  const game = await gameThatWentBack();
  const document = await exportOf(game);
  const events = document.versions.map(({ event }) => event);
  assert.deepEqual(events.map(({ type }) => type), ['start', 'choice', 'load', 'choice', 'choice', 'choice', 'load',
    'choice', 'choice', 'choice', 'load', 'choice']);
  assert.deepEqual(events[3].rolls, events[1].rolls, 'undone and chosen again');
  assert.deepEqual(events[11].rolls, events[1].rolls, 'and once more, in the next run');
  assert.deepEqual(events[6], { ...events[6], of: 5, turn: 3, run: 2 });
  assert.deepEqual(events[10], { ...events[10], of: 1, turn: 1, run: 2 });
  assert.deepEqual(document.runs.map(({ seed }) => seed === null), [false, true]);
  const { rolls, checked } = checkDice(document);
  assert.equal(rolls, 6);
  assert.equal(checked, 4, 'those beyond the first run are still unknown');
  const { code, out } = await verify(document);
  assert.equal(code, 0, out);
  assert.match(out, /12 versions, active: good; 6 throws, 4 of them checked with a revealed seed\n$/);

  const stopped = await post(server, '/api/game/stop', { game_id: game.id }, { session: game.session });
  assert.equal(stopped.status, 200, stopped.text);
  const whole = await exportOf(game);
  assert.deepEqual(whole.versions.slice(0, 12), document.versions);
  assert.deepEqual(checkDice(whole), { rolls: 6, checked: 6 });
  assert.match((await verify(whole)).out, /6 throws, 6 of them checked/);

  const schema = JSON.parse(await readFile(join(ROOT, 'docs/casys-game-1.schema.json'), 'utf8'));
  const valid = new Ajv({ allErrors: true }).compile(schema);
  assert.ok(valid(whole), JSON.stringify(valid.errors));
});

const LIES_ABOUT_GOING_BACK = [
  ['back to another version', (d) => { d.versions[2].event.of = 2; }, /version 3:/],
  ['back to what is yet to come', (d) => { d.versions[2].event.of = 9; }, /version 3:/],
  ['dice that go on from another turn', (d) => { d.versions[2].event.turn = 2; }, /version 3:/],
  ['the run goes on although it was over', (d) => { d.versions[6].event.run = 1; }, /version 7:/],
  ['an undo left out', (d) => { d.versions.splice(2, 1); d.version--; }, /version 3:/],
  ['other dice after an undo', (d) => {
    const [roll] = d.versions[3].event.rolls;
    roll.values[0] = (roll.values[0] % 6) + 1;
    roll.total = roll.values[0] + roll.values[1];
  }, /version 4:/],
  ['the seed of the run that was over', (d) => { d.runs[0].seed = null; }, /version 7: .*must be told/],
];

test('a lie about going back is found where it is', async () => {
  const document = await exportOf(await gameThatWentBack());
  for (const [why, lie, expected] of LIES_ABOUT_GOING_BACK) {
    const lied = clone(document);
    lie(lied);
    const { code, out, err } = await verify(relink(lied));
    assert.equal(code, 1, `${why}: ${out}${err}`);
    assert.match(out, expected, why);
  }
});

test('of a run that goes on, the dice are taken at their word', async () => {
  // docs/portable.md says so: the seed is not revealed yet. What the dice did is still by the rules.
  const game = await newGame(server, { story: 'carousel' });
  await play(game, ['roll']);
  const document = await exportOf(game);
  const roll = document.versions[1].event.rolls[0];
  const other = roll.values[0] === 1 ? 2 : roll.values[0] - 1;
  roll.values[0] = other;
  const { code, out } = await verify(relink(document));
  assert.equal(code, 1, out);
  assert.match(out, /version 2: played again/);
});

test('what is no whole document is refused', async () => {
  const text = JSON.stringify(await exportOf(await finishedGame()));
  for (const cut of [1, 20, 200, text.length - 1]) {
    const { code, out } = await verifyText(text.slice(0, cut));
    assert.equal(code, 1, `cut at ${cut}`);
    assert.match(out, /WRONG: line 1, column \d+: /);
  }
  const missing = await run(['verify', join(folder, 'none.json')]);
  assert.equal(missing.code, 2);
  const storyless = await verifyText(text, join(ROOT, 'stories'));
  assert.equal(storyless.code, 2);
  assert.match(storyless.err, /its story, with the hash [0-9a-f]{64}, is not in /);
});

test('only who may stop a game may carry it away', async () => {
  const game = await newGame(server, { story: 'carousel' });
  const stranger = await newGame(server, { story: 'carousel' });
  const path = gamePath(game.id, '/export');
  assertProblem(await ask(server, path), 404, 'game_not_found');
  assertProblem(await ask(server, path, { session: stranger.session }), 404, 'game_not_found');
  assertProblem(await ask(server, path, { session: 'x'.repeat(43) }), 401, 'unauthorized');
  assertProblem(await ask(server, gamePath('A'.repeat(22), '/export')), 404, 'game_not_found');
  assertProblem(await ask(server, gamePath('nothing', '/export')), 404, 'game_not_found');
  assertProblem(await post(server, path, {}), 405, 'method_not_allowed');
  const link = await newLinkGame(server);
  const answer = await ask(server, gamePath(link, '/export'));
  assert.equal(answer.status, 200, answer.text);
  assert.ok(!answer.text.includes(link));
});

test('a game of some thousand versions goes out whole', async () => {
  const VERSIONS = 3000;
  const game = await newGame(server, { story: 'carousel' });
  await play(game, Array.from({ length: VERSIONS - 1 }, (_, i) => (i % 3 === 0 ? 'roll' : 'left')));
  const began = performance.now();
  const { json, text } = await fetchExport(game);
  const exported = performance.now();
  const { code, out } = await verify(json);
  console.log(`${VERSIONS} versions: ${text.length} bytes, export ${(exported - began).toFixed(0)} ms, `
    + `verify ${(performance.now() - exported).toFixed(0)} ms`);
  assert.equal(json.versions.length, VERSIONS);
  assert.equal(code, 0, out);
  // More at once than are made at once: some are told to come again, the others get all of it.
  const crowd = await Promise.all(Array.from({ length: 40 }, () => ask(server,
    gamePath(game.id, '/export'), { session: game.session })));
  const refused = crowd.filter(({ status }) => status !== 200);
  assert.ok(refused.length > 0 && refused.length <= 32, `${refused.length} refused`);
  for (const answer of refused) {
    assert.equal(assertProblem(answer, 429, 'rate_limited').retry_after_ms, 1000);
    assert.equal(answer.headers['retry-after'], '1');
  }
  for (const answer of crowd.filter(({ status }) => status === 200)) assert.equal(answer.text, text);
  assert.equal((await fetchExport(game)).text, text);

  const late = clone(json);
  late.versions[VERSIONS - 2].event.to++;
  assert.match((await verify(late)).out, new RegExp(`version ${VERSIONS - 1}: the link does not fit`));
});
