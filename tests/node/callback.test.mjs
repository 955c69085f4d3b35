// Checks one callback that Rowcall delivered with the reference library of Standard Webhooks.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {Webhook} from 'standardwebhooks';

function required(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: see README.md`);
  return value;
}

const body = readFileSync(required('CALLBACK_BODY'));
const webhook = new Webhook(required('CALLBACK_SECRET'));

/** Header lines "Name: value" or a JSON object; names in lower case, as the library wants them. */
function readHeaders(text) {
  const fields = text.trimStart().startsWith('{')
    ? Object.entries(JSON.parse(text))
    : text.split(/\r?\n/).filter(line => line.includes(':')).map(line => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      });
  return Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), String(value)]));
}

const headers = readHeaders(readFileSync(required('CALLBACK_HEADERS'), 'utf8'));

test('the callback as it came is accepted', () => {
  assert.equal(typeof webhook.verify(body, headers), 'object');
});

test('the callback with any one byte of its body changed is refused', () => {
  for (const place of [0, Math.floor(body.length / 2), body.length - 1]) {
    const changed = Buffer.from(body);
    changed[place] ^= 1;
    assert.throws(() => webhook.verify(changed, headers, {jsonParse: false}), /No matching signature found/);
  }
});

test('the callback under another id or time is refused', () => {
  assert.throws(() => webhook.verify(body, {...headers, 'webhook-id': `${headers['webhook-id']}x`}));
  const later = String(Number(headers['webhook-timestamp']) + 1);
  assert.throws(() => webhook.verify(body, {...headers, 'webhook-timestamp': later}));
});
