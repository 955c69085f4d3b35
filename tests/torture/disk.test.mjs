// The disk is full at five stages of a load, and some seconds later it is not. Nobody touches the server: all goes on
// by itself, no row is lost, doubled or mislabelled, and an upload is answered 507 meanwhile.
//
// Twice: on a small file system of its own, where this user may mount one (else that is skipped, and says so), and with
// calls that strace answers with ENOSPC, which works everywhere. SEED=… repeats a run.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, open, readdir, rm, rmdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

import { makeFile, newSeed, randomFrom } from '../e2e/made_file.mjs';
import { impatientConnectors, Sandbox, Server, temporaryFolder, until } from '../e2e/rowcall.mjs';
import { assertHoldsExactly, assertOutcomesAreTrue } from '../e2e/truth.mjs';
import { assertSound } from './sound.mjs';
import { attachStrace, faultsIn } from './strace.mjs';

const run = promisify(execFile);
const seed = process.env.SEED ? Number(process.env.SEED) : newSeed();
const fullFor = 3000;

/** A file system of its own, which another file fills. */
class SmallDisk {
  /** Null where this user may not mount. */
  static async make(t) {
    const disk = new SmallDisk();
    disk.folder = await mkdtemp(join(tmpdir(), 'rowcall-disk-'));
    try {
      await run('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'rowcall-torture', disk.folder]);
    } catch {
      await rmdir(disk.folder);
      return null;
    }
    t.after(async () => {
      await run('umount', ['-l', disk.folder]);
      await rmdir(disk.folder);
    });
    return disk;
  }

  /** Leaves a bit of room, so that it is not always the next write that fails. */
  async fill(_, bytesLeft) {
    const file = await open(join(this.folder, 'filler'), 'w');
    try {
      for (;;) await file.write(Buffer.alloc(1 << 20));
    } catch (error) {
      assert.equal(error.code, 'ENOSPC');
    }
    const { size } = await file.stat();
    await file.truncate(Math.max(0, size - bytesLeft));
    await file.close();
  }
  free = () => rm(join(this.folder, 'filler'));
}

/** Every call for more room in the data folder fails. */
class NoRoom {
  static async make(t) {
    const disk = new NoRoom();
    disk.folder = await temporaryFolder(t);
    disk.log = join(await temporaryFolder(t), 'strace');
    return disk;
  }

  async fill(server, bytesLeft) {
    const names = ['files', ...['ledger', 'catalogue'].flatMap((name) => ['', '-wal', '-shm'].map((end) => `${name}.db${end}`))];
    const first = 1 + Math.floor(bytesLeft / 4096);
    const rules = ['pwrite64', 'ftruncate', 'renameat2'].map((call) => (
      { call, error: 'ENOSPC', when: `${call === 'pwrite64' ? first : 1}+` }));
    this.detach = await attachStrace(server.run.child.pid, rules, names.map((name) => join(server.data, name)), this.log);
  }
  async free() {
    await this.detach();
    assert.ok((await faultsIn(this.log)).length > 0, 'nothing wanted room');
  }
}

/** A server on the disk, a stand-in, and what a stage needs of both. */
async function start(t, disk, { latency = '5ms', rows = 300, seed: ofFile }) {
  const file = makeFile({ seed: ofFile, rows, companyCount: 20, badCount: 12 });
  const sandbox = await Sandbox.start(t, '--rate-limit', '0', '--latency', latency, '--seed', String(ofFile));
  const server = await Server.start(t, { connectors: await impatientConnectors(t), folder: disk.folder });
  const instance = await server.connect(sandbox);
  const full = async (bytesLeft = 0) => {
    await disk.fill(server, bytesLeft);
    await pause(fullFor); // what is tested is the time that passes
  };
  return { disk, file, sandbox, server, instance, full };
}

async function assertEndsWell({ file, sandbox, server, instance }, job) {
  const status = await instance.finished(job, 60);
  assert.equal(status.status, 'COMPLETED', JSON.stringify(status));
  await assertHoldsExactly(sandbox, file);
  await assertOutcomesAreTrue(sandbox, file, await instance.rows(job));
  assert.equal((await instance.pages('/bulk/jobs', 10)).flat().length, 1);
  await server.stop();
  await assertSound(server.data);
}

const assertMet = ({ server }) => assert.match(server.run.log, /"event":"job_(stopped|cannot_run)".*disk is full/);

const stages = {
  async 'while a file is uploaded'(t, disk) {
    const stage = await start(t, disk, { seed });
    const { server, instance, file } = stage;
    const before = await readdir(join(server.data, 'files'));
    await stage.full();
    const form = new FormData();
    form.set('file', new Blob([file.csv]), 'people.csv');
    const answer = await fetch(`${server.run.url}/elements/api-v2/hubs/marketing/bulk/contact`, {
      method: 'POST', body: form, headers: instance.signIn });
    assert.equal(answer.status, 507, await answer.clone().text());
    assert.equal((await answer.json()).type, 'urn:rowcall:problem:no_space');
    assert.deepEqual(await readdir(join(server.data, 'files')), before);
    assert.deepEqual((await instance.pages('/bulk/jobs', 10)).flat(), []);
    await disk.free();
    await assertEndsWell(stage, await instance.upload(file.csv));
  },

  async 'just after the job was created'(t, disk) {
    const stage = await start(t, disk, { seed: seed + 1 });
    await stage.sandbox.faults([{ operation: 'GET /me', probability: 1, do: 'status', status: 503 }]);
    const job = await stage.instance.upload(stage.file.csv);
    await stage.full();
    await stage.sandbox.faults([]);
    await pause(1000); // the job goes on, and comes to the full disk
    await disk.free();
    await assertEndsWell(stage, job);
    assertMet(stage);
  },

  async 'in the midst of the load'(t, disk) {
    const random = randomFrom(seed + 2);
    const stage = await start(t, disk, { seed: seed + 2, latency: '100ms' });
    const { total } = await stage.sandbox.requests();
    const job = await stage.instance.upload(stage.file.csv);
    const moment = 1 + random.below(200);
    await until(`${moment} requests`, async () => (await stage.sandbox.requests()).total - total >= moment);
    await stage.full(random.below(32_000));
    assertMet(stage);
    await disk.free();
    await assertEndsWell(stage, job);
  },

  async 'when the last answers come'(t, disk) {
    const random = randomFrom(seed + 3);
    const stage = await start(t, disk, { seed: seed + 3, latency: '1s', rows: 24 });
    const job = await stage.instance.upload(stage.file.csv);
    const attached = stage.file.wanted.filter(({ companies }) => companies.length > 0).length;
    await until('all but the last answers have come', async () =>
      (await stage.sandbox.requests()).by_operation['POST /contacts/{id}/companies'] >= attached);
    await stage.full(random.below(8_000));
    await disk.free();
    await assertEndsWell(stage, job);
    assertMet(stage);
  },

  async 'while a callback is owed'(t, disk) {
    const stage = await start(t, disk, { seed: seed + 4, rows: 24 });
    const received = [];
    let accepts = false;
    const receiver = createServer((request, answer) => {
      request.resume();
      received.push(request.headers['webhook-id']);
      answer.writeHead(accepts ? 200 : 503).end();
    });
    await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    t.after(() => receiver.close());
    const job = await stage.instance.upload(stage.file.csv, { callback: `http://127.0.0.1:${receiver.address().port}/` });
    await until('it has been refused once', () => received.length > 0);
    accepts = true;
    await stage.full();
    await until('it was accepted, and could not be recorded', () => /callback_not_recorded/.test(stage.server.run.log));
    await disk.free();
    await until('none is owed', async () => {
      const answer = await fetch(`${stage.server.run.url}/metrics`);
      return /^rowcall_callbacks_owed 0$/m.test(await answer.text());
    });
    assert.equal(new Set(received).size, 1);
    await assertEndsWell(stage, job);
  },
};

for (const Disk of [SmallDisk, NoRoom]) {
  describe(`a full disk (${Disk.name}) costs a wait and no row (SEED=${seed})`, { concurrency: 5 }, () => {
    for (const [name, attack] of Object.entries(stages)) {
      test(name, async (t) => {
        const disk = await Disk.make(t);
        if (disk === null) return t.skip('NOT ATTACKED: this user may not mount a file system');
        await attack(t, disk);
      });
    }
  });
}
