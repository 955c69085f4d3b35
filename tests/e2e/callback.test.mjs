// The callback: who asked for it gets it, signed so that others' code accepts it, and nothing that was not asked for.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';

import { Sandbox, Server, startReceiver } from './rowcall.mjs';

const csv = 'email,name\nann@example.com,Ann\n';
const key = 'a key of the user’s own';

async function deliver(t, configuration, metaData) {
  const sandbox = await Sandbox.start(t);
  const receiver = await startReceiver(t);
  const instance = await (await Server.start(t)).connect(sandbox, configuration);
  const status = await instance.load(csv, { callback: receiver.url, metaData });
  return { status, notice: await receiver.first() };
}

test('the callback says what the status says', async (t) => {
  const { status, notice } = await deliver(t);
  const body = JSON.parse(notice.body);
  for (const member of ['id', 'status', 'recordsCount', 'recordsFailedCount', 'fileFormat', 'outcomes']) {
    assert.deepEqual(body[member], status[member], member);
  }
  assert.equal(notice.headers['content-type'], 'application/json');
  assert.match(notice.headers['elements-webhook-id'], /^msg_/);
});

test('action, identifierFieldName and callback-payload are accepted, and the payload is echoed', async (t) => {
  const metaData = { action: 'upsert', identifierFieldName: 'email', 'callback-payload': { a: 1 } };
  const { status, notice } = await deliver(t, {}, metaData);
  assert.deepEqual(JSON.parse(notice.body)['callback-payload'], { a: 1 });
  assert.deepEqual(status.metadata, metaData);
  assert.deepEqual(status.ignored, []);
});

test('without a signature key there is no signature header', async (t) => {
  const { notice } = await deliver(t);
  assert.equal(notice.headers['elements-webhook-signature'], undefined);
});

test('with a signature key the header is Base64 of the HMAC-SHA256 over the exact body', async (t) => {
  const { notice } = await deliver(t, { 'event.notification.signature.key': key });
  const expected = 'sha256=' + createHmac('sha256', key).update(notice.body, 'utf8').digest('base64');
  assert.equal(notice.headers['elements-webhook-signature'], expected);
});
