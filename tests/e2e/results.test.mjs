// Result files hold exactly the rows that were sent, each in one of them, cell by cell, with what became of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inflateRawSync } from 'node:zlib';

import { makeFile, newSeed } from './made_file.mjs';
import { Sandbox, Server } from './rowcall.mjs';

const ours = ['_row', '_outcome', '_code', '_reason', '_hint', '_vendor_id'];

/** CSV as RFC 4180 has it, but for what stands behind a closed quote, which is kept as text. */
function parseCsv(text, delimiter = ',') {
  const rows = [[]];
  let cell = '';
  let isQuoted = false;
  let isNew = true;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (isQuoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') cell += text[i++];
      else isQuoted = false;
    } else if (c === '"' && isNew) {
      isQuoted = true;
      isNew = false;
    } else if (c === delimiter || c === '\n') {
      rows.at(-1).push(cell);
      cell = '';
      isNew = true;
      if (c === '\n') rows.push([]);
    } else if (c !== '\r' || text[i + 1] !== '\n') {
      cell += c;
      isNew = false;
    }
  }
  assert.deepEqual(rows.pop(), [], 'the last line ends');
  return rows;
}

async function download(instance, path, headers = {}) {
  const url = `${instance.server.run.url}/elements/api-v2${path}`;
  const answer = await fetch(url, { headers: { ...instance.signIn, ...headers } });
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
}

/** The parts of a zip file, by name. */
function unzip(bytes) {
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  const parts = new Map();
  for (let left = bytes.readUInt16LE(end + 10), at = bytes.readUInt32LE(end + 16); left > 0; left--) {
    const [method, size, nameLength, extra, comment] = [10, 20, 28, 30, 32].map((offset) =>
      offset === 20 ? bytes.readUInt32LE(at + offset) : bytes.readUInt16LE(at + offset));
    const local = bytes.readUInt32LE(at + 42);
    const begin = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const packed = bytes.subarray(begin, begin + size);
    parts.set(bytes.toString('utf8', at + 46, at + 46 + nameLength), method === 0 ? packed : inflateRawSync(packed));
    at += 46 + nameLength + extra + comment;
  }
  return parts;
}

/** The cells of a sheet, as {type, text}, by row and column. */
function readSheet(xml) {
  const plain = (text) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
    .replace(/_x([0-9A-F]{4})_/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
  return [...xml.matchAll(/<row [^>]*>(.*?)<\/row>/gs)].map(([, row]) => {
    const cells = [];
    for (const [, column, attributes, inside] of row.matchAll(/<c r="([A-Z]+)[0-9]+"([^>]*)>(.*?)<\/c>/gs)) {
      const at = [...column].reduce((number, letter) => number * 26 + letter.charCodeAt(0) - 64, 0) - 1;
      cells[at] = { type: /t="(\w+)"/.exec(attributes)?.[1] ?? 'n', text: plain(/<(?:t|v)[^>]*>(.*?)<\/(?:t|v)>/s.exec(inside)[1]) };
    }
    return cells;
  });
}

const seed = process.env.SEED ? Number(process.env.SEED) : newSeed();

test(`each row stands in one of three files as it was sent, with its outcome (SEED=${seed})`, async (t) => {
  const file = makeFile({ seed, rows: 3000, companyCount: 20, badCount: 180 });
  const sandbox = await Sandbox.start(t, '--rate-limit', '0', '--seed', String(seed));
  const instance = await (await Server.start(t)).connect(sandbox);
  const { id } = await instance.load(file.csv);
  const [header, ...sent] = parseCsv(file.csv.toString('utf8'));

  const ids = new Map((await sandbox.contacts()).map(({ email, id: contact }) => [email, contact]));
  const seen = new Set();
  for (const name of ['successful', 'failed', 'unprocessed']) {
    const { status, headers, bytes } = await download(instance, `/bulk/${id}/results/${name}.csv`);
    assert.equal(status, 200);
    assert.equal(headers.get('Content-Disposition'), `attachment; filename="job-${id}-${name}.csv"`);
    const [found, ...rows] = parseCsv(bytes.toString('utf8'));
    assert.deepEqual(found, [...header, ...ours]);
    for (const cells of rows) {
      const [row, outcome, code, reason, , vendorId] = cells.slice(header.length);
      assert.ok(!seen.has(row), `row ${row} stands in two files`);
      seen.add(row);
      const bad = file.bad.find((one) => one.row === Number(row));
      assert.equal(name, bad ? 'failed' : 'successful');
      assert.equal(outcome, bad ? 'rejected' : 'created');
      assert.equal(vendorId, bad ? '' : ids.get(sent[row - 1][0]));
      assert.equal(reason.includes(bad?.column ?? ''), true, reason);
      assert.equal(code !== '', bad !== undefined);
      const spoiled = ['broken_quote', 'not_utf8'].includes(bad?.kind) ? header.indexOf(bad.column) : -1;
      const expected = sent[row - 1].map((cell, i) => (i === spoiled ? cells[i] : cell));
      assert.deepEqual(cells.slice(0, header.length), expected);
    }
  }
  assert.equal(seen.size, sent.length);

  const lines = (await download(instance, `/bulk/${id}/results/all.jsonl`)).bytes.toString('utf8').trimEnd().split('\n');
  const told = await instance.rows(id);
  assert.deepEqual(lines.map((line) => JSON.parse(line)).map(({ _row: row, _outcome: outcome }) => ({ row, outcome })),
    told.map(({ row, outcome }) => ({ row, outcome })));
  assert.deepEqual((await instance.call(`/bulk/${id}/results`)).body.map(({ name, rows }) => [name, rows]).slice(0, 4),
    [['successful.csv', 2820], ['failed.csv', 180], ['unprocessed.csv', 0], ['all.csv', 3000]]);
});

test('a spreadsheet holds texts as they are, formulas and phones among them, and row numbers as numbers', async (t) => {
  const sandbox = await Sandbox.start(t);
  const instance = await (await Server.start(t)).connect(sandbox);
  const csv = 'email,phone,note\nann@x.example,+1 202 555 0100,=1+1\nnobody,007,"two\nlines & <tags>"\nbob@x.example,,2024-01-31\n';
  const { id } = await instance.load(csv);
  const path = `/bulk/${id}/results/all.xlsx`;
  const whole = await download(instance, path);
  assert.equal(whole.status, 200);
  const [header, ...rows] = readSheet(unzip(whole.bytes).get('xl/worksheets/sheet1.xml').toString('utf8'));
  assert.deepEqual(header.map(({ text }) => text), ['email', 'phone', 'note', ...ours]);
  assert.deepEqual(rows.map((row) => [0, 1, 2].map((i) => row[i]?.text ?? '')), [
    ['ann@x.example', '+1 202 555 0100', '=1+1'], ['nobody', '007', 'two\nlines & <tags>'], ['bob@x.example', '', '2024-01-31']]);
  assert.deepEqual(rows.map((row) => [row[3].text, row[4].text]), [['1', 'created'], ['2', 'rejected'], ['3', 'created']]);
  for (const row of rows) row.forEach((cell, i) => assert.equal(cell.type, i === 3 ? 'n' : 'inlineStr'));
  const again = await download(instance, path, { Range: 'bytes=100-' });
  assert.equal(again.status, 206);
  assert.ok(again.bytes.equals(whole.bytes.subarray(100)), 'it is the same each time');

  const long = await instance.load(`email,note\nann@x.example,${'x'.repeat(40_000)}\n`);
  const refused = await download(instance, `/bulk/${long.id}/results/all.xlsx`);
  assert.equal(refused.status, 400);
  assert.match(JSON.parse(refused.bytes).detail, /^Row 1, column "note": the text is longer than a spreadsheet/);
});

test(`a row is found by any of its cells and by its record’s id, however far behind (SEED=${seed})`, async (t) => {
  const sandbox = await Sandbox.start(t, '--rate-limit', '0', '--seed', String(seed));
  const instance = await (await Server.start(t)).connect(sandbox);
  // Most of them are not sent: it is the looking that is tried.
  const wrong = Array.from({ length: 45_000 }, (_, i) => `nobody ${i},\n`).join('');
  const { id } = await instance.load(`email,name\nAnn@x.example,Ann\n${wrong}bob@x.example, Bob \n`);
  const search = async (text, size = 1000) => {
    const found = [];
    let pages = 0;
    let token = '';
    do {
      const next = token ? `&nextPage=${token}` : '';
      const { body, headers } = await instance.call(`/bulk/${id}/rows?pageSize=${size}&search=${encodeURIComponent(text)}${next}`);
      found.push(...body.map(({ row }) => row));
      token = headers.get('Elements-Next-Page-Token');
      pages++;
    } while (token);
    return { found, pages };
  };
  assert.deepEqual(await search('ann@X.example '), { found: [1], pages: 3 });
  assert.deepEqual((await search('bob')).found, [45_002]);
  assert.deepEqual((await search('Nobody 44999')).found, [45_001]);
  assert.deepEqual((await search('no such')).found, []);
  const { id: record } = (await sandbox.contacts()).find(({ email }) => email === 'bob@x.example');
  assert.deepEqual((await search(record)).found, [45_002]);
});

test('a result file can be had in parts, and not what it has not', async (t) => {
  const file = makeFile({ seed, rows: 2000, companyCount: 5, badCount: 6 });
  const sandbox = await Sandbox.start(t, '--rate-limit', '0', '--seed', String(seed));
  const instance = await (await Server.start(t)).connect(sandbox);
  const { id } = await instance.load(file.csv);
  const path = `/bulk/${id}/results/all.csv`;
  const whole = await download(instance, path);
  assert.equal(whole.headers.get('Accept-Ranges'), 'bytes');
  const size = whole.bytes.length;
  const parts = [];
  for (let at = 0; at < size; at += 100_000) {
    const range = `bytes=${at}-${at + 99_999}`;
    const part = await download(instance, path, { Range: range, 'If-Range': whole.headers.get('ETag') });
    assert.equal(part.status, 206);
    assert.equal(part.headers.get('Content-Range'), `bytes ${at}-${Math.min(at + 99_999, size - 1)}/${size}`);
    parts.push(part.bytes);
  }
  assert.ok(parts.length > 2);
  assert.ok(Buffer.concat(parts).equals(whole.bytes));
  const rest = await download(instance, path, { Range: 'bytes=1000-' });
  assert.ok(rest.bytes.equals(whole.bytes.subarray(1000)));
  const end = await download(instance, path, { Range: 'bytes=-7' });
  assert.ok(end.bytes.equals(whole.bytes.subarray(-7)));

  const beyond = await download(instance, path, { Range: `bytes=${size}-` });
  assert.equal(beyond.status, 416);
  assert.equal(beyond.headers.get('Content-Range'), `bytes */${size}`);
  const other = await download(instance, path, { Range: 'bytes=0-9', 'If-Range': '"another"' });
  assert.equal(other.status, 200);
  assert.ok(other.bytes.equals(whole.bytes));
  for (const odd of ['bytes=9-1', 'bytes=', 'lines=1-2', 'bytes=0-1,5-6', 'bytes=a-b']) {
    assert.equal((await download(instance, path, { Range: odd })).status, 200, odd);
  }
  const missing = await download(instance, `/bulk/${id}/results/faild.csv`);
  assert.equal(missing.status, 404);
  assert.match(JSON.parse(missing.bytes).hint, /failed\.csv/);
});

test('a file of which no row was read has no result files, and says so', async (t) => {
  const sandbox = await Sandbox.start(t);
  const instance = await (await Server.start(t)).connect(sandbox);
  const job = await instance.upload('no,column,of,ours\n1,2,3,4\n');
  assert.equal((await instance.finished(job)).status, 'ABORTED');
  const { status, bytes } = await download(instance, `/bulk/${job}/results/failed.csv`);
  assert.equal(status, 409);
  assert.equal(JSON.parse(bytes).type, 'urn:rowcall:problem:no_rows');
});
