// A retry loads exactly the rows that are not in their place, once, as they were or as somebody has mended them; and a
// mended file with a fault is refused with the row named, and nothing of it is sent.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { newSeed, randomFrom } from './made_file.mjs';
import { Sandbox, Server, until } from './rowcall.mjs';

const seed = process.env.SEED ? Number(process.env.SEED) : newSeed();

async function begin(t, ...flags) {
  const sandbox = await Sandbox.start(t, '--rate-limit', '0', '--seed', String(seed), ...flags);
  const server = await Server.start(t);
  // Found out by a trial, it would cost ten minutes if the server were killed in the midst of that.
  const instance = await server.connect(sandbox, { 'email.unique': 'yes' });
  return { sandbox, server, instance };
}

async function ask(instance, path, options = {}) {
  const answer = await fetch(`${instance.server.run.url}/elements/api-v2${path}`, {
    ...options, headers: { ...instance.signIn, ...options.headers } });
  const text = await answer.text();
  return { status: answer.status, text, json: () => JSON.parse(text) };
}
const resultFile = async (instance, job, name) => (await ask(instance, `/bulk/${job}/results/${name}`)).text;

/** Answers {status, json}; without a file the open rows as they were. */
function retry(instance, job, text, name = 'mended.csv') {
  if (text === undefined) return ask(instance, `/bulk/${job}/retry`, { method: 'POST' });
  const form = new FormData();
  form.set('file', new Blob([text]), name);
  return ask(instance, `/bulk/${job}/retry`, { method: 'POST', body: form });
}

/** The new job's id, once it has ended well. */
async function retried(instance, job, text, name) {
  const answer = await retry(instance, job, text, name);
  assert.equal(answer.status, 200, answer.text);
  const receipt = answer.json();
  assert.equal(receipt.retryOf, job);
  const status = await instance.finished(receipt.id);
  assert.equal(status.status, 'COMPLETED');
  assert.equal(status.retryOf, job);
  return { ...receipt, outcomes: status.outcomes };
}

async function names(sandbox) {
  return (await sandbox.people()).map(({ email, name }) => `${email} ${name}`);
}

const csv = 'email,name,note\nann@x.example,Ann,"a, b"\nnobody,Bob,\ncid@x.example,Cid,\nno one,Dan,=1+1\neve@x.example,Eve,\n';

test('rows that were rejected are mended in the result file and loaded, and only those', async (t) => {
  const { sandbox, instance } = await begin(t);
  const { id } = await instance.load(csv);
  assert.equal((await instance.status(id)).recordsToRetry, 2);
  const failed = await resultFile(instance, id, 'failed.csv');
  const mended = failed.replace('nobody', 'bob@x.example').replace(',2,rejected', ', 2 ,rejected');
  const before = (await sandbox.requests()).total;
  const first = await retried(instance, id, mended);
  assert.deepEqual([first.rows, first.changed, first.outcomes.created, first.outcomes.rejected], [2, 1, 1, 1]);
  assert.deepEqual(await names(sandbox), ['ann@x.example Ann', 'bob@x.example Bob', 'cid@x.example Cid', 'eve@x.example Eve']);
  assert.ok((await sandbox.requests()).total - before <= 4, 'a row that was in its place was sent again');
  const status = await instance.status(id);
  assert.deepEqual([status.retries, status.recordsToRetry], [[first.id], 1]);
  assert.deepEqual((await instance.status(first.id)).columnsNotLoaded, ['note']);

  // Bob's row is in its place now; Dan's is mended in the retry's own file.
  const again = await retry(instance, id, mended);
  assert.equal(again.status, 400);
  assert.match(again.json().detail, /^Row 1 of the file: row 2 of job [0-9]+ is in its place already\. Nothing was sent\.$/);
  const second = await retried(instance, first.id, (await resultFile(instance, first.id, 'failed.csv')).replace('no one', 'dan@x.example'));
  assert.deepEqual([second.rows, second.changed, second.outcomes.created], [1, 1, 1]);
  assert.equal((await instance.status(id)).recordsToRetry, 0);
  assert.equal((await instance.status(first.id)).recordsToRetry, 0);
  assert.equal((await sandbox.people()).length, 5);
  const late = await retry(instance, id, failed.replace('no one', 'dan@x.example').split('\n').filter((line) => !line.startsWith('nobody')).join('\n'));
  assert.match(late.json().detail, /row 4 of job [0-9]+ is in its place already/);
});

test('a file that a spreadsheet has saved, sorted or widened is understood', async (t) => {
  const { sandbox, instance } = await begin(t);
  const { id } = await instance.load(csv);
  const [header, bob, dan] = (await resultFile(instance, id, 'failed.csv')).trimEnd().split('\n');
  // By Excel: semicolons, a byte order mark, CRLF; by its user: another order of rows and columns, a new column, one gone.
  const cells = (line) => line.split(',');
  const [, , note, ...ours] = cells(header);
  assert.equal(note, 'note');
  const line = (text, email) => [cells(text)[3], '+1 202 555 0100', email, cells(text)[1]].join(';');
  assert.equal(ours[0], '_row');
  const saved = `\ufeff_row;phone;email;name\r\n${line(dan, 'dan@x.example')}\r\n${line(bob, 'bob@x.example')}\r\n`;
  const { rows, changed, outcomes } = await retried(instance, id, saved);
  assert.deepEqual([rows, changed, outcomes.created], [2, 2, 2]);
  const people = await sandbox.people();
  assert.equal(people.length, 5);
  assert.deepEqual(people.filter(({ phone }) => phone).map(({ email }) => email), ['bob@x.example', 'dan@x.example']);
});

test('JSON Lines are mended as JSON Lines', async (t) => {
  const { sandbox, instance } = await begin(t);
  const { id } = await instance.load(csv);
  const mended = (await resultFile(instance, id, 'failed.jsonl')).replace('nobody', 'bob@x.example').replace('no one', 'dan@x.example');
  assert.equal((await retried(instance, id, mended, 'mended.jsonl')).outcomes.created, 2);
  assert.equal((await sandbox.people()).length, 5);
});

test('a mended file with a fault is refused with the row or column named, and nothing is sent', async (t) => {
  const { sandbox, instance } = await begin(t);
  const { id } = await instance.load(csv);
  const other = await instance.load('email,name\nfay@x.example,Fay\nnobody,Gus\n');
  const failed = (await resultFile(instance, id, 'failed.csv')).replace('nobody', 'bob@x.example').replace('no one', 'dan@x.example');
  const [header, bob, dan] = failed.trimEnd().split('\n');
  const withRow = (line, row) => line.replace(/^([^,]*,[^,]*,[^,]*),[0-9]+,/, `$1,${row},`);
  const { total } = await sandbox.requests();
  const jobs = (await instance.pages('/bulk/jobs', 50)).flat().length;
  const faults = [
    ['no column _row', [header.replace('_row', 'row'), bob], /no column _row/],
    ['a loaded column is missing', [header.replace('email', 'mail'), bob], /column "email" is missing/],
    ['doubled', [header, bob, dan, bob], /^Row 3 of the file: _row is 2, as in a row before/],
    ['nonsense', [header, bob, withRow(dan, 'four')], /^Row 2 of the file: _row is "four"/],
    ['a number with words', [header, withRow(bob, '2 ')  , withRow(dan, '4th')], /^Row 2 of the file: _row is "4th"/],
    ['beyond the file', [header, withRow(bob, 99)], /^Row 1 of the file: _row is 99, but the file of job [0-9]+ had 5 rows/],
    ['zero', [header, withRow(bob, 0)], /_row is "0"/],
    ['a row that succeeded', [header, bob, withRow(dan, 3)], /^Row 2 of the file: row 3 of job [0-9]+ is in its place already/],
    ['an outcome that it had not', [header, bob.replace('rejected', 'failed')], /^Row 1 of the file: it tells another outcome/],
    ['another job’s file', (await resultFile(instance, other.id, 'failed.csv')).replace('rejected,invalid_email', 'rejected,other').trimEnd().split('\n').map((one, i) => (i === 0 ? one.replace('name,', 'name,note,') : one.replace('Gus,', 'Gus,,'))), /another outcome/],
    ['another job’s file, mended', [header.replace('note,', ''), `gus@x.example,Gus,2,rejected,invalid_email,,,`], /^Row 1 of the file: no cell of it is as in row 2 of job [0-9]+\. Nothing was sent\.$/],
    ['numbers that were moved', [header, withRow(bob, 4), withRow(dan, 2)], /^Row [12] of the file: no cell of it is as in row/],
    ['a quote that never ends', [header, bob, `"${dan}`], /^Row 2 of the file: /],
    ['no rows', [header], /no rows/],
    ['nothing', [], /./],
  ];
  for (const [what, lines, words] of faults) {
    const answer = await retry(instance, id, lines.map((line) => `${line}\n`).join(''));
    assert.equal(answer.status, 400, `${what}: ${answer.text}`);
    assert.match(answer.json().detail, words, what);
  }
  assert.equal((await sandbox.requests()).total, total);
  assert.equal((await instance.pages('/bulk/jobs', 50)).flat().length, jobs);
  // All that was wrong with it is mended: it is taken.
  assert.equal((await retried(instance, id, failed)).outcomes.created, 2);
});

test('a row that could not be read is not sent as far as it could', async (t) => {
  const { sandbox, instance } = await begin(t);
  const { id } = await instance.load('email,name\nann@x.example,Smith, Ann\n');
  const failed = await resultFile(instance, id, 'failed.csv');
  assert.match(failed, /^ann@x\.example,Smith,1,rejected,too_many_columns,/m);
  assert.match((await retry(instance, id, failed)).json().detail, /row 1 of job [0-9]+ could not be read, and nothing in it was changed/);
  assert.equal((await retry(instance, id)).status, 409);
  assert.equal((await retried(instance, id, failed.replace(',Smith,', ',"Smith, Ann",'))).outcomes.created, 1);
  assert.deepEqual(await names(sandbox), ['ann@x.example Smith, Ann']);
});

test('without a file, rows that the service refused are sent once more as they were', async (t) => {
  const { sandbox, instance } = await begin(t);
  await sandbox.faults([{ operation: 'POST /contacts', contains: 'cid@', do: 'status', status: 422, probability: 1 }]);
  const { id, outcomes } = await instance.load(csv);
  assert.deepEqual([outcomes.failed, outcomes.rejected, outcomes.created], [1, 2, 2]);
  await sandbox.faults([]);
  const { rows, changed, outcomes: then } = await retried(instance, id);
  assert.deepEqual([rows, changed, then.created], [1, 0, 1]);
  assert.deepEqual(await names(sandbox), ['ann@x.example Ann', 'cid@x.example Cid', 'eve@x.example Eve']);
  assert.equal((await instance.status(id)).recordsToRetry, 2);
  const none = await retry(instance, id);
  assert.equal(none.status, 409);
  assert.equal(none.json().type, 'urn:rowcall:problem:nothing_to_retry');
});

test(`what a cancelled job left is loaded by its retry, killed meanwhile, each row once (SEED=${seed})`, async (t) => {
  const random = randomFrom(seed);
  const { sandbox, server, instance } = await begin(t, '--latency', '5ms');
  const rows = 2000;
  const job = await instance.upload(`email,name\n${Array.from({ length: rows }, (_, i) => `p${i}@x.example,P${i}\n`).join('')}`);
  await until('some are loaded', async () => (await sandbox.requests()).total > 300);
  assert.equal((await retry(instance, job)).json().type, 'urn:rowcall:problem:job_not_ended');
  await instance.call(`/bulk/${job}/cancel`, { method: 'PUT' });
  const cancelled = await instance.finished(job);
  assert.ok(cancelled.outcomes.cancelled > 0, JSON.stringify(cancelled.outcomes));
  await sandbox.faults([{ probability: 0.03, do: 'reset_after' }]);
  const answers = await Promise.all([retry(instance, job), retry(instance, job)]);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409], 'two at once are one');
  const { id } = answers.find(({ status }) => status === 200).json();
  assert.equal((await retry(instance, job)).json().type, 'urn:rowcall:problem:retry_under_way');
  const { total } = await sandbox.requests();
  for (let kill = 1; kill <= 5; kill++) {
    await until('some more', async () => (await sandbox.requests()).total - total > kill * random.below(cancelled.outcomes.cancelled / 6));
    await server.kill();
    await server.startAgain();
  }
  const status = await instance.finished(id);
  assert.equal(status.outcomes.created, cancelled.outcomes.cancelled, JSON.stringify(status.outcomes));
  const people = await sandbox.people();
  assert.equal(people.length, rows);
  assert.equal(new Set(people.map(({ email }) => email)).size, rows);
  assert.ok(people.every(({ email, name }) => name === `P${email.slice(1).split('@')[0]}`));
  assert.equal((await instance.status(job)).recordsToRetry, 0);
});
