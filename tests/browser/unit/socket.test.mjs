// The link, with hand-made sockets, time and chance.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  ADVISED_MAX_MS, ANSWER_WITHIN_MS, BACKOFF_MAX_MS, BACKOFF_MIN_MS, PING_EVERY_MS, backoffMs, createLink,
} from '../../../static/js/socket.js';
import { makeClock, makeTransport, snapshotOf } from './support.mjs';

const CHOICE = {
  type: 'choice',
  choice: { game_id: 'game-1', choice_id: 'climb', choice_text: 'Climb the wall', metadata: {} },
  version: 1,
  request_id: 'r1',
};

const ACK = {
  type: 'choice_ack', request_id: 'r1', game_id: 'game-1', version: 2, duplicate: false,
};

const setUp = (options = {}) => {
  const clock = makeClock();
  const net = makeTransport();
  const seen = [];
  const phases = [];
  const world = { online: true };
  const link = createLink({
    url: 'ws://here/ws/game',
    transport: net.transport,
    clock,
    random: () => 0.5,
    isOnline: () => world.online,
    greet: () => ({ type: 'attach', game_id: 'game-1', version: 1 }),
    onMessage: (message) => seen.push(message),
    onStatus: (status) => phases.push(status),
    ...options,
  });
  return { clock, net, seen, phases, world, link, status: () => phases.at(-1) };
};

const setUpOpen = (options) => {
  const it = setUp(options);
  it.link.start();
  it.net.last().open();
  it.net.last().say({ type: 'current', game_id: 'game-1', version: 1 });
  return it;
};

const choicesSent = (socket) => socket.sent.filter(({ type }) => type === 'choice');

test('it greets first and is open only when the game was shown', () => {
  const { link, net, status, seen } = setUp();
  link.start();
  assert.equal(status().phase, 'connecting');
  net.last().open();
  assert.deepEqual(net.last().sent, [{ type: 'attach', game_id: 'game-1', version: 1 }]);
  assert.equal(status().phase, 'connecting');
  net.last().say(snapshotOf(1));
  assert.equal(status().phase, 'open');
  assert.equal(seen.length, 1);
});

test('unknown types, broken text and binary frames are ignored', () => {
  const { net, seen } = setUpOpen();
  const before = seen.length;
  net.last().say({ type: 'news_from_the_future' });
  net.last().say({ type: 'ui_home' });
  net.last().say(null);
  net.last().sayRaw('{"type":');
  net.last().sayRaw(new ArrayBuffer(4));
  assert.equal(seen.length, before);
});

test('a close code decides between coming back and stopping', async (t) => {
  const table = [
    { why: 'done', code: 1000, verdict: 'stopped' },
    { why: 'the server goes away', code: 1001, verdict: 'waiting' },
    { why: 'broken framing', code: 1002, verdict: 'stopped' },
    { why: 'binary data', code: 1003, verdict: 'stopped' },
    { why: 'no code', code: 1005, verdict: 'waiting' },
    { why: 'the network is gone', code: 1006, verdict: 'waiting' },
    { why: 'not UTF-8', code: 1007, verdict: 'stopped' },
    { why: 'policy', code: 1008, verdict: 'stopped' },
    { why: 'too large', code: 1009, verdict: 'stopped' },
    { why: 'an error inside the server', code: 1011, verdict: 'waiting' },
    { why: 'server full', code: 1013, verdict: 'waiting' },
  ];
  for (const { why, code, verdict } of table) {
    await t.test(`${code} ${why}`, () => {
      const { net, status, clock } = setUpOpen();
      net.last().end(code, 'a reason');
      assert.equal(status().phase, verdict);
      if (verdict === 'stopped') {
        assert.deepEqual(status().reason, { close: code, why: 'a reason' });
        clock.pass(24 * 3600 * 1000);
      } else {
        clock.pass(status().retryAt - clock.now());
      }
      assert.equal(net.sockets.length, verdict === 'stopped' ? 1 : 2);
    });
  }
});

test('the backoff doubles from half a second to thirty seconds with full jitter', () => {
  const bounds = [0, 1, 2, 3, 4, 5, 6, 7, 100].map((attempt) => backoffMs(attempt, () => 1));
  assert.deepEqual(bounds, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
  assert.equal(backoffMs(9, () => 0), 0);
});

test('failures in a row wait longer and an opened game starts the backoff anew', () => {
  const { link, net, clock, status } = setUp();
  link.start();
  const delays = [];
  for (let i = 0; i < 4; i += 1) {
    net.last().end(1006);
    delays.push(status().retryAt - clock.now());
    clock.pass(delays.at(-1));
  }
  assert.deepEqual(delays, [250, 500, 1000, 2000]);
  net.last().open();
  net.last().say(snapshotOf(1));
  net.last().end(1006);
  assert.equal(status().retryAt - clock.now(), BACKOFF_MIN_MS / 2);
});

test('a full server is given more room', () => {
  const { net, status, clock } = setUpOpen();
  net.last().end(1013);
  assert.equal(status().retryAt - clock.now(), 2000);
});

test('the server says when to come back', async (t) => {
  const table = [
    { why: 'in the reason', code: 1001, reason: 'restart reconnect_ms=7300', delay: 7300 },
    { why: 'at once', code: 1013, reason: 'full reconnect_ms=0', delay: 0 },
    { why: 'in a message', said: 4200, code: 1006, reason: '', delay: 4200 },
    { why: 'in both', said: 4200, code: 1001, reason: 'restart reconnect_ms=4200', delay: 4200 },
    { why: 'in a year', code: 1001, reason: 'restart reconnect_ms=999999999', delay: ADVISED_MAX_MS },
    { why: 'not at all', code: 1001, reason: 'restart', delay: 250 },
    { why: 'in words', code: 1001, reason: 'restart reconnect_ms=soon', delay: 250 },
    { why: 'before the past', code: 1001, reason: 'restart reconnect_ms=-5', delay: 250 },
  ];
  for (const { why, said, code, reason, delay } of table) {
    await t.test(why, () => {
      const { net, status, clock } = setUpOpen();
      if (said !== undefined) net.last().say({ type: 'reconnect', reconnect_ms: said });
      assert.equal(status().phase, 'open');
      net.last().end(code, reason);
      assert.equal(status().retryAt - clock.now(), delay);
      clock.pass(delay);
      assert.equal(status().phase, 'connecting');
    });
  }
});

test('an advice holds once', () => {
  const { net, status, clock } = setUpOpen();
  net.last().say({ type: 'reconnect', reconnect_ms: 4200 });
  net.last().end(1001, 'restart reconnect_ms=4200');
  clock.pass(4200);
  net.last().end(1006);
  assert.equal(status().retryAt - clock.now(), 500);
});

test('a live link is pinged and a silent one is given up', () => {
  const { net, clock, status } = setUpOpen();
  clock.pass(PING_EVERY_MS);
  assert.equal(net.last().sent.at(-1).type, 'ping');
  net.last().say({ type: 'pong', timestamp: 0 });
  clock.pass(PING_EVERY_MS);
  assert.equal(status().phase, 'open');
  clock.pass(ANSWER_WITHIN_MS);
  assert.equal(status().phase, 'waiting');
  assert.equal(net.sockets[0].closed, true);
});

test('a handshake and a greeting without an answer are given up', async (t) => {
  await t.test('handshake', () => {
    const { link, clock, status } = setUp();
    link.start();
    clock.pass(ANSWER_WITHIN_MS);
    assert.equal(status().phase, 'waiting');
  });
  await t.test('greeting, while other messages come', () => {
    const { link, net, clock, status } = setUp();
    link.start();
    net.last().open();
    clock.pass(ANSWER_WITHIN_MS - 1);
    net.last().say({ type: 'pong', timestamp: 0 });
    clock.pass(1);
    assert.equal(status().phase, 'waiting');
  });
});

test('the network coming back and a look at the page end the waiting at once', async (t) => {
  for (const call of ['networkChanged', 'wake', 'retry']) {
    await t.test(call, () => {
      const { link, net, status } = setUpOpen();
      net.last().end(1006);
      assert.equal(status().phase, 'waiting');
      link[call]();
      assert.equal(status().phase, 'connecting');
      assert.equal(net.sockets.length, 2);
    });
  }
});

test('going offline while waiting is told and keeps the countdown', () => {
  const { link, net, world, status } = setUpOpen();
  net.last().end(1006);
  const { retryAt } = status();
  world.online = false;
  link.networkChanged();
  assert.deepEqual(
    [status().phase, status().online, status().retryAt], ['waiting', false, retryAt]);
});

test('an open link is asked, not closed, when the browser believes to be offline', () => {
  const { link, net, world, status, clock } = setUpOpen();
  world.online = false;
  link.networkChanged();
  assert.equal(net.last().sent.at(-1).type, 'ping');
  net.last().say({ type: 'pong', timestamp: 0 });
  clock.pass(ANSWER_WITHIN_MS);
  assert.equal(status().phase, 'open');
});

test('looking at the page again probes an open link', () => {
  const { link, net, clock, status } = setUpOpen();
  link.wake();
  assert.equal(net.last().sent.at(-1).type, 'ping');
  clock.pass(ANSWER_WITHIN_MS);
  assert.equal(status().phase, 'waiting');
});

test('a stopped link does not come back by itself but does when asked', () => {
  const { link, net, status } = setUpOpen();
  net.last().end(1008);
  link.wake();
  link.networkChanged();
  assert.equal(net.sockets.length, 1);
  link.retry();
  assert.equal(net.sockets.length, 2);
  assert.equal(status().phase, 'connecting');
});

test('a game out of reach stops the link', async (t) => {
  for (const code of ['game_not_found', 'forbidden', 'unauthorized']) {
    await t.test(code, () => {
      const { link, net, status } = setUp();
      link.start();
      net.last().open();
      net.last().say({ type: 'message_error', code, error: 'no', request_id: null });
      assert.deepEqual([status().phase, status().reason], ['stopped', { code }]);
    });
  }
});

test('a greeting that the server cannot serve now is tried again later', () => {
  const { link, net, status } = setUp();
  link.start();
  net.last().open();
  net.last().say({
    type: 'message_error', code: 'storage_unavailable', error: '', request_id: null,
  });
  assert.equal(status().phase, 'waiting');
});

test('one choice is in flight at a time', () => {
  const { link, net } = setUpOpen();
  assert.equal(link.choose(CHOICE), true);
  assert.equal(link.choose({ ...CHOICE, request_id: 'r2' }), false);
  net.last().say(ACK);
  assert.equal(link.choose({ ...CHOICE, request_id: 'r2' }), true);
  assert.deepEqual(choicesSent(net.last()).map((c) => c.request_id), ['r1', 'r2']);
});

test('an unanswered choice goes out again, the same, on the next connection only', () => {
  const { link, net, clock } = setUpOpen();
  link.choose(CHOICE);
  net.last().end(1006);
  clock.pass(BACKOFF_MAX_MS);
  net.last().open();
  assert.deepEqual(choicesSent(net.last()), [], 'not before the game is shown');
  net.last().say(snapshotOf(1));
  assert.deepEqual(choicesSent(net.last()), [CHOICE]);
  net.last().say({ ...ACK, duplicate: true });
  net.last().end(1006);
  clock.pass(BACKOFF_MAX_MS);
  net.last().open();
  net.last().say(snapshotOf(2));
  assert.deepEqual(choicesSent(net.last()), []);
});

test('a choice taken before the link is open goes out when it is', () => {
  const { link, net } = setUp();
  link.choose(CHOICE);
  link.start();
  net.last().open();
  net.last().say(snapshotOf(1));
  assert.deepEqual(choicesSent(net.last()), [CHOICE]);
});

test('a choice without an answer makes a new connection, whatever else arrives', () => {
  const { link, net, clock, status } = setUpOpen();
  link.choose(CHOICE);
  clock.pass(ANSWER_WITHIN_MS - 1);
  net.last().say(snapshotOf(2));
  clock.pass(1);
  assert.equal(status().phase, 'waiting');
});

test('what ends the flight of a choice, and what only delays it', async (t) => {
  const error = (code, more) => ({ type: 'choice_error', code, request_id: 'r1', ...more });
  const nameless = (code) => ({ type: 'message_error', code, request_id: null, error: '' });
  const table = [
    { why: 'acknowledged', message: ACK, free: true },
    { why: 'stale', message: error('stale_version'), free: true },
    { why: 'the store failed', message: error('storage_unavailable'), free: true },
    { why: 'unreadable', message: nameless('invalid_message'), free: true },
    { why: 'an answer to another request', message: { ...ACK, request_id: 'r9' }, free: false },
    { why: 'a state', message: snapshotOf(2), free: false },
    { why: 'too fast', message: error('rate_limited', { retry_after_ms: 700 }), free: false },
    { why: 'too fast, unread', message: nameless('rate_limited'), free: false },
    { why: 'the server stops', message: error('shutting_down'), free: false },
  ];
  for (const { why, message, free } of table) {
    await t.test(why, () => {
      const { link, net } = setUpOpen();
      link.choose(CHOICE);
      net.last().say(message);
      assert.equal(link.choose({ ...CHOICE, request_id: 'r2' }), free);
    });
  }
});

test('a choice refused for its speed is sent again after the advised time', () => {
  const { link, net, clock } = setUpOpen();
  link.choose(CHOICE);
  net.last().say({
    type: 'choice_error', code: 'rate_limited', request_id: 'r1', retry_after_ms: 700,
  });
  clock.pass(699);
  assert.equal(choicesSent(net.last()).length, 1);
  clock.pass(1);
  assert.deepEqual(choicesSent(net.last()), [CHOICE, CHOICE]);
});

// ---- when WebSockets do not work ----

const makeFallback = () => {
  const it = { running: false, sent: [] };
  it.fallback = (events) => {
    it.events = events;
    return {
      start: () => { it.running = true; },
      stop: () => { it.running = false; },
      send: (message) => it.sent.push(message),
    };
  };
  it.up = () => it.events.onUp();
  it.down = (...why) => {
    it.running = false;
    it.events.onDown(...why);
  };
  return it;
};

const setUpBlocked = () => {
  const way = makeFallback();
  const it = { ...setUp({ fallback: way.fallback }), way };
  it.link.start();
  it.net.last().end(1006);
  it.clock.pass(it.status().retryAt - it.clock.now());
  it.net.last().end(1006);
  return it;
};

test('two sockets in a row without a word start the fallback, one does not', () => {
  const way = makeFallback();
  const { link, net, clock, status } = setUp({ fallback: way.fallback });
  link.start();
  net.last().end(1006);
  assert.equal(way.running, false);
  clock.pass(status().retryAt - clock.now());
  clock.pass(ANSWER_WITHIN_MS); // the second one hangs
  assert.equal(way.running, true);
  assert.deepEqual([status().phase, status().via], ['waiting', 'socket'], 'it must work first');
  way.up();
  assert.deepEqual([status().phase, status().via], ['open', 'poll']);
});

test('a socket that said something is not blocked', async (t) => {
  const table = [
    { why: 'the server is full', end: (socket) => socket.end(1013) },
    { why: 'an error inside', end: (socket) => socket.end(1011) },
    {
      why: 'it cannot serve now',
      end: (socket) => {
        socket.open();
        socket.say({ type: 'message_error', code: 'storage_unavailable', request_id: null });
      },
    },
    {
      why: 'it was lost after it was open',
      end: (socket) => {
        socket.open();
        socket.say(snapshotOf(1));
        socket.end(1006);
      },
    },
  ];
  for (const { why, end } of table) {
    await t.test(why, () => {
      const way = makeFallback();
      const { link, net, clock, status } = setUp({ fallback: way.fallback });
      link.start();
      for (let i = 0; i < 4; i += 1) {
        end(net.last());
        clock.pass(status().retryAt - clock.now());
        assert.equal(way.running, false);
      }
    });
  }
});

test('sockets are still tried, and the first that shows the game takes over', () => {
  const { net, clock, status, way } = setUpBlocked();
  way.up();
  for (let i = 0; i < 5; i += 1) {
    const tried = net.sockets.length;
    clock.pass(status().retryAt - clock.now());
    assert.ok(net.sockets.length > tried, 'now and then');
    net.last().end(1006);
    assert.deepEqual([status().phase, status().via], ['open', 'poll']);
  }
  clock.pass(status().retryAt - clock.now());
  net.last().open();
  assert.equal(status().via, 'poll');
  net.last().say(snapshotOf(1));
  assert.deepEqual([status().phase, status().via, way.running], ['open', 'socket', false]);
});

test('a choice goes over the way that works, with one request id', () => {
  const { link, net, clock, way, seen } = setUpBlocked();
  assert.equal(link.choose(CHOICE), true);
  assert.deepEqual(way.sent, []);
  way.up();
  assert.deepEqual(way.sent, [CHOICE]);
  clock.pass(BACKOFF_MAX_MS);
  net.last().open();
  net.last().say(snapshotOf(1));
  assert.deepEqual(choicesSent(net.last()), [CHOICE], 'the answer may have been lost');
  net.last().say({ ...ACK, duplicate: true });
  assert.equal(seen.at(-1).type, 'choice_ack');
  assert.equal(link.choose({ ...CHOICE, request_id: 'r2' }), true);
});

test('an answer over the fallback ends the flight of a choice', () => {
  const { link, way, seen } = setUpBlocked();
  way.up();
  link.choose(CHOICE);
  way.events.onMessage({ type: 'choice_error', code: 'rate_limited', request_id: 'r1' });
  assert.equal(link.choose({ ...CHOICE, request_id: 'r2' }), false);
  way.events.onMessage(ACK);
  assert.equal(seen.at(-1), ACK);
  assert.equal(link.choose({ ...CHOICE, request_id: 'r2' }), true);
  assert.deepEqual(way.sent.map((one) => one.request_id), ['r1', 'r2']);
});

test('a fallback that ends is a lost link, and sockets are tried soon', () => {
  const { net, clock, status, way } = setUpBlocked();
  way.up();
  for (let i = 0; i < 8; i += 1) {
    clock.pass(status().retryAt - clock.now());
    net.last().end(1006);
  }
  way.down(null);
  assert.deepEqual([status().phase, status().via], ['waiting', 'socket']);
  assert.ok(status().retryAt - clock.now() <= BACKOFF_MIN_MS);
  clock.pass(status().retryAt - clock.now());
  net.last().end(1006);
  assert.equal(way.running, true);
  way.up();
  way.down(null, 4200);
  assert.equal(status().retryAt - clock.now(), 4200);
});

test('a game out of reach over the fallback stops the link', () => {
  const { status, way, clock } = setUpBlocked();
  way.down({ code: 'game_not_found' });
  assert.deepEqual([status().phase, status().reason], ['stopped', { code: 'game_not_found' }]);
  assert.equal(clock.waiting(), 0);
});

test('leaving the game ends the fallback', () => {
  const { link, way, clock } = setUpBlocked();
  way.up();
  link.stop();
  assert.equal(way.running, false);
  assert.equal(clock.waiting(), 0);
});

test('leaving the game leaves no timer, no socket and no choice', () => {
  const { link, net, clock } = setUpOpen();
  link.choose(CHOICE);
  link.stop();
  assert.equal(net.last().closed, true);
  assert.equal(clock.waiting(), 0);
  assert.equal(link.choose({ ...CHOICE, request_id: 'r2' }), true);
});

test('late events of a dropped socket find nobody', () => {
  const { link, net, status } = setUpOpen();
  const old = net.last();
  link.stop();
  link.start();
  assert.equal(old.onmessage, null);
  assert.equal(old.onclose, null);
  assert.equal(status().phase, 'connecting');
});

test('a page whose secret was replaced comes back at once, without a word of a loss', () => {
  const { net, status } = setUpOpen();
  net.last().end(1001, 'secret_replaced');
  assert.equal(net.sockets.length, 2);
  assert.deepEqual([status().phase, status().attempt], ['connecting', 0]);
  net.last().end(1001, 'secret_replaced');
  assert.equal(status().phase, 'waiting', 'but not for ever');
});
