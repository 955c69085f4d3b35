// Records that no key of the service holds: leads, and users known by e-mail alone where e-mails are not unique. Answers
// are lost, calls arrive late, the search lags, the server is killed: still every row makes one record and says so.
// SEED=… repeats a run.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { newSeed, randomFrom } from './made_file.mjs';
import { impatientConnectors, Sandbox, Server, until } from './rowcall.mjs';

const people = Number(process.env.ROWS ?? 400);
const kills = Number(process.env.KILLS ?? 3);
const seed = process.env.SEED ? Number(process.env.SEED) : newSeed();

const faults = [
  { operation: 'POST /contacts', probability: 0.03, do: 'reset_after' },
  { operation: 'POST /contacts', probability: 0.02, do: 'reset_before' },
  { operation: 'POST /contacts', probability: 0.02, do: 'late' },
  { operation: 'POST /contacts/search', probability: 0.05, do: 'status', status: 503 },
];

async function begin(t, ...flags) {
  const sandbox = await Sandbox.start(t, '--rate-limit', '0', '--latency', '10ms', '--seed', String(seed), ...flags);
  const server = await Server.start(t, { connectors: await impatientConnectors(t) });
  const instance = await server.connect(sandbox);
  return { sandbox, server, instance };
}

/** Kills the server at random moments of the load, counted in requests, and waits for the load's end. */
async function endWithKills({ sandbox, server, instance }, job, random) {
  const before = (await sandbox.requests()).total;
  const moments = Array.from({ length: kills }, () => random.below(people)).sort((a, b) => a - b);
  for (const moment of moments) {
    await until(`${moment} requests of the load`, async () => (await sandbox.requests()).total - before >= moment);
    await server.kill();
    await server.startAgain();
  }
  return instance.finished(job, 240);
}

/** Each row made a record of its own, which holds what the row says, and nothing else stands there. */
async function assertOneEach({ sandbox, instance }, job, wanted, isOurs) {
  const told = await instance.rows(job);
  assert.deepEqual(told.filter(({ outcome }) => outcome !== 'created'), []);
  const contacts = (await sandbox.contacts()).filter(isOurs);
  const byId = new Map(contacts.map((contact) => [contact.id, contact]));
  const wrong = wanted.flatMap(({ email, name }, i) => {
    const found = byId.get(told[i].vendorId);
    return found?.email === email && found.name === name ? [] : [{ row: i + 1, email, name, found, told: told[i] }];
  });
  assert.deepEqual(wrong.slice(0, 5), []);
  assert.equal(new Set(told.map(({ vendorId }) => vendorId)).size, wanted.length);
  const held = new Set(told.map(({ vendorId }) => vendorId));
  assert.deepEqual(contacts.filter(({ id }) => !held.has(id)).slice(0, 5), []);
}

const asLeads = { role: { columns: [], default: 'lead' } };
const isLive = ({ archived }) => !archived;
const isOfTrial = ({ name }) => name.startsWith('Rowcall key trial');

/** The instance knows it, and what a trial made is archived. */
async function assertShown({ sandbox, server, instance }, unique) {
  const headers = { Authorization: `User ${server.user}, Organization ${server.organization}` };
  const answer = await fetch(`${server.run.url}/elements/api-v2/instances/${instance.answer.id}`, { headers });
  assert.equal((await answer.json()).configuration['email.unique'], unique);
  assert.deepEqual((await sandbox.contacts()).filter((contact) => isOfTrial(contact) && isLive(contact)), []);
}

const csvOf = (rows) => `email,name\n${rows.map(({ email, name }) => `${email},${name}\n`).join('')}`;

// Most of their time they wait, so they wait together.
describe('records that no key holds', { concurrency: 4 }, () => {
  test(`leads: lost 0, doubled 0, mislabelled 0 under ${kills} kills (SEED=${seed})`, async (t) => {
    const parts = await begin(t, '--search-lag', '1s');
    await parts.sandbox.faults(faults);
    const rows = [];
    for (let i = 0; i < people; i++) {
      rows.push({ email: `lead${i}@example.com`, name: `Lead ${i}` });
      if (i % 20 === 0) rows.push({ email: `Lead${i}@example.com`, name: `Other ${i}` }); // the same address
      if (i % 30 === 0) rows.push({ email: `lead${i}@example.com`, name: `Lead ${i}` }); // the same to the letter
    }
    const job = await parts.instance.upload(csvOf(rows), { metaData: { mapping: asLeads } });
    const status = await endWithKills(parts, job, randomFrom(seed));
    assert.equal(status.status, 'COMPLETED', JSON.stringify(status));
    await assertOneEach(parts, job, rows, ({ role }) => role === 'lead');
  });

  test(`e-mail alone, where e-mails are not unique: lost 0, doubled 0, mislabelled 0 under ${kills} kills (SEED=${seed})`, async (t) => {
    const parts = await begin(t, '--search-lag', '1s', '--email-unique', 'no');
    const rows = Array.from({ length: people }, (_, i) => ({ email: `person${i}@example.com`, name: `Person ${i}` }));
    await parts.sandbox.faults(faults);
    const job = await parts.instance.upload(csvOf(rows));
    const status = await endWithKills(parts, job, randomFrom(seed));
    assert.equal(status.status, 'COMPLETED', JSON.stringify(status));
    await assertOneEach(parts, job, rows, isLive);
    await assertShown(parts, 'no');
  });

  test(`where e-mails are unique, that is shown once and no row waits for the search (SEED=${seed})`, async (t) => {
    const parts = await begin(t, '--search-lag', '1h');
    const rows = Array.from({ length: people }, (_, i) => ({ email: `person${i}@example.com`, name: `Person ${i}` }));
    await parts.sandbox.faults([{ contains: '"name":"Person', probability: 0.07, do: 'reset_after' }]); // the trial is let be
    const { status } = await parts.instance.load(csvOf(rows));
    assert.equal(status, 'COMPLETED');
    await assertOneEach(parts, (await parts.instance.pages('/bulk/jobs', 10)).flat()[0].id, rows, isLive);
    await assertShown(parts, 'yes');
    assert.equal((await parts.sandbox.requests()).by_operation['POST /contacts/search'] ?? 0, 0);
  });

  for (const unique of ['yes', 'no']) {
    test(`dying in the trial leaves no second contact; e-mails are unique: ${unique} (SEED=${seed})`, async (t) => {
      const parts = await begin(t, '--search-lag', '1s', '--email-unique', unique);
      const { sandbox, server, instance } = parts;
      await server.stop();
      server.how.env = { ROWCALL_FAILPOINT: 'trial.posted:1:kill' };
      await server.startAgain();
      const rows = Array.from({ length: 100 }, (_, i) => ({ email: `person${i}@example.com`, name: `Person ${i}` }));
      await sandbox.faults([{ operation: 'POST /contacts', nth: [60], do: 'reset_after' }]);
      const job = await instance.upload(csvOf(rows));
      const { signal } = await server.run.ended;
      assert.equal(signal, 'SIGKILL', server.run.log);
      assert.equal((await sandbox.contacts()).filter(isOfTrial).length, unique === 'yes' ? 0 : 1);
      server.how.env = {};
      await server.startAgain();
      assert.equal((await instance.finished(job)).status, 'COMPLETED');
      await assertOneEach(parts, job, rows, isLive);
      await assertShown(parts, unique);
    });
  }

  test('a search that lags longer than the connector says makes a second record, and the closing count names it', async (t) => {
    const { sandbox, instance } = await begin(t, '--search-lag', '7s');
    const changed = await instance.change({ 'late.seconds': '0', 'search.lag.seconds': '4' });
    assert.equal(changed.status, 200, await changed.clone().text());
    await sandbox.faults([{ operation: 'POST /contacts', nth: [1], do: 'reset_after' }]);
    const status = await instance.load(csvOf([{ email: 'ann@example.com', name: 'Ann' }]), { metaData: { mapping: asLeads } });
    const [{ outcome, vendorId }] = await instance.rows(status.id);
    assert.equal(outcome, 'created');
    const others = (await sandbox.contacts()).filter(({ id }) => id !== vendorId);
    assert.equal(others.length, 1);
    assert.equal(status.warnings.length, 1, JSON.stringify(status));
    assert.match(status.warnings[0], new RegExp(`^Row 1 was sent once more .* another record stands there .*\\(id ${others[0].id}\\)`));
  });

  test('a lead that waits for the search says so, also after a crash; cancelled, it is unresolved', async (t) => {
    const { sandbox, server, instance } = await begin(t);
    assert.equal((await instance.change({ 'search.lag.seconds': '600' })).status, 200);
    await sandbox.faults([{ operation: 'POST /contacts', nth: [1], do: 'reset_after' }]);
    const job = await instance.upload(csvOf([{ email: 'ann@example.com', name: 'Ann' }]), { metaData: { mapping: asLeads } });
    const waits = () => until('it says what it waits for', async () =>
      /searched for.* at [0-9:]{8} UTC/.test((await instance.status(job)).waitReason));
    await waits();
    await server.kill();
    await server.startAgain();
    await waits();
    await instance.call(`/bulk/${job}/cancel`, { method: 'PUT' });
    assert.equal((await instance.finished(job)).status, 'CANCELLED');
    assert.deepEqual((await instance.rows(job)).map(({ outcome }) => outcome), ['unresolved']);
    assert.equal((await sandbox.contacts()).length, 1);
  });

  test('a lead with an external_id is refused before it is sent, and updates go by the e-mail', async (t) => {
    const { sandbox, instance } = await begin(t);
    const csv = 'email,external id,name\nann@example.com,7,Ann\nbob@example.com,,Bob\n';
    const status = await instance.load(csv, { metaData: { mapping: asLeads } });
    assert.deepEqual((await instance.rows(status.id)).map(({ outcome }) => outcome), ['failed', 'created']);
    const [error] = (await instance.pages(`/bulk/${status.id}/errors`, 10)).flat();
    assert.match(JSON.stringify(error), /field_not_taken/);
    assert.equal((await sandbox.contacts()).length, 1);
    const update = await instance.load(csvOf([{ email: 'bob@example.com', name: 'Robert' }, { email: 'cy@example.com', name: 'Cy' }]),
                                       { metaData: { action: 'update', mapping: asLeads } });
    assert.deepEqual((await instance.rows(update.id)).map(({ outcome }) => outcome), ['updated', 'failed']);
    assert.deepEqual((await sandbox.contacts()).map(({ name, role }) => [name, role]), [['Robert', 'lead']]);
  });
});
