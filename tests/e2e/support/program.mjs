// The program run once with these arguments, for what it does besides serving: the commands of
// authors and operators, and what it says before it serves.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { BINARY } from '../../support/server.mjs';

const GUARD_MS = 120_000;
const READY = /^casysd ready on /m;

// Gives {code, out, err} when it has ended; a program that goes on is ended, with code null.
// before: a program and its arguments that start it. input: what is typed, which then ends.
// cwd, env: its folder and its environment, where they are not those of the test.
export const run = async (args, { before = [], input = '', cwd, env } = {}) => {
  const [program, ...all] = [...before, BINARY, ...args];
  const child = spawn(program, all, { stdio: 'pipe', cwd, env });
  const guard = setTimeout(() => child.kill('SIGKILL'), GUARD_MS);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
    // It serves: the test expected it not to, and will say so.
    if (READY.test(out)) child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (text) => { err += text; });
  // A program that ends without reading closes its end first.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  clearTimeout(guard);
  return { code, out, err };
};
