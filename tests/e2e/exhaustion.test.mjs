// A server without descriptors or memory for more connections: newcomers are refused or wait,
// everybody who is there goes on, nothing spins, and it recovers by itself.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { Control, preload } from '../support/preload.mjs';
import { ROOT, startServer } from '../support/server.mjs';
import { ask, newLinkGame } from './support/http.mjs';
import { dial } from './support/raw.mjs';
import { choice, watch } from './support/socket.mjs';

const STORIES = ['--stories', join(ROOT, 'tests/e2e/stories')];
const LIVEZ = 'GET /livez HTTP/1.1\r\nhost: a\r\n\r\n';
const TICKS_A_SECOND = 100; // of /proc, on every Linux that runs this
const MEASURE_MS = 2000;
const BUSY = 0.25; // of one core: a loop that spins takes all of it

const cpuTicks = async (pid) => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
};

// How much of one core the server takes while `body` goes on, for MEASURE_MS.
const cpuShare = async (server, body) => {
  const [began, before] = [performance.now(), await cpuTicks(server.pid)];
  await body();
  await new Promise((resolve) => { setTimeout(resolve, Math.max(0, MEASURE_MS - (performance.now() - began))); });
  const seconds = (performance.now() - began) / 1000;
  return (await cpuTicks(server.pid) - before) / TICKS_A_SECOND / seconds;
};

// The status that a newcomer gets, or 0 when it is closed without one. Closes nothing else.
const newcomer = async (server) => {
  const raw = await dial(server);
  raw.write(LIVEZ);
  const answer = await raw.answer().catch(() => ({ status: 0 }));
  return { raw, status: answer.status };
};

// Connect until one is refused; gives those that are served.
const fill = async (server) => {
  const served = [];
  for (;;) {
    const { raw, status } = await newcomer(server);
    if (status !== 200) {
      await raw.untilOver();
      return served;
    }
    served.push(raw);
    assert.ok(served.length < 100, 'nobody was refused');
  }
};

const expectServed = async (raw) => {
  raw.write(LIVEZ);
  assert.equal((await raw.answer()).status, 200);
};

const untilServed = async (server) => {
  const guard = Date.now() + 30_000;
  for (;;) {
    assert.ok(Date.now() < guard, 'it did not recover');
    const { raw, status } = await newcomer(server);
    raw.destroy();
    if (status === 200) return;
  }
};

const setLimit = (server, soft) =>
  execFileSync('prlimit', ['--pid', String(server.pid), `--nofile=${soft}:`]);

const finish = async (server) => {
  assert.equal(await server.stop(), 0, server.log);
  assert.ok(!/Sanitizer|runtime error|ENSURE/.test(server.log), server.log);
};

for (const threads of ['1', '2']) {
  test(`with 40 descriptors and ${threads} io threads the next connections are refused`, async () => {
    const server = await startServer({ args: [...STORIES, '--threads', threads], descriptors: 40 });
    try {
      const game = await newLinkGame(server);
      const player = await watch(server, game);
      const served = await fill(server);
      assert.ok(served.length >= 1, 'no connection at all was served');
      const share = await cpuShare(server, async () => {
        for (let i = 0; i < 50; i += 1) {
          const { raw, status } = await newcomer(server);
          assert.ok(status === 503 || status === 0, `${status}`);
          await raw.untilOver();
        }
        // Who is there goes on, to the disk and back.
        for (const raw of served) await expectServed(raw);
        player.send(choice(game, 'left', { request_id: 'one' }));
        await player.expect('choice_ack');
        await player.expect('state');
      });
      assert.ok(share < BUSY, `it takes ${share} of a core`);
      for (const raw of served) raw.destroy();
      await untilServed(server);
      // As many as before find room again, an upgrade too.
      const second = await watch(server, game);
      await second.close();
      assert.match((await ask(server, '/metrics')).text, /^casysd_connections_refused_total [1-9]\d+$/m);
      assert.equal(server.log.match(/event=accept_(?:refused|paused)/g).length <= Number(threads), true, server.log);
      await player.close();
      await finish(server);
    } finally {
      await server.remove();
    }
  });
}

test('when the system gives no descriptor, the spare one refuses newcomers', async () => {
  const server = await startServer({ args: [...STORIES, '--threads', '1'] });
  try {
    const used = (await readdir(`/proc/${server.pid}/fd`)).map(Number);
    let free = 0;
    while (used.includes(free)) free += 1;
    const raw = await dial(server);
    await expectServed(raw);
    setLimit(server, free + 1); // that one's
    const share = await cpuShare(server, async () => {
      for (let i = 0; i < 50; i += 1) {
        const { raw: refused, status } = await newcomer(server);
        assert.ok(status === 503 || status === 0, `${status}`);
        await refused.untilOver();
      }
    });
    assert.ok(share < BUSY, `it takes ${share} of a core`);
    setLimit(server, 1024);
    await untilServed(server);
    await expectServed(raw);
    raw.destroy();
    await finish(server);
  } finally {
    await server.remove();
  }
});

test('without even the spare descriptor, newcomers wait and nothing spins', async () => {
  const server = await startServer({ args: [...STORIES, '--threads', '2'] });
  try {
    const old = await dial(server);
    await expectServed(old);
    setLimit(server, 3);
    const waiting = [];
    const share = await cpuShare(server, async () => {
      for (let i = 0; i < 8; i += 1) {
        const raw = await dial(server);
        raw.write(LIVEZ);
        waiting.push(raw);
      }
      await expectServed(old);
    });
    assert.ok(share < BUSY, `it takes ${share} of a core`);
    assert.match(server.log, /event=accept_paused/);
    setLimit(server, 1024);
    // The ones that waited are served without another word.
    for (const raw of waiting) {
      assert.equal((await raw.answer()).status, 200);
      raw.destroy();
    }
    old.destroy();
    await finish(server);
  } finally {
    await server.remove();
  }
});

// accept() itself says no: to one newcomer at each place of a row of them, and to all for a while.
for (const error of ['ENOMEM', 'ENFILE', 'EMFILE']) {
  test(`an accept that fails with ${error} refuses newcomers or lets them wait, and recovers`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'casysd-accept-'));
    const accepts = new Control(join(folder, 'accept'), ['accept']);
    const server = await startServer({
      args: [...STORIES, '--threads', '1'], env: preload('accept', 'CASYS_SOAK_ACCEPT', accepts.file),
    });
    try {
      const old = await dial(server);
      await expectServed(old);
      for (let left = 0; left < 4; left += 1) {
        accepts.set({ operation: 'accept', left, error });
        const statuses = [];
        for (let i = 0; i < 5; i += 1) {
          const { raw, status } = await newcomer(server);
          statuses.push(status);
          raw.destroy();
        }
        assert.equal(accepts.failures, 1);
        // With the spare descriptor that one is refused; without memory it waits and is served.
        const refused = statuses.filter((status) => status !== 200);
        assert.ok(refused.length <= (error === 'ENOMEM' ? 0 : 1), `${statuses}`);
      }
      accepts.set({ operation: 'accept', lasting: true, error });
      const waiting = [];
      const share = await cpuShare(server, async () => {
        for (let i = 0; i < 8; i += 1) {
          const raw = await dial(server);
          raw.write(LIVEZ);
          waiting.push(raw);
        }
        await expectServed(old);
      });
      assert.ok(share < BUSY, `it takes ${share} of a core`);
      assert.ok(accepts.failures > 0 && accepts.failures < 200, `${accepts.failures} times`);
      assert.match(server.log, /event=accept_paused/);
      accepts.set();
      for (const raw of waiting) {
        assert.equal((await raw.answer()).status, 200);
        raw.destroy();
      }
      old.destroy();
      await finish(server);
    } finally {
      await server.remove();
      await rm(folder, { recursive: true });
    }
  });
}

test('a reader that does not take its answer is let go', async () => {
  const server = await startServer({ args: [...STORIES, '--threads', '1', '--write-ms', '500'] });
  try {
    const game = await newLinkGame(server);
    const raw = await dial(server);
    raw.socket.pause();
    const bytes = `GET /api/games/${game} HTTP/1.1\r\nhost: a\r\n\r\n`;
    const ended = new Promise((resolve) => { raw.socket.once('close', resolve); });
    for (let i = 0; i < 4000; i += 1) raw.write(bytes.repeat(5));
    const guard = Date.now() + 60_000;
    while (!/^casysd_slow_closed_total 1$/m.test((await ask(server, '/metrics')).text)) {
      assert.ok(Date.now() < guard, 'it waits for ever');
    }
    raw.socket.resume();
    await ended;
    await finish(server);
  } finally {
    await server.remove();
  }
});
