// Request ids, addresses, codes in links, other tabs, and what is kept across a reload.

import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';

import { keepPending, loadPending } from '../../../static/js/pending-store.js';
import { makeRequestId } from '../../../static/js/request-id.js';
import { addressOf, codeIn, routeOf } from '../../../static/js/route.js';
import { createTabs } from '../../../static/js/tabs.js';

const makeStorage = () => {
  const map = new Map();
  return {
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => map.set(key, value),
    removeItem: (key) => map.delete(key),
    map,
  };
};

const PENDING = {
  deed: 'choice', choice_id: 'climb', choice_text: 'Climb', version: 3, request_id: 'r1', saved: 0,
};

test('a request id is fresh and short enough, with and without randomUUID', () => {
  const plain = { getRandomValues: (bytes) => webcrypto.getRandomValues(bytes) };
  for (const crypto of [webcrypto, plain]) {
    const ids = new Set(Array.from({ length: 100 }, () => makeRequestId(crypto)));
    assert.equal(ids.size, 100);
    for (const id of ids) assert.match(id, /^[0-9a-f-]{32,36}$/);
  }
});

test('an address names the list or a game', () => {
  assert.deepEqual(routeOf(''), { page: 'home' });
  assert.deepEqual(routeOf('?game=aB_9-'), { page: 'play', gameId: 'aB_9-' });
  assert.deepEqual(routeOf('?game='), { page: 'home' });
  assert.deepEqual(routeOf('?game=../x'), { page: 'home' });
  assert.deepEqual(routeOf(`?game=${'a'.repeat(64)}`).page, 'play');
  assert.deepEqual(routeOf(`?game=${'a'.repeat(65)}`).page, 'home');
  assert.equal(addressOf('aB_9-'), '/?game=aB_9-');
  assert.equal(addressOf(null), '/');
});

test('an unanswered choice is kept per game and forgotten when it is saved', () => {
  const storage = makeStorage();
  keepPending(storage, 'g1', PENDING);
  assert.deepEqual(loadPending(storage, 'g1'), PENDING);
  assert.equal(loadPending(storage, 'g2'), null);
  const base = { version: 3, request_id: 'r1', saved: 0 };
  for (const back of [{ ...base, deed: 'undo' }, { ...base, deed: 'load', of: 2 }]) {
    keepPending(storage, 'g1', back);
    assert.deepEqual(loadPending(storage, 'g1'), back);
  }
  keepPending(storage, 'g1', { ...PENDING, saved: 4 });
  assert.equal(loadPending(storage, 'g1'), null);
  keepPending(storage, 'g1', PENDING);
  keepPending(storage, 'g1', null);
  assert.equal(storage.map.size, 0);
});

test('broken or refused storage is no choice and no error', () => {
  const storage = makeStorage();
  for (const text of ['', '{', 'null', '7', '{"choice_id":1}',
    '{"deed":"load","version":1,"request_id":"r"}',
    '{"deed":"dance","version":1,"request_id":"r"}', '{"deed":"undo","version":1}']) {
    storage.map.set('casys.pending.g1', text);
    assert.equal(loadPending(storage, 'g1'), null);
  }
  const refuse = () => { throw new Error('denied'); };
  const denied = { getItem: refuse, setItem: refuse, removeItem: refuse };
  assert.equal(loadPending(denied, 'g1'), null);
  keepPending(denied, 'g1', PENDING);
});

test('a link carries an invitation or a player, and nothing else', () => {
  assert.deepEqual(codeIn('#invite=aB-9_'), { kind: 'invite', code: 'aB-9_' });
  assert.deepEqual(codeIn('#carry=K7QM-4ZPT'), { kind: 'carry', code: 'K7QM-4ZPT' });
  for (const hash of ['', '#main', '#invite=', '#invite', '#other=1', `#invite=${'a'.repeat(201)}`,
    '#invite=a b', '#invite=a&carry=b']) {
    assert.equal(codeIn(hash), null, hash);
  }
});

test('a tab tells the others and hears them, where the browser can', () => {
  const made = [];
  class Channel {
    constructor(name) {
      this.name = name;
      this.sent = [];
      made.push(this);
    }

    postMessage(message) { this.sent.push(message); }
  }
  const heard = [];
  const tabs = createTabs(Channel, (message) => heard.push(message));
  tabs.tell({ what: 'games' });
  made[0].onmessage({ data: { what: 'saves', gameId: 'g' } });
  assert.deepEqual(made[0].sent, [{ what: 'games' }]);
  assert.deepEqual(heard, [{ what: 'saves', gameId: 'g' }]);
  createTabs(undefined, assert.fail).tell({ what: 'games' });
});
