// Requests with nothing added: the headers are the ones that the test wrote, each request has a
// connection of its own, and the answer's body is kept as the bytes that came.

import assert from 'node:assert/strict';
import { request } from 'node:http';

const GUARD_MS = 30_000;

// options: method, headers, body (text or Buffer), json (a value to send), session (a bearer), agent
// (to keep connections). Gives {status, headers, text, json}.
export const ask = (server, path, options = {}) => new Promise((resolve, reject) => {
  const { method = 'GET', json, session, agent = false } = options;
  const body = json === undefined ? options.body : JSON.stringify(json);
  const headers = { ...options.headers };
  if (json !== undefined && !headers['content-type']) headers['content-type'] = 'application/json';
  if (session) headers.authorization = `Bearer ${session}`;
  if (body !== undefined) headers['content-length'] = Buffer.byteLength(body);
  const req = request(`${server.url}${path}`, { method, headers, agent }, (response) => {
    const chunks = [];
    response.on('data', (chunk) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const type = response.headers['content-type'] ?? '';
      const isJson = /^application\/(problem\+)?json$/.test(type) && text.length > 0;
      resolve({
        status: response.statusCode,
        headers: response.headers,
        text,
        json: isJson ? JSON.parse(text) : undefined,
      });
    });
  });
  req.setTimeout(GUARD_MS, () => req.destroy(new Error(`no answer to ${method} ${path}`)));
  req.on('error', reject);
  req.end(body);
});

export const post = (server, path, json, options = {}) =>
  ask(server, path, { method: 'POST', json, ...options });

// A private game: {id, session, state}.
export const newGame = async (server, { session, story } = {}) => {
  const answer = await post(server, '/api/games', story ? { story_id: story } : {}, { session });
  assert.equal(answer.status, 201, answer.text);
  return {
    id: answer.json.game_id,
    session: session ?? answer.json.session_token,
    state: answer.json.state,
  };
};

// A game that whoever knows its id may play. The CASYS route begins the first story.
export const newLinkGame = async (server) => {
  const answer = await post(server, '/api/game/initialize', {});
  assert.equal(answer.status, 200, answer.text);
  return answer.json.game_id;
};

export const gamePath = (id, rest = '') => `/api/games/${id}${rest}`;

export const readGame = async (server, id, session) => {
  const answer = await ask(server, gamePath(id), { session });
  assert.equal(answer.status, 200, answer.text);
  return answer;
};

// Every event of the journal, page by page.
export const readHistory = async (server, id, session) => {
  const events = [];
  let after = 0;
  do {
    const answer = await ask(server, gamePath(id, `/history?after=${after}&limit=100`), { session });
    assert.equal(answer.status, 200, answer.text);
    events.push(...answer.json.events);
    after = answer.json.next;
  } while (after !== null);
  return events;
};

// The form that every failure of REST has. Gives its body.
export const assertProblem = (answer, status, code, { casys = false } = {}) => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers['content-type'], 'application/problem+json');
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  const problem = answer.json;
  assert.equal(problem.type, 'about:blank');
  assert.equal(problem.status, status);
  assert.equal(problem.code, code);
  assert.equal(typeof problem.title, 'string');
  assert.ok(problem.detail.length > 0);
  if (casys) {
    assert.equal(problem.success, false);
    assert.equal(problem.message, problem.detail);
  } else {
    assert.ok(!('message' in problem));
  }
  assertNothingInside(answer.text);
  return problem;
};

// What must never be seen from outside: files, queries, addresses, names of our own statuses.
const INSIDE = /\.(?:c|h|sqlite|db)\b|\/(?:tmp|home|work|usr)\/|SELECT |INSERT |sqlite|yajl|h2o|ERR_|0x[0-9a-f]{6,}|errno|stack/i;

export const assertNothingInside = (text) => {
  assert.ok(!INSIDE.test(text), `something of the inside: ${text.slice(0, 500)}`);
};
