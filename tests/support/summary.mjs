// The summary of script/test: reads what the runners wrote and counts.
//
//     node tests/support/summary.mjs build/results
//
// parts.txt names each part that ran, its exit status and its seconds. Its counts come from
// PART.xml (ctest; a Check program counts with each of its tests), PART.tap (node) or PART.txt
// (script/check). A part that failed without a failure in its counts, or that counted nothing,
// counts as one failure: nothing that went wrong can end in a green line.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** ctest's JUnit file: {passed, failed, skipped}. */
export function countCtest(xml) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [, attributes, body] of xml.matchAll(/<testcase ([^>]*?)(?:\/>|>(.*?)<\/testcase>)/gs)) {
    const status = /\bstatus="([^"]*)"/.exec(attributes)?.[1];
    if (status === 'disabled' || status === 'notrun') {
      // A program that could not be started is no skipped test.
      counts[/<failure|Unable to find/.test(body ?? '') ? 'failed' : 'skipped'] += 1;
      continue;
    }
    let checks = 0;
    let failures = 0;
    const lines = (body ?? '').matchAll(/Checks: (\d+), Failures: (\d+), Errors: (\d+)/g);
    for (const [, all, failed, errors] of lines) {
      checks += Number(all);
      failures += Number(failed) + Number(errors);
    }
    const programFailed = status !== 'run';
    if (checks === 0 && !programFailed) {
      counts.passed += 1; // not a Check program, such as a replay of fuzz seeds
      continue;
    }
    counts.passed += checks - failures;
    // It may also fail as a whole, after its last test: a leak, a timeout, a crash.
    counts.failed += programFailed ? Math.max(failures, 1) : failures;
  }
  return counts;
}

/** The comments at the end of node's TAP. */
export function countTap(tap) {
  const number = (name) => {
    const all = [...tap.matchAll(new RegExp(`^# ${name} (\\d+)$`, 'gm'))];
    return all.length > 0 ? Number(all.at(-1)[1]) : 0;
  };
  return {
    passed: number('pass'),
    failed: number('fail') + number('cancelled'),
    skipped: number('skipped') + number('todo'),
  };
}

/** The last line of script/check. */
export function countCheck(text) {
  const match = /^check: (\d+) passed, (\d+) failed$/m.exec(text);
  return { passed: Number(match?.[1] ?? 0), failed: Number(match?.[2] ?? 0), skipped: 0 };
}

/** One part: its counts, corrected by the status of its runner. */
export function countPart(status, counts) {
  const nothing = counts.passed + counts.failed === 0;
  const uncounted = (status !== 0 && counts.failed === 0) || (status === 0 && nothing);
  return { ...counts, failed: counts.failed + (uncounted ? 1 : 0) };
}

const readers = { xml: countCtest, tap: countTap, txt: countCheck };

function read(folder, part) {
  for (const [kind, count] of Object.entries(readers)) {
    const path = join(folder, `${part}.${kind}`);
    if (existsSync(path)) return count(readFileSync(path, 'utf8'));
  }
  return { passed: 0, failed: 0, skipped: 0 };
}

function main(folder) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  console.log('part        passed  failed  skipped  seconds');
  for (const line of readFileSync(join(folder, 'parts.txt'), 'utf8').trim().split('\n')) {
    const [part, status, seconds] = line.split(' ');
    const counts = countPart(Number(status), read(folder, part));
    for (const key of Object.keys(total)) total[key] += counts[key];
    const columns = [
      part.padEnd(10),
      String(counts.passed).padStart(7),
      String(counts.failed).padStart(7),
      String(counts.skipped).padStart(8),
      seconds.padStart(8),
    ];
    console.log(columns.join(' '));
  }
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}

if (process.argv.length > 2) process.exitCode = main(process.argv[2]);
