// Compares what stands in the stand-in with what the file says, and Rowcall's outcomes with both.

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';

/** The first few differences between two lists of people by e-mail, in words; [] if there is none. */
function differences(found, wanted) {
  const said = [];
  const byEmail = new Map(wanted.map((person) => [person.email, person]));
  const seen = new Set();
  for (const person of found) {
    const expected = byEmail.get(person.email);
    if (!expected) said.push({ extra: person });
    else if (seen.has(person.email)) said.push({ doubled: person });
    else if (!isDeepStrictEqual(person, expected)) said.push({ found: person, expected });
    seen.add(person.email);
  }
  for (const person of wanted) if (!seen.has(person.email)) said.push({ lost: person });
  return said.slice(0, 5);
}

/** No contact and no company lost, doubled or different in any field. */
export async function assertHoldsExactly(sandbox, file) {
  assert.deepEqual(differences(await sandbox.people(), file.wanted), []);
  assert.deepEqual((await sandbox.companies()).map(({ name }) => name).sort(), file.companies);
}

/** Every row has exactly one outcome, the right one, with the id of the contact that really stands for it. */
export async function assertOutcomesAreTrue(sandbox, file, rows, existedBefore = new Set()) {
  const ids = new Map((await sandbox.contacts()).map(({ email, id }) => [email, id]));
  const wanted = [
    ...file.good.map(({ row, email }) => (
      { row, outcome: existedBefore.has(email) ? 'updated' : 'created', vendorId: ids.get(email) })),
    ...file.bad.map(({ row }) => ({ row, outcome: 'rejected', vendorId: undefined })),
  ].sort((a, b) => a.row - b.row);
  const found = rows.map(({ row, outcome, vendorId }) => ({ row, outcome, vendorId }));
  const wrong = wanted.flatMap((expected, i) => (isDeepStrictEqual(found[i], expected) ? [] : [{ found: found[i], expected }]));
  assert.deepEqual(wrong.slice(0, 5), []);
  assert.equal(found.length, wanted.length);
  assert.deepEqual(rows.filter((row) => row.incomplete), []);
}
