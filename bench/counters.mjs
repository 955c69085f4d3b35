// What the loads by programs of their own share: the sink's counter, and what a process took of the CPU.
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {request} from 'undici';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK']));

/** How many calls the sink got so far, this one included. */
export async function callsSoFar(sink) {
  const {body} = await request(`${sink}/sink/calls`);
  const counters = (await body.text()).split('\n')[2];
  return Number(counters.trim().split(' ')[2]);
}

/** CPU time of a process so far, user and system, of all its threads. */
export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
