// Who may do what: every route and every message of the socket, by everybody there is, in a private
// game and in a link game, with the exact answer. The routes are read from handlers/routes.c and the
// messages from app/message.c, so that none can be forgotten here.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import { ask, assertProblem, gamePath, post } from './support/http.mjs';
import { choice, connect } from './support/socket.mjs';
import { sql } from './support/sqlite.mjs';

const UNKNOWN = `${'B'.repeat(21)}A`; // an id that could be
const KINDS = ['private', 'link'];
const WATCHERS_MAX = 6;

let server;
let story;

// ---- the deeds: what each role is told, in a private game and in a link game ----

const ROLES = ['nobody', 'spectator', 'player', 'owner'];
// y: it is done, f: forbidden, n: there is no such game.
const DEEDS = {
  watch: { private: 'nyyy', link: 'yyyy' },
  choose: { private: 'nfyy', link: 'yyyy' },
  back: { private: 'nfyy', link: 'ffyy' },
  save: { private: 'nfyy', link: 'ffyy' },
  fork: { private: 'nfyy', link: 'ffyy' },
  end: { private: 'nffy', link: 'yyyy' },
  delete: { private: 'nffy', link: 'fffy' },
  company: { private: 'nyyy', link: 'fyyy' },
  govern: { private: 'nffy', link: 'fffy' },
};

// ---- the people ----

const people = {};

const begin = async () => {
  const answer = await post(server, '/api/games', {});
  assert.equal(answer.status, 201, answer.text);
  return { secret: answer.json.session_token, id: answer.json.state.session_id };
};

const done = (answer) => {
  assert.ok(answer.status >= 200 && answer.status < 300, answer.text);
  return answer.json;
};

const as = (person) => ({ session: person.secret });

// Another device of a session: {secret, device}.
const enter = async (person) => {
  const { code } = done(await post(server, '/api/session/carry', {}, as(person)));
  const entered = done(await post(server, '/api/session/enter', { code }));
  return { secret: entered.session_token, device: entered.device_id };
};

// A secret of the owner's that was replaced more than a minute ago, and one of an ended device.
const makePast = async (owner) => {
  const expired = await enter(owner);
  done(await post(server, '/api/session/rotate', {}, as(expired)));
  await server.stop();
  sql(join(server.folder, 'db.sqlite'),
    'UPDATE devices SET previous_until_ms = previous_until_ms - 60000 WHERE previous_until_ms IS NOT NULL');
  await server.start();
  const ended = await enter(owner);
  const path = `/api/session/devices/${ended.device}`;
  done(await ask(server, path, { method: 'DELETE', ...as(owner) }));
  return { expired, ended };
};

const bearer = (name) => () => ({ authorization: `Bearer ${people[name].secret}` });
const cookie = (name, more = {}) => () => ({ cookie: `casys_session=${people[name].secret}`, ...more });
const own = () => ({ origin: server.url });
const foreign = { origin: 'https://elsewhere.example' };

// headers: what is sent. is: whom the server takes it for; null: it is refused with 401.
// simple: what a page could make a browser send, so that nothing may be changed by it: 403, but on CASYS
// routes without any Origin it counts as sent by nobody.
const VISITORS = [
  { why: 'nobody', headers: () => ({}), is: 'nobody' },
  { why: 'a stranger', headers: bearer('stranger'), is: 'stranger' },
  { why: 'a spectator', headers: bearer('spectator'), is: 'spectator' },
  { why: 'a player', headers: bearer('player'), is: 'player' },
  { why: 'the owner', headers: bearer('owner'), is: 'owner' },
  { why: 'who was a member', headers: bearer('revoked'), is: 'revoked' },
  { why: 'an ended device', headers: bearer('ended'), is: null },
  { why: 'a secret that has run out', headers: bearer('expired'), is: null },
  { why: 'a secret that was never made', headers: () => ({ authorization: `Bearer ${'x'.repeat(43)}` }), is: null },
  { why: 'the public id of the owner', headers: () => ({ authorization: `Bearer ${people.owner.id}` }), is: null },
  { why: 'another scheme', headers: () => ({ authorization: `Basic ${people.owner.secret}` }), is: null },
  { why: "the owner's cookie", headers: () => ({ ...cookie('owner')(), ...own() }), is: 'owner' },
  { why: "a player's cookie", headers: () => ({ ...cookie('player')(), ...own() }), is: 'player' },
  { why: 'the cookie of an ended device', headers: () => ({ ...cookie('ended')(), ...own() }), is: 'nobody' },
  { why: 'a cookie that has run out', headers: () => ({ ...cookie('expired')(), ...own() }), is: 'nobody' },
  { why: "the owner's cookie without an Origin", headers: cookie('owner'), is: 'owner', simple: 'bare' },
  { why: "the owner's cookie from another page", headers: cookie('owner', foreign), is: 'owner', simple: 'foreign' },
  { why: "the owner's cookie from nowhere", headers: cookie('owner', { origin: 'null' }), is: 'owner', simple: 'foreign' },
  { why: 'nobody from another page', headers: () => foreign, is: 'nobody', simple: 'foreign' },
  { why: "a stranger's bearer and the owner's cookie", is: 'stranger',
    headers: () => ({ ...bearer('stranger')(), ...cookie('owner')(), ...own() }) },
  { why: "a wrong bearer and the owner's cookie", is: null,
    headers: () => ({ authorization: 'Bearer x', ...cookie('owner')(), ...own() }) },
  { why: "the owner's bearer and a wrong cookie", is: 'owner',
    headers: () => ({ ...bearer('owner')(), cookie: 'casys_session=x' }) },
];

const roleOf = (is) => (ROLES.includes(is) ? is : 'nobody');
const hasSession = (is) => is !== 'nobody';

// ---- a game with people in it ----

const inviteTo = async (game, role, person) => {
  const invited = done(await post(server, gamePath(game, '/invitations'), { role }, as(people.owner)));
  done(await post(server, '/api/invitations/accept', { code: invited.code }, as(person)));
};

const makeStage = async (kind) => {
  const made = kind === 'link'
    ? await post(server, '/api/game/initialize', {}, as(people.owner))
    : await post(server, '/api/games', {}, as(people.owner));
  const id = done(made).game_id;
  for (const role of ['spectator', 'player']) await inviteTo(id, role, people[role]);
  for (const name of ['guest', 'revoked']) await inviteTo(id, 'spectator', people[name]);
  done(await ask(server, gamePath(id, `/members/${people.revoked.id}`), { method: 'DELETE', ...as(people.owner) }));
  done(await post(server, gamePath(id, '/choices'), { choice_id: 'left' }, as(people.owner)));
  return { id, kind };
};

// ---- the table of routes ----
//
// deed: in a game; session: it takes one; open: for everybody; blind: it does not look at who asks.
// ok: the status when it is done. to(stage, visitor): the open parts of the path. json(stage): the
// body. prepare(stage, visitor): before it, when it will be done. changes: not a second time on one stage.

const memberOf = (visitor) => people[visitor.is]?.id ?? UNKNOWN;
const saveAs = async (stage, visitor) => {
  done(await post(server, gamePath(stage.id, '/saves'), { name: 'here', slot: 1 }, as(people[visitor.is])));
};
const inGame = (stage) => ({ game_id: stage.id });
const query = (stage) => `?game_id=${stage.id}`;

const ROUTES = {
  'GET /livez': { blind: true },
  'GET /readyz': { blind: true },
  'GET /metrics': { blind: true },
  'GET /api/limits': { blind: true },
  'GET /api/stories': { blind: true },
  'GET /api/stories/{}': { blind: true, to: () => [story] },
  'GET /api/games': { open: true },
  'POST /api/games': { open: true, ok: 201, json: () => ({}) },
  'POST /api/games/import': {
    open: true, ok: 201, json: (stage) => stage.document,
    prepare: async (stage) => {
      stage.document = done(await ask(server, gamePath(stage.id, '/export'), as(people.owner)));
    },
  },
  'GET /api/games/{}': { deed: 'watch' },
  'DELETE /api/games/{}': { deed: 'delete', ok: 204, changes: true },
  'POST /api/games/{}/choices': { deed: 'choose', json: () => ({ choice_id: 'left' }), changes: true },
  'GET /api/games/{}/history': { deed: 'watch' },
  'GET /api/games/{}/export': { deed: 'end' },
  'POST /api/games/{}/stop': { deed: 'end', json: () => ({}), changes: true },
  'POST /api/games/{}/undo': { deed: 'back', json: () => ({}), changes: true },
  'POST /api/games/{}/load': { deed: 'back', json: () => ({ of: 1 }), changes: true },
  'POST /api/games/{}/fork': { deed: 'fork', ok: 201, json: () => ({}) },
  // It has the newest edition: who may hears that.
  'POST /api/games/{}/migrate': { deed: 'govern', ok: 409, json: () => ({}) },
  'GET /api/games/{}/saves': { deed: 'save' },
  'POST /api/games/{}/saves': { deed: 'save', ok: 201, json: () => ({ name: 'here' }), changes: true },
  'POST /api/games/{}/saves/{}/load': { deed: 'save', to: (stage) => [stage.id, '1'], json: () => ({}),
    prepare: saveAs, changes: true },
  'DELETE /api/games/{}/saves/{}': { deed: 'save', ok: 204, to: (stage) => [stage.id, '1'], prepare: saveAs,
    changes: true },
  'GET /api/games/{}/members': { deed: 'company' },
  'PUT /api/games/{}/members/{}': { deed: 'govern', to: (stage) => [stage.id, people.guest.id],
    json: () => ({ role: 'player' }), changes: true },
  'DELETE /api/games/{}/members/{}': [
    { deed: 'govern', ok: 204, to: (stage) => [stage.id, people.guest.id], changes: true },
    // Oneself. There is another owner.
    { deed: 'company', ok: 204, to: (stage, visitor) => [stage.id, memberOf(visitor)], changes: true,
      prepare: async (stage) => done(await ask(server, gamePath(stage.id, `/members/${people.guest.id}`),
        { method: 'PUT', json: { role: 'owner' }, ...as(people.owner) })) },
  ],
  'POST /api/games/{}/invitations': { deed: 'govern', ok: 201, json: () => ({ role: 'player' }), changes: true },
  'DELETE /api/games/{}/invitations/{}': {
    deed: 'govern', ok: 204, to: (stage) => [stage.id, stage.invitation ?? UNKNOWN], changes: true,
    prepare: async (stage) => {
      const path = gamePath(stage.id, '/invitations');
      stage.invitation = done(await post(server, path, { role: 'player' }, as(people.owner))).invitation_id;
    },
  },
  'POST /api/invitations/accept': {
    open: true, json: (stage) => ({ code: stage.code ?? 'x' }), changes: true,
    prepare: async (stage) => {
      const path = gamePath(stage.id, '/invitations');
      stage.code = done(await post(server, path, { role: 'player' }, as(people.owner))).code;
    },
  },
  'GET /api/session': { session: true },
  'POST /api/session/carry': { session: true, ok: 201, json: () => ({}) },
  'POST /api/session/enter': {
    open: true, json: (stage) => ({ code: stage.carry ?? 'x' }),
    prepare: async (stage) => {
      stage.carry = done(await post(server, '/api/session/carry', {}, as(await begin()))).code;
    },
  },
  'POST /api/session/rotate': {
    session: true, json: () => ({}),
    // The next one comes with the new secret.
    then: (answer, visitor) => {
      const [set] = answer.headers['set-cookie'] ?? [];
      people[visitor.is].secret = answer.json.session_token ?? /^casys_session=([^;]+);/.exec(set)[1];
    },
  },
  'DELETE /api/session/devices/{}': {
    session: true, ok: 204, to: (stage) => [stage.device ?? UNKNOWN],
    prepare: async (stage, visitor) => { stage.device = (await enter(people[visitor.is])).device; },
  },
  'POST /api/game/initialize': { open: true, json: () => ({}) },
  'GET /api/game/state': { deed: 'watch', query },
  'POST /api/game/stop': { deed: 'end', json: inGame, changes: true },
  'POST /api/game/reset': { deed: 'end', json: inGame, changes: true },
  'GET /api/game/feedback': { deed: 'watch', query },
  'POST /api/utils/feedback': [
    { open: true, json: () => ({ feedback: 'Good' }) },
    { deed: 'watch', json: (stage) => ({ feedback: 'Good', game_id: stage.id }) },
  ],
  'GET /api/utils/dice/{}': { blind: true, to: () => ['2d6'] },
  'GET /api/health': { blind: true },
  // A handshake asks nothing yet: see the messages below.
  'GET /ws/game': { blind: true, ok: 400 },
  'GET /api/ws/game': { blind: true, ok: 400 },
};

const readRoutes = async () => {
  const source = await readFile(join(ROOT, 'handlers/routes.c'), 'utf8');
  const found = [...source.matchAll(/^ {4}\{"([A-Z]+)", "([^"]+)",\s*serve_\w+, (true|false)\},$/gm)]
    .map(([, method, pattern, casys]) => ({ method, pattern, casys: casys === 'true' }));
  assert.ok(found.length >= 40, `only ${found.length} routes were understood`);
  return found;
};

// What the visitor is to be answered: [status, code], code undefined for no problem.
const expected = (route, row, visitor, kind) => {
  const yes = [row.ok ?? 200];
  const changing = route.method !== 'GET';
  let { is } = visitor;
  if (changing && visitor.simple === 'foreign') return [403, 'forbidden'];
  if (changing && visitor.simple === 'bare') {
    if (!route.casys) return [403, 'forbidden'];
    is = 'nobody';
  }
  if (row.blind) return yes;
  if (is === null) return [401, 'unauthorized'];
  if (row.open) return yes;
  if (row.session) return hasSession(is) ? yes : [401, 'unauthorized'];
  const verdict = DEEDS[row.deed][kind][ROLES.indexOf(roleOf(is))];
  return { y: yes, f: [403, 'forbidden'], n: [404, 'game_not_found'] }[verdict];
};

const fill = (pattern, parts) => parts.reduce((path, part) => path.replace('{}', part), pattern);

const request = (route, row, visitor, stage) => ask(server,
  fill(route.pattern, row.to?.(stage, visitor) ?? [stage.id]) + (row.query?.(stage) ?? ''),
  { method: route.method, json: row.json?.(stage), headers: visitor.headers() });

before(async () => {
  server = await startServer({
    args: ['--stories', join(ROOT, 'tests/e2e/stories'), '--threads', '2', '--log-level', 'debug',
      '--watchers-max', `${WATCHERS_MAX}`],
  });
  story = (await ask(server, '/api/stories')).json.stories[0].id;
  for (const name of ['stranger', 'spectator', 'player', 'owner', 'revoked', 'guest'])
    people[name] = await begin();
  Object.assign(people, await makePast(people.owner));
});

after(async () => {
  const code = await server.stop();
  const { log } = server;
  await server.remove();
  assert.equal(code, 0, log);
  assert.ok(!/Sanitizer|runtime error|ENSURE/.test(log), log);
});

test('every route has its line in the table, and every line a route', async () => {
  const names = (await readRoutes()).map(({ method, pattern }) => `${method} ${pattern}`);
  assert.deepEqual(Object.keys(ROUTES).sort(), names.sort());
});

test('every route of the table is described for people', async () => {
  const text = await readFile(join(ROOT, 'docs/protocol.md'), 'utf8');
  const dull = ['GET /ws/game', 'GET /api/ws/game', 'GET /api/limits', 'GET /api/health', 'GET /api/utils/dice/{}'];
  for (const name of Object.keys(ROUTES).filter((other) => !dull.includes(other))) {
    const [method, pattern] = name.split(' ');
    const parts = pattern.split('{}').map((part) => part.replace(/[/.]/g, '\\$&'));
    assert.ok(new RegExp(`${method} ${parts.join('\\{[a-z_]+\\}')}`).test(text), name);
  }
});

for (const kind of KINDS) {
  test(`each route answers each visitor of a ${kind} game as the table says`, async () => {
    let cases = 0;
    for (const route of await readRoutes()) {
      const name = `${route.method} ${route.pattern}`;
      let stage = await makeStage(kind);
      for (const row of [ROUTES[name] ?? []].flat()) {
        for (const visitor of VISITORS) {
          const why = `${kind}: ${visitor.why}: ${name}`;
          const [status, code] = expected(route, row, visitor, kind);
          if (code === undefined && row.prepare) await row.prepare(stage, visitor);
          const answer = await request(route, row, visitor, stage);
          assert.equal(answer.status, status, `${why}: ${answer.text}`);
          if (code !== undefined) assertProblem(answer, status, code, { casys: route.casys });
          // With a bearer no cookie is set, whatever came beside it.
          if (visitor.headers().authorization) assert.ok(!answer.headers['set-cookie'], why);
          if (code === undefined) row.then?.(answer, visitor);
          if (code === undefined && row.changes) stage = await makeStage(kind);
          cases += 1;
        }
      }
    }
    assert.ok(cases >= 40 * VISITORS.length, `${cases} cases`);
  });
}

test('a private game of others and one that does not exist are answered with the same bytes', async () => {
  const stage = await makeStage('private');
  const none = { ...stage, id: UNKNOWN };
  const bare = ({ status, text, headers: { date, ...headers } }) => ({ status, text, headers });
  for (const route of await readRoutes()) {
    const rows = [ROUTES[`${route.method} ${route.pattern}`] ?? []].flat().filter(({ deed }) => deed);
    for (const row of rows) {
      for (const visitor of VISITORS) {
        if (expected(route, row, visitor, 'private')[1] !== 'game_not_found') continue;
        const [real, unknown] = [await request(route, row, visitor, stage), await request(route, row, visitor, none)];
        assert.equal(real.status, 404, real.text);
        assert.deepEqual(bare(real), bare(unknown), `${visitor.why}: ${route.method} ${route.pattern}`);
      }
      // Its own members are told no more of a game that does not exist.
      const owner = VISITORS.find(({ is }) => is === 'owner');
      assertProblem(await request(route, row, owner, none), 404, 'game_not_found', { casys: route.casys });
    }
  }
});

test('HEAD and GET change nothing', async () => {
  const owner = VISITORS.find(({ is }) => is === 'owner');
  for (const kind of KINDS) {
    const stage = await makeStage(kind);
    const look = async () => {
      const state = await ask(server, gamePath(stage.id), as(people.owner));
      const history = await ask(server, gamePath(stage.id, '/history'), as(people.owner));
      const members = await ask(server, gamePath(stage.id, '/members'), as(people.owner));
      const session = await ask(server, '/api/session', as(people.owner));
      const games = await ask(server, '/api/games?limit=100', as(people.owner));
      return [state, history, members, session, games].map(({ text }) => text);
    };
    const first = await look();
    for (const route of (await readRoutes()).filter(({ method }) => method === 'GET')) {
      for (const row of [ROUTES[`GET ${route.pattern}`] ?? []].flat()) {
        for (const method of ['GET', 'HEAD'])
          await request({ ...route, method }, row, owner, stage);
      }
    }
    assert.deepEqual(await look(), first);
  }
});

// ---- the socket ----

const GOT = ({ type, code }) => (code ? `${type} ${code}` : type);
const back = (message) => (stage) => ({ ...message, game_id: stage.id, request_id: 'r' });

// refused: the type of an error. got: what comes when it is done.
const MESSAGES = {
  ping: { blind: true, json: () => ({ type: 'ping' }), got: 'pong' },
  get_state: { deed: 'watch', json: (stage) => ({ type: 'get_state', game_id: stage.id }), got: 'state',
    refused: 'message_error' },
  attach: { deed: 'watch', json: (stage) => ({ type: 'attach', game_id: stage.id }), got: 'state',
    refused: 'message_error' },
  choice: { deed: 'choose', json: (stage) => choice(stage.id, 'left', { request_id: 'r' }), got: 'choice_ack',
    refused: 'choice_error', changes: true },
  undo: { deed: 'back', json: back({ type: 'undo' }), got: 'choice_ack', refused: 'choice_error', changes: true },
  load: { deed: 'back', json: back({ type: 'load', of: 1 }), got: 'choice_ack', refused: 'choice_error',
    changes: true },
  save: { deed: 'save', json: back({ type: 'save', name: 'here' }), got: 'saved', refused: 'message_error',
    changes: true },
};

test('every message has its line in the table', async () => {
  const source = await readFile(join(ROOT, 'app/message.c'), 'utf8');
  const names = [...source.matchAll(/\{"([a-z_]+)", MESSAGE_[A-Z_]+\}/g)].map(([, name]) => name);
  assert.deepEqual(Object.keys(MESSAGES).sort(), names.sort());
});

const expectedMessage = (row, visitor, kind) => {
  if (row.blind) return row.got;
  if (visitor.is === null) return `${row.refused} unauthorized`;
  const verdict = DEEDS[row.deed][kind][ROLES.indexOf(roleOf(visitor.is))];
  return { y: row.got, f: `${row.refused} forbidden`, n: `${row.refused} game_not_found` }[verdict];
};

for (const kind of KINDS) {
  test(`each message is answered to each visitor of a ${kind} game as the table says`, async () => {
    // Other schemes and other origins are refused by the handshake.
    const visitors = VISITORS.filter(({ simple, why }) => simple !== 'foreign' && why !== 'another scheme');
    for (const [name, row] of Object.entries(MESSAGES)) {
      let stage = await makeStage(kind);
      for (const visitor of visitors) {
        const want = expectedMessage(row, visitor, kind);
        const client = await connect(server, { headers: visitor.headers() });
        client.send({ ...row.json(stage) });
        const answer = await client.until((message) => !['state', 'presence'].includes(message.type)
          || row.got === 'state');
        assert.equal(GOT(answer), want, `${kind}: ${visitor.why}: ${name}: ${JSON.stringify(answer).slice(0, 300)}`);
        // Whoever may not see the game is shown nothing of it.
        if (/not_found|unauthorized/.test(want)) {
          for (const text of [...client.texts]) assert.ok(!/"state"/.test(text), text);
        }
        await client.close();
        if (want === row.got && row.changes) stage = await makeStage(kind);
      }
    }
  });
}

test('a handshake from another page is refused whatever cookie it has', async () => {
  for (const path of ['/ws/game', '/api/ws/game']) {
    for (const visitor of VISITORS.filter(({ simple }) => simple === 'foreign'))
      await assert.rejects(connect(server, { path, headers: visitor.headers() }), /403/);
  }
});

// ---- who has to go ----

test('whoever is sent away is sent away at once, by each door', async () => {
  for (const kind of KINDS) {
    const stage = await makeStage(kind);
    const { player, owner } = people;
    const open = (path) => connect(server, { path, query: `?game_id=${stage.id}`, session: player.secret });
    const clients = await Promise.all(['/ws/game', '/api/ws/game', '/ws/game'].map(open));
    for (const client of clients) await client.expect('state');
    const other = await connect(server, { query: `?game_id=${(await makeStage(kind)).id}`, session: player.secret });
    const version = (await ask(server, gamePath(stage.id), as(owner))).json.version;
    const wait = (seconds, person) => ask(server, gamePath(stage.id, `?since=${version}&wait=${seconds}`), as(person));
    const polls = Array.from({ length: WATCHERS_MAX - clients.length }, () => wait(50, player));
    // They wait when there is no room for one more.
    while ((await wait(0, owner)).status !== 503);
    await ask(server, gamePath(stage.id), as(owner));
    const path = gamePath(stage.id, `/members/${player.id}`);
    done(await ask(server, path, { method: 'DELETE', ...as(owner) }));
    for (const client of clients) {
      const { code, reason } = await client.closed;
      assert.deepEqual([code, reason], [1008, 'removed']);
    }
    for (const poll of polls) assertProblem(await poll, 404, 'game_not_found');
    // The same session at another game is not disturbed.
    assert.equal((await other.settle()).filter(({ type }) => type !== 'state').length, 0);
    await other.close();
  }
});

test('an ended device is gone at once, and the session\'s other devices stay', async () => {
  const stage = await makeStage('private');
  const phone = await enter(people.owner);
  const watcher = await connect(server, { query: `?game_id=${stage.id}`, session: phone.secret });
  await watcher.expect('state');
  const stays = await connect(server, { query: `?game_id=${stage.id}`, session: people.owner.secret });
  await stays.expect('state');
  done(await ask(server, `/api/session/devices/${phone.device}`, { method: 'DELETE', ...as(people.owner) }));
  assert.deepEqual(await watcher.closed, { code: 1008, reason: 'session_ended' });
  assertProblem(await ask(server, gamePath(stage.id), as(phone)), 401, 'unauthorized');
  assert.deepEqual(await stays.settle(), []);
  await stays.close();
});

test('who is given another role is counted by it', async () => {
  const stage = await makeStage('private');
  const watcher = await connect(server, { session: people.player.secret });
  watcher.send({ type: 'attach', game_id: stage.id, presence: true });
  await watcher.until(({ type, roles }) => type === 'presence' && roles.player === 1);
  done(await ask(server, gamePath(stage.id, `/members/${people.player.id}`),
    { method: 'PUT', json: { role: 'spectator' }, ...as(people.owner) }));
  await watcher.until(({ type, roles }) => type === 'presence' && roles.spectator === 1 && roles.player === 0);
  watcher.send(choice(stage.id, 'left', { request_id: 'r' }));
  assert.equal((await watcher.until(({ type }) => type === 'choice_error')).code, 'forbidden');
  await watcher.close();
});

// ---- secrets ----

test('no secret is seen anywhere but in the one answer that tells it', async () => {
  const stage = await makeStage('private');
  const rest = [];
  const listen = async (promise) => { const answer = await promise; rest.push(answer.text + JSON.stringify(answer.headers)); return answer; };
  const secrets = new Map(Object.entries(people).map(([name, { secret }]) => [name, secret]));
  const invited = done(await post(server, gamePath(stage.id, '/invitations'), { role: 'player', once: false },
    as(people.owner)));
  secrets.set('an invitation', invited.code);
  const guest = done(await post(server, '/api/invitations/accept', { code: invited.code }));
  secrets.set('an accepted session', guest.session_token);
  const carried = done(await post(server, '/api/session/carry', {}, { session: guest.session_token }));
  secrets.set('a carry code', carried.code).set('a carry code, as typed', carried.code.replaceAll('-', ''));
  const entered = done(await post(server, '/api/session/enter', { code: carried.code, label: 'Phone' }));
  secrets.set('an entered device', entered.session_token);
  const rotated = done(await post(server, '/api/session/rotate', {}, { session: entered.session_token }));
  secrets.set('a rotated secret', rotated.session_token);
  const watcher = await connect(server, { query: `?game_id=${stage.id}`, session: rotated.session_token });
  await watcher.expect('state');
  watcher.send(choice(stage.id, 'left', { request_id: 'r' }));
  await watcher.until(({ type }) => type === 'choice_ack');
  const owner = as(people.owner);
  for (const path of ['', '/history', '/members', '/export', '/saves'])
    await listen(ask(server, gamePath(stage.id, path), owner));
  for (const path of ['/api/session', '/api/games', '/metrics', '/api/limits'])
    await listen(ask(server, path, { session: rotated.session_token }));
  // In what is refused, too: used up, wrong in one place, in the wrong place.
  for (const secret of secrets.values()) {
    for (const path of ['/api/invitations/accept', '/api/session/enter'])
      await listen(post(server, path, { code: `${secret}x`, label: secret }));
    await listen(ask(server, gamePath(secret), owner));
    await listen(ask(server, gamePath(stage.id, `/members/${secret}`), { method: 'DELETE', ...owner }));
    await listen(ask(server, `/api/session/devices/${secret}`, { method: 'DELETE', ...owner }));
    await listen(ask(server, `/api/games?after=${secret}`, owner));
    await listen(ask(server, '/api/games', { session: `${secret}x` }));
    watcher.send({ type: 'attach', game_id: secret });
    watcher.send({ type: 'nothing', request_id: 'n', secret });
  }
  await watcher.settle();
  await watcher.close();
  const said = `${rest.join('\n')}\n${watcher.texts.join('\n')}`;
  for (const [name, secret] of secrets) {
    assert.ok(!said.includes(secret), `${name} in an answer`);
    assert.ok(!server.log.includes(secret), `${name} in the log`);
  }
  // Nor in the database, of which there are copies.
  await server.stop();
  const kept = await readFile(join(server.folder, 'db.sqlite'), 'latin1');
  for (const [name, secret] of secrets) assert.ok(!kept.includes(secret), `${name} in the database`);
  await server.start();
});
