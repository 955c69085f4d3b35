// node syslog-ng.mjs PID SINK FOLDER FILE: puts the file into the folder that the running syslog-ng watches, and waits
// until the sink was called for each of its rows. Prints one line of JSON. Ends with an error if no call comes for ten
// seconds.
import {linkSync, readFileSync, unlinkSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {callsSoFar, cpuSeconds} from './counters.mjs';

const DEADLINE = 10_000;

const [pid, sink, folder, file] = process.argv.slice(2);
const rows = readFileSync(file, 'latin1').split('\n').length - 2;  // a header, and nothing behind the last line
const shown = `${folder}/${Date.now()}.csv`;
let ours = await callsSoFar(sink);
const cpuBefore = cpuSeconds(pid);
const began = performance.now();

linkSync(file, shown);
let calls = 0;
for (let called = began; calls < rows;) {
  await sleep(20);
  ours++;
  const now = (await callsSoFar(sink)) - ours;
  if (now > calls) called = performance.now();
  if (performance.now() - called > DEADLINE) throw new Error(`syslog-ng sent ${now} of ${rows} rows and no more`);
  calls = now;
}

const seconds = (performance.now() - began) / 1000;
const cpu = cpuSeconds(pid) - cpuBefore;
unlinkSync(shown);
if (calls > rows) throw new Error(`syslog-ng made ${calls} calls for ${rows} rows`);
console.log(JSON.stringify({rows, seconds, cpuSeconds: cpu}));
