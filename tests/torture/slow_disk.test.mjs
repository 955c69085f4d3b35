// A disk that takes its time for each write, and a server that is killed as soon as the service has been sent a row.
// That the row may have been sent must stand on the disk by then: else its record is taken for one that somebody else has
// made. SEED=… repeats a run.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { makeFile, newSeed } from '../e2e/made_file.mjs';
import { impatientConnectors, Sandbox, Server, temporaryFolder, until } from '../e2e/rowcall.mjs';
import { assertHoldsExactly, assertOutcomesAreTrue } from '../e2e/truth.mjs';
import { attachStrace } from './strace.mjs';

const seed = process.env.SEED ? Number(process.env.SEED) : newSeed();
const delay = 30_000; // microseconds

test(`a row that was sent is known to have been, however slow the disk (SEED=${seed})`, async (t) => {
  const file = makeFile({ seed, rows: 60, companyCount: 8, badCount: 6 });
  const sandbox = await Sandbox.start(t, '--rate-limit', '0', '--seed', String(seed));
  const server = await Server.start(t, { connectors: await impatientConnectors(t) });
  const instance = await server.connect(sandbox);
  const log = join(await temporaryFolder(t), 'strace');
  const rule = { call: 'pwrite64', delay, when: '1+' };
  await attachStrace(server.run.child.pid, [rule], [join(server.data, 'ledger.db-wal')], log);
  const job = await instance.upload(file.csv);
  await until('a row has been sent', async () => (await sandbox.requests()).by_operation['POST /contacts']);
  await server.kill();
  await server.startAgain();
  const status = await instance.finished(job);
  assert.equal(status.status, 'COMPLETED', JSON.stringify(status));
  await assertHoldsExactly(sandbox, file);
  await assertOutcomesAreTrue(sandbox, file, await instance.rows(job));
});
