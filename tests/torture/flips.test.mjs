// Single bits of the data folder are flipped while a load is cut off in its midst: in the ledger, its log, the
// catalogue and the uploaded file. Each time the damage is said, or harms nobody: no row is told that is not true,
// neither of this load nor of one that ended long before. What is said to be damaged is then put right, as from a
// backup, and the load must end with each row's one true outcome. SEED=… repeats a run, FLIP=… one flip of it; FLIPS=… is how many.

import assert from 'node:assert/strict';
import { cp, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { makeFile, newSeed, randomFrom } from '../e2e/made_file.mjs';
import { impatientConnectors, Sandbox, Server, temporaryFolder, until } from '../e2e/rowcall.mjs';
import { assertHoldsExactly, assertOutcomesAreTrue } from '../e2e/truth.mjs';

const seed = process.env.SEED ? Number(process.env.SEED) : newSeed();
const flips = Number(process.env.FLIPS ?? 50);
const rows = 120;
const targets = ['ledger.db', 'ledger.db', 'ledger.db-wal', 'ledger.db-wal', 'catalogue.db', 'files'];

/** A data folder with a job that has ended, so large that the log was moved into the database; and what is true then. */
async function makePast(t) {
  const folder = await temporaryFolder(t);
  const sandbox = await Sandbox.start(t, '--rate-limit', '0');
  const server = await Server.start(t, { folder });
  const instance = await server.connect(sandbox);
  const file = makeFile({ seed, rows: 2500, companyCount: 10, badCount: 30 });
  const job = await instance.upload(file.csv);
  assert.equal((await instance.finished(job)).status, 'COMPLETED');
  const told = await instance.rows(job);
  await assertOutcomesAreTrue(sandbox, file, told);
  await server.kill();
  return { folder, answer: instance.answer, job, told, files: await readdir(join(folder, 'data/files')) };
}

async function flipBit(path, byte, bit) {
  const file = await open(path, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, byte);
  await file.write(Buffer.from([buffer[0] ^ (1 << bit)]), 0, 1, byte);
  await file.close();
  return buffer[0] ^ (1 << bit);
}

async function byteAt(path, byte) {
  const file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, byte);
  await file.close();
  return bytesRead === 1 ? buffer[0] : null;
}

class Attack {
  static async start(t, past, number) {
    const attack = new Attack();
    attack.past = past;
    attack.random = randomFrom(seed + number);
    const folder = await mkdtemp(join(tmpdir(), 'rowcall-flips-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    await cp(past.folder, folder, { recursive: true });
    attack.sandbox = await Sandbox.start(t, '--rate-limit', '0', '--latency', '5ms', '--seed', String(seed + number));
    attack.server = await Server.start(t, { folder, connectors: await impatientConnectors(t) });
    attack.instance = await attack.server.connect(attack.sandbox);
    attack.file = makeFile({ seed: seed + number, rows, companyCount: 8, badCount: 6, people: 'now' });
    await attack.sandbox.faults([{ probability: 0.02, do: 'reset_after' }]);
    return attack;
  }

  /** A load that is cut off at some moment, and a bit that is flipped then. */
  async strike() {
    const { instance, random, sandbox, server } = this;
    const { total } = await sandbox.requests();
    this.job = await instance.upload(this.file.csv);
    const moment = random.below(rows * 2);
    await until('some requests', async () =>
      (await sandbox.requests()).total >= total + moment || (await instance.status(this.job)).status === 'COMPLETED');
    await server.kill();
    this.target = random.oneOf(targets);
    const uploaded = (await readdir(join(server.data, 'files'))).find((name) => !this.past.files.includes(name));
    this.path = join(server.data, this.target, ...(this.target === 'files' ? [uploaded] : []));
    this.byte = random.below((await stat(this.path)).size);
    this.bit = random.below(8);
    this.flipped = await flipBit(this.path, this.byte, this.bit);
  }

  /** Goes on with the damage. Answers how it was met: "refused" at the start, "stopped" later, or the job's status. */
  async goOn() {
    const { server } = this;
    try {
      await server.startAgain();
    } catch (error) {
      assert.match(error.message, /ended \(1\) before it listened[^]*(ledger|catalogue)\.db/);
      return 'refused';
    }
    const stopped = () => /"event":"(ledger_stopped|job_stopped|job_cannot_run)"|"kind":"corrupt"/.test(server.run.log);
    const deadline = Date.now() + 30_000;
    let status;
    while (!stopped() && !['COMPLETED', 'ERROR'].includes(status)) {
      assert.ok(Date.now() < deadline, `it neither ends nor says why:\n${server.run.log}`);
      const answer = await this.ask(this.instance, `/bulk/${this.job}/status`);
      status = answer?.status;
      await pause(20);
    }
    await this.assertWhatIsToldIsTrue();
    return stopped() ? 'stopped' : status;
  }

  /** A call whose answer may be that something is damaged; then null. */
  async ask({ signIn }, path) {
    const answer = await fetch(`${this.server.run.url}/elements/api-v2/hubs/marketing${path}`, { headers: signIn });
    if (answer.status === 200) return answer.json();
    assert.ok([401, 404, 500, 503].includes(answer.status), `${path}: ${answer.status}`);
    return null;
  }

  async assertWhatIsToldIsTrue() {
    await this.assertPastIsTrue().catch((error) => assert.match(error.message, /"status":(401|404|500|503)/));
    const told = (await this.ask(this.instance, `/bulk/${this.job}/rows?pageSize=1000`)) ?? [];
    const contacts = await this.sandbox.contacts();
    const ids = new Map(contacts.map(({ email, id }) => [email, id]));
    const emails = new Map(this.file.good.map(({ row, email }) => [row, email]));
    const isTrue = ({ row, outcome, vendorId, code }) => {
      if (this.target === 'files' && code === 'file_damaged') return ['unresolved', 'cancelled'].includes(outcome);
      if (!emails.has(row)) return outcome === 'rejected';
      return outcome === 'created' && vendorId !== undefined && vendorId === ids.get(emails.get(row));
    };
    assert.deepEqual(told.filter((row) => !isTrue(row)), []);
    assert.equal(new Set(told.map(({ row }) => row)).size, told.length);
    assert.deepEqual([...ids.keys()].filter((email) => ![...emails.values()].includes(email)), []);
    assert.equal(ids.size, contacts.length, 'a contact is doubled');
  }

  async assertPastIsTrue() {
    assert.deepEqual(await this.server.instanceOf(this.past.answer).rows(this.past.job), this.past.told);
  }

  /** As from a backup. */
  async putRight() {
    const { child } = this.server.run;
    if (child.exitCode === null && child.signalCode === null) await this.server.kill();
    assert.equal(await byteAt(this.path, this.byte), this.flipped, 'what is damaged was written over');
    await flipBit(this.path, this.byte, this.bit);
    await this.server.startAgain();
  }

  async assertEndsWell() {
    const status = await this.instance.finished(this.job, 60);
    assert.equal(status.status, 'COMPLETED', JSON.stringify(status));
    await assertHoldsExactly(this.sandbox, this.file);
    await assertOutcomesAreTrue(this.sandbox, this.file, await this.instance.rows(this.job));
    await this.assertPastIsTrue();
  }
}

test(`${flips} flipped bits: said, or harmless (SEED=${seed})`, { concurrency: 3 }, async (t) => {
  const past = await makePast(t);
  const met = new Map();
  const strike = (number) => t.test(`flip ${number}`, async (t) => {
    const attack = await Attack.start(t, past, number);
    await attack.strike();
    const how = await attack.goOn();
    t.diagnostic(`${attack.target}, byte ${attack.byte}, bit ${attack.bit}: ${how}`);
    const what = `${attack.target}: ${how === 'COMPLETED' ? 'harmless' : how}`;
    met.set(what, (met.get(what) ?? 0) + 1);
    if (how === 'ERROR') {
      assert.equal(attack.target, 'files');
      return assert.match((await attack.instance.status(attack.job)).message, /cannot be read/);
    }
    if (how !== 'COMPLETED') await attack.putRight();
    return attack.assertEndsWell();
  });
  const numbers = process.env.FLIP ? [Number(process.env.FLIP)] : Array.from({ length: flips }, (_, number) => number);
  await Promise.all(numbers.map(strike));
  for (const [what, times] of [...met].sort()) console.log(`${String(times).padStart(6)}  ${what}`);
});
