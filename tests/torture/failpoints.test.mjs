// The program dies once at each place that the source names (src/base/failpoint.h), is started again, and every row ends
// with its one true outcome. SEED=… repeats a run; POINT=… takes one place alone.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { newSeed, randomFrom } from '../e2e/made_file.mjs';
import { impatientConnectors, Sandbox, Server, startReceiver, until } from '../e2e/rowcall.mjs';

const seed = process.env.SEED ? Number(process.env.SEED) : newSeed();
const source = fileURLToPath(new URL('../../src', import.meta.url));

const points = readdirSync(source, { recursive: true })
  .filter((file) => file.endsWith('.cc'))
  .flatMap((file) => [...readFileSync(`${source}/${file}`, 'utf8').matchAll(/Failpoint\("([a-z.]+)"\)/g)].map(([, name]) => name))
  .sort();

/** Places that a load of this size comes to more than once; at any of these times it may die. */
const often = { row: 150, call: 300, image: 100, made: 4, request: 300, group: 20, outcomes: 8, doubt: 3, waited: 8, window: 2, left: 3 };

const people = 200;
const canary = 50;
/** Every fifth person stands in two rows, one behind the other; the second has the name that must stay. */
function makeRows() {
  const rows = [];
  for (let i = 0; i < people; i++) {
    const email = `p${i}@example.com`;
    const company = i % 2 === 0 ? `Company ${i % 10}` : '';
    rows.push({ email, name: `First ${i}`, company, outcome: 'created' });
    if (i % 5 === 0) rows.push({ email, name: `Second ${i}`, company, outcome: 'updated' });
  }
  return rows;
}
const rows = makeRows();
const csv = `email,name,company\n${rows.map(({ email, name, company }) => `${email},${name},${company}\n`).join('')}`;

/** A server that dies at a place, and is started again without it. */
class Mortal {
  static async start(t, point, count) {
    const mortal = new Mortal();
    mortal.sandbox = await Sandbox.start(t, '--rate-limit', '0', '--seed', String(seed), '--latency', '2ms');
    mortal.server = await Server.start(t, { connectors: await impatientConnectors(t) });
    mortal.instance = await mortal.server.connect(mortal.sandbox);
    await mortal.sandbox.faults([{ probability: 0.03, do: 'reset_after' }]);
    mortal.arm = async () => {
      await mortal.server.kill();
      mortal.server.how.env = { ROWCALL_FAILPOINT: `${point}:${count}:kill` };
      try {
        await mortal.server.startAgain();
      } catch (error) {
        // It came to the place before it said where it listens.
        assert.match(error.message, /SIGKILL/);
        mortal.deaths++;
        mortal.server.how.env = {};
        await mortal.server.startAgain();
      }
    };
    return mortal;
  }

  deaths = 0;

  /** If it has died: starts it again, unarmed. */
  async revive() {
    const { child, ended } = this.server.run;
    if (child.exitCode === null && child.signalCode === null) return;
    assert.deepEqual(await ended, { code: null, signal: 'SIGKILL' }, this.server.run.log);
    this.deaths++;
    this.server.how.env = {};
    await this.server.startAgain();
  }

  /** Does it, and again if the server died meanwhile. */
  async persist(what, attempt) {
    return until(what, async () => {
      try {
        return await attempt();
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        await this.revive();
        return null;
      }
    });
  }

  upload(callback, metaData = { canary }) {
    const form = () => {
      const body = new FormData();
      body.set('file', new Blob([csv]), 'people.csv');
      body.set('metaData', JSON.stringify(metaData));
      return body;
    };
    const { signIn } = this.instance;
    const headers = { ...signIn, 'Idempotency-Key': 'one-load' };
    if (callback) headers['Elements-Async-Callback-Url'] = callback;
    return this.persist('the file is uploaded', async () => {
      const answer = await fetch(`${this.server.run.url}/elements/api-v2/bulk/contact`, { method: 'POST', body: form(), headers });
      assert.equal(answer.status, 200, await answer.clone().text());
      return (await answer.json()).id;
    });
  }

  control(job, word) {
    return this.persist(word, async () => {
      const answer = await fetch(`${this.server.run.url}/elements/api-v2/bulk/${job}/${word}`,
                                 { method: 'PUT', headers: this.instance.signIn });
      await answer.text();
      return answer.status === 200 || answer.status === 409; // it had ended by the first call, which was not answered
    });
  }

  until(what, job, check) {
    return this.persist(what, async () => {
      const status = await this.instance.status(job);
      return check(status) ? status : null;
    });
  }
}

/** In the stand-in each person is there once, as the last row of the file about them says, and each company once. */
async function assertAllAreThere(sandbox) {
  const contacts = await sandbox.contacts();
  const found = contacts.map(({ email, name, companies }) => [email, name, companies.data.map((one) => one.name).join()]).sort();
  const last = new Map(rows.map(({ email, name, company }) => [email, [email, name, company]]));
  assert.deepEqual(found, [...last.values()].sort());
  const companies = (await sandbox.companies()).map(({ name }) => name).sort();
  assert.deepEqual(companies, [...new Set(rows.map(({ company }) => company))].filter(Boolean).sort());
  return contacts;
}

async function assertTrue({ instance, sandbox }, job) {
  const contacts = await assertAllAreThere(sandbox);
  const ids = new Map(contacts.map(({ email, id }) => [email, id]));
  assert.deepEqual((await instance.rows(job)).map(({ row, outcome, vendorId }) => ({ row, outcome, vendorId })),
                   rows.map(({ email, outcome }, i) => ({ row: i + 1, outcome, vendorId: ids.get(email) })));
}

const ended = ({ status }) => !['CREATED', 'RUNNING', 'CANCELLATION_PENDING'].includes(status);

async function loadAndDie(t, point, count) {
  const mortal = await Mortal.start(t, point, count);
  const receiver = await startReceiver(t);
  if (!point.startsWith('left.')) await mortal.arm();
  const job = await mortal.upload(receiver.url);
  await mortal.until('the canary is done', job, ({ paused }) => paused);
  assert.equal((await mortal.sandbox.contacts()).length, new Set(rows.slice(0, canary).map(({ email }) => email)).size);
  await mortal.control(job, 'resume');
  if (point.startsWith('left.')) {
    const { total } = await mortal.sandbox.requests();
    await until('some more calls', async () => (await mortal.sandbox.requests()).total > total + 60);
    await mortal.arm();
  }
  const status = await mortal.until('the job has ended', job, ended);
  await mortal.persist('its callback has come', async () => {
    await mortal.instance.status(job);
    return receiver.received.length > 0 && (mortal.deaths > 0 || !point.startsWith('callback.'));
  });
  assert.equal(mortal.deaths, 1, 'it did not come to the place');
  assert.equal(status.status, 'COMPLETED', JSON.stringify(status));
  await assertTrue(mortal, job);
  assert.equal((await mortal.instance.pages('/bulk/jobs', 10)).flat().length, 1);
  assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 1);
}

async function cancelAndDie(t, point) {
  const mortal = await Mortal.start(t, point, 1);
  await mortal.arm();
  const job = await mortal.upload('https://callbacks.example.com/');
  await mortal.until('the canary is done', job, ({ paused }) => paused);
  await mortal.control(job, 'cancel');
  const status = await mortal.until('the job has ended', job, ended);
  assert.equal(mortal.deaths, 1, 'it did not come to the place');
  assert.equal(status.status, 'CANCELLED');
  const outcomes = (await mortal.instance.rows(job)).map(({ outcome }) => outcome);
  assert.equal(outcomes.length, rows.length);
  assert.deepEqual(outcomes.slice(0, canary), rows.slice(0, canary).map(({ outcome }) => outcome));
  assert.ok(outcomes.slice(canary).every((outcome) => outcome === 'cancelled'));
}

/** What a cancelled job left is tried again. */
async function retryAndDie(t, point) {
  const mortal = await Mortal.start(t, point, 1);
  const job = await mortal.upload('https://callbacks.example.com/');
  await mortal.until('the canary is done', job, ({ paused }) => paused);
  await mortal.control(job, 'cancel');
  await mortal.until('the job has ended', job, ended);
  await mortal.arm();
  const retry = await mortal.persist('the retry has ended', async () => {
    const { server, instance } = mortal;
    const answer = await fetch(`${server.run.url}/elements/api-v2/bulk/${job}/retry`, { method: 'POST', headers: instance.signIn });
    await answer.text();
    assert.ok([200, 409].includes(answer.status)); // 409: it was made by the first call, which was not answered
    const { retries } = await instance.status(job);
    return retries.length > 0 && ended(await instance.status(retries[0])) ? retries[0] : null;
  });
  assert.equal(mortal.deaths, 1, 'it did not come to the place');
  const outcomes = (await mortal.instance.rows(retry)).map(({ outcome }) => outcome);
  assert.deepEqual(outcomes, rows.slice(canary).map(({ outcome }) => outcome));
  await assertAllAreThere(mortal.sandbox);
  assert.equal((await mortal.instance.status(job)).recordsToRetry, 0);
  assert.equal((await mortal.instance.pages('/bulk/jobs', 10)).flat().length, 2);
}

/** A load over people of whom some were there is taken back; it dies in the load at `image.…`, else in the undo. */
async function undoAndDie(t, point, count) {
  const mortal = await Mortal.start(t, point, count);
  const { sandbox } = mortal;
  await sandbox.faults([]);
  await sandbox.add(Array.from({ length: people / 2 }, (_, i) => ({ email: `p${2 * i + 1}@example.com`, name: `Before ${i}`, phone: `+1 202 555 0${100 + i}` })));
  const standing = async () => (await sandbox.contacts()).filter(({ archived }) => !archived)
    .map(({ email, name, phone, companies }) => [email, name, phone, companies.data.length]).sort();
  const before = await standing();
  // The service tells time in seconds: what was made in the second in which a row was sent may be what that row made.
  const made = Math.max(...(await sandbox.contacts()).map((contact) => contact.created_at));
  await until('that second is over', () => Date.now() >= (made + 1) * 1000);
  await sandbox.faults([{ probability: 0.03, do: 'reset_after' }]);
  if (point.startsWith('image.')) await mortal.arm();
  const job = await mortal.upload(undefined, { keepPreImage: true });
  await mortal.until('the load has ended', job, ended);
  const loaded = await mortal.instance.rows(job);
  assert.deepEqual(loaded.filter(({ outcome }) => outcome !== 'created' && outcome !== 'updated'), []);
  if (!point.startsWith('image.')) await mortal.arm();
  const undo = await mortal.persist('the undo has ended', async () => {
    const { server, instance } = mortal;
    const answer = await fetch(`${server.run.url}/elements/api-v2/bulk/${job}/undo`, { method: 'POST', headers: instance.signIn });
    await answer.text();
    assert.ok([200, 409].includes(answer.status)); // 409: it was made by the first call, which was not answered
    const { undoneBy } = await instance.status(job);
    return undoneBy && ended(await instance.status(undoneBy[0])) ? undoneBy[0] : null;
  });
  assert.equal(mortal.deaths, 1, 'it did not come to the place');
  const { outcomes, undoOf } = await mortal.instance.status(undo);
  assert.equal(undoOf, job);
  assert.equal(outcomes.updated, rows.length, JSON.stringify(outcomes));
  assert.deepEqual(await standing(), before);
  assert.equal((await sandbox.contacts()).length, people);
  assert.deepEqual((await sandbox.companies()).filter(({ deleted }) => !deleted), []);
  assert.equal((await mortal.instance.pages('/bulk/jobs', 10)).flat().length, 2);
}

async function purgeAndDie(t, point) {
  const mortal = await Mortal.start(t, point, 1);
  await mortal.sandbox.faults([]); // behind a lost answer the keys of its row are held, and put the purge off
  const job = await mortal.upload();
  await mortal.until('the canary is done', job, ({ paused }) => paused);
  await mortal.control(job, 'resume');
  await mortal.until('the job has ended', job, ended);
  const ids = (await mortal.instance.rows(job)).map(({ vendorId }) => vendorId);
  await mortal.arm();
  const path = `/elements/api-v2/bulk/${job}/rows`;
  const status = await mortal.persist('the rows are purged', async () => {
    const answer = await fetch(mortal.server.run.url + path, { method: 'DELETE', headers: mortal.instance.signIn });
    const now = await answer.json();
    assert.ok(answer.status < 300, JSON.stringify(now));
    return now.rowsPurgedAt ? now : null;
  });
  await mortal.persist('it has died', () => mortal.revive().then(() => mortal.deaths > 0));
  assert.equal(mortal.deaths, 1, 'it did not come to the place');
  assert.equal(status.outcomes.created + status.outcomes.updated, rows.length);
  for (const file of readdirSync(mortal.server.data, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const bytes = readFileSync(`${file.parentPath ?? file.path}/${file.name}`, 'latin1');
    for (const word of ['@example.com', ...ids]) assert.ok(!bytes.includes(word), `${word} stands in ${file.name}`);
  }
}

const ways = { cancel: cancelAndDie, retry: retryAndDie, purge: purgeAndDie, undo: undoAndDie, image: undoAndDie, made: undoAndDie };
/** Where an undo, too, dies once: places of any job. */
const placesOfUndo = ['job.planned', 'window.read', 'window.opened', 'row.begun', 'row.sent', 'call.begun', 'call.ended', 'doubt.found',
                      'doubt.recorded', 'waited.opened', 'outcomes.gathered', 'outcomes.recorded', 'job.done', 'job.finished'];
const wayTo = (point) => ways[point.split('.')[0]] ?? loadAndDie;

test('there are at least 25 places, each named once', () => {
  assert.ok(points.length >= 25, `${points.length} places`);
  assert.equal(new Set(points).size, points.length);
});

describe(`dying once at each place loses, doubles and mislabels nothing (SEED=${seed})`, { concurrency: 6 }, () => {
  for (const point of points) {
    if (process.env.POINT && process.env.POINT !== point) continue;
    const count = 1 + randomFrom(seed + points.indexOf(point)).below(often[point.split('.')[0]] ?? 1);
    test(`${point}, time ${count}`, (t) => wayTo(point)(t, point, count));
  }
  for (const point of placesOfUndo) {
    if (process.env.POINT && process.env.POINT !== point) continue;
    assert.ok(points.includes(point), point);
    const count = 1 + randomFrom(seed + points.indexOf(point) + points.length).below(Math.min(often[point.split('.')[0]] ?? 1, 150));
    test(`${point} of an undo, time ${count}`, (t) => undoAndDie(t, point, count));
  }
});
