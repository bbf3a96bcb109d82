/** Rows that name recordings, whatever they stand in: a manifest, a CSV file, a folder. */

import type { Stop } from '../../bytes.ts';
import { named } from '../../options.ts';
import type { RowFields } from './columns.ts';

/** A part of a recording, in seconds; without an end, to that of the recording. */
export type Span = readonly [from: number, to: number | null];

export interface SourceRow {
  /** From 0. */
  readonly row: number;
  /** On which it ends, from 1; absent where rows are no lines. */
  readonly line?: number;
  /** As the row says it: relative to `audio` of the source, or whole. '' where it names none. */
  readonly audio: string;
  readonly fields: RowFields;
  readonly span?: Span;
  /** Why the row cannot be used. */
  readonly problem?: string;
}

/** What the rows were, when the last one was taken. */
export interface RowFindings {
  /** Columns of which no field is made. */
  readonly left: readonly string[];
  /** Files of a folder that no row names, and what else it brought that is no recording, with the reason. */
  readonly leftOut: readonly string[];
  readonly notices: readonly string[];
  /** Names of folders as labels, in the order of their ids. */
  readonly vocabulary: readonly string[] | undefined;
}

export interface RowSource {
  /** For people. */
  readonly name: string;
  /** Where the paths of rows begin, unless the user says it. */
  readonly audio: string;
  /** The field `converter`. */
  readonly converter: 'manifest_file' | 'csv' | 'folder';
  /** Once. */
  rows(stop: Stop): AsyncGenerator<readonly SourceRow[], void, void>;
  findings(): RowFindings;
}

export const noFindings: RowFindings = { left: [], leftOut: [], notices: [], vocabulary: undefined };

/** Of columns that no field is made of. */
export function notKept(source: string, names: readonly string[]): string {
  return `Not kept of "${source}": ${someOf(names)}; ${named('keepColumns')} makes fields of them`;
}

/** Some of many names, for a sentence. */
export function someOf(names: readonly string[]): string {
  const first = names.slice(0, 5).map((name) => `"${name}"`);
  return `${first.join(', ')}${names.length > first.length ? ` and ${names.length - first.length} more` : ''}`;
}
