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

/**
 * For loads in which the service says so little that some rows may rightly end `unresolved`, or `incomplete` behind
 * their contact: what is claimed is true, what is not known is not claimed, and nothing stands there twice. Answers how
 * many rows were left open so. `existedBefore` maps the e-mail of each contact that was there to it, as people() had it.
 */
export async function assertNothingFalseIsSaid(sandbox, file, rows, existedBefore) {
  const people = await sandbox.people();
  const ids = new Map((await sandbox.contacts()).map(({ email, id }) => [email, id]));
  const found = new Map(people.map((person) => [person.email, person]));
  assert.equal(found.size, people.length, 'a contact is doubled');
  const wanted = new Map(file.wanted.map((person) => [person.email, person]));
  assert.deepEqual(people.filter(({ email }) => !wanted.has(email)), []);

  const wrong = [];
  const open = [];
  const written = (person, email) => isDeepStrictEqual(person, wanted.get(email));
  const withoutCompany = (person, email) => isDeepStrictEqual(person, { ...wanted.get(email), companies: [] });
  for (const { row, email } of file.good) {
    const told = rows[row - 1];
    const person = found.get(email);
    const untouched = isDeepStrictEqual(person, existedBefore.get(email));
    const isOpen = told.outcome === 'unresolved' || (told.incomplete ?? []).length > 0;
    if (isOpen) open.push(told);
    const contactIsThere = written(person, email) || (isOpen && withoutCompany(person, email));
    const isTrue = told.outcome === 'unresolved'
      ? contactIsThere || untouched
      : told.outcome === (existedBefore.has(email) ? 'updated' : 'created') && told.vendorId === ids.get(email) && contactIsThere;
    if (!isTrue || told.row !== row) wrong.push({ told, person, wanted: wanted.get(email) });
  }
  for (const { row } of file.bad) if (rows[row - 1].outcome !== 'rejected') wrong.push({ told: rows[row - 1] });
  assert.deepEqual(wrong.slice(0, 5), []);
  assert.equal(rows.length, file.good.length + file.bad.length);
  const companies = (await sandbox.companies()).map(({ name }) => name);
  assert.equal(new Set(companies).size, companies.length, 'a company is doubled');
  assert.deepEqual(companies.filter((name) => !file.companies.includes(name)), []);
  assert.deepEqual(open.filter(({ incomplete }) => incomplete?.some(({ code }) => code !== 'unresolved')), []);
  return open.length;
}
