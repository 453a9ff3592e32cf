// Going back: undo and load, through REST and the socket, what they show, what they refuse, and that
// nobody changes a throw by them.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import {
  ask, assertProblem, gamePath, newGame, newLinkGame, post, readGame, readHistory,
} from './support/http.mjs';
import { connect, watch } from './support/socket.mjs';

let server;
let folder;

// The carousel under each of the policies that a story can have.
const POLICIES = { 'undo-none': 'none', 'undo-free': 'free', 'undo-one': 1, 'undo-many': 99 };

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'casysd-saves-'));
  const carousel = JSON.parse(await readFile(join(ROOT, 'tests/e2e/stories/carousel.json'), 'utf8'));
  await writeFile(join(folder, 'carousel.json'), JSON.stringify(carousel));
  for (const [id, undo] of Object.entries(POLICIES)) {
    await writeFile(join(folder, `${id}.json`), JSON.stringify({ ...carousel, id, undo }));
  }
  server = await startServer({ args: ['--stories', folder, '--threads', '2'] });
});

after(async () => {
  await server?.remove();
  await rm(folder, { recursive: true });
});

const begin = (story = 'carousel') => newGame(server, { story });
const act = (game, deed, body = {}, headers = {}) =>
  post(server, gamePath(game.id, `/${deed}`), body, { session: game.session, headers });
const play = (game, choice_id, more = {}) => act(game, 'choices', { choice_id, ...more });
const undo = (game, body, headers) => act(game, 'undo', body, headers);
const load = (game, body, headers) => act(game, 'load', body, headers);

const ok = (answer) => {
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.etag, `"${answer.json.version}"`);
  return answer.json;
};

// What a state says of the game, without what belongs to the version or to how it came.
const content = ({ section_number, character, status, rules, ending }) =>
  ({ section_number, character, status, choices: rules.choices, ending });

test('undo makes a new version that is like the one before', async () => {
  const game = await begin();
  const first = ok(await play(game, 'roll'));
  const second = ok(await play(game, 'left'));
  const back = ok(await undo(game));
  assert.equal(back.version, 4);
  assert.deepEqual(content(back), content(first));
  assert.notEqual(back.section_number, second.section_number);
  assert.deepEqual(back.metadata, { undo: { left: null, to: 1 } });
  const further = ok(await undo(game));
  assert.equal(further.version, 5);
  assert.deepEqual(further.metadata, { undo: { left: null, to: 0 } });
  assert.deepEqual(content(further), content(game.state));
  assertProblem(await undo(game), 422, 'nothing_to_undo');
  assert.equal((await readGame(server, game.id, game.session)).json.version, 5);
  const events = await readHistory(server, game.id, game.session);
  assert.deepEqual(events.map(({ type, of }) => [type, of]),
    [['start', undefined], ['choice', undefined], ['choice', undefined], ['load', 2], ['load', 1]]);
  assert.match(events[3].words, /^Went back to version 2\. Section \d+\.$/);
});

test('load makes a new version that is like an earlier one, and destroys nothing', async () => {
  const game = await begin();
  const states = [null, game.state];
  for (const choice of ['roll', 'left', 'roll', 'left']) states.push(ok(await play(game, choice)));
  for (const of of [2, 4, 1, 5, 3]) {
    const loaded = ok(await load(game, { of }));
    assert.equal(loaded.version, states.length);
    assert.deepEqual(content(loaded), content(states[of]));
    states.push(loaded);
  }
  // A version that a load made can be gone back to like any other.
  assert.deepEqual(content(ok(await load(game, { of: 7 }))), content(states[4]));
});

test('what was thrown comes again, whatever was gone back to and chosen in between', async () => {
  const game = await begin();
  const thrown = [];
  for (let i = 0; i < 6; i += 1) {
    thrown.push(ok(await play(game, 'roll')).decision.rolls);
    ok(await play(game, 'left'));
  }
  for (const of of [1, 5, 9, 3]) {
    ok(await load(game, { of }));
    const again = ok(await play(game, 'roll'));
    assert.deepEqual(again.decision.rolls, thrown[(of - 1) / 2]);
    ok(await undo(game));
    assert.deepEqual(ok(await play(game, 'roll')).decision.rolls, thrown[(of - 1) / 2]);
  }
});

test('what a story allows is what can be undone', async () => {
  const none = await begin('undo-none');
  ok(await play(none, 'roll'));
  assertProblem(await undo(none), 422, 'undo_refused');
  assertProblem(await load(none, { of: 1 }), 422, 'undo_refused');

  const one = await begin('undo-one');
  ok(await play(one, 'roll'));
  ok(await undo(one));
  ok(await play(one, 'roll'));
  assertProblem(await undo(one), 422, 'undo_refused');
  assertProblem(await load(one, { of: 1 }), 422, 'undo_refused');

  const free = await begin('undo-free');
  ok(await play(free, 'roll'));
  for (let i = 0; i < 120; i += 1) ok(await load(free, { of: 1 }));

  const many = await begin('undo-many');
  ok(await play(many, 'roll'));
  for (let i = 0; i < 99; i += 1) ok(await load(many, { of: 1 }));
  assertProblem(await load(many, { of: 1 }), 422, 'undo_refused');
});

test('what cannot be gone back to is refused in its own words', async () => {
  const game = await begin();
  assertProblem(await undo(game), 422, 'nothing_to_undo');
  ok(await play(game, 'roll'));
  for (const of of [3, 99, Number.MAX_SAFE_INTEGER]) {
    assertProblem(await load(game, { of }), 404, 'version_not_found');
  }
  for (const body of [{}, { of: 0 }, { of: -1 }, { of: '1' }, { of: 1.5 }, { of: null }, []]) {
    assertProblem(await load(game, body), 400, 'invalid_message');
  }
  assert.equal((await post(server, '/api/game/reset', { game_id: game.id }, { session: game.session })).status, 200);
  assertProblem(await undo(game), 422, 'nothing_to_undo');
  assertProblem(await load(game, { of: 2 }), 422, 'undo_refused');
  assert.equal((await readGame(server, game.id, game.session)).json.version, 3);
});

test('a version that is said is kept to', async () => {
  const game = await begin();
  ok(await play(game, 'roll'));
  ok(await play(game, 'left'));
  const stale = assertProblem(await undo(game, { version: 2 }), 409, 'stale_version');
  assert.equal(stale.state.version, 3);
  assertProblem(await load(game, { of: 1 }, { 'if-match': '"2"' }), 412, 'stale_version');
  assert.equal(ok(await undo(game, {}, { 'if-match': '"3"' })).version, 4);
  assert.equal(ok(await load(game, { of: 1, version: 4 })).version, 5);
});

test('undone once, however often it was asked, also after a crash', async () => {
  const game = await begin();
  ok(await play(game, 'roll'));
  ok(await play(game, 'left'));
  const asked = { version: 3, request_id: 'back' };
  const answers = await Promise.all(Array.from({ length: 8 }, () => undo(game, asked)));
  const first = answers[0].text;
  for (const answer of answers) assert.equal(answer.text, first);
  assert.equal(ok(answers[0]).version, 4);
  const loaded = await load(game, { of: 3, request_id: 'there' });
  assert.equal(ok(loaded).version, 5);
  await server.kill();
  await server.start();
  assert.equal((await undo(game, asked)).text, first);
  assert.equal((await load(game, { of: 3, request_id: 'there' })).text, loaded.text);
  assertProblem(await load(game, { of: 2, request_id: 'there' }), 422, 'request_id_reused');
  assertProblem(await undo(game, { request_id: 'there' }), 422, 'request_id_reused');
  assertProblem(await play(game, 'roll', { request_id: 'back' }), 422, 'request_id_reused');
  assert.equal((await readGame(server, game.id, game.session)).json.version, 5);
});

test('a crash and a restart change nothing of what was gone back to', async () => {
  const game = await begin();
  const rolls = ok(await play(game, 'roll')).decision.rolls;
  ok(await play(game, 'left'));
  ok(await undo(game));
  const before = ok(await undo(game));
  await server.kill();
  await server.start();
  assert.deepEqual((await readGame(server, game.id, game.session)).json, before);
  assert.deepEqual(ok(await play(game, 'roll')).decision.rolls, rolls);
  assert.equal(ok(await undo(game)).version, 7);
});

test('everybody who watches sees an undo, and nobody else may undo', async () => {
  const game = await begin();
  const played = ok(await play(game, 'roll'));
  const watchers = [await watch(server, game.id, { session: game.session }),
    await watch(server, game.id, { session: game.session })];
  const poll = ask(server, gamePath(game.id, '?since=2&wait=30'), { session: game.session });
  const back = await undo(game);
  for (const watcher of watchers) assert.equal(await watcher.takeText(), back.text);
  // It may be asked after the undo; the answer is the same then.
  assert.equal((await poll).text, back.text);
  const stranger = await begin();
  for (const who of [{ session: stranger.session }, {}]) {
    for (const [deed, body] of [['undo', {}], ['load', { of: 1 }]]) {
      assertProblem(await post(server, gamePath(game.id, `/${deed}`), body, who), 404, 'game_not_found');
    }
  }
  assert.notDeepEqual(content(played), content(back.json));
  await Promise.all(watchers.map((watcher) => watcher.close()));
});

test('undo and load on the socket: the answers of a choice', async () => {
  const game = await begin();
  const client = await watch(server, game.id, { session: game.session });
  const send = async (message) => {
    client.send(message);
    return client.take();
  };
  await send({ type: 'choice', choice: { choice_id: 'roll' }, version: 1 });
  const ack = await send({ type: 'undo', game_id: game.id, version: 2, request_id: 'u' });
  assert.deepEqual(ack,
    { type: 'choice_ack', request_id: 'u', game_id: game.id, version: 3, duplicate: false });
  const back = await client.expect('state');
  assert.deepEqual(content(back), content(game.state));
  assert.equal((await send({ type: 'undo', request_id: 'u', version: 2 })).duplicate, true);
  assert.deepEqual(await client.expect('state'), back);
  assert.equal((await send({ type: 'load', of: 2 })).version, 4);
  for (const [message, code] of [
    [{ type: 'undo', version: 2 }, 'stale_version'],
    [{ type: 'load', of: 77 }, 'version_not_found'],
    [{ type: 'load' }, 'invalid_message'],
    [{ type: 'load', of: 0 }, 'invalid_message'],
    [{ type: 'undo', version: 'x' }, 'invalid_message'],
    [{ type: 'undo', game_id: 'AAAAAAAAAAAAAAAAAAAAAA' }, 'game_not_found'],
  ]) {
    const refused = await send({ ...message, request_id: 'r' });
    assert.deepEqual([refused.type, refused.code, refused.request_id], ['choice_error', code, 'r']);
  }
  await client.close();
  const nowhere = await connect(server, { session: game.session });
  nowhere.send({ type: 'undo' });
  assert.equal((await nowhere.expect('choice_error')).code, 'invalid_message');
  await nowhere.close();
});

// ---- saves ----

const saved = (answer) => {
  assert.equal(answer.status, 201, answer.text);
  return answer.json;
};
const listed = async (game) => {
  const answer = await ask(server, gamePath(game.id, '/saves'), { session: game.session });
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.max, 20);
  return answer.json.saves;
};
const forget = (game, slot, session = game.session) =>
  ask(server, gamePath(game.id, `/saves/${slot}`), { method: 'DELETE', session });

test('a save names a version, and loading it goes back there, also after a crash', async () => {
  const game = await begin();
  assert.deepEqual(await listed(game), []);
  const rolled = ok(await play(game, 'roll'));
  const first = saved(await act(game, 'saves', { name: 'After the ring' }));
  assert.deepEqual({ ...first, created: '' },
    { slot: 1, name: 'After the ring', version: 2, section_number: rolled.section_number, created: '' });
  assert.match(first.created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  ok(await play(game, 'left'));
  const second = saved(await act(game, 'saves', { name: 'Der Anfang \u{1F3A0}', version: 1 }));
  assert.deepEqual([second.slot, second.version, second.section_number], [2, 1, 1]);
  const ninth = saved(await act(game, 'saves', { name: 'Far off', slot: 9 }));
  assert.deepEqual([ninth.slot, ninth.version], [9, 3]);
  await server.kill();
  await server.start();
  assert.deepEqual(await listed(game), [first, second, ninth]);
  const back = ok(await act(game, 'saves/1/load', { request_id: 'load' }));
  assert.equal(back.version, 4);
  assert.deepEqual(content(back), content(rolled));
  assert.deepEqual(content(ok(await act(game, 'saves/2/load'))), content(game.state));
  assert.deepEqual(ok(await act(game, 'saves/1/load', { request_id: 'load' })), back);
  assertProblem(await act(game, 'saves/2/load', { request_id: 'load' }), 422, 'request_id_reused');
  assertProblem(await act(game, 'saves/9/load', { version: 3 }), 409, 'stale_version');
});

test('a slot is taken, replaced and freed', async () => {
  const game = await begin();
  ok(await play(game, 'roll'));
  const slots = [];
  for (let i = 0; i < 3; i += 1) slots.push(saved(await act(game, 'saves', { name: `${i}` })).slot);
  assert.deepEqual(slots, [1, 2, 3]);
  assert.equal((await forget(game, 2)).status, 204);
  assertProblem(await forget(game, 2), 404, 'save_not_found');
  assertProblem(await act(game, 'saves/2/load'), 404, 'save_not_found');
  assert.equal(saved(await act(game, 'saves', { name: 'again' })).slot, 2);
  const replaced = saved(await act(game, 'saves', { name: 'other', slot: 2, version: 1 }));
  assert.deepEqual((await listed(game)).map(({ slot, name, version }) => [slot, name, version]),
    [[1, '0', 2], [2, 'other', 1], [3, '2', 2]]);
  assert.equal(replaced.version, 1);
  for (let slot = 4; slot <= 20; slot += 1) {
    assert.equal(saved(await act(game, 'saves', { name: 'more' })).slot, slot);
  }
  assertProblem(await act(game, 'saves', { name: 'one too many' }), 409, 'saves_full');
  assert.equal((await listed(game)).length, 20);
});

test('what cannot be saved is refused', async () => {
  const game = await begin();
  for (const body of [{}, { name: '' }, { name: 'x'.repeat(51) }, { name: 'a\nb' }, { name: 7 },
    { name: 'x', slot: 0 }, { name: 'x', slot: 21 }, { name: 'x', slot: '1' }, { name: 'x', version: 0 }]) {
    assertProblem(await act(game, 'saves', body), 400, 'invalid_message');
  }
  assertProblem(await act(game, 'saves', { name: 'x', version: 2 }), 404, 'version_not_found');
  for (const slot of ['0', '21', 'x', '1x', '-1', '99999999999999999999']) {
    assertProblem(await forget(game, slot), 404, 'save_not_found');
    assertProblem(await act(game, `saves/${slot}/load`), 404, 'save_not_found');
  }
  assert.equal(saved(await act(game, 'saves', { name: '\u00e4'.repeat(50) })).slot, 1);
  assert.equal((await listed(game)).length, 1);
});

test('saves are the session\'s own, and nobody else sees that there are any', async () => {
  const game = await begin();
  saved(await act(game, 'saves', { name: 'mine' }));
  const other = await begin();
  for (const session of [other.session, undefined]) {
    const as = { id: game.id, session };
    assertProblem(await ask(server, gamePath(game.id, '/saves'), { session }), 404, 'game_not_found');
    assertProblem(await act(as, 'saves', { name: 'x' }), 404, 'game_not_found');
    assertProblem(await act(as, 'saves/1/load'), 404, 'game_not_found');
    assertProblem(await forget(as, 1, session), 404, 'game_not_found');
  }
  assert.deepEqual(await listed(other), []);
});

test('save and load a save on the socket', async () => {
  const game = await begin();
  const client = await watch(server, game.id, { session: game.session });
  client.send({ type: 'save', name: 'here', request_id: 's' });
  const answer = await client.expect('saved');
  assert.deepEqual([answer.request_id, answer.game_id], ['s', game.id]);
  assert.deepEqual(await listed(game), [answer.save]);
  ok(await play(game, 'roll'));
  await client.expect('state');
  client.send({ type: 'load', slot: answer.save.slot });
  assert.deepEqual(content(await client.expect('state')), content(game.state));
  for (const [message, type, code] of [
    [{ type: 'save', name: '' }, 'message_error', 'invalid_message'],
    [{ type: 'save', name: 'x', version: 9 }, 'message_error', 'version_not_found'],
    [{ type: 'save', name: 'x', slot: 21 }, 'message_error', 'invalid_message'],
    [{ type: 'save', name: 'x', game_id: 'AAAAAAAAAAAAAAAAAAAAAA' }, 'message_error', 'game_not_found'],
    [{ type: 'load', slot: 5 }, 'choice_error', 'save_not_found'],
    [{ type: 'load', slot: 1, of: 1 }, 'choice_error', 'invalid_message'],
  ]) {
    client.send({ ...message, request_id: 'q' });
    const refused = await client.expect(type);
    assert.deepEqual([refused.code, refused.request_id], [code, 'q'], JSON.stringify(message));
  }
  await client.close();
});
