// Receivers of callbacks that answer without end, too much, too slowly or not at all: what is read of them is bounded, and
// nobody else waits for them.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';

import { hostileAnswers } from './hostile_bytes.mjs';
import { Sandbox, Server, startReceiver } from './rowcall.mjs';

const noRows = 'email,name\n';
const tooMuch = /without end|gigabytes|bomb|huge/;

/** Reads a request and answers so. Tells how each connection went. */
async function startHostile(t, answer) {
  const visits = [];
  const server = createServer((socket) => {
    const visit = { socket, began: Date.now() };
    visit.closed = new Promise((resolve) => socket.once('close', resolve)).then(() => { visit.ended = Date.now(); });
    visits.push(visit);
    socket.on('error', () => {}); // it is the caller who ends it
    socket.once('data', () => answer(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    visits.forEach(({ socket }) => socket.destroy());
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}/`, visits };
}

test('no receiver is read for longer than 20 s or further than 64 KiB, and the others get their notices', async (t) => {
  const sandbox = await Sandbox.start(t);
  const server = await Server.start(t);
  const instance = await server.connect(sandbox);
  await instance.load(noRows);
  const before = await server.run.peakMiB();

  const receivers = [];
  for (const [kind, answer] of Object.entries(hostileAnswers)) {
    const receiver = await startHostile(t, answer);
    receivers.push({ kind, receiver, job: await instance.upload(noRows, { callback: receiver.url }) });
  }
  const good = await startReceiver(t);
  const goodJob = await instance.upload(noRows, { callback: good.url });
  assert.equal(JSON.parse((await good.first()).body).id, goodJob);

  for (const { kind, receiver, job } of receivers) {
    await server.run.logged(new RegExp(`"event":"callback_failed","job":${job},"attempt":1,"note":"no whole answer: `)).catch((error) =>
      assert.fail(`${kind}: ${error.message}\n${server.run.log}`));
    const [visit] = receiver.visits;
    await visit.closed;
    assert.ok(visit.ended - visit.began < 25_000, `${kind}: held for ${visit.ended - visit.began} ms`);
    // Too much is noticed as it comes, not when the time is over. How much was written tells nothing: buffers take it.
    if (tooMuch.test(kind)) assert.ok(visit.ended - visit.began < 15_000, `${kind}: ${visit.ended - visit.began} ms`);
  }
  await server.run.assertNotGrown(before, 32);
});
