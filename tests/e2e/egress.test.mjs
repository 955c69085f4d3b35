// What the server may be made to call. A trap listens on every address of this machine, and nobody may come to it.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';

import { setTrap } from './hostile_bytes.mjs';
import { Sandbox, Server, startReceiver, temporaryFolder } from './rowcall.mjs';

const csv = 'email,name\nann@example.com,Ann\n';
const noRows = 'email,name\n';

/** A service at an address that may be called; nothing else may be. */
async function confined(t) {
  const sandbox = await Sandbox.start(t, '--listen', '127.0.0.2:0');
  const server = await Server.start(t, { allow: '127.0.0.2/32' });
  return { sandbox, server, trap: await setTrap(t) };
}

const forms = [
  // Loopback, as an address can be written.
  '127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.1', '0X7F.0.0.1', '017700000001', '0177.0.0.1',
  '0177.1', '127.0.0.3', '127.255.255.254', '0', '0.0.0.0', '0x0', 'localhost', 'LOCALHOST', '[::1]', '[0:0:0:0:0:0:0:1]',
  '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::ffff:0.0.0.0]', '[::127.0.0.1]',
  // Where clouds keep their secrets.
  '169.254.169.254', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '[::ffff:169.254.169.254]', '[fd00:ec2::254]',
  // Private, shared, reserved.
  '10.0.0.1', '10.1', '167772161', '10.255.255.255', '172.16.0.1', '172.31.255.254', '192.168.0.1', '192.168.255.255',
  '0xc0a80001', '100.64.0.1', '100.127.255.254', '198.18.0.1', '198.19.255.255', '192.0.0.1', '192.0.0.170', '192.0.2.1',
  '198.51.100.1', '203.0.113.1', '0.1.2.3', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '[fc00::1]',
  '[fdff::1]', '[fe80::1]', '[fec0::1]', '[ff02::1]', '[2001:db8::1]', '[100::1]',
  // Wrapped in a way from the one internet to the other.
  '[64:ff9b::127.0.0.1]', '[64:ff9b::7f00:1]', '[64:ff9b::a9fe:a9fe]', '[64:ff9b::10.0.0.1]', '[64:ff9b:1::1]',
  '[2002:7f00:1::]', '[2002:a9fe:a9fe::1]', '[2002:a00:1::]', '[2002:c0a8:1::1]', '[2001:0:7f00:1::]', '[2001:0:a00:1::]',
];

test(`${forms.length} callback addresses that are not public: 0 connections, and the log tells the operator why`, async (t) => {
  const { sandbox, server, trap } = await confined(t);
  const instance = await server.connect(sandbox);
  const urls = forms.map((host) => `https://${host}:${trap.port}/`).concat(`http://127.0.0.1:${trap.port}/`);
  await Promise.all(urls.map(async (url) => {
    const job = await instance.upload(noRows, { callback: url });
    // The address decides, before port and scheme are looked at.
    const reason = String.raw`\S+ (leads to \S+, which )?is (an?|the) [^.]*address`;
    await server.run.logged(new RegExp(`"event":"callback_failed","job":${job},"attempt":1,"note":"not sent: ${reason}`), 120).catch((error) =>
      assert.fail(`${url}: ${error.message}`));
    const status = await instance.finished(job);
    assert.equal(status.status, 'COMPLETED', url);
    assert.doesNotMatch(JSON.stringify(status), /not sent|attempt|address/, `${url}: the user is told nothing of it`);
  }));
  assert.equal(trap.connections, 0);
});

test(`${forms.length} base addresses that are not public: 400 each, and 0 connections`, async (t) => {
  const { server, trap } = await confined(t);
  const ports = [`:${trap.port}`, ''];
  const urls = forms.flatMap((host) => ports.flatMap((port) => [`https://${host}${port}`, `http://${host}${port}`]));
  await Promise.all(urls.map(async (url) => {
    const answer = await server.tryToConnect(url);
    const body = await answer.json();
    assert.equal(answer.status, 400, `${url}: ${JSON.stringify(body)}`);
    assert.equal(body.errors[0].pointer, '/configuration/base.url', url);
  }));
  assert.equal(trap.connections, 0);
});

test('the server never calls itself, even where its address may be called', async (t) => {
  const sandbox = await Sandbox.start(t);
  const server = await Server.start(t);
  const { port } = new URL(server.run.url);
  const instance = await server.connect(sandbox);
  for (const host of ['127.0.0.1', '127.1', '2130706433', '[::ffff:127.0.0.1]']) {
    const answer = await server.tryToConnect(`http://${host}:${port}`);
    assert.equal(answer.status, 400, host);
    assert.match(await answer.text(), /where this server itself listens/);
    const job = await instance.upload(noRows, { callback: `http://${host}:${port}/healthz` });
    await server.run.logged(new RegExp(`"event":"callback_failed","job":${job},"attempt":1,"note":"not sent: [^ ]+ is where this server itself listens`));
  }
});

test('a redirect of a callback is not followed', async (t) => {
  const sandbox = await Sandbox.start(t);
  const server = await Server.start(t);
  const trap = await setTrap(t);
  const instance = await server.connect(sandbox);
  let requests = 0;
  const receiver = createServer((request, answer) => {
    requests += 1;
    answer.writeHead(Number(request.url.slice(1)), { Location: `http://127.0.0.1:${trap.port}/` }).end();
  });
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  t.after(() => receiver.close());
  const statuses = [301, 302, 303, 307, 308];
  for (const status of statuses) {
    const job = await instance.upload(noRows, { callback: `http://127.0.0.1:${receiver.address().port}/${status}` });
    await server.run.logged(new RegExp(`"event":"callback_failed","job":${job},"attempt":1,"note":"answered ${status}"`));
  }
  assert.ok(requests >= statuses.length);
  assert.equal(trap.connections, 0);
});

test('proxies and passwords of the environment are not used', async (t) => {
  const trap = await setTrap(t);
  const home = await temporaryFolder(t);
  await writeFile(join(home, '.netrc'), 'machine 127.0.0.1 login mallory password mallory\n', { mode: 0o600 });
  const env = { HOME: home, NETRC: join(home, '.netrc') };
  for (const name of ['http_proxy', 'https_proxy', 'all_proxy']) {
    env[name] = env[name.toUpperCase()] = `http://127.0.0.1:${trap.port}`;
  }
  const sandbox = await Sandbox.start(t);
  const receiver = await startReceiver(t);
  const instance = await (await Server.start(t, { env })).connect(sandbox);
  assert.equal((await instance.load(csv, { callback: receiver.url })).outcomes.created, 1);
  assert.equal((await receiver.first()).headers.authorization, undefined);
  assert.equal(trap.connections, 0);
});

test('what is allowed by hand is logged: the networks at the start, and each instance that needs them', async (t) => {
  const sandbox = await Sandbox.start(t);
  const server = await Server.start(t);
  await server.run.logged(/"level":"info","event":"egress_allowed","network":"127\.0\.0\.1\/32"/);
  const { answer } = await server.connect(sandbox);
  await server.run.logged(new RegExp(`"event":"instance_calls_allowed_address","instance":${answer.id},"origin":"${sandbox.url}"`));
});
