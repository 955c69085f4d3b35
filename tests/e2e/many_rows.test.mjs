// Five thousand rows, some of them wrong: each is counted, each wrong one is named, and the rest is loaded exactly.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { badKinds, makeFile, newSeed } from './made_file.mjs';
import { Sandbox, Server } from './rowcall.mjs';
import { assertHoldsExactly, assertOutcomesAreTrue } from './truth.mjs';

test('5,000 rows of 200 companies with 300 bad rows: all counted, all named, the others loaded field by field', async (t) => {
  const seed = Number(process.env.SEED ?? newSeed());
  console.log(`SEED=${seed} makes this file again`);
  const file = makeFile({ seed, rows: 5000, companyCount: 200, badCount: 300 });
  const sandbox = await Sandbox.start(t, '--rate-limit', '1000000');
  const instance = await (await Server.start(t)).connect(sandbox);

  const status = await instance.load(file.csv);
  assert.equal(status.recordsCount, 5000);
  assert.equal(status.recordsFailedCount, 300);
  assert.equal(status.recordsIncomplete, 0);
  assert.deepEqual(status.columnsNotLoaded, []);
  assert.equal(file.companies.length, 200);
  await assertHoldsExactly(sandbox, file);
  await assertOutcomesAreTrue(sandbox, file, await instance.rows(status.id));

  const pages = await instance.pages(`/bulk/${status.id}/errors`, 100);
  assert.deepEqual(pages.map((page) => page.length), [100, 100, 100]);
  const named = pages.flat().map(({ row, column }) => ({ row, column }));
  assert.deepEqual(named, file.bad.map(({ row, column }) => ({ row, column })));
  for (const error of pages.flat()) assert.ok(error.status && error.code && error.message, JSON.stringify(error));

  // One stable code for each kind of mistake, and no code for two kinds.
  const codes = new Map(badKinds.map((kind) => [kind, new Set()]));
  pages.flat().forEach(({ code }, i) => codes.get(file.bad[i].kind).add(code));
  const distinct = new Set([...codes.values()].map((set) => [...set].join(' ')));
  assert.equal(distinct.size, badKinds.length, JSON.stringify([...codes].map(([kind, set]) => [kind, [...set]])));
});
