/** What datasetScan() takes and tells. */

import type { Progress } from '../../jobs/engine/types.ts';

export interface DatasetScanOptions {
  /** Folder or URI where LANGUAGE/EPISODE/all_segments.json are. Default: r2://R2_BUCKET/processed/. */
  readonly source?: string;
  /** Scan these languages alone; the others of a plan that is there stay as they are. Default: all. */
  readonly language?: string | readonly string[];
  /** The work plan. Default: work_plan.json in `state`. */
  readonly plan?: string;
  /** Where plan and state are. Default: the working directory. */
  readonly state?: string;
  /** The first episodes of each language alone; what is in the plan stays in it. Default: all. */
  readonly limitPerLanguage?: number;
  /** Default: R2_ENDPOINT_URL, and so on of the environment or .env. */
  readonly r2EndpointUrl?: string;
  readonly r2AccessKeyId?: string;
  readonly r2SecretAccessKey?: string;
  /** Look only; write nothing. */
  readonly dryRun?: boolean;
  /** Units are folders of languages, records episodes. */
  readonly onProgress?: (progress: Progress) => void;
  /** Told of things a user should know that are not errors. */
  readonly onNotice?: (notice: string) => void;
  readonly signal?: AbortSignal;
}

export interface ScannedLanguage {
  readonly language: string;
  /** In the plan. */
  readonly episodes: number;
  /** By this scan. */
  readonly added: number;
}

export interface DatasetScanReport {
  readonly job: 'dataset scan';
  readonly version: string;
  readonly source: string;
  /** Path of the plan. */
  readonly plan: string;
  readonly dryRun: boolean;
  /** Those that were scanned. */
  readonly languages: readonly ScannedLanguage[];
  /** In the plan, of all its languages. */
  readonly episodes: number;
  readonly added: number;
  /** Episodes of the plan that the source does not hold any more; they stay in it. */
  readonly gone: readonly string[];
  /** What is no folder of a language or an episode, with the reason. */
  readonly leftOut: readonly string[];
  readonly elapsedSeconds: number;
  readonly notices: readonly string[];
}
