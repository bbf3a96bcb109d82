/** The header of a .npy file (NumPy's NEP 1): a magic, a version, and a Python dict literal, read by a parser of just that literal. */

import { BowerbirdError } from '../../errors.ts';
import { usage } from '../../options.ts';

export interface NpyHeader {
  /** NumPy's type string, such as "<f4". */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  readonly version: readonly [number, number];
  /** Where the values begin. */
  readonly dataOffset: number;
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** NumPy allows 64 dimensions and writes descriptions of some thousand bytes at most; its own reader stops at 10,000. */
const longestHeader = 1 << 20;
const mostDimensions = 64;

/** How many bytes from the start of a file parseNpyHeader wants to see. */
export function npyHeaderBytes(head: Uint8Array, source: string): number {
  if (head.length >= 4 && head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5)) {
    throw new BowerbirdError(
      'UNSUPPORTED',
      `Cannot read "${source}": it is an .npz archive; unpack it and read the .npy files in it`,
      {
        source,
      },
    );
  }
  if (head.length < 10) throw bad(source, 'TRUNCATED', `it ends after ${head.length} bytes, inside the header`);
  if (!magic.every((byte, i) => head[i] === byte)) {
    throw bad(source, 'BAD_SCHEMA', 'it is not a NumPy array: it does not begin with \\x93NUMPY');
  }
  const major = head[6]!;
  if (major < 1 || major > 3 || head[7] !== 0) {
    throw bad(source, 'UNSUPPORTED', `it is of format version ${major}.${head[7]}, expected 1.0, 2.0 or 3.0`);
  }
  if (major > 1 && head.length < 12) throw bad(source, 'TRUNCATED', 'it ends inside the header');
  const length =
    major === 1
      ? head[8]! | (head[9]! << 8)
      : (head[8]! | (head[9]! << 8) | (head[10]! << 16) | (head[11]! << 24)) >>> 0;
  if (length > longestHeader)
    throw bad(source, 'BAD_SCHEMA', `its header claims ${length} bytes, expected at most ${longestHeader}`);
  return (major === 1 ? 10 : 12) + length;
}

/** REQUIRES: npyHeaderBytes(head) bytes, or the whole file when it is shorter. */
export function parseNpyHeader(head: Uint8Array, source = 'npy'): NpyHeader {
  const dataOffset = npyHeaderBytes(head, source);
  if (head.length < dataOffset) {
    throw bad(source, 'TRUNCATED', `it ends after ${head.length} bytes, its header promises ${dataOffset}`);
  }
  const major = head[6]!;
  const text = Buffer.from(
    head.buffer,
    head.byteOffset + (major === 1 ? 10 : 12),
    dataOffset - (major === 1 ? 10 : 12),
  );
  const dict = new Literal(text.toString(major === 3 ? 'utf8' : 'latin1'), source).dict();
  for (const key of dict.keys()) {
    if (key !== 'descr' && key !== 'fortran_order' && key !== 'shape') {
      throw bad(source, 'BAD_SCHEMA', `its header has an unknown key "${key}"`);
    }
  }
  const [descr, fortranOrder, shape] = [dict.get('descr'), dict.get('fortran_order'), dict.get('shape')];
  if (Array.isArray(descr)) throw bad(source, 'UNSUPPORTED', 'it holds structured records; save its fields one by one');
  if (typeof descr !== 'string') throw bad(source, 'BAD_SCHEMA', 'its header names no "descr"');
  if (typeof fortranOrder !== 'boolean') throw bad(source, 'BAD_SCHEMA', 'its header names no "fortran_order"');
  if (!Array.isArray(shape) || !shape.every((size): size is number => typeof size === 'number')) {
    throw bad(source, 'BAD_SCHEMA', 'its header names no "shape"');
  }
  if (shape.length > mostDimensions) throw bad(source, 'BAD_SCHEMA', `its shape has ${shape.length} dimensions`);
  return { descr, fortranOrder, shape, version: [major, head[7]!], dataOffset };
}

/** Room that NumPy leaves for the first dimension to grow: as if it had this many digits. */
const growthDigits = 21;

/** The header numpy.save writes, byte for byte: version 1.0, the values begin at a multiple of 64. */
export function npyHeader(descr: string, shape: readonly number[]): Uint8Array {
  if (shape.length > mostDimensions || !shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw usage(`Cannot write a .npy of shape [${shape.join(', ')}]: expected at most ${mostDimensions} whole numbers`);
  }
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const growth = shape.length === 0 ? 0 : growthDigits - String(shape[0]).length;
  const used = 10 + dict.length + growth + 1;
  // Never no padding: when the length already fits, NumPy adds a whole 64.
  const text = `${dict}${' '.repeat(growth + 64 - (used % 64))}\n`;
  const header = new Uint8Array(10 + text.length);
  header.set([...magic, 1, 0, text.length & 0xff, text.length >> 8]);
  header.set(Buffer.from(text, 'latin1'), 10);
  return header;
}

function bad(source: string, code: 'BAD_SCHEMA' | 'TRUNCATED' | 'UNSUPPORTED', what: string): BowerbirdError {
  return new BowerbirdError(code, `Cannot read "${source}" as .npy: ${what}`, { source });
}

type Value = string | boolean | number | readonly Value[];

/** Strings, booleans, whole numbers, tuples and lists of them. Nothing is evaluated. */
class Literal {
  readonly #text: string;
  readonly #source: string;
  #at = 0;

  constructor(text: string, source: string) {
    this.#text = text;
    this.#source = source;
  }

  dict(): Map<string, Value> {
    const entries: Map<string, Value> = new Map();
    this.#expect('{');
    while (!this.#accept('}')) {
      const key = this.#string();
      this.#expect(':');
      if (entries.has(key)) throw this.#wrong(`a second "${key}"`);
      entries.set(key, this.#value(0));
      if (!this.#accept(',')) {
        this.#expect('}');
        break;
      }
    }
    this.#space();
    if (this.#at < this.#text.length) throw this.#wrong('nothing more');
    return entries;
  }

  #value(depth: number): Value {
    if (depth > 8) throw this.#wrong('less nesting');
    this.#space();
    const next = this.#text[this.#at];
    if (next === "'" || next === '"') return this.#string();
    if (this.#accept('(')) return this.#items(')', depth);
    if (this.#accept('[')) return this.#items(']', depth);
    if (this.#accept('True')) return true;
    if (this.#accept('False')) return false;
    // Python 2 wrote long integers with an L.
    const digits = /^\d+/.exec(this.#text.slice(this.#at, this.#at + 24))?.[0];
    if (digits === undefined) throw this.#wrong('a value');
    this.#at += digits.length;
    this.#accept('L');
    if (!Number.isSafeInteger(Number(digits))) throw this.#wrong('a smaller number');
    return Number(digits);
  }

  #items(close: string, depth: number): Value[] {
    const items: Value[] = [];
    while (!this.#accept(close)) {
      items.push(this.#value(depth + 1));
      if (!this.#accept(',')) {
        this.#expect(close);
        break;
      }
    }
    return items;
  }

  /** Type strings need no escapes, so a backslash is refused. */
  #string(): string {
    this.#space();
    const quote = this.#text[this.#at];
    if (quote !== "'" && quote !== '"') throw this.#wrong('a string');
    const end = this.#text.indexOf(quote, this.#at + 1);
    const value = this.#text.slice(this.#at + 1, end);
    if (end < 0 || /[\\\n]/.test(value)) throw this.#wrong('a plain string');
    this.#at = end + 1;
    return value;
  }

  #accept(token: string): boolean {
    this.#space();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #expect(token: string): void {
    if (!this.#accept(token)) throw this.#wrong(`"${token}"`);
  }

  #space(): void {
    while (/[ \t\n\r]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  #wrong(expected: string): BowerbirdError {
    return bad(
      this.#source,
      'BAD_SCHEMA',
      `its header is not the dictionary NumPy writes: expected ${expected} at character ${this.#at}`,
    );
  }
}
