// Whether the databases of a data folder are whole, as SQLite's own program finds them.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The server must have ended. Looks at a copy, for that program would write to the files. */
export async function assertSound(data) {
  const copy = await mkdtemp(join(tmpdir(), 'rowcall-sound-'));
  await cp(data, copy, { recursive: true });
  for (const name of ['ledger.db', 'catalogue.db']) {
    const { stdout } = await run('sqlite3', [join(copy, name), 'PRAGMA integrity_check; PRAGMA foreign_key_check;']);
    assert.equal(stdout.trim(), 'ok', name);
  }
  await rm(copy, { recursive: true });
}
