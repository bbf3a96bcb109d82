import type { Job, JobOptions } from '../../../dist/jobs/run.js';
import type { Receipt } from '../../../dist/jobs/types.js';

export interface CopyOptions extends JobOptions {
  readonly inputs: readonly string[];
  readonly shout?: boolean;
  readonly pauseMs?: number;
}

export function copyJob(module?: string): Job<CopyOptions, Receipt>;
