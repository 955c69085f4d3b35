// What the two Node peers share: FILE goes row by row through csv-parse into contacts, 32 at once to `send`. Prints one
// line of JSON. Starting Node and loading its modules is not in it.
import {createReadStream} from 'node:fs';
import {parse} from 'csv-parse';

const contactOf = (row) => ({
  email: row.email,
  name: `${row['first name']} ${row['last name']}`,
  phone: row.phone,
  custom_attributes: {title: row.title},
});

export async function load(file, send) {
  const began = performance.now();
  const cpuBefore = process.cpuUsage();
  const rows = createReadStream(file).pipe(parse({columns: true}))[Symbol.asyncIterator]();
  let created = 0;
  const worker = async () => {
    for await (const row of rows) {
      const contact = await send(contactOf(row));
      if (contact.id) created++;
    }
  };
  await Promise.all(Array.from({length: 32}, worker));
  const {user, system} = process.cpuUsage(cpuBefore);
  const seconds = (performance.now() - began) / 1000;
  console.log(JSON.stringify({rows: created, seconds, cpuSeconds: (user + system) / 1e6}));
}
