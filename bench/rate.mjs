// node rate.mjs API SIGN_IN SANDBOX FILE ...: loads the files at once, each as a job, into the stand-in with its rate limit.
// Begins at a random moment of a window of which at least two seconds are left. Prints one line of JSON. Ends with an
// error unless each row is there once.
import {setTimeout as sleep} from 'node:timers/promises';
import {request} from 'undici';
import {goesOn, Jobs} from './jobs.mjs';

const [api, signIn, sandbox, ...files] = process.argv.slice(2);

async function json(url, options) {
  const {statusCode, body, headers} = await request(url, options);
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}: ${text}`);
  return {value: text === '' ? null : JSON.parse(text), headers};
}

/** The window that is open now: how many calls are left, when it ends in ms since 1970. This is a call itself. */
async function window() {
  const {headers} = await json(`${sandbox}/me`, {headers: {authorization: 'Bearer sandbox-token', accept: 'application/json'}});
  return {
    limit: Number(headers['x-ratelimit-limit']),
    left: Number(headers['x-ratelimit-remaining']),
    end: Number(headers['x-ratelimit-reset']) * 1000,
  };
}

const answersSoFar = async () => (await json(`${sandbox}/_sandbox/requests`)).value.by_status;
const loads = new Jobs(api, signIn);

const WINDOW = 10_000;
await json(`${sandbox}/_sandbox/reset`, {method: 'POST'});
// The stand-in has forgotten which calls of this window were made, and Rowcall has not: the load begins in a later one.
await sleep((await window()).end - Date.now() + Math.random() * WINDOW);
const timeLeft = (await window()).end - Date.now();
if (timeLeft < 2000) await sleep(timeLeft + 50);

const before = await answersSoFar();
const first = await window();
const began = Date.now();
const jobs = files.map((file) => loads.upload(file));
let statuses;
do {
  await sleep(20);
  statuses = await Promise.all(jobs.map((job) => loads.status(job)));
} while (statuses.some(goesOn));
const ended = Date.now();

const after = await answersSoFar();
const count = (answers, status) => answers[status] ?? 0;
const sum = (answers) => Object.values(answers).reduce((total, each) => total + each, 0);
const refused = count(after, '429') - count(before, '429');
const calls = sum(after) - sum(before) - refused - 1;  // one was ours
const rows = statuses.reduce((total, {recordsCount}) => total + recordsCount, 0);
const emails = (await json(`${sandbox}/_sandbox/contacts`)).value.map(({email}) => email);
if (emails.length !== rows || new Set(emails).size !== rows || statuses.some(({outcomes, recordsCount}) => outcomes.created !== recordsCount)) {
  throw new Error(`${rows} rows became ${emails.length} contacts, and the jobs: ${JSON.stringify(statuses)}`);
}

// Whoever knew all in advance would begin the last window's calls the moment it opens.
const windows = Math.max(0, Math.ceil((calls - first.left) / first.limit));
const perfect = windows === 0 ? began : first.end + (windows - 1) * WINDOW;
const seconds = (ms) => ms / 1000;
console.log(JSON.stringify({
  rows, calls, refused, seconds: seconds(ended - began), perfectSeconds: seconds(perfect - began), lateSeconds: seconds(ended - perfect),
}));
