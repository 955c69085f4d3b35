// Jobs under the service's rate limit: each keeps to its share, and takes nothing from the others.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Sandbox, Server, until } from './rowcall.mjs';

const people = (who, count) => ['email', ...Array.from({ length: count }, (_, i) => `${who}${i}@example.com`)].join('\n');

const countOf = async (sandbox, who) => (await sandbox.contacts()).filter(({ email }) => email.startsWith(who)).length;

const refusedForTheRate = async (sandbox) => (await sandbox.requests()).by_status['429'] ?? 0;

const waits = (instance, job) => until('the job waits', async () => {
  const status = await instance.status(job);
  return status.waitReason ? status : null;
});

test('a job with a share of the rate leaves the rest to the others, and says why it waits', async (t) => {
  const sandbox = await Sandbox.start(t, '--rate-limit', '100');
  const server = await Server.start(t);
  const instance = await server.connect(sandbox);
  const slow = await instance.upload(people('slow', 500), { metaData: { rateShare: 0.1 } });
  const waiting = await waits(instance, slow);
  assert.match(waiting.waitReason, /^this job's share of the rate limit \(10 of 100 calls per 10 s\): (next call at|calls are spread over this time)/);

  const quick = await instance.load(people('quick', 40));
  assert.equal(quick.status, 'COMPLETED', JSON.stringify(quick));
  assert.equal(await countOf(sandbox, 'quick'), 40);
  const loaded = await countOf(sandbox, 'slow');
  assert.ok(loaded > 0 && loaded <= 20, `of two windows at most it took ten each, not ${loaded}`);

  await instance.call(`/bulk/${slow}/cancel`, { method: 'PUT' });
  const cancelled = await instance.finished(slow);
  assert.equal(cancelled.status, 'CANCELLED');
  assert.equal(cancelled.outcomes.created, await countOf(sandbox, 'slow'));
  assert.equal(cancelled.outcomes.created + cancelled.outcomes.cancelled, 500);
  assert.equal(await refusedForTheRate(sandbox), 0);
});

test('an instance with a share of the rate leaves the rest to other programs', async (t) => {
  const sandbox = await Sandbox.start(t, '--rate-limit', '100');
  const server = await Server.start(t);
  const instance = await server.connect(sandbox, { 'rate.share': '0.1' });
  const job = await instance.upload(people('slow', 500));
  const waiting = await waits(instance, job);
  assert.match(waiting.waitReason, /^the instance's share of the rate limit \(10 of 100 calls per 10 s\): (next call at|calls are spread over this time)/);
  const before = await countOf(sandbox, 'slow');
  assert.ok(before > 0 && before <= 20, `of two windows at most it took ten each, not ${before}`);
  const changed = await instance.change({ 'rate.share': null });
  assert.equal(changed.status, 200, await changed.text());
  await until('the whole rate is used', async () => (await countOf(sandbox, 'slow')) >= 60);
  await instance.call(`/bulk/${job}/cancel`, { method: 'PUT' });
  await instance.finished(job);
  assert.equal(await refusedForTheRate(sandbox), 0);
});
