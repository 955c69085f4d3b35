// Whether the databases of a data folder are whole, as SQLite's own program finds them.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The server must have ended: its log is folded into the files here. */
export async function assertSound(data) {
  for (const name of ['ledger.db', 'catalogue.db']) {
    const { stdout } = await run('sqlite3', [join(data, name), 'PRAGMA integrity_check; PRAGMA foreign_key_check;']);
    assert.equal(stdout.trim(), 'ok', name);
  }
}
