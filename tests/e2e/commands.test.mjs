// The user's way, by the program's commands alone: connect, look around, load, look what became of it. And what scripts
// rely on: the exit codes.

import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { runCommand, samplePath, Sandbox, Server, temporaryFolder } from './rowcall.mjs';
import { samplePeople } from './sample.mjs';

/** Somebody with a stand-in, a server and a home of their own. */
class Person {
  static async arrive(t) {
    const person = new Person();
    person.sandbox = await Sandbox.start(t);
    person.server = await Server.start(t);
    person.folder = await temporaryFolder(t);
    person.env = { XDG_CONFIG_HOME: join(person.folder, 'config') };
    return person;
  }

  rowcall = (...args) => runCommand(args, this.env);

  async file(name, text) {
    const path = join(this.folder, name);
    await writeFile(path, text);
    return path;
  }

  async connect(vendorToken, ...more) {
    return this.rowcall('connect', 'intercom', '--server', this.server.run.url,
                        '--credentials', join(this.server.data, 'admin.json'), '--set', `base.url=${this.sandbox.url}`,
                        '--secret', `oauth.user.token=@${await this.file('token', `${vendorToken}\n`)}`, ...more);
  }

  static async connected(t) {
    const person = await Person.arrive(t);
    const { code, err } = await person.connect('sandbox-token');
    assert.equal(code, 0, err);
    return person;
  }
}

/** The program's output, if it ended well. */
function good({ code, out, err }) {
  assert.equal(code, 0, err);
  return out;
}
const jsonLines = (text) => text.trimEnd().split('\n').map((line) => JSON.parse(line));

test('connect, objects, fields, upload, status, rows, jobs: the sample is loaded, and each says so', async (t) => {
  const person = await Person.arrive(t);
  assert.match(good(await person.connect('sandbox-token')), /^Connected "intercom", instance [0-9]+\.\n$/);
  assert.match(good(await person.rowcall('objects')), /^contact$/m);
  assert.match(good(await person.rowcall('fields', 'contact')), /^email /m);

  const last = jsonLines(good(await person.rowcall('upload', 'contact', samplePath, '--json'))).at(-1);
  assert.equal(last.status, 'COMPLETED');
  assert.equal(last.outcomes.created, 10);
  assert.equal(last.recordsFailedCount, 0);
  assert.deepEqual(await person.sandbox.people(), samplePeople);

  assert.match(good(await person.rowcall('status', last.id)), /^COMPLETED\n10 created; 0 unaccounted\n/);
  const rows = jsonLines(good(await person.rowcall('rows', last.id, '--json')));
  const ids = (contacts) => contacts.map((one) => one.vendorId ?? one.id).sort();
  assert.deepEqual(ids(rows), ids(await person.sandbox.contacts()));
  assert.match(good(await person.rowcall('rows', last.id)), /^10 +created /m);
  const where = "object_name='contact' AND job_status='COMPLETED'";
  const [job, ...others] = JSON.parse(good(await person.rowcall('jobs', '--where', where, '--json')));
  assert.deepEqual([String(job.id), job.record_count, others], [last.id, 10, []]);
  assert.match(good(await person.rowcall('jobs')), new RegExp(`^${last.id} +COMPLETED +contact +10 +0 `, 'm'));
});

test('a file with a bad row ends with 3, and the next command tells which row and why', async (t) => {
  const person = await Person.connected(t);
  const csv = await person.file('people.csv', 'email,name\nann@example.com,Ann\nnot-an-address,Bob\n');
  const { code, out, err } = await person.rowcall('upload', 'contact', csv);
  assert.equal(code, 3, err);
  assert.equal(out, '1 created, 1 rejected; 0 unaccounted\n' +
    'File read as: comma in 3 of 3 lines; UTF-8; header in the first line\n');
  const next = /^Next: rowcall (.+)$/m.exec(err)[1];
  assert.match(good(await person.rowcall(...next.split(' '))), /^2 +rejected +email /m);
  assert.equal((await person.rowcall('status', next.split(' ')[1])).code, 3);
  assert.deepEqual((await person.sandbox.people()).map(({ email }) => email), ['ann@example.com']);
});

test('a canary pauses with 7 and is looked at, then the rest is loaded, each row once', async (t) => {
  const person = await Person.connected(t);
  const emails = Array.from({ length: 300 }, (_, i) => `p${i}@example.com`);
  const csv = await person.file('people.csv', `email\n${emails.join('\n')}\n`);
  const canary = await person.rowcall('upload', 'contact', csv, '--canary', '10');
  assert.equal(canary.code, 7, canary.err);
  assert.match(canary.err, /is paused: the first 10 rows are done/);
  const loaded = async () => (await person.sandbox.people()).map(({ email }) => email).sort();
  assert.deepEqual(await loaded(), emails.slice(0, 10).sort());
  const job = /rowcall resume ([0-9]+)/.exec(canary.err)[1];
  assert.equal((await person.rowcall('watch', job)).code, 7);
  assert.equal(good(await person.rowcall('pause', job)), `Job ${job}: PAUSED\n`);
  assert.equal(good(await person.rowcall('resume', job)), `Job ${job}: RUNNING\n`);
  assert.match(good(await person.rowcall('watch', job)), /^300 created; 0 unaccounted\n/);
  assert.deepEqual(await loaded(), [...emails].sort());
});

test('--stop-after ends the job when so many rows have failed, and counts every row', async (t) => {
  const person = await Person.connected(t);
  const rows = [...Array(3).fill('no address'), ...Array.from({ length: 3000 }, (_, i) => `p${i}@example.com`)];
  const csv = await person.file('people.csv', `email\n${rows.join('\n')}\n`);
  const stopped = await person.rowcall('upload', 'contact', csv, '--stop-after', '3');
  assert.equal(stopped.code, 1, stopped.err);
  assert.match(stopped.out, /3 rejected, [0-9,]+ cancelled; 0 unaccounted/);
  assert.match(stopped.out, /^The job as a whole: Ended after 3 failed rows, for stopAfter is 3\.$/m);
});

test('a wrong token, the service’s or the instance’s, ends with 5 and nothing is loaded', async (t) => {
  const person = await Person.arrive(t);
  const refused = await person.connect('wrong');
  assert.equal(refused.code, 5, refused.err);
  assert.equal((await person.rowcall('objects')).code, 5, 'nothing is connected');
  good(await person.connect('sandbox-token'));
  Object.assign(person.env, { ROWCALL_TOKEN: 'wrong', ROWCALL_SERVER: person.server.run.url,
                              ROWCALL_CREDENTIALS: join(person.server.data, 'admin.json') });
  const upload = await person.rowcall('upload', 'contact', samplePath);
  assert.equal(upload.code, 5, upload.err);
  assert.deepEqual(await person.sandbox.people(), []);
});

test('an unknown object is an error that names the closest', async (t) => {
  const person = await Person.connected(t);
  for (const args of [['fields', 'contcat'], ['upload', 'contcat', samplePath]]) {
    const { code, err } = await person.rowcall(...args);
    assert.equal(code, 1, err);
    assert.match(err, /Did you mean "contact"\?/);
  }
});

test('connecting by a known name ends with 2, makes no instance and keeps the first one’s token', async (t) => {
  const person = await Person.connected(t);
  const again = await person.connect('sandbox-token');
  assert.equal(again.code, 2, again.err);
  assert.match(good(await person.rowcall('objects')), /^contact$/m);
  const { token } = JSON.parse(good(await person.connect('sandbox-token', '--name', 'other', '--json')));
  assert.ok(token);
  const answer = await fetch(`${person.server.run.url}/elements/api-v2/instances`, {
    headers: { Authorization: `User ${person.server.user}, Organization ${person.server.organization}` } });
  assert.deepEqual((await answer.json()).map(({ name }) => name).sort(), ['intercom', 'other']);
});

test('results: the failed rows as a file like the one that was sent, printed or kept', async (t) => {
  const person = await Person.connected(t);
  const csv = 'email;name\nann@example.com;Ann\nnobody;"Bob; jr."\n';
  const { code, out } = await person.rowcall('upload', 'contact', await person.file('people.csv', csv), '--json');
  assert.equal(code, 3);
  const { id } = jsonLines(out).at(-1);
  assert.match(good(await person.rowcall('results', id)), /^failed\.csv +1$/m);
  const wanted = /^email;name;_row;_outcome;_code;_reason;_hint;_vendor_id\nnobody;"Bob; jr.";2;rejected;invalid_email;.*;\n$/;
  assert.match(good(await person.rowcall('results', id, 'failed.csv')), wanted);
  const path = join(person.folder, 'failed.csv');
  assert.equal(good(await person.rowcall('results', id, 'failed.csv', '--output', path)), '');
  assert.match(await readFile(path, 'utf8'), wanted);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const wrong = await person.rowcall('results', id, 'faild.csv', '--output', join(person.folder, 'other.csv'));
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /failed\.csv/);
  assert.deepEqual((await readdir(person.folder)).filter((name) => name.startsWith('other')), []);
});

test('retry: what failed is told by its cause, mended in the result file, and loaded; another time it is refused', async (t) => {
  const person = await Person.connected(t);
  const csv = 'email,name\nann@example.com,Ann\nnobody,Bob\nno one,Cid\n';
  const { out } = await person.rowcall('upload', 'contact', await person.file('people.csv', csv), '--json');
  const { id } = jsonLines(out).at(-1);
  assert.match(good(await person.rowcall('rows', id, '--by-cause')), /^2 +2 +rejected +invalid_email +email /m);
  assert.match(good(await person.rowcall('rows', id, '--search', 'NOBODY')), /^2 +rejected /m);
  const path = join(person.folder, 'failed.csv');
  good(await person.rowcall('results', id, 'failed.csv', '--output', path));
  const mended = (await readFile(path, 'utf8')).replace('nobody', 'bob@example.com').replace('no one', 'cid@example.com');
  await writeFile(path, mended);
  const last = jsonLines(good(await person.rowcall('retry', id, path, '--json'))).at(-1);
  assert.deepEqual([last.retryOf, last.outcomes.created], [id, 2]);
  assert.equal((await person.sandbox.people()).length, 3);
  assert.match((await person.rowcall('status', id)).out, new RegExp(`^Tried again by job ${last.id}: every row is in its place now\\.$`, 'm'));
  const again = await person.rowcall('retry', id, path);
  assert.equal(again.code, 2);
  assert.match(again.err, /Row 1 of the file: row 2 of job [0-9]+ is in its place already/);
  assert.match((await person.rowcall('retry', id)).err, /No row of this job can be helped/);
});

test('undo: a load is taken back, after its plan was told; another time it is refused', async (t) => {
  const person = await Person.connected(t);
  await person.sandbox.add([{ email: 'ann@example.com', name: 'Before' }]);
  const csv = await person.file('people.csv', 'email,name\nann@example.com,Ann\nbob@example.com,Bob\n');
  const { id } = jsonLines((await person.rowcall('upload', 'contact', csv, '--keep-pre-image', '--json')).out).at(-1);
  const plan = good(await person.rowcall('undo', id, '--plan'));
  assert.match(plan, /^1 row: the record that was made is archived/m);
  assert.match(plan, /^1 row: what was written over is put back/m);
  assert.match(plan, /^Messages that were sent to these people stay sent\.$/m);
  assert.equal(JSON.parse(good(await person.rowcall('undo', id, '--plan', '--json'))).rows, 2);
  assert.equal((await person.sandbox.people()).find(({ email }) => email === 'ann@example.com').name, 'Ann');
  const { out, err, code } = await person.rowcall('undo', id);
  assert.equal(code, 0, err);
  assert.match(out, /2 taken back; 0 unaccounted/);
  assert.match(err, /^Messages that were sent/m);
  const undo = /^Job ([0-9]+)$/m.exec(err)[1];
  assert.match(good(await person.rowcall('rows', undo)), /^1 +taken back .*\n2 +taken back /m);
  const contacts = await person.sandbox.contacts();
  assert.deepEqual(contacts.map(({ email, name, archived }) => [email, name, archived]).sort(), [['ann@example.com', 'Before', false], ['bob@example.com', 'Bob', true]]);
  const again = await person.rowcall('undo', id);
  assert.match(again.err, /This job was taken back by job [0-9]+/);
  assert.notEqual(again.code, 0);
});
