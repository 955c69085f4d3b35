// node latency.mjs API SIGN_IN SANDBOX FILE: loads the file into the stand-in, emptied before, and waits until the job has
// ended. Prints one line of JSON. Ends with an error unless each row was created.
import {request} from 'undici';
import {allCreated, Jobs} from './jobs.mjs';

const [api, signIn, sandbox, file] = process.argv.slice(2);
const {statusCode, body} = await request(`${sandbox}/_sandbox/reset`, {method: 'POST'});
if (statusCode !== 200) throw new Error(`the stand-in answered ${statusCode}: ${await body.text()}`);
await body.dump();

const jobs = new Jobs(api, signIn);
const began = performance.now();
const rows = allCreated(await jobs.ended(jobs.upload(file)));
console.log(JSON.stringify({rows, seconds: (performance.now() - began) / 1000}));
