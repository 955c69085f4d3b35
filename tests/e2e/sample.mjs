// The user's own sample file, and the people that it speaks of.

import { readFile } from 'node:fs/promises';

import { samplePath } from './rowcall.mjs';

export const sample = await readFile(samplePath, 'utf8');

/** What the file says, read as simply as it is written, as Sandbox.people() says it. */
export const samplePeople = sample.trimEnd().split('\n').slice(1).map((line) => {
  const [email, first, last, title, phone, company, website] = line.split(',');
  return { email, name: `${first} ${last}`, phone: phone || null, title: title || null, signedUp: null, avatar: null,
           companies: [{ name: company, website: website || null }] };
}).sort((a, b) => (a.email < b.email ? -1 : 1));
