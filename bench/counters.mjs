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

/** Of all cores: for how long they had nothing to do so far, and how long that is in all. */
export function coreSeconds() {
  const [user, nice, system, idle, iowait, irq, softirq, steal] =
    readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/ +/).slice(1).map((ticks) => Number(ticks) / ticksPerSecond);
  return {idle: idle + iowait, all: user + nice + system + idle + iowait + irq + softirq + steal};
}
