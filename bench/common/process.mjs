// Runs one command and tells what it cost: wall time, CPU time and peak memory.
//
// A child of Node is charged with Node's own peak until it calls exec, so GNU time stands between and reports what wait4(2) says.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

const gnuTime = '/usr/bin/time';
const hasTime = process.platform === 'linux' && existsSync(gnuTime);

/**
 * @typedef {{ seconds: number, cpu: number, peakMiB: number, others: number, stdout: string }} Cost
 * cpu in seconds; `others` is the share of all CPUs that was busy with something else, kernel threads included.
 */

/**
 * Without NODE_EXTRA_CA_CERTS, where a machine has it: Node parses all of that file at every start (55 ms), and nothing here speaks TLS.
 * @param {readonly string[]} command @param {{ accept?: readonly number[], env?: NodeJS.ProcessEnv }} [options] @returns {Cost}
 */
export function cost(command, { accept = [0], env = process.env } = {}) {
  const report = join(tmpdir(), `bowerbird-bench-${process.pid}.time`);
  const wrapped = hasTime ? [gnuTime, '-q', '-f', '%U %S %M', '-o', report, ...command] : [...command];
  const busyBefore = busySeconds();
  const { NODE_EXTRA_CA_CERTS: _, ...given } = env;
  const start = process.hrtime.bigint();
  const { status, stdout, stderr, error } = spawnSync(wrapped[0], wrapped.slice(1), {
    encoding: 'utf8',
    env: given,
    maxBuffer: 64 << 20,
  });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const busy = busySeconds() - busyBefore;
  if (error) throw error;
  if (!accept.includes(status ?? -1)) {
    throw new Error(`${command.slice(0, 6).join(' ')} ended with ${status}\n${stderr.slice(-2000)}`);
  }
  if (!hasTime) return { seconds, cpu: Number.NaN, peakMiB: Number.NaN, others: Number.NaN, stdout };
  const [user, system, peak] = readFileSync(report, 'utf8').trim().split(' ').map(Number);
  rmSync(report);
  const cpu = user + system;
  return { seconds, cpu, peakMiB: peak / 1024, others: Math.max(0, busy - cpu) / (seconds * cpus().length), stdout };
}

/** Of all CPUs since boot, stolen time included: another guest's work disturbs like our own. */
function busySeconds() {
  if (process.platform !== 'linux') return Number.NaN;
  const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / 100;
}
