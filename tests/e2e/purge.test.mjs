// A purge leaves no byte of a job's rows in any file of the data folder, whenever the program dies in its midst; the rows
// of other jobs, and the counts, stay.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { Sandbox, Server, runCommand, startReceiver, until } from './rowcall.mjs';

const mark = 'tobepurged';
const people = 2500;
/** Every cell, the header's too, bears the mark; every tenth row is rejected with a reason that names its cell. */
function marked(count, word = mark) {
  const rows = Array.from({ length: count }, (_, i) =>
    `${i % 10 === 9 ? `${word}-no-address-${i}` : `${word}${i}@example.com`},${word} Person ${i},${word} note ${i}\n`);
  return `email,name,${word} column\n${rows.join('')}`;
}

async function begin(t, how = {}) {
  const sandbox = await Sandbox.start(t, '--rate-limit', '0');
  const server = await Server.start(t, how);
  const instance = await server.connect(sandbox);
  return { sandbox, server, instance };
}

async function ask(instance, method, path, options = {}) {
  const answer = await fetch(`${instance.server.run.url}/elements/api-v2${path}`,
                             { method, headers: instance.signIn, ...options });
  const text = await answer.text();
  return { status: answer.status, json: text.startsWith('{') ? JSON.parse(text) : null, text };
}

async function filesOf(folder) {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = files.filter((file) => file.isFile()).map((file) => join(file.parentPath ?? file.path, file.name));
  return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(name, 'latin1') })));
}

/** Which of the words stand in which file. */
async function found(server, words) {
  const hits = [];
  for (const { name, bytes } of await filesOf(server.data)) {
    for (const word of words) if (bytes.toLowerCase().includes(word.toLowerCase())) hits.push(`${word} in ${name}`);
  }
  return hits;
}

const idsOf = async (sandbox, word = mark) =>
  (await sandbox.contacts()).filter(({ email }) => email.startsWith(word)).map(({ id }) => id);

const loadMarked = (instance, options = {}) =>
  instance.load(marked(people), { metaData: { 'callback-payload': `${mark} payload`, [`${mark}Key`]: 1 }, ...options });

async function purged(instance, job) {
  return until('the rows are purged', async () => {
    const answer = await ask(instance, 'DELETE', `/bulk/${job}/rows`);
    assert.ok([200, 202].includes(answer.status), answer.text);
    return answer.status === 200 ? answer.json : null;
  });
}

test('on request nothing of a job\'s rows is left in any file, and its counts and all other jobs are', async (t) => {
  const receiver = await startReceiver(t);
  const { sandbox, server, instance } = await begin(t);
  const { id, outcomes } = await loadMarked(instance, { callback: `${receiver.url}/?${mark}` });
  const other = await instance.load(marked(200, 'otherjob'));
  const ids = await idsOf(sandbox);
  assert.equal(ids.length, people * 0.9);
  assert.ok((await found(server, [mark])).length > 0);
  const others = await instance.rows(other.id);

  await until('the callback has come', () => receiver.received.length > 0);
  await until('it is not owed any more', async () => (await ask(instance, 'DELETE', `/bulk/${id}/rows`)).status !== 409);
  const status = await purged(instance, id);
  assert.deepEqual(await found(server, [mark, ...ids]), []);

  assert.match(status.rowsPurgedAt, /^20\d\d-/);
  assert.deepEqual(status.outcomes, outcomes);
  assert.equal(status.message, `${people} rows: ${people * 0.9} created, ${people * 0.1} rejected. The rows were purged.`);
  assert.deepEqual(await instance.rows(other.id), others);
  for (const [method, path] of [['GET', 'rows'], ['GET', 'errors'], ['GET', 'causes'], ['GET', 'results'],
                                ['GET', 'results/failed.csv'], ['POST', 'retry'], ['GET', 'undo'], ['POST', 'undo']]) {
    const answer = await ask(instance, method, `/bulk/${id}/${path}`);
    assert.equal(answer.status, 410, `${path}: ${answer.text}`);
    assert.match(answer.json.detail, /were purged at 20\d\d-/);
    assert.match(answer.json.hint, /upload it again/);
  }
  const csv = await ask(instance, 'GET', `/bulk/${other.id}/results/failed.csv`);
  assert.match(csv.text, /otherjob-no-address-9,/);
  assert.equal((await sandbox.contacts()).length, people * 0.9 + 180); // at the service nothing was touched

  await server.stop();
  assert.deepEqual(await found(server, [mark, ...ids]), []);
});

test('what was kept so that a load could be taken back goes with its rows', async (t) => {
  const { sandbox, server, instance } = await begin(t);
  const before = Array.from({ length: 300 }, (_, i) => ({ email: `p${i}@x.example`, name: `heldbefore ${i}` }));
  await sandbox.add(before);
  const csv = `email,name\n${before.map(({ email }) => `${email},After\n`).join('')}`;
  const { id, outcomes } = await instance.load(csv, { metaData: { keepPreImage: true } });
  assert.equal(outcomes.updated, before.length);
  assert.ok((await found(server, ['heldbefore'])).length > 0);
  await purged(instance, id);
  assert.deepEqual(await found(server, ['heldbefore', 'p299@x.example']), []);
});

for (const place of ['purge.asked:1', 'purge.slice:2', 'purge.emptied:1']) {
  test(`killed at ${place}, it goes on at the next start`, async (t) => {
    const { sandbox, server, instance } = await begin(t);
    const { id, outcomes } = await loadMarked(instance);
    const ids = await idsOf(sandbox);
    await server.kill();
    server.how.env = { ROWCALL_FAILPOINT: `${place}:kill` };
    await server.startAgain();
    await ask(instance, 'DELETE', `/bulk/${id}/rows`).catch(() => {});
    assert.deepEqual(await server.run.ended, { code: null, signal: 'SIGKILL' });
    server.how.env = {};
    await server.startAgain();
    // Nobody asks again.
    const status = await until('the rows are purged', async () => {
      const now = await instance.status(id);
      return now.rowsPurgedAt ? now : null;
    });
    assert.deepEqual(await found(server, [mark, ...ids]), []);
    assert.deepEqual(status.outcomes, outcomes);
  });
}

test('a job is kept while it runs, and while its rows are being tried again', async (t) => {
  const { sandbox, instance } = await begin(t);
  const paused = await instance.upload(marked(60, 'paused'), { metaData: { canary: 10 } });
  await until('the canary is done', async () => (await instance.status(paused)).paused);
  const refused = await ask(instance, 'DELETE', `/bulk/${paused}/rows`);
  assert.equal(refused.status, 409, refused.text);
  assert.match(refused.json.detail, /has not ended/);
  await instance.call(`/bulk/${paused}/resume`, { method: 'PUT' });
  await instance.finished(paused);

  await sandbox.faults([{ operation: 'POST /contacts', probability: 1, do: 'status', status: 503 }]);
  const failed = (await ask(instance, 'GET', `/bulk/${paused}/results/failed.csv`)).text;
  const form = new FormData();
  form.set('file', new Blob([failed.replaceAll(/paused-no-address-(\d+)/g, 'mended$1@example.com')]), 'mended.csv');
  const retry = await ask(instance, 'POST', `/bulk/${paused}/retry`, { body: form });
  assert.equal(retry.status, 200, retry.text);
  const kept = await ask(instance, 'DELETE', `/bulk/${paused}/rows`);
  assert.equal(kept.status, 409, kept.text);
  assert.match(kept.json.detail, /is being tried again/);
  await sandbox.faults([]);
  await instance.finished(retry.json.id);
  await purged(instance, paused);
  assert.equal((await instance.rows(retry.json.id)).length, 6);
});

test('what was kept long enough goes by itself, and so do its counts', async (t) => {
  const { server, instance } = await begin(t, { flags: ['--keep-rows', 'forever', '--keep-counts', 'forever'] });
  const { id } = await instance.load(marked(30));
  await server.stop();
  server.args = server.args.map((flag) => (flag === 'forever' ? '0' : flag));
  await server.startAgain();
  await until('the job is forgotten', async () => (await ask(instance, 'GET', `/bulk/${id}/status`)).status === 404);
  assert.deepEqual(await found(server, [mark]), []);
});

test('rowcall purge waits until all is gone', async (t) => {
  const { server, instance } = await begin(t);
  const { id } = await instance.load(marked(30));
  const env = { ROWCALL_SERVER: server.run.url, ROWCALL_TOKEN: instance.answer.token,
                ROWCALL_CREDENTIALS: join(server.data, 'admin.json') };
  const run = await runCommand(['purge', id], env);
  assert.equal(run.code, 0, run.err);
  assert.match(run.out, /its rows and its file are purged/);
  assert.deepEqual(await found(server, [mark]), []);
  const again = await runCommand(['rows', id], env);
  assert.equal(again.code, 1);
  assert.match(again.err, /were purged at/);
});
