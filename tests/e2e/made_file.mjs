// Makes a large file of people, awkward in every way that is still right, with some rows that are wrong. All of it
// follows from the seed.

/** Numbers that look random and follow from the seed (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  random.below = (limit) => Math.floor(random() * limit);
  random.oneOf = (list) => list[random.below(list.length)];
  return random;
}

export const newSeed = () => Math.floor(Math.random() * 2 ** 31);

const header = ['E-mail', 'First name', 'Last name', 'Phone', 'Title', 'Company', 'Website', 'Signed up', 'Avatar', 'E-mail verified'];
const firstNames = ['Ann', 'José', 'Zoë', 'Li', '明', 'Olga', 'D’Arcy', 'Søren'];
const lastNames = ['Smith', 'O"Hara', 'Müller, jr.', 'Garcia;Lopez', '王', 'van  Dyk', 'Ng'];
const titles = ['Engineer', 'Head of Sales,\nEurope', 'VP "Growth"', 'Line one\r\nline two', 'Director\tof tabs', null];

/** The kinds of wrong rows: each spoils one cell of a good row, and is found in that column. */
const spoilers = {
  no_email: (cells) => (cells[0] = ''),
  bad_email: (cells, random) => (cells[0] = random.oneOf(['not-an-e-mail', 'a@', '@b.example', 'a b@c.example'])),
  bad_date: (cells, random) => (cells[7] = random.oneOf(['yesterday', '2024-13-45', '31/31/2024'])),
  long_title: (cells) => (cells[4] = 'x'.repeat(256)),
  broken_quote: (cells) => (cells[4] = { raw: '"Boss" of all' }),
  not_utf8: (cells) => (cells[2] = { raw: Buffer.from([0x42, 0xff, 0xfe]) }),
};
const spoiledColumn = { no_email: 0, bad_email: 0, bad_date: 7, long_title: 4, broken_quote: 4, not_utf8: 2 };
export const badKinds = Object.keys(spoilers);

function cellBytes(cell, random) {
  if (cell?.raw) return Buffer.from(cell.raw);
  const text = cell ?? '';
  const needsQuotes = /[",\r\n]/.test(text) || (text !== '' && random() < 0.05);
  return Buffer.from(needsQuotes ? `"${text.replaceAll('"', '""')}"` : text);
}

const joined = (cells, random) =>
  Buffer.concat(cells.flatMap((cell, i) => (i === 0 ? [cellBytes(cell, random)] : [Buffer.from(','), cellBytes(cell, random)])));

function makePerson(name, number, companies, random) {
  const company = random() < 0.95 ? companies[number < companies.length ? number : random.below(companies.length)] : null;
  const signedUp = random() < 0.5 ? 1_600_000_000 + random.below(100_000_000) : null;
  return {
    email: `${name}${number}@${random.oneOf(['example.com', 'example.org', 'sub.example.net'])}`,
    first: random.oneOf(firstNames),
    last: random.oneOf(lastNames),
    phone: random() < 0.8 ? `+1555${String(1_000_000 + number).padStart(7, '0')}` : null,
    title: random.oneOf(titles),
    company,
    signedUp,
    avatar: random() < 0.3 ? `https://pictures.example.com/${number}.png` : null,
    verified: random() < 0.3 ? 'yes' : null, // Intercom takes it and never shows it
  };
}

const toCells = (person) => [
  person.email, person.first, person.last, person.phone, person.title, person.company?.name, person.company?.website,
  person.signedUp === null ? '' : new Date(person.signedUp * 1000).toISOString().replace('.000', ''), person.avatar,
  person.verified,
];

/** What must stand in the service, in the words of Sandbox.people(). */
const toContact = (person) => ({
  email: person.email, name: `${person.first} ${person.last}`, phone: person.phone, title: person.title,
  signedUp: person.signedUp, avatar: person.avatar, companies: person.company ? [person.company] : [],
});

/**
 * {csv, wanted: contacts by e-mail, companies: names, good: [{row, email}], bad: [{row, kind, column}]}: `rows` rows of
 * `companyCount` companies, of which `badCount` are wrong, as many of each kind. Files of other `people` share no e-mail.
 */
export function makeFile({ seed, rows, companyCount, badCount, people = 'person' }) {
  const random = randomFrom(seed);
  const companies = Array.from({ length: companyCount }, (_, i) => (
    { name: `Company ${i} ${random.oneOf(['Ltd', 'GmbH & Co', 'S.A.', '株式会社'])}`, website: `https://company${i}.example.com/?a=b&c` }));
  const isBad = new Set();
  while (isBad.size < badCount) isBad.add(1 + random.below(rows));

  const file = { wanted: [], good: [], bad: [], companies: [] };
  const lines = [Buffer.from(header.join(','))];
  for (let row = 1; row <= rows; row++) {
    const person = makePerson(people, row, companies, random);
    const cells = toCells(person);
    if (isBad.has(row)) {
      const kind = badKinds[file.bad.length % badKinds.length];
      spoilers[kind](cells, random);
      file.bad.push({ row, kind, column: header[spoiledColumn[kind]] });
    } else {
      file.good.push({ row, email: person.email });
      file.wanted.push(toContact(person));
    }
    lines.push(joined(cells, random));
  }
  const lineEnd = Buffer.from(random.oneOf(['\n', '\r\n']));
  file.csv = Buffer.concat(lines.flatMap((line) => [line, lineEnd]));
  file.wanted.sort((a, b) => (a.email < b.email ? -1 : 1));
  file.companies = [...new Set(file.wanted.flatMap((contact) => contact.companies.map(({ name }) => name)))].sort();
  return file;
}
