// Mappings that an instance keeps by name: a file whose headers nobody could guess is loaded by one, field by field.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Sandbox, Server, until } from './rowcall.mjs';

const csv = `Adresse,Vorname,Nachname,Rolle,Firma,Seite,Notiz
ann@example.com,Ann,Álvarez,Ingenieurin,Acme Data,https://acme.example/ann,geheim
bob@example.com,Bob,,,,,geheim
`;
const mapping = {
  Adresse: 'email',
  name: { columns: ['Vorname', 'Nachname'] },
  'custom_attributes.title': { columns: ['Rolle'], default: 'Gast' },
  Firma: 'company.name',
  Seite: 'company.website',
  Notiz: null,
  only: true,
};
const wanted = [
  { email: 'ann@example.com', name: 'Ann Álvarez', phone: null, title: 'Ingenieurin', signedUp: null, avatar: null,
    companies: [{ name: 'Acme Data', website: 'https://acme.example/ann' }] },
  { email: 'bob@example.com', name: 'Bob', phone: null, title: 'Gast', signedUp: null, avatar: null, companies: [] },
];

const json = (method, body) => ({ method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
const save = (instance, name) => instance.call(`/mappings/${name}`, json('PUT', { object: 'contacts', mapping }));

/** A call that is to be refused; answers its status and message. */
async function refusal(instance, path, options = {}) {
  const answer = await fetch(`${instance.server.run.url}/elements/api-v2${path}`, {
    ...options, headers: { ...instance.signIn, ...options.headers } });
  return { status: answer.status, message: (await answer.json()).message };
}

function form(name) {
  const body = new FormData();
  body.set('file', new Blob([csv]), 'people.csv');
  body.set('metaData', JSON.stringify({ mapping: name }));
  return { method: 'POST', body };
}

test('a file is loaded by the name of a mapping that was saved before a restart', async (t) => {
  const sandbox = await Sandbox.start(t);
  const server = await Server.start(t);
  const instance = await server.connect(sandbox);
  const saved = (await save(instance, 'messe')).body;
  assert.deepEqual(saved.mapping, mapping);
  assert.equal(saved.object, 'contact');
  await server.stop();
  await server.startAgain();

  assert.deepEqual((await instance.call('/mappings/messe')).body, saved);
  const status = await instance.load(csv, { metaData: { mapping: 'messe' } });
  assert.equal(status.outcomes.created, 2);
  assert.deepEqual(status.columnsNotLoaded, []);
  assert.deepEqual(status.metadata, { mapping: 'messe' });
  assert.deepEqual(await sandbox.people(), wanted);
  assert.deepEqual((await sandbox.companies()).map(({ name }) => name), ['Acme Data']);
});

test('a mapping that is deleted while its job waits is used all the same', async (t) => {
  const sandbox = await Sandbox.start(t);
  const instance = await (await Server.start(t)).connect(sandbox);
  await save(instance, 'messe');
  await sandbox.faults([{ operation: 'GET /data_attributes', every: 1, do: 'status', status: 503 }]);
  const job = await instance.upload(csv, { metaData: { mapping: 'messe' } });
  await until('the job waits for the fields', async () => (await instance.status(job)).waitReason);
  await instance.call('/mappings/messe', { method: 'DELETE' });
  await sandbox.faults([]);
  assert.equal((await instance.finished(job)).status, 'COMPLETED');
  assert.deepEqual(await sandbox.people(), wanted);
});

test('another instance neither sees the mapping nor loads by it', async (t) => {
  const sandbox = await Sandbox.start(t);
  const server = await Server.start(t);
  await save(await server.connect(sandbox), 'messe');
  const stranger = await server.connect(sandbox);
  assert.deepEqual((await stranger.call('/mappings')).body, []);
  const unknown = 'There is no saved mapping "messe".';
  assert.deepEqual(await refusal(stranger, '/mappings/messe'), { status: 404, message: unknown });
  assert.deepEqual(await refusal(stranger, '/mappings/messe', { method: 'DELETE' }), { status: 404, message: unknown });
  assert.deepEqual(await refusal(stranger, '/bulk/contact', form('messe')), { status: 400, message: unknown });
  assert.deepEqual(await sandbox.contacts(), []);
});
