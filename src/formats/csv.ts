/** Rows of a CSV file from its bytes, block by block: csv-parse does the grammar, this file finds the dialect and keeps the places. */

import { CsvError, type Options, type Parser, parse } from 'csv-parse';
import type { ByteBlocks } from '../bytes.ts';
import { BowerbirdError, type ErrorCode } from '../errors.ts';

export interface CsvDialect {
  readonly delimiter: string;
  /** A lone carriage return ends rows, as old Macs wrote them; else a line feed does, with or without one before it. */
  readonly newline: 'lf' | 'cr';
}

export interface CsvRow {
  readonly cells: readonly string[];
  /** Byte of the file behind the row. */
  readonly end: number;
  /** Line of the file on which it ends, from 1. */
  readonly line: number;
}

/** A place between two rows. */
export interface CsvPlace {
  readonly offset: number;
  /** Lines before it. */
  readonly line: number;
}

const quote = 0x22;
/** Of which a dialect is told. */
export const dialectBytes = 64 * 1024;
/** One row is no longer; an open quotation mark would else take the whole file for one cell. */
const mostRowBytes = 1 << 20;
/** Of which rows are made at a time: those of a megabyte would outlive the young generation of the heap. */
const pieceBytes = 128 * 1024;
const delimiters = [',', ';', '\t', '|'] as const;

/** A dialect, and where rows begin: behind a line `sep=;`, which Excel writes and reads. */
export interface SniffedCsv {
  readonly dialect: CsvDialect;
  readonly start: CsvPlace;
}

/** Says what stands between columns, in the words of Excel. */
const sepLine = /^(?:\u00ef\u00bb\u00bf)?"?sep=([^\r\n])"?(?:\r\n|\n|\r)/i;

/**
 * By the first row: the one of comma, semicolon, tab and bar that stands in it most often outside of quotation marks; the comma where none
 * does.
 */
export function sniffCsv(head: Uint8Array, source: string): SniffedCsv {
  if (head[0] === 0xff && head[1] === 0xfe) throw notUtf8(source, 'UTF-16 (little-endian)');
  if (head[0] === 0xfe && head[1] === 0xff) throw notUtf8(source, 'UTF-16 (big-endian)');
  const said = sepLine.exec(Buffer.from(head.subarray(0, 16)).toString('latin1'));
  const start = { offset: said?.[0].length ?? 0, line: said === null ? 0 : 1 };
  const counts = new Map<number, number>();
  let isQuoted = false;
  let newline: CsvDialect['newline'] = 'lf';
  for (let i = start.offset; i < head.length; i++) {
    const byte = head[i]!;
    if (byte === quote) isQuoted = !isQuoted;
    if (isQuoted) continue;
    if (byte === 10) break;
    if (byte === 13) {
      if (i + 1 < head.length && head[i + 1] !== 10) newline = 'cr';
      break;
    }
    counts.set(byte, (counts.get(byte) ?? 0) + 1);
  }
  const count = (delimiter: string) => counts.get(delimiter.charCodeAt(0)) ?? 0;
  const delimiter = delimiters.reduce<string>((best, each) => (count(each) > count(best) ? each : best), delimiters[0]);
  return { dialect: { delimiter: said?.[1] ?? delimiter, newline }, start };
}

function notUtf8(source: string, found: string): BowerbirdError {
  return new BowerbirdError('UNSUPPORTED', `Cannot read "${source}" as CSV: it is ${found}; save it as UTF-8`, {
    source,
  });
}

/**
 * Rows in batches. Empty lines are no rows; a byte order mark is passed over; a row may have any number of cells.
 * `blocks` begin at `from`, which is the start of the file or the end of a row; their memory must not be used again.
 *
 * @throws BowerbirdError BAD_SCHEMA for a quotation mark that is never closed
 */
export async function* csvRows(
  blocks: ByteBlocks,
  source: string,
  { delimiter, newline }: CsvDialect,
  from: CsvPlace = { offset: 0, line: 0 },
): AsyncGenerator<readonly CsvRow[], void, void> {
  let batch: CsvRow[] = [];
  let lastLine = from.line;
  const options: Options = {
    bom: from.offset === 0,
    delimiter,
    record_delimiter: newline === 'cr' ? ['\r'] : ['\r\n', '\n'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: mostRowBytes,
    // Rows that are returned would go through the stream's queue one by one, at twice the cost.
    on_record(cells, { bytes, lines }) {
      lastLine = from.line + lines;
      batch.push({ cells, end: from.offset + bytes, line: lastLine });
      return null;
    },
  };
  const parser = parse(options);
  const writer = new ParserWriter(parser, (error) => explain(error, source, lastLine));
  const taken = () => {
    const rows = batch;
    batch = [];
    return rows;
  };
  try {
    for await (const block of blocks) {
      for (let at = 0; at < block.length; at += pieceBytes) {
        await writer.write(block.subarray(at, at + pieceBytes));
        if (batch.length > 0) yield taken();
      }
    }
    await writer.end();
    if (batch.length > 0) yield taken();
  } finally {
    parser.destroy();
  }
}

/** A stream whose only use is to be written to. */
class ParserWriter {
  readonly #parser: Parser;
  readonly #explain: (error: Error) => Error;
  #error: Error | undefined;
  #ended = false;
  #wake = () => {};

  constructor(parser: Parser, explain: (error: Error) => Error) {
    this.#parser = parser;
    this.#explain = explain;
    parser.on('error', (error) => {
      this.#error = error;
      this.#wake();
    });
    parser.on('end', () => {
      this.#ended = true;
      this.#wake();
    });
    parser.resume();
  }

  async write(block: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#parser.write(block, () => resolve());
    });
    this.#rethrow();
  }

  async end(): Promise<void> {
    this.#parser.end();
    while (!this.#ended && this.#error === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#rethrow();
  }

  #rethrow(): void {
    if (this.#error !== undefined) throw this.#explain(this.#error);
  }
}

function explain(error: Error, source: string, line: number): Error {
  if (!(error instanceof CsvError)) return error;
  const where = `the row that begins behind line ${line}`;
  const reasons: { readonly [code: string]: readonly [ErrorCode, string] } = {
    CSV_QUOTE_NOT_CLOSED: ['BAD_SCHEMA', `a quotation mark in ${where} is never closed`],
    CSV_MAX_RECORD_SIZE: [
      'BAD_SCHEMA',
      `${where} is longer than ${mostRowBytes} bytes; a quotation mark in it may never be closed`,
    ],
  };
  const [code, reason] = reasons[error.code] ?? ['BAD_SCHEMA', `in ${where}: ${error.message}`];
  return new BowerbirdError(code, `Cannot read "${source}" as CSV: ${reason}`, { source }, { cause: error });
}
