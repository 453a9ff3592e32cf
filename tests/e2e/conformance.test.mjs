// RFC 6455 over real sockets: the table of tests/conformance against ws_echo_server, which is the
// server's connection layer without a game on it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { cases, handshakes, request } from '../conformance/cases.mjs';
import { open, randomOf, runCases, startEcho } from '../conformance/drive.mjs';
import { close, fromClient, fromServer, text } from '../conformance/wire.mjs';

const SEED = Number(process.env.CASYS_SEED ?? 6455);
const CASES_MIN = 300;
const SHOWN = 20;

// Each byte of a handshake and of the frames behind it is once where the stream is cut.
const CUT_EVERYWHERE = {
  theme: 'handshake',
  why: 'cut at every byte, with frames behind it',
  request: request(),
  status: 101,
  behind: [text('hello'), text('again')],
  answers: [text('hello'), text('again')],
  everyCut: true,
};

const all = [...cases, ...handshakes, CUT_EVERYWHERE];
const themes = [...new Set(all.map(({ theme }) => theme))];
const random = randomOf(SEED);

let server;
let ran = 0;
let connections = 0;

before(async () => {
  server = await startEcho();
});

after(() => server?.stop());

test('every case says something else', () => {
  const names = all.map(({ theme, why }) => `${theme}: ${why}`);
  assert.deepEqual(names.filter((name, i) => names.indexOf(name) !== i), []);
});

for (const theme of themes) {
  const list = all.filter((one) => one.theme === theme);
  test(`${theme}: ${list.length} cases, each whole, byte by byte and in two`, async () => {
    const { count, failures } = await runCases(server.port, list, random);
    ran += list.length;
    connections += count;
    assert.equal(failures.length, 0,
      `${failures.length} of ${count} failed (CASYS_SEED=${SEED}):\n${failures.slice(0, SHOWN).join('\n')}`);
  });
}

test('a server that ends and a client that closes at the same time end with one Close', async (t) => {
  const echo = await startEcho();
  t.after(() => echo.stop());
  const people = await Promise.all(Array.from({ length: 50 }, () => open(echo.port)));
  echo.terminate();
  // Some close at once, the others when they are told to.
  const away = fromServer([close(1001)]);
  const own = fromServer([close(4321)]);
  await Promise.all(people.map(async ({ wire, length }, i) => {
    if (i % 2 === 0) {
      await wire.write(fromClient([close(4321)]));
    } else {
      await wire.untilBytes(length + away.length);
      await wire.write(fromClient([close(1001)]));
    }
    await wire.untilOver();
    const got = wire.received.subarray(length);
    assert.ok(got.equals(away) || (i % 2 === 0 && got.equals(own)), got.toString('hex'));
  }));
  const { code, said } = await echo.ended();
  assert.equal(code, 0, said.slice(0, 1000));
});

test('the echo server ends cleanly after all of it', async (t) => {
  const { code, said } = await server.stop();
  assert.equal(code, 0, said.slice(0, 1000));
  assert.equal(said, '');
  assert.ok(ran >= CASES_MIN, `${ran} cases`);
  t.diagnostic(`${ran} conformance cases on ${connections} connections`);
});
