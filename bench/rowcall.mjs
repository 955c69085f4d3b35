// node rowcall.mjs API SIGN_IN PID SINK FILE: loads the file with the running Rowcall and waits until the job ends.
// Prints one line of JSON, as the peers do. Ends with an error unless each row was created, with one call.
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {request} from 'undici';

// A job also asks who it is and which fields there are.
const MOST_OTHER_CALLS = 10;

const [api, signIn, pid, sink, file] = process.argv.slice(2);
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK']));

/** CPU time of Rowcall so far. */
function cpuSeconds() {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** How many calls the sink got so far. */
async function callsSoFar() {
  const {body} = await request(`${sink}/sink/calls`);
  const counters = (await body.text()).split('\n')[2];
  return Number(counters.trim().split(' ')[2]);
}

async function statusOf(job) {
  const {statusCode, body} = await request(`${api}/bulk/${job}/status`, {headers: {authorization: signIn}});
  if (statusCode !== 200) throw new Error(`asked for the status, Rowcall answered ${statusCode}: ${await body.text()}`);
  return body.json();
}

const upload = ['-sSf', `${api}/bulk/contact`, '-H', `Authorization: ${signIn}`, '-F', `file=@${file}`];
const callsBefore = await callsSoFar();
const cpuBefore = cpuSeconds();
const began = performance.now();

const {id} = JSON.parse(execFileSync('curl', upload));
let job;
do {
  await sleep(20);
  job = await statusOf(id);
} while (job.status === 'CREATED' || job.status === 'RUNNING');

const seconds = (performance.now() - began) / 1000;
const cpu = cpuSeconds() - cpuBefore;
const calls = (await callsSoFar()) - callsBefore;
const rows = job.outcomes.created;
if (job.status !== 'COMPLETED' || rows !== job.recordsCount || calls < rows || calls > rows + MOST_OTHER_CALLS) {
  throw new Error(`not every row was created with one call; ${calls} calls, and the job: ${JSON.stringify(job)}`);
}
console.log(JSON.stringify({rows, seconds, cpuSeconds: cpu, calls}));
