// An upload that is sent again under its Idempotency-Key is the job that it made before: nothing is loaded twice.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';

import { Sandbox, Server } from './rowcall.mjs';

const csv = 'email,name\nann@example.com,Ann\nbob@example.com,Bob\n';

const send = (instance, key, file) => {
  const form = new FormData();
  form.set('file', new Blob([file]), 'people.csv');
  return fetch(`${instance.server.run.url}/elements/api-v2/bulk/contact`, {
    method: 'POST',
    body: form,
    headers: { ...instance.signIn, 'Idempotency-Key': key },
  });
};

test('the same upload under the same key is one job, also after a kill, and its rows are sent once', async (t) => {
  const sandbox = await Sandbox.start(t);
  const server = await Server.start(t);
  const instance = await server.connect(sandbox);
  const first = await (await send(instance, 'one', csv)).json();
  await server.kill();
  await server.startAgain();
  const again = await send(instance, 'one', csv);
  assert.equal(again.headers.get('idempotent-replayed'), 'true');
  assert.deepEqual(await again.json(), first);
  await instance.finished(first.id);
  assert.deepEqual((await sandbox.people()).map(({ email, name }) => [email, name]),
    [['ann@example.com', 'Ann'], ['bob@example.com', 'Bob']]);
  assert.equal((await instance.call('/bulk/jobs')).body.length, 1);

  const other = await send(instance, 'one', csv.replace('Bob', 'Rob'));
  assert.equal(other.status, 422);
  assert.equal((await sandbox.people())[1].name, 'Bob');
});

test('while an upload is being received, another one under its key is told to wait', async (t) => {
  const server = await Server.start(t);
  const instance = await server.connect(await Sandbox.start(t));
  const { hostname, port } = new URL(server.run.url);
  const socket = connect(Number(port), hostname);
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  socket.write(
    'POST /elements/api-v2/bulk/contact HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n' +
      `Authorization: ${instance.signIn.Authorization}\r\nIdempotency-Key: "two"\r\nExpect: 100-continue\r\n` +
      'Content-Type: multipart/form-data; boundary=b\r\n\r\n');
  await once(socket, 'data');  // 100 Continue: the body is being waited for
  const refused = await send(instance, 'two', csv);
  assert.equal(refused.status, 409);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  socket.destroy();
});
