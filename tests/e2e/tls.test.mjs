// The server over TLS, as its users meet it: by the program's own commands, by Node's client, by openssl s_client.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, readFile } from 'node:fs/promises';
import https from 'node:https';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';

import { runCommand, samplePath, Sandbox, Server, temporaryFolder } from './rowcall.mjs';
import { samplePeople } from './sample.mjs';

/** Runs openssl to its end; answers all that it wrote. */
async function openssl(args, input = '') {
  const child = spawn('openssl', args);
  let output = '';
  child.stdout.on('data', (bytes) => (output += bytes));
  child.stderr.on('data', (bytes) => (output += bytes));
  child.stdin.on('error', () => {}); // it may end before it has read
  child.stdin.end(input);
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, output };
}

/** A certificate for this machine, and its key, which is its owner's alone. */
async function makeIdentity(folder, name = 'server') {
  const identity = { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  const { code, output } = await openssl(['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
    '-nodes', '-keyout', identity.key, '-out', identity.certificate, '-days', '1', '-subj', '/CN=localhost',
    '-addext', 'subjectAltName=IP:127.0.0.1']);
  assert.equal(code, 0, output);
  await chmod(identity.key, 0o600);
  return identity;
}

/** A server over TLS, and its certificate. */
async function startOverTls(t) {
  const identity = await makeIdentity(await temporaryFolder(t));
  const flags = ['--tls-certificate', identity.certificate, '--tls-key', identity.key];
  const server = await Server.start(t, { flags });
  return { ...identity, server, port: Number(new URL(server.run.url).port) };
}

const s_client = (port, ...args) =>
  openssl(['s_client', '-connect', `127.0.0.1:${port}`, ...args], 'GET /healthz HTTP/1.0\r\n\r\n');

/** One request; answers {status, socket}. */
function ask(port, ca, agent) {
  return new Promise((resolve, reject) => {
    const request = https.get({ host: '127.0.0.1', port, path: '/healthz', ca, agent }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve({ status: answer.statusCode, socket: request.socket }));
    });
    request.once('error', reject);
  });
}

test('the sample is loaded through TLS by the program’s own commands', async (t) => {
  const { server, certificate } = await startOverTls(t);
  assert.match(server.run.url, /^https:\/\/127\.0\.0\.1:[0-9]+$/);
  const sandbox = await Sandbox.start(t);
  const env = { XDG_CONFIG_HOME: join(await temporaryFolder(t), 'config'), SSL_CERT_FILE: certificate };
  const connect = await runCommand(['connect', 'intercom', '--server', server.run.url, '--credentials',
    join(server.data, 'admin.json'), '--set', `base.url=${sandbox.url}`, '--secret', 'oauth.user.token=-'],
    env, { input: 'sandbox-token\n' });
  assert.equal(connect.code, 0, connect.err);
  const upload = await runCommand(['upload', 'contact', samplePath], env);
  assert.equal(upload.code, 0, upload.err);
  assert.deepEqual(await sandbox.people(), samplePeople);

  const stranger = await runCommand(['objects'], { ...env, SSL_CERT_FILE: '/dev/null' });
  assert.notEqual(stranger.code, 0);
  assert.match(stranger.err, /certificate/);
});

test('TLS 1.2 and 1.3 are spoken; older versions and suites without forward secrecy or AEAD are not', async (t) => {
  const { port } = await startOverTls(t);
  const old = ['-cipher', 'ALL:@SECLEVEL=0'];
  for (const version of ['-tls1_2', '-tls1_3']) {
    const { output } = await s_client(port, version, '-ign_eof');
    assert.match(output, /HTTP\/1\.1 200 OK/, version);
  }
  for (const version of ['-tls1', '-tls1_1']) {
    const { code, output } = await s_client(port, version, ...old);
    assert.notEqual(code, 0, version);
    assert.match(output, /alert protocol version/, version);
  }
  for (const suite of ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384', 'AES128-GCM-SHA256', 'AES256-SHA']) {
    const { code, output } = await s_client(port, '-tls1_2', '-cipher', `${suite}:@SECLEVEL=0`);
    assert.notEqual(code, 0, suite);
    assert.match(output, /alert handshake failure/, suite);
  }
});

test('plain HTTP on the TLS port is closed at once and unanswered', async (t) => {
  const { port } = await startOverTls(t);
  const socket = net.connect(port, '127.0.0.1', () => socket.write('GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n'));
  let answer = '';
  socket.on('data', (bytes) => (answer += bytes));
  socket.on('error', () => {}); // a reset is an end too
  await new Promise((resolve) => socket.once('close', resolve));
  assert.doesNotMatch(answer, /HTTP/);
});

test('SIGTERM says goodbye on a connection that is kept open', async (t) => {
  const { server, port, certificate } = await startOverTls(t);
  const agent = new https.Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  assert.equal((await ask(port, await readFile(certificate), agent)).status, 200);
  const child = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-msg', '-ign_eof']);
  t.after(() => child.kill());
  let seen = '';
  const answered = new Promise((resolve) => child.stdout.on('data', (bytes) => {
    seen += bytes;
    if (seen.includes('"status":"ok"')) resolve();
  }));
  child.stdin.write('GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n');
  await answered;
  const closed = new Promise((resolve) => child.once('close', resolve));
  await server.stop();
  await closed;
  assert.match(seen, /<<< TLS 1\.3, Alert \[length 0002\], warning close_notify/);
});

test('with TLS the server may listen where others can reach it', async (t) => {
  const identity = await makeIdentity(await temporaryFolder(t));
  const flags = ['--tls-certificate', identity.certificate, '--tls-key', identity.key];
  const server = await Server.start(t, { flags, listen: '0.0.0.0:0' });
  assert.match(server.run.url, /^https:\/\/0\.0\.0\.0:/);
});

test('an upload longer than --max-upload-size is answered 413, and none is kept', async (t) => {
  const sandbox = await Sandbox.start(t);
  const server = await Server.start(t, { flags: ['--max-upload-size', '64KiB'] });
  const instance = await server.connect(sandbox);
  await assert.rejects(instance.upload(`email\n${'a@example.com\n'.repeat(10_000)}`), /413|longer than 65536 bytes/);
  assert.deepEqual((await instance.call('/bulk/jobs')).body, []);
  assert.equal((await instance.load('email\na@example.com\n')).outcomes.created, 1);
});

test('what is wrong with the certificate or its key is said, and no data folder is made', async (t) => {
  const folder = await temporaryFolder(t);
  const good = await makeIdentity(folder);
  const other = await makeIdentity(folder, 'other');
  const open = await makeIdentity(folder, 'open');
  await chmod(open.key, 0o640);
  const missing = join(folder, 'missing');
  const wrong = [
    [['--tls-certificate', good.certificate], /the key is missing\n.*--tls-key FILE/],
    [['--tls-key', good.key], /the certificate is missing\n.*--tls-certificate FILE/],
    [['--tls-certificate', missing, '--tls-key', good.key], /missing: No such file/],
    [['--tls-certificate', good.certificate, '--tls-key', missing], /missing cannot be read: No such file/],
    [['--tls-certificate', open.certificate, '--tls-key', open.key], /open\.key holds secrets.*\nchmod 600 /],
    [['--tls-certificate', good.certificate, '--tls-key', other.key], /other\.key does not belong to the certificate/],
  ];
  const data = join(folder, 'data');
  for (const [flags, words] of wrong) {
    const { code, err } = await runCommand(['serve', '--data', data, '--listen', '127.0.0.1:0', ...flags], {});
    assert.notEqual(code, 0);
    assert.match(err, words);
  }
  await assert.rejects(readFile(join(data, 'admin.json')), { code: 'ENOENT' });
});
