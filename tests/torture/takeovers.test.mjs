// The server is frozen in the midst of a load, and another takes its work over; then the frozen one goes on, and both live.
// In a build with tests a lease lasts two seconds instead of twenty. SEED=… repeats a run; TAKEOVERS=… is how many
// processes are frozen in it, all of which live to its end.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { makeFile, newSeed, randomFrom } from '../e2e/made_file.mjs';
import { impatientConnectors, Sandbox, Server, until } from '../e2e/rowcall.mjs';
import { assertHoldsExactly, assertOutcomesAreTrue } from '../e2e/truth.mjs';

const takeovers = Number(process.env.TAKEOVERS ?? 3);
const rows = 1000 * takeovers;
const seed = process.env.SEED ? Number(process.env.SEED) : newSeed();

/** Only a process that has worked can be fenced. One that was let go on may do the work, where the others stand still. */
async function hasCalledTheService(server) {
  const answer = await fetch(`${server.run.url}/metrics`);
  return /^rowcall_service_calls_total\{.*\} [1-9]/m.test(await answer.text());
}

test(`${takeovers} frozen processes, taken over, go on: lost 0, doubled 0, mislabelled 0 (SEED=${seed})`, async (t) => {
  const random = randomFrom(seed);
  const file = makeFile({ seed, rows, companyCount: 100, badCount: 60 });
  const sandbox = await Sandbox.start(t, '--rate-limit', '0', '--latency', '100ms', '--seed', String(seed));
  const connectors = await impatientConnectors(t, '1s');
  const server = await Server.start(t, { connectors, env: { ROWCALL_LEASE_MS: '2000' } });
  const instance = await server.connect(sandbox);
  await sandbox.faults([{ probability: 0.03, do: 'reset_after' }]);
  const before = (await sandbox.requests()).total;
  const job = await instance.upload(file.csv);
  const moments = Array.from({ length: takeovers }, () => random.below(rows)).sort((a, b) => a - b);
  const frozen = [];
  for (const moment of moments) {
    await until(`${moment} requests of the load`, async () => (await sandbox.requests()).total - before >= moment);
    const hasWorked = await hasCalledTheService(server);
    const run = await server.takeOver(t);
    frozen.push({ run, hasWorked });
    await pause(random.below(3000)); // what is tested is the time that passes
    run.child.kill('SIGCONT');
  }
  const status = await instance.finished(job, 40 * takeovers);
  assert.equal(status.status, 'COMPLETED', JSON.stringify(status));
  assert.equal(status.outcomes.unresolved, 0);
  const workers = frozen.filter(({ hasWorked }) => hasWorked);
  t.diagnostic(`${workers.length} of them had worked`);
  assert.ok(workers.length >= takeovers / 2);
  for (const { run } of workers) await run.logged(/"kind":"fenced"/, 30);
  await assertHoldsExactly(sandbox, file);
  await assertOutcomesAreTrue(sandbox, file, await instance.rows(job));
});
