// System calls on the data folder fail, one by one, as a disk lets them fail: EIO, ENOSPC, EINTR, and writes that end in
// the middle; while files are uploaded, while they load, and while the program starts and finds out what was left.
// Wherever that leaves the program, it is then started again on a sound disk, and every row must have its one true
// outcome.
//
// strace makes a call fail without carrying it out; that is honest. A write that is said to be shorter than it was
// would not be: so short writes are the kernel's own, at a limit for the size of files (EFBIG follows).
//
// SEED=… repeats a run, ROUND=… one round of it; FAULTS=… is how many calls shall fail in all.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { newSeed, randomFrom } from '../e2e/made_file.mjs';
import { temporaryFolder, until } from '../e2e/rowcall.mjs';
import { errors, Round } from './round.mjs';
import { attachStrace, faultsIn, underStrace } from './strace.mjs';

const run = promisify(execFile);
const seed = process.env.SEED ? Number(process.env.SEED) : newSeed();
const wanted = Number(process.env.FAULTS ?? 200);
const perRound = 10;
const rows = 120;

const calls = Object.keys(errors);
const ways = ['strikeUpload', 'cutWrites', 'strikeFromStart', 'strikeFromStart', 'strikeLoad', 'strikeLoad', 'strikeLoad'];

const struck = new Map();
const count = (what, times) => struck.set(what, (struck.get(what) ?? 0) + times);
const total = () => [...struck.values()].reduce((sum, one) => sum + one, 0);

class StruckRound extends Round {
  faults = 0;
  phases = 0;

  static async start(t, seed) {
    const round = new StruckRound();
    round.random = randomFrom(seed);
    // A write beyond the limit of a file's size is an error, not the program's end.
    await round.prepare(t, { seed, rows, under: ['env', '--ignore-signal=XFSZ'] });
    await round.server.startAgain();
    await round.use((await round.server.connect(round.sandbox)).answer);
    round.logs = await temporaryFolder(t);
    return round;
  }

  /** The paths whose calls may fail: databases, the folders, and what lies in them by a fixed name. */
  paths() {
    const { data } = this.server;
    const files = ['ledger.db', 'catalogue.db'].flatMap((name) => ['', '-wal', '-shm'].map((end) => name + end));
    return [data, ...[...files, 'files', 'lock', 'keys', 'ledger.head'].map((name) => join(data, name))];
  }

  async restart(under) {
    if (this.isAlive) await this.server.kill();
    this.server.how.under = ['env', '--ignore-signal=XFSZ', ...under];
    await this.server.startAgain();
  }

  note(what, lines) {
    for (const line of lines) {
      const [, call, error] = /([a-z]\w+)(?:\(| resumed>).*= -1 (\w+) /.exec(line);
      count(`${call} ${error}${what}`, 1);
    }
    this.faults += lines.length;
  }

  /** One to three calls that fail, once or a few times running. */
  drawRules(most) {
    const { random } = this;
    return Array.from({ length: 1 + random.below(3) }, () => {
      const call = random.oneOf(calls);
      const first = 1 + random.below(most);
      const when = random.oneOf([String(first), String(first), `${first}..${first + 3}`]);
      return { call, error: random.oneOf(errors[call]), when };
    });
  }
  newLog = () => join(this.logs, String(this.phases++));

  /** From the start of the program on. */
  async strikeFromStart() {
    const log = this.newLog();
    let started = true;
    try {
      await this.restart(underStrace(this.drawRules(this.random.oneOf([4, 40])), this.paths(), log));
    } catch (error) {
      assert.match(error.message, /ended \(1\) before it listened/);
      started = false;
    }
    if (started) await this.goOn();
    this.note(started ? '' : ', at the start', await faultsIn(log));
  }

  /** In the midst of a load. */
  async strikeLoad() {
    await this.restart([]);
    this.beginLoad();
    const load = this.loads.at(-1);
    await until('the load has begun', async () => {
      await this.upload(load);
      return load.job;
    });
    const { total } = await this.sandbox.requests();
    const moment = this.random.below(rows);
    await until('some requests', async () => {
      if ((await this.sandbox.requests()).total >= total + moment) return true;
      return (load.ended = (await this.instance.status(load.job)).status === 'COMPLETED');
    });
    const log = this.newLog();
    const detach = await attachStrace(this.child.pid, this.drawRules(12), this.paths(), log);
    await this.goOn(3);
    await detach();
    this.note(', in a load', await faultsIn(log));
  }

  /** The file that is being uploaded cannot be written, flushed or named. */
  async strikeUpload() {
    const { random } = this;
    await this.restart([]);
    await this.goOn(20);
    this.beginLoad();
    const load = this.loads.at(-1);
    const folder = join(this.server.data, 'files');
    const log = this.newLog();
    const call = random.oneOf(['write', 'fsync', 'renameat2']);
    const error = random.oneOf(['EIO', 'ENOSPC', ...(call === 'write' ? ['EINTR'] : [])]);
    let letGo;
    let detach;
    const half = load.file.csv.length >> 1;
    const boundary = 'a-boundary';
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="people.csv"\r\n\r\n`;
    async function* body() {
      yield Buffer.from(head);
      yield load.file.csv.subarray(0, half);
      await new Promise((resolve) => (letGo = resolve));
      yield load.file.csv.subarray(half);
      yield Buffer.from(`\r\n--${boundary}--\r\n`);
    }
    const sent = this.ask('/bulk/contact', {
      method: 'POST', body: body(), duplex: 'half',
      headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}`, ...this.headersOf(load) } });
    const inTheMaking = await until('a file is being written', async () =>
      (await readdir(folder)).find((name) => name.startsWith('.tmp-')));
    await until('half of the file has been sent', () => letGo);
    detach = await attachStrace(this.child.pid, [{ call, error, when: '1' }], [folder, join(folder, inTheMaking)], log);
    letGo();
    const answer = await sent;
    await detach();
    const lines = await faultsIn(log);
    this.note(', in an upload', lines);
    if (answer.status === 200) load.job = (await answer.json()).id;
    const mayGoWell = lines.length === 0 || error === 'EINTR';
    assert.ok(mayGoWell || [503, 507].includes(answer.status), `${call} ${error}: the upload was answered ${answer.status}`);
    await this.goOn();
  }

  /** No file can grow beyond where the log of the ledger stands now, and a bit: the kernel cuts a write short. */
  async cutWrites() {
    await this.restart([]);
    const { size } = await stat(join(this.server.data, 'ledger.db-wal')).catch(() => ({ size: 0 }));
    const limit = size + 1 + this.random.below(20_000);
    await run('prlimit', ['--pid', String(this.child.pid), `--fsize=${limit}:unlimited`]);
    await this.goOn(2);
    const met = /SQLite code 778|File too large|no_space|SQLite code 13/.test(this.server.run.log);
    if (met) count('short write', 1);
    this.faults += met ? 1 : 0;
  }
}

describe(`system calls fail: lost 0, doubled 0, mislabelled 0 (SEED=${seed})`, { concurrency: 3 }, () => {
  const rounds = Math.ceil(wanted / perRound);
  for (let number = 0; number < rounds; number++) {
    if (process.env.ROUND && Number(process.env.ROUND) !== number) continue;
    test(`round ${number}`, async (t) => {
      const round = await StruckRound.start(t, seed + 1000 * number);
      while (round.faults < perRound) {
        await round[round.random.oneOf(ways)]();
      }
      await round.restart([]);
      await round.assertAllIsTrue();
    });
  }
  after(() => {
    for (const [what, times] of [...struck].sort()) console.log(`${String(times).padStart(6)}  ${what}`);
    assert.ok(process.env.ROUND || total() >= wanted, `only ${total()} calls failed`);
  });
});
