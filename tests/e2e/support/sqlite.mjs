// A database changed, or looked into, behind the program's back, by the sqlite3 command.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

export const sql = (file, statement) => {
  const { status, stdout, stderr } = spawnSync('sqlite3', [file, statement], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
};
