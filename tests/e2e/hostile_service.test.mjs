// A service, or something in front of it, that answers what no honest service would. A row so answered is in doubt: never
// created on its word, found out from the service's truth, or `unresolved`.

import assert from 'node:assert/strict';
import { Agent, createServer, request as send } from 'node:http';
import { test } from 'node:test';

import { hostileAnswers, hostileBodies, setTrap } from './hostile_bytes.mjs';
import { impatientConnectors, Sandbox, Server, until } from './rowcall.mjs';

const answers = { ...hostileAnswers, ...hostileBodies };
const kinds = Object.keys(answers);

/**
 * Stands in front of the stand-in. `strike(request, body)` gives nothing, and the call is passed on; or
 * `{ answer, carry }`, and the caller gets that answer, whether the call was carried out or not.
 */
async function startBetween(t, sandbox, strike) {
  const agent = new Agent({ keepAlive: true });
  const passOn = (request, body) => new Promise((resolve, reject) => {
    const onward = send(sandbox.url + request.url, { method: request.method, headers: request.headers, agent }, async (answer) => {
      resolve({ answer, body: await bytesOf(answer) });
    });
    onward.once('error', reject);
    onward.end(body);
  });
  const server = createServer(async (request, answer) => {
    const body = await bytesOf(request);
    const struck = strike(request, body);
    const carried = struck && !struck.carry ? undefined : await passOn(request, body);
    if (struck) struck.answer(request.socket);
    else answer.writeHead(carried.answer.statusCode, carried.answer.rawHeaders).end(carried.body);
  });
  server.on('connection', (socket) => socket.on('error', () => {})); // the caller hangs up when it has had enough
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
    agent.destroy();
  });
  return { url: `http://127.0.0.1:${server.address().port}` };
}

async function bytesOf(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** What each mode does to a row, and the outcome that is true then. */
const modes = {
  carried: { outcome: 'created', strikes: (call, times) => call === 'create' && times === 1, carry: true },
  lost: { outcome: 'created', strikes: (call, times) => call === 'create' && times === 1, carry: false },
  unread: { outcome: 'created', strikes: (call, times) => times === 1 && call !== 'update', carry: true },
  update: { outcome: 'updated', strikes: (call, times) => call === 'update' && times === 1, carry: true },
  always: { outcome: 'unresolved', strikes: (call) => call === 'create', carry: true },
};
const rows = Object.keys(modes).flatMap((mode) => kinds.map((kind, i) => ({ mode, kind, email: `${mode}.${i}@example.com` })));

/** Strikes the calls of these rows as their modes say. */
function striker(ids) {
  const seen = new Map();
  return (request, body) => {
    const [, path, id] = /^\/(contacts)\/?([0-9a-f]*)$/.exec(request.url) ?? [];
    if (!path) return undefined;
    const call = { POST: 'create', GET: 'read', PUT: 'update' }[request.method];
    const email = id ? ids.get(id) : JSON.parse(body).email;
    const row = rows.find((candidate) => candidate.email === email);
    if (!row) return undefined;
    const key = `${call} ${email}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
    const mode = modes[row.mode];
    return mode.strikes(call, seen.get(key)) ? { answer: answers[row.kind], carry: mode.carry } : undefined;
  };
}

test(`${kinds.length} hostile answers to ${rows.length} rows: no outcome is believed that is not true, and memory stays flat`, async (t) => {
  const sandbox = await Sandbox.start(t, '--rate-limit', '1000000');
  const ids = new Map();
  await sandbox.add(rows.filter(({ mode }) => mode === 'update').map(({ email }) => ({ email, name: 'An older name' })));
  const learnIds = async () => (await sandbox.contacts()).forEach(({ id, email }) => ids.set(id, email));
  await learnIds();
  const born = await sandbox.clock();
  await until('two seconds have passed at the stand-in', async () => (await sandbox.clock()) >= born + 2);

  const strike = striker(ids);
  const between = await startBetween(t, sandbox, (request, body) => strike(request, body));
  const server = await Server.start(t, { connectors: await impatientConnectors(t) });
  const instance = await server.connect(between, { 'late.seconds': '1' });
  await instance.load('email,name\nwarm@example.com,Warm\n');
  const before = await server.run.peakMiB();

  const csv = `email,name\n${rows.map(({ email }) => `${email},New`).join('\n')}\n`;
  const status = await instance.finished(await instance.upload(csv), 240);

  assert.equal(status.status, 'COMPLETED', JSON.stringify(status));
  assert.equal(status.recordsCount, rows.length);
  const truth = new Map();
  for (const { email, id, name } of await sandbox.contacts()) truth.set(email, [...(truth.get(email) ?? []), { id, name }]);
  const told = await instance.rows(status.id);
  const wrong = rows.flatMap(({ mode, kind, email }, i) => {
    const found = truth.get(email) ?? [];
    const good = found.length === 1 && found[0].name === 'New' && told[i].outcome === modes[mode].outcome &&
                 (mode === 'always' || told[i].vendorId === found[0].id);
    return good ? [] : [{ mode, kind, found, told: told[i] }];
  });
  assert.deepEqual(wrong, []);
  await server.run.assertNotGrown(before, 96);
});

test('a service that answers the connection test like this is told to be unusable', async (t) => {
  const sandbox = await Sandbox.start(t);
  const server = await Server.start(t, { connectors: await impatientConnectors(t) });
  const checks = kinds.map(async (kind) => {
    const between = await startBetween(t, sandbox, () => ({ answer: answers[kind], carry: false }));
    const answer = await server.tryToConnect(between.url);
    assert.equal(answer.status, 502, `${kind}: ${await answer.clone().text()}`);
    assert.ok((await answer.text()).length < 50_000, kind);
  });
  await Promise.all(checks);
});

test('a redirect by the service is no answer, and nobody follows it', async (t) => {
  const trap = await setTrap(t);
  const sandbox = await Sandbox.start(t);
  let struck = 0;
  const between = await startBetween(t, sandbox, (request) => {
    if (request.method !== 'POST' || struck > 0) return undefined;
    struck += 1;
    return {
      carry: true,
      answer: (socket) => socket.end(`HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:${trap.port}/\r\n` +
                                     'Connection: close\r\nContent-Length: 0\r\n\r\n'),
    };
  });
  // No contact of ours is there yet to try with whether e-mails are unique: the row is searched for.
  const instance = await (await Server.start(t, { connectors: await impatientConnectors(t) })).connect(between);
  assert.equal((await instance.load('email,name\nann@example.com,Ann\n')).outcomes.created, 1);
  assert.equal(struck, 1);
  assert.deepEqual((await sandbox.people()).map(({ email }) => email), ['ann@example.com']);
  assert.equal(trap.connections, 0);
});
