// The server's clock jumps, an hour and a day to either side and behind the year 2038, while a load runs under a rate
// limit and answers are cut off; the server is killed, and started again, while its clock is wrong. The stand-in's clock
// is right throughout. SEED=… repeats a run.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { makeFile, newSeed, randomFrom } from '../e2e/made_file.mjs';
import { impatientConnectors, Sandbox, Server, startReceiver, temporaryFolder, until } from '../e2e/rowcall.mjs';
import { assertHoldsExactly, assertOutcomesAreTrue } from '../e2e/truth.mjs';

const rows = 600;
const limit = 500; // calls per window of ten seconds
const seed = process.env.SEED ? Number(process.env.SEED) : newSeed();

const hour = 3600;
const day = 24 * hour;
const to2038 = Math.ceil((Date.UTC(2038, 0, 20) - Date.now()) / 1000);

/** A clock that is as wrong as it is told to be, for the time of day only: the one that counts on is left alone. */
async function startClock(t) {
  const file = join(await temporaryFolder(t), 'wrong-by');
  const wrongBy = async (seconds) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(seconds));
    await writeFile(file, bytes, { flag: existsSync(file) ? 'r+' : 'w' }); // the server has it in its memory
  };
  await wrongBy(0);
  const library = join(dirname(process.env.ROWCALL), 'tests/libwrong_clock.so');
  return { env: { LD_PRELOAD: library, WRONG_CLOCK: file }, wrongBy };
}

/** By how many seconds the server's clock is wrong, as its answers say. */
async function seenWrong(server) {
  const answer = await fetch(`${server.run.url}/healthz`);
  await answer.text();
  return (Date.parse(answer.headers.get('date')) - Date.now()) / 1000;
}

test(`a clock that jumps changes no outcome (SEED=${seed})`, async (t) => {
  const random = randomFrom(seed);
  const file = makeFile({ seed, rows, companyCount: 40, badCount: 24 });
  const sandbox = await Sandbox.start(t, '--rate-limit', String(limit), '--latency', '5ms', '--seed', String(seed));
  const clock = await startClock(t);
  const server = await Server.start(t, { connectors: await impatientConnectors(t), env: clock.env });
  const jump = async (seconds) => {
    await clock.wrongBy(seconds);
    const seen = await seenWrong(server);
    assert.ok(Math.abs(seen - seconds) < 5, `the clock was to be wrong by ${seconds} s, and is by ${seen} s`);
  };
  const receiver = await startReceiver(t);
  const instance = await server.connect(sandbox);
  await sandbox.faults([{ probability: 0.03, do: 'reset_after' }]);

  await jump(hour);
  const { total } = await sandbox.requests();
  const begun = Date.now();
  const job = await instance.upload(file.csv, { callback: receiver.url });
  const created = (await instance.status(job)).createdDate;
  assert.ok(Math.abs(created - Date.now() - hour * 1000) < 60_000, 'the job was not made an hour ahead');

  const jumps = [-hour, -day, to2038, 0, hour, to2038];
  const moments = jumps.map((_, i) => Math.floor((rows * 2 * (i + random())) / jumps.length));
  const killBehind = random.below(jumps.length - 1);
  for (const [i, seconds] of jumps.entries()) {
    await until(`${moments[i]} requests of the load`, async () => (await sandbox.requests()).total - total >= moments[i]);
    await jump(seconds);
    if (i !== killBehind) continue;
    await server.kill();
    await server.startAgain();
  }
  const status = await instance.finished(job, 120);
  const took = (Date.now() - begun) / 1000;
  assert.equal(status.status, 'COMPLETED', JSON.stringify(status));
  assert.equal(status.outcomes.unresolved, 0);
  await assertHoldsExactly(sandbox, file);
  await assertOutcomesAreTrue(sandbox, file, await instance.rows(job));
  await receiver.first();

  const calls = (await sandbox.requests()).total - total;
  const perfect = Math.floor(calls / limit) * 10;
  t.diagnostic(`${calls} calls at ${limit} per 10 s: ${took.toFixed(1)} s`);
  assert.ok(took < perfect + 25, `${calls} calls took ${took} s`);
  const refused = (await sandbox.requests()).by_status['429'] ?? 0;
  assert.ok(refused < 50, `${refused} calls were refused for the rate`);
});
