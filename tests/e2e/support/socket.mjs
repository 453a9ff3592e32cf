// A WebSocket client that keeps every text it was sent, in order, and hands them out one by one.

import assert from 'node:assert/strict';

import { WebSocket } from 'ws';

const GUARD_MS = 30_000;

// options: path, query, headers, session (a bearer), localAddress (to connect from), onText (called
// with each text), keep (false: texts go to onText only, for clients that live long).
// `client.opened` is settled by the handshake.
export class Client {
  #waiting = null;

  #next = 0;

  constructor(server, options = {}) {
    const { path = '/ws/game', query = '', headers = {}, session, localAddress, keep = true } = options;
    const all = session ? { ...headers, authorization: `Bearer ${session}` } : headers;
    this.texts = [];
    this.pings = 0;
    this.ended = null;
    this.onText = options.onText ?? null;
    this.ws = new WebSocket(`${server.url.replace('http', 'ws')}${path}${query}`,
      { headers: all, localAddress });
    this.opened = new Promise((resolve, reject) => {
      this.ws.once('open', () => resolve(this));
      this.ws.on('error', reject);
    });
    this.opened.catch(() => {});
    this.closed = new Promise((resolve) => {
      this.ws.once('close', (code, reason) => {
        this.ended = { code, reason: reason.toString() };
        resolve(this.ended);
        this.#wake();
      });
    });
    this.ws.on('ping', () => { this.pings += 1; });
    this.ws.on('message', (data, binary) => {
      assert.ok(!binary, 'the server sends text only');
      const text = data.toString('utf8');
      if (keep) this.texts.push(text);
      this.onText?.(text, this);
      this.#wake();
    });
  }

  #wake() {
    const wake = this.#waiting;
    this.#waiting = null;
    wake?.();
  }

  send(message) {
    this.ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  // The next text that was not taken yet.
  async takeText() {
    let guard;
    while (this.#next >= this.texts.length) {
      if (this.ended) throw new Error(`closed with ${this.ended.code} ${this.ended.reason}`);
      await new Promise((resolve, reject) => {
        this.#waiting = resolve;
        guard = setTimeout(() => reject(new Error('no message came')), GUARD_MS);
      }).finally(() => clearTimeout(guard));
    }
    return this.texts[this.#next++];
  }

  async take() {
    return JSON.parse(await this.takeText());
  }

  // The next message of that kind; every other one before it is an error.
  async expect(type) {
    const text = await this.takeText();
    const message = JSON.parse(text);
    assert.equal(message.type, type, text.slice(0, 300));
    return message;
  }

  // The first message that fits; the others before it are passed over.
  async until(fits) {
    for (;;) {
      const message = await this.take();
      if (fits(message)) return message;
    }
  }

  // Everything that the server had to say to what was sent so far is here when this returns: the
  // pong of a ping comes after it.
  async settle() {
    const timestamp = `settle ${Math.random()}`;
    this.send({ type: 'ping', timestamp });
    const before = [];
    for (;;) {
      const message = await this.take();
      if (message.type === 'pong' && message.timestamp === timestamp) return before;
      before.push(message);
    }
  }

  async close(code = 1000) {
    if (this.ws.readyState === WebSocket.OPEN) this.ws.close(code);
    return this.closed;
  }

  // End it without a word.
  drop() {
    this.ws.terminate();
    return this.closed;
  }
}

export const connect = (server, options) => new Client(server, options).opened;

// A connection that watches a game and has got its state.
export const watch = async (server, gameId, options = {}) => {
  const client = await connect(server, options);
  client.send({ type: 'attach', game_id: gameId });
  await client.expect('state');
  return client;
};

export const choice = (gameId, choiceId, more = {}) =>
  ({ type: 'choice', choice: { game_id: gameId, choice_id: choiceId }, ...more });
