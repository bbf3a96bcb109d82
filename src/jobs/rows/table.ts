/** The plan of a job over rows as a table: a line for each row, in order, from which every unit reads its own part. */

import { closeSync, openSync, readSync } from 'node:fs';
import { systemError } from '../../errors.ts';
import { pythonJson } from '../../formats/npy/python-json.ts';
import type { RowFields } from '../../samples/rows/columns.ts';
import type { SourceRow, Span } from '../../samples/rows/source.ts';

/** A row, and where its recording is. */
export interface TableRow extends Pick<SourceRow, 'row' | 'line' | 'span' | 'problem'> {
  readonly uri: string;
  /** JSON of its RowFields, floats and large ints as Python writes them. */
  readonly fields: string;
}

type Line = [row: number, line: number | null, uri: string, fields: string, span: Span | null, problem: string | null];

export function tableRow({ row, line, span, problem, fields }: SourceRow, uri: string): TableRow {
  const rest = { ...(line === undefined ? {} : { line }), ...(span && { span }), ...(problem && { problem }) };
  return { row, uri, fields: pythonJson(fields as RowFields), ...rest };
}

export function tableLine({ row, line, uri, fields, span, problem }: TableRow): string {
  const cells: Line = [row, line ?? null, uri, fields, span ?? null, problem ?? null];
  return `${JSON.stringify(cells)}\n`;
}

/** For rowStamp(): all that the row says. */
export function cellsOf({ fields, span, problem }: TableRow): string[] {
  return [fields, JSON.stringify(span ?? null), problem ?? ''];
}

/** Bytes of the table. */
export interface TableRange {
  readonly offset: number;
  readonly bytes: number;
}

const blockBytes = 256 << 10;

/** Some at a time. */
export function* tableRows(path: string, { offset, bytes }: TableRange): Generator<readonly TableRow[], void, void> {
  const fd = attempt(path, () => openSync(path, 'r'));
  try {
    let rest = Buffer.alloc(0);
    for (let done = 0; done < bytes; ) {
      const block = Buffer.allocUnsafe(Math.min(blockBytes, bytes - done));
      const count = attempt(path, () => readSync(fd, block, 0, block.length, offset + done));
      if (count === 0) throw systemError('read', path, new Error('it became shorter'));
      done += count;
      const all = Buffer.concat([rest, block.subarray(0, count)]);
      const end = all.lastIndexOf(10) + 1;
      rest = all.subarray(end);
      if (end > 0)
        yield all
          .toString('utf8', 0, end - 1)
          .split('\n')
          .map(parseLine);
    }
  } finally {
    closeSync(fd);
  }
}

function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw systemError('read', path, error);
  }
}

function parseLine(text: string): TableRow {
  const [row, line, uri, fields, span, problem] = JSON.parse(text) as Line;
  return {
    row,
    uri,
    fields,
    ...(line === null ? {} : { line }),
    ...(span === null ? {} : { span }),
    ...(problem === null ? {} : { problem }),
  };
}
