// No memory at one moment: every allocation of a visit to a game, and a part of those of a start.
// script/soak --memory takes all of them (tests/soak/memory.mjs says what is checked).

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { failEach } from '../soak/memory.mjs';

const STARTS = 200; // of about 9,000 allocations
const STEP = 47;

test('whatever allocation fails, the program says so or goes on, and nothing is lost', async (t) => {
  const [visit, start] = await Promise.all([failEach('failCommand'), failEach('failStart', STEP)]);
  for (const [name, { allocations, outcomes }] of Object.entries({ visit, start }))
    t.diagnostic(`${allocations} allocations of a ${name}: ${JSON.stringify(outcomes)}`);
  assert.ok(visit.allocations >= 30, 'a visit allocates');
  assert.ok(start.allocations >= STARTS * STEP / 2, 'a start allocates');
  assert.ok(visit.outcomes.aborted > 0 && visit.outcomes.refused > 0, 'both happen');
  assert.ok(start.outcomes.aborted > 0 && start.outcomes['ended with 2'] > 0, 'both happen');
});
