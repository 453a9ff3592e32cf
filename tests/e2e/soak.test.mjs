// Every fault of script/soak once, in less than a minute. The hour is run by hand.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

import { BINARY, ROOT } from '../support/server.mjs';

const PAUSE_S = 2;

test('people play on while one thing after the other goes wrong', async (t) => {
  const child = spawn('script/soak', ['--seconds', '1', '--pause', String(PAUSE_S)], {
    cwd: ROOT,
    env: { ...process.env, CASYSD_BIN: BINARY },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => { said += text; });
  const [code] = await once(child, 'close');
  assert.equal(code, 0, said.slice(0, 3000));
  for (const line of said.trim().split('\n')) t.diagnostic(line);
});
