// The power fails, again and again: at the first start, while an instance is made, while files are uploaded and just
// behind the answer, in loads, at checkpoints, at the ends of jobs, and at the starts that follow. Each time the data
// folder becomes what a disk may have kept of it (power_cut.mjs), and the program must start on that, and go on, and lose
// nothing that it has promised. Some deaths are not power failures: then nothing is lost, but what the dead program had
// not flushed is still not flushed when the power fails next.
//
// SEED=… repeats a run, ROUND=… one round of it, CUTS=… is how often the power shall fail in all, at least.

import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { newSeed, randomFrom } from '../e2e/made_file.mjs';
import { runCommand, temporaryFolder, until } from '../e2e/rowcall.mjs';
import { Disk } from './power_cut.mjs';
import { Round, standsStill } from './round.mjs';
import { assertSound } from './sound.mjs';

const seed = process.env.SEED ? Number(process.env.SEED) : newSeed();
const wanted = Number(process.env.CUTS ?? 60);
const perRound = 15;
const rows = 120;
const library = join(dirname(process.env.ROWCALL), 'tests/libpower_cut.so');
const ways = [
  'inUpload', 'behindAnswer', 'inLoad', 'inLoad', 'inCheckpoint', 'atEnd', 'inInstance', 'inRotation', 'behindDeath', 'behindDeath',
];

const cuts = new Map();

const isDeath = (error) => assert.match(error.message, /ended \(SIGKILL\) before it listened/);

class CutRound extends Round {
  others = []; // instances that were made

  static async begin(t, seed) {
    const round = new CutRound();
    round.random = randomFrom(seed);
    const folder = await temporaryFolder(t);
    round.disk = new Disk(t, folder, await temporaryFolder(t), library);
    await round.prepare(t, { seed, rows, folder, env: round.disk.env });
    await round.start('at the first start', 300);
    await round.use(await round.connect());
    return round;
  }

  /** Dies, and loses what was not flushed, or only its life. */
  lose(when) {
    if (this.random() < 0.4) this.disk.look();
    else this.cut(when);
  }

  cut(when) {
    this.disk.cut(this.random);
    cuts.set(when, (cuts.get(when) ?? 0) + 1);
  }

  /** Starts, whatever the disk has kept; at first it may die again, most often in one of the first `calls`. */
  async start(when, calls) {
    while (this.random() < 0.6) {
      this.disk.dieBehind(this.random.below(this.random.oneOf([30, calls])));
      await this.server.startAgain().catch(isDeath);
      if (this.server.run) await this.disk.end(this.server.run);
      this.lose(when);
    }
    this.disk.live();
    await this.server.startAgain();
  }

  async restart(when = 'at the last start') {
    const { run } = this.server;
    await this.disk.end(run);
    assert.doesNotMatch(run.log, standsStill);
    this.lose(when);
    await this.start('at a later start', 60);
  }

  /** What the server answered when an instance was made. */
  async connect() {
    for (;;) {
      this.disk.dieBehind(this.random.below(60));
      const answer = await this.tryToConnect();
      await this.restart('when an instance is made');
      if (answer) return answer;
    }
  }

  /** Null if the server died meanwhile, or the stand-in's answer was cut off. */
  async tryToConnect() {
    try {
      const answer = await this.server.tryToConnect(this.sandbox.url);
      const body = await answer.json();
      if (answer.status === 200) return body;
      assert.match(body.message, /Connection reset by peer/);
    } catch (error) {
      await Promise.race([this.server.run.ended, pause(1000)]);
      assert.ok(!this.isAlive, error);
    }
    return null;
  }

  async inInstance() {
    this.others.push(this.server.instanceOf(await this.connect()));
  }

  async inRotation() {
    await this.disk.end(this.server.run);
    for (let ended = false; !ended; ) {
      this.disk.dieBehind(this.random.below(100));
      const { code, err } = await runCommand(['keys', 'rotate', '--data', this.server.data], this.disk.env);
      assert.ok(code === 0 || code === null, err);
      this.disk.live();
      this.lose('when keys are rotated');
      ended = code === 0;
    }
    await this.start('at a later start', 60);
  }

  async inUpload() {
    if (this.loads.length > 0) await this.goOn(10);
    this.beginLoad();
    this.disk.dieBehind(this.random.below(30));
    await this.upload(this.loads.at(-1));
    await this.restart('in an upload');
  }

  async behindAnswer() {
    await this.uploaded();
    await this.restart('behind the answer to an upload');
  }

  async inLoad() {
    const load = await this.uploaded();
    const { total } = await this.sandbox.requests();
    const moment = this.random.below(rows * 2);
    await until('some requests', async () => load.ended || (await this.sandbox.requests()).total >= total + moment || this.sees(load));
    this.disk.dieBehind(this.random.below(20));
    await this.goOn(1);
    await this.restart('in a load');
  }

  /** The program dies before it has flushed, and its successor meets a power failure. */
  async behindDeath() {
    await this.uploaded();
    this.disk.dieBehindFlushes(this.random.below(10));
    await this.goOn(2);
    await this.disk.end(this.server.run);
    this.disk.look();
    this.disk.dieBehindFlushes(this.random.below(12));
    await this.server.startAgain().catch(isDeath);
    await this.disk.end(this.server.run);
    this.cut('behind a death');
    await this.start('at a later start', 60);
  }

  async inCheckpoint() {
    await this.goOn(10);
    this.disk.dieBehindMoves(this.random.below(40));
    for (let loads = 0; loads < 2 && this.isAlive; loads++) {
      this.beginLoad(5 * rows);
      await this.goOn(10);
    }
    await this.restart(this.isAlive ? 'when nothing is done' : 'in a checkpoint');
  }

  async atEnd() {
    const load = await this.uploaded();
    await until('it has ended', () => this.sees(load));
    this.disk.dieBehind(this.random.below(5));
    await until('the callback has come, or never will', () => !this.isAlive || this.callbacksOf(load).length > 0);
    await this.restart('at the end of a job');
  }

  /** The newest load that has not ended, with its job. */
  async uploaded() {
    this.beginLoad();
    const load = this.loads.at(-1);
    await until('the upload is answered', async () => {
      await this.upload(load);
      return load.job;
    });
    return load;
  }

  async sees(load) {
    const status = await this.instance.status(load.job);
    assert.notEqual(status.status, 'ERROR', JSON.stringify(status));
    load.ended = status.status === 'COMPLETED';
    return load.ended;
  }

  callbacksOf = ({ job }) => this.receiver.received.filter(({ body }) => JSON.parse(body).id === job);

  async assertAllIsTrue() {
    await this.restart();
    for (const other of this.others) assert.deepEqual(await other.pages('/bulk/jobs', 1), [[]]);
    await super.assertAllIsTrue();
    this.lose('behind the end');
    await assertSound(this.server.data);
  }
}

describe(`the power fails: lost 0, doubled 0, mislabelled 0 (SEED=${seed})`, { concurrency: 6 }, () => {
  for (let number = 0; number < Math.ceil(wanted / perRound); number++) {
    if (process.env.ROUND && Number(process.env.ROUND) !== number) continue;
    test(`round ${number}`, async (t) => {
      const round = await CutRound.begin(t, seed + 1000 * number);
      const order = ways.map((way) => ({ way, place: round.random() })).sort((a, b) => a.place - b.place);
      for (const { way } of order) await round[way]();
      await round.assertAllIsTrue();
    });
  }
  after(() => {
    for (const [when, times] of [...cuts].sort()) console.log(`${String(times).padStart(6)}  ${when}`);
    const total = [...cuts.values()].reduce((sum, one) => sum + one, 0);
    assert.ok(process.env.ROUND || total >= wanted, `the power failed only ${total} times`);
  });
});
