// A thousand clients that hold connections open with as little as possible, of the kinds that slowhttptest knows, beside
// one healthy client. How long that one waits is printed; the bound asserted is generous, since the machine is shared.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { Server, until } from './rowcall.mjs';

const crowdSize = 1000;
const measured = 2000; // ms
const bound = 5000; // ms

/** Connections that stand until the test's end; `greet(socket)` begins each. */
class Crowd {
  static async gather(t, port, size, greet) {
    const crowd = new Crowd();
    crowd.open = 0;
    crowd.sockets = [];
    await Promise.all(Array.from({ length: size }, () => crowd.#join(port, greet)));
    return crowd;
  }

  #join(port, greet) {
    return new Promise((resolve) => {
      const socket = net.connect({ port, host: '127.0.0.1' });
      this.sockets.push(socket);
      socket.on('error', () => {}); // the server may cut it
      socket.once('close', () => this.open--);
      socket.once('connect', () => {
        this.open++;
        greet(socket);
        resolve();
      });
    });
  }

  each = (act) => this.sockets.forEach((socket) => socket.writable && act(socket));

  /** Ends when all are closed. */
  async leave() {
    this.sockets.forEach((socket) => socket.destroy());
    await until('the crowd has left', () => this.open === 0);
  }
}

/** One request on a connection of its own; answers how long it took, in ms. */
function ask(port) {
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path: '/healthz', agent: false }, (answer) => {
      assert.equal(answer.statusCode, 200);
      answer.resume();
      answer.once('end', () => resolve(performance.now() - begin));
    });
    request.once('error', reject);
  });
}

/** Asks for a while, with `drip` once a second; prints what it found. */
async function measure(t, port, drip) {
  const dripping = setInterval(drip, 1000);
  t.after(() => clearInterval(dripping));
  const times = [];
  for (const end = Date.now() + measured; Date.now() < end; await pause(5)) times.push(await ask(port));
  clearInterval(dripping);
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor((times.length - 1) * share)].toFixed(1);
  t.diagnostic(`${times.length} healthy requests: median ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`);
  assert.ok(times.at(-1) < bound, `a healthy request took ${at(1)} ms`);
}

/** How many of the server's connections hold bytes that their clients do not take. */
function waitingAnswers(port) {
  const own = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  // Not the asynchronous readFile: that of Debian's Node.js 18 ends at the first page.
  const lines = readFileSync('/proc/net/tcp', 'utf8').trimEnd().split('\n').slice(1);
  return lines.map((line) => line.trim().split(/\s+/))
    .filter(([, local, , , queues]) => local.endsWith(own) && !queues.startsWith('00000000:')).length;
}

const portOf = (server) => Number(new URL(server.run.url).port);

test('a thousand slow headers do not hold up a healthy client', async (t) => {
  const port = portOf(await Server.start(t));
  const crowd = await Crowd.gather(t, port, crowdSize, (socket) => socket.write('GET /healthz HTTP/1.1\r\nHost: h\r\n'));
  await measure(t, port, () => crowd.each((socket) => socket.write('X: y\r\n')));
  assert.equal(crowd.open, crowdSize);
  await crowd.leave();
});

test('a thousand slow bodies do not hold up a healthy client', async (t) => {
  const server = await Server.start(t);
  const signIn = `Authorization: User ${server.user}, Organization ${server.organization}\r\n`;
  const head = `POST /elements/api-v2/instances HTTP/1.1\r\nHost: h\r\n${signIn}Content-Length: 4096\r\n\r\n{`;
  const crowd = await Crowd.gather(t, portOf(server), crowdSize, (socket) => socket.write(head));
  await measure(t, portOf(server), () => crowd.each((socket) => socket.write(' ')));
  assert.equal(crowd.open, crowdSize);
  await crowd.leave();
});

test('a thousand that do not read their answers do not hold up a healthy client', async (t) => {
  const port = portOf(await Server.start(t));
  const request = 'GET /openapi.json HTTP/1.1\r\nHost: h\r\n\r\n';
  const crowd = await Crowd.gather(t, port, crowdSize, (socket) => {
    socket.pause();
    socket.write(request.repeat(4));
  });
  // On a slow machine the first ones are cut, as they should be, before the last ones have their answers.
  await until('the answers stand in the system’s queues', () => waitingAnswers(port) >= crowd.open * 0.9);
  await measure(t, port, () => {});
  await crowd.leave();
});

test('more connections than descriptors: the server keeps some for itself, and serves the next when these are gone', async (t) => {
  const descriptors = 300;
  const server = await Server.start(t, { under: ['prlimit', `--nofile=${descriptors}`] });
  const crowd = await Crowd.gather(t, portOf(server), 2 * descriptors, (socket) => socket.write('GET /healthz'));
  const used = async () => (await readdir(`/proc/${server.run.child.pid}/fd`)).length;
  await until('the server has taken as many as it wants', async () => (await used()) > descriptors / 2, 5);
  assert.ok((await used()) < descriptors - 50, `${await used()} descriptors are in use`);
  await crowd.leave();
  assert.ok((await ask(portOf(server))) < bound);
  assert.doesNotMatch(server.run.log, /accept_failed/);
});
