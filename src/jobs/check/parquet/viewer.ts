/** What the viewer of the Hub needs to show sound: https://huggingface.co/docs/dataset-viewer, and `datasets` to take a column for Audio. */

import type { HubFeature } from '../../../samples/parquet/features.ts';
import type { Field, Schema } from '../../../samples/parquet/schema.ts';
import { typeText } from '../../../samples/parquet/shard-footer.ts';
import { viewerBytes } from '../../../samples/parquet/viewer-limit.ts';
import { isText } from './audio-columns.ts';
import type { CellCheck } from './cells.ts';
import type { ChunkFacts } from './chunk.ts';
import { type FindingPlace, type ParquetFindings, placeText } from './findings.ts';

/** As damage where it was asked for, else as a note. */
export class ViewerCheck {
  readonly #findings: ParquetFindings;
  readonly #isAsked: boolean;

  constructor(findings: ParquetFindings, isAsked: boolean) {
    this.#findings = findings;
    this.#isAsked = isAsked;
  }

  tell(what: string, place: FindingPlace): void {
    if (this.#isAsked) this.#findings.add('viewer', what, place, 'BAD_SCHEMA');
    else this.#findings.note('viewer', what, placeText(place));
  }

  /** Without an index of pages it reads all of a row group, with one the pages of a row. */
  group(group: number, chunks: readonly ChunkFacts[]): void {
    const bytes = sum(chunks, (chunk) => Math.max(chunk.packed, chunk.unpacked));
    if (bytes <= viewerBytes) return;
    const lacks = chunks.some(({ hasIndex, pages }) => !hasIndex && pages > 1);
    const read = lacks ? bytes : sum(chunks, ({ largest }) => largest);
    if (read <= viewerBytes) return;
    const what = lacks
      ? `A row group of ${bytes} bytes without an index of pages`
      : `A row group of ${bytes} bytes whose largest pages take ${read}`;
    this.tell(`${what}; the viewer reads at most ${viewerBytes}: write smaller row groups`, { group });
  }

  /** When the cells were looked into: of columns that nobody calls Audio those count that hold sound. */
  columns({ columns }: Schema, features: ReadonlyMap<string, HubFeature>, cells: readonly CellCheck[]): void {
    for (const field of columns) {
      const isTold = features.get(field.name)?.type === 'Audio';
      const sounding = cells.filter(({ column, sounds }) => column.field === field && sounds > 0);
      if (!isTold && sounding.length === 0) continue;
      const place = { column: field.name };
      const problem = problemOf(field);
      if (problem !== undefined) this.tell(`${problem}: expected a nullable struct of bytes and path`, place);
      else if (!isTold) {
        const what = 'It holds recordings, and the features of the file (key "huggingface") do not call it Audio';
        this.#findings.note('viewer', what, placeText(place));
      }
    }
  }
}

function problemOf(field: Field): string | undefined {
  if (field.kind !== 'struct') return `The viewer takes no sound from a column of ${typeText(field)}`;
  const [bytes, path, ...more] = field.fields;
  const isRight =
    bytes?.name === 'bytes' &&
    bytes.kind === 'value' &&
    bytes.element.type === 'BYTE_ARRAY' &&
    !isText(bytes) &&
    path?.name === 'path' &&
    isText(path) &&
    more.length === 0;
  if (!isRight) return `The viewer takes no sound from a column of ${typeText(field)}`;
  const isNullable = field.optional && bytes.optional && path.optional;
  return isNullable ? undefined : 'The viewer takes no sound from a column whose values cannot be null';
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
