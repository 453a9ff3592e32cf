// Runs conformance cases against ws_echo_server over real sockets. Every case is a connection for
// each way of feeding it: whole, byte by byte, in two at the middle and at a place by chance. A
// piece is sent when the server has surely read the one before.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

import { BINARY } from '../support/server.mjs';
import { request } from './cases.mjs';
import { close, fromClient, fromServer, OPCODE, ping, pong } from './wire.mjs';

export const ECHO_BINARY = process.env.CASYS_ECHO_BIN ?? join(dirname(BINARY), 'ws_echo_server');
const READY = /^ws_echo_server ready on 127\.0\.0\.1:(\d+)$/;
const GUARD_MS = 30_000;
const PARALLEL = 96;

// Of a long stream only the edges go byte by byte, where the headers are.
const FIRST_BYTES = 400;
const LAST_BYTES = 100;
const MIDDLE_PIECES = 7;

// The address of a running server, and how to end it: stop() gives its exit code and what it said on
// standard error.
export const startEcho = async () => {
  const child = spawn(ECHO_BINARY, [], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { said += text; });
  child.on('error', (error) => { said += error.message; });
  let port = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    port = Number(READY.exec(line)?.[1] ?? 0);
    if (port) break;
  }
  assert.ok(port, `${ECHO_BINARY} did not become ready: ${said.slice(0, 1000)}`);
  child.stdout.resume();
  return {
    port,
    terminate: () => child.kill('SIGTERM'),
    async ended() {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      return { code: child.exitCode, signal: child.signalCode, said };
    },
    async stop() {
      child.kill('SIGTERM');
      return this.ended();
    },
  };
};

// ---- one connection ----

// Everything that comes, until the server ends its side.
export class Wire {
  #chunks = [];

  #length = 0;

  #wake = () => {};

  #failure = null;

  constructor(socket) {
    this.socket = socket;
    this.over = false;
    socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      this.#wake();
    });
    socket.on('end', () => {
      this.over = true;
      this.#wake();
    });
    socket.on('error', (error) => {
      this.#failure = error;
      this.#wake();
    });
  }

  static async dial(port) {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const wire = new Wire(socket);
    await once(socket, 'connect');
    return wire;
  }

  get received() {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  // Resolves when the system has taken the bytes.
  async write(bytes) {
    await new Promise((resolve, reject) => {
      this.socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  async #until(done, what) {
    const guard = setTimeout(() => {
      this.#failure = new Error(`no ${what} came`);
      this.#wake();
    }, GUARD_MS);
    try {
      while (!done()) {
        if (this.#failure) throw this.#failure;
        await new Promise((resolve) => { this.#wake = resolve; });
      }
    } finally {
      clearTimeout(guard);
    }
  }

  untilBytes(length) {
    return this.#until(() => this.#length >= length || this.over, `${length} bytes`);
  }

  // The head of the answer to a handshake, or of a refusal.
  async head() {
    await this.#until(() => this.over || this.received.includes('\r\n\r\n'), 'answer');
    const end = this.received.indexOf('\r\n\r\n') + 4;
    assert.ok(end >= 4, 'the connection ended without an answer');
    const [first, ...lines] = this.received.subarray(0, end - 4).toString('latin1').split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }));
    return { status: Number(first.split(' ')[1]), headers, length: end };
  }

  // The server ends its side first, by an orderly FIN and no reset; then we end ours.
  async untilOver() {
    await this.#until(() => this.over, 'end');
    if (!this.socket.closed) {
      const closed = once(this.socket, 'close');
      this.socket.end();
      const [failed] = await closed;
      assert.ok(!failed, 'the connection was reset');
    }
  }

  destroy() {
    this.socket.destroy();
  }
}

const accept = (key) =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

const USUAL_REQUEST = request();
const USUAL_ACCEPT = accept('dGhlIHNhbXBsZSBub25jZQ==');

const assertUpgraded = ({ status, headers }) => {
  assert.equal(status, 101);
  assert.equal(headers.upgrade, 'websocket');
  assert.equal(headers.connection?.toLowerCase(), 'upgrade');
  assert.equal(headers['sec-websocket-accept'], USUAL_ACCEPT);
  assert.equal(headers['sec-websocket-extensions'], undefined);
  assert.equal(headers['sec-websocket-protocol'], undefined);
};

export const open = async (port) => {
  const wire = await Wire.dial(port);
  try {
    await wire.write(USUAL_REQUEST);
    const head = await wire.head();
    assertUpgraded(head);
    return { wire, length: head.length };
  } catch (error) {
    wire.destroy();
    throw error;
  }
};

// A round trip on a connection of its own. The server is one thread: when the pong is here, it has
// read what the other connections had sent before the ping. All that wait share the next ping.
export const openBarrier = async (port) => {
  const { wire, length } = await open(port);
  const question = fromClient([ping('')]);
  const answer = fromServer([pong('')]).length;
  let seen = length;
  let next = null;
  let running = Promise.resolve();
  const turn = async () => {
    next = null;
    await wire.write(question);
    seen += answer;
    await wire.untilBytes(seen);
  };
  return {
    pass() {
      next ??= (running = running.then(turn));
      return next;
    },
    end: () => wire.destroy(),
  };
};

// ---- feeding ----

const cutAt = (stream, places) => {
  const edges = [0, ...places, stream.length];
  return edges.slice(1).map((end, i) => stream.subarray(edges[i], end)).filter((piece) => piece.length > 0);
};

const everyByte = (stream) => {
  const places = [];
  const last = Math.max(FIRST_BYTES, stream.length - LAST_BYTES);
  for (let at = 1; at < Math.min(stream.length, FIRST_BYTES); at += 1) places.push(at);
  for (let i = 0; last > FIRST_BYTES && i < MIDDLE_PIECES; i += 1) {
    places.push(FIRST_BYTES + Math.floor(((last - FIRST_BYTES) * i) / MIDDLE_PIECES));
  }
  for (let at = last; at < stream.length; at += 1) places.push(at);
  return cutAt(stream, places);
};

const feeds = (stream, random) => ({
  whole: [stream],
  'byte by byte': everyByte(stream),
  'in two': cutAt(stream, [stream.length >> 1]),
  'in two by chance': cutAt(stream, [1 + Math.floor(random() * (stream.length - 1))]),
});

// A generator that gives the same numbers for the same seed.
export const randomOf = (seed) => {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
};

const isClose = (one) => one !== undefined && one.opcode === OPCODE.close;

// What is sent and answered to the end of the connection.
const toTheEnd = (send, answers) => {
  if (isClose(answers.at(-1))) return [fromClient(send), fromServer(answers)];
  return [fromClient([...send, close(1000)]), fromServer([...answers, close(1000)])];
};

const sameBytes = (have, want) => {
  if (have.equals(want)) return;
  let at = 0;
  while (at < have.length && have[at] === want[at]) at += 1;
  const show = (bytes) => `${bytes.length} bytes, from ${at}: ${bytes.subarray(at, at + 40).toString('hex')}`;
  assert.fail(`got ${show(have)}\n  wanted ${show(want)}`);
};

// A server that has failed the connection still takes what comes, so every piece is sent.
const feed = async (wire, barrier, pieces) => {
  for (const piece of pieces) {
    await wire.write(piece);
    if (pieces.length > 1) await barrier.pass();
  }
};

const runFrames = async (port, barrier, pieces, want) => {
  const { wire, length } = await open(port);
  try {
    await feed(wire, barrier, pieces);
    await wire.untilOver();
    sameBytes(wire.received.subarray(length), want);
  } finally {
    wire.destroy();
  }
};

const REFUSAL_HEADERS = {
  400: {},
  405: { allow: 'GET' },
  426: { 'sec-websocket-version': '13', upgrade: 'websocket' },
};

const runHandshake = async (port, barrier, pieces, status, want) => {
  const wire = await Wire.dial(port);
  try {
    await feed(wire, barrier, pieces);
    const head = await wire.head();
    if (status === 101) {
      assertUpgraded(head);
      await wire.untilOver();
      sameBytes(wire.received.subarray(head.length), want);
      return;
    }
    assert.equal(head.status, status);
    for (const [name, value] of Object.entries(REFUSAL_HEADERS[status])) {
      assert.equal(head.headers[name], value);
    }
  } finally {
    wire.destroy();
  }
};

// The connections of one case: [{how, run}].
const runsOf = (one, random) => {
  if (one.request === undefined) {
    const [stream, want] = toTheEnd(one.send, one.answers);
    return Object.entries(feeds(stream, random)).map(([how, pieces]) =>
      ({ how, run: (port, barrier) => runFrames(port, barrier, pieces, want) }));
  }
  const [behind, want] = toTheEnd(one.behind, one.answers);
  const stream = one.status === 101 ? Buffer.concat([one.request, behind]) : one.request;
  const ways = one.everyCut
    ? Array.from({ length: stream.length - 1 }, (_, i) => [`cut at ${i + 1}`, cutAt(stream, [i + 1])])
    : Object.entries(feeds(stream, random));
  return ways.map(([how, pieces]) =>
    ({ how, run: (port, barrier) => runHandshake(port, barrier, pieces, one.status, want) }));
};

// Run the cases, many connections at a time. Gives how many connections there were and what went
// wrong, one line each.
export const runCases = async (port, list, random) => {
  const barrier = await openBarrier(port);
  const failures = [];
  let count = 0;
  const work = (function* runs() {
    for (const one of list) {
      for (const { how, run } of runsOf(one, random)) yield { why: `${one.theme}: ${one.why}, ${how}`, run };
    }
  }());
  const worker = async () => {
    for (const { why, run } of work) {
      count += 1;
      try {
        await run(port, barrier);
      } catch (error) {
        failures.push(`${why}: ${error.message.replace(/\s+/g, ' ')}`);
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  barrier.end();
  return { count, failures };
};
