// The REST routes, each with its status, headers and body as the contract has them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startServer } from '../support/server.mjs';
import {
  ask, assertProblem, gamePath, newGame, newLinkGame, post, readGame, readHistory,
} from './support/http.mjs';
import { connect } from './support/socket.mjs';

const ID = /^[A-Za-z0-9_-]{22}$/;
const SECRET = /^[A-Za-z0-9_-]{43}$/;
const HASH = /^[0-9a-f]{64}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const UNKNOWN = 'AAAAAAAAAAAAAAAAABAAAQ';
const ALLOWED = 'http://localhost:5173';
const FOREIGN = 'https://elsewhere.example';

let server;

before(async () => {
  server = await startServer({ args: ['--allow-origin', ALLOWED, '--allow-origin', 'https://a.example'] });
});

after(() => server?.remove());

const play = (game, body, headers = {}) =>
  post(server, gamePath(game.id, '/choices'), body, { session: game.session, headers });

const assertSafe = ({ headers }) => {
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.match(headers['content-security-policy'], /default-src 'none'/);
  assert.match(headers['content-security-policy'], /script-src 'self'/);
  assert.match(headers['content-security-policy'], /frame-ancestors 'none'/);
  assert.ok(!/unsafe|\*/.test(headers['content-security-policy']));
  assert.equal(headers['referrer-policy'], 'same-origin');
};

const assertJson = (answer, status = 200) => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.equal(Number(answer.headers['content-length']), Buffer.byteLength(answer.text));
  assertSafe(answer);
  return answer.json;
};

const assertState = (state, { id, version }) => {
  assert.equal(state.type, 'state');
  assert.equal(state.version, version);
  assert.equal(state.game_id, id);
  assert.match(state.session_id, ID);
  assert.equal(state.story_id, 'bell-on-skarrow');
  assert.equal(state.title, 'The Bell on Skarrow');
  assert.ok(['active', 'won', 'lost', 'stopped'].includes(state.status));
  assert.equal(state.narrative.section_number, state.section_number);
  assert.match(state.narrative.content, /^<p>.*<\/p>\n$/s);
  assert.equal(state.narrative.source_type, 'processed');
  assert.match(state.narrative.timestamp, TIME);
  assert.match(state.narrative.last_update, TIME);
  assert.equal(state.rules.section_number, state.section_number);
  assert.ok(['none', 'chance', 'combat'].includes(state.rules.dice_type));
  assert.equal(state.rules.needs_dice, state.rules.dice_type !== 'none');
  assert.equal(state.rules.source, 'story');
  for (const choice of state.rules.choices) {
    assert.ok(['direct', 'conditional', 'dice', 'mixed'].includes(choice.type));
    assert.equal(typeof choice.id, 'string');
    assert.equal(typeof choice.text, 'string');
    assert.equal(typeof choice.available, 'boolean');
    assert.ok(Array.isArray(choice.conditions) && Array.isArray(choice.needs));
    assert.equal(choice.available, choice.needs.length === 0);
  }
  assert.equal(state.decision.section_number, state.section_number);
  assert.ok(Array.isArray(state.decision.rolls));
  assert.equal(state.decision.awaiting_action, 'user_input');
  assert.equal(typeof state.character.name, 'string');
  for (const stat of ['endurance', 'chance', 'skill']) assert.ok(state.character.stats[stat] >= 0);
  assert.ok(state.character.inventory.capacity > 0);
  assert.ok(state.character.inventory.gold >= 0);
  assert.equal(state.trace, null);
  assert.deepEqual(state.metadata, {});
  assert.equal(state.should_continue, state.status === 'active');
  assert.equal(state.error, null);
  assert.match(state.seed_hash, HASH);
  const text = JSON.stringify(state);
  for (const secret of ['"seed"', 'flags', 'knows-the-path', 'session_token']) {
    assert.ok(!text.includes(secret), secret);
  }
};

// ---- stories ----

test('the stories are listed, and read one by one, without their texts', async () => {
  const list = await ask(server, '/api/stories');
  const { stories } = assertJson(list);
  assert.deepEqual(
    stories.map(({ id }) => id),
    ['bell-on-skarrow', 'cat-for-the-cormorant', 'summons-for-a-river'],
  );
  const [story] = stories;
  assert.equal(story.sections, 23);
  assert.match(story.hash, HASH);
  for (const name of ['title', 'summary', 'author', 'license', 'language']) {
    assert.equal(typeof story[name], 'string', name);
  }
  assert.ok(!list.text.includes('quay'), 'the text of a section');
  for (const name of [story.id, story.hash]) {
    assert.deepEqual(assertJson(await ask(server, `/api/stories/${name}`)), story);
  }
  for (const name of ['no-such-story', 'BELL-ON-SKARROW', story.hash.slice(1), '..', '%01']) {
    assertProblem(await ask(server, `/api/stories/${name}`), 404, 'not_found');
  }
});

// ---- making games ----

test('a game is made, with a session for whoever has none', async () => {
  const answer = await post(server, '/api/games', { story_id: 'bell-on-skarrow', name: 'Ada' });
  const body = assertJson(answer, 201);
  assert.equal(body.success, true);
  assert.equal(typeof body.message, 'string');
  assert.match(body.game_id, ID);
  assert.match(body.session_token, SECRET);
  assert.equal(answer.headers.location, `/api/games/${body.game_id}`);
  assert.equal(answer.headers.etag, '"1"');
  assert.equal(answer.headers['cache-control'], 'no-store');
  assertState(body.state, { id: body.game_id, version: 1 });
  assert.equal(body.state.character.name, 'Ada');
  assert.notEqual(body.state.session_id, body.session_token);
  const [cookie, ...others] = answer.headers['set-cookie'];
  assert.deepEqual(others, []);
  const [pair, ...flags] = cookie.split('; ');
  assert.equal(pair, `casys_session=${body.session_token}`);
  assert.ok(flags.includes('HttpOnly'));
  assert.ok(flags.includes('SameSite=Lax'));
  assert.ok(flags.includes('Path=/'));
  // The state of the new game is the one that is read afterwards.
  const read = await readGame(server, body.game_id, body.session_token);
  assert.ok(answer.text.includes(read.text));
});

test('all fields of a new game may be left out, and the body too', async () => {
  for (const body of ['', ' ', '{}', '{"name":null,"story_id":null}', '{"name":"","unknown":[1]}']) {
    const answer = await ask(server, '/api/games', {
      method: 'POST', body, headers: { 'content-type': 'application/json' },
    });
    assert.equal(assertJson(answer, 201).state.character.name, 'Tamsin Reed', body);
  }
  // Nothing is sent, so nothing has a type.
  assertJson(await ask(server, '/api/games', { method: 'POST', body: '' }), 201);
});

test('a session owns its games, by bearer and by cookie', async () => {
  const first = await newGame(server);
  const cookie = { cookie: `other=1; casys_session=${first.session}; game_id=x`, origin: server.url };
  const second = await post(server, '/api/games', {}, { headers: cookie });
  assertJson(second, 201);
  assert.ok(!second.headers['set-cookie'], 'the session is known');
  assert.ok(!('session_token' in second.json), 'the secret is said once');
  assert.equal(second.json.state.session_id, first.state.session_id);
  for (const as of [{ session: first.session }, { headers: cookie },
    { headers: { authorization: `bearer ${first.session}` } }]) {
    for (const id of [first.id, second.json.game_id]) {
      assertState(assertJson(await ask(server, gamePath(id), as)), { id, version: 1 });
    }
  }
});

test('a bearer that is not known is refused, a stale cookie is nobody', async () => {
  const game = await newGame(server);
  const doors = [
    ['GET', '/api/games'], ['POST', '/api/games'], ['GET', gamePath(game.id)],
    ['GET', gamePath(game.id, '/history')], ['POST', gamePath(game.id, '/choices'), { choice_id: 'bess' }],
    ['POST', gamePath(game.id, '/stop'), {}],
    ['POST', '/api/game/initialize', {}], ['GET', `/api/game/state?game_id=${game.id}`],
  ];
  const wrong = [`Bearer ${'x'.repeat(43)}`, 'Bearer ', `Bearer ${game.session}x`, 'Bearer',
    `Basic ${game.session}`, game.session, `Bearer ${game.state.session_id}`];
  for (const [method, path, json] of doors) {
    for (const authorization of wrong) {
      const answer = await ask(server, path, { method, json, headers: { authorization } });
      assertProblem(answer, 401, 'unauthorized', { casys: path.startsWith('/api/game/') });
      assert.equal(answer.headers['www-authenticate'], 'Bearer');
    }
  }
  const stale = { headers: { cookie: `casys_session=${'x'.repeat(43)}`, origin: server.url } };
  assert.deepEqual(assertJson(await ask(server, '/api/games', stale)), { games: [], next: null });
  assertProblem(await ask(server, gamePath(game.id), stale), 404, 'game_not_found');
  const fresh = await post(server, '/api/games', {}, stale);
  assert.equal(assertJson(fresh, 201).session_token.length, 43);
  assert.equal(fresh.headers['set-cookie'].length, 1);
});

test('the games of a session are listed, newest first, page by page', async () => {
  const { session, id } = await newGame(server);
  const ids = [id];
  for (let i = 0; i < 6; i += 1) ids.unshift((await newGame(server, { session })).id);
  const all = assertJson(await ask(server, '/api/games', { session }));
  assert.deepEqual(all.games.map((game) => game.game_id), ids);
  assert.equal(all.next, null);
  for (const game of all.games) {
    assert.equal(game.story_id, 'bell-on-skarrow');
    assert.equal(game.title, 'The Bell on Skarrow');
    assert.equal(game.status, 'active');
    assert.equal(game.version, 1);
    assert.equal(game.section_number, 1);
    assert.match(game.created, TIME);
    assert.match(game.updated, TIME);
  }
  const paged = [];
  let path = '/api/games?limit=3';
  for (let pages = 0; path; pages += 1) {
    assert.ok(pages < 4);
    const page = assertJson(await ask(server, path, { session }));
    assert.ok(page.games.length <= 3);
    paged.push(...page.games.map((game) => game.game_id));
    path = page.next === null ? null : `/api/games?limit=3&after=${page.next}`;
  }
  assert.deepEqual(paged, ids);
  assert.deepEqual(assertJson(await ask(server, '/api/games')), { games: [], next: null });
  for (const query of ['limit=101', 'limit=x', 'limit=-1', 'after=x', 'limit=', 'after=1e3']) {
    assertProblem(await ask(server, `/api/games?${query}`, { session }), 400, 'invalid_message');
  }
});

// ---- one game ----

test('a state has its version as ETag and is sent again only when it is another', async () => {
  const game = await newGame(server);
  const read = await readGame(server, game.id, game.session);
  assertState(assertJson(read), { id: game.id, version: 1 });
  assert.equal(read.headers.etag, '"1"');
  assert.equal(read.headers['cache-control'], 'no-cache');
  const ask1 = (headers) => ask(server, gamePath(game.id), { session: game.session, headers });
  for (const tag of ['"1"', 'W/"1"', '"7", "1"', '*', ' "1" ']) {
    const same = await ask1({ 'if-none-match': tag });
    assert.equal(same.status, 304, tag);
    assert.equal(same.text, '');
    assert.equal(same.headers.etag, '"1"');
    assertSafe(same);
  }
  for (const tag of ['"2"', '1', '"01"', '"11"']) {
    assert.equal((await ask1({ 'if-none-match': tag })).status, 200, tag);
  }
  assert.equal((await ask1({ 'if-match': '"1"' })).status, 200);
  assert.equal((await ask1({ 'if-match': '*' })).status, 200);
  assertProblem(await ask1({ 'if-match': '"2"' }), 412, 'stale_version');
});

test('a choice is played and gives the next state', async () => {
  const game = await newGame(server);
  const played = await play(game, { choice_id: 'chandler' });
  const state = assertJson(played);
  assertState(state, { id: game.id, version: 2 });
  assert.equal(played.headers.etag, '"2"');
  assert.equal(state.section_number, 2);
  assert.equal(state.decision.choice_id, 'chandler');
  assert.equal(state.decision.player_input, "Spend a little time at the chandler's shop");
  assert.equal(state.character.stats.tide, 6);
  assert.equal((await readGame(server, game.id, game.session)).text, played.text);
  const byText = assertJson(await play(game, { choice_text: 'Buy the rope for three coins' }));
  assert.equal(byText.character.inventory.gold, 3);
  assert.equal(byText.character.inventory.items.rope.quantity, 1);
  const byTarget = assertJson(await play(game, { choice_id: '4' }));
  assert.equal(byTarget.section_number, 4);
  const rolled = assertJson(await play(game,
    { choice_id: '0', metadata: { type: 'dice_roll', total: 99 } }));
  assert.equal(rolled.decision.rolls.length, 1);
  const [roll] = rolled.decision.rolls;
  assert.equal(roll.dice, '2d6');
  assert.equal(roll.total, roll.values[0] + roll.values[1]);
  assert.ok(roll.total >= 2 && roll.total <= 12);
});

test('what cannot be chosen is refused and changes nothing', async () => {
  const game = await newGame(server);
  const unknown = [{ choice_id: 'no-such' }, { choice_id: '77' }, { choice_id: '0' }, { choice_id: 'rope' },
    { choice_text: 'walk down to the sands at once' }, { choice_id: 'CAUSEWAY' }];
  for (const body of unknown) {
    const problem = assertProblem(await play(game, body), 422, 'unknown_choice');
    assert.equal(problem.version, 1);
    assertState(problem.state, { id: game.id, version: 1 });
  }
  await play(game, { choice_id: 'causeway' });
  const problem = assertProblem(await play(game, { choice_id: 'withies' }), 422, 'choice_unavailable');
  assert.deepEqual(problem.needs, [{ text: 'Bess has told you the path' }]);
  assert.equal(problem.state.version, 2);
  assert.equal((await readHistory(server, game.id, game.session)).length, 2);
});

test('a stale version is refused with the current state, 409 by the body and 412 by If-Match', async () => {
  const game = await newGame(server);
  await play(game, { choice_id: 'chandler' });
  const current = (await readGame(server, game.id, game.session)).json;
  for (const version of [1, 3, 9007199254740991]) {
    const byBody = assertProblem(await play(game, { choice_id: 'leave', version }), 409, 'stale_version');
    const byHeader = assertProblem(
      await play(game, { choice_id: 'leave' }, { 'if-match': `"${version}"` }), 412, 'stale_version');
    for (const problem of [byBody, byHeader]) {
      assert.equal(problem.version, 2);
      assert.deepEqual(problem.state, current);
    }
  }
  // The header is the stronger one; `*` asks for any version.
  assertProblem(await play(game, { choice_id: 'leave', version: 2 }, { 'if-match': '"1"' }), 412,
    'stale_version');
  const same = await play(game, { choice_id: 'leave', version: 2 }, { 'if-match': '"2"' });
  assert.equal(assertJson(same).version, 3);
  assert.equal(assertJson(await play(game, { choice_id: 'back' }, { 'if-match': '*' })).version, 4);
});

test('a repeated key gets the first answer, byte for byte, after later versions and a restart', async () => {
  const game = await newGame(server);
  const requests = [
    [{ choice_id: 'chandler', version: 1 }, { 'idempotency-key': 'first' }],
    [{ choice_id: 'rope' }, { 'idempotency-key': 'x'.repeat(64), 'if-match': '"2"' }],
    [{ choice_id: 'leave', request_id: 'by the body' }, {}],
    [{ choice_id: '0', metadata: { type: 'dice_roll' }, request_id: 'rolled once' }, {}],
  ];
  const answers = [];
  for (const [body, headers] of requests) answers.push(await play(game, body, headers));
  answers.forEach((answer, i) => assert.equal(assertJson(answer).version, i + 2));
  const assertRepeated = async () => {
    for (const [i, [body, headers]] of requests.entries()) {
      const again = await play(game, body, headers);
      assert.equal(again.status, 200, again.text);
      assert.equal(again.text, answers[i].text);
      assert.equal(again.headers.etag, answers[i].headers.etag);
    }
  };
  await assertRepeated();
  await server.kill();
  await server.start();
  await assertRepeated();
  assert.equal((await readHistory(server, game.id, game.session)).length, 5);
});

test('a key that was used for something else is refused', async () => {
  const game = await newGame(server);
  const key = { 'idempotency-key': 'k' };
  assertJson(await play(game, { choice_id: 'chandler' }, key));
  for (const [body, headers] of [
    [{ choice_id: 'bess' }, key],
    [{ choice_text: "Spend a little time at the chandler's shop" }, key],
    [{ choice_id: 'chandler', version: 1 }, key],
    [{ choice_id: 'leave', request_id: 'k' }, {}],
  ]) {
    assertProblem(await play(game, body, headers), 422, 'request_id_reused');
  }
  // Another game has keys of its own.
  const other = await newGame(server, { session: game.session });
  assert.equal(assertJson(await play(other, { choice_id: 'bess' }, key)).version, 2);
  assert.equal((await readGame(server, game.id, game.session)).json.version, 2);
});

test('the key of a refused choice is free for the next one', async () => {
  const game = await newGame(server);
  const key = { 'idempotency-key': 'again' };
  assertProblem(await play(game, { choice_id: 'no-such' }, key), 422, 'unknown_choice');
  assert.equal(assertJson(await play(game, { choice_id: 'bess' }, key)).version, 2);
});

test('a game that is over takes no choice', async () => {
  const game = await newGame(server);
  await play(game, { choice_id: 'headland' });
  const end = assertJson(await play(game, { choice_id: 'fire' }));
  assert.equal(end.status, 'won');
  assert.equal(end.should_continue, false);
  assert.deepEqual(end.rules.choices, []);
  const problem = assertProblem(await play(game, { choice_id: 'down' }), 409, 'game_over');
  assert.equal(problem.state.version, 3);
  assertProblem(await post(server, gamePath(game.id, '/stop'), {}, { session: game.session }), 409,
    'game_over');
});

test('a game is stopped by its version', async () => {
  const game = await newGame(server);
  const stop = (body, headers) =>
    post(server, gamePath(game.id, '/stop'), body, { session: game.session, headers });
  assertProblem(await stop({ version: 2 }), 409, 'stale_version');
  assertProblem(await stop({}, { 'if-match': '"2"' }), 412, 'stale_version');
  const stopped = await stop({}, { 'if-match': '"1"' });
  assert.equal(assertJson(stopped).status, 'stopped');
  assert.equal(stopped.headers.etag, '"2"');
  assert.equal((await readHistory(server, game.id, game.session)).at(-1).type, 'stop');
});

test('a repeated stop gets the first answer, also after the game began again', async () => {
  const id = await newLinkGame(server);
  const stop = (json) => post(server, gamePath(id, '/stop'), json, { headers: { 'idempotency-key': 'enough' } });
  const first = await stop({ version: 1 });
  assert.equal(assertJson(first).status, 'stopped');
  assert.equal((await stop({ version: 1 })).text, first.text);
  assertJson(await post(server, '/api/game/reset', { game_id: id }));
  const again = await stop({ version: 1 });
  assert.equal(again.status, 200, again.text);
  assert.equal(again.text, first.text);
  assertProblem(await stop({ version: 3 }), 422, 'request_id_reused');
  assertProblem(await play({ id }, { choice_id: 'bess' }, { 'idempotency-key': 'enough' }), 422,
    'request_id_reused');
  assert.equal((await readGame(server, id)).json.version, 3);
});

test('the history is the journal, page by page, and shows the seed when the game is over', async () => {
  const game = await newGame(server);
  await play(game, { choice_id: 'chandler' });
  await play(game, { choice_id: 'leave' });
  await play(game, { choice_id: 'guess' });
  const path = (query = '') => gamePath(game.id, `/history${query}`);
  const as = { session: game.session };
  const all = assertJson(await ask(server, path(), as));
  assert.equal(all.game_id, game.id);
  assert.equal(all.version, 4);
  assert.equal(all.story_id, 'bell-on-skarrow');
  assert.equal(all.next, null);
  assert.deepEqual(all.events.map(({ version }) => version), [1, 2, 3, 4]);
  assert.deepEqual(all.events.map(({ type }) => type), ['start', 'choice', 'choice', 'choice']);
  assert.deepEqual(all.events.map((event) => event.choice_id), [undefined, 'chandler', 'leave', 'guess']);
  assert.deepEqual(all.events.map((event) => event.to).slice(0, 3), [1, 2, 4]);
  assert.deepEqual(all.events[1].changes, [{ stat: 'tide', from: 7, to: 6 }]);
  assert.match(all.events[0].words, /^Tamsin Reed begins\. Section 1\.$/);
  assert.match(all.events[1].words, /^Chose ".+"\. .+ from 7 to 6\. Section 2\.$/);
  assert.match(all.events[3].words, /Threw 2d6 \(\d, \d\): \d+, at most \d+ was needed: (success|failure)\./);
  assert.equal(all.events[3].rolls.length, 1);
  for (const event of all.events) assert.match(event.at, TIME);
  assert.equal(all.runs.length, 1);
  assert.equal(all.runs[0].seed, null);
  assert.equal(all.runs[0].seed_hash, game.state.seed_hash);

  const page = assertJson(await ask(server, path('?after=1&limit=2'), as));
  assert.deepEqual(page.events, all.events.slice(1, 3));
  assert.equal(page.next, 3);
  assert.deepEqual(assertJson(await ask(server, path('?after=3&limit=2'), as)).next, null);
  assert.deepEqual(assertJson(await ask(server, path('?after=99'), as)).events, []);
  for (const query of ['?limit=101', '?limit=x', '?after=-1', '?after=9223372036854775808']) {
    assertProblem(await ask(server, path(query), as), 400, 'invalid_message');
  }

  await post(server, gamePath(game.id, '/stop'), {}, as);
  const over = assertJson(await ask(server, path(), as));
  assert.match(over.runs[0].seed, HASH);
});

// ---- long poll ----

test('a long poll is answered at once when there is something newer', async () => {
  const game = await newGame(server);
  await play(game, { choice_id: 'chandler' });
  for (const since of [0, 1, 7]) {
    const answer = await ask(server, gamePath(game.id, `?since=${since}&wait=50`), { session: game.session });
    assertState(assertJson(answer), { id: game.id, version: 2 });
    assert.equal(answer.headers.etag, '"2"');
  }
});

test('a long poll waits for the next version, through whatever door it comes', async () => {
  const game = await newGame(server);
  const poll = (since) => ask(server, gamePath(game.id, `?since=${since}&wait=30`), { session: game.session });
  const polls = [poll(1), poll(1), poll(1)];
  // It may be asked after the choice; the answer is the same then.
  const played = await play(game, { choice_id: 'chandler' });
  for (const answer of await Promise.all(polls)) assert.equal(answer.text, played.text);
  const bySocket = poll(2);
  const client = await connect(server, { session: game.session, query: `?game_id=${game.id}` });
  await client.expect('state');
  client.send({ type: 'choice', choice: { game_id: game.id, choice_id: 'leave' } });
  assert.equal((await bySocket).json.version, 3);
  await client.close();
});

test('a long poll ends with 204 when nothing comes', async () => {
  const game = await newGame(server);
  const began = Date.now();
  const answer = await ask(server, gamePath(game.id, '?since=1&wait=1'), { session: game.session });
  assert.equal(answer.status, 204);
  assert.equal(answer.text, '');
  assert.ok(Date.now() - began >= 900);
  for (const query of ['?since=1', '?since=1&wait=0']) {
    assert.equal((await ask(server, gamePath(game.id, query), { session: game.session })).status, 204);
  }
  for (const query of ['?since=x', '?since=1&wait=56', '?since=1&wait=x', '?since=-1']) {
    assertProblem(await ask(server, gamePath(game.id, query), { session: game.session }), 400,
      'invalid_message');
  }
});

// ---- HTTP ----

test('HEAD has the headers of GET and no body', async () => {
  const game = await newGame(server);
  for (const path of ['/', '/livez', '/readyz', '/api/limits', '/api/stories', '/api/games', gamePath(game.id),
    gamePath(game.id, '/history'), '/api/game/state?game_id=' + game.id, '/api/utils/dice/2d6']) {
    const get = await ask(server, path, { session: game.session });
    const head = await ask(server, path, { method: 'HEAD', session: game.session });
    assert.equal(head.status, 200, path);
    assert.equal(head.text, '');
    for (const name of ['content-type', 'etag', 'cache-control', 'content-security-policy']) {
      assert.equal(head.headers[name], get.headers[name], `${path} ${name}`);
    }
  }
  assert.equal((await ask(server, gamePath(game.id), { method: 'HEAD' })).status, 404);
});

const ALLOW = [
  ['/livez', 'GET, HEAD, OPTIONS'],
  ['/api/stories', 'GET, HEAD, OPTIONS'],
  ['/api/games', 'GET, HEAD, POST, OPTIONS'],
  [`/api/games/${UNKNOWN}/choices`, 'POST, OPTIONS'],
  ['/api/game/initialize', 'POST, OPTIONS'],
  ['/api/game/state', 'GET, HEAD, OPTIONS'],
  ['/api/utils/dice/d6', 'GET, HEAD, OPTIONS'],
  ['/', 'GET, HEAD, OPTIONS'],
];

test('OPTIONS and 405 say what a path allows', async () => {
  for (const [path, allow] of ALLOW) {
    const options = await ask(server, path, { method: 'OPTIONS' });
    assert.equal(options.status, 204, path);
    assert.equal(options.headers.allow, allow, path);
    for (const method of ['PUT', 'PATCH', 'TRACE', allow.includes('POST') ? 'DELETE' : 'POST']) {
      const refused = await ask(server, path, { method });
      assertProblem(refused, 405, 'method_not_allowed', { casys: /^\/api\/(game|utils)\//.test(path) });
      assert.equal(refused.headers.allow, allow);
    }
  }
});

test('what is not there is 404', async () => {
  for (const path of ['/nothing', '/api', '/api/', '/api/nothing', `/api/games/${UNKNOWN}/nothing`,
    `/api/games/${UNKNOWN}/history/1`, '/ws', '/../LICENSE', '/%2e%2e/LICENSE', '/static/', '/js/',
    '/.git/config']) {
    assertProblem(await ask(server, path), 404, 'not_found');
    assertProblem(await ask(server, path, { method: 'POST' }), 404, 'not_found');
  }
  for (const id of [UNKNOWN, 'x', 'A'.repeat(22), `${UNKNOWN}A`, '%01', '%ff', '%C3%A4', '%']) {
    assertProblem(await ask(server, gamePath(id)), 404, 'game_not_found');
  }
});

test('a body that is not announced as JSON is 415', async () => {
  const game = await newGame(server);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x',
    'application/jsonx', 'text/json', '']) {
    for (const path of ['/api/games', gamePath(game.id, '/choices'), gamePath(game.id, '/stop'),
      '/api/game/initialize', '/api/game/stop', '/api/game/reset', '/api/utils/feedback']) {
      const answer = await ask(server, path,
        { method: 'POST', body: '{}', session: game.session, headers: { 'content-type': type } });
      assertProblem(answer, 415, 'unsupported_media_type', { casys: /\/(game|utils)\//.test(path) });
    }
  }
  assertProblem(await ask(server, '/api/games', { method: 'POST', body: '{}' }), 415,
    'unsupported_media_type');
  for (const type of ['application/json', 'Application/JSON', 'application/json; charset=utf-8',
    'application/json;charset=UTF-8']) {
    assertJson(await ask(server, '/api/games', { method: 'POST', body: '{}', headers: { 'content-type': type } }), 201);
  }
});

test('a page of a foreign origin can change nothing', async () => {
  const game = await newGame(server);
  const doors = [['/api/games', {}], [gamePath(game.id, '/choices'), { choice_id: 'bess' }],
    [gamePath(game.id, '/stop'), {}], ['/api/game/initialize', {}], ['/api/game/stop', { game_id: game.id }],
    ['/api/game/reset', { game_id: game.id }], ['/api/utils/feedback', { feedback: 'x' }]];
  for (const origin of [FOREIGN, 'null', '', `http://localhost:${server.port}.evil.example`,
    `${ALLOWED}0`, 'http://127.0.0.1', ALLOWED.toUpperCase()]) {
    for (const [path, json] of doors) {
      const answer = await post(server, path, json, { session: game.session, headers: { origin } });
      assertProblem(answer, 403, 'forbidden', { casys: /\/(game|utils)\//.test(path) });
      assert.ok(!answer.headers['access-control-allow-origin']);
    }
  }
  assert.equal((await readGame(server, game.id, game.session)).json.version, 1);
  // The own host and the listed ones may.
  for (const origin of [`http://127.0.0.1:${server.port}`, `https://127.0.0.1:${server.port}`, ALLOWED]) {
    assertJson(await post(server, '/api/games', {}, { headers: { origin } }), 201);
  }
});

test('only listed origins are let in by CORS, exactly, with credentials, on errors too', async () => {
  const game = await newGame(server);
  const paths = ['/api/health', '/api/game/state', `/api/game/state?game_id=${UNKNOWN}`, gamePath(game.id),
    '/api/nothing', '/api/utils/dice/x'];
  for (const path of paths) {
    for (const origin of [ALLOWED, 'https://a.example']) {
      const answer = await ask(server, path, { session: game.session, headers: { origin } });
      assert.equal(answer.headers['access-control-allow-origin'], origin, path);
      assert.equal(answer.headers['access-control-allow-credentials'], 'true');
      assert.match(answer.headers.vary, /origin/i);
    }
    for (const origin of [FOREIGN, 'null', `${ALLOWED}/`, 'http://localhost', undefined]) {
      const answer = await ask(server, path, { session: game.session, headers: origin ? { origin } : {} });
      for (const name of Object.keys(answer.headers)) assert.ok(!name.startsWith('access-control-'), name);
      assert.match(answer.headers.vary, /origin/i);
    }
  }
});

test('a preflight is answered for listed origins', async () => {
  const preflight = (path, origin) => ask(server, path, {
    method: 'OPTIONS',
    headers: {
      origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type',
    },
  });
  for (const path of ['/api/game/initialize', '/api/game/stop', '/api/games', `/api/games/${UNKNOWN}/choices`]) {
    const allowed = await preflight(path, ALLOWED);
    assert.equal(allowed.status, 204);
    assert.equal(allowed.headers['access-control-allow-origin'], ALLOWED);
    assert.equal(allowed.headers['access-control-allow-credentials'], 'true');
    assert.match(allowed.headers['access-control-allow-methods'], /\bPOST\b/);
    for (const name of ['content-type', 'authorization', 'idempotency-key', 'if-match']) {
      assert.ok(allowed.headers['access-control-allow-headers'].split(/, */).includes(name), name);
    }
    const foreign = await preflight(path, FOREIGN);
    for (const name of Object.keys(foreign.headers)) assert.ok(!name.startsWith('access-control-'), name);
  }
});

// ---- the routes of CASYS ----

const assertCasys = (answer, code, status) => assertProblem(answer, status, code, { casys: true });

test('CASYS: initialize always makes a new link game', async () => {
  const body = { session_id: 'mine', game_id: UNKNOWN, section_number: 7, player_id: 'p', settings: { a: [] } };
  const seen = new Set();
  for (const json of [{}, body, body]) {
    const answer = await post(server, '/api/game/initialize', json);
    const { success, message, game_id: id, state } = assertJson(answer);
    assert.equal(success, true);
    assert.equal(message, 'Game initialized successfully');
    assertState(state, { id, version: 1 });
    assert.match(id, ID);
    assert.notEqual(id, UNKNOWN);
    assert.notEqual(state.session_id, 'mine');
    assert.equal(state.section_number, 1);
    assert.ok(!('session_token' in answer.json));
    seen.add(id);
    // Whoever knows the id may watch and play.
    const read = assertJson(await ask(server, `/api/game/state?game_id=${id}`));
    assert.deepEqual(read, { success: true, message: null, game_id: id, state });
    assert.equal(assertJson(await play({ id }, { choice_id: 'bess' })).version, 2);
  }
  assert.equal(seen.size, 3);
});

test('CASYS: state without an id is 400, of an unknown game 404', async () => {
  assertCasys(await ask(server, '/api/game/state'), 'invalid_message', 400);
  assertCasys(await ask(server, '/api/game/state?game_id='), 'invalid_message', 400);
  for (const id of [UNKNOWN, 'x', '%00', '%ff%fe', 'A'.repeat(3000)]) {
    assertCasys(await ask(server, `/api/game/state?game_id=${id}`), 'game_not_found', 404);
  }
});

test('CASYS: stop ends that game only, reset begins it again as a new version', async () => {
  const [id, other] = [await newLinkGame(server), await newLinkGame(server)];
  await play({ id }, { choice_id: 'chandler' });
  const stopped = assertJson(await post(server, '/api/game/stop', { game_id: id }));
  assert.equal(stopped.success, true);
  assert.equal(typeof stopped.message, 'string');
  const after1 = (await readGame(server, id)).json;
  assert.equal(after1.status, 'stopped');
  assert.equal(after1.version, 3);
  assertCasys(await post(server, '/api/game/stop', { game_id: id }), 'game_over', 409);
  const reset = assertJson(await post(server, '/api/game/reset', { game_id: id }));
  assert.equal(reset.success, true);
  const after2 = (await readGame(server, id)).json;
  assert.equal(after2.status, 'active');
  assert.equal(after2.version, 4);
  assert.equal(after2.section_number, 1);
  assert.equal(after2.character.stats.tide, 7);
  assert.notEqual(after2.seed_hash, after1.seed_hash, 'other dice');
  assert.equal((await readGame(server, other)).json.version, 1);
  for (const path of ['/api/game/stop', '/api/game/reset']) {
    assertCasys(await post(server, path, {}), 'invalid_message', 400);
    assertCasys(await post(server, path, { game_id: 7 }), 'invalid_message', 400);
    assertCasys(await post(server, path, { game_id: UNKNOWN }), 'game_not_found', 404);
  }
});

test('CASYS: feedback tells the journal in words, and takes some', async () => {
  const id = await newLinkGame(server);
  await play({ id }, { choice_id: 'chandler' });
  const { success, message, game_id: same, feedback } =
    assertJson(await ask(server, `/api/game/feedback?game_id=${id}`));
  assert.deepEqual([success, message, same], [true, null, id]);
  assert.match(feedback, /^1\. Tamsin Reed begins\. Section 1\.\n2\. Chose ".*chandler's shop.*"\. .*\n$/);
  assertCasys(await ask(server, '/api/game/feedback'), 'invalid_message', 400);
  assertCasys(await ask(server, `/api/game/feedback?game_id=${UNKNOWN}`), 'game_not_found', 404);
  for (const body of [{ feedback: 'Good.' }, { content: 'Gut.', game_id: id }, { message: 'é'.repeat(2048) }]) {
    assert.equal(assertJson(await post(server, '/api/utils/feedback', body)).success, true);
  }
  for (const body of [{}, { feedback: '' }, { feedback: 7 }, { feedback: 'x'.repeat(4097) }]) {
    assertCasys(await post(server, '/api/utils/feedback', body), 'invalid_message', 400);
  }
  assertCasys(await post(server, '/api/utils/feedback', { feedback: 'x', game_id: UNKNOWN }),
    'game_not_found', 404);
});

test('CASYS: free dice are rolled within their range', async () => {
  for (const [dice, least, most] of [['d6', 1, 6], ['2d6', 2, 12], ['d20', 1, 20], ['1d2', 1, 2],
    ['20d100', 20, 2000]]) {
    for (let i = 0; i < 10; i += 1) {
      const { dice_type: type, result, status } = assertJson(await ask(server, `/api/utils/dice/${dice}`));
      assert.equal(type, dice);
      assert.equal(status, 'success');
      assert.ok(Number.isInteger(result) && result >= least && result <= most, `${dice} ${result}`);
    }
  }
  for (const dice of ['d', '6', '2d', 'd0', 'd1', '0d6', '21d6', 'd101', '-1d6', 'd6x', '2d6d6', '2D6', '1.5d6',
    'd99999999999999999999', '%01', 'd6%01']) {
    assertCasys(await ask(server, `/api/utils/dice/${dice}`), 'invalid_message', 400);
  }
});

test('CASYS: health', async () => {
  const { timestamp, version, ...rest } = assertJson(await ask(server, '/api/health'));
  assert.deepEqual(rest, { status: 'ok', message: 'API is running', type: null });
  assert.match(timestamp, TIME);
  assert.match(version, /^\d+\.\d+\.\d+$/);
  assert.equal(assertJson(await ask(server, '/api/health?check_type=db%20x')).type, 'db x');
});

// ---- operators ----

test('livez, readyz, limits and metrics answer', async () => {
  assert.deepEqual(assertJson(await ask(server, '/livez')), { status: 'ok' });
  assert.deepEqual(assertJson(await ask(server, '/readyz')), { status: 'ready' });
  const limits = assertJson(await ask(server, '/api/limits'));
  assert.equal(limits.rates, false);
  assert.equal(limits.json_depth, 32);
  assert.equal(limits.message_bytes, 65536);
  assert.equal(limits.request_id_characters, 64);
  assert.equal(limits.idle_ms, 35000);
  for (const [name, value] of Object.entries(limits)) {
    if (name !== 'rates') assert.ok(Number.isInteger(value) && value > 0, name);
  }
  const metrics = await ask(server, '/metrics');
  assert.equal(metrics.status, 200);
  assert.match(metrics.headers['content-type'], /^text\/plain; version=0\.0\.4/);
  const value = (text, name) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
  const before1 = value(metrics.text, 'casysd_commands_total');
  await newGame(server);
  const after1 = value((await ask(server, '/metrics')).text, 'casysd_commands_total');
  assert.ok(after1 > before1);
  const sizes = (await ask(server, '/metrics')).text;
  assert.ok(value(sizes, 'casysd_database_bytes') >= 8 * 4096 && value(sizes, 'casysd_log_pages') > 0);
  assert.equal(value(sizes, 'casysd_database_bytes') % 4096, 0);
});

test('the page and its files have types, ETags and a strict policy', async () => {
  const page = await ask(server, '/');
  assert.equal(page.status, 200);
  assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
  assertSafe(page);
  const files = [...page.text.matchAll(/(?:src|href)="(\/?[^":]+\.(?:js|css|svg))"/g)].map(([, file]) => file);
  assert.ok(files.length >= 2);
  for (const file of files) {
    const path = file.startsWith('/') ? file : `/${file}`;
    const answer = await ask(server, path);
    assert.equal(answer.status, 200, path);
    assert.match(answer.headers['content-type'], /^(text\/(javascript|css)|image\/svg\+xml)/);
    assertSafe(answer);
    const again = await ask(server, path, { headers: { 'if-none-match': answer.headers.etag } });
    assert.equal(again.status, 304);
  }
});

test('rates: who asks too often is told how long to wait', async () => {
  const slow = await startServer({ args: ['--rates', 'on', '--request-rate', '60', '--create-rate', '6',
    '--threads', '1'] });
  try {
    const made = [];
    for (let i = 0; i < 4; i += 1) made.push(await post(slow, '/api/games', {}));
    const refused = made.filter(({ status }) => status === 429);
    assert.equal(made[0].status, 201);
    assert.ok(refused.length > 0);
    for (let answer = made.at(-1), i = 0; answer.status !== 429 || i === 0; i += 1) {
      assert.ok(i < 100);
      answer = await ask(slow, '/api/stories');
      if (answer.status === 429) refused.push(answer);
    }
    for (const answer of refused) {
      const problem = assertProblem(answer, 429, 'rate_limited');
      assert.ok(problem.retry_after_ms > 0);
      assert.equal(Number(answer.headers['retry-after']), Math.ceil(problem.retry_after_ms / 1000));
    }
    assert.equal((await ask(slow, '/livez')).status, 200, 'probes are never refused');
    assert.equal((await ask(slow, '/readyz')).status, 200);
  } finally {
    await slow.remove();
  }
});
