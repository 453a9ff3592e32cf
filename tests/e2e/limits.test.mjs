// Every number of GET /api/limits is kept: n is accepted, n + 1 is refused with the documented
// answer. The test walks the list that the server gives and fails for a name without a case here.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as tcpConnect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import { ask, assertProblem, gamePath, newGame, newLinkGame, post } from './support/http.mjs';
import { dial, frame, OPCODE, Raw, upgrade, upgradeRequest } from './support/raw.mjs';
import { choice, connect, watch } from './support/socket.mjs';
import { sql } from './support/sqlite.mjs';

const STORIES = ['--stories', join(ROOT, 'tests/e2e/stories')];
const LIVEZ = 'GET /livez HTTP/1.1\r\nhost: a\r\n\r\n';
const PING = JSON.stringify({ type: 'ping' });

// A rate of 60 a minute has a bucket of 11: ten seconds' worth and one.
const burst = (perMinute) => Math.floor(perMinute / 6) + 1;

const times = async (count, body) => {
  const results = [];
  for (let i = 0; i < count; i += 1) results.push(await body(i));
  return results;
};

const dialFrom = async (server, localAddress) => {
  const socket = tcpConnect({ port: server.port, host: '127.0.0.1', localAddress });
  await once(socket, 'connect');
  return new Raw(socket);
};

const expectServed = async (raw) => {
  raw.write(LIVEZ);
  assert.equal((await raw.answer()).status, 200);
};

// Refused when it came: 503, or an end before that could be read.
const expectRefused = async (raw) => {
  raw.write(LIVEZ);
  const status = await raw.answer().then((answer) => answer.status, () => 503);
  assert.equal(status, 503);
  await raw.untilOver();
};

const expectOpen = async (raw) => {
  raw.write(frame(OPCODE.text, PING));
  assert.equal((await raw.message()).type, 'pong');
};

const expectFull = async (raw) => {
  assert.equal((await raw.message()).type, 'reconnect');
  const { opcode, code, reason } = await raw.frame();
  assert.deepEqual([opcode, code], [OPCODE.close, 1013]);
  assert.match(reason, /^full reconnect_ms=\d+$/);
};

const expectClose = async (raw, code, reason) => {
  const last = await raw.frame();
  assert.deepEqual([last.opcode, last.code, last.reason], [OPCODE.close, code, reason]);
};

const padded = (length) => {
  const text = JSON.stringify({ type: 'ping', x: '' });
  return text.replace('""', `"${'x'.repeat(length - text.length)}"`);
};

const bodyOf = (length) => `{"x":"${'x'.repeat(length - 8)}"}`;
const sendBody = (server, body, path = '/api/games') =>
  ask(server, path, { method: 'POST', body, headers: { 'content-type': 'application/json' } });

// The wait lasted n ms at least; how much longer is the machine's.
const expectAfter = async (n, body) => {
  const began = performance.now();
  await body();
  const lasted = performance.now() - began;
  assert.ok(lasted >= n - 2, `after ${lasted} ms`);
};

const expectLimited = (message, type) => {
  assert.equal(message.type, type);
  assert.equal(message.code, 'rate_limited');
  assert.ok(message.retry_after_ms > 0);
};

const expectTooMany = (answer, options) => {
  const { retry_after_ms: ms } = assertProblem(answer, 429, 'rate_limited', options);
  assert.equal(Number(answer.headers['retry-after']), Math.ceil(ms / 1000));
};

const nested = (depth) => `{"x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

// name: {args: the settings, n: what they make of the limit, check(server, n)}. Without args the
// limit is one that is the same for every server.
const CASES = {
  rates: {
    args: ['--rates', 'off', '--request-rate', '6'],
    check: async (server) => {
      for (const { status } of await times(20, () => ask(server, '/api/health'))) assert.equal(status, 200);
    },
  },
  connections_max: {
    args: ['--connections-max', '3'],
    n: 3,
    check: async (server, n) => {
      const there = await times(n, () => dial(server));
      for (const raw of there) await expectServed(raw);
      await expectRefused(await dial(server));
      for (const raw of there) await expectServed(raw);
      return there;
    },
  },
  sockets_max: {
    args: ['--sockets-max', '3'],
    n: 3,
    check: async (server, n) => {
      const there = await times(n, () => upgrade(server));
      const more = await upgrade(server);
      await expectFull(more);
      for (const raw of there) await expectOpen(raw);
      return [...there, more];
    },
  },
  turned_away_max: {
    args: ['--sockets-max', '1', '--turned-away-max', '2', '--closing-ms', '60000'],
    n: 2,
    check: async (server, n) => {
      const there = [await upgrade(server)];
      for (const raw of await times(n, () => upgrade(server))) {
        there.push(raw);
        await expectFull(raw); // and it is not closed, so that its place stays taken
      }
      const more = await dial(server);
      more.write(upgradeRequest('/ws/game'));
      const answer = await more.answer();
      assert.equal(answer.status, 503);
      assert.ok(Number(answer.headers['retry-after']) >= 1);
      return [...there, more];
    },
  },
  address_connections_max: {
    args: ['--rates', 'on', '--proxy', 'off', '--address-connections-max', '3'],
    n: 3,
    check: async (server, n) => {
      const from = '127.0.0.77';
      const there = await times(n, () => dialFrom(server, from));
      for (const raw of there) await expectServed(raw);
      // A WebSocket goes on with the place that its connection had.
      there[0].write(upgradeRequest('/ws/game'));
      assert.equal((await there[0].answer()).status, 101);
      await expectOpen(there[0]);
      await expectRefused(await dialFrom(server, from));
      await expectOpen(there[0]);
      const other = await dialFrom(server, '127.0.0.78');
      await expectServed(other);
      // What has ended counts no more.
      there[0].destroy();
      await untilServed(server, from);
      return [...there, other];
    },
  },
  session_sockets_max: {
    args: ['--rates', 'on', '--session-sockets-max', '3'],
    n: 3,
    check: async (server, n) => {
      const { session } = await newGame(server);
      const authorization = `Bearer ${session}`;
      const there = await times(n, () => upgrade(server, '/ws/game', { authorization }));
      const more = await upgrade(server, '/ws/game', { authorization });
      await expectFull(more);
      for (const raw of there) await expectOpen(raw);
      const other = await upgrade(server);
      await expectOpen(other);
      return [...there, more, other];
    },
  },
  watchers_max: {
    args: ['--watchers-max', '3'],
    n: 3,
    check: async (server, n) => {
      const game = await newLinkGame(server);
      const there = await times(n, () => watch(server, game));
      const more = await connect(server);
      more.send({ type: 'attach', game_id: game });
      assert.equal((await more.take()).type, 'reconnect');
      const { code, reason } = await more.closed;
      assert.equal(code, 1013);
      assert.match(reason, /^full /);
      assertProblem(await ask(server, gamePath(game, '?since=1&wait=1')), 503, 'internal');
      // To look at it, or to watch another game, is no watching of this one.
      assert.equal((await ask(server, gamePath(game))).status, 200);
      await (await watch(server, await newLinkGame(server))).close();
      there[0].send({ type: 'attach', game_id: await newLinkGame(server) });
      await there[0].until(({ type }) => type === 'state');
      await (await watch(server, game)).close();
      await Promise.all(there.map((client) => client.close()));
    },
  },
  message_bytes: {
    args: ['--message-bytes', '300'],
    n: 300,
    check: async (server, n) => {
      const raw = await upgrade(server);
      raw.write(frame(OPCODE.text, padded(n)));
      assert.equal((await raw.message()).type, 'pong');
      raw.write(frame(OPCODE.text, padded(n + 1)));
      await expectClose(raw, 1009, '');
      assert.equal((await sendBody(server, bodyOf(n))).status, 201);
      assertProblem(await sendBody(server, bodyOf(n + 1)), 413, 'too_large');
      return [raw];
    },
  },
  message_fragments: {
    args: ['--message-fragments', '5'],
    n: 5,
    check: async (server, n) => {
      const raw = await upgrade(server);
      const inPieces = (count) => Buffer.concat([
        frame(OPCODE.text, PING, { fin: false }),
        ...Array.from({ length: count - 2 }, () => frame(OPCODE.continuation, '', { fin: false })),
        frame(OPCODE.continuation, ''),
      ]);
      raw.write(inPieces(n));
      assert.equal((await raw.message()).type, 'pong');
      raw.write(inPieces(n + 1));
      await expectClose(raw, 1009, '');
      return [raw];
    },
  },
  header_bytes: {
    args: ['--header-bytes', '1024'],
    n: 1024,
    check: async (server, n) => {
      const raw = await dial(server);
      const withBytes = (count) =>
        `GET /livez HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(count - '/livez'.length - 1)}\r\n\r\n`;
      raw.write(withBytes(n) + withBytes(n + 1));
      assert.equal((await raw.answer()).status, 200);
      const { status, text } = await raw.answer();
      assert.equal(status, 431);
      assert.equal(JSON.parse(text).code, 'too_large');
      return [raw];
    },
  },
  in_flight_max: {
    args: ['--in-flight-max', '2'],
    n: 2,
    check: async (server) => {
      // Those beyond it wait and are answered, too.
      // Of a game that it does not watch, because newer states of that one replace older ones.
      const game = await newLinkGame(server);
      const player = await watch(server, await newLinkGame(server));
      for (let i = 0; i < 40; i += 1) player.send({ type: 'get_state', game_id: game });
      await times(40, () => player.expect('state'));
      await player.close();
    },
  },
  queued_bytes: {
    args: ['--queued-bytes', '4096'],
    n: 4096,
    check: async (server) => {
      // A reader that does not read is not read either, and gets everything when it goes on.
      const raw = await upgrade(server);
      raw.socket.pause();
      const text = frame(OPCODE.text, JSON.stringify({ type: 'ping', timestamp: 'x'.repeat(60000) }));
      const COUNT = 400;
      for (let i = 0; i < COUNT; i += 1) raw.write(text);
      await times(20, () => ask(server, '/livez'));
      assert.ok(raw.socket.writableLength > 0, 'everything was read');
      raw.socket.resume();
      for (const message of await times(COUNT, () => raw.message())) assert.equal(message.type, 'pong');
      return [raw];
    },
  },
  request_ms: {
    args: ['--request-ms', '1000'],
    n: 1000,
    check: async (server, n) => {
      for (const begun of ['', 'GET /livez HT', 'POST /api/games HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{']) {
        // From before the connection is there: the server's time begins when it comes.
        await expectAfter(n, async () => {
          const raw = await dial(server);
          raw.write(begun);
          await raw.untilOver();
        });
      }
      // What is whole in time is answered, and then the time begins anew.
      const raw = await dial(server);
      await times(3, async () => {
        const began = performance.now();
        raw.write(LIVEZ.slice(0, 20));
        while (performance.now() - began < n / 4) await ask(server, '/livez');
        raw.write(LIVEZ.slice(20));
        assert.equal((await raw.answer()).status, 200);
      });
      return [raw];
    },
  },
  message_ms: {
    args: ['--message-ms', '400'],
    n: 400,
    check: async (server, n) => {
      const raw = await upgrade(server);
      await expectAfter(n, async () => {
        raw.write(frame(OPCODE.text, PING).subarray(0, 9));
        await expectClose(raw, 1008, 'unfinished');
      });
      return [raw];
    },
  },
  ping_ms: {
    args: ['--ping-ms', '300'],
    n: 300,
    check: async (server, n) => {
      const raw = await upgrade(server);
      await expectOpen(raw);
      await expectAfter(n, async () => {
        await expectOpen(raw);
        assert.equal((await raw.frame()).opcode, OPCODE.ping);
      });
      return [raw];
    },
  },
  idle_ms: {
    args: ['--ping-ms', '200', '--idle-ms', '600'],
    n: 600,
    check: async (server, n) => {
      const raw = await upgrade(server);
      await expectAfter(n, async () => {
        await expectOpen(raw);
        assert.equal((await raw.frame()).opcode, OPCODE.ping);
        await expectClose(raw, 1001, 'idle');
      });
      return [raw];
    },
  },
  talk_idle_ms: {
    args: ['--talk-idle-ms', '500'],
    n: 500,
    check: async (server, n) => {
      const raw = await upgrade(server, '/api/ws/game');
      await expectAfter(n, async () => {
        await expectOpen(raw);
        raw.write(frame(OPCODE.pong));
        await expectClose(raw, 1001, 'idle');
      });
      return [raw];
    },
  },
  write_ms: {
    args: ['--write-ms', '500', '--closing-ms', '30000'],
    n: 500,
    check: async (server) => {
      const raw = await upgrade(server);
      raw.socket.pause();
      const text = frame(OPCODE.text, JSON.stringify({ type: 'ping', timestamp: 'x'.repeat(60000) }));
      for (let i = 0; i < 400; i += 1) raw.write(text);
      while (!/^casysd_slow_closed_total 1$/m.test((await ask(server, '/metrics')).text));
      raw.socket.resume();
      let last;
      do last = await raw.frame(); while (last.opcode === OPCODE.text);
      assert.deepEqual([last.opcode, last.code, last.reason], [OPCODE.close, 1013, 'slow']);
      return [raw];
    },
  },
  closing_ms: {
    args: ['--closing-ms', '500', '--message-ms', '100'],
    n: 500,
    check: async (server, n) => {
      const raw = await upgrade(server);
      raw.write(frame(OPCODE.text, PING).subarray(0, 1));
      // It does not answer the Close.
      await expectAfter(n - 100, async () => {
        await expectClose(raw, 1008, 'unfinished');
        await raw.untilOver();
      });
      return [raw];
    },
  },
  strikes_max: {
    args: ['--rates', 'on', '--message-rate', '1', '--strikes-max', '3'],
    n: 3,
    check: async (server, n) => {
      const client = await connect(server);
      for (let i = 0; i < 1 + n + 1; i += 1) client.send(PING);
      await client.expect('pong');
      for (const message of await times(n, () => client.take())) expectLimited(message, 'message_error');
      assert.deepEqual(await client.closed, { code: 1008, reason: 'rate_limited' });
    },
  },
  message_rate: {
    args: ['--rates', 'on', '--message-rate', '60'],
    n: 60,
    check: async (server, n) => {
      const client = await connect(server);
      for (let i = 0; i < burst(n) + 1; i += 1) client.send(PING);
      await times(burst(n), () => client.expect('pong'));
      expectLimited(await client.take(), 'message_error');
      await client.close();
    },
  },
  choice_rate: {
    args: ['--rates', 'on', '--choice-rate', '6', '--strikes-max', '2'],
    n: 6,
    check: async (server, n) => {
      const client = await watch(server, await newLinkGame(server));
      for (let i = 0; i < burst(n); i += 1) client.send(choice(undefined, 'left'));
      await client.until(({ version }) => version === 1 + burst(n));
      for (let i = 0; i < 3; i += 1) client.send(choice(undefined, 'left'));
      expectLimited(await client.take(), 'choice_error');
      expectLimited(await client.take(), 'choice_error');
      // Who goes on is closed, as with messages.
      assert.deepEqual(await client.closed, { code: 1008, reason: 'rate_limited' });
    },
  },
  session_message_rate: {
    args: ['--rates', 'on', '--session-message-rate', '60'],
    n: 60,
    check: async (server, n) => {
      const { session, id } = await newGame(server); // made without a session
      const clients = await times(4, () => connect(server, { session }));
      for (let i = 0; i < burst(n) - 1; i += 1) {
        const client = clients[i % clients.length];
        client.send(PING);
        await client.expect('pong');
      }
      assert.equal((await ask(server, gamePath(id), { session })).status, 200);
      expectTooMany(await ask(server, gamePath(id), { session }));
      clients[3].send(PING);
      expectLimited(await clients[3].take(), 'message_error');
      assert.equal((await ask(server, '/api/games')).status, 200, 'that is nobody');
      await Promise.all(clients.map((client) => client.close()));
    },
  },
  session_choice_rate: {
    args: ['--rates', 'on', '--session-choice-rate', '6'],
    n: 6,
    check: async (server, n) => {
      const { session, id } = await newGame(server);
      const client = await watch(server, id, { session });
      client.send(choice(id, 'left'));
      await client.until(({ version }) => version === 2);
      for (let i = 0; i < burst(n) - 1; i += 1)
        assert.equal((await post(server, gamePath(id, '/choices'), { choice_id: 'left' }, { session })).status, 200);
      expectTooMany(await post(server, gamePath(id, '/choices'), { choice_id: 'left' }, { session }));
      client.send(choice(id, 'left'));
      expectLimited(await client.until(({ type }) => type !== 'state'), 'choice_error');
      assert.equal((await ask(server, gamePath(id), { session })).headers.etag, `"${1 + burst(n)}"`);
      await client.close();
    },
  },
  connect_rate: {
    args: ['--rates', 'on', '--proxy', 'off', '--connect-rate', '6'],
    n: 6,
    check: async (server, n) => {
      const there = await times(burst(n), () => dialFrom(server, '127.0.0.77'));
      for (const raw of there) await expectServed(raw);
      await expectRefused(await dialFrom(server, '127.0.0.77'));
      const other = await dialFrom(server, '127.0.0.78');
      await expectServed(other);
      return [...there, other];
    },
  },
  request_rate: {
    args: ['--rates', 'on', '--request-rate', '6'],
    n: 6,
    check: async (server, n) => {
      // One connection each, so that both io threads see some.
      await times(burst(n), async () => assert.equal((await ask(server, '/api/stories')).status, 200));
      await times(10, async () => expectTooMany(await ask(server, '/api/stories')));
      expectTooMany(await ask(server, '/api/health'), { casys: true });
      const elsewhere = { headers: { 'x-forwarded-for': '203.0.113.7' } };
      assert.equal((await ask(server, '/api/stories', elsewhere)).status, 200);
    },
  },
  create_rate: {
    args: ['--rates', 'on', '--create-rate', '6'],
    n: 6,
    check: async (server, n) => {
      await times(burst(n), async () => assert.equal((await post(server, '/api/games', {})).status, 201));
      await times(10, async () => expectTooMany(await post(server, '/api/games', {})));
      expectTooMany(await post(server, '/api/game/initialize', {}), { casys: true });
    },
  },
  ...Object.fromEntries([['return_min_ms', 1], ['return_max_ms', 1], ['return_rate', 1000]].map(([name, n]) => [name, {
    args: ['--sockets-max', '1', '--return-min-ms', '1', '--return-max-ms', '1', '--return-rate', '1000'],
    n,
    check: async (server) => {
      const first = await upgrade(server);
      const second = await upgrade(server);
      assert.equal((await second.message()).reconnect_ms, 1);
      return [first, second];
    },
  }])),
  presence_ms: {
    args: ['--presence-ms', '600'],
    n: 600,
    check: async (server, n) => {
      const game = await newLinkGame(server);
      const listener = await connect(server);
      listener.send({ type: 'attach', game_id: game, presence: true });
      const told = async (watchers) =>
        listener.until((message) => message.type === 'presence' && message.watchers === watchers);
      await told(1);
      const first = await watch(server, game);
      await told(2);
      await expectAfter(n, async () => {
        const second = await watch(server, game);
        await told(3);
        await second.close();
      });
      await Promise.all([first.close(), listener.close()]);
    },
  },
  json_depth: {
    check: async (server, n) => {
      assert.equal((await sendBody(server, nested(n))).status, 201);
      assertProblem(await sendBody(server, nested(n + 1)), 400, 'invalid_json');
    },
  },
  json_values: {
    check: async (server, n) => {
      const values = (count) => JSON.stringify({ x: Array.from({ length: count - 2 }, () => 0) });
      assert.equal((await sendBody(server, values(n))).status, 201);
      assertProblem(await sendBody(server, values(n + 1)), 413, 'too_large');
    },
  },
  id_bytes: {
    check: async (server, n) => {
      assertProblem(await post(server, '/api/games', { story_id: 'x'.repeat(n) }), 404, 'not_found');
      assertProblem(await post(server, '/api/games', { story_id: 'x'.repeat(n + 1) }), 400, 'invalid_message');
    },
  },
  request_id_characters: {
    check: async (server, n) => {
      const { id, session } = await newGame(server);
      const play = (requestId) =>
        post(server, gamePath(id, '/choices'), { choice_id: 'left', request_id: requestId }, { session });
      assert.equal((await play('\u{1F3B2}'.repeat(n))).status, 200);
      assertProblem(await play('\u{1F3B2}'.repeat(n + 1)), 400, 'invalid_message');
    },
  },
  ...Object.fromEntries(['choice_id', 'choice_text'].map((member) => [`${member}_bytes`, {
    check: async (server, n) => {
      const { id, session } = await newGame(server);
      const play = (length) =>
        post(server, gamePath(id, '/choices'), { [member]: 'x'.repeat(length) }, { session });
      assertProblem(await play(n), 422, 'unknown_choice');
      assertProblem(await play(n + 1), 400, 'invalid_message');
    },
  }])),
  members_max: {
    args: ['--members-max', '3'],
    n: 3,
    check: async (server, n) => {
      const game = await newGame(server);
      const invited = await post(server, gamePath(game.id, '/invitations'),
        { role: 'spectator', once: false }, game);
      const accept = () => post(server, '/api/invitations/accept', { code: invited.json.code });
      const joined = await times(n - 1, accept);
      for (const answer of joined) assert.equal(answer.status, 200, answer.text);
      assertProblem(await accept(), 409, 'members_full');
      // Somebody goes, and there is room again.
      const { members } = (await ask(server, gamePath(game.id, '/members'), game)).json;
      const gone = members.find(({ you }) => !you).session_id;
      assert.equal((await ask(server, gamePath(game.id, `/members/${gone}`), { method: 'DELETE', ...game })).status, 204);
      assert.equal((await accept()).status, 200);
      assertProblem(await accept(), 409, 'members_full');
    },
  },
  invitations_max: {
    args: ['--invitations-max', '2'],
    n: 2,
    check: async (server, n) => {
      const game = await newGame(server);
      const invite = () => post(server, gamePath(game.id, '/invitations'), { role: 'player' }, game);
      const made = await times(n, invite);
      for (const answer of made) assert.equal(answer.status, 201, answer.text);
      assertProblem(await invite(), 409, 'invitations_full');
      const path = gamePath(game.id, `/invitations/${made[0].json.invitation_id}`);
      assert.equal((await ask(server, path, { method: 'DELETE', ...game })).status, 204);
      assert.equal((await invite()).status, 201);
      assertProblem(await invite(), 409, 'invitations_full');
    },
  },
  devices_max: {
    args: ['--devices-max', '3'],
    n: 3,
    check: async (server, n) => {
      const { session } = await newGame(server);
      const carry = () => post(server, '/api/session/carry', {}, { session });
      const enter = (code) => post(server, '/api/session/enter', { code });
      let code;
      for (let i = 1; i < n; i += 1) {
        ({ code } = (await carry()).json);
        assert.equal((await enter(code)).status, 200);
      }
      assertProblem(await carry(), 409, 'devices_full');
      assertProblem(await enter(code), 404, 'code_not_found');
      const devices = (await ask(server, '/api/session', { session })).json.devices.filter(({ current }) => !current);
      assert.equal(devices.length, n - 1);
      await ask(server, `/api/session/devices/${devices[0].device_id}`, { method: 'DELETE', session });
      assert.equal((await carry()).status, 201);
    },
  },
  carry_minutes: {
    args: ['--carry-minutes', '2'],
    n: 2,
    check: async (server, n) => {
      const { session } = await newGame(server);
      const carry = async () => (await post(server, '/api/session/carry', {}, { session })).json;
      const enter = (code) => post(server, '/api/session/enter', { code });
      const began = Date.now();
      const { code, expires } = await carry();
      const lasts = Date.parse(expires) - began;
      assert.ok(lasts >= n * 60_000 && Date.parse(expires) <= Date.now() + n * 60_000, expires);
      assert.equal((await enter(code)).status, 200);
      // A code whose time is over, by the database's clock.
      const late = await carry();
      await server.stop();
      sql(join(server.folder, 'db.sqlite'), `UPDATE carries SET expires_ms = expires_ms - ${n * 60_000}`);
      await server.start();
      assertProblem(await enter(late.code), 404, 'code_not_found');
    },
  },
  rotate_days: {
    args: ['--rotate-days', '2'],
    n: 2,
    check: async (server, n) => {
      const { session } = await newGame(server);
      const isDue = async (secret) => (await ask(server, '/api/session', { session: secret })).json.rotate;
      assert.equal(await isDue(session), false);
      const age = async (ms) => {
        await server.stop();
        sql(join(server.folder, 'db.sqlite'), `UPDATE devices SET rotated_ms = rotated_ms - ${ms}`);
        await server.start();
      };
      await age(n * 86_400_000 - 600_000);
      assert.equal(await isDue(session), false);
      await age(600_000);
      assert.equal(await isDue(session), true);
      const rotated = await post(server, '/api/session/rotate', {}, { session });
      assert.equal(await isDue(rotated.json.session_token), false);
    },
  },
  label_characters: {
    check: async (server, n) => {
      const { session } = await newGame(server);
      const { code } = (await post(server, '/api/session/carry', {}, { session })).json;
      const enter = (label) => post(server, '/api/session/enter', { code, label });
      assertProblem(await enter('\u00e4'.repeat(n + 1)), 400, 'invalid_message');
      assertProblem(await enter('two\nlines'), 400, 'invalid_message');
      const entered = await enter('\u00e4'.repeat(n));
      assert.equal(entered.status, 200, entered.text);
      const { devices } = (await ask(server, '/api/session', { session })).json;
      assert.equal(devices.find(({ current }) => !current).label, '\u00e4'.repeat(n));
    },
  },
  name_characters: {
    check: async (server, n) => {
      assert.equal((await post(server, '/api/games', { name: '\u00e4'.repeat(n) })).status, 201);
      assertProblem(await post(server, '/api/games', { name: '\u00e4'.repeat(n + 1) }), 400, 'invalid_message');
    },
  },
  saves_max: {
    args: ['--saves-max', '3'],
    n: 3,
    check: async (server, n) => {
      const { id, session } = await newGame(server);
      const save = (body) => post(server, gamePath(id, '/saves'), { name: 'x', ...body }, { session });
      const slots = (await times(n, () => save())).map(({ json }) => json.slot);
      assert.deepEqual(slots, [1, 2, 3]);
      assertProblem(await save(), 409, 'saves_full');
      assert.equal((await save({ slot: n })).status, 201);
      assertProblem(await save({ slot: n + 1 }), 400, 'invalid_message');
    },
  },
  past_versions: {
    check: async (server, n) => {
      const { id, session } = await newGame(server, { story: 'carousel' });
      const client = await watch(server, id, { session });
      for (let version = 1; version < n; version += 1) {
        client.send(choice(id, version % 2 ? 'left' : 'right'));
      }
      await client.until(({ version }) => version === n);
      const fork = (body) => post(server, gamePath(id, '/fork'), body, { session });
      const forked = await fork({});
      assert.equal(forked.status, 201, forked.text);
      assert.equal(forked.json.state.version, n + 1);
      client.send(choice(id, 'left'));
      await client.until(({ version }) => version === n + 1);
      assertProblem(await fork({}), 413, 'too_large');
      assert.equal((await fork({ version: n })).json.state.version, n + 1);
      const document = await ask(server, gamePath(id, '/export'), { session });
      assertProblem(await post(server, '/api/games/import', document.json, { session }), 413, 'too_large');
      await client.close();
    },
  },
  feedback_bytes: {
    check: async (server, n) => {
      const say = (length) => post(server, '/api/utils/feedback', { feedback: 'x'.repeat(length) });
      assert.equal((await say(n)).status, 200);
      assertProblem(await say(n + 1), 400, 'invalid_message', { casys: true });
    },
  },
  page_rows: {
    check: async (server, n) => {
      assert.equal((await ask(server, `/api/games?limit=${n}`)).status, 200);
      assertProblem(await ask(server, `/api/games?limit=${n + 1}`), 400, 'invalid_message');
    },
  },
  wait_s: {
    check: async (server, n) => {
      const { id, session } = await newGame(server);
      assert.equal((await ask(server, gamePath(id, `?since=9&wait=${n}`), { session })).status, 200);
      assertProblem(await ask(server, gamePath(id, `?since=1&wait=${n + 1}`), { session }), 400, 'invalid_message');
    },
  },
};

const untilServed = async (server, from) => {
  const guard = Date.now() + 30_000;
  for (;;) {
    assert.ok(Date.now() < guard, 'its place stays taken');
    const raw = await dialFrom(server, from);
    raw.write(LIVEZ);
    const status = await raw.answer().then((answer) => answer.status, () => 503);
    raw.destroy();
    if (status === 200) return;
  }
};

test('behind a proxy each client has its own connections, and the proxy as many as it needs', async () => {
  const server = await startServer({
    args: [...STORIES, '--threads', '2', '--rates', 'on', '--address-connections-max', '2', '--connect-rate', '6'],
  });
  try {
    const from = (address) => upgrade(server, '/ws/game', { 'x-forwarded-for': address });
    const there = [];
    for (const address of ['203.0.113.1', '203.0.113.2', '2001:db8:0:1::1', '203.0.113.1', '2001:db8:0:1::2']) {
      there.push(await from(address));
      await expectOpen(there.at(-1));
    }
    for (const address of ['203.0.113.1', '2001:db8:0:1::3']) {
      there.push(await from(address));
      await expectFull(there.at(-1));
    }
    there.push(await from('203.0.113.2'));
    await expectOpen(there.at(-1));
    // The machine itself.
    for (let i = 0; i < 4; i += 1) {
      there.push(await upgrade(server));
      await expectOpen(there.at(-1));
    }
    for (const raw of there) raw.destroy();
    assert.equal(await server.stop(), 0, server.log);
  } finally {
    await server.remove();
  }
});

// In a file of their own, because they take long: export-limits.test.mjs.
const ELSEWHERE = ['exports_max', 'export_bytes'];

const readLimits = async (server) => (await ask(server, '/api/limits')).json;

test('every limit has a case, and every case a limit', async () => {
  const server = await startServer({ args: STORIES });
  try {
    assert.deepEqual([...Object.keys(CASES), ...ELSEWHERE].sort(), Object.keys(await readLimits(server)).sort());
  } finally {
    await server.remove();
  }
});

for (const [name, { args = [], n, check }] of Object.entries(CASES)) {
  test(`${name} is kept`, async () => {
    const server = await startServer({ args: [...STORIES, '--threads', '2', ...args] });
    try {
      // Where rates are on, this is asked from another address.
      const limits = (await ask(server, '/api/limits', { headers: { 'x-forwarded-for': '203.0.113.99' } })).json;
      if (n !== undefined) assert.equal(limits[name], n);
      const there = await check(server, limits[name]);
      for (const raw of there ?? []) raw.destroy();
      assert.equal(await server.stop(), 0, server.log);
      assert.ok(!/Sanitizer|runtime error|ENSURE/.test(server.log), server.log);
    } finally {
      await server.remove();
    }
  });
}
