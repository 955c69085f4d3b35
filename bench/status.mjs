// node status.mjs API SIGN_IN SINK JOBS FILE: makes JOBS jobs of one row and lets them end; then loads the file and
// meanwhile asks for its status and for the list of jobs, each 50 times a second over a connection of its own. The sink
// is asked in the same way, to show what the machine itself takes. Prints one line of JSON: how long each answer took.
import {setTimeout as sleep} from 'node:timers/promises';
import {Client, FormData} from 'undici';
import {allCreated, goesOn, Jobs} from './jobs.mjs';

const EVERY = 20;
const UPLOADS_AT_ONCE = 8;

const [api, signIn, sink, wanted, file] = process.argv.slice(2);
const headers = {authorization: signIn};
const jobs = new Jobs(api, signIn);

/** Makes jobs of one row, one after the other. */
async function makeJobs(client, rows) {
  for (const row of rows) {
    const body = new FormData();
    body.set('file', new Blob([`email\nq${row}@example.com\n`]), 'person.csv');
    const answer = await client.request({method: 'POST', path: `${new URL(api).pathname}/bulk/contact`, headers, body});
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`Rowcall answered an upload with ${answer.statusCode}: ${text}`);
    allCreated(await jobs.ended(JSON.parse(text).id));
  }
}

/** Asks for an address again and again, and shows each answer to `see`. */
class Asker {
  constructor(address, see = () => {}) {
    this.see = see;
    const {origin, pathname} = new URL(address);
    this.client = new Client(origin);
    this.path = pathname;
  }

  /** One call; answers how many milliseconds it took. */
  async ask() {
    const began = performance.now();
    const {statusCode, body} = await this.client.request({method: 'GET', path: this.path, headers});
    const text = await body.text();
    const took = performance.now() - began;
    if (statusCode !== 200) throw new Error(`${this.path} was answered ${statusCode}: ${text}`);
    this.see(JSON.parse(text));
    return Math.round(took * 1000) / 1000;
  }

  /** Asks at set times, whether the answer before has come or not: who waits behind it has waited too. */
  async askUntil(done) {
    const asked = [];
    for (const began = performance.now(); !done(); await sleep(began + asked.length * EVERY - performance.now())) {
      asked.push(this.ask());
    }
    return Promise.all(asked);
  }
}

const numbers = Array.from({length: Number(wanted)}, (_, i) => i).values();
await Promise.all(Array.from({length: UPLOADS_AT_ONCE}, async () => {
  const client = new Client(new URL(api).origin);
  await makeJobs(client, numbers);
  await client.close();
}));

const job = jobs.upload(file);
const began = performance.now();
let ended = null;
let listed = 0;
const askers = [
  new Asker(`${api}/bulk/${job}/status`, (answer) => { if (!goesOn(answer)) ended = answer; }),
  new Asker(`${api}/bulk/jobs`, (answer) => { listed = answer.length; }),
  new Asker(`${sink}/me`),
];
await Promise.all(askers.map((asker) => asker.ask()));  // what a connection takes to open is not counted
const [status, list, own] = await Promise.all(askers.map(async (asker, i) => {
  await sleep((i * EVERY) / askers.length);
  return asker.askUntil(() => ended !== null);
}));
const seconds = (performance.now() - began) / 1000;
await Promise.all(askers.map(({client}) => client.close()));
console.log(JSON.stringify({
  jobs: Number(wanted), listed, rows: allCreated(ended), seconds, status, list, sink: own,
}));
