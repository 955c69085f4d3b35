// The promise: whatever is killed and whatever is cut, no row is lost, doubled or mislabelled, and no company either.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { makeFile, newSeed, randomFrom } from './made_file.mjs';
import { impatientConnectors, Sandbox, Server, until } from './rowcall.mjs';
import { assertHoldsExactly, assertOutcomesAreTrue } from './truth.mjs';

const rows = Number(process.env.ROWS ?? 5000);
const kills = Number(process.env.KILLS ?? 10);
const resets = Number(process.env.RESETS ?? 0.05);
const badRows = Math.floor(rows * 0.06);

/** Some people of the file exist before, with other values: their rows must end as updated, all others as created. */
async function createSome(sandbox, file, random) {
  const emails = file.wanted.map(({ email }) => email).filter(() => random() < 0.005);
  await sandbox.add(emails.map((email) => ({ email, name: 'An older name' })));
  // What we made is told from what was there by its time of birth, in whole seconds by a clock that is read from the
  // Date header and may be a second slow. Let the load begin behind that.
  const born = await sandbox.clock();
  await until('two seconds have passed at the stand-in', async () => (await sandbox.clock()) >= born + 2);
  return new Set(emails);
}

/** Kills the server at `kills` random moments of the load, counted in requests that have reached the stand-in. */
async function killAtRandomMoments(sandbox, server, random, requestsBefore) {
  const moments = Array.from({ length: kills }, () => random.below(rows * 2 * 0.9)).sort((a, b) => a - b);
  for (const moment of moments) {
    await until(`${moment} requests of the load`, async () => (await sandbox.requests()).total - requestsBefore >= moment);
    await server.kill();
    await server.startAgain();
  }
}

const seeds = process.env.SEED ? [Number(process.env.SEED)] : [newSeed(), newSeed(), newSeed()];
for (const seed of seeds) {
  test(`${kills} kills and ${resets * 100} % resets after commit: lost 0, doubled 0, mislabelled 0 (SEED=${seed})`, async (t) => {
    const random = randomFrom(seed);
    const file = makeFile({ seed, rows, companyCount: 200, badCount: badRows });
    const sandbox = await Sandbox.start(t, '--rate-limit', '1000000', '--latency', '10ms', '--seed', String(seed));
    // A row in doubt waits for the search no longer than a second.
    const server = await Server.start(t, { connectors: await impatientConnectors(t, '12s') });
    const instance = await server.connect(sandbox);
    const existedBefore = await createSome(sandbox, file, random);
    assert.ok(existedBefore.size > 0);

    await sandbox.faults([{ probability: resets, do: 'reset_after' }]);
    const { total } = await sandbox.requests();
    const job = await instance.upload(file.csv);
    await killAtRandomMoments(sandbox, server, random, total);
    const status = await instance.finished(job, 300);

    const [{ struck }] = await sandbox.faultCounts();
    assert.ok(struck > rows * resets, `only ${struck} requests were struck`);
    assert.equal(status.status, 'COMPLETED', JSON.stringify(status));
    assert.equal(status.recordsCount, rows);
    const rowsTold = await instance.rows(job);
    assert.deepEqual(rowsTold.filter((row) => ['failed', 'unresolved'].includes(row.outcome)), []);
    assert.equal(status.recordsFailedCount, badRows);
    assert.deepEqual(rowsTold.filter((row) => row.incomplete?.length), []);
    assert.equal(status.recordsIncomplete, 0);
    assert.equal(status.outcomes.updated, existedBefore.size);
    assert.equal(status.outcomes.created, rows - badRows - existedBefore.size);
    await assertHoldsExactly(sandbox, file);
    await assertOutcomesAreTrue(sandbox, file, rowsTold, existedBefore);
  });
}
