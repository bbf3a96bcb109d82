/** The columns of rows whose fields are known only from looking at them. */

import { BowerbirdError, named } from '../../../errors.ts';
import { usage } from '../../../options.ts';
import { checkColumns } from '../../../samples/parquet/write/columns.ts';
import type { ChunkColumn } from '../chunk-source.ts';
import { columnKind, type FieldValue, inWords, joined, kindOf, type Seen } from './kinds.ts';

/** What has more fields has data for names. */
const mostColumns = 1000;

interface Column {
  seen: Seen;
  /** Where its kind was seen first. */
  readonly first: string;
}

export class FieldColumns {
  readonly #source: string;
  readonly #columns = new Map<string, Column>();
  readonly #stored = new Set<string>();

  /** `source`: for messages. */
  constructor(source: string) {
    this.#source = source;
  }

  /**
   * `place`: "row 3 (line 4)".
   *
   * @throws BowerbirdError BAD_SCHEMA: no column takes this value and those before
   */
  add(name: string, value: FieldValue | undefined, place: string): void {
    const seen = kindOf(value);
    const column = this.#columns.get(name);
    if (column === undefined) {
      if (this.#columns.size === mostColumns) {
        const message = `Cannot use "${this.#source}": it has more than ${mostColumns} columns at ${place}`;
        throw new BowerbirdError('UNSUPPORTED', message, { source: this.#source });
      }
      this.#columns.set(name, { seen, first: place });
      return;
    }
    const both = joined(column.seen, seen);
    if (both === column.seen) return;
    if (both === undefined) {
      const message =
        `Cannot use "${this.#source}": its ${JSON.stringify(name)} is ${inWords(seen)} in ${place}, and ${inWords(column.seen)} in ${column.first}; ` +
        `make all of them alike, or leave that column out of ${named('keepColumns')}`;
      throw new BowerbirdError('BAD_SCHEMA', message, { source: this.#source });
    }
    this.#columns.set(name, { seen: both, first: column.seen === 'none' ? place : column.first });
  }

  /** A field that is told otherwise, and so is no column. */
  addStored(name: string): void {
    this.#stored.add(name);
  }

  /** Names that addStored() got. */
  get stored(): ReadonlySet<string> {
    return this.#stored;
  }

  /** In the order in which they were seen, and the names of those that no column takes. */
  columns(): { readonly columns: readonly ChunkColumn[]; readonly notKept: readonly string[] } {
    const columns: ChunkColumn[] = [];
    const notKept: string[] = [];
    for (const [name, { seen }] of this.#columns) {
      const kind = name === '' ? undefined : columnKind(seen);
      if (kind === undefined) notKept.push(name);
      else columns.push({ name, kind });
    }
    return { columns, notKept };
  }
}

/** `audio` comes first: its bytes then wait for nothing. @throws BowerbirdError USAGE */
export function withAudio(columns: readonly ChunkColumn[], samplingRate: number | null): readonly ChunkColumn[] {
  const audio = { name: 'audio', kind: 'audio' as const, ...(samplingRate !== null && { samplingRate }) };
  const all = [audio, ...columns];
  if (columns.some(({ name }) => name === 'audio')) throw usage('Cannot make two columns that are called "audio"');
  checkColumns(all);
  return all;
}
