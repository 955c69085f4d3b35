// What the attacks share.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { copyOfConnectors } from '../e2e/rowcall.mjs';

/**
 * The connectors, but an answer is waited for a second, and a call that was cut can have no late effect a second later:
 * a row with the same key waits so long.
 */
export async function impatientConnectors(t) {
  const folder = await copyOfConnectors(t);
  const file = join(folder, 'intercom/connector.yaml');
  const text = await readFile(file, 'utf8');
  const changed = text.replace(/^deadline: .*$/m, 'deadline: 1s').replace(/^late: .*$/m, 'late: 1s');
  assert.notEqual(changed, text);
  await writeFile(file, changed);
  return folder;
}
