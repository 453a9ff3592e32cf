// A TCP connection that sends any bytes: requests that no client would make, frames that break the
// rules.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';

const GUARD_MS = 30_000;
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

// One client frame. options: fin (true), rsv (0), masked (true), length (as announced, if it lies).
export const frame = (opcode, payload = '', options = {}) => {
  const { fin = true, rsv = 0, masked = true, length } = options;
  const bytes = Buffer.from(payload);
  const announced = length ?? bytes.length;
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const mask = masked ? 0x80 : 0;
  if (announced < 126) head.push(mask | announced);
  else if (announced < 65536) head.push(mask | 126, announced >> 8, announced & 255);
  else head.push(mask | 127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((shift) => (announced >>> shift) & 255));
  if (!masked) return Buffer.concat([Buffer.from(head), bytes]);
  const key = [0x12, 0x34, 0x56, 0x78];
  return Buffer.concat([Buffer.from(head), Buffer.from(key), bytes.map((b, i) => b ^ key[i & 3])]);
};

export const closeFrame = (code, reason = '') =>
  frame(OPCODE.close, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]));

export const upgradeRequest = (path, { method = 'GET', version = '1.1', ...headers } = {}) => {
  const all = {
    host: 'localhost',
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-version': '13',
    'sec-websocket-key': KEY,
    ...headers,
  };
  const lines = Object.entries(all).filter(([, value]) => value !== null)
    .flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}\r\n`));
  return `${method} ${path} HTTP/${version}\r\n${lines.join('')}\r\n`;
};

export class Raw {
  #input = Buffer.alloc(0);

  #waiting = null;

  constructor(socket) {
    this.socket = socket;
    this.over = false;
    const wake = () => {
      const waiting = this.#waiting;
      this.#waiting = null;
      waiting?.();
    };
    socket.on('data', (bytes) => {
      this.#input = Buffer.concat([this.#input, bytes]);
      wake();
    });
    socket.on('error', () => {});
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.over = true;
        wake();
      });
    }
  }

  // Bytes that came and were not taken yet.
  get left() {
    return this.#input.length;
  }

  write(bytes) {
    this.socket.write(bytes);
  }

  async #more() {
    assert.ok(!this.over, 'the connection ended');
    let guard;
    await new Promise((resolve, reject) => {
      this.#waiting = resolve;
      guard = setTimeout(() => reject(new Error('nothing came')), GUARD_MS);
    }).finally(() => clearTimeout(guard));
  }

  async #take(count) {
    while (this.#input.length < count) await this.#more();
    const taken = this.#input.subarray(0, count);
    this.#input = this.#input.subarray(count);
    return taken;
  }

  // One answer: {status, headers, text}. An answer to HEAD has no body.
  async answer({ body = true } = {}) {
    let end;
    while ((end = this.#input.indexOf('\r\n\r\n')) < 0) await this.#more();
    const [first, ...lines] = (await this.#take(end + 4)).toString('latin1').trimEnd().split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }));
    const length = body ? Number(headers['content-length'] ?? 0) : 0;
    const text = (await this.#take(length)).toString('utf8');
    return { status: Number(first.split(' ')[1]), headers, text };
  }

  // One frame of the server: {opcode, payload}, and code and reason of a Close.
  async frame() {
    const [first, second] = await this.#take(2);
    assert.equal(second & 0x80, 0, 'a server does not mask');
    assert.equal(first & 0xf0, 0x80, 'a server does not fragment');
    let length = second;
    if (length === 126) length = (await this.#take(2)).readUInt16BE();
    else if (length === 127) length = Number((await this.#take(8)).readBigUInt64BE());
    const payload = await this.#take(length);
    const opcode = first & 15;
    const close = opcode === OPCODE.close && length >= 2
      ? { code: payload.readUInt16BE(), reason: payload.subarray(2).toString() } : {};
    return { opcode, payload, ...close };
  }

  async message() {
    const { opcode, payload } = await this.frame();
    assert.equal(opcode, OPCODE.text);
    return JSON.parse(payload.toString('utf8'));
  }

  // Wait until the server has ended its side.
  async untilOver() {
    while (!this.over) await this.#more();
  }

  destroy() {
    this.socket.destroy();
  }
}

export const dial = async (server) => {
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.setNoDelay(true);
  return new Raw(socket);
};

export const upgrade = async (server, path = '/ws/game', headers = {}) => {
  const raw = await dial(server);
  raw.write(upgradeRequest(path, headers));
  const answer = await raw.answer();
  assert.equal(answer.status, 101, answer.text);
  assert.equal(answer.headers['sec-websocket-accept'], 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  return raw;
};
