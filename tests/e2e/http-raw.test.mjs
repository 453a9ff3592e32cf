// HTTP as bytes: several requests on one connection, bodies in every form, answers that come later,
// clients that go in between, and what is no HTTP. What the next request on the same connection gets
// shows that the one before was read to its end and no further. What each route makes of each method
// is in http-rules.test.mjs.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import { ask, assertNothingInside, newLinkGame, post } from './support/http.mjs';
import { dial, frame, OPCODE, upgradeRequest } from './support/raw.mjs';

const STORIES = ['--stories', join(ROOT, 'tests/e2e/stories')];
const JSON_TYPE = 'content-type: application/json\r\n';
const ENTITY_BYTES = 8 * 1024 * 1024; // above it libh2o itself answers
const HEADER_BYTES = 417_792; // the same, for everything before the body
const MESSAGE_BYTES = 64 * 1024;

let server;
let game;

before(async () => {
  // With one io thread, what was sent later is read later.
  server = await startServer({ args: [...STORIES, '--threads', '1'] });
  game = await newLinkGame(server);
});

after(async () => {
  const code = await server.stop();
  const { log } = server;
  await server.remove();
  assert.equal(code, 0, log);
  assert.ok(!/Sanitizer|runtime error|ENSURE/.test(log), log);
});

const request = (method, path, headers = '', body = '') =>
  `${method} ${path} HTTP/1.1\r\nhost: localhost\r\n${headers}\r\n${body}`;

const NEXT = request('GET', '/livez');

const withRaw = async (body, target = server) => {
  const raw = await dial(target);
  try {
    return await body(raw);
  } finally {
    raw.destroy();
  }
};

const expectNext = async (raw) => {
  const { status, text } = await raw.answer();
  assert.equal(status, 200);
  assert.equal(text, '{"status":"ok"}');
};

// Send it with a further request behind it; both are answered, in order.
const askThenNext = (bytes, options) => withRaw(async (raw) => {
  raw.write(bytes + NEXT);
  const answer = await raw.answer(options);
  await expectNext(raw);
  return answer;
});

// Send it; the answer is the last one of its connection.
const askLast = (bytes) => withRaw(async (raw) => {
  raw.write(bytes);
  const answer = await raw.answer();
  assertNothingInside(answer.text);
  await raw.untilOver();
  return answer;
});

test('requests in a row are answered in order, also those that wait for the sequencer', () =>
  withRaw(async (raw) => {
    raw.write([
      request('GET', `/api/games/${game}`, 'if-none-match: "1"\r\n'),
      request('HEAD', `/api/games/${game}`),
      request('GET', `/api/games/${game}?since=1&wait=0`),
      request('GET', `/api/games/${game}`),
      request('POST', '/api/games', `${JSON_TYPE}content-length: 2\r\n`, '{}'),
      NEXT,
    ].join(''));
    assert.equal((await raw.answer()).status, 304);
    const head = await raw.answer({ body: false });
    assert.equal(head.status, 200);
    assert.equal((await raw.answer()).status, 204);
    const state = await raw.answer();
    assert.equal(state.status, 200);
    assert.equal(head.headers['content-length'], String(Buffer.byteLength(state.text)));
    assert.equal((await raw.answer()).status, 201);
    await expectNext(raw);
  }));

test('a request cut at every byte is the same request', async () => {
  const bytes = request('POST', '/api/games', `${JSON_TYPE}content-length: 2\r\n`, '{}') + NEXT;
  for (let cut = 1; cut < bytes.length; cut += 1) {
    await withRaw(async (raw) => {
      raw.write(bytes.slice(0, cut));
      // Another connection's answer shows that the first piece was read.
      if (cut % 8 === 0) await ask(server, '/livez');
      raw.write(bytes.slice(cut));
      assert.equal((await raw.answer()).status, 201);
      await expectNext(raw);
    });
  }
});

test('HEAD of a problem that is found out later has its headers and no body', async () => {
  const nobody = 'A'.repeat(22);
  const { status, headers } = await askThenNext(request('HEAD', `/api/games/${nobody}`), { body: false });
  assert.equal(status, 404);
  const get = await askThenNext(request('GET', `/api/games/${nobody}`));
  assert.equal(headers['content-length'], get.headers['content-length']);
});

test('a request that is refused is read with its body, and the connection goes on', async () => {
  const length = 'content-length: 5\r\n';
  const chunked = 'transfer-encoding: chunked\r\n';
  for (const [method, path, status] of [
    ['POST', '/api/nothing', 404], ['POST', '/livez', 405], ['PUT', '/api/games', 405],
    ['DELETE', `/api/games/${game}/choices`, 405], ['POST', '/api/games', 415],
  ]) {
    assert.equal((await askThenNext(request(method, path, length, 'hello'))).status, status);
    assert.equal((await askThenNext(request(method, path, chunked, '5\r\nhello\r\n0\r\n\r\n'))).status,
      status);
  }
  assert.equal((await askThenNext(request('GET', '/livez', length, 'hello'))).status, 200);
});

test('a body in pieces is the body', async () => {
  const chunked = `${JSON_TYPE}transfer-encoding: chunked\r\n`;
  for (const body of ['2\r\n{}\r\n0\r\n\r\n', '1\r\n{\r\n1;ext=1\r\n}\r\n0\r\nx: trailer\r\n\r\n', '0\r\n\r\n']) {
    assert.equal((await askThenNext(request('POST', '/api/games', chunked, body))).status, 201);
  }
  const { status } = await askThenNext(request('POST', '/api/games', chunked, '1\r\n{\r\n0\r\n\r\n'));
  assert.equal(status, 400);
});

test('bodies whose length cannot be told end the connection', async () => {
  for (const bytes of [
    request('POST', '/api/games', `${JSON_TYPE}transfer-encoding: chunked\r\n`, 'zz\r\n{}\r\n0\r\n\r\n'),
    request('POST', '/api/games', `${JSON_TYPE}content-length: -1\r\n`),
    request('POST', '/api/games', `${JSON_TYPE}content-length: 1x\r\n`, '{}'),
  ]) assert.equal((await askLast(bytes)).status, 400);
});

test('who waits for 100 gets it, or the refusal', async () => {
  const expect = `${JSON_TYPE}expect: 100-continue\r\n`;
  await withRaw(async (raw) => {
    raw.write(request('POST', '/api/games', `${expect}content-length: 2\r\n`));
    assert.equal((await raw.answer()).status, 100);
    raw.write(`{}${NEXT}`);
    assert.equal((await raw.answer()).status, 201);
    await expectNext(raw);
  });
  const long = `${expect}content-length: ${ENTITY_BYTES + 1}\r\n`;
  assert.equal((await askLast(request('POST', '/api/games', long))).status, 413);
  const other = `${JSON_TYPE}expect: a-miracle\r\ncontent-length: 2\r\n`;
  const answer = await askLast(request('POST', '/api/games', other, '{}'));
  assert.equal(answer.status, 417);
  assert.equal(JSON.parse(answer.text).code, 'invalid_request');
});

test('a body that is too large is refused, one that is far too large is not read', async () => {
  const post1 = (size) => request('POST', '/api/games', `${JSON_TYPE}content-length: ${size}\r\n`,
    ' '.repeat(size - 2) + '{}');
  const chunks = (count) => request('POST', '/api/games', `${JSON_TYPE}transfer-encoding: chunked\r\n`,
    `${`1000\r\n${' '.repeat(4096)}\r\n`.repeat(count)}0\r\n\r\n`);
  assert.equal((await askThenNext(post1(MESSAGE_BYTES))).status, 201);
  const refused = await askThenNext(post1(MESSAGE_BYTES + 1));
  assert.equal(refused.status, 413);
  assert.equal(JSON.parse(refused.text).code, 'too_large');
  assert.equal((await askThenNext(chunks(17))).status, 413);
  // No more is sent than is read before the answer: a reset for the rest could overtake it.
  const far = `${JSON_TYPE}content-length: ${ENTITY_BYTES + 1}\r\n`;
  for (const bytes of [request('POST', '/api/games', far), chunks(ENTITY_BYTES / 4096).slice(0, -5)]) {
    const answer = await askLast(bytes);
    assert.equal(answer.status, 413);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    const problem = JSON.parse(answer.text);
    assert.equal(problem.code, 'too_large');
    assert.ok(!('message' in problem));
  }
  const casys = JSON.parse((await askLast(request('POST', '/api/game/stop', far))).text);
  assert.equal(casys.message, casys.detail);
  const head = await withRaw(async (raw) => {
    raw.write(request('HEAD', '/livez', far));
    const answer = await raw.answer({ body: false });
    await raw.untilOver();
    return answer;
  });
  assert.equal(head.status, 413);
});

test('a long target or many header bytes get 431, far too many 400', async () => {
  assert.equal((await askThenNext(request('GET', `/${'a'.repeat(15000)}`))).status, 404);
  for (const bytes of [
    request('GET', `/${'a'.repeat(17000)}`),
    request('GET', `/livez?${'a'.repeat(17000)}`),
    request('GET', '/livez', `x: ${'y'.repeat(17000)}\r\n`),
    request('GET', '/livez', `${'x'.repeat(17000)}: y\r\n`),
  ]) assert.equal((await askThenNext(bytes)).status, 431);
  assert.equal((await askLast(request('GET', `/${'a'.repeat(HEADER_BYTES)}`))).status, 400);
});

test('100 headers are read, 101 are refused', async () => {
  const headers = (count) => Array.from({ length: count }, (_, i) => `x-${i}: y\r\n`).join('');
  assert.equal((await askThenNext(request('GET', '/livez', headers(99)))).status, 200);
  assert.equal((await askLast(request('GET', '/livez', headers(100)))).status, 400);
  // The handshake counts them too.
  await withRaw(async (raw) => {
    raw.write(upgradeRequest('/ws/game').replace('\r\n\r\n', `\r\n${headers(95)}\r\n`));
    assert.equal((await raw.answer()).status, 101);
  });
});

test('a path is what it names, whatever is hidden in it', async () => {
  for (const [path, status] of [
    ['/../../etc/passwd', 404], ['/%2e%2e/%2e%2e/etc/passwd', 404],
    ['/..%2f..%2fetc%2fpasswd', 404], ['/js/../../../etc/passwd', 404], ['/%', 404], ['/%zz', 404],
    ['//livez', 404], ['/livez/../livez', 200], ['/%6civez', 200], ['/./livez?a=%00', 200],
    [`/api/games/${game}?since=%00&wait=1`, 400], [`/api/games/${game}?since=1%000`, 400],
    ['*', 404], ['http://localhost/livez', 200], ['HTTP://elsewhere.example:81?', 200],
    ['http://localhost/nothing', 404], ['http://u@localhost/livez', 404], ['ftp://localhost/livez', 404],
  ]) {
    const answer = await askThenNext(request('GET', path));
    assert.equal(answer.status, status, path);
    assertNothingInside(answer.text);
  }
  for (const path of ['/index.html%00.js', '/%00', '/livez%00', `/api/games/${game}%00`, '/api/games/%00']) {
    const answer = await askLast(request('GET', path));
    assert.equal(answer.status, 400, path);
    assert.equal(JSON.parse(answer.text).code, 'invalid_request');
  }
});

test('what is no HTTP/1.1 ends the connection and nothing else', async () => {
  for (const bytes of [
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'GET /livez\r\n\r\n',
    'GET /livez HTTP/9.9\r\n\r\n', ' \r\n\r\n', `GET /livez HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n`,
    'GET /livez HTTP/1.1\r\nhost : a\r\n\r\n', 'GET /li vez HTTP/1.1\r\nhost: a\r\n\r\n',
  ]) assert.equal((await askLast(bytes)).status, 400, JSON.stringify(bytes));
  const h2c = 'connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n';
  assert.equal((await askLast(request('GET', '/livez', h2c))).status, 200);
  assert.equal((await askLast('GET /livez HTTP/1.0\r\n\r\n')).status, 200);
});

test('a handshake that is refused goes no further', async () => {
  await withRaw(async (raw) => {
    raw.write(upgradeRequest('/ws/game', { 'sec-websocket-version': '12' }) + NEXT);
    assert.equal((await raw.answer()).status, 426);
  });
  await withRaw(async (raw) => {
    raw.write(NEXT + upgradeRequest('/ws/game') + frame(OPCODE.ping, 'p').toString('latin1'));
    await expectNext(raw);
    assert.equal((await raw.answer()).status, 101);
  });
});

test('clients that go while their request is on its way leave nothing behind', async () => {
  const gone = [];
  for (let i = 0; i < 60; i += 1) {
    const raw = await dial(server);
    raw.write([
      request('GET', `/api/games/${game}?since=1&wait=1`),
      request('POST', '/api/games', `${JSON_TYPE}content-length: 2\r\n`, '{}'),
      request('GET', `/api/games/${game}/history`),
      request('POST', '/api/games', `${JSON_TYPE}content-length: 9\r\n`, '{'),
      upgradeRequest(`/ws/game?game_id=${game}`),
    ][i % 5] + (i % 2 ? NEXT : ''));
    if (i % 3 === 0) await ask(server, '/livez'); // it was read by now
    if (raw.over) continue; // node cannot reset what has ended
    if (i % 2) {
      raw.socket.resetAndDestroy();
    } else {
      gone.push(new Promise((resolve) => { raw.socket.once('close', resolve); }));
      raw.socket.end();
    }
  }
  // Whoever waits for an update of the game is answered, there or not.
  const { status } = await post(server, '/api/game/stop', { game_id: game });
  assert.equal(status, 200);
  await Promise.all(gone);
  let metrics;
  const guard = Date.now() + 20_000;
  do {
    assert.ok(Date.now() < guard, metrics);
    metrics = (await ask(server, '/metrics')).text;
  } while (!/^casysd_connections 1$/m.test(metrics) || !/^casysd_websockets 0$/m.test(metrics));
});

test('one connection more than the limit is closed at once, and the next one is served', async () => {
  const small = await startServer({ args: [...STORIES, '--threads', '1', '--connections-max', '2'] });
  try {
    const [first, second] = [await dial(small), await dial(small)];
    for (const raw of [first, second]) {
      raw.write(NEXT);
      await expectNext(raw);
    }
    const third = await dial(small);
    await third.untilOver();
    // A WebSocket is counted by its own limit.
    second.write(upgradeRequest('/ws/game'));
    assert.equal((await second.answer()).status, 101);
    second.write(frame(OPCODE.ping));
    assert.equal((await second.frame()).opcode, OPCODE.pong);
    await withRaw(async (raw) => {
      raw.write(request('GET', '/metrics'));
      assert.match((await raw.answer()).text, /^casysd_connections_refused_total 1$/m);
    }, small);
    for (const raw of [first, second, third]) raw.destroy();
    assert.equal(await small.stop(), 0);
  } finally {
    await small.remove();
  }
});

test('behind a proxy on this machine each client has its own rate', async () => {
  const strict = await startServer({
    args: [...STORIES, '--threads', '2', '--rates', 'on', '--request-rate', '6'],
  });
  const from = async (...lines) => {
    const headers = lines.map((line) => `x-forwarded-for: ${line}\r\n`).join('');
    return withRaw(async (raw) => {
      raw.write(request('GET', '/api/health', headers));
      return (await raw.answer()).status;
    }, strict);
  };
  try {
    // Two at once (a rate of 6 per minute), whatever the client claims in front of the proxy's word.
    assert.equal(await from('203.0.113.1'), 200);
    assert.equal(await from('198.51.100.7, 203.0.113.1'), 200);
    assert.equal(await from('198.51.100.8', '203.0.113.1'), 429);
    assert.equal(await from('198.51.100.9, nobody', '198.51.100.9,203.0.113.1'), 429);
    assert.equal(await from('203.0.113.1, 203.0.113.2'), 200);
    assert.equal(await from('203.0.113.1', '203.0.113.2'), 200);
    assert.equal(await from('203.0.113.2'), 429);
    assert.equal(await strict.stop(), 0);
  } finally {
    await strict.remove();
  }
});
