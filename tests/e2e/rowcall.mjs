// Drives the real program from outside: starts the server and the stand-in on free ports, speaks their HTTP, stops them
// by process id. What a test believes is always the stand-in's own truth, never what Rowcall says of itself.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { cp, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = process.env.ROWCALL;
assert.ok(program, 'ROWCALL names the program under test, e.g. build/dev/rowcall');

const root = fileURLToPath(new URL('../..', import.meta.url));
export const samplePath = join(root, 'tests/sample.csv');

/** A folder that is gone after the test. */
export async function temporaryFolder(t) {
  const folder = await mkdtemp(join(tmpdir(), 'rowcall-e2e-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A copy of the connectors that a test may change. */
export async function copyOfConnectors(t) {
  const folder = await temporaryFolder(t);
  await cp(join(root, 'connectors'), folder, { recursive: true });
  return folder;
}

/**
 * A copy of the connectors whose calls are given up after two seconds, and can have no late effect a second later: so
 * slowness is tested quickly, and a row waits no longer for one that has the same key.
 */
export async function impatientConnectors(t, deadline = '2s') {
  const folder = await copyOfConnectors(t);
  const file = join(folder, 'intercom/connector.yaml');
  const text = await readFile(file, 'utf8');
  const changed = text.replace(/^deadline: .*$/m, `deadline: ${deadline}`).replace(/^late: .*$/m, 'late: 1s')
    .replace(/^search_lag: .*$/m, 'search_lag: 1s');
  assert.notEqual(changed, text);
  await writeFile(file, changed);
  return folder;
}

/** Asks again and again until `check` gives something, and gives that. */
export async function until(what, check, seconds = 60) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await check();
    if (found) return found;
    assert.ok(Date.now() < deadline, `${seconds} s have passed, and still not: ${what}`);
    await pause(20);
  }
}

/** What runs a command under a umask, e.g. '022'; nothing if none is named. */
const underUmask = (umask) => (umask ? ['sh', '-c', `umask ${umask} && exec "$0" "$@"`] : []);

/** One run of the program, from its "listening on" line to its end. */
class Run {
  static async start(args, { listen = '127.0.0.1:0', under = [], env = {} } = {}) {
    const run = new Run();
    run.folder = await mkdtemp(join(tmpdir(), 'rowcall-log-'));
    const where = args.includes('--listen') ? [] : ['--listen', listen];
    const [command, ...rest] = [...under, program, ...args, ...where];
    const stderr = await open(join(run.folder, 'log'), 'a');
    run.child = spawn(command, rest, { stdio: ['ignore', 'pipe', stderr.fd], env: { ...process.env, ...env } });
    run.ended = new Promise((resolve) => run.child.once('exit', (code, signal) => resolve({ code, signal })));
    await stderr.close();
    run.ended.then(() => run.keepLog());
    run.url = await new Promise((resolve, reject) => {
      run.child.stdout.on('data', (bytes) => {
        run.out += bytes;
        const line = /listening on (https?:\/\/\S+)/.exec(run.out);
        if (line) resolve(line[1]);
      });
      run.child.once('error', reject);
      run.ended.then(({ code, signal }) =>
        reject(new Error(`rowcall ${args[0]} ended (${signal ?? code}) before it listened:\n${run.log}`)));
    });
    return run;
  }

  out = '';
  errors = '';

  /** What it has written so far. Its log goes to a file: of a pipe that a busy test does not empty, lines are dropped. */
  get log() {
    if (this.folder) this.readLog();
    return this.out + this.errors;
  }

  readLog() {
    const file = join(this.folder, 'log');
    const { size } = statSync(file);
    if (size !== this.size) this.errors = readFileSync(file, 'utf8');
    this.size = size;
  }

  keepLog() {
    this.readLog();
    rmSync(this.folder, { recursive: true });
    this.folder = null;
  }

  /** SIGTERM, then waits for a clean end. */
  async stop() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGTERM');
    const { code, signal } = await this.ended;
    assert.deepEqual({ code, signal }, { code: 0, signal: null }, `the program did not end well:\n${this.log}`);
  }

  /** Waits until the program has logged this. */
  logged = (pattern, seconds) => until(`the log says ${pattern}`, () => pattern.test(this.log), seconds);

  /** The most memory that it ever held, in MiB. */
  async peakMiB() {
    const status = await readFile(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+([0-9]+) kB$/m.exec(status)[1]) / 1024;
  }

  /** Insists that it never held more than `most` MiB above `before`. A sanitizer keeps freed memory, so it is let off. */
  async assertNotGrown(before, most) {
    const grown = (await this.peakMiB()) - before;
    assert.ok(grown < most || process.env.ROWCALL_SANITIZE, `memory grew by ${grown} MiB`);
  }

  /** As a power failure would. */
  async kill() {
    this.child.kill('SIGKILL');
    const { signal } = await this.ended;
    assert.equal(signal, 'SIGKILL', `the program had ended by itself:\n${this.log}`);
  }
}

/**
 * Runs a command to its end; answers its exit code and what it wrote. Of ROWCALL_… it sees only what `env` says, on its
 * standard input `input`. `started` is called with the child process at once.
 */
export async function runCommand(args, env, { input = '', umask, started } = {}) {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ROWCALL_')));
  const [command, ...rest] = [...underUmask(umask), program, ...args];
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...inherited, ...env } });
  const run = { out: '', err: '' };
  child.stdin.on('error', () => {}); // a command need not read it
  child.stdin.end(input);
  child.stdout.on('data', (bytes) => (run.out += bytes));
  child.stderr.on('data', (bytes) => (run.err += bytes));
  started?.(child);
  run.code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return run;
}

async function getJson(url) {
  const answer = await fetch(url);
  assert.equal(answer.status, 200, url);
  return answer.json();
}

/** The stand-in, and its truth. */
export class Sandbox {
  static async start(t, ...args) {
    const sandbox = new Sandbox();
    const run = await Run.start(['sandbox', 'intercom', ...args]);
    t.after(() => run.stop());
    sandbox.url = run.url;
    return sandbox;
  }

  contacts = () => getJson(`${this.url}/_sandbox/contacts`);
  faultCounts = () => getJson(`${this.url}/_sandbox/faults`);
  companies = () => getJson(`${this.url}/_sandbox/companies`);
  requests = () => getJson(`${this.url}/_sandbox/requests`);

  /** The contacts reduced to what a CSV file says of people, in order of e-mail. */
  async people() {
    const people = (await this.contacts()).map((contact) => ({
      email: contact.email,
      name: contact.name,
      phone: contact.phone,
      title: contact.custom_attributes.title ?? null,
      signedUp: contact.signed_up_at,
      avatar: contact.avatar?.image_url ?? null,
      companies: contact.companies.data.map(({ name, website }) => ({ name, website: website ?? null })),
    }));
    return people.sort((a, b) => (a.email < b.email ? -1 : 1));
  }

  /** The stand-in's clock, in whole seconds, as the Date of its answers shows it. */
  async clock() {
    const answer = await fetch(`${this.url}/_sandbox/requests`);
    await answer.text();
    return Date.parse(answer.headers.get('date')) / 1000;
  }

  /** Contacts that are there already. */
  async add(contacts) {
    const answer = await fetch(`${this.url}/_sandbox/contacts`, { method: 'POST', body: JSON.stringify(contacts) });
    assert.equal(answer.status, 200, await answer.text());
  }

  /** From now on requests are struck as these rules say; src/sandbox/faults.h tells what a rule can be. */
  async faults(rules) {
    const answer = await fetch(`${this.url}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(rules) });
    assert.equal(answer.status, 200, await answer.text());
  }

  /** From now on this token is accepted and no other: those given out before are revoked. */
  async accept(token) {
    const answer = await fetch(`${this.url}/_sandbox/token`, { method: 'POST', body: JSON.stringify({ token }) });
    assert.equal(answer.status, 200, await answer.text());
  }

  /** A call of Intercom's own API, past Rowcall. */
  async call(method, path, body) {
    const answer = await fetch(this.url + path, {
      method,
      headers: { Authorization: 'Bearer sandbox-token', Accept: 'application/json', 'Content-Type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    assert.equal(answer.status, 200, await answer.clone().text());
    return answer.json();
  }
}

/** The server. Its data stays when it is killed, so it can be started again. `flags` are more of serve's own, `under` is
 *  a command that runs it. */
export class Server {
  /** `allow`: the addresses that it may call besides public ones; `env`: added to its environment; `folder`: where its
   *  data folder is made, a temporary one if none is named. */
  static async start(t, how) {
    const server = await Server.prepare(t, how);
    await server.startAgain();
    return server;
  }

  /** As start, but the program does not run yet. */
  static async prepare(t, { connectors, flags = [], listen, under, umask, logLevel, allow = '127.0.0.1/32', env, folder } = {}) {
    const server = new Server();
    server.how = { listen, under: under ?? underUmask(umask), env };
    server.data = join(folder ?? (await temporaryFolder(t)), 'data');
    server.args = ['serve', '--data', server.data, '--allow-egress', allow, ...flags];
    if (connectors) server.args.push('--connectors', connectors);
    if (logLevel) server.args.push('--log-level', logLevel);
    t.after(() => server.stop());
    return server;
  }

  async startAgain() {
    this.run = await Run.start(this.args, this.how);
    if (this.user) return;
    const admin = JSON.parse(await readFile(join(this.data, 'admin.json'), 'utf8'));
    this.user = admin.user;
    this.organization = admin.organization;
  }
  stop = async () => this.run?.stop();
  kill = () => this.run.kill();

  /**
   * Freezes it, and has another process go on with its data; answers the frozen one, which the test lets go on. While it
   * is in the midst of a commit nobody else can write: then it gets another moment.
   */
  async takeOver(t) {
    const frozen = this.run;
    for (let tries = 1; ; ++tries) {
      frozen.child.kill('SIGSTOP');
      try {
        await this.startAgain();
        break;
      } catch (error) {
        frozen.child.kill('SIGCONT');
        assert.match(String(error), /database is locked/);
        assert.ok(tries < 5, error);
        await pause(50);
      }
    }
    t.after(() => frozen.stop());
    return frozen;
  }

  /** Asks for an instance at the service at `url`, and gives the bare answer. */
  tryToConnect(url, configuration = {}) {
    return fetch(`${this.run.url}/elements/api-v2/instances`, {
      method: 'POST',
      headers: { Authorization: `User ${this.user}, Organization ${this.organization}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({
        element: { key: 'intercom' },
        name: 'test',
        configuration: { 'oauth.user.token': 'sandbox-token', 'base.url': url, ...configuration },
      }),
    });
  }

  /** Creates an instance; answers its Instance, whose `answer` is the whole answer. */
  async connect(sandbox, configuration = {}) {
    const answer = await this.tryToConnect(sandbox.url, configuration);
    assert.equal(answer.status, 200, await answer.clone().text());
    return new Instance(this, await answer.json());
  }

  /** An instance of which another server on the same data said this when it was created. */
  instanceOf = (answer) => new Instance(this, answer);
}

const openWords = new Set(['CREATED', 'RUNNING', 'CANCELLATION_PENDING']);

/** An instance, with the calls that its user makes. */
class Instance {
  constructor(server, answer) {
    this.server = server;
    this.answer = answer;
    this.signIn = { Authorization: `Element ${answer.token}, User ${server.user}` };
  }

  /** Changes settings; answers the whole answer of the server. */
  change(configuration) {
    const { server, answer } = this;
    return fetch(`${server.run.url}/elements/api-v2/instances/${answer.id}`, {
      method: 'PATCH',
      headers: { Authorization: `User ${server.user}, Organization ${server.organization}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ configuration }),
    });
  }

  /** Any call below the hub; fails unless the answer is 200. */
  async call(path, options = {}) {
    const answer = await fetch(`${this.server.run.url}/elements/api-v2/hubs/marketing${path}`, {
      ...options,
      headers: { ...this.signIn, ...options.headers },
    });
    assert.equal(answer.status, 200, `${path}: ${await answer.clone().text()}`);
    return { body: await answer.json(), headers: answer.headers };
  }

  /** Sends a file; answers the job's id. */
  async upload(csv, { metaData, callback } = {}) {
    const form = new FormData();
    form.set('file', new Blob([csv]), 'people.csv');
    if (metaData) form.set('metaData', JSON.stringify(metaData));
    const headers = callback ? { 'Elements-Async-Callback-Url': callback } : {};
    const { body } = await this.call('/bulk/contact', { method: 'POST', body: form, headers });
    assert.match(body.id, /^[0-9]+$/);
    assert.equal(body.status, 'CREATED');
    return body.id;
  }

  status = async (job) => (await this.call(`/bulk/${job}/status`)).body;

  /** Waits until the job has ended; answers its last status. */
  finished(job, seconds = 120) {
    return until(`job ${job} has ended`, async () => {
      const status = await this.status(job);
      return openWords.has(status.status) ? null : status;
    }, seconds);
  }

  /** Uploads, waits, and insists that the job is COMPLETED. */
  async load(csv, options) {
    const job = await this.upload(csv, options);
    const status = await this.finished(job);
    assert.equal(status.status, 'COMPLETED', JSON.stringify(status));
    return status;
  }

  /** The pages of a list, each as the array that it is. */
  async pages(path, pageSize) {
    const pages = [];
    let token = '';
    do {
      const next = token ? `&nextPage=${encodeURIComponent(token)}` : '';
      const { body, headers } = await this.call(`${path}?pageSize=${pageSize}${next}`);
      assert.equal(headers.get('Elements-Returned-Count'), String(body.length));
      pages.push(body);
      token = headers.get('Elements-Next-Page-Token');
    } while (token);
    return pages;
  }
  rows = async (job) => (await this.pages(`/bulk/${job}/rows`, 1000)).flat();
}

/** Receives callbacks and keeps them exactly: [{headers, body}]. */
export async function startReceiver(t) {
  const received = [];
  const server = createServer(async (request, answer) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    received.push({ headers: request.headers, body: Buffer.concat(pieces).toString('utf8') });
    answer.end();
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}/notice`, received,
           first: () => until('a callback has come', () => received[0]) };
}
