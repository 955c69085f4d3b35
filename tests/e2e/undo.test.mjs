// An undo takes back what a job has loaded: what it made is archived, what it wrote over is as before, field by field;
// what somebody changed since is kept, and said so.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { newSeed, randomFrom } from './made_file.mjs';
import { Sandbox, Server, impatientConnectors, until } from './rowcall.mjs';

const seed = process.env.SEED ? Number(process.env.SEED) : newSeed();
const keep = { metaData: { keepPreImage: true } };

async function begin(t, { flags = [], settings = {}, connectors } = {}) {
  const sandbox = await Sandbox.start(t, '--rate-limit', '0', '--seed', String(seed), ...flags);
  const server = await Server.start(t, { connectors });
  const instance = await server.connect(sandbox, settings);
  return { sandbox, server, instance };
}

async function ask(instance, path, options = {}) {
  const answer = await fetch(`${instance.server.run.url}/elements/api-v2${path}`, {
    ...options, headers: { ...instance.signIn, ...options.headers } });
  return { status: answer.status, ...(await answer.json()) };
}
const undo = (instance, job) => ask(instance, `/bulk/${job}/undo`, { method: 'POST' });
const planOf = (instance, job) => ask(instance, `/bulk/${job}/undo`);

/** The status of the undo, once it has ended well, with its rows by the e-mail that stands in them. */
async function undone(instance, job) {
  const receipt = await undo(instance, job);
  assert.equal(receipt.status, 'CREATED', JSON.stringify(receipt));
  assert.equal(receipt.undoOf, job);
  const status = await instance.finished(receipt.id);
  assert.equal(status.status, 'COMPLETED', JSON.stringify(status));
  assert.equal(status.undoOf, job);
  assert.equal(status.recordsCount, receipt.rows);
  return { ...status, byEmail: await rowsByEmail(instance, receipt.id) };
}

async function rowsByEmail(instance, job) {
  const rows = await instance.rows(job);
  const answer = await fetch(`${instance.server.run.url}/elements/api-v2/bulk/${job}/results/all.jsonl`, { headers: instance.signIn });
  const lines = (await answer.text()).trimEnd().split('\n').map((line) => JSON.parse(line));
  return Object.fromEntries(lines.map((line, i) => [line.email, { ...rows[i], code: line._code, reason: line._reason }]));
}

/** All that stands at the stand-in, but for times and ids, by e-mail. Archived people have `archived: true` alone. */
async function standing(sandbox) {
  const people = (await sandbox.contacts()).map((contact) => [contact.email, contact.archived ? { archived: true } : {
    name: contact.name, phone: contact.phone, external_id: contact.external_id, custom: contact.custom_attributes,
    avatar: contact.avatar?.image_url ?? null, companies: contact.companies.data.map(({ name }) => name) }]);
  return Object.fromEntries(people.sort(([a], [b]) => (a < b ? -1 : 1)));
}
const companyNames = async (sandbox) => (await sandbox.companies()).filter(({ deleted }) => !deleted).map(({ name }) => name).sort();
const idOf = async (sandbox, email) => (await sandbox.contacts()).find((contact) => contact.email === email).id;

test('what was made is archived, what was written over is put back, and companies go that nothing else uses', async (t) => {
  const { sandbox, instance } = await begin(t);
  await sandbox.add([{ email: 'ann@x.example', name: 'Ann Before', phone: '+1 202 555 0100' }, { email: 'own@x.example', name: 'Own' }]);
  const firm = await sandbox.call('POST', '/companies', { company_id: 'initech', name: 'Initech' });
  await sandbox.call('POST', `/contacts/${await idOf(sandbox, 'own@x.example')}/companies`, { id: firm.id });
  const before = await standing(sandbox);
  const load = await instance.load('email,name,phone,company\nann@x.example,Ann After,+1 202 555 0199,\nbob@x.example,Bob,,Acme\n' +
    'cid@x.example,Cid,,Acme\ndan@x.example,Dan,,Initech\nnobody,Eve,,\n', keep);
  assert.deepEqual([load.outcomes.created, load.outcomes.updated, load.outcomes.rejected], [3, 1, 1]);
  const plan = await planOf(instance, load.id);
  assert.deepEqual([plan.rows, plan.archive, plan.putBack, plan.keep, plan.callsAtMost], [4, 3, 1, 0, 8]);
  assert.ok(plan.cannot.some((sentence) => sentence.startsWith('Messages')), JSON.stringify(plan));
  const result = await undone(instance, load.id);
  assert.equal(result.outcomes.updated, 4, JSON.stringify(result));
  assert.equal(result.message, '4 rows: 4 taken back.');
  const gone = { archived: true };
  assert.deepEqual(await standing(sandbox), { ...before, 'bob@x.example': gone, 'cid@x.example': gone, 'dan@x.example': gone });
  assert.deepEqual(await companyNames(sandbox), ['Initech']);
  assert.deepEqual((await instance.status(load.id)).undoneBy, [result.id]);
});

test('people who were there leave the companies that the load put them into, and no others', async (t) => {
  const { sandbox, instance } = await begin(t);
  await sandbox.add(['ann', 'bob', 'cid'].map((name) => ({ email: `${name}@x.example`, name: 'Before' })));
  const acme = await sandbox.call('POST', '/companies', { company_id: 'acme', name: 'Acme' });
  await sandbox.call('POST', `/contacts/${await idOf(sandbox, 'ann@x.example')}/companies`, { id: acme.id });
  const before = await standing(sandbox);
  const load = await instance.load('email,name,company\nann@x.example,Ann,Acme\nbob@x.example,Bob,Acme\ncid@x.example,Cid,New\n', keep);
  assert.equal(load.outcomes.updated, 3);
  assert.deepEqual((await standing(sandbox))['bob@x.example'].companies, ['Acme']);
  const { outcomes } = await undone(instance, load.id);
  assert.equal(outcomes.updated, 3);
  assert.deepEqual(await standing(sandbox), before);
  assert.deepEqual(await companyNames(sandbox), ['Acme']);
});

test('what somebody changed since is kept, and said so', async (t) => {
  const { sandbox, instance } = await begin(t);
  await sandbox.add([{ email: 'ann@x.example', name: 'Ann Before' }, { email: 'eve@x.example', name: 'Eve Before' }]);
  const load = await instance.load('email,name,phone\nann@x.example,Ann After,\nbob@x.example,Bob,\ncid@x.example,Cid,\neve@x.example,Eve After,\n', keep);
  await sandbox.call('PUT', `/contacts/${await idOf(sandbox, 'ann@x.example')}`, { name: 'Ann by hand' });
  await sandbox.call('PUT', `/contacts/${await idOf(sandbox, 'bob@x.example')}`, { name: 'Bob by hand' });
  // A visit, or a field that the load did not write, is no change of what was loaded.
  await sandbox.call('PUT', `/contacts/${await idOf(sandbox, 'cid@x.example')}`, { phone: '+1 202 555 0133' });
  await sandbox.call('PUT', `/contacts/${await idOf(sandbox, 'eve@x.example')}`, { phone: '+1 202 555 0144' });
  const { outcomes, byEmail } = await undone(instance, load.id);
  assert.deepEqual([outcomes.updated, outcomes.skipped], [2, 2]);
  assert.deepEqual([byEmail['ann@x.example'].code, byEmail['bob@x.example'].code], ['changed_since', 'changed_since']);
  assert.match(byEmail['bob@x.example'].reason, /changed since the load \("name"\)/);
  const now = await standing(sandbox);
  assert.equal(now['ann@x.example'].name, 'Ann by hand');
  assert.equal(now['bob@x.example'].name, 'Bob by hand');
  assert.deepEqual(now['cid@x.example'], { archived: true });
  assert.deepEqual([now['eve@x.example'].name, now['eve@x.example'].phone], ['Eve Before', '+1 202 555 0144']);
});

test('without a pre-image a record from before stays as it is, and that is said beforehand', async (t) => {
  const { sandbox, instance } = await begin(t);
  await sandbox.add([{ email: 'ann@x.example', name: 'Ann Before' }]);
  const load = await instance.load('email,name\nann@x.example,Ann After\nbob@x.example,Bob\n');
  const plan = await planOf(instance, load.id);
  assert.deepEqual([plan.archive, plan.putBack, plan.keep], [1, 0, 1]);
  assert.ok(plan.cannot.some((sentence) => sentence.includes('keepPreImage')), JSON.stringify(plan));
  const { outcomes, byEmail } = await undone(instance, load.id);
  assert.deepEqual([outcomes.updated, outcomes.skipped], [1, 1]);
  assert.equal(byEmail['ann@x.example'].code, 'no_pre_image');
  assert.equal((await standing(sandbox))['ann@x.example'].name, 'Ann After');
});

test('values that were not there are cleared again, of every kind of field; what the service does not clear is said', async (t) => {
  const { sandbox, instance } = await begin(t);
  await sandbox.call('POST', '/data_attributes', { name: 'seats', model: 'contact', data_type: 'integer' });
  await sandbox.call('POST', '/data_attributes', { name: 'vip', model: 'contact', data_type: 'boolean' });
  await sandbox.add([{ email: 'ann@x.example' }, { email: 'bob@x.example', name: 'Bob', custom_attributes: { seats: 7, vip: true } }, { email: 'cid@x.example', name: 'Cid' }]);
  const before = await standing(sandbox);
  const load = await instance.load('email,external id,name,phone,avatar,signed up,seats,vip\n' +
    'ann@x.example,,Ann,+1 202 555 0100,https://x.example/a.png,2026-01-01,3,yes\nbob@x.example,,Bobby,,,,9,no\ncid@x.example,c7,Cidney,,,,,\n', keep);
  assert.equal(load.outcomes.updated, 3, JSON.stringify(load));
  const { outcomes, byEmail } = await undone(instance, load.id);
  assert.equal(outcomes.updated, 3);
  const now = await standing(sandbox);
  assert.deepEqual(now['bob@x.example'], before['bob@x.example']);
  assert.deepEqual({ ...now['ann@x.example'], name: null, custom: {} }, { ...before['ann@x.example'], name: null, custom: {} });
  assert.equal(now['cid@x.example'].name, 'Cid');
  assert.equal(byEmail['cid@x.example'].code, 'not_put_back');
  assert.match(byEmail['cid@x.example'].reason, /"external_id"/);
});

test('rows of one record are taken back in the order that leads to where it began', async (t) => {
  for (const options of [keep, {}]) {
    const { sandbox, instance } = await begin(t);
    await sandbox.add([{ email: 'ann@x.example', name: 'Ann 0' }]);
    const load = await instance.load('email,name\nann@x.example,Ann 1\nbob@x.example,Bob 1\nANN@x.example,Ann 2\nbob@x.example,Bob 2\nbob@x.example,Bob 3\n', options);
    await undone(instance, load.id);
    const now = await standing(sandbox);
    assert.equal(now['ann@x.example'].name, options.metaData ? 'Ann 0' : 'Ann 2');
    assert.deepEqual(now['bob@x.example'], { archived: true });
  }
});

test('rows that name one record by different keys are taken back one behind the other', async (t) => {
  const { sandbox, instance } = await begin(t, { flags: ['--latency', '20ms'] });
  await sandbox.add([{ email: 'ann@x.example', external_id: 'a1', name: 'Ann 0' }]);
  // The canary has the first row loaded before the second.
  const id = await instance.upload('email,external id,name\nann@x.example,,Ann 1\n,a1,Ann 2\n', { metaData: { ...keep.metaData, canary: 1 } });
  await until('the first row is loaded', async () => (await instance.status(id)).paused);
  await instance.call(`/bulk/${id}/resume`, { method: 'PUT' });
  assert.equal((await instance.finished(id)).outcomes.updated, 2);
  const { outcomes } = await undone(instance, id);
  assert.equal(outcomes.updated, 2, JSON.stringify(outcomes));
  assert.equal((await standing(sandbox))['ann@x.example'].name, 'Ann 0');
});

test('what a later row of the load keeps, its earlier rows keep too', async (t) => {
  const { sandbox, instance } = await begin(t);
  await sandbox.add([{ email: 'ann@x.example', name: 'Ann 0' }]);
  const load = await instance.load('email,name,phone\nann@x.example,Ann 1,\nbob@x.example,Bob,\nann@x.example,,+1 202 555 0100\nbob@x.example,,+1 202 555 0100\n', keep);
  for (const email of ['ann@x.example', 'bob@x.example']) {
    await sandbox.call('PUT', `/contacts/${await idOf(sandbox, email)}`, { phone: '+1 202 555 0199' });
  }
  const before = await standing(sandbox);
  const { outcomes, byEmail } = await undone(instance, load.id);
  assert.equal(outcomes.skipped, 4, JSON.stringify(outcomes));
  assert.equal(byEmail['ann@x.example'].code, 'later_row_kept');
  assert.deepEqual(await standing(sandbox), before);
});

test('what another job loads into a record while its undo waits for that is kept', async (t) => {
  const { sandbox, instance } = await begin(t);
  const { id } = await instance.load('email,name\nann@x.example,Ann\n');
  await sandbox.faults([{ operation: 'PUT /contacts/{id}', do: 'status', status: 429, retry_after: 2, nth: [1] }]);
  const { total } = await sandbox.requests();
  const other = await instance.upload('email,phone\nann@x.example,+1 202 555 0100\n');
  await until('the other job holds the key', async () => (await sandbox.requests()).total >= total + 2);
  const { outcomes, byEmail } = await undone(instance, id);
  assert.equal((await instance.finished(other)).outcomes.updated, 1);
  assert.equal(outcomes.skipped, 1, JSON.stringify(outcomes));
  assert.equal(byEmail['ann@x.example'].code, 'loaded_since');
});

test('what other people or another job use is kept', async (t) => {
  const { sandbox, instance } = await begin(t);
  await sandbox.add([{ email: 'own@x.example', name: 'Own' }]);
  const first = await instance.load('email,name,company\nann@x.example,Ann,Acme\nbob@x.example,Bob,Globex\ncid@x.example,Cid,\n');
  const acme = (await sandbox.companies()).find(({ name }) => name === 'Acme');
  await sandbox.call('POST', `/contacts/${await idOf(sandbox, 'own@x.example')}/companies`, { id: acme.id });
  const second = await instance.load('email,phone\ncid@x.example,+1 202 555 0100\n');
  const { outcomes, byEmail, warnings } = await undone(instance, first.id);
  assert.deepEqual([outcomes.updated, outcomes.skipped], [2, 1]);
  assert.equal(byEmail['cid@x.example'].code, 'loaded_since');
  assert.match(warnings.at(-1), /^A record that the load had made beside its rows was left: The company was left as it is: other records use it\./);
  assert.deepEqual(await companyNames(sandbox), ['Acme']);
  // Once the other job is taken back too, nothing stands in the way; but a row that was kept is settled.
  await undone(instance, second.id);
  assert.equal((await undo(instance, first.id)).type, 'urn:rowcall:problem:undone');
});

test('what another job has loaded since stays in its company, and a company that one has loaded stays', async (t) => {
  const { sandbox, instance } = await begin(t);
  await sandbox.add([{ email: 'ann@x.example', name: 'Before' }]);
  const load = await instance.load('email,name,company,company id\nann@x.example,Ann,Acme,acme\nbob@x.example,Bob,Globex,globex\n', keep);
  await instance.load('email,phone\nann@x.example,+1 202 555 0100\n');
  const form = new FormData();
  form.set('file', new Blob(['company id,industry\nglobex,Oil\n']), 'firms.csv');
  const { body } = await instance.call('/bulk/company', { method: 'POST', body: form });
  assert.equal((await instance.finished(body.id)).outcomes.updated, 1);
  const { outcomes, byEmail, warnings } = await undone(instance, load.id);
  assert.equal(outcomes.updated, 2, JSON.stringify(outcomes));
  assert.match(byEmail['ann@x.example'].reason, /"attach" joined .* another job/);
  assert.match(warnings.at(-1), /company was left as it is: another job has loaded a row into it/);
  const { name, companies } = (await standing(sandbox))['ann@x.example'];
  assert.deepEqual([name, companies], ['Before', ['Acme']]);
  assert.deepEqual(await companyNames(sandbox), ['Acme', 'Globex']);
});

test('what an undo archived is restored by a later load, but what a person archived is not', async (t) => {
  const { sandbox, instance } = await begin(t);
  const csv = 'email,name\nann@x.example,Ann\nbob@x.example,Bob\n';
  const load = await instance.load(csv);
  await undone(instance, load.id);
  const again = await instance.load(csv);
  assert.equal(again.outcomes.updated, 2, JSON.stringify(again));
  assert.equal((await standing(sandbox))['ann@x.example'].name, 'Ann');
  await sandbox.call('POST', `/contacts/${await idOf(sandbox, 'ann@x.example')}/archive`);
  const third = await instance.load(csv);
  assert.deepEqual([third.outcomes.failed, third.outcomes.updated + third.outcomes.unchanged], [1, 1]);
});

test('what the load took out of the archive goes back there', async (t) => {
  const { sandbox, instance } = await begin(t);
  await sandbox.add([{ email: 'ann@x.example', name: 'Ann Before', archived: true }, { email: 'bob@x.example', name: 'Bob', archived: true }]);
  const load = await instance.load('email,name\nann@x.example,Ann After\nbob@x.example,Bob\n', { metaData: { keepPreImage: true, ifArchived: 'restore' } });
  assert.equal(load.outcomes.updated, 2);
  const { outcomes } = await undone(instance, load.id);
  assert.equal(outcomes.updated, 2, JSON.stringify(outcomes));
  const now = (await sandbox.contacts()).map(({ archived, name }) => [archived, name]);
  assert.deepEqual(now.sort(), [[true, 'Ann Before'], [true, 'Bob']]);
});

test('an undo that cannot be is refused, and nothing is sent', async (t) => {
  const { sandbox, instance } = await begin(t, { flags: ['--latency', '20ms'] });
  const refused = async (job, type, ask = undo) => {
    const { total } = await sandbox.requests();
    const answer = await ask(instance, job);
    assert.equal(answer.type, `urn:rowcall:problem:${type}`, JSON.stringify(answer));
    if (type !== 'job_not_ended') assert.equal((await sandbox.requests()).total, total);
  };
  const retry = (_, job) => ask(instance, `/bulk/${job}/retry`, { method: 'POST' });
  const running = await instance.upload(`email,name\n${Array.from({ length: 300 }, (_, i) => `p${i}@x.example,P\n`).join('')}`);
  await refused(running, 'job_not_ended');
  await refused(running, 'job_not_ended', planOf);
  await instance.finished(running);
  await refused((await instance.load('email,name\nnobody,Nobody\n')).id, 'nothing_to_undo');

  // A retry stands behind its job, so it is taken back first.
  await sandbox.faults([{ operation: 'POST /contacts', contains: 'bob@', do: 'status', status: 422, probability: 1 }]);
  const load = await instance.load('email,name\nann@x.example,Ann\nbob@x.example,Bob\n');
  await sandbox.faults([]);
  const tried = await retry(instance, load.id);
  await instance.finished(tried.id);
  await refused(load.id, 'retry_not_undone');
  await undone(instance, tried.id);
  const { id } = await undone(instance, load.id);
  await refused(load.id, 'undone');
  await refused(load.id, 'undone', retry);
  await refused(id, 'undo_is_not_undone');
  await refused(id, 'undo_is_not_retried', retry);
  assert.deepEqual((await sandbox.contacts()).filter(({ email, archived }) => !archived && !email.startsWith('p')), []);
});

test('an undo that was cancelled goes on when it is asked for again', async (t) => {
  const { sandbox, instance } = await begin(t, { flags: ['--latency', '10ms'] });
  const rows = 600;
  const { id } = await instance.load(`email,name\n${Array.from({ length: rows }, (_, i) => `p${i}@x.example,P${i}\n`).join('')}`);
  const { total } = await sandbox.requests();
  const answers = await Promise.all([undo(instance, id), undo(instance, id)]);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [409, 'CREATED'], 'two at once are one');
  const first = answers.find(({ status }) => status === 'CREATED');
  await until('some are taken back', async () => (await sandbox.requests()).total > total + 200);
  assert.equal((await undo(instance, id)).type, 'urn:rowcall:problem:undo_under_way');
  await instance.call(`/bulk/${first.id}/cancel`, { method: 'PUT' });
  const cancelled = await instance.finished(first.id);
  assert.ok(cancelled.outcomes.cancelled > 0 && cancelled.outcomes.updated > 0, JSON.stringify(cancelled.outcomes));
  const { outcomes } = await undone(instance, id);
  assert.equal(outcomes.updated + cancelled.outcomes.updated, rows);
  assert.deepEqual((await sandbox.contacts()).filter(({ archived }) => !archived), []);
});

test('what a cancelled undo has left beside a person is said, and taken back when it is asked for again', async (t) => {
  const { sandbox, instance } = await begin(t);
  const { id } = await instance.load('email,name,company\nann@x.example,Ann,Acme\n');
  await sandbox.faults([{ operation: 'DELETE /companies/{id}', do: 'status', status: 429, retry_after: 3, nth: [1] }]);
  const receipt = await undo(instance, id);
  await until('the person is archived', async () => (await sandbox.faultCounts())[0].struck === 1);
  await instance.call(`/bulk/${receipt.id}/cancel`, { method: 'PUT' });
  const cancelled = await instance.finished(receipt.id);
  assert.equal(cancelled.outcomes.updated, 1, JSON.stringify(cancelled));
  assert.match(cancelled.warnings.at(-1), /^A record that the load had made beside its rows was left: The undo was ended before it was known what became of it\./);
  assert.deepEqual(await companyNames(sandbox), ['Acme']);
  const again = await undo(instance, id);
  assert.equal((await instance.finished(again.id)).status, 'COMPLETED');
  assert.deepEqual(await companyNames(sandbox), []);
});

/** A rule that never strikes, and counts the requests that it is about. */
const counts = (operation) => ({ operation, do: 'status', nth: [1_000_000] });
const seen = async (sandbox, operation) => (await sandbox.faultCounts()).find((rule) => rule.operation === operation).seen;
const waitsForCompany = (instance, job) => until('it waits for the company', async () => {
  return /^all rows have ended; what the load had made/.test((await instance.status(job)).waitReason);
});
const leftOf = ({ warnings }) => (warnings ?? []).filter((warning) => warning.includes('beside its rows'));

test('a person who is kept stays in the company that the load put them into', async (t) => {
  const { sandbox, instance } = await begin(t);
  await sandbox.add([{ email: 'ann@x.example', name: 'Before' }]);
  const { id } = await instance.load('email,name,company\nann@x.example,Ann,Acme\n', keep);
  await sandbox.call('PUT', `/contacts/${await idOf(sandbox, 'ann@x.example')}`, { name: 'Ann by hand' });
  const result = await undone(instance, id);
  assert.equal(result.outcomes.skipped, 1);
  assert.match(leftOf(result)[0], /other records use it/);
  assert.deepEqual((await standing(sandbox))['ann@x.example'].companies, ['Acme']);
});

test('an undo that is cancelled among its rows asks for nothing that stands beside them, and says what is left', async (t) => {
  const { sandbox, instance } = await begin(t);
  const { id } = await instance.load('email,name,company\nann@x.example,Ann,Acme\nbob@x.example,Bob,Globex\n');
  await sandbox.faults([{ operation: 'POST /contacts/{id}/archive', do: 'status', status: 429, retry_after: 3, nth: [1] },
    counts('GET /companies/{id}'), counts('DELETE /companies/{id}')]);
  const receipt = await undo(instance, id);
  await until('a row waits', async () => (await sandbox.faultCounts())[0].struck === 1);
  await instance.call(`/bulk/${receipt.id}/cancel`, { method: 'PUT' });
  const cancelled = await instance.finished(receipt.id);
  assert.equal(cancelled.status, 'CANCELLED');
  assert.match(leftOf(cancelled)[0], /^2 records that the load had made beside its rows were left: The undo was ended before/);
  assert.deepEqual([await seen(sandbox, 'GET /companies/{id}'), await seen(sandbox, 'DELETE /companies/{id}')], [0, 0]);
});

test('more companies than are looked at at once all go, each by one call', async (t) => {
  const { sandbox, instance } = await begin(t);
  const rows = 510;
  await sandbox.faults([counts('DELETE /companies/{id}')]);
  const { id } = await instance.load(`email,name,company\n${Array.from({ length: rows }, (_, i) => `p${i}@x.example,P,Firm ${i}\n`).join('')}`);
  assert.equal((await companyNames(sandbox)).length, rows);
  const result = await undone(instance, id);
  assert.deepEqual(leftOf(result), []);
  assert.deepEqual(await companyNames(sandbox), []);
  assert.equal(await seen(sandbox, 'DELETE /companies/{id}'), rows);
});

test('of many companies that stay all are counted and five are named', async (t) => {
  const { sandbox, instance } = await begin(t);
  await sandbox.add([{ email: 'own@x.example', name: 'Own' }]);
  const { id } = await instance.load(`email,name,company\n${Array.from({ length: 7 }, (_, i) => `p${i}@x.example,P,Firm ${i}\n`).join('')}`);
  for (const company of await sandbox.companies()) {
    await sandbox.call('POST', `/contacts/${await idOf(sandbox, 'own@x.example')}/companies`, { id: company.id });
  }
  const [left, ...more] = leftOf(await undone(instance, id));
  assert.deepEqual(more, []);
  assert.match(left, /^7 records that the load had made beside its rows were left: /);
  assert.equal(left.match(/other records use it/g).length, 5);
});

test('a company that is gone already is no company that was left, and after a crash none is deleted twice', async (t) => {
  const { sandbox, server, instance } = await begin(t);
  const { id } = await instance.load('email,name,company\nann@x.example,Ann,Acme\nbob@x.example,Bob,Globex\n');
  await server.stop();
  server.how.env = { ROWCALL_FAILPOINT: 'job.done:1:kill' };
  await server.startAgain();
  await sandbox.faults([counts('DELETE /companies/{id}')]);
  const receipt = await undo(instance, id);
  assert.equal((await server.run.ended).signal, 'SIGKILL');
  assert.deepEqual(await companyNames(sandbox), []);
  server.how.env = {};
  await server.startAgain();
  const status = await instance.finished(receipt.id);
  assert.equal(status.status, 'COMPLETED');
  assert.deepEqual(leftOf(status), []);
  assert.equal(await seen(sandbox, 'DELETE /companies/{id}'), 2);
});

test('while the service refuses the token a company waits, and goes when it is accepted again', async (t) => {
  const { sandbox, instance } = await begin(t);
  const { id } = await instance.load('email,name,company\nann@x.example,Ann,Acme\n');
  await sandbox.faults([{ operation: 'DELETE /companies/{id}', do: 'status', status: 401, first: 6 }]);
  const receipt = await undo(instance, id);
  await until('it waits', async () => (await instance.status(receipt.id)).waitReason);
  await until('it has asked six times in vain', async () => {
    assert.equal((await instance.change({ 'oauth.user.token': 'sandbox-token' })).status, 200);
    return (await sandbox.faultCounts())[0].seen > 6;
  });
  assert.deepEqual(leftOf(await instance.finished(receipt.id)), []);
  assert.deepEqual(await companyNames(sandbox), []);
});

test('whether a company was deleted is asked again when the answer was lost, five times at most', async (t) => {
  for (const [how, names] of [[{ do: 'reset_after', nth: [1] }, []], [{ do: 'reset_before', nth: [1, 2, 3, 4] }, []],
    [{ do: 'reset_before', probability: 1 }, ['Acme']]]) {
    const { sandbox, instance } = await begin(t);
    const { id } = await instance.load('email,name,company\nann@x.example,Ann,Acme\n');
    await sandbox.faults([{ operation: 'DELETE /companies/{id}', ...how }]);
    const left = leftOf(await undone(instance, id));
    assert.deepEqual(await companyNames(sandbox), names);
    assert.equal(left.length, names.length);
    if (names.length) assert.match(left[0], /was left: The service gave no definite answer in five attempts\./);
  }
});

test('why the service does not let a company go is said in its words', async (t) => {
  const { sandbox, instance } = await begin(t);
  const { id } = await instance.load('email,name,company\nann@x.example,Ann,Acme\n');
  await sandbox.faults([{ operation: 'DELETE /companies/{id}', do: 'status', status: 422, probability: 1 }]);
  const [left] = leftOf(await undone(instance, id));
  assert.match(left, /^A record that the load had made beside its rows was left: .*422.* \(id /);
  assert.deepEqual(await companyNames(sandbox), ['Acme']);
});

test('what the load only joined stays with its row, and is no record that was left', async (t) => {
  const { sandbox, instance } = await begin(t);
  await sandbox.add([{ email: 'ann@x.example', name: 'Before' }]);
  const { id } = await instance.load('email,name,company\nann@x.example,Ann,Acme\nbob@x.example,Bob,Acme\n', keep);
  assert.deepEqual(leftOf(await undone(instance, id)), []);
  assert.deepEqual(await companyNames(sandbox), []);
});

test('a company into which another job loads a row when the undo comes to it stays, and its key is given back', async (t) => {
  const { sandbox, instance } = await begin(t, { connectors: await impatientConnectors(t, '8s') });
  const { id } = await instance.load('email,name,company,company id\nann@x.example,Ann,Globex,globex\n');
  const loadCompanies = async (rows) => {
    const form = new FormData();
    form.set('file', new Blob([`company id,industry\n${rows}`]), 'firms.csv');
    return (await instance.call('/bulk/company', { method: 'POST', body: form })).body.id;
  };
  await sandbox.faults([{ operation: 'POST /contacts/{id}/archive', do: 'timeout_after', nth: [1] },
    { operation: 'POST /companies', contains: 'globex', do: 'timeout_after', nth: [1] }]);
  const receipt = await undo(instance, id);
  await until('the row of the undo holds the key', async () => (await sandbox.faultCounts())[0].struck === 1);
  const other = await loadCompanies('other,Oil\nglobex,Oil\n');
  await until('the other job has asked for it', async () => (await instance.status(other)).outcomes.created === 1);
  await waitsForCompany(instance, receipt.id);
  const [left] = leftOf(await instance.finished(receipt.id));
  assert.match(String(left), /was left: The company was left as it is: another job has loaded a row into it/);
  assert.equal((await instance.finished(other)).outcomes.updated, 1);
  assert.ok((await sandbox.companies()).some(({ company_id, deleted }) => company_id === 'globex' && !deleted));
  assert.equal((await instance.finished(await loadCompanies('globex,Gas\n'), 30)).outcomes.updated, 1);
});

test('an undo that waits for the key of a company is cancelled at once, whoever holds it', async (t) => {
  const { sandbox, instance } = await begin(t, { connectors: await impatientConnectors(t, '8s') });
  const { id } = await instance.load('email,name,company\nann@x.example,Ann,Acme\n');
  await sandbox.faults([{ operation: 'POST /contacts', contains: 'zed@', do: 'timeout_after', nth: [1] }]);
  const other = await instance.upload('email,name,company\nzed@x.example,Zed,Acme\n');
  await until('the other job holds the key', async () => (await sandbox.faultCounts())[0].struck === 1);
  const receipt = await undo(instance, id);
  await waitsForCompany(instance, receipt.id);
  await instance.call(`/bulk/${receipt.id}/cancel`, { method: 'PUT' });
  const [left] = leftOf(await instance.finished(receipt.id));
  assert.match(left, /was left: The undo was ended before it was known what became of it\./);
  assert.equal((await instance.status(other)).status, 'RUNNING');
});

test('an undo that waits for the key of a company does not hinder a stop, and goes on behind it', async (t) => {
  const { sandbox, server, instance } = await begin(t, { connectors: await impatientConnectors(t, '8s') });
  const { id } = await instance.load('email,name,company\nann@x.example,Ann,Acme\n');
  await sandbox.faults([{ operation: 'POST /contacts', contains: 'zed@', do: 'timeout_after', nth: [1] },
    { operation: 'POST /contacts/{id}/companies', do: 'status', status: 422, probability: 1 }]);
  const other = await instance.upload('email,name,company\nzed@x.example,Zed,Acme\n');
  await until('the other job holds the key', async () => (await sandbox.faultCounts())[0].struck === 1);
  const receipt = await undo(instance, id);
  await waitsForCompany(instance, receipt.id);
  const { child } = server.run;
  const stopped = server.stop();
  await until('the server has ended', () => child.exitCode !== null, 30);
  await stopped;
  assert.deepEqual(await companyNames(sandbox), ['Acme']);
  await server.startAgain();
  assert.deepEqual(leftOf(await instance.finished(receipt.id)), []);
  await instance.finished(other);
  assert.deepEqual(await companyNames(sandbox), []);
});

test('what a step has made that the connector does not know any more stays, and that is said', async (t) => {
  const connectors = await impatientConnectors(t);
  const { sandbox, server, instance } = await begin(t, { connectors });
  const { id } = await instance.load('email,name,company\nann@x.example,Ann,Acme\n');
  await server.stop();
  const file = join(connectors, 'intercom/objects/contact.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('{name: company, relation', '{name: firm, relation').replace('needs: [contact, company]', 'needs: [contact, firm]')
    .replaceAll('{company.id}', '{firm.id}'));
  await server.startAgain();
  const { outcomes, warnings } = await undone(instance, id);
  assert.equal(outcomes.updated, 1);
  assert.match(warnings.at(-1), /was left: The connector, which has changed since, does not say how it is taken back/);
  assert.deepEqual(await companyNames(sandbox), ['Acme']);
});

test(`an undo that is killed again and again leaves all as it was before the load (SEED=${seed})`, async (t) => {
  const random = randomFrom(seed);
  const { sandbox, server, instance } = await begin(t, { flags: ['--latency', '3ms'], settings: { 'email.unique': 'yes' }, connectors: await impatientConnectors(t) });
  const rows = 800;
  const emails = Array.from({ length: rows }, (_, i) => `p${i}@x.example`);
  await sandbox.add(emails.filter((_, i) => i % 2).map((email, i) => ({ email, name: `Before ${i}`, ...(i % 3 ? {} : { phone: '+1 202 555 0100' }) })));
  const before = await standing(sandbox);
  const faults = [{ probability: 0.03, do: 'reset_after' }, { probability: 0.02, do: 'status', status: 503, after_commit: true }];
  const killed = async (job, between) => {
    const { total } = await sandbox.requests();
    for (let kill = 1; kill <= 5; kill++) {
      await until('some more', async () => (await sandbox.requests()).total - total > (kill - 1) * between + random.below(between)
        || (await instance.status(job)).status === 'COMPLETED');
      await server.kill();
      await server.startAgain();
    }
    return instance.finished(job);
  };
  // The load is killed too: what its rows in doubt had written over must be what was there before.
  await sandbox.faults(faults);
  const job = await instance.upload(`email,name,phone\n${emails.map((email, i) => `${email},After ${i},+1 202 555 0199\n`).join('')}`, keep);
  const load = await killed(job, 300);
  assert.deepEqual([load.outcomes.created, load.outcomes.updated], [rows / 2, rows / 2], JSON.stringify(load.outcomes));
  const receipt = await undo(instance, job);
  const result = await killed(receipt.id, 300);
  assert.equal(result.outcomes.updated, rows, JSON.stringify(result));
  const made = emails.filter((_, i) => i % 2 === 0).map((email) => [email, { archived: true }]);
  const now = await standing(sandbox);
  const wrong = Object.entries({ ...before, ...Object.fromEntries(made) }).filter(([email, person]) => {
    return JSON.stringify(now[email]) !== JSON.stringify(person);
  });
  assert.deepEqual(wrong.slice(0, 5), []);
  assert.equal(Object.keys(now).length, rows);
});

test('people whom a killed load put into a company leave it', async (t) => {
  const { sandbox, server, instance } = await begin(t, { flags: ['--latency', '4ms'], settings: { 'email.unique': 'yes' }, connectors: await impatientConnectors(t) });
  const emails = Array.from({ length: 200 }, (_, i) => `p${i}@x.example`);
  await sandbox.add(emails.map((email) => ({ email, name: 'Before' })));
  const before = await standing(sandbox);
  const job = await instance.upload(`email,name,company\n${emails.map((email, i) => `${email},After ${i},Acme\n`).join('')}`, keep);
  for (let kill = 1; kill <= 4; kill++) {
    await until('some more', async () => (await sandbox.requests()).total > kill * 180);
    await server.kill();
    await server.startAgain();
  }
  assert.equal((await instance.finished(job)).outcomes.updated, emails.length);
  await undone(instance, job);
  assert.deepEqual(await standing(sandbox), before);
  assert.deepEqual(await companyNames(sandbox), []);
});
