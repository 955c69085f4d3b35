// A token that is revoked in the middle of a load: the job waits, no row fails for it, and a good token makes it go on.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { makeFile, newSeed } from './made_file.mjs';
import { Sandbox, Server, until } from './rowcall.mjs';
import { assertHoldsExactly, assertOutcomesAreTrue } from './truth.mjs';

const rows = 600;
const badRows = 30;

/** A load whose token is revoked when a third of the contacts are there; answers it once its job waits. */
async function revokeInMidLoad(t, seed) {
  const file = makeFile({ seed, rows, companyCount: 20, badCount: badRows });
  const sandbox = await Sandbox.start(t, '--rate-limit', '1000000', '--latency', '5ms', '--seed', String(seed));
  const server = await Server.start(t);
  const instance = await server.connect(sandbox);
  const job = await instance.upload(file.csv);
  await until('a third is loaded', async () => (await sandbox.contacts()).length >= rows / 3);
  await sandbox.accept('the-next-token');
  const status = await waits(instance, job);
  return { file, sandbox, server, instance, job, status };
}

const waits = (instance, job) => until('the job waits', async () => {
  const status = await instance.status(job);
  return status.waitReason ? status : null;
});

function assertWaitsForSignIn(status) {
  assert.equal(status.status, 'RUNNING');
  assert.match(status.waitReason, /^sign-in refused: Intercom answered 401/);
  assert.equal(status.outcomes.failed, 0, JSON.stringify(status));
  assert.equal(status.outcomes.unresolved, 0, JSON.stringify(status));
}

async function assertGoesOnWithAGoodToken({ file, sandbox, instance, job }) {
  const refused = await instance.change({ 'oauth.user.token': 'a-wrong-token' });
  assert.equal(refused.status, 400);
  assertWaitsForSignIn(await instance.status(job));
  const changed = await instance.change({ 'oauth.user.token': 'the-next-token' });
  assert.equal(changed.status, 200, await changed.text());

  const status = await instance.finished(job);
  assert.equal(status.status, 'COMPLETED', JSON.stringify(status));
  assert.equal(status.waitReason, undefined);
  assert.equal(status.recordsFailedCount, badRows);
  assert.equal(status.outcomes.created, rows - badRows);
  await assertHoldsExactly(sandbox, file);
  await assertOutcomesAreTrue(sandbox, file, await instance.rows(job));
}

const seed = Number(process.env.SEED ?? newSeed());

test(`revoked in mid-load: the job waits, fails no row, and a good token makes it go on (SEED=${seed})`, async (t) => {
  const load = await revokeInMidLoad(t, seed);
  assertWaitsForSignIn(load.status);
  assert.ok((await load.sandbox.contacts()).length < rows - badRows, 'it was revoked in time');
  await assertGoesOnWithAGoodToken(load);
});

test(`killed while it waits for a sign-in, the job waits again and then goes on (SEED=${seed})`, async (t) => {
  const load = await revokeInMidLoad(t, seed);
  const before = await load.sandbox.contacts();
  await load.server.kill();
  await load.server.startAgain();
  // What stands in the ledger is of the process that was killed; the new one asks for itself.
  const { total } = await load.sandbox.requests();
  await until('the new process was refused', async () => (await load.sandbox.requests()).total > total);
  assertWaitsForSignIn(await waits(load.instance, load.job));
  assert.equal((await load.sandbox.contacts()).length, before.length);
  await assertGoesOnWithAGoodToken(load);
});
