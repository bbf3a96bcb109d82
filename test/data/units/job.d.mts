import type { Job, JobOptions } from '../../../dist/jobs/engine/job.js';
import type { Receipt, Unit } from '../../../dist/jobs/engine/types.js';

export interface CopyOptions extends JobOptions {
  readonly inputs: readonly string[];
  readonly shout?: boolean;
  readonly pauseMs?: number;
}

export function copyJob(module?: string): Job<CopyOptions, Unit, Receipt, { readonly files: number }>;
