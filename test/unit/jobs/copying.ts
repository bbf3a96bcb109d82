/** Runs of the small copy job (test/data/units) for the tests of the machinery; needs a build. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type JobResult, runJob } from '../../../dist/jobs/engine/course.js';
import type { Outcome, RunUnits } from '../../../dist/jobs/engine/job.js';
import type { RunSettings } from '../../../dist/jobs/engine/run.js';
import type { Receipt, Unit, UnitContext } from '../../../dist/jobs/engine/types.js';
import { runUnits } from '../../../dist/runners/local.js';
import { type CopyOptions, copyJob } from '../../data/units/job.mjs';
import { scratch, writeFiles } from './folder.ts';

/** One unit after the other in this thread: quick, and in a known order. */
export async function* oneByOne<U, R>(
  module: string,
  units: readonly U[],
  options: unknown,
  context: UnitContext,
): AsyncGenerator<Outcome<U, R>> {
  const { run } = await import(module);
  for (const unit of units) {
    const outcome: Outcome<U, R> = await run(unit, options, context).then(
      (receipt: R) => ({ unit, receipt }),
      (error: Error) => ({ unit, error }),
    );
    yield outcome;
  }
}

export const inThreads: RunUnits = (module, units, options, context) => runUnits(module, units, options, context, 2);

/** A folder `in` of small files with a few lines to be rejected. */
export function sampleInputs(count = 5): string {
  const files: { [name: string]: string } = {};
  for (let i = 0; i < count; i++) {
    files[`in/f${i}.txt`] = Array.from(
      { length: 3 + i },
      (_, n) => `${n % 3 === 1 && i % 2 ? '!' : ''}line ${n}\n`,
    ).join('');
  }
  return writeFiles(scratch(), files);
}

export interface Given extends Partial<Omit<CopyOptions, 'outDir'>>, Partial<RunSettings> {
  readonly module?: string;
}

export function copy(
  root: string,
  out: string,
  given: Given = {},
): Promise<JobResult<Unit, Receipt, { readonly files: number }>> {
  const { module, inputs = [join(root, 'in')], durable = false, maxRejects, shout, pauseMs, ...settings } = given;
  const options: CopyOptions = {
    inputs,
    outDir: join(root, out),
    durable,
    maxRejects,
    ...(shout === undefined ? {} : { shout }),
    ...(pauseMs === undefined ? {} : { pauseMs }),
  };
  return runJob(copyJob(module), options, { runUnits: oneByOne, ...settings });
}

const script = fileURLToPath(new URL('../../data/units/run.mjs', import.meta.url));

export type Ended = {
  readonly code?: string;
  readonly message?: string;
  readonly done: number;
  readonly complete: boolean;
};

/** A run in a process of its own, with two threads. */
export function copyProcess(root: string, out: string, given: object, settings: object = {}): Promise<Ended> {
  const child = startProcess(root, out, given, settings);
  return new Promise((resolve) => {
    let text = '';
    child.stdout!.on('data', (data) => (text += data));
    child.once('close', () => resolve(JSON.parse(text) as Ended));
  });
}

export function startProcess(root: string, out: string, given: object, settings: object = {}): ChildProcess {
  const options = { inputs: [join(root, 'in')], outDir: join(root, out), ...given };
  const args = [script, JSON.stringify(options), JSON.stringify(settings)];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

export interface SmallDisk {
  grow(bytes: number): void;
  remove(): void;
}

/** A small RAM disk that can be filled up, or undefined where this user may not mount one. */
export function smallDisk(folder: string, bytes: number): SmallDisk | undefined {
  const mount = (options: string) =>
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
  try {
    mount(`size=${bytes}`);
  } catch {
    return undefined;
  }
  return {
    grow: (more) => void mount(`remount,size=${more}`),
    remove: () => void execFileSync('umount', [folder]),
  };
}
