// What a row says of a person is in no reason, unless the instance wants it: whoever quotes it, we or the service, and
// wherever the reason goes. In front of the stand-in is a service that repeats what it was sent.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';

import { Sandbox, Server, runCommand, startReceiver, temporaryFolder, until } from './rowcall.mjs';

/** A row for each way in which a reason comes to quote a person. */
const people = {
  good: { email: 'canary.good@example.com', name: 'Canary Goodwill', phone: '+1 555 014 2851', title: 'Canary Boss' },
  echoed: { email: 'Canary.Echoed@example.com', name: 'Canary "Zoë" Echo', phone: '+15550142852', title: 'Canary Chief' },
  long: { email: 'canary.long@example.com', name: `Canary ${'Longname '.repeat(300)}`.trim(), phone: '+15550142853', title: 'Canary Dean' },
  wrong: { email: 'canary.wrong at example.com', name: 'Canary Wrong', phone: '+15550142854', title: 'Canary Earl' },
  titled: { email: 'canary.titled@example.com', name: 'Canary Titled', phone: '+15550142855', title: 'Canary Fellow '.repeat(20).trim() },
  warned: { email: 'canary.warned@example.com', name: 'Canary Warned', phone: '555 014 2856', title: 'Canary Guard' },
  joined: { email: 'canary.joined@example.com', name: 'Canary Joined', phone: '+15550142857', title: 'Canary Head',
            company: 'Join-me Ltd', insider: 'Canary Insider' },
};
const csv = ['email,name,phone,title,company,company insider', ...Object.values(people).map((one) =>
  [one.email, one.name, one.phone, one.title, one.company ?? '', one.insider ?? ''].map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','))].join('\n');

/** What a text would have of these people; the beginning is enough of what is long. Letters may be in either case. */
const tellTales = Object.values(people).flatMap(({ email, name, phone, title, insider = title }) =>
  [email, name, JSON.stringify(name).slice(1, -1), phone, phone.replace('+', ''), title, insider]).map((text) => text.toLowerCase().slice(0, 13));
const foundIn = (text) => [...new Set(tellTales.filter((tale) => text.toLowerCase().includes(tale)))];

/** Refuses these calls with all that it was sent, in several forms; that of a company also with what came for its person. */
async function startEchoing(t, sandbox, strikes) {
  let known = '';
  const server = createServer(async (request, answer) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces).toString('utf8');
    const operation = `${request.method} ${request.url}`;
    const status = strikes(operation, body);
    if (body.includes('joined@')) known = body;
    if (!status) {
      const { authorization, 'intercom-version': version } = request.headers;
      const real = await fetch(sandbox.url + request.url, { method: request.method, body: body || undefined,
        headers: { authorization, 'intercom-version': version, accept: 'application/json', 'content-type': 'application/json' } });
      answer.writeHead(real.status, { date: real.headers.get('date'), 'content-type': 'application/json' }).end(await real.text());
      return;
    }
    const { email = '', name = '' } = body.includes('"email"') ? JSON.parse(body) : {};
    const words = `Refused: ${email.toUpperCase()} (${encodeURIComponent(email)}), ${name}; of ${body}${operation.includes(' /companies') ? ` behind ${known}` : ''} as ${name.split(' ').reverse().join(', ')}`;
    const errors = [{ code: email || 'parameter_invalid', message: words }];
    answer.writeHead(status).end(JSON.stringify({ type: 'error.list', request_id: `r-${email}`, errors }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}` };
}

async function begin(t, strikes) {
  const sandbox = await Sandbox.start(t, '--rate-limit', '0');
  await sandbox.call('POST', '/data_attributes', { name: 'insider', model: 'company', data_type: 'string' });
  await sandbox.call('POST', '/data_attributes', { name: 'insider_born', model: 'company', data_type: 'date' });
  const service = await startEchoing(t, sandbox, strikes);
  const server = await Server.start(t, { flags: ['--log-level', 'debug'] });
  return { sandbox, server, instance: await server.connect(service, { 'email.unique': 'yes' }) };
}

const refused = (operation, body) => {
  const isOf = (...names) => operation === 'POST /contacts' && names.some((name) => body.toLowerCase().includes(`canary.${name}@`));
  return isOf('echoed', 'long') || (operation === 'POST /companies' && body.includes('Join-me')) ? 400 : 0;
};

/** What the ledger keeps, with its log. */
async function ledgerOf(server) {
  const names = (await readdir(server.data)).filter((name) => name.startsWith('ledger'));
  assert.ok(names.includes('ledger.db-wal'), names);
  return (await Promise.all(names.map((name) => readFile(join(server.data, name), 'utf8')))).join('\n');
}

/** Wherever reasons are told of a job: {place: text}. */
async function reasonsOf(t, server, instance, job) {
  const get = async (path) => {
    const answer = await fetch(`${server.run.url}/elements/api-v2/bulk/${job}/${path}`, { headers: instance.signIn });
    assert.equal(answer.status, 200, path);
    return answer.text();
  };
  const texts = {};
  for (const path of ['rows', 'errors', 'causes', 'status']) texts[path] = await get(path);
  const lines = (await get('results/all.jsonl')).trimEnd().split('\n').map((line) => JSON.parse(line));
  texts['results/all.jsonl'] = lines.map(({ _code, _reason, _hint }) => `${_code} ${_reason} ${_hint}`).join('\n');
  const env = { XDG_CONFIG_HOME: await temporaryFolder(t), ROWCALL_SERVER: server.run.url,
                ROWCALL_CREDENTIALS: join(server.data, 'admin.json'), ROWCALL_TOKEN: instance.answer.token };
  for (const more of [[], ['--errors'], ['--by-cause'], ['--json']]) {
    const { code, out, err } = await runCommand(['rows', job, ...more], env);
    assert.equal(code, 0, err);
    texts[['rowcall rows', ...more].join(' ')] = out;
  }
  return texts;
}

test('no reason has an e-mail, name, phone or custom value of the file, and each still says which row and why', async (t) => {
  const { server, instance } = await begin(t, refused);
  const receiver = await startReceiver(t);
  const status = await instance.finished(await instance.upload(csv, { callback: receiver.url }));
  const { created, failed, rejected } = status.outcomes;
  assert.deepEqual([created, failed, rejected], [3, 2, 2], JSON.stringify(status));
  const told = { ...await reasonsOf(t, server, instance, status.id), notice: (await receiver.first()).body };
  for (const [place, text] of Object.entries({ ...told, ledger: await ledgerOf(server), log: server.run.log })) {
    assert.deepEqual(foundIn(text), [], place);
  }
  const rows = JSON.parse(told.rows);
  const [, echoed, long, wrong, titled, warned, joined] = rows;
  assert.deepEqual(rows.map(({ row }) => row), [1, 2, 3, 4, 5, 6, 7]);
  assert.match(echoed.message, /^Intercom answered 400: Refused: \[email\] \(\[email\]\), \[name\]; of \{"email":"\[email\]","name":"\[name\]",/);
  assert.deepEqual([echoed.code, echoed.requestId], ['[email]', 'r-[email]']);
  assert.match(long.serviceMessage, /, \[name\]…$/);
  assert.deepEqual([wrong.column, wrong.message], ['email', '[email] is not an e-mail address']);
  assert.deepEqual([titled.column, titled.message], ['title', '[custom_attributes.title] has 279 characters; 255 are allowed']);
  assert.match(warned.reasons[0].message, /^\[phone\] has no country code/);
  assert.match(joined.incomplete[0].reason, /"name":"Join-me Ltd",.*:\{"insider":"\[company.custom_attributes.insider\]"\}.*"email":"\[email\]"/);
  assert.equal(joined.vendorId.length, 24);
  assert.ok(told['rowcall rows'].includes('[email] is not an e-mail address'), told['rowcall rows']);
  assert.ok((await (await fetch(`${server.run.url}/elements/api-v2/bulk/${status.id}/results/failed.csv`, { headers: instance.signIn })).text())
    .includes(people.echoed.email), 'the file that is sent back has the cells that were sent');
});

test('where the instance wants it, reasons quote what they are about', async (t) => {
  const { server, instance } = await begin(t, refused);
  assert.equal((await instance.change({ 'reasons.personal': 'perhaps' })).status, 400);
  assert.equal((await instance.change({ 'reasons.personal': 'show' })).status, 200);
  const status = await instance.load(csv);
  const told = await reasonsOf(t, server, instance, status.id);
  for (const [place, text] of Object.entries({ ...told, ledger: await ledgerOf(server) })) {
    if (place !== 'status') assert.ok(foundIn(text).length > 2, `${place}: ${text}`);
  }
  assert.deepEqual(foundIn(told.status + server.run.log), []);
  const [, echoed, , wrong, , warned] = JSON.parse(told.rows);
  assert.ok(echoed.serviceMessage.startsWith('Refused: CANARY.ECHOED@EXAMPLE.COM ('), echoed.serviceMessage);
  assert.equal(wrong.message, "'canary.wrong at example.com' is not an e-mail address");
  assert.match(warned.reasons[0].message, /^'555 014 2856' has no country code/);
  assert.equal((await instance.change({ 'reasons.personal': null })).status, 200);
  const again = await instance.load(csv);
  assert.deepEqual(foundIn(JSON.stringify(await instance.rows(again.id))), [], 'it counts for what is recorded from then on');
});

test('a name that was joined of two columns is in no reason with either of its parts', async (t) => {
  const { instance } = await begin(t, refused);
  const status = await instance.load('email,first name,last name\ncanary.echoed@example.com,Canary,Afterwards\n');
  const [row] = await instance.rows(status.id);
  assert.match(row.serviceMessage, / as \[name\], \[name\]$/);
});

test('a date of a related record is in no reason as the seconds that were sent of it', async (t) => {
  const { instance } = await begin(t, refused);
  const status = await instance.load('email,company,company insider_born\ncanary.joined@example.com,Join-me Ltd,1985-03-07\n');
  const [row] = await instance.rows(status.id);
  assert.match(row.incomplete[0].reason, /\{"insider_born":\[company\.custom_attributes\.insider_born\]\}/);
});

test('what a row wrote over is in no reason of its undo', async (t) => {
  const strikes = (operation, body) => (operation.startsWith('PUT ') && body.includes('Canary Before') ? 422 : 0);
  const { sandbox, server, instance } = await begin(t, strikes);
  await sandbox.add([{ email: 'canary.before@example.com', name: 'Canary Before', phone: '+15550142899' }]);
  const load = await instance.load('email,name,phone\ncanary.before@example.com,Canary Afterwards,+15550142898\n',
    { metaData: { keepPreImage: true } });
  assert.equal(load.outcomes.updated, 1, JSON.stringify(load));
  const asked = await fetch(`${server.run.url}/elements/api-v2/bulk/${load.id}/undo`, { method: 'POST', headers: instance.signIn });
  const undone = await instance.finished((await asked.json()).id);
  const [row] = await instance.rows(undone.id);
  assert.equal(row.outcome, 'failed', JSON.stringify(row));
  assert.match(row.serviceMessage, /"name":"\[name\]","phone":"\[phone\]"/);
  assert.doesNotMatch(JSON.stringify(row), /canary/i);
});

test('why an undo leaves a company quotes nobody of whom the load had made it', async (t) => {
  const { server, instance } = await begin(t, (operation) => (operation.startsWith('DELETE /companies/') ? 422 : 0));
  const load = await instance.load(csv);
  assert.equal(load.outcomes.created, 5, JSON.stringify(load));
  const asked = await fetch(`${server.run.url}/elements/api-v2/bulk/${load.id}/undo`, { method: 'POST', headers: instance.signIn });
  const undone = JSON.stringify(await instance.finished((await asked.json()).id));
  assert.match(undone, /A record that the load had made beside its rows was left: .*\[email\]/);
  assert.deepEqual(foundIn(undone), []);
});

test('why a job waits quotes no row of it', async (t) => {
  let revoked = true;
  const { server, instance } = await begin(t, (operation) => (revoked && operation === 'POST /contacts' ? 401 : 0));
  const job = await instance.upload(csv);
  const waiting = await until('the job waits', async () => {
    const status = await instance.status(job);
    return status.waitReason ? status : null;
  });
  assert.match(waiting.waitReason, /^sign-in refused: Intercom answered 401\. The access token was refused\./);
  assert.deepEqual(foundIn(JSON.stringify(waiting) + (await ledgerOf(server)) + server.run.log), []);
  revoked = false;
  assert.equal((await instance.change({ 'oauth.user.token': 'sandbox-token' })).status, 200);
  assert.equal((await instance.finished(job)).outcomes.created, 5);
});
