// A connector is data: what is changed in its files takes effect when the server starts again, without a rebuild.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { copyOfConnectors, Sandbox, Server } from './rowcall.mjs';

const csv = 'email,Rufnummer\nann@example.com,+15550001111\n';

test('an alias added to the connector takes effect on restart', async (t) => {
  const sandbox = await Sandbox.start(t);
  const connectors = await copyOfConnectors(t);
  const server = await Server.start(t, { connectors });
  const instance = await server.connect(sandbox);
  assert.deepEqual((await instance.load(csv)).columnsNotLoaded, ['Rufnummer']);
  assert.equal((await sandbox.people())[0].phone, null);

  const file = join(connectors, 'intercom/objects/contact.yaml');
  const text = await readFile(file, 'utf8');
  const changed = text.replace('aliases: [phone, ', 'aliases: [rufnummer, phone, ');
  assert.notEqual(changed, text);
  await writeFile(file, changed);
  await server.stop();
  await server.startAgain();

  assert.deepEqual((await instance.load(csv)).columnsNotLoaded, []);
  assert.equal((await sandbox.people())[0].phone, '+15550001111');
});
