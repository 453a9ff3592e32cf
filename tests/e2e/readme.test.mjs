// The session with curl of README.md, run as it stands. In its `sh` block a comment
//
//     # -> text
//
// behind a command, or below it, says what the output since the last such comment contains.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import { ask } from './support/http.mjs';

const HEADING = 'A session with curl';
const PORT = '8080';
const MARK = '--- the session goes on';
const EXPECTED = /(?:^|\s)# -> (.*)$/;
const GUARD_MS = 60_000;

// The lines of the `sh` blocks below the heading, up to the next heading of its level.
const sessionOf = (readme) => {
  const start = readme.indexOf(`\n## ${HEADING}\n`);
  assert.ok(start >= 0, `README.md has no "${HEADING}"`);
  const end = readme.indexOf('\n## ', start + 1);
  const section = readme.slice(start, end < 0 ? undefined : end);
  const blocks = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block);
  assert.ok(blocks.length > 0, 'the session has no ```sh block');
  return blocks.join('').split('\n');
};

// Steps: some lines, then what their output contains.
const stepsOf = (lines) => {
  const steps = [];
  let step = { lines: [], expected: [] };
  for (const line of lines) {
    const expected = EXPECTED.exec(line);
    if (!expected && step.expected.length > 0 && line.trim() !== '') {
      steps.push(step);
      step = { lines: [], expected: [] };
    }
    step.lines.push(line);
    if (expected) step.expected.push(expected[1]);
  }
  return [...steps, step];
};

const runBash = async (script, cwd) => {
  await writeFile(join(cwd, 'session.sh'), script);
  const child = spawn('bash', ['session.sh'], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const guard = setTimeout(() => child.kill('SIGKILL'), GUARD_MS);
  let out = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => { out += text; });
  }
  const [code] = await once(child, 'close');
  clearTimeout(guard);
  assert.equal(code, 0, out);
  return out;
};

const isFree = async (port) => {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch {
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
};

test('the session with curl in README.md does what it says', async () => {
  const lines = sessionOf(await readFile(join(ROOT, 'README.md'), 'utf8'));
  const port = await isFree(PORT) ? PORT : '0';
  const server = await startServer({ args: ['--listen', `127.0.0.1:${port}`, '--rates', 'on'] });
  const folder = await mkdtemp(join(tmpdir(), 'casysd-readme-'));
  try {
    // Only the port may differ, and only when it is taken.
    const steps = stepsOf(lines.map((line) => line.replaceAll(`:${PORT}`, `:${server.port}`)));
    const script = steps.map((step) => `${step.lines.join('\n')}\necho '${MARK}'\n`).join('');
    const outputs = (await runBash(script, folder)).split(`${MARK}\n`);
    assert.equal(outputs.pop(), '');
    assert.equal(outputs.length, steps.length);
    for (const [i, { lines: commands, expected }] of steps.entries()) {
      for (const text of expected) {
        assert.ok(outputs[i].includes(text), `${commands.join('\n')}\n\nsaid\n\n${outputs[i]}\n\nwithout ${text}`);
      }
    }
    // It shows what it is to show: the stories, a choice, an ending, the history, a stale version.
    const all = steps.flatMap(({ expected }) => expected).join('\n');
    for (const word of [/bell-on-skarrow/, /\b(won|lost)\b/, /\bstart\b/, /stale_version/]) assert.match(all, word);
    const commands = lines.join('\n');
    for (const path of ['/api/stories', '/api/games', '/choices', '/history']) {
      assert.ok(commands.includes(path), path);
    }
    const metrics = (await ask(server, '/metrics')).text;
    const count = (name) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(metrics)[1]);
    assert.ok(count('casysd_commands_total') >= 3);
    assert.ok(count('casysd_refusals_total') >= 1);
  } finally {
    await server.remove();
    await rm(folder, { recursive: true, force: true });
  }
});
