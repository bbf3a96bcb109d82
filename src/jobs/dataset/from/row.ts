/** A row of the dataset, of the fields that a source gives. */

import type { ChunkColumn, ChunkRow } from '../chunk-source.ts';
import { cellOf, type FieldKind, type FieldValue } from './kinds.ts';

interface Heard {
  /** Null: the sample has no sound. */
  readonly audio: { readonly bytes: Uint8Array; readonly path: string } | null;
  readonly name: string;
  readonly seconds: number;
}

/** What says who speaks, the likelier first. */
const speakerNames = ['speaker_id', 'speaker'];

/** A field that is no column is left to whoever calls. @throws BowerbirdError BAD_SCHEMA: a field is not what its column takes */
export function rowOf(
  columns: readonly ChunkColumn[],
  fields: { readonly [name: string]: FieldValue | undefined },
  { audio, name, seconds }: Heard,
): ChunkRow {
  const cells = columns.map(({ name: column, kind }): [string, unknown] => {
    if (kind === 'audio') return [column, audio];
    return [column, cellOf(column, kind as FieldKind, Object.hasOwn(fields, column) ? fields[column] : null)];
  });
  const values = Object.fromEntries(cells);
  const speaker = speakerNames.map((each) => values[each] ?? null).find((each) => each !== null) ?? null;
  const dnsmos = values['dnsmos'];
  return {
    values,
    name,
    seconds,
    speaker: speaker === null ? null : String(speaker),
    dnsmos: typeof dnsmos === 'number' ? dnsmos : null,
  };
}
