// Calls in other people's code (tests/node) as judges: Intercom's own client of the stand-in, the reference library of
// Standard Webhooks of a callback that was really delivered.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Sandbox, Server, startReceiver, temporaryFolder } from './rowcall.mjs';

/** Runs a file of tests/node with these variables; fails with its output. */
async function judge(file, variables) {
  const path = fileURLToPath(new URL(`../node/${file}`, import.meta.url));
  const env = { ...process.env, ...variables };
  delete env.NODE_TEST_CONTEXT; // a run of its own, not a part of this one
  const child = spawn(process.execPath, ['--test', '--test-reporter=tap', path], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (bytes) => (output += bytes));
  child.stderr.on('data', (bytes) => (output += bytes));
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.equal(code, 0, output);
  assert.match(output, /^# pass [1-9]/m, output);
  assert.match(output, /^# skipped 0/m, output);
}

test('Intercom’s own client finds in the stand-in what it expects of Intercom', async (t) => {
  const sandbox = await Sandbox.start(t);
  await judge('sandbox.test.mjs', { SANDBOX_URL: sandbox.url });
});

test('npm standardwebhooks accepts our callback, and refuses it with one byte changed', async (t) => {
  const sandbox = await Sandbox.start(t);
  const receiver = await startReceiver(t);
  const instance = await (await Server.start(t)).connect(sandbox);
  await instance.load('email,name\nann@example.com,Ann\n', { callback: receiver.url });
  const notice = await receiver.first();
  const secret = /"(whsec_[^"]+)"/.exec(JSON.stringify(instance.answer))?.[1];
  assert.ok(secret, 'the answer to POST /instances shows the secret');
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'body'), notice.body);
  await writeFile(join(folder, 'headers'), JSON.stringify(notice.headers));
  await judge('callback.test.mjs', {
    CALLBACK_BODY: join(folder, 'body'), CALLBACK_HEADERS: join(folder, 'headers'), CALLBACK_SECRET: secret });
});
