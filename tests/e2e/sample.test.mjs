// The user's own sample file: what must stand in the service after loading it, once and twice, and in both its forms.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Sandbox, Server } from './rowcall.mjs';
import { sample as comma, samplePeople as wanted } from './sample.mjs';

const tab = comma.replaceAll(',', '\t'); // no cell of the sample holds a comma

test('the sample becomes ten contacts with name, phone, title, company and website', async (t) => {
  const sandbox = await Sandbox.start(t);
  const instance = await (await Server.start(t)).connect(sandbox);
  const status = await instance.load(comma);
  assert.equal(status.recordsCount, 10);
  assert.equal(status.recordsFailedCount, 0);
  assert.equal(status.recordsIncomplete, 0);
  assert.equal(status.outcomes.created, 10);
  assert.deepEqual(status.columnsNotLoaded, []);
  assert.equal(wanted.length, 10);
  assert.deepEqual(await sandbox.people(), wanted);
  assert.equal((await sandbox.companies()).length, 10);
});

test('the sample separated by tabs gives the same contacts and companies', async (t) => {
  const sandbox = await Sandbox.start(t);
  const instance = await (await Server.start(t)).connect(sandbox);
  assert.equal((await instance.load(tab)).outcomes.created, 10);
  assert.deepEqual(await sandbox.people(), wanted);
  assert.equal((await sandbox.companies()).length, 10);
});

test('a phone that cannot be read is kept with a warning, a blank cell is not sent, a website is the company’s', async (t) => {
  const sandbox = await Sandbox.start(t);
  const instance = await (await Server.start(t)).connect(sandbox);
  const { id } = await instance.load(comma);
  const people = new Map((await sandbox.people()).map((person) => [person.email, person]));
  assert.equal(people.get('ann@acmedata.com').phone, '444) 444-1234');
  assert.equal(people.get('john@acmepublishing.com').phone, null);
  assert.deepEqual(people.get('chuck@acmefinance.com').companies,
                   [{ name: 'Acme Finance', website: 'http://www.acmebilling.com' }]);
  const ann = (await instance.rows(id)).find((row) => row.row === 3);
  assert.equal(ann.outcome, 'created');
  assert.equal(ann.column, 'C_BusPhone');
  assert.equal(ann.warning, true);
});

test('the same file again: ten updated, the same ids, no new company, no value cleared', async (t) => {
  const sandbox = await Sandbox.start(t);
  const instance = await (await Server.start(t)).connect(sandbox);
  await instance.load(comma);
  // Values that the file leaves blank, set by somebody in the service.
  const john = (await sandbox.contacts()).find((contact) => contact.email === 'john@acmepublishing.com');
  await sandbox.call('PUT', `/contacts/${john.id}`, { phone: '+15550001111', custom_attributes: { title: 'Publisher' } });
  const ids = async () => (await sandbox.contacts()).map(({ email, id }) => [email, id]).sort();
  const companyIds = async () => (await sandbox.companies()).map(({ name, id, website }) => [name, id, website]).sort();
  const before = { contacts: await ids(), companies: await companyIds(), people: await sandbox.people() };

  const second = await instance.load(comma);
  assert.equal(second.outcomes.updated, 10);
  assert.equal(second.recordsFailedCount, 0);
  assert.deepEqual(await ids(), before.contacts);
  assert.deepEqual(await companyIds(), before.companies);
  assert.deepEqual(await sandbox.people(), before.people);
});

test('rows with the same e-mail are loaded in file order: the last one stands', async (t) => {
  const sandbox = await Sandbox.start(t, '--latency', '20ms');
  const instance = await (await Server.start(t)).connect(sandbox);
  const lines = Array.from({ length: 30 }, (_, i) => `same@example.com,Number ${i}\nother${i}@example.com,Other`);
  const status = await instance.load(`email,name\n${lines.join('\n')}\n`);
  assert.equal(status.outcomes.created, 31);
  assert.equal(status.outcomes.updated, 29);
  const same = (await sandbox.people()).filter((person) => person.email === 'same@example.com');
  assert.deepEqual(same.map((person) => person.name), ['Number 29']);
});
