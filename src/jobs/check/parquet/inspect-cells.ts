/** The first cells of a column that hold recordings: what they are by their first bytes, and what their paths say. */

import type { ParquetFile } from '../../../samples/parquet/parquet.ts';
import type { InspectSettings } from '../work.ts';
import { type AudioColumn, extensionOf, isExtensionOf, sniffCell } from './audio-columns.ts';
import type { InspectedAudio } from './types.ts';

/** To look costs as much as to read them. */
const mostBytes = { local: 64 << 20, remote: 8 << 20 } as const;

/** Undefined for a column that nobody calls Audio, and that holds none in the cells looked into. */
export async function lookAtCells(
  file: ParquetFile,
  column: AudioColumn,
  isRemote: boolean,
  { all, limit }: InspectSettings,
  onDamage: (error: unknown) => void,
): Promise<InspectedAudio | undefined> {
  const tally = new Tally(column);
  const most = isRemote ? mostBytes.remote : mostBytes.local;
  let rows = 0;
  let bytes = 0;
  try {
    const count = all ? file.rowCount : Math.min(limit, file.rowCount);
    reading: for await (const batch of file.rows({ columns: [column.field.name], count })) {
      for (const { values } of batch) {
        rows++;
        for (const cell of cellsIn(values[column.field.name], column)) bytes += await tally.add(cell);
        if (!all && bytes >= most) break reading;
      }
    }
  } catch (error) {
    onDamage(error);
  }
  return tally.told(rows === file.rowCount);
}

interface Cell {
  readonly bytes: Uint8Array | null;
  readonly path: string | null;
}

/** In lists, each of their cells. */
function cellsIn(value: unknown, column: AudioColumn): Cell[] {
  if (value === null || value === undefined) return [{ bytes: null, path: null }];
  if (Array.isArray(value)) return value.flatMap((item) => cellsIn(item, column));
  if (value instanceof Uint8Array) return [{ bytes: value, path: null }];
  if (typeof value !== 'object') return [];
  if (!('bytes' in value)) return Object.values(value).flatMap((item) => cellsIn(item, column));
  const { bytes, path } = value as { readonly bytes: unknown; readonly path?: unknown };
  return [{ bytes: bytes instanceof Uint8Array ? bytes : null, path: typeof path === 'string' ? path : null }];
}

class Tally {
  readonly #column: AudioColumn;
  readonly #formats = new Map<string, number>();
  #cells = 0;
  #nulls = 0;
  #sounds = 0;
  #withoutPath = 0;
  #withoutExtension = 0;
  #otherExtension = 0;
  #largest = 0;

  constructor(column: AudioColumn) {
    this.#column = column;
  }

  /** How many bytes it has. */
  async add({ bytes, path }: Cell): Promise<number> {
    this.#cells++;
    if (bytes === null) {
      this.#nulls++;
      return 0;
    }
    this.#largest = Math.max(this.#largest, bytes.length);
    const { format, what, isSound } = await sniffCell(bytes);
    this.#formats.set(what, (this.#formats.get(what) ?? 0) + 1);
    if (isSound) this.#sounds++;
    const extension = path === null ? undefined : extensionOf(path);
    if (path === null) this.#withoutPath++;
    else if (extension === undefined) this.#withoutExtension++;
    else if (format !== undefined && !isExtensionOf(extension, format)) this.#otherExtension++;
    return bytes.length;
  }

  told(complete: boolean): InspectedAudio | undefined {
    const { name, isTold, samplingRate } = this.#column;
    if (!isTold && this.#sounds === 0) return undefined;
    return {
      ...{ column: name, samplingRate, isTold, cells: this.#cells, complete, nulls: this.#nulls },
      formats: Object.fromEntries([...this.#formats].sort(([, a], [, b]) => b - a)),
      ...{ withoutPath: this.#withoutPath, withoutExtension: this.#withoutExtension },
      ...{ otherExtension: this.#otherExtension, largest: this.#largest },
    };
  }
}
