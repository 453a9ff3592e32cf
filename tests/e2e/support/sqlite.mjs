// A database changed behind the program's back, by the sqlite3 command.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

export const sql = (file, statement) => {
  const { status, stderr } = spawnSync('sqlite3', [file, statement], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
};
