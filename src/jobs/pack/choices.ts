/** What a user decides about a pack, as plain JSON: read once at the public door, trusted from here on. */

import type { KeptColumn } from '../../formats/cells.ts';
import type { Options } from '../../options.ts';
import type { OnError } from '../../records/on-error.ts';
import type { ProcessorSpec } from '../../samples/load.ts';
import type { ModuleClass } from '../../samples/module-class.ts';
import type { SampleColumns } from '../../samples/parquet/columns.ts';
import { isRemote } from '../../storage/uri.ts';
import type { packChoices } from './options.ts';

type Choices = Options<typeof packChoices>;

/** What decides about each sample. */
export interface SampleChoices extends Pick<Choices, 'sampleRate' | 'mono' | 'codec' | 'values'> {
  /** Null: samples are stored as they are. */
  readonly processor: ProcessorSpec | null;
}

/** What a unit is given. */
export interface PackUnitOptions extends SampleChoices {
  /** Of the rows, for messages. */
  readonly source: string;
  /** Where the paths of rows begin; '' for nowhere. */
  readonly audio: string;
  readonly allowOutside: boolean;
  /** The field `converter`. */
  readonly converterName: string;
  /** Whose parts are converted. */
  readonly converter: ModuleClass | null;
  /** What becomes of the columns of Parquet files, and where the paths of their rows begin. */
  readonly parquet: ParquetColumns | null;
  /** Of the table in the state folder. */
  readonly table: string;
  readonly prefetch: number;
  readonly onError: OnError;
  readonly maxRejects: number | undefined;
  readonly durable: boolean;
  /** Who takes shards when they are done. */
  readonly uploader: UploaderSpec | null;
  readonly removeUploaded: boolean;
}

export interface ParquetColumns {
  readonly columns: SampleColumns;
  readonly root?: string | undefined;
}

export type UploaderSpec = string | ModuleClass;

export type { KeptColumn };

/**
 * Two where recordings come over a network: at the end of one shard nothing would be on its way for the next. They share `prefetch`. A thread has
 * one processor, which need not bear to be asked twice at once.
 */
export function shardsAtOnce({ audio, processor }: Pick<PackUnitOptions, 'audio' | 'processor'>): number {
  return isRemote(audio) && processor === null ? 2 : 1;
}
