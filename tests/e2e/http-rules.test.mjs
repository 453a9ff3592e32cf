// The rules of HTTP that hold for every route: the table of handlers/routes.c is walked, so that a
// new route cannot be forgotten.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import { ask, assertNothingInside, assertProblem } from './support/http.mjs';
import { dial } from './support/raw.mjs';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'SEARCH', 'get'];
const NOBODY = `${'B'.repeat(21)}A`; // an id that could be
const FILE = '/index.html';
// What their answers say changes from one moment to the next.
const VARIES = ['/metrics', '/api/health', '/api/utils/dice/{}'];

let server;
let routes; // {method, pattern, path, casys}
let paths; // path -> its methods

const readRoutes = async () => {
  const source = await readFile(join(ROOT, 'handlers/routes.c'), 'utf8');
  const found = [...source.matchAll(/^ {4}\{"([A-Z]+)", "([^"]+)",\s*serve_\w+, (true|false)\},$/gm)]
    .map(([, method, pattern, casys]) => ({
      method,
      pattern,
      path: pattern.replace('/dice/{}', '/dice/2d6').replaceAll('{}', NOBODY),
      casys: casys === 'true',
    }));
  assert.ok(found.length >= 22, `only ${found.length} routes were understood`);
  return found;
};

before(async () => {
  routes = await readRoutes();
  paths = new Map([[FILE, ['GET']]]);
  for (const { method, path } of routes) paths.set(path, [...(paths.get(path) ?? []), method]);
  server = await startServer({
    args: ['--stories', join(ROOT, 'tests/e2e/stories'), '--threads', '1'],
  });
});

after(async () => {
  const code = await server.stop();
  const { log } = server;
  await server.remove();
  assert.equal(code, 0, log);
  assert.ok(!/Sanitizer|runtime error|ENSURE/.test(log), log);
});

// A handshake has no HEAD.
const allowOf = (path) => [...paths.get(path), 'OPTIONS',
  ...(paths.get(path).includes('GET') && !path.endsWith('/ws/game') ? ['HEAD'] : [])].sort();

const allowIn = (answer) => answer.headers.allow.split(', ').sort();

const isCasys = (path) => routes.some((route) => route.path === path && route.casys);

// Any method, also those that node would not send. One connection each.
const askRaw = async (method, path) => {
  const raw = await dial(server);
  try {
    raw.write(`${method} ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
    const answer = await raw.answer({ body: method !== 'HEAD' });
    await raw.untilOver();
    assert.equal(raw.left, 0, `${method} ${path} sent more than its answer`);
    return {
      ...answer,
      json: answer.headers['content-type']?.endsWith('json') && answer.text ? JSON.parse(answer.text) : undefined,
    };
  } finally {
    raw.destroy();
  }
};

test('every path answers every method', async () => {
  for (const path of paths.keys()) {
    for (const method of METHODS) {
      const why = `${method} ${path}`;
      const answer = await askRaw(method, path);
      assertNothingInside(answer.text);
      if (method === 'OPTIONS') {
        assert.equal(answer.status, 204, why);
        assert.deepEqual(allowIn(answer), allowOf(path), why);
      } else if (allowOf(path).includes(method)) {
        assert.notEqual(answer.status, 405, why);
      } else {
        assert.equal(answer.status, 405, why);
        assert.deepEqual(allowIn(answer), allowOf(path), why);
        if (method !== 'HEAD') assertProblem(answer, 405, 'method_not_allowed', { casys: isCasys(path) });
      }
    }
  }
});

test('HEAD has the headers of GET, and no body', async () => {
  for (const path of paths.keys()) {
    if (!allowOf(path).includes('HEAD')) continue;
    const [head, get] = [await askRaw('HEAD', path), await askRaw('GET', path)];
    const varies = routes.some((route) => route.path === path && VARIES.includes(route.pattern));
    assert.equal(head.text, '');
    for (const answer of [head, get]) {
      assert.ok(answer.headers['content-length'] !== undefined || answer.status === 204, path);
      delete answer.headers.date;
      if (varies) delete answer.headers['content-length'];
    }
    assert.equal(head.status, get.status, path);
    assert.deepEqual(head.headers, get.headers, path);
  }
});

test('paths that are not there are not found, whatever the method', async () => {
  for (const path of ['/nothing', '/api', '/api/nothing', '/api/game', '/livez/x',
    `/api/games/${NOBODY}/nothing`, '/index.html/', '/Index.html']) {
    for (const method of METHODS) {
      const answer = await askRaw(method, path);
      assert.equal(answer.status, 404, `${method} ${path}`);
      if (method !== 'HEAD') assertProblem(answer, 404, 'not_found');
    }
  }
});

test('OPTIONS of the server as a whole is answered', async () => {
  const answer = await askRaw('OPTIONS', '*');
  assert.equal(answer.status, 204);
  assert.deepEqual(allowIn(answer), ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'].filter((method) =>
    method === 'HEAD' || method === 'OPTIONS' || routes.some((route) => route.method === method)));
  assert.equal((await askRaw('GET', '*')).status, 404);
});

test('a body that is not JSON is refused by every route that reads one', async () => {
  for (const { method, path, casys } of routes) {
    if (method !== 'POST') continue;
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=b',
      'text/json', 'application/json-patch+json', 'application/jso', 'json', '', null]) {
      const headers = type === null ? {} : { 'content-type': type };
      const answer = await ask(server, path, { method, body: '{}', headers });
      assertProblem(answer, 415, 'unsupported_media_type', { casys });
    }
    for (const type of ['application/json', 'Application/JSON', 'application/json; charset=utf-8']) {
      const answer = await ask(server, path, { method, body: '{}', headers: { 'content-type': type } });
      assert.notEqual(answer.status, 415, `${path} ${type}`);
    }
  }
});

const BAD_HEADS = [
  ['no Host', 'x: y\r\n'],
  ['two Hosts', 'host: a\r\nhost: b\r\n'],
  ['a Host that cannot be', 'host: a b\r\n'],
  ['two lengths', 'host: a\r\ncontent-length: 2\r\ncontent-length: 3\r\n'],
  ['the same length twice', 'host: a\r\ncontent-length: 2\r\ncontent-length: 2\r\n'],
  ['a list of lengths', 'host: a\r\ncontent-length: 2, 2\r\n'],
  ['a length and a transfer coding', 'host: a\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n'],
  ['a transfer coding and a length', 'host: a\r\ntransfer-encoding: chunked\r\ncontent-length: 2\r\n'],
  ['two transfer codings', 'host: a\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n'],
  ['a folded line', 'host: a\r\nx: y\r\n z\r\n'],
  ['a space behind a name', 'host: a\r\nx : y\r\n'],
  ['a space in a name', 'host: a\r\nx y: z\r\n'],
  ['a bare LF', 'host: a\nx: y\r\n'],
];
const BAD_LINES = [
  ['%00 in the path', (method, path) => `${method} ${path}%00 HTTP/1.1`],
  ['two spaces', (method, path) => `${method}  ${path} HTTP/1.1`],
  ['no version', (method, path) => `${method} ${path}`],
  ['a fragment', (method, path) => `${method} ${path}#top HTTP/1.1`],
  ['a byte above ASCII', (method, path) => `${method} ${path}\xe4 HTTP/1.1`],
  ['a method that is no token', (method, path) => `${method}@ ${path} HTTP/1.1`],
];
const BODY = '0\r\n\r\n'; // an end for either reading of a length
const GOOD = 'GET /livez HTTP/1.1\r\nhost: a\r\n\r\n';

// Between two good requests: the first is answered, the one behind it must never be.
const expectRefused = async (bytes, why) => {
  const raw = await dial(server);
  try {
    raw.write(Buffer.from(GOOD + bytes + BODY + GOOD, 'latin1'));
    assert.equal((await raw.answer()).status, 200, why);
    const answer = await raw.answer();
    assert.equal(answer.status, 400, why);
    assert.equal(answer.headers.connection, 'close', why);
    assertNothingInside(answer.text);
    await raw.untilOver();
    assert.equal(raw.left, 0, why);
  } finally {
    raw.destroy();
  }
};

test('a head that could be read in two ways is refused by every route, and ends the connection', async () => {
  for (const [path, methods] of paths) {
    for (const method of methods) {
      for (const [why, head] of BAD_HEADS)
        await expectRefused(`${method} ${path} HTTP/1.1\r\n${head}\r\n`, `${why}: ${method} ${path}`);
      for (const [why, line] of BAD_LINES)
        await expectRefused(`${line(method, path)}\r\nhost: a\r\n\r\n`, `${why}: ${method} ${path}`);
    }
  }
});

test('what HTTP/1.0 has not is refused there', async () => {
  const old = 'POST /api/games HTTP/1.0\r\nhost: a\r\n';
  await expectRefused(`${old}transfer-encoding: chunked\r\n\r\n`, 'a transfer coding');
  await expectRefused(`${old}host: a\r\n\r\n`, 'two Hosts');
});

test('ranges are not served: any number of them gets the whole file once', async () => {
  const whole = await ask(server, FILE);
  for (const range of ['bytes=0-0', 'bytes=-1', 'bytes=99999999-', 'bytes=5-1', 'lines=1-2', 'bytes=',
    `bytes=${Array.from({ length: 1000 }, (_, i) => `${i}-`).join(',')}`]) {
    for (const headers of [{ range }, { range, 'if-range': whole.headers.etag }]) {
      const answer = await ask(server, FILE, { headers });
      assert.equal(answer.status, 200);
      assert.equal(answer.text, whole.text);
      assert.equal(answer.headers['content-range'], undefined);
    }
  }
});
