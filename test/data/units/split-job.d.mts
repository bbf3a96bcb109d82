import type { Job, JobOptions } from '../../../dist/jobs/engine/job.js';
import type { Receipt, Unit } from '../../../dist/jobs/engine/types.js';

export interface SplitOptions extends JobOptions {
  readonly inDir: string;
  readonly lines: number;
  readonly failing: string | undefined;
}

export function splitJob(sealed?: (unit: string) => Promise<void>): Job<SplitOptions, Unit, Receipt>;
