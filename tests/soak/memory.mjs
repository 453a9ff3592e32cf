// Memory runs out at one moment: the n-th allocation of a start, or of the reading of a game and a
// choice in it, finds none, whoever asks for it. The program says so and ends, or refuses what it was
// doing; it never goes on with half of something, and after the next start everything that was
// acknowledged is there.
//
//     node tests/soak/memory.mjs [--every N]
//
// script/soak --memory starts it, for every allocation. tests/e2e/memory.test.mjs takes a part of them.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { ask, gamePath, newGame, post } from '../e2e/support/http.mjs';
import { Control, preload } from '../support/preload.mjs';
import { ROOT, startServer } from '../support/server.mjs';

const MANY = 1_000_000_000;
const END_GUARD_MS = 5000; // a connection that is lost is most often the end of the program
// What it says before it aborts: our own words, those of libh2o and of cmark.
const NO_MEMORY = /^(?:casysd: out of memory|.*no memory|\[cmark\] .*aborting)$/m;
// libh2o's table of types is filled at the start without a look at whether there was memory for it: it
// stops at an assertion or crashes, before anybody is served.
const TABLE_OF_TYPES = /mimemap\.c:\d+: .*Assertion|AddressSanitizer: SEGV[^]*mimemap/;
const SERVED = /event=started/;
// In a build with AddressSanitizer, what its own code allocates where a thread begins counts, too.
const SANITIZERS_OWN = /^AddressSanitizer: CHECK failed: sanitizer_linux/m;
// What ends a start in an orderly way.
const ONE_LINE = /^casysd: .+$/m;

class World {
  static async open() {
    const world = new World();
    world.folder = mkdtempSync(join(tmpdir(), 'casysd-memory-'));
    world.memory = new Control(join(world.folder, 'memory'), ['allocate']);
    const env = preload('memory', 'CASYS_SOAK_MEMORY', world.memory.file);
    world.server = await startServer({
      args: ['--stories', join(ROOT, 'tests/e2e/stories'), '--threads', '1'],
      // What it says is judged here, so it does not belong into files that are failures.
      env: { ...env, ASAN_OPTIONS: `${env.ASAN_OPTIONS}:log_path=stderr` },
    });
    world.game = await newGame(world.server);
    world.version = 1;
    world.outcomes = {};
    world.wrong = [];
    return world;
  }

  async close() {
    await this.server.remove();
    rmSync(this.folder, { recursive: true });
  }

  count(outcome) {
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
  }

  // The program has ended by itself, for want of memory, and has said so.
  checkEnd(from, why) {
    const { code, signal } = this.server.ended;
    const said = this.server.log.slice(from);
    if (SANITIZERS_OWN.test(said)) {
      this.count("the sanitizer's own");
      return;
    }
    if (!SERVED.test(said) && (TABLE_OF_TYPES.test(said) || (signal === 'SIGSEGV' && said === ''))) {
      this.count("libh2o's table of types");
      return;
    }
    if (!(signal === 'SIGABRT' ? NO_MEMORY.test(said) : code === 2 && ONE_LINE.test(said)))
      this.wrong.push(`${why}: ${code} ${signal}: ${said.slice(0, 500)}`);
    this.count(signal === 'SIGABRT' ? 'aborted' : 'ended with 2');
  }

  read() {
    return ask(this.server, gamePath(this.game.id), { session: this.game.session });
  }

  play(key) {
    return post(this.server, gamePath(this.game.id, '/choices'), { choice_id: 'left' },
      { session: this.game.session, headers: { 'idempotency-key': key } });
  }

  async restart() {
    await this.server.kill();
    this.memory.set();
    await this.server.start();
  }

  // The n-th allocation of a start; false when there are not so many.
  async failStart(n) {
    await this.server.kill();
    const from = this.server.log.length;
    this.memory.set({ operation: 'allocate', left: n, error: 'ENOMEM' });
    const ready = await this.server.start().then(() => true, () => false);
    const fired = this.memory.failures > 0;
    this.memory.set();
    if (!ready) {
      this.checkEnd(from, `allocation ${n} of a start`);
      return true;
    }
    const answer = await this.read();
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.version, this.version);
    if (fired) this.count('went on');
    return fired;
  }

  // What a client does that reads a game and plays: its answers, null for a cut.
  async #visit(key) {
    const read = await this.read().catch(() => null);
    const played = await this.play(key).catch(() => null);
    return [read, played];
  }

  // The n-th allocation since the program was ready; false when there are not so many.
  async failCommand(n) {
    await this.restart();
    const from = this.server.log.length;
    const key = `allocation ${n}`;
    this.memory.set({ operation: 'allocate', left: n, error: 'ENOMEM' });
    const [read, played] = await this.#visit(key);
    const fired = this.memory.failures > 0;
    this.memory.set();
    const cut = read === null || played === null;
    if (cut) await Promise.race([this.server.gone(), delay(END_GUARD_MS, null, { ref: false })]);
    const { code, signal } = this.server.ended;
    if (code !== null || signal !== null) {
      this.checkEnd(from, `allocation ${n} of a visit`);
      await this.server.start();
    } else if (cut) {
      this.count('cut off');
    } else if (fired) {
      this.count(read.status === 200 && played.status === 200 ? 'went on' : 'refused');
    }
    for (const answer of [read, played])
      assert.ok(answer === null || [200, 500, 503].includes(answer.status), `${n}: ${answer?.text}`);
    if (read?.status === 200) assert.equal(read.json.version, this.version, `${n}`);
    // Sent again, it is applied once, whether the first one was or not; and it can be read.
    const again = await this.play(key);
    assert.equal(again.status, 200, `${n}: ${again.text}`);
    assert.equal(again.json.version, this.version + 1, `${n}`);
    if (played?.status === 200) assert.equal(again.text, played.text);
    this.version += 1;
    assert.equal((await this.read()).json.version, this.version);
    return fired;
  }
}

// Every `every`-th allocation of each kind. Gives how many there were, and what came of them.
export const failEach = async (kind, every = 1) => {
  const world = await World.open();
  try {
    let n = 0;
    while (n < MANY && await world[kind](n)) n += every;
    assert.deepEqual(world.wrong, []);
    return { allocations: n, outcomes: world.outcomes };
  } finally {
    await world.close();
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { every: { type: 'string', default: '1' }, memory: { type: 'boolean' } } });
  for (const kind of ['failCommand', 'failStart']) {
    const { allocations, outcomes } = await failEach(kind, Number(values.every));
    process.stdout.write(`${kind}: ${allocations} allocations, ${JSON.stringify(outcomes)}\n`);
  }
}
