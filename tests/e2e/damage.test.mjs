// The promise: damage on the disk is said, with file and page, and nothing is built on it. Every run prints its seed.

import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { makeFile, newSeed, randomFrom } from './made_file.mjs';
import { runCommand, Sandbox, Server } from './rowcall.mjs';

const seed = process.env.SEED ? Number(process.env.SEED) : newSeed();
const page = 4096;
const frame = 24 + page;
const framesOf = (log) => Math.floor((log.length - 32) / frame);

/** Flips a bit of a file that the server has open. */
async function flip(path, byte) {
  const file = await open(path, 'r+');
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, byte);
  await file.write(Buffer.from([buffer[0] ^ 1]), 0, 1, byte);
  await file.close();
}

async function loaded(t) {
  const sandbox = await Sandbox.start(t, '--rate-limit', '0');
  const server = await Server.start(t);
  const instance = await server.connect(sandbox);
  const job = await instance.upload(makeFile({ seed, rows: 300, companyCount: 10, badCount: 30 }).csv);
  assert.equal((await instance.finished(job, 60)).status, 'COMPLETED');
  const [database, log, head] = ['ledger.db', 'ledger.db-wal', 'ledger.head'].map((name) => join(server.data, name));
  return { server, instance, job, database, log, head };
}

/** It must refuse to start, and say all of this. */
async function assertRefuses(server, ...patterns) {
  const run = await runCommand([...server.args, '--listen', '127.0.0.1:0'], {});
  assert.equal(run.code, 1, run.out + run.err);
  for (const pattern of [...patterns, /uploaded files/, /backup/]) assert.match(run.err, pattern);
}

test(`a bit flipped anywhere in the log of a killed server: it refuses to start (SEED=${seed})`, async (t) => {
  const random = randomFrom(seed);
  const { server, database, log, head } = await loaded(t);
  await server.kill();
  const [databaseBefore, logBefore, headBefore] = [database, log, head].map((path) => readFileSync(path));
  assert.ok(framesOf(logBefore) > 10);
  for (let i = 0; i < 5; ++i) {
    const byte = random.below(32 + framesOf(logBefore) * frame);
    await flip(log, byte);
    await assertRefuses(server, /ledger\.db/, /ledger\.head/, /its last commit is number \d+, but number \d+/);
    await flip(log, byte);
    assert.ok(logBefore.equals(readFileSync(log)), 'the log was changed');
    assert.ok(databaseBefore.equals(readFileSync(database)), 'the database was changed');
    assert.ok(headBefore.equals(readFileSync(head)), 'the head was changed');
  }
  await server.startAgain();
});

test(`a bit flipped in the database of a stopped server: it refuses to start (SEED=${seed})`, async (t) => {
  const random = randomFrom(seed);
  const { server, instance, database } = await loaded(t);
  const { csv } = makeFile({ seed, rows: 2500, companyCount: 10, badCount: 30 });
  for (let loads = 0; statSync(database).size <= 20 * page; ++loads) {
    assert.ok(loads < 20, 'the log was not moved into the database');
    await instance.load(csv);
  }
  await server.stop();
  const bytes = readFileSync(database);
  // In each page: some stand anew in the log, and some are not read at the start.
  for (let at = 0; at < bytes.length; at += page) await flip(database, at + random.below(page));
  await assertRefuses(server, /ledger\.db: page \d+ is damaged/);
  writeFileSync(database, bytes);
  await server.startAgain();
});

test('damage that is met while the server runs: it writes no more and is not ready', async (t) => {
  const { server, instance, job, log } = await loaded(t);
  const ready = async () => (await fetch(`${server.run.url}/readyz`)).status;
  assert.equal(await ready(), 200);
  for (let at = 32; at < readFileSync(log).length - 8; at += frame) await flip(log, at + 24 + 4000);
  const answer = await fetch(`${server.run.url}/elements/api-v2/bulk/${job}/rows`, { headers: instance.signIn });
  assert.equal(answer.status, 500, await answer.text());
  assert.equal(await ready(), 503);
  await server.run.logged(/"event":"ledger_stopped".*ledger\.db-wal: the frame of page \d+ is damaged/);
});
