// Of the system calls on the data folder that a small life of the server makes, each one fails, in a run of its own: a
// first start, an upload, its load with a callback, a stop, another start and another load. Wherever that leaves the
// program, it is then started again on a sound disk, and every row must have its one true outcome.
//
// The calls are counted in a run in which none fails. A run may make some more or less, as commits are grouped by the time
// they take: so it goes on behind that count until a run makes no such call. failing_call.cc counts and strikes.
//
// STEP=… is how far those that fail lie apart, 1 for each one. SEED=… repeats a run; CALL=… takes one kind of call, and
// N=… one call of these.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { newSeed, randomFrom } from '../e2e/made_file.mjs';
import { temporaryFolder, until } from '../e2e/rowcall.mjs';
import { errors, Round } from './round.mjs';

const seed = process.env.SEED ? Number(process.env.SEED) : newSeed();
const step = Number(process.env.STEP ?? 25);
const rows = 60;
const library = join(dirname(process.env.ROWCALL), 'tests/libfailing_call.so');

/** A life of the server in which the calls on its data are in a log, and one of them may fail. */
class Life extends Round {
  static async begin(t, failing = '') {
    const life = new Life();
    await life.prepare(t, { seed, rows });
    life.log = join(await temporaryFolder(t), 'calls');
    life.env = { LD_PRELOAD: library, FAILING_FOLDER: life.server.data, FAILING_LOG: life.log, FAILING_CALL: failing };
    return life;
  }

  /** False if it ended, as it may, before it listened. */
  async start(env) {
    this.server.how.env = env;
    try {
      await this.server.startAgain();
    } catch (error) {
      assert.match(error.message, /ended \(1\) before it listened/);
      return false;
    }
    if (!this.instance) await this.tryToConnect();
    return true;
  }

  async tryToConnect() {
    const answer = await this.server.tryToConnect(this.sandbox.url);
    if (answer.status !== 200) return assert.ok([500, 503, 507].includes(answer.status), await answer.text());
    await this.use(await answer.json());
  }

  /** However it fares, it ends when it is asked to, and by itself. */
  async end() {
    if (this.isAlive) this.child.kill('SIGTERM');
    await until('it has ended', () => !this.isAlive, 20);
    assert.equal(this.child.signalCode, null, this.server.run.log);
  }

  async pass() {
    for (let start = 1; start <= 2; start++) {
      const begun = await this.start(this.env);
      if (begun && this.instance) await this.goOn();
      if (begun) await this.end();
    }
  }

  async passOnASoundDisk() {
    assert.ok(await this.start({}));
    this.beginLoad();
    await this.assertAllIsTrue();
  }

  /** The calls so far, each as [name, path, FAILED or nothing]. */
  async calls() {
    const text = await readFile(this.log, 'utf8');
    return text.split('\n').filter(Boolean).map((line) => line.split(' '));
  }
}

const kinds = Object.keys(errors).filter((kind) => (process.env.CALL ?? kind) === kind);
const tallyOf = (names) =>
  Object.fromEntries(kinds.map((kind) => [kind, names.filter((name) => name === kind).length]));

/** How many calls of each kind are made if none fails. */
async function countCalls(t, under = []) {
  const life = await Life.begin(t);
  life.server.how.under = under;
  await life.pass();
  const tally = tallyOf((await life.calls()).map(([name]) => name));
  life.server.how.under = [];
  await life.passOnASoundDisk();
  return { tally, data: life.server.data };
}

test('the library sees every call that strace sees', async (t) => {
  const log = join(await temporaryFolder(t), 'strace');
  const under = ['strace', '-D', '-f', '-y', '-A', '-o', log, '-e', `trace=${kinds}`, '-e', 'signal=none'];
  const { tally, data } = await countCalls(t, under);
  const lines = (await readFile(log, 'utf8')).split('\n').filter((line) => line.includes(data));
  assert.deepEqual(tally, tallyOf(lines.map((line) => /^[0-9]+ +(\w+)\(/.exec(line)?.[1])));
});

/** Answers whether it came to that call. */
async function strike(t, kind, n, error) {
  const life = await Life.begin(t, `${kind} ${n} ${constants.errno[error]}`);
  await life.pass();
  const struck = (await life.calls()).filter(([, , failed]) => failed);
  assert.ok(struck.length <= 1);
  for (const [, path] of struck) t.diagnostic(path.slice(life.server.data.length));
  await life.passOnASoundDisk();
  return struck.length === 1;
}

test(`calls on the data folder fail, ${step === 1 ? 'each' : `each ${step}th`} in a run of its own (SEED=${seed})`,
     { concurrency: 8 }, async (t) => {
  const random = randomFrom(seed);
  const { tally } = await countCalls(t);
  /** Answers whether it came to that call. */
  const strikeNext = (kind, n) => {
    const error = random.oneOf(errors[kind]);
    let struck;
    const done = t.test(`${kind} ${n}: ${error}`, async (t) => (struck = await strike(t, kind, n, error)));
    return done.then(() => struck);
  };
  if (process.env.N) return strikeNext(kinds[0], Number(process.env.N));
  await Promise.all(kinds.map(async (kind) => {
    let n = 1 + random.below(Math.min(step, tally[kind]));
    const runs = [];
    for (; n <= tally[kind]; n += step) runs.push(strikeNext(kind, n));
    let struck = (await Promise.all(runs)).filter(Boolean).length;
    for (; await strikeNext(kind, n); n += step) struck++; // until a life makes no such call any more
    t.diagnostic(`${kind}: ${tally[kind]} calls were counted, ${struck} struck`);
    assert.ok(struck >= (runs.length * 3) / 4, `too few lives came to their ${kind}`);
  }));
});
