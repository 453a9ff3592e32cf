// Databases that older commits wrote (tests/storage/fixtures): today's program shows their games as
// they were, byte for byte, gives repeated requests their first answer, and plays on.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { ROOT, startServer } from '../support/server.mjs';
import { gamePath, post, readGame, readHistory } from './support/http.mjs';
import { run } from './support/program.mjs';

const FOLDER = join(ROOT, 'tests/storage/fixtures');
const FIXTURES = readdirSync(FOLDER).filter((name) => name.endsWith('.sqlite'));

// What an event is told with in words is of the program that tells it.
const withoutWords = (events) => events.map((event) => ({ ...event, words: undefined }));

const rows = (file, query) => {
  const { status, stdout, stderr } = spawnSync('sqlite3', ['-readonly', file, query],
    { encoding: 'utf8', maxBuffer: 1 << 26 });
  assert.equal(status, 0, stderr);
  return stdout;
};

const check = async (database, versions) => {
  const { code, out, err } = await run(['verify', database]);
  assert.equal(code, 0, out + err);
  assert.match(out, new RegExp(` ${versions} versions, \\d+ games over: 0 differ\\n$`));
};

test('there is a fixture of every schema', () => {
  const source = readFileSync(join(ROOT, 'storage/sqlite_schema.h'), 'utf8');
  const schema = Number(/SQLITE_SCHEMA_NUMBER = (\d+)/.exec(source)[1]);
  for (let i = 1; i <= schema; i += 1) assert.ok(FIXTURES.includes(`schema-${i}.sqlite`), `schema ${i}`);
});

for (const name of FIXTURES) {
  test(`${name} opens, shows its games, plays on and is verified`, async () => {
    const fixture = join(FOLDER, name);
    const { games } = JSON.parse(readFileSync(fixture.replace(/sqlite$/, 'json'), 'utf8'));
    let versions = games.reduce((sum, { events }) => sum + events.length, 0);
    assert.ok(games.length > 0 && versions > games.length);
    const server = await startServer();
    const database = join(server.folder, 'db.sqlite');
    try {
      await server.stop();
      rmSync(database);
      copyFileSync(fixture, database);
      await server.start();
      let played = 0;
      for (const { id, session, snapshot, events, last } of games) {
        const { text, json } = await readGame(server, id, session);
        assert.equal(text, snapshot);
        assert.deepEqual(withoutWords(await readHistory(server, id, session)), withoutWords(events));
        if (last.key) {
          const again = await post(server, gamePath(id, '/choices'), { choice_id: last.choice_id },
            { session, headers: { 'idempotency-key': last.key } });
          assert.equal(again.status, 200, again.text);
          assert.equal(again.text, snapshot, 'the first answer again');
        }
        const open = json.rules.choices.find(({ available }) => available !== false);
        if (!open) continue;
        const answer = await post(server, gamePath(id, '/choices'), { choice_id: open.id }, { session });
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.json.version, json.version + 1);
        versions += 1;
        played += 1;
      }
      assert.ok(played > 0, 'some game goes on');
      await check(database, versions);
      await server.stop();
      await check(database, versions);
      // What was written then is as it was.
      const query = 'SELECT seq, game, version, prev, at_ms, hex(request_id), hex(request_print), hex(event)'
        + ` FROM journal WHERE seq <= ${versions - played} ORDER BY seq`;
      const before = join(server.folder, 'before.sqlite'); // whoever reads a database makes files beside it
      copyFileSync(fixture, before);
      assert.equal(rows(database, query), rows(before, query));
    } finally {
      await server.remove();
    }
  });
}
