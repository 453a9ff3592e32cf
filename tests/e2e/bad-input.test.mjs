// Everything that can be wrong with what a client sends, through both doors: one clear answer, no
// change, nothing of the inside; and over a socket the connection stays open.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startServer } from '../support/server.mjs';
import {
  ask, assertNothingInside, assertProblem, gamePath, newGame, newLinkGame, post, readGame,
} from './support/http.mjs';
import { dial, frame, OPCODE, upgrade } from './support/raw.mjs';

let server;

before(async () => {
  server = await startServer({ args: ['--threads', '2'] });
});

after(() => server?.remove());

const bytes = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));
const nested = (depth) => '['.repeat(depth) + ']'.repeat(depth);

// An object of exactly so many bytes.
const padded = (length, members = '') => {
  const [head, tail] = [`{${members}"pad":"`, '"}'];
  return head + 'x'.repeat(length - Buffer.byteLength(head) - tail.length) + tail;
};

// ---- what is wrong with any JSON text: [why, text, status, code] ----

const NOT_JSON = [
  ['a word', 'hello'],
  ['an open object', '{'],
  ['an open string', '{"a":"'],
  ['an open escape', '{"a":"\\u12"}'],
  ['an unknown escape', '{"a":"\\x41"}'],
  ['a raw line break in a string', '{"a":"\n"}'],
  ['a trailing comma', '{"a":1,}'],
  ['a missing comma', '{"a":1 "b":2}'],
  ['a missing value', '{"a":}'],
  ['a key without quotes', '{a:1}'],
  ['single quotes', "{'a':1}"],
  ['a comment', '{"a":1/**/}'],
  ['text after the end', '{} {}'],
  ['NaN', '{"a":NaN}'],
  ['Infinity', '{"a":-Infinity}'],
  ['a leading zero', '{"a":01}'],
  ['a plus sign', '{"a":+1}'],
  ['a lone point', '{"a":1.}'],
  ['a hexadecimal number', '{"a":0x10}'],
  ['an empty exponent', '{"a":1e}'],
  ['a byte order mark', bytes([0xef, 0xbb, 0xbf], '{}')],
  ['a NUL byte', bytes('{"a":1}', [0])],
  ['a NUL byte in a string', bytes('{"a":"', [0], '"}')],
  ['the same member twice', '{"a":1,"a":2}'],
  ['the same member twice, once escaped', '{"a":1,"\\u0061":2}'],
  ['an unpaired high surrogate', '{"a":"\\ud800"}'],
  ['an unpaired low surrogate', '{"a":"\\udc00"}'],
  ['a high surrogate before a letter', '{"a":"\\ud800x"}'],
  ['two high surrogates', '{"a":"\\ud800\\ud800"}'],
  ['33 arrays in each other', `{"a":${nested(32)}}`],
  ['10000 arrays in each other', `{"a":${nested(10000)}}`],
  ['10000 open arrays', `{"a":${'['.repeat(10000)}`],
];

const NOT_UTF8 = [
  ['a lone byte', bytes('{"a":"', [0xff], '"}')],
  ['a cut character', bytes('{"a":"', [0xe2, 0x82], '"}')],
  ['an overlong form', bytes('{"a":"', [0xc0, 0xaf], '"}')],
  ['a surrogate as bytes', bytes('{"a":"', [0xed, 0xa0, 0x80], '"}')],
  ['beyond Unicode', bytes('{"a":"', [0xf4, 0x90, 0x80, 0x80], '"}')],
  ['in a key', bytes('{"', [0xfe], '":1}')],
];

const NO_OBJECT = ['[]', '[{}]', '"text"', '7', '-0.0', 'true', 'null'];

// What must be accepted: the limits themselves, and fields that nobody asked for.
const FINE = [
  ['32 levels', `{"a":${nested(31)}}`],
  ['65536 bytes', padded(65536)],
  ['unknown members', '{"unknown":{"b":[1,2.5e-3,true,null]},"":"","\\u0000":0}'],
  ['huge numbers where none is asked for', '{"a":1e999999,"b":123456789012345678901234567890}'],
  ['white space', ' \t\r\n{ \n } \n'],
  ['a pair of surrogates', '{"a":"\\ud83d\\ude00"}'],
];

// ---- REST ----

const send = (path, body, session) => ask(server, path,
  { method: 'POST', body, session, headers: { 'content-type': 'application/json' } });

// Every route that reads a body, with what it answers when the body is fine but says nothing.
const bodyRoutes = (game) => [
  ['/api/games', false],
  [gamePath(game.id, '/choices'), false],
  [gamePath(game.id, '/stop'), false],
  ['/api/game/initialize', true],
  ['/api/game/stop', true],
  ['/api/game/reset', true],
  ['/api/utils/feedback', true],
];

test('REST: a body that is no JSON object is refused by every route', async () => {
  const game = await newGame(server);
  for (const [path, casys] of bodyRoutes(game)) {
    for (const [why, body] of [...NOT_JSON, ...NOT_UTF8]) {
      const answer = await send(path, body, game.session);
      assert.equal(answer.status, 400, `${path}: ${why}: ${answer.text}`);
      assertProblem(answer, 400, 'invalid_json', { casys });
    }
    for (const body of NO_OBJECT) {
      assertProblem(await send(path, body, game.session), 400, 'invalid_message', { casys });
    }
  }
  assert.equal((await readGame(server, game.id, game.session)).json.version, 1);
});

test('REST: n bytes are read, n + 1 are refused', async () => {
  const game = await newGame(server);
  for (const [path, casys] of bodyRoutes(game)) {
    for (const length of [65537, 100_000, 8_388_608]) {
      const answer = await send(path, padded(length), game.session);
      assertProblem(answer, 413, 'too_large', { casys });
    }
    // A body that is announced larger still is not waited for.
    const raw = await dial(server);
    raw.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 8388609\r\n\r\n`);
    assert.equal((await raw.answer()).status, 413);
    raw.destroy();
  }
  assert.equal((await readGame(server, game.id, game.session)).json.version, 1);
  const choice = '"choice_id":"bess",';
  assert.equal((await send(gamePath(game.id, '/choices'), padded(65536, choice), game.session)).status, 200);
});

test('REST: more values than the limit are refused', async () => {
  const values = (count) => `{"a":[${Array(count - 2).fill('0').join(',')}]}`;
  assert.equal((await send('/api/games', values(4096))).status, 201);
  assertProblem(await send('/api/games', values(4097)), 413, 'too_large');
});

test('REST: what is strange but right is accepted', async () => {
  for (const [why, body] of FINE) {
    const answer = await send('/api/games', body);
    assert.equal(answer.status, 201, `${why}: ${answer.text}`);
  }
});

const OTHER_TYPES = ['7', '-1.5', 'true', '[]', '{}', '["x"]'];
const wrong = (name, values) => values.map((value) => [name, value]);

const CREATE_FIELDS = [
  ...wrong('name', OTHER_TYPES),
  ...wrong('name', [`"${'x'.repeat(51)}"`, `"${'é'.repeat(51)}"`, `"${'😀'.repeat(51)}"`, '"a\\u0000b"', '"\\n"',
    '"\\u007f"']),
  ...wrong('story_id', OTHER_TYPES),
];

test('REST: a field of a new game that is wrong is refused', async () => {
  for (const [name, value] of CREATE_FIELDS) {
    const answer = await send('/api/games', `{"${name}":${value}}`);
    assert.equal(answer.status, 400, `${name} ${value}: ${answer.text}`);
    assertProblem(answer, 400, 'invalid_message');
    assert.ok(!answer.headers['set-cookie'], 'no session for nothing');
  }
  for (const story of ['no-such-story', '', ' ', 'x'.repeat(64), '\u0000', '../stories', "' OR 1=1 --"]) {
    if (story === '') continue; // the first story
    assertProblem(await post(server, '/api/games', { story_id: story }), 404, 'not_found');
  }
  for (const name of ['x'.repeat(50), 'é'.repeat(50), '😀'.repeat(50), '<b>&"\'\\', 'Zoë O’Neill']) {
    const answer = await post(server, '/api/games', { name });
    assert.equal(answer.status, 201, `${name}: ${answer.text}`);
    assert.equal(answer.json.state.character.name, name);
  }
});

const VERSIONS = ['0', '-1', '1.0', '1.5', '1e0', '1e999', '9223372036854775808', '99999999999999999999999', '"1"',
  'true', '[]', '{}'];

// Members of a choice, each wrong by itself.
const CHOICE_FIELDS = [
  ...wrong('choice_id', ['-1', '1.5', '1e2', '1000000', '99999999999999999999', 'true', '[]', '{}',
    `"${'x'.repeat(65)}"`]),
  ...wrong('choice_text', [...OTHER_TYPES, `"${'x'.repeat(1025)}"`]),
  ...wrong('metadata', ['7', 'true', '"x"', '[]']),
];

const REQUEST_IDS = [...OTHER_TYPES, `"${'x'.repeat(65)}"`, '"\\u0000"', '"a\\nb"', '"\\u007f"'];

test('REST: a field of a choice that is wrong is refused', async () => {
  const game = await newGame(server);
  const path = gamePath(game.id, '/choices');
  const fields = [
    ...CHOICE_FIELDS,
    ...wrong('version', VERSIONS),
    ...wrong('request_id', REQUEST_IDS),
  ];
  for (const [name, value] of fields) {
    const other = name === 'choice_id' ? '' : '"choice_id":"bess",';
    const answer = await send(path, `{${other}"${name}":${value}}`, game.session);
    assert.equal(answer.status, 400, `${name} ${value}: ${answer.text}`);
    assertProblem(answer, 400, 'invalid_message');
  }
  for (const body of ['{}', '{"choice_id":null}', '{"choice_id":"","choice_text":""}', '{"metadata":{}}']) {
    assertProblem(await send(path, body, game.session), 400, 'invalid_message');
  }
  for (const text of ['\\u0000', 'x'.repeat(64), '99', '999999', '<script>', '../../etc/passwd', "'; DROP TABLE games"]) {
    assertProblem(await send(path, `{"choice_id":"${text}"}`, game.session), 422, 'unknown_choice');
  }
  assertProblem(await send(path, `{"choice_text":"${'x'.repeat(1024)}"}`, game.session), 422, 'unknown_choice');
  assert.equal((await readGame(server, game.id, game.session)).json.version, 1);
});

test('REST: headers that are wrong are refused', async () => {
  const game = await newGame(server);
  const play = (headers) => post(server, gamePath(game.id, '/choices'), { choice_id: 'bess' },
    { session: game.session, headers });
  const paths = [gamePath(game.id, '/choices'), gamePath(game.id, '/stop')];
  const ask3 = (tag) => Promise.all([
    ...paths.map((path) => post(server, path, { choice_id: 'bess' }, { session: game.session, headers: { 'if-match': tag } })),
    ask(server, gamePath(game.id), { session: game.session, headers: { 'if-match': tag } }),
  ]);
  // What is no list of tags, or names two versions.
  for (const tag of ['', '1', '"', '"1', "'1'", 'w/"1"', '"1" "1"', '*, "1"', ',', '"1", "2"', ['"1"', '"1"']]) {
    for (const answer of await ask3(tag)) assertProblem(answer, 400, 'invalid_message');
  }
  // Tags that no version has, and those of another one: with the current state.
  for (const tag of ['""', '"0"', '"01"', '"-1"', '"1.0"', 'W/"1"', '"9223372036854775808"', '"x"', '"*"', '"2"',
    '"x", W/"1"', '"99999999999999999999999999"']) {
    for (const answer of await ask3(tag)) {
      assert.equal(assertProblem(answer, 412, 'stale_version').state.version, 1);
    }
  }
  for (const key of ['', 'x'.repeat(65), 'a\tb']) {
    assertProblem(await play({ 'idempotency-key': key }), 400, 'invalid_message');
  }
  assert.equal((await readGame(server, game.id, game.session)).json.version, 1);
});

test('REST: requests that are too large or no HTTP are refused, and the next one is served', async () => {
  const head = (name, length) => `GET /livez HTTP/1.1\r\nHost: x\r\n${name}: ${'x'.repeat(length)}\r\n\r\n`;
  const requests = [
    ['a long header', head('X-Long', 20_000), [431]],
    ['a long path', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, [431, 414]],
    ['a thousand headers', `GET /livez HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(1000)}\r\n`, [400, 431]],
    ['no HTTP at all', '\u0016\u0003\u0001\u0002\r\n\r\n', [400]],
    ['a body length that is no number', 'POST /api/games HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n', [400]],
    ['a negative body length', 'POST /api/games HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', [400]],
    ['an unknown transfer coding', 'POST /api/games HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n',
      [400, 501]],
  ];
  for (const [why, text, statuses] of requests) {
    const raw = await dial(server);
    raw.write(text);
    // A connection may also be ended without an answer, when there is no request to answer.
    const answer = await raw.answer().catch(() => null);
    if (answer) {
      assert.ok(statuses.includes(answer.status), `${why}: ${answer.status}`);
      assertNothingInside(answer.text);
    }
    raw.destroy();
    assert.equal((await ask(server, '/livez')).status, 200, why);
  }
});

// ---- WebSocket ----

// Every text has one answer, so the next one read belongs to it.
const exchange = async (raw, text) => {
  raw.write(frame(OPCODE.text, text));
  return raw.message();
};

const assertQuiet = async (raw) => {
  raw.write(frame(OPCODE.text, '{"type":"ping","timestamp":"quiet"}'));
  assert.deepEqual(await raw.message(), { type: 'pong', timestamp: 'quiet' });
};

const PATHS = ['/ws/game', '/api/ws/game'];

const assertError = (message, type, code, why) => {
  const text = JSON.stringify(message);
  assert.equal(message.type, type, `${why}: ${text}`);
  assert.equal(message.status, 'error', why);
  assert.equal(message.code, code, `${why}: ${text}`);
  assert.ok(message.error.length > 0);
  assertNothingInside(message.error);
};

for (const path of PATHS) {
  test(`${path}: a text that is no JSON object is an error, and the connection stays`, async () => {
    const id = await newLinkGame(server);
    const raw = await upgrade(server, `${path}?game_id=${id}`);
    assert.equal((await raw.message()).type, 'state');
    for (const [why, text] of NOT_JSON) {
      assertError(await exchange(raw, text), 'message_error', 'invalid_json', why);
    }
    for (const text of NO_OBJECT) {
      assertError(await exchange(raw, text), 'message_error', 'invalid_message', text);
    }
    for (const [why, text] of FINE) {
      // None of these has a type.
      assertError(await exchange(raw, text), 'message_error', 'invalid_message', why);
    }
    const values = `{"type":"ping","a":[${Array(5000).fill('0').join(',')}]}`;
    assertError(await exchange(raw, values), 'message_error', 'too_large', 'too many values');
    await assertQuiet(raw);
    raw.destroy();
    assert.equal((await readGame(server, id)).json.version, 1);
  });

  test(`${path}: a type that is wrong is an error, and the connection stays`, async () => {
    const raw = await upgrade(server, path);
    for (const type of ['7', 'null', 'true', '[]', '{}', '""']) {
      assertError(await exchange(raw, `{"type":${type}}`), 'message_error', 'invalid_message', type);
    }
    for (const type of ['Ping', 'PING', 'ping ', 'pong', 'state', 'choices', 'x'.repeat(60000), '\\u0000', 'ping\\u0000']) {
      assertError(await exchange(raw, `{"type":"${type}"}`), 'message_error', 'unknown_type', type.slice(0, 20));
    }
    await assertQuiet(raw);
    raw.destroy();
  });

  test(`${path}: a field of attach and get_state that is wrong is an error`, async () => {
    const id = await newLinkGame(server);
    const raw = await upgrade(server, path);
    for (const type of ['attach', 'get_state']) {
      for (const value of [...OTHER_TYPES, `"${'x'.repeat(65)}"`]) {
        assertError(await exchange(raw, `{"type":"${type}","game_id":${value}}`), 'message_error',
          'invalid_message', `${type} ${value}`);
      }
      for (const value of ['x', 'A'.repeat(64), '\\u0000', `${id}\\u0000`, ` ${id}`, "' OR 1=1 --"]) {
        assertError(await exchange(raw, `{"type":"${type}","game_id":"${value}"}`), 'message_error',
          'game_not_found', `${type} ${value}`);
      }
    }
    for (const version of VERSIONS.filter((one) => one !== '0')) { // 0: has nothing yet
      assertError(await exchange(raw, `{"type":"attach","game_id":"${id}","version":${version}}`),
        'message_error', 'invalid_message', version);
    }
    await assertQuiet(raw);
    raw.destroy();
  });

  test(`${path}: a field of a choice that is wrong is an error and no choice`, async () => {
    const id = await newLinkGame(server);
    const raw = await upgrade(server, `${path}?game_id=${id}`);
    assert.equal((await raw.message()).type, 'state');
    const refused = async (text, code, why = text) => {
      const message = await exchange(raw, text);
      assertError(message, 'choice_error', code, why);
      return message;
    };
    for (const value of ['7', 'null', 'true', '[]', '"bess"']) {
      await refused(`{"type":"choice","choice":${value}}`, 'invalid_message');
    }
    await refused('{"type":"choice"}', 'invalid_message');
    await refused('{"type":"choice","choice_id":"bess"}', 'invalid_message');
    for (const [name, value] of [...CHOICE_FIELDS, ...wrong('game_id', [...OTHER_TYPES, `"${'x'.repeat(65)}"`])]) {
      const other = name === 'choice_id' ? '' : '"choice_id":"bess",';
      await refused(`{"type":"choice","choice":{${other}"${name}":${value}},"request_id":"r"}`, 'invalid_message');
    }
    for (const body of ['{}', '{"choice_id":""}', '{"choice_id":null,"choice_text":null}', '{"metadata":{}}']) {
      await refused(`{"type":"choice","choice":${body}}`, 'invalid_message');
    }
    for (const version of VERSIONS) {
      await refused(`{"type":"choice","choice":{"choice_id":"bess"},"version":${version}}`, 'invalid_message');
    }
    for (const request of REQUEST_IDS) {
      const message = await refused(`{"type":"choice","choice":{"choice_id":"bess"},"request_id":${request}}`,
        'invalid_message');
      assert.equal(message.request_id, null);
    }
    for (const choice of ['no-such', '\\u0000', 'bess\\u0000', ' bess', '99', '999999']) {
      const message = await refused(
        `{"type":"choice","choice":{"choice_id":"${choice}"},"request_id":"r"}`, 'unknown_choice');
      assert.deepEqual([message.request_id, message.version, message.state.version], ['r', 1, 1]);
    }
    await assertQuiet(raw);
    raw.destroy();
    assert.equal((await readGame(server, id)).json.version, 1);
  });

  test(`${path}: the longest values are accepted`, async () => {
    const id = await newLinkGame(server);
    const raw = await upgrade(server, `${path}?game_id=${id}`);
    await raw.message();
    for (const request of ['x'.repeat(64), 'é'.repeat(64), '~ !"#'.replaceAll('"', '\\"')]) {
      const message = await exchange(raw,
        `{"type":"choice","choice":{"choice_text":"${'x'.repeat(1024)}"},"request_id":"${request}"}`);
      assertError(message, 'choice_error', 'unknown_choice', request);
      assert.equal(message.request_id, JSON.parse(`"${request}"`));
    }
    // The largest message, and a deep one, are read to the end.
    for (const [why, text] of [['deep', `{"type":"ping","timestamp":${nested(31)}}`],
      ['large', padded(65536, '"type":"ping",')]]) {
      assert.equal((await exchange(raw, text)).type, 'pong', why);
    }
    raw.destroy();
  });
}
