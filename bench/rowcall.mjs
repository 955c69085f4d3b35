// node rowcall.mjs API SIGN_IN PID SINK SINK_PID FILE: loads the file with the running Rowcall and waits until the job ends.
// Prints one line of JSON, as the peers do, with what the sink took, and the part of the time for which
// the cores had nothing to do. Ends with an error unless each row was created, with one call.
import {callsSoFar, coreSeconds, cpuSeconds} from './counters.mjs';
import {allCreated, Jobs} from './jobs.mjs';

// A job also asks who it is and which fields there are.
const MOST_OTHER_CALLS = 10;

const [api, signIn, pid, sink, sinkPid, file] = process.argv.slice(2);
const jobs = new Jobs(api, signIn);
const callsBefore = await callsSoFar(sink);
const cpuBefore = cpuSeconds(pid);
const sinkBefore = cpuSeconds(sinkPid);
const coresBefore = coreSeconds();
const began = performance.now();

const rows = allCreated(await jobs.ended(jobs.upload(file)));

const seconds = (performance.now() - began) / 1000;
const cpu = cpuSeconds(pid) - cpuBefore;
const sinkCpu = cpuSeconds(sinkPid) - sinkBefore;
const cores = coreSeconds();
const idle = (cores.idle - coresBefore.idle) / (cores.all - coresBefore.all);
const calls = (await callsSoFar(sink)) - callsBefore;
if (calls < rows || calls > rows + MOST_OTHER_CALLS) throw new Error(`${rows} rows were created with ${calls} calls`);
console.log(JSON.stringify({rows, seconds, cpuSeconds: cpu, sinkCpuSeconds: sinkCpu, idle, calls}));
