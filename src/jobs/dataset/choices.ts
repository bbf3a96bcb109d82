/** What a build is told, as plain JSON: read once at the public door, trusted from here on. */

import { STATE_FOLDER } from '../../storage/drafts.ts';
import type { EnvValues } from '../../storage/env.ts';
import type { Unit } from '../engine/types.ts';
import type { ChunkColumn, FromOptions, PlannedChunk } from './chunk-source.ts';
import type { EpisodeOptions } from './episodes/rows.ts';
import type { SoundCheck } from './sound-check.ts';

/** The policies of this job: nothing is mended, so that there is nothing to salvage. */
export type DatasetOnError = 'fail' | 'skip';

/** What decides about the bytes of a chunk, besides its rows. */
export interface ChunkChoices {
  readonly columns: readonly ChunkColumn[];
  readonly check: SoundCheck;
  readonly onError: DatasetOnError;
  readonly rowgroupBytes: number;
  readonly parquetMaxBytes: number;
}

/** What a unit is given. */
export interface DatasetUnitOptions extends ChunkChoices {
  /** Variables of this run alone: secrets among them. Given to threads, and written nowhere. */
  readonly access: EnvValues | null;
  readonly maxRejects: number | undefined;
  readonly durable: boolean;
  /** What is built waits here for a commit (built.ts). */
  readonly awaitsCommit: boolean;
  /** Of one thread. */
  readonly downloads: number;
  readonly episodes: EpisodeOptions;
  /** Of other sources: what their rows need. */
  readonly rows: FromOptions | null;
}

/** Where files are until their commit: nobody's data, and nobody takes them for a dataset. */
export const uploadFolder = `${STATE_FOLDER}/upload`;

/** The name that an output has in the dataset. */
export function nameInDataset(output: string): string {
  return output.startsWith(`${uploadFolder}/`) ? output.slice(uploadFolder.length + 1) : output;
}

export interface DatasetUnit extends Unit {
  /** Below `uploadFolder` where it waits for a commit. */
  readonly outputs: readonly [string];
  readonly config: string;
  readonly split: string;
  /** SHA-256 in hex: identity.ts. */
  readonly identity: string;
  readonly from: PlannedChunk['from'];
  /** Episodes or samples. */
  readonly sources: number;
  /** The repository has it already. */
  readonly adopted: AdoptedChunk | null;
}

/** What the footers of a repository tell of a chunk. */
export interface AdoptedChunk {
  readonly files: readonly AdoptedFile[];
  readonly rejects: number;
}

export interface AdoptedFile {
  readonly name: string;
  readonly bytes: number;
  readonly rows: number;
  readonly seconds: number;
  readonly unknownSeconds: number;
  readonly arrowBytes: number;
}
