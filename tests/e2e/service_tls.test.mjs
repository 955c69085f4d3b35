// A service whose certificate or TLS cannot be trusted is sent nothing. The job says why and waits; no row fails for it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { request as send } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { Sandbox, Server, temporaryFolder, until } from './rowcall.mjs';

/** Makes keys and certificates with openssl, in a folder of its own. */
class Authority {
  static async create(t, name) {
    const authority = new Authority();
    authority.folder = await temporaryFolder(t);
    authority.file = authority.path('authority.pem');
    await authority.openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout',
                            authority.path('authority.key'), '-out', authority.file, '-subj', `/CN=${name}`, '-days', '2');
    return authority;
  }

  path = (name) => join(this.folder, name);
  openssl = (...args) => promisify(execFile)('openssl', args);

  /** What a TLS server needs to be `names`. */
  async certify(names, days = '2') {
    const [key, order, made, extensions] = ['leaf.key', 'leaf.csr', 'leaf.pem', 'extensions'].map(this.path);
    await this.openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', order,
                       '-subj', '/CN=service');
    await writeFile(extensions, `subjectAltName=${names}\n`);
    await this.openssl('x509', '-req', '-in', order, '-CA', this.file, '-CAkey', this.path('authority.key'), '-CAcreateserial',
                       '-days', days, '-extfile', extensions, '-out', made);
    return { key: await readFile(key), cert: await readFile(made) };
  }

  /** Signed by nobody but itself. */
  async selfSigned(names) {
    const [key, made] = ['self.key', 'self.pem'].map(this.path);
    await this.openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out',
                       made, '-subj', '/CN=service', '-addext', `subjectAltName=${names}`, '-days', '2');
    return { key: await readFile(key), cert: await readFile(made) };
  }
}

/** The stand-in behind TLS. Counts the requests that come through. */
async function startTls(t, sandbox, credentials) {
  const service = { requests: 0 };
  const server = createServer(credentials, (request, answer) => {
    service.requests += 1;
    const onward = send(sandbox.url + request.url, { method: request.method, headers: request.headers }, (got) => {
      answer.writeHead(got.statusCode, got.rawHeaders);
      got.pipe(answer);
    });
    request.pipe(onward);
  });
  const sockets = new Set();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  service.url = `https://127.0.0.1:${server.address().port}`;
  service.become = (next) => {
    server.setSecureContext(next);
    for (const socket of sockets) socket.destroy(); // also those in the middle of a handshake with the one before
  };
  return service;
}

const oldTls = { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' };
const here = 'IP:127.0.0.1';

/** Name → [credentials, what the status must say of them]. */
const faults = async (trusted, stranger) => ({
  'an expired certificate': [await trusted.certify(here, '-1'), /its certificate was refused: certificate has expired/],
  'a certificate of another host': [await trusted.certify('DNS:other.example,IP:127.0.0.2'), /IP address mismatch/],
  'a self-signed certificate': [await trusted.selfSigned(here), /self-signed certificate/],
  'an authority that nobody knows': [await stranger.certify(here), /unable to get local issuer certificate/],
  'TLS 1.0 alone': [{ ...(await trusted.certify(here)), ...oldTls }, /TLS failed: .*protocol version/],
});

test('each fault of the service’s TLS is named in waitReason, nothing is sent, and no row is lost or failed for it', async (t) => {
  const trusted = await Authority.create(t, 'trusted');
  const stranger = await Authority.create(t, 'stranger');
  const good = await trusted.certify(here);
  const sandbox = await Sandbox.start(t);
  const service = await startTls(t, sandbox, good);
  const server = await Server.start(t, { env: { SSL_CERT_FILE: trusted.file } });
  const instance = await server.connect(service);
  const wanted = [];
  for (const [fault, [credentials, words]] of Object.entries(await faults(trusted, stranger))) {
    service.become(credentials);
    const before = service.requests;
    const emails = [1, 2, 3].map((i) => `${wanted.length + i}@example.com`);
    const job = await instance.upload(`email\n${emails.join('\n')}\n`);
    await until(`${fault} is named`, async () => words.test((await instance.status(job)).waitReason)).catch(async (error) =>
      assert.fail(`${error.message}: ${JSON.stringify(await instance.status(job))}`));
    const waiting = await instance.status(job);
    assert.deepEqual([waiting.status, waiting.recordsFailedCount, service.requests - before], ['CREATED', 0, 0], fault);
    assert.equal((await server.tryToConnect(service.url)).status, 502, fault);
    assert.equal(service.requests, before, fault);

    service.become(good);
    const status = await instance.finished(job);
    assert.deepEqual([status.status, status.outcomes.created, status.waitReason ?? ''], ['COMPLETED', 3, ''], fault);
    wanted.push(...emails);
  }
  assert.deepEqual((await sandbox.people()).map(({ email }) => email), wanted.sort());
});

test('a certificate that expires in the middle of a load stops it there, and the load goes on with a new one', async (t) => {
  const trusted = await Authority.create(t, 'trusted');
  const good = await trusted.certify(here);
  const expired = await trusted.certify(here, '-1');
  const sandbox = await Sandbox.start(t, '--latency', '20ms');
  const service = await startTls(t, sandbox, good);
  const server = await Server.start(t, { env: { SSL_CERT_FILE: trusted.file } });
  const instance = await server.connect(service);
  const emails = Array.from({ length: 2000 }, (_, i) => `${i}@example.com`);  // more than are loaded while the test looks away
  const before = service.requests;
  const job = await instance.upload(`email\n${emails.join('\n')}\n`);
  await until('some rows are loaded', () => service.requests - before > 20);
  service.become(expired);
  await until('the fault is named', async () => /certificate has expired/.test((await instance.status(job)).waitReason));
  const waiting = await instance.status(job);
  assert.deepEqual([waiting.status, waiting.recordsFailedCount], ['RUNNING', 0]);

  service.become(good);
  const status = await instance.finished(job);
  assert.deepEqual([status.status, status.outcomes.created], ['COMPLETED', emails.length]);
  assert.deepEqual((await sandbox.people()).map(({ email }) => email), emails.sort());
});
