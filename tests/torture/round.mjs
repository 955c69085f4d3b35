// What attacks on the disk share: one data folder, one stand-in, and loads of different people, one after the other. In
// the end, on a sound disk, every row must have its one true outcome.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

import { makeFile } from '../e2e/made_file.mjs';
import { impatientConnectors, Sandbox, Server, startReceiver, until } from '../e2e/rowcall.mjs';
import { assertHoldsExactly, assertOutcomesAreTrue } from '../e2e/truth.mjs';
import { assertSound } from './sound.mjs';

/** The calls that a disk can let fail, and how. */
export const errors = {
  pwrite64: ['EIO', 'ENOSPC', 'EINTR'],
  fdatasync: ['EIO', 'ENOSPC'],
  fsync: ['EIO', 'ENOSPC'],
  ftruncate: ['EIO', 'ENOSPC', 'EINTR'],
  openat: ['EIO', 'ENOSPC', 'EMFILE', 'EINTR'],
  renameat2: ['EIO', 'ENOSPC'],
  pread64: ['EIO'],
};

/** What the log says when nothing goes on before the program is started again. */
export const standsStill = /"event":"(ledger_stopped|job_cannot_run)"|"event":"job_stopped".*"kind":"(?!no_space)/;

export class Round {
  loads = [];

  /** The server is not started yet. `rows` in each load, and `env` in the server's environment. */
  async prepare(t, { seed, rows, under, env, folder }) {
    this.seed = seed;
    this.rows = rows;
    this.sandbox = await Sandbox.start(t, '--rate-limit', '0', '--latency', '5ms', '--seed', String(seed));
    this.server = await Server.prepare(t, { connectors: await impatientConnectors(t), under, env, folder });
    this.receiver = await startReceiver(t);
  }

  /** `answer` said that the instance was created. From now on an answer of the service is cut off now and then. */
  async use(answer) {
    this.instance = this.server.instanceOf(answer);
    await this.sandbox.faults([{ probability: 0.02, do: 'reset_after' }]);
  }

  get child() {
    return this.server.run.child;
  }
  get isAlive() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** A new load, unless there is one that has not ended. */
  beginLoad(rows = this.rows) {
    if (this.loads.length > 0 && !this.loads.at(-1).ended) return;
    const number = this.loads.length;
    const file = makeFile({ seed: this.seed + number, rows, companyCount: 8, badCount: 6, people: `p${number}.` });
    this.loads.push({ file, key: `load-${number}`, job: null, ended: false });
  }

  /** What an upload of this load says beside the file, so that it is the same one whenever it is sent. */
  headersOf = ({ key }) => ({ 'Idempotency-Key': key, 'Elements-Async-Callback-Url': this.receiver.url });

  /** Sends the file of the newest load; whatever the answer is, its job is one. */
  async upload(load) {
    const form = new FormData();
    form.set('file', new Blob([load.file.csv]), 'people.csv');
    const answer = await this.ask('/bulk/contact', { method: 'POST', body: form, headers: this.headersOf(load) });
    if (answer.status !== 200) return;
    const { id } = await answer.json();
    assert.equal(load.job ?? id, id, 'the same upload became two jobs');
    load.job = id;
  }

  /** A call below the hub. That it is not answered within ten seconds would be a hang. */
  async ask(path, options = {}) {
    const started = Date.now();
    try {
      const answer = await fetch(`${this.server.run.url}/elements/api-v2/hubs/marketing${path}`, {
        ...options, headers: { ...this.instance.signIn, ...options.headers }, signal: AbortSignal.timeout(10_000) });
      return new Response(await answer.arrayBuffer(), { status: answer.status });
    } catch (error) {
      assert.ok(Date.now() - started < 10_000, `${path} hangs`);
      await Promise.race([this.server.run.ended, pause(1000)]);
      assert.ok(!this.isAlive, `${path}: ${error.cause ?? error}\n${this.server.run.log}`);
      return new Response(null, { status: 599 });
    }
  }

  /** Works on, until the program has died, nothing goes on, or the newest load has ended; a few seconds at most. */
  async goOn(seconds = 4) {
    const deadline = Date.now() + seconds * 1000;
    this.beginLoad();
    const load = this.loads.at(-1);
    while (Date.now() < deadline && this.isAlive && !load.ended) {
      if (standsStill.test(this.server.run.log)) return;
      if (load.job === null) {
        await this.upload(load);
      } else {
        const answer = await this.ask(`/bulk/${load.job}/status`);
        if (answer.status === 200) load.ended = (await answer.json()).status === 'COMPLETED';
      }
      await pause(20);
    }
  }

  /** On a sound disk, where the server runs now, all that was begun comes to its end; and nothing was begun twice. */
  async assertAllIsTrue() {
    for (const load of this.loads) {
      await this.upload(load);
      assert.ok(load.job, 'an upload to a sound disk is refused');
      const status = await this.instance.finished(load.job, 60);
      assert.equal(status.status, 'COMPLETED', JSON.stringify(status));
      await assertOutcomesAreTrue(this.sandbox, load.file, await this.instance.rows(load.job));
    }
    const wanted = this.loads.flatMap(({ file }) => file.wanted).sort((a, b) => (a.email < b.email ? -1 : 1));
    const companies = [...new Set(this.loads.flatMap(({ file }) => file.companies))].sort();
    await assertHoldsExactly(this.sandbox, { wanted, companies });
    assert.equal((await this.instance.pages('/bulk/jobs', 50)).flat().length, this.loads.length);
    const notices = () => new Set(this.receiver.received.map(({ headers }) => headers['webhook-id'])).size;
    await until('the callback of each job has come', () => notices() >= this.loads.length);
    assert.equal(notices(), this.loads.length);
    await this.server.stop();
    await assertSound(this.server.data);
  }
}
