// Whether there is something to undo, as far as the page can know.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { mayPlay, shownOf, undoOf } from '../../../static/js/undo.js';
import { snapshotOf } from './support.mjs';

const NO_CHOICE = { choice_id: null, player_input: null, rolls: [] };

test('undo is offered where the server would do it', async (t) => {
  const undo = (left, to) => ({ metadata: { undo: to === undefined ? { left } : { left, to } } });
  const table = [
    { why: 'nothing is open', snapshot: null, verdict: null },
    { why: 'the first version', snapshot: snapshotOf(1), verdict: null },
    { why: 'a choice', snapshot: snapshotOf(5), verdict: { left: null, target: 4 } },
    { why: 'after a reset', snapshot: snapshotOf(5, { decision: NO_CHOICE }), verdict: null },
    { why: 'after a fork, though the story counts',
      snapshot: snapshotOf(5, { ...undo(3, 4), decision: { ...NO_CHOICE, event: 'fork' } }),
      verdict: null },
    { why: 'after going back',
      snapshot: snapshotOf(5, { ...undo(null, 2), decision: { ...NO_CHOICE, event: 'load', of: 3 } }),
      verdict: { left: null, target: 2 } },
    { why: 'a game that was stopped',
      snapshot: snapshotOf(5, { decision: NO_CHOICE, status: 'stopped' }),
      verdict: { left: null, target: 4 } },
    { why: 'a story without undo', snapshot: snapshotOf(5, undo(0)), verdict: null },
    { why: 'three left, and where to', snapshot: snapshotOf(5, undo(3, 2)),
      verdict: { left: 3, target: 2 } },
    { why: 'none left', snapshot: snapshotOf(5, undo(0, 2)), verdict: null },
    { why: 'at the beginning again', snapshot: snapshotOf(5, undo(3, 0)), verdict: null },
    { why: 'the server alone knows where to', snapshot: snapshotOf(5, undo(3)),
      verdict: { left: 3, target: 0 } },
  ];
  for (const { why, snapshot, verdict } of table) {
    await t.test(why, () => assert.deepEqual(undoOf({ snapshot }), verdict));
  }
});

test('owners and players go back, nobody else', () => {
  assert.deepEqual(['owner', 'player', 'spectator', 'stranger', null].map(mayPlay),
    [true, true, false, false, false]);
});

test('what is shown early is shown before what is known', () => {
  const snapshot = snapshotOf(2);
  const preview = snapshotOf(1);
  assert.equal(shownOf(null), null);
  assert.equal(shownOf({ snapshot, preview: null }), snapshot);
  assert.equal(shownOf({ snapshot, preview }), preview);
});
