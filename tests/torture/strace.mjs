// Makes single system calls of the server fail, as a broken or full disk would: strace answers in the kernel's place,
// and the call is not carried out. Only calls about the given paths are struck, so nothing fails that a disk cannot fail.

import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/**
 * strace's arguments for rules [{call, error, when}]; `when` is strace's: "3", "3..8", "1+", counted by thread. With
 * `delay`, in microseconds, instead of `error` such a call is carried out, so much later.
 */
const argumentsFor = (rules, paths, log) => [
  '-f', '-o', log, '-e', `trace=${[...new Set(rules.map(({ call }) => call))]}`, '-e', 'signal=none',
  ...rules.flatMap(({ call, error, delay, when }) =>
    ['-e', `inject=${call}:${delay ? `delay_enter=${delay}` : `error=${error}`}:when=${when}`]),
  ...paths.flatMap((path) => ['-P', path]),
];

/** What runs a program so from its start. The program stays our own child; strace ends with it. */
export const underStrace = (rules, paths, log) => ['strace', '-D', '--seccomp-bpf', ...argumentsFor(rules, paths, log)];

/** Strikes a running process from now on; answers what ends it. */
export async function attachStrace(pid, rules, paths, log) {
  const child = spawn('strace', [...argumentsFor(rules, paths, log), '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let said = '';
  await new Promise((resolve, reject) => {
    child.stderr.on('data', (bytes) => /attached/.test((said += bytes)) && resolve());
    child.once('error', reject);
    ended.then(() => reject(new Error(`strace ended before it was attached: ${said}`)));
  });
  return async () => {
    child.kill('SIGTERM'); // it lets the process go on
    await ended;
  };
}

/** The calls that were made to fail so far, each as strace's line of it. */
export async function faultsIn(log) {
  const text = await readFile(log, 'utf8').catch((error) => (error.code === 'ENOENT' ? '' : Promise.reject(error)));
  return text.split('\n').filter((line) => line.endsWith('(INJECTED)'));
}
