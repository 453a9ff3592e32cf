// The real server as a child process, for the tests that look at it from outside. Each one has a
// folder of its own for its database and a port that the system gave it, which it keeps when it is
// started again.
//
//     const server = await startServer();
//     ... server.url ...
//     await server.kill(); await server.start();      // as after a power cut
//     await server.remove();

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const BINARY = process.env.CASYSD_BIN ?? join(ROOT, 'build/dev/casysd');
const READY = /^casysd ready on http:\/\/127\.0\.0\.1:(\d+)$/;

// options.args: more arguments for the server. options.env: more of its environment.
// options.descriptors: how many it may have. options.parent: where its folder is made.
export const startServer = async (options = {}) => {
  const folder = await mkdtemp(join(options.parent ?? tmpdir(), 'casysd-test-'));
  let child = null;
  let port = 0;
  let said = '';
  let begun = 0; // so much of it was said before the last start

  const running = () => child !== null && child.exitCode === null && child.signalCode === null;

  // What the server says when it cannot start belongs into the failure of the test: the beginning
  // of it, because node's runner needs minutes for a message of hundreds of lines.
  const readPort = async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      const match = READY.exec(line);
      if (match) return Number(match[1]);
    }
    await server.gone();
    throw new Error(`the server did not become ready:\n${said.slice(begun, begun + 1000)}`);
  };

  const end = async (signal) => {
    if (!running()) return child?.exitCode ?? null;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    return child.exitCode;
  };

  const server = {
    folder,
    get port() { return port; },
    get pid() { return child.pid; },
    get url() { return `http://127.0.0.1:${port}`; },
    // The server's log so far.
    get log() { return said; },
    // How the last one ended: {code, signal}, both null while it runs.
    get ended() { return { code: child.exitCode, signal: child.signalCode }; },
    // Settled when it ends by itself, or has.
    gone: () => (running() ? once(child, 'exit') : Promise.resolve()),

    // Wait until the server has logged that, after the first `from` characters of its log.
    async logged(pattern, from = 0) {
      while (!pattern.test(said.slice(from))) await once(child.stderr, 'data');
    },

    // Send it a signal that does not end it.
    signal: (name) => child.kill(name),

    // Start it, or start it again on the same port and database.
    async start() {
      assert.ok(!running(), 'the server runs already');
      begun = said.length;
      const limited = options.descriptors
        ? ['bash', '-c', `ulimit -n ${options.descriptors}; exec "$0" "$@"`] : [];
      const [program, ...before] = [...limited, BINARY];
      child = spawn(program, [
        ...before,
        'serve',
        '--listen', `127.0.0.1:${port}`,
        '--db', join(folder, 'db.sqlite'),
        '--stories', join(ROOT, 'stories'),
        '--static', join(ROOT, 'static'),
        '--rates', 'off',
        ...(options.args ?? []),
      ], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.env } });
      child.stderr.setEncoding('utf8').on('data', (text) => { said += text; });
      child.on('error', (error) => { said += error.message; });
      port = await readPort();
      child.stdout.resume();
    },

    // Ask it to stop. Gives its exit code, null when a signal ended it.
    stop: (signal = 'SIGTERM') => end(signal),

    // End it without a word, as a crash does.
    kill: () => end('SIGKILL'),

    // End it and everything it kept.
    async remove() {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };

  try {
    await server.start();
  } catch (error) {
    await server.remove();
    throw error;
  }
  return server;
};
