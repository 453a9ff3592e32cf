// The program run once with these arguments, for what it says before it serves.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { BINARY } from '../../support/server.mjs';

const GUARD_MS = 30_000;

// Gives {code, out, err} when it has ended; a program that goes on is ended, with code null.
// before: a program and its arguments that start it.
export const run = async (args, { before = [] } = {}) => {
  const [program, ...all] = [...before, BINARY, ...args];
  const child = spawn(program, all, { stdio: ['ignore', 'pipe', 'pipe'] });
  const guard = setTimeout(() => child.kill('SIGKILL'), GUARD_MS);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
    // It serves: the test expected it not to, and will say so.
    if (out.includes('ready')) child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (text) => { err += text; });
  const [code] = await once(child, 'close');
  clearTimeout(guard);
  return { code, out, err };
};
