// A job's status as server-sent events: what a browser's EventSource, or curl -N, sees.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Sandbox, Server, until } from './rowcall.mjs';

const people = (rows) => `email\n${Array.from({ length: rows }, (_, i) => `p${i}@example.com`).join('\n')}\n`;

/** Opens the stream; answers the bare answer. */
const open = (instance, job, headers = {}) =>
  fetch(`${instance.server.run.url}/elements/api-v2/bulk/${job}/events`, { headers: { ...instance.signIn, ...headers } });

/** The events of an answer, as the standard reads them: {id, event, data}. */
async function* eventsOf(answer) {
  let text = '';
  for await (const bytes of answer.body.pipeThrough(new TextDecoderStream())) {
    text += bytes;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = { data: [] };
      for (const line of text.slice(0, end).split('\n')) {
        const [, field, value] = /^([a-z]*): ?(.*)$/.exec(line);
        if (field === 'data') event.data.push(value);
        else if (field) event[field] = value;
      }
      text = text.slice(end + 2);
      if (event.data.length > 0) yield { ...event, status: JSON.parse(event.data.join('\n')) };
    }
  }
  assert.equal(text, '', 'the stream ended within an event');
}

test('each event is a true status, newer than the one before, and the last says how the job ended', async (t) => {
  const sandbox = await Sandbox.start(t, '--rate-limit', '0', '--latency', '40ms');
  const server = await Server.start(t);
  const instance = await server.connect(sandbox);
  const job = await instance.upload(people(1500), { metaData: { note: 'its lines\nstand in the status', strict: false } });
  const answer = await open(instance, job);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/event-stream');
  const seen = [];
  for await (const { id, event, status } of eventsOf(answer)) {
    assert.equal(event, 'status');
    assert.equal(Number(id), status.revision);
    assert.ok(status.revision > (seen.at(-1)?.revision ?? 0), `${status.revision} is not newer`);
    const outcomes = Object.values(status.outcomes).reduce((sum, rows) => sum + rows, 0);
    assert.ok(outcomes <= status.recordsCount, JSON.stringify(status));
    seen.push(status);
  }
  assert.ok(seen.length >= 3, `only ${seen.length} events`);
  const { requestId, ...status } = await instance.status(job);
  assert.ok(requestId);
  assert.deepEqual(seen.at(-1), status);
  assert.equal(seen.at(-1).status, 'COMPLETED');
  assert.equal(seen.at(-1).outcomes.created, 1500);

  const revision = seen.at(-1).revision;
  assert.equal((await open(instance, job, { 'Last-Event-ID': String(revision) })).status, 204);
  const missed = [];
  for await (const event of eventsOf(await open(instance, job, { 'Last-Event-ID': String(revision - 1) }))) missed.push(event);
  assert.deepEqual(missed.map(({ status: { revision: newest } }) => newest), [revision]);
});

test('a client that follows a job does not hold up the server’s end', async (t) => {
  const sandbox = await Sandbox.start(t);
  const server = await Server.start(t);
  const instance = await server.connect(sandbox);
  const job = await instance.upload(people(50), { metaData: { canary: 5 } });
  await until('the canary is done', async () => (await instance.status(job)).paused);
  const answer = await open(instance, job);
  const events = eventsOf(answer);
  assert.equal((await events.next()).value.status.paused, true);
  const began = Date.now();
  await server.stop();
  assert.equal((await events.next()).done, true, 'the stream ends in good order');
  assert.ok(Date.now() - began < 8000, 'the server waited for the client');
});

test('nobody else follows a job', async (t) => {
  const sandbox = await Sandbox.start(t);
  const server = await Server.start(t);
  const one = await server.connect(sandbox);
  const other = await server.connect(sandbox);
  const job = await one.upload(people(1));
  assert.equal((await open(other, job)).status, 404);
  assert.equal((await open({ server, signIn: {} }, job)).status, 401);
});
