/** What inspect() and verify() say of Parquet files. */

import type { Damage } from '../../../records/damage.ts';
import type { Inspected, Verified } from '../work.ts';

/** What our writer says in a file of a dataset: which part of which chunk it is, and of what the chunk was made. */
export interface ShardTold {
  /** "en-12". */
  readonly chunk: string;
  /** From 0. */
  readonly part: number;
  readonly parts: number;
  /** SHA-256 of all that decides about the bytes of the chunk, in hexadecimal digits. */
  readonly identity: string;
  readonly config: string;
  readonly split: string;
  readonly rows: number;
  /** Segments of the chunk that were left out, told by its first part. */
  readonly rejects: number;
  /** What Arrow holds: `num_bytes` of a card. */
  readonly arrowBytes: number;
  /** Of all rows whose duration is known. */
  readonly seconds: number;
}

/** What can be wrong. Stable names: scripts may switch on them. */
export type ParquetFault =
  /** The signatures, or the footer as a whole: nothing else can be read. */
  | 'footer'
  /** Columns that are not what schema or neighbours say. */
  | 'schema'
  /** A page: its header, its checksum, what it unpacks to, its levels. */
  | 'page'
  /** A value that is none of its type. */
  | 'value'
  /** Values or rows: more or fewer than footer, group or header say. */
  | 'count'
  /** Least, greatest or number of nulls, where the values are others. */
  | 'statistics'
  /** The index of pages, where the pages are others. */
  | 'index'
  /** A cell that should be a recording. */
  | 'audio'
  /** Columns that other files of the same configuration have not, or of another type. */
  | 'differs'
  /** What the file says of the shards beside it, or of itself. */
  | 'parts'
  /** With `viewer`: what the viewer of the Hub does not show. */
  | 'viewer';

/** `offset`: of the page, where there is one, else 0. */
export interface ParquetDamage extends Damage {
  readonly fault: ParquetFault;
  /** Row group, from 0; null where it is about the file. */
  readonly group: number | null;
  /** As the file names it: "audio.bytes". */
  readonly column: string | null;
  /** In the file, from 0; null where it is about no single row. */
  readonly row: number | null;
}

/** What is odd about a file that is sound. */
export interface ParquetNote {
  readonly fault:
    | 'viewer'
    | 'audio'
    | 'sound'
    | 'sizes'
    | 'not-decoded'
    | 'index-unread'
    | 'differs'
    | 'parts'
    | 'card'
    | 'unlisted-damage';
  readonly reason: string;
}

export interface ParquetColumn {
  /** With a dot between a group and what is in it: "audio.bytes". */
  readonly name: string;
  /** In the words of Arrow, as far as Parquet tells it: "string", "int64", "binary". */
  readonly type: string;
  readonly optional: boolean;
}

export interface VerifiedParquet extends Verified {
  readonly format: 'parquet';
  /** Rows of row groups without damage. */
  readonly records: number;
  /** As the footer says. */
  readonly rows: number;
  readonly rowGroups: number;
  readonly columns: readonly ParquetColumn[];
  /** Cells that hold bytes of a recording. */
  readonly sounds: number;
  /** With `check: 'full'`: of all that could be decoded. */
  readonly durationSeconds?: number;
  /** What our own writer says in the file. */
  readonly shard: ShardTold | null;
  /** How many places are damaged: `damaged` lists the first two hundred. */
  readonly faults: number;
  readonly damaged: readonly ParquetDamage[];
  readonly notes: readonly ParquetNote[];
}

/** README.md of a dataset against its Parquet files. */
export interface VerifiedCard extends Verified {
  readonly format: 'card';
  readonly damaged: readonly CardDamage[];
  readonly notes: readonly ParquetNote[];
}

/** Without a place of its own: offset and length are 0. */
export interface CardDamage extends Damage {
  readonly fault: 'card' | 'num-examples' | 'num-bytes';
  readonly config: string | null;
  readonly split: string | null;
}

export interface InspectedColumn extends ParquetColumn {
  readonly codecs: readonly string[];
  readonly encodings: readonly string[];
  /** Of values, of all row groups; null where no footer says it and the headers were not walked (`all` does). */
  readonly pages: number | null;
  /** In the file, with headers; and unpacked. */
  readonly packedBytes: number;
  readonly bytes: number;
  /** Row groups that have an index of its pages. */
  readonly indexed: number;
  /** By statistics of all row groups; null where one of them does not say. */
  readonly nulls: number | null;
  readonly min: string | null;
  readonly max: string | null;
}

/** Cells that hold recordings, as their first bytes say. */
export interface InspectedAudio {
  readonly column: string;
  /** By the features of the file, in Hz; null where each has its own, or none are told. */
  readonly samplingRate: number | null;
  /** Whether the features of the file call it Audio. */
  readonly isTold: boolean;
  /** Cells looked into. */
  readonly cells: number;
  readonly complete: boolean;
  readonly nulls: number;
  readonly formats: { readonly [format: string]: number };
  readonly withoutPath: number;
  readonly withoutExtension: number;
  /** Whose extension is of another format than the bytes. */
  readonly otherExtension: number;
  readonly largest: number;
}

export interface InspectedParquet extends Inspected {
  readonly format: 'parquet';
  readonly version: number | null;
  readonly createdBy: string | null;
  readonly rows: number;
  /** The first thousand: bytes of all columns, unpacked, and as they are in the file. */
  readonly groups: readonly { readonly rows: number; readonly bytes: number; readonly packedBytes: number }[];
  readonly rowGroups: number;
  /** Null for a file without any. */
  readonly largestGroup: { readonly group: number; readonly rows: number; readonly bytes: number } | null;
  readonly columns: readonly InspectedColumn[];
  readonly keyValues: readonly { readonly key: string; readonly bytes: number }[];
  /** What `datasets` says of columns: "Audio(16000)", "Value(string)". */
  readonly features: { readonly [column: string]: string };
  /** What our own writer says in the file. */
  readonly shard: ShardTold | null;
  readonly audio: readonly InspectedAudio[];
  /** First damage met, if any. */
  readonly damage?: ParquetDamage;
}
