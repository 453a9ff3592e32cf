// What script/test says at its end must be true, above all when something broke.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { countCheck, countCtest, countPart, countTap } from '../support/summary.mjs';

const suite = (...cases) => `<testsuite>${cases.join('\n')}</testsuite>`;
const program = (status, output, extra = '') =>
  `<testcase name="t" classname="t" time="1" status="${status}">${extra}` +
  `<system-out>${output}</system-out></testcase>`;

const ctest = [
  ['each test of a Check program counts', suite(program('run', '100%: Checks: 7, Failures: 0, Errors: 0')), [7, 0, 0]],
  ['so does each failure', suite(program('fail', '71%: Checks: 7, Failures: 1, Errors: 1')), [5, 2, 0]],
  ['a crash before the last line is a failure', suite(program('fail', 'Segmentation fault')), [0, 1, 0]],
  ['a leak after the last test is a failure', suite(program('fail', 'Checks: 7, Failures: 0, Errors: 0')), [7, 1, 0]],
  ['another program counts as one', suite(program('run', 'replay: 9 inputs')), [1, 0, 0]],
  ['two programs add up', suite(program('run', 'Checks: 2, Failures: 0, Errors: 0'), program('run', '')), [3, 0, 0]],
  ['a program that is not there is a failure', suite(program('notrun', '', '<skipped message="Unable to find executable"/>')), [0, 1, 0]],
  ['a disabled test is skipped', suite(program('disabled', '')), [0, 0, 1]],
  ['an empty suite counts nothing', suite(), [0, 0, 0]],
];
for (const [why, xml, [passed, failed, skipped]] of ctest) {
  test(`ctest: ${why}`, () => assert.deepEqual(countCtest(xml), { passed, failed, skipped }));
}

test('tap: the last comments are the totals, and a cancelled test failed', () => {
  const tap = '    # pass 1\n# tests 6\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 0\n';
  assert.deepEqual(countTap(tap), { passed: 3, failed: 2, skipped: 1 });
});

test('tap: a runner that died counts nothing', () => {
  assert.deepEqual(countTap('TAP version 13\n'), { passed: 0, failed: 0, skipped: 0 });
});

test('check: its last line is read', () => {
  assert.deepEqual(countCheck('ok format\ncheck: 6 passed, 1 failed\n'), { passed: 6, failed: 1, skipped: 0 });
});

const counts = (passed, failed) => ({ passed, failed, skipped: 0 });
const parts = [
  ['a good part stays good', 0, counts(3, 0), 0],
  ['a counted failure is not counted twice', 1, counts(3, 2), 2],
  ['a failure that nobody counted counts', 1, counts(3, 0), 1],
  ['a build that stopped counts', 2, counts(0, 0), 1],
  ['a part without any test fails', 0, counts(0, 0), 1],
];
for (const [why, status, from, failed] of parts) {
  test(`part: ${why}`, () => assert.equal(countPart(status, from).failed, failed));
}
