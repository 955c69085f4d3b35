// Drives the stand-in through Intercom's own client, so that somebody else's idea of the API judges it.
import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {before, test} from 'node:test';
import {IntercomClient, IntercomError} from 'intercom-client';

const base = process.env.SANDBOX_URL;
assert.ok(base, 'SANDBOX_URL is not set: the address of a running `rowcall sandbox intercom`');

const client = new IntercomClient({token: 'sandbox-token', baseUrl: base, maxRetries: 0});

/** Calls the stand-in past Intercom's API. */
async function aside(method, path, body) {
  const answer = await fetch(`${base}/_sandbox/${path}`, {method, body: body && JSON.stringify(body)});
  assert.equal(answer.status, 200, `${method} /_sandbox/${path}`);
  return answer.json();
}

/** The error that `call` ends with: its status and Intercom's first error. */
async function refusalOf(call) {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof IntercomError, String(error));
    assert.equal(error.body.type, 'error.list');
    return {status: error.statusCode, ...error.body.errors[0]};
  }
  return assert.fail('the call was not refused');
}

const newEmail = () => `${randomUUID()}@example.com`;

before(() => aside('POST', 'reset'));

test('a live contact with that e-mail is 409 with its id', async () => {
  const email = newEmail();
  const made = await client.contacts.create({email, name: 'Ann'});
  assert.deepEqual(await refusalOf(client.contacts.create({email})), {
    status: 409,
    code: 'conflict',
    message: `A contact matching those details already exists with id=${made.id}`,
  });
});

test('an archived contact with that e-mail is 409 with its id, and comes back when it is unarchived', async () => {
  const email = newEmail();
  const {id} = await client.contacts.create({email});
  await client.contacts.archive({contact_id: id});
  assert.deepEqual(await refusalOf(client.contacts.create({email})), {
    status: 409,
    code: 'conflict',
    message: `An archived contact matching those details already exists with id=${id}`,
  });
  await client.contacts.unarchive({contact_id: id});
  assert.equal((await client.contacts.find({contact_id: id})).email, email);
});

test('several users with that e-mail are 409 without an id', async () => {
  const email = newEmail();
  await aside('POST', 'contacts', [{email, external_id: randomUUID()}, {email, external_id: randomUUID()}]);
  assert.deepEqual(await refusalOf(client.contacts.create({email})), {
    status: 409,
    code: 'conflict',
    message: 'Multiple existing users match this email address - must be more specific using user_id',
  });
});

test('an attribute that does not exist is refused by its name, and nothing is created', async () => {
  const email = newEmail();
  const refusal = await refusalOf(client.contacts.create({email, custom_attributes: {shoe_size: '44'}}));
  assert.deepEqual(refusal, {
    status: 400,
    code: 'parameter_invalid',
    message: "Custom attribute 'shoe_size' does not exist",
  });
  assert.ok(!(await aside('GET', 'contacts')).some(contact => contact.email === email));
});

test('a company is created, then updated under the same id', async () => {
  const company_id = randomUUID();
  const made = await client.companies.createOrUpdate({company_id, name: 'Acme', website: 'http://www.acme.com'});
  const again = await client.companies.createOrUpdate({company_id, name: 'Acme Inc'});
  assert.equal(again.id, made.id);
  assert.equal(again.name, 'Acme Inc');
  assert.equal(again.website, 'http://www.acme.com');
});

test('a company is found by its name as a list', async () => {
  const name = `Acme ${randomUUID()}`;
  const made = await client.companies.createOrUpdate({company_id: randomUUID(), name});
  const found = await client.companies.retrieve({name});
  assert.deepEqual(found.data.map(company => company.id), [made.id]);
});

test('a contact is attached to a company, twice without harm', async () => {
  const contact = await client.contacts.create({email: newEmail()});
  const company = await client.companies.createOrUpdate({company_id: randomUUID(), name: 'Acme'});
  for (let i = 0; i < 2; ++i) {
    const attached = await client.companies.attachContact({contact_id: contact.id, id: company.id});
    assert.equal(attached.user_count, 1);
  }
  const shown = await client.contacts.find({contact_id: contact.id});
  assert.deepEqual(shown.companies.data.map(({id}) => id), [company.id]);
});

test('another token is 401', async () => {
  const stranger = new IntercomClient({token: 'another', baseUrl: base, maxRetries: 0});
  assert.deepEqual(await refusalOf(stranger.contacts.create({email: newEmail()})), {
    status: 401,
    code: 'unauthorized',
    message: 'Access Token Invalid',
  });
});

test('a search finds by e-mail whatever its case', async () => {
  const email = newEmail();
  const {id} = await client.contacts.create({email: email.toUpperCase()});
  const deadline = Date.now() + 10_000;
  let found = [];
  while (found.length === 0 && Date.now() < deadline) {
    found = (await client.contacts.search({query: {field: 'email', operator: '=', value: email}})).data;
  }
  assert.deepEqual(found.map(contact => contact.id), [id]);
});

test('the list goes through every contact page by page', async () => {
  await aside('POST', 'reset');
  const made = new Set();
  for (let i = 0; i < 5; ++i) made.add((await client.contacts.create({email: newEmail()})).id);
  const listed = new Set();
  for await (const contact of await client.contacts.list({per_page: 2})) listed.add(contact.id);
  assert.deepEqual(listed, made);
});

test('a user is read by external id', async () => {
  const external_id = `a/b ${randomUUID()}`;
  const {id} = await client.contacts.create({external_id});
  assert.equal((await client.contacts.showContactByExternalId({external_id})).id, id);
});
