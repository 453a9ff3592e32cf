// The long poll, with hand-made requests and time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { LATE_MS, PAUSE_MS, WAIT_S, createPoll } from '../../../static/js/poll.js';
import { makeClock, snapshotOf } from './support.mjs';

const CHOICE = {
  type: 'choice',
  choice: { game_id: 'game-1', choice_id: 'climb', choice_text: 'Climb the wall', metadata: {} },
  version: 1,
  request_id: 'r1',
};
const UNDO = { type: 'undo', game_id: 'game-1', version: 1, request_id: 'r1' };

// Requests that a test answers by hand, oldest first. An aborted one answers itself, as fetch does.
const setUp = () => {
  const clock = makeClock();
  const asked = [];
  const seen = [];
  const ends = [];
  const world = { shown: 0, ups: 0 };
  const request = (what, signal) => new Promise((resolve) => {
    const one = { ...what, signal, answer: resolve };
    signal.addEventListener('abort', () => resolve({ status: 0, problem: 'aborted' }));
    asked.push(one);
  });
  const poll = createPoll({
    clock,
    known: () => world.shown,
    wait: (since, seconds, signal) => request({ since, seconds }, signal),
    choose: (message, signal) => request({ message }, signal),
    onUp: () => { world.ups += 1; },
    onDown: (...why) => ends.push(why),
    onMessage: (message) => {
      seen.push(message);
      if (message.type === 'state') world.shown = Math.max(world.shown, message.version);
    },
  });
  const answer = async (what) => {
    asked.shift().answer(what);
    await turn();
  };
  return { clock, asked, seen, ends, world, poll, answer };
};

const state = (version) => ({ status: 200, data: snapshotOf(version) });
const NOTHING_NEW = { status: 204, data: null };

const setUpRunning = async () => {
  const it = setUp();
  it.poll.start();
  await it.answer(state(1));
  return it;
};

test('the first answer comes at once and proves the way, the next ones wait', async () => {
  const { poll, asked, answer, world, seen } = setUp();
  poll.start();
  assert.deepEqual([asked[0].since, asked[0].seconds, world.ups], [0, 0, 0]);
  await answer(state(4));
  assert.equal(world.ups, 1);
  assert.deepEqual([asked[0].since, asked[0].seconds], [4, WAIT_S]);
  await answer(state(5));
  assert.deepEqual([asked[0].since, world.ups], [5, 1]);
  assert.deepEqual(seen.map(({ version }) => version), [4, 5]);
});

test('it starts once', async () => {
  const { poll, asked } = await setUpRunning();
  poll.start();
  await turn();
  assert.equal(asked.length, 1);
});

test('nothing new after a wait is asked again at once, nothing new at once is not', async () => {
  const { clock, asked, answer } = await setUpRunning();
  clock.pass(WAIT_S * 1000);
  await answer(NOTHING_NEW);
  assert.equal(asked.length, 1);
  for (const early of [NOTHING_NEW, state(1), { status: 200, problem: 'cut off' }]) {
    await answer(early);
    assert.equal(asked.length, 0);
    clock.pass(PAUSE_MS);
    await turn();
    assert.equal(asked.length, 1);
  }
});

test('what ends it, and what it says then', async (t) => {
  const table = [
    { why: 'nobody there', what: { status: 0 }, says: [null, undefined] },
    { why: 'a proxy in trouble', what: { status: 502, body: null }, says: [null, undefined] },
    {
      why: 'the server stops',
      what: { status: 503, body: { code: 'shutting_down', retry_after_ms: 1800 } },
      says: [null, 1800],
    },
    {
      why: 'the game is gone', what: { status: 404, body: { code: 'game_not_found' } },
      says: [{ code: 'game_not_found' }, undefined],
    },
    {
      why: 'not this player', what: { status: 401, body: { code: 'unauthorized' } },
      says: [{ code: 'unauthorized' }, undefined],
    },
  ];
  for (const { why, what, says } of table) {
    for (const first of [true, false]) {
      await t.test(`${why}, ${first ? 'at first' : 'later'}`, async () => {
        const it = first ? setUp() : await setUpRunning();
        it.poll.start();
        await it.answer(what);
        assert.deepEqual(it.ends, [says]);
        assert.equal(it.asked.length, 0);
        assert.equal(it.clock.waiting(), 0);
        it.poll.start(); // it can be tried again
        assert.equal(it.asked.length, 1);
      });
    }
  }
});

test('a request that takes too long is given up', async () => {
  const { clock, ends } = await setUpRunning();
  clock.pass(WAIT_S * 1000 + LATE_MS - 1);
  await turn();
  assert.deepEqual(ends, []);
  clock.pass(1);
  await turn();
  assert.equal(ends.length, 1);
});

test('a choice or an undo is answered in the messages of the WebSocket', async (t) => {
  const refused = { code: 'stale_version', detail: 'too late', version: 3, state: snapshotOf(3) };
  const table = [
    { why: 'played', what: state(2), types: ['choice_ack', 'state'], version: 2 },
    {
      why: 'stale', what: { status: 409, body: refused }, types: ['choice_error'], version: 3,
    },
    {
      why: 'not kept', what: { status: 503, body: { code: 'storage_unavailable' } },
      types: ['choice_error'],
    },
  ];
  for (const { why, what, types, version } of table) {
    await t.test(why, async () => {
      const { poll, asked, answer, seen } = await setUpRunning();
      seen.length = 0;
      asked.length = 0;
      for (const message of [CHOICE, UNDO]) {
        seen.length = 0;
        poll.send(message);
        assert.equal(asked[0].message, message);
        await answer(what);
        assert.deepEqual(seen.map(({ type }) => type), types);
        assert.deepEqual([seen[0].request_id, seen[0].game_id, seen[0].version],
          ['r1', 'game-1', version]);
        assert.equal(asked.length, 0);
      }
    });
  }
});

test('a choice that was lost or came too fast is sent again, the same', async (t) => {
  const table = [
    { why: 'lost', what: { status: 0 }, ms: 2000, said: 0 },
    { why: 'a proxy in trouble', what: { status: 502, body: null }, ms: 2000, said: 0 },
    {
      why: 'too fast', what: { status: 429, body: { code: 'rate_limited', retry_after_ms: 700 } },
      ms: 700, said: 1,
    },
  ];
  for (const { why, what, ms, said } of table) {
    await t.test(why, async () => {
      const { poll, asked, answer, seen, clock } = await setUpRunning();
      seen.length = 0;
      asked.length = 0;
      poll.send(CHOICE);
      await answer(what);
      assert.equal(seen.length, said);
      clock.pass(ms - 1);
      await turn();
      assert.equal(asked.length, 0);
      clock.pass(1);
      await turn();
      assert.equal(asked[0].message, CHOICE);
      await answer(state(2));
      assert.equal(seen.at(-1).version, 2);
    });
  }
});

test('after the stop nothing is said and nothing is asked', async () => {
  const { poll, asked, answer, seen, ends, world, clock } = await setUpRunning();
  poll.send(CHOICE);
  poll.stop();
  assert.ok(asked.every(({ signal }) => signal.aborted));
  await turn();
  while (asked.length > 0) await answer(state(9));
  clock.pass(3_600_000);
  await turn();
  assert.deepEqual([seen.length, ends.length, world.ups, asked.length], [1, 0, 1, 0]);
});
