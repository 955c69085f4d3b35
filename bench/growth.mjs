// node growth.mjs PROGRAM SINK DATA SMALL BIG: loads SMALL five times and BIG once, with one server on the folder DATA. In
// the last tenth of BIG the server is killed five times and started again. Prints one line of JSON.
import {execFileSync, spawn} from 'node:child_process';
import {readFileSync, statSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {request} from 'undici';
import {callsSoFar, cpuSeconds} from './counters.mjs';
import {goesOn, Jobs} from './jobs.mjs';

const ROUNDS = 5;
const DEADLINE = 30;

const [program, sink, data, small, big] = process.argv.slice(2);
const seconds = () => performance.now() / 1000;
const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

class Server {
  cpuOfDead = 0;
  peakKiB = 0;

  async start() {
    this.startedAt = seconds();
    const options = ['serve', '--data', data, '--listen', '127.0.0.1:0', '--allow-egress', '127.0.0.1/32'];
    this.child = spawn(program, options, {stdio: ['ignore', 'pipe', 'ignore']});
    const url = await new Promise((resolve, reject) => {
      let said = '';
      this.child.on('exit', (code) => reject(new Error(`the server ended with ${code}`)));
      this.child.stdout.on('data', (text) => {
        said += text;
        const listens = /^listening on (http:\S+)/m.exec(said);
        if (listens) resolve(listens[1]);
      });
    });
    this.child.removeAllListeners('exit');
    this.api = `${url}/elements/api-v2`;
  }

  /** CPU time of this process, and of those before it that were killed. */
  cpuSeconds() {
    return this.cpuOfDead + cpuSeconds(this.child.pid);
  }

  notePeak() {
    this.peakKiB = Math.max(this.peakKiB, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${this.child.pid}/status`))[1]));
  }

  async end(signal) {
    this.notePeak();
    this.cpuOfDead = this.cpuSeconds();
    const ended = new Promise((resolve) => this.child.on('exit', resolve));
    this.child.kill(signal);
    await ended;
  }

  async ask(path, options = {}) {
    const {statusCode, body} = await request(this.api + path, {...options, headers: {...this.signIn, ...options.headers}});
    if (statusCode !== 200) throw new Error(`${path} was answered ${statusCode}: ${await body.text()}`);
    return body.json();
  }

  async connect() {
    const {user, organization} = JSON.parse(readFileSync(`${data}/admin.json`));
    this.signIn = {authorization: `User ${user}, Organization ${organization}`};
    // The sink keeps nothing, so it could not show whether it takes an e-mail twice.
    const configuration = {'oauth.user.token': 'sandbox-token', 'base.url': sink, 'email.unique': 'yes'};
    const {token} = await this.ask('/instances', {
      method: 'POST', headers: {'content-type': 'application/json'},
      body: JSON.stringify({element: {key: 'intercom'}, name: 'bench', configuration}),
    });
    this.signIn = {authorization: `Element ${token}, User ${user}`};
  }

  get jobs() { return new Jobs(this.api, this.signIn.authorization); }

  /** Until that many of the job's rows are done, or it has ended. */
  async until(job, rows) {
    for (;;) {
      const status = await this.jobs.status(job);
      const done = Object.values(status.outcomes).reduce((sum, one) => sum + one, 0);
      if (!goesOn(status) || done >= rows) return {...status, done};
      await sleep(rows - done > 200_000 ? 1000 : 20);
    }
  }

  /** Killed and started again: how long it takes, from the start on, until it calls the service for a row. */
  async recover() {
    await this.end('SIGKILL');
    const before = await callsSoFar(sink);
    await this.start();
    // Two calls are the connection test's and the question which fields there are.
    while ((await callsSoFar(sink)) < before + 3) {
      if (seconds() - this.startedAt > DEADLINE) throw new Error('it does not go on');
      await sleep(5);
    }
    return seconds() - this.startedAt;
  }
}

async function load(server, file, rows, moments) {
  const cpuBefore = server.cpuSeconds();
  const began = seconds();
  const job = server.jobs.upload(file);
  const recoveries = [];
  for (const moment of moments) {
    await server.until(job, moment);
    recoveries.push(await server.recover());
  }
  const status = await server.until(job, Infinity);
  const lines = rows === status.recordsCount && status.status === 'COMPLETED' && status.outcomes.created === rows;
  if (!lines) throw new Error(`not every row was created: ${JSON.stringify(status)}`);
  return {microseconds: ((server.cpuSeconds() - cpuBefore) / rows) * 1e6, seconds: seconds() - began, recoveries};
}

const rowsOf = (file) => Number(execFileSync('wc', ['-l', file]).toString().split(' ')[0]) - 1;
const server = new Server();
await server.start();
await server.connect();
const smallRows = rowsOf(small);
const smalls = [];
for (let round = 0; round < ROUNDS; round++) smalls.push(await load(server, small, smallRows, []));
server.notePeak();
const smallPeakKiB = server.peakKiB;
const bytesBefore = statSync(`${data}/ledger.db`).size;
const bigRows = rowsOf(big);
const moments = Array.from({length: ROUNDS}, (_, i) => Math.floor(bigRows * (0.9 + 0.015 * i)));
const one = await load(server, big, bigRows, moments);
await server.end('SIGTERM');
const ledgerBytes = statSync(`${data}/ledger.db`).size - bytesBefore;
console.log(JSON.stringify({
  smallRows, bigRows,
  smallMicroseconds: median(smalls.map((each) => each.microseconds)), bigMicroseconds: one.microseconds,
  bigSeconds: one.seconds, smallPeakKiB, peakKiB: server.peakKiB,
  recoverySeconds: one.recoveries, bytesPerRow: ledgerBytes / bigRows,
}));
