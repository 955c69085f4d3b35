// node latency.mjs API SIGN_IN SANDBOX FILE: loads the file into the stand-in, emptied before, and waits until the job has
// ended. Prints one line of JSON. Ends with an error unless each row was created.
import {execFileSync} from 'node:child_process';
import {setTimeout as sleep} from 'node:timers/promises';
import {request} from 'undici';

const [api, signIn, sandbox, file] = process.argv.slice(2);

async function json(url, options) {
  const {statusCode, body} = await request(url, options);
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}: ${text}`);
  return text === '' ? null : JSON.parse(text);
}

await json(`${sandbox}/_sandbox/reset`, {method: 'POST'});
const began = performance.now();
const upload = ['-sSf', `${api}/bulk/contact`, '-H', `Authorization: ${signIn}`, '-F', `file=@${file}`];
const {id} = JSON.parse(execFileSync('curl', upload));
let job;
do {
  await sleep(20);
  job = await json(`${api}/bulk/${id}/status`, {headers: {authorization: signIn}});
} while (job.status === 'CREATED' || job.status === 'RUNNING');
const seconds = (performance.now() - began) / 1000;
const rows = job.outcomes.created;
if (job.status !== 'COMPLETED' || rows !== job.recordsCount) throw new Error(`not every row was created: ${JSON.stringify(job)}`);
console.log(JSON.stringify({rows, seconds}));
