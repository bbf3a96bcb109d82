/** What a user decides about an ingest, as plain JSON: read once at the public door, trusted from here on. */

import type { OnError } from '../../records/on-error.ts';
import { isRemote } from '../../storage/uri.ts';
import type { ColumnChoices } from './columns.ts';
import type { LabelRule } from './labels.ts';

/** What the feature `audio` holds. */
export type AudioForm =
  /** A serialized float32 TensorProto [samples, channels], full scale [-1, 1). */
  | 'tensor'
  /** 16-bit little-endian samples, interleaved. */
  | 'pcm16'
  /** The file as it is. */
  | 'bytes'
  /** A FLAC file. */
  | 'flac';

export interface Windows {
  /** Seconds. */
  readonly length: number;
  readonly hop: number;
  readonly pad: 'zero' | 'drop';
}

/** All of it decides about bytes. */
export interface IngestChoices extends ColumnChoices {
  /** Also read recordings that lie outside of --audio. */
  readonly allowOutside: boolean;
  /** Null: found in the file. */
  readonly delimiter: string | null;
  readonly labels: LabelRule;
  /** What stands between several labels of one row; null: a row has one. */
  readonly multiLabel: string | null;
  readonly mode: 'compat' | 'rich';
  readonly audioAs: AudioForm;
  /** Null: that of the recording. */
  readonly sampleRate: number | null;
  readonly mono: boolean;
  /** Null: one Example a recording. */
  readonly windows: Windows | null;
  readonly compression: 'none' | 'gzip';
  /** Null: in the order of the file. */
  readonly shuffle: number | null;
}

/** What a unit is given. */
export interface IngestUnitOptions extends IngestChoices {
  readonly csv: string;
  /** Where the paths of the rows begin; '' for nowhere. */
  readonly audio: string;
  /** Recordings that are on their way while a thread works on others, where they come over a network. */
  readonly prefetch: number;
  readonly onError: OnError;
  readonly maxRejects?: number | undefined;
  readonly durable: boolean;
}

/** Two where recordings come over a network: at the end of one shard nothing would be on its way for the next. They share `prefetch`. */
export function shardsAtOnce({ audio }: Pick<IngestUnitOptions, 'audio'>): number {
  return isRemote(audio) ? 2 : 1;
}
