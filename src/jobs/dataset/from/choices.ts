/** What a thread is told of rows that are no episodes, as plain JSON. */

import type { ChunkColumn } from '../chunk-source.ts';
import type { SoundCheck } from '../sound-check.ts';

export type FromOptions = RowsOptions | PackOptions;

export interface RowsOptions {
  readonly kind: 'rows';
  /** Of the rows, as it may be shown. */
  readonly source: string;
  /** Path or URI where the paths of rows begin. */
  readonly audio: string;
  readonly allowOutside: boolean;
  /** Of the table in the state folder. */
  readonly table: string;
  readonly columns: readonly ChunkColumn[];
  /** Names of folders in the order of their ids; null where recordings have no such labels. */
  readonly labels: readonly string[] | null;
  readonly check: SoundCheck;
}

export interface PackOptions {
  readonly kind: 'pack';
  readonly columns: readonly ChunkColumn[];
  /** Fields of which no column is made. */
  readonly notKept: readonly string[];
  readonly check: SoundCheck;
}

/** Of every source but episodes. */
export const [fromConfig, fromSplit] = ['default', 'train'] as const;

/** Where chunk `number` goes, and how it is called. */
export function fromPlace(number: number) {
  const output = `data/${fromSplit}/chunk-${String(number).padStart(5, '0')}.parquet`;
  return { id: `${fromSplit}-${number}`, config: fromConfig, split: fromSplit, output };
}
