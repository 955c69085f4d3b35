// The key that seals stored secrets: replaced by `keys rotate`, whatever is killed meanwhile; and a wrong one.

import assert from 'node:assert/strict';
import { copyFile, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { Sandbox, Server, runCommand, startReceiver, until } from './rowcall.mjs';

const signatureKey = 'a key of the user’s own';
const keysOf = (server) => readFile(join(server.data, 'keys'), 'utf8');
const rotate = (server, options) => runCommand(['keys', 'rotate', '--data', server.data], {}, options);

async function connected(t, count) {
  const sandbox = await Sandbox.start(t);
  const server = await Server.start(t);
  const instances = [];
  for (let i = 0; i < count; i++) {
    instances.push(await server.connect(sandbox, { 'event.notification.signature.key': signatureKey }));
  }
  return { sandbox, server, instances };
}

test('a server that runs is left alone: rotating is refused and names its process', async (t) => {
  const { server } = await connected(t, 1);
  const before = await keysOf(server);
  const { code, err } = await rotate(server);
  assert.equal(code, 1, err);
  assert.match(err, new RegExp(`process ${server.run.child.pid} works in this data folder`));
  assert.equal(await keysOf(server), before);
});

test('a folder that is none of ours is refused and stays as it is', async (t) => {
  const { server } = await connected(t, 0);
  const { code, err } = await runCommand(['keys', 'rotate', '--data', join(server.data, 'files')], {});
  assert.equal(code, 1, err);
  assert.match(err, /there is no such key file\nName the folder that the server works in/);
  assert.deepEqual(await readdir(join(server.data, 'files')), []);
});

test('after a rotation a load and its signed callback work as before', async (t) => {
  const { server, instances: [instance] } = await connected(t, 1);
  const receiver = await startReceiver(t);
  await server.stop();
  const before = await keysOf(server);
  const { code, out, err } = await rotate(server);
  assert.equal(code, 0, err);
  assert.equal(out, 'Sealed 3 stored secrets with the new key; the old key is gone.\n');
  assert.match(await keysOf(server), /^[A-Za-z0-9+/]{43}=\n$/);
  assert.notEqual(await keysOf(server), before);
  await server.startAgain();
  await instance.load('email,name\nann@example.com,Ann\n', { callback: receiver.url });
  assert.ok((await receiver.first()).headers['elements-webhook-signature']);
});

test('killed at any moment, every secret still opens, and the next run ends what was begun', async (t) => {
  const { sandbox, server, instances } = await connected(t, 10);
  await server.stop();
  const keys = [(await keysOf(server)).trim()];
  const began = performance.now();
  assert.equal((await rotate(server)).code, 0);
  const took = performance.now() - began;
  const kills = 12;
  for (let i = 1; i <= kills; i++) {
    keys.push(...(await keysOf(server)).trim().split('\n'));
    await rotate(server, { started: (child) => pause((took * i) / kills).then(() => child.kill('SIGKILL')) });
    await server.startAgain();
    for (const instance of [instances[0], instances.at(-1)]) await instance.call('/objects/contact/metadata');
    await server.stop();
  }
  const last = await rotate(server);
  assert.equal(last.code, 0, last.err);
  const key = await keysOf(server);
  assert.match(key, /^[A-Za-z0-9+/]{43}=\n$/);
  for (const name of (await readdir(server.data)).filter((one) => one !== 'files')) {
    const bytes = await readFile(join(server.data, name));
    assert.ok(!keys.some((old) => old !== key.trim() && bytes.includes(old)), `an old key in ${name}`);
  }
  await server.startAgain();
  for (const instance of instances) await instance.call('/objects/contact/metadata');
  assert.ok((await sandbox.requests()).total > 0);
});

test('with a wrong key file nothing is sent for an instance until its token is set anew; others work', async (t) => {
  const { sandbox, server, instances: [instance] } = await connected(t, 1);
  const { server: stranger } = await connected(t, 0);
  await server.stop();
  await copyFile(join(stranger.data, 'keys'), join(server.data, 'keys'));
  await server.startAgain();
  const { total } = await sandbox.requests();
  const url = `${server.run.url}/elements/api-v2/objects/contact/metadata`;
  const metadata = await fetch(url, { headers: instance.signIn });
  assert.equal(metadata.status, 502);
  const place = `instance/${instance.answer.id}/oauth.user.token`;
  assert.ok((await metadata.text()).includes(place), 'the answer names instance and setting');
  const job = await instance.upload('email\nann@example.com\n');
  const reason = await until('the job waits', async () => (await instance.status(job)).waitReason);
  assert.ok(reason.includes(place), reason);
  assert.equal((await sandbox.requests()).total, total, 'nothing was sent');

  const other = await server.connect(sandbox);
  await other.load('email\nbob@example.com\n');
  for (const [configuration, valid] of [
    [{ region: 'US' }, false],
    [{ 'oauth.user.token': 'sandbox-token', 'event.notification.signature.key': null }, true],
  ]) {
    const changed = await instance.change(configuration);
    assert.equal(changed.status, 200, await changed.clone().text());
    assert.equal((await changed.json()).valid, valid);
  }
  assert.equal((await instance.finished(job)).status, 'COMPLETED');
  assert.deepEqual((await sandbox.people()).map(({ email }) => email), ['ann@example.com', 'bob@example.com']);
});
