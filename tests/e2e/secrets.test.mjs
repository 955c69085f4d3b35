// Canaries: secrets and people's data that are found nowhere but where they are meant to be, whatever goes wrong on the
// way, a service that repeats what it was sent included.

import assert from 'node:assert/strict';
import { lstat, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';

import { Sandbox, Server, impatientConnectors, runCommand, startReceiver, temporaryFolder, until } from './rowcall.mjs';

const vendorToken = 'tok-canary-5f1e0c7a9b';
const wrongToken = 'tok-canary-wrong-77aa';
const signatureKey = 'key-canary-2b8d6e4f10';
const person = { email: 'canary.person@example.com', name: 'Canary Wilhelmina', phone: '+15550142857' };

/**
 * A service that repeats in its errors whatever it was sent, in front of the stand-in. It refuses all that holds the
 * word "refuse-me". While an operation is held ("POST /contacts"), its answers wait.
 */
class EchoingService {
  static async start(t, sandbox) {
    const service = new EchoingService();
    service.sandbox = sandbox;
    service.held = { operation: '', released: null, count: 0 };
    const server = createServer((request, answer) => service.answer(request, answer));
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    service.url = `http://127.0.0.1:${server.address().port}`;
    return service;
  }

  async answer(request, answer) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces).toString('utf8');
    const operation = `${request.method} ${request.url}`;
    if (operation === this.held.operation) {
      this.held.count++;
      await this.held.released;
    }
    const real = body.includes('refuse-me') ? null : await this.ask(request, body);
    if (real && real.status !== 401) {
      answer.writeHead(real.status, { date: real.headers.get('date'), 'content-type': 'application/json' });
      answer.end(await real.text());
      return;
    }
    const { authorization } = request.headers;
    answer.writeHead(real ? 401 : 400, { 'x-request-id': authorization, 'x-echo': authorization });
    answer.end(JSON.stringify({
      type: 'error.list',
      request_id: authorization,
      errors: [{ code: authorization.slice('Bearer '.length), message: `${operation} with ${authorization}: ${body}` }],
    }));
  }

  ask({ method, url, headers }, body) {
    const { authorization, accept, 'intercom-version': version } = headers;
    return fetch(this.sandbox.url + url, {
      method,
      headers: { authorization, accept, 'intercom-version': version, 'content-type': 'application/json' },
      body: body || undefined,
    });
  }

  /** Holds an operation until `work` has ended, which is called with what `begin` gave once a first call waits. */
  async holding(operation, begin, work) {
    let release;
    this.held = { operation, released: new Promise((resolve) => (release = resolve)), count: 0 };
    try {
      const begun = begin();
      await until(`${operation} is called`, () => this.held.count > 0);
      await work(begun);
      return { begun }; // not awaited here: it may end only after the release
    } finally {
      this.held.operation = '';
      release();
    }
  }
}

/** A secret as it may stand somewhere. */
const formsOf = (secret) => [
  secret, Buffer.from(secret).toString('base64').replace(/=+$/, ''), Buffer.from(secret).toString('hex')];

/** Fails if one of `words`, {name: text}, is in one of `texts`, {place: string or Buffer}. Says where, not what. */
function assertNowhere(words, texts) {
  const found = [];
  for (const [place, text] of Object.entries(texts)) {
    for (const [name, word] of Object.entries(words)) {
      if (formsOf(word).some((form) => text.includes(form))) found.push(`${name} in ${place}`);
    }
  }
  assert.deepEqual(found, []);
}

/** Every file and folder below `folder`, itself included: [{path, isFolder, mode}]. */
async function walk(folder) {
  const found = [{ path: folder, isFolder: true, mode: (await lstat(folder)).mode & 0o777 }];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await walk(path)));
    else found.push({ path, isFolder: false, mode: (await lstat(path)).mode & 0o777 });
  }
  return found;
}

/** {path: bytes} of every file below `folder`, but for those that are meant to hold secrets. */
async function filesBelow(folder, meantToHold) {
  const files = (await walk(folder)).filter(({ path, isFolder }) => !isFolder && !meantToHold.includes(path));
  return Object.fromEntries(await Promise.all(files.map(async ({ path }) => [path, await readFile(path)])));
}

/** What comes first of an answer that goes on as long as a job does. */
async function firstPiece(answer) {
  const reader = answer.body.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return new TextDecoder().decode(value);
}

/** What everybody on this machine may see of a process. */
const commandLine = (pid) => readFile(`/proc/${pid}/cmdline`, 'utf8');

/** One user's machine, with all that can be read of it afterwards. */
class Machine {
  static async start(t) {
    const machine = new Machine();
    machine.sandbox = await Sandbox.start(t, '--rate-limit', '1000000');
    await machine.sandbox.accept(vendorToken);
    machine.service = await EchoingService.start(t, machine.sandbox);
    machine.receiver = await startReceiver(t);
    // A row in doubt waits for the search no longer than a second.
    const connectors = await impatientConnectors(t, '12s');
    machine.server = await Server.start(t, { connectors, flags: ['--log-level', 'debug'] });
    machine.admin = join(machine.server.data, 'admin.json');
    machine.folder = await temporaryFolder(t);
    machine.config = join(machine.folder, 'config');
    machine.known = join(machine.config, 'rowcall', 'instances.json');
    machine.written = {}; // by commands
    machine.lines = {}; // of processes
    machine.logs = {}; // of servers
    return machine;
  }

  async file(name, text) {
    const path = join(this.folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  }

  /** Runs a command, and keeps what it writes. */
  async rowcall(name, args, { code = 0, env = {}, ...options } = {}) {
    const variables = { XDG_CONFIG_HOME: this.config, ROWCALL_SERVER: this.server.run.url, ...env };
    const { out, err, code: found } = await runCommand(args, variables, options);
    Object.assign(this.written, { [`output of ${name}`]: out, [`messages of ${name}`]: err });
    assert.equal(found, code, `${name}: ${err}`);
    return { out, err };
  }

  connect(name, place, options) {
    return this.rowcall(`connect ${name}`, [
      'connect', 'intercom', '--name', name, '--credentials', this.admin, '--set', `base.url=${this.service.url}`,
      '--secret', `oauth.user.token=${place}`,
      '--secret', `event.notification.signature.key=@${join(this.folder, 'key')}`], options);
  }

  /** Sends the file of people; answers the job's id. */
  async upload() {
    const { out } = await this.rowcall('upload', ['upload', 'contact', join(this.folder, 'people.csv'), '--no-wait']);
    return out.trim();
  }

  instances = async () => JSON.parse(await readFile(this.known, 'utf8')).instances;

  async killServer() {
    await this.server.kill();
    this.keepLog();
    await this.server.startAgain();
  }
  keepLog() {
    this.logs[`log ${Object.keys(this.logs).length + 1}`] = this.server.run.log;
  }

  /** What every GET of the API answers, with its headers, for these jobs: {"200 GET /path of value": text}. */
  async crawl(jobs) {
    const base = `${this.server.run.url}/elements/api-v2`;
    const { paths } = await (await fetch(`${base}/openapi.json`)).json();
    const instances = await this.instances();
    const ofPlatform = `User ${this.server.user}, Organization ${this.server.organization}`;
    const ofInstance = `Element ${instances.at(-1).token}, User ${this.server.user}`;
    await fetch(`${base}/mappings/people`, { // refused while the token is: the service's fields cannot be asked for
      method: 'PUT',
      headers: { Authorization: ofInstance, 'Content-Type': 'application/json' },
      body: JSON.stringify({ object: 'contact', mapping: { email: 'email' } }),
    });
    const texts = {};
    for (const path of Object.keys(paths).filter((one) => paths[one].get)) {
      const isPlatform = path.startsWith('/instances') || path.startsWith('/elements');
      const name = /\{[a-z]+\}/.exec(path)?.[0];
      const ids = isPlatform ? instances.map(({ id }) => id) : jobs;
      const values = { '{key}': ['intercom'], '{object}': ['contact', 'company'], '{id}': ids, '{name}': ['people'] }[name] ?? [''];
      for (const value of values) {
        const headers = { Authorization: isPlatform ? ofPlatform : ofInstance };
        const answer = await fetch(base + path.replace(name, value).replace('{file}', 'all.csv'), { headers });
        const isEndless = answer.headers.get('content-type') === 'text/event-stream';
        const text = await (isEndless ? firstPiece(answer) : answer.text());
        texts[`${answer.status} GET ${path} of ${value}`] = JSON.stringify([...answer.headers]) + text;
      }
    }
    return texts;
  }
}

test('no secret stands anywhere but where it is meant to, and no person in a log or a process list', async (t) => {
  const machine = await Machine.start(t);
  const { server, service, sandbox, receiver } = machine;
  await machine.file('key', signatureKey);
  await machine.file('token', `${vendorToken}\n`);
  await machine.file('people.csv', 'email,name,phone,title\n' +
    ['a', 'b'].map((i) => `${i}.${person.email},${person.name},${person.phone}${i === 'a' ? 1 : 2},\n`).join('') +
    `refused.${person.email},${person.name},${person.phone}3,refuse-me\n` +
    `not an e-mail of ${person.email},${person.name},,\n`);

  // Connect with the token from each place that it may come from. While the service is asked, others look.
  let child;
  const { begun: connected } = await service.holding('GET /me',
    () => machine.connect('from-env', 'env:CANARY', { env: { CANARY: vendorToken }, started: (one) => (child = one) }),
    async () => {
      machine.lines.connect = await commandLine(child.pid);
      machine.lines.serve = await commandLine(server.run.child.pid);
      assert.match(machine.lines.connect, /env:CANARY/);
      // A process's environment does hold the secret. The kernel shows it to the process's own user alone.
      assert.equal((await stat(`/proc/${child.pid}/environ`)).mode & 0o777, 0o400);
    });
  await connected;
  await machine.connect('from-input', '-', { input: `${vendorToken}\n` });
  const refused = await machine.connect('refused', 'env:CANARY', { code: 5, env: { CANARY: wrongToken } });
  assert.match(refused.err, /with Bearer \[secret\]/, 'the service’s words are shown, without the secret');
  await machine.connect('from-file', `@${join(machine.folder, 'token')}`);

  // A load of rows that are good, that the service refuses, and that we reject.
  const load = await machine.rowcall('a whole load', ['upload', 'contact', join(machine.folder, 'people.csv'), '--json',
    '--callback', receiver.url], { code: 3 });
  const jobs = [JSON.parse(load.out.trimEnd().split('\n').at(-1)).id];
  const notice = await receiver.first();
  assert.ok(notice.headers['elements-webhook-signature']);
  assert.equal((await sandbox.people()).length, 2);

  // One job is cancelled, and in another the server is killed, while the service has a row and is silent.
  await service.holding('POST /contacts', () => machine.upload(), async (uploaded) => {
    jobs.push(await uploaded);
    await machine.rowcall('cancel', ['cancel', jobs.at(-1)]);
  });
  await service.holding('POST /contacts', () => machine.upload(), async (uploaded) => {
    jobs.push(await uploaded);
    await machine.killServer();
  });
  await machine.rowcall('watch after the kill', ['watch', jobs.at(-1)], { code: 3 });

  // The token is revoked, and the service repeats it in its refusal.
  await sandbox.accept('tok-another-one');
  jobs.push(await machine.upload());
  await until('the job waits', async () => {
    const { out } = await machine.rowcall('status of one that waits', ['status', jobs.at(-1)]);
    return /^Waits: sign-in refused: .*with Bearer \[secret\]/m.test(out);
  });
  const whileRefused = await machine.crawl(jobs);
  assert.ok(Object.keys(whileRefused).some((call) => call.startsWith('502 GET /objects/')), Object.keys(whileRefused));
  await machine.rowcall('cancel one that waits', ['cancel', jobs.at(-1)]);
  await sandbox.accept(vendorToken);

  for (const args of [['objects'], ['fields', 'contact'], ['jobs'], ['jobs', '--json'], ['rows', jobs[0]]]) {
    await machine.rowcall(args.join(' '), args);
  }
  const rows = await machine.rowcall('rows as JSON', ['rows', jobs[0], '--json']);
  assert.match(rows.out, /with Bearer \[secret\]/, 'the reason was kept, without the secret');
  for (const args of [['status', jobs[0]], ['watch', jobs[0]]]) await machine.rowcall(args[0], args, { code: 3 });
  const crawled = await machine.crawl(jobs);
  // Of the last job's file nothing was read.
  assert.deepEqual(Object.keys(crawled).filter((call) => !call.startsWith('200 ')), ['results/{file}', 'undo'].map((path) => `409 GET /bulk/{id}/${path} of ${jobs.at(-1)}`));

  const sealingKeys = join(server.data, 'keys');
  const secrets = { vendorToken, wrongToken, signatureKey, user: server.user, organization: server.organization,
                    'the sealing key': (await readFile(sealingKeys, 'utf8')).trim() };
  for (const { name, token, webhookSecret } of await machine.instances()) {
    Object.assign(secrets, { [`token of ${name}`]: token, [`webhook secret of ${name}`]: webhookSecret });
  }
  assert.equal(Object.keys(secrets).length, 6 + 3 * 2);
  const meant = [machine.admin, machine.known, sealingKeys];
  for (const path of meant) assert.equal((await stat(path)).mode & 0o777, 0o600, path);

  // While the server runs, with its write-ahead logs; and when it has ended.
  const stored = { ...await filesBelow(server.data, meant), ...await filesBelow(machine.config, meant) };
  assert.ok(Object.keys(stored).some((path) => path.endsWith('catalogue.db-wal')));
  assert.ok(Object.values(stored).some((bytes) => bytes.includes(person.email)), 'the search finds what is there');
  await server.stop();
  machine.keepLog();
  const { logs, lines, written } = machine;
  const told = { ...logs, ...lines, ...written, ...whileRefused, ...crawled, notice: notice.body };
  assertNowhere(secrets, { ...stored, ...told });
  assertNowhere(secrets, await filesBelow(server.data, meant));
  assertNowhere(person, { ...logs, ...lines });
});

for (const umask of ['022', '000']) {
  test(`under umask ${umask} everything that is written belongs to its user alone`, async (t) => {
    const sandbox = await Sandbox.start(t);
    const receiver = await startReceiver(t);
    const server = await Server.start(t, { umask });
    const instance = await server.connect(sandbox);
    await instance.load('email,name\nann@example.com,Ann\nno e-mail,Bob\n', { callback: receiver.url });
    await receiver.first();
    const config = join(await temporaryFolder(t), 'config');
    const connect = [
      'connect', 'intercom', '--server', server.run.url, '--credentials', join(server.data, 'admin.json'),
      '--set', `base.url=${sandbox.url}`, '--secret', 'oauth.user.token=-'];
    const { code, err } = await runCommand(connect, { XDG_CONFIG_HOME: config }, { input: 'sandbox-token', umask });
    assert.equal(code, 0, err);
    const wrong = (all) => all.filter(({ isFolder, mode }) => mode !== (isFolder ? 0o700 : 0o600));
    const running = await walk(server.data);
    for (const name of ['ledger.db-wal', 'catalogue.db-shm', 'lock', 'keys', 'admin.json']) {
      assert.ok(running.some(({ path }) => path.endsWith(name)), name);
    }
    assert.deepEqual(wrong([...running, ...await walk(config)]), []);
    await server.kill();
    await server.startAgain();
    assert.deepEqual(wrong(await walk(server.data)), []);
  });
}
