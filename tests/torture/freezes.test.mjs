// The server is frozen in the midst of a load, longer than any of its calls may take, and goes on as if nothing had been.
// SEED=… repeats a run; FREEZES=… is how many there are in it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { makeFile, newSeed, randomFrom } from '../e2e/made_file.mjs';
import { impatientConnectors, Sandbox, Server, until } from '../e2e/rowcall.mjs';
import { assertHoldsExactly, assertOutcomesAreTrue } from '../e2e/truth.mjs';

const freezes = Number(process.env.FREEZES ?? 3);
const rows = 1000 * freezes;
const seed = process.env.SEED ? Number(process.env.SEED) : newSeed();

test(`${freezes} freezes of three seconds: lost 0, doubled 0, mislabelled 0 (SEED=${seed})`, async (t) => {
  const random = randomFrom(seed);
  const file = makeFile({ seed, rows, companyCount: 100, badCount: 60 });
  const sandbox = await Sandbox.start(t, '--rate-limit', '0', '--latency', '20ms', '--seed', String(seed));
  const server = await Server.start(t, { connectors: await impatientConnectors(t) });
  const instance = await server.connect(sandbox);
  await sandbox.faults([{ probability: 0.03, do: 'reset_after' }]);
  const before = (await sandbox.requests()).total;
  const job = await instance.upload(file.csv);
  const moments = Array.from({ length: freezes }, () => random.below(rows * 1.6)).sort((a, b) => a - b);
  for (const moment of moments) {
    await until(`${moment} requests of the load`, async () => (await sandbox.requests()).total - before >= moment);
    server.run.child.kill('SIGSTOP');
    await pause(3000); // what is tested is the time that passes
    server.run.child.kill('SIGCONT');
  }
  const status = await instance.finished(job, 40 * freezes);
  assert.equal(status.status, 'COMPLETED', JSON.stringify(status));
  assert.equal(status.outcomes.unresolved, 0);
  await assertHoldsExactly(sandbox, file);
  await assertOutcomesAreTrue(sandbox, file, await instance.rows(job));
});
