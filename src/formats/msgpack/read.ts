/** MessagePack to plain data. Its types are few and none runs code; extensions, which may mean anything, are refused. */

import { checkData, type Limits, usualLimits } from '../python/bounds.ts';
import { DataFaults } from '../python/faults.ts';
import { strictText } from '../python/text.ts';
import { asInt, type PythonData, PythonFloat } from '../python/values.ts';
import { head } from './formats.ts';
import { namedValue } from './named.ts';

export interface MsgpackOptions {
  /** For messages: where it comes from. */
  readonly source?: string;
  /** What float16 becomes: a Float32Array, or a Uint16Array of its bits. Default "float32". */
  readonly halves?: 'float32' | 'bits';
  readonly limits?: Limits;
}

/**
 * One value, and nothing behind it. Maps of msgpack-numpy become arrays, scalars and complex numbers. Byte strings and the values of arrays
 * are views of `bytes` where that can be.
 *
 * @throws BowerbirdError UNSUPPORTED: extensions, and more than `limits`; BAD_SCHEMA: no MessagePack, or damaged; TRUNCATED
 */
export function readMsgpack(bytes: Uint8Array, options: MsgpackOptions = {}): PythonData {
  return new MsgpackReader(bytes, options).read();
}

class MsgpackReader {
  readonly #buffer: Buffer;
  readonly #faults: DataFaults;
  readonly #limits: Limits;
  readonly #halves: 'float32' | 'bits';
  #at = 0;
  #depth = 0;
  #values = 0;
  #containers = 0;

  constructor(bytes: Uint8Array, { source = '', halves = 'float32', limits = usualLimits }: MsgpackOptions) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#faults = new DataFaults('msgpack', source);
    this.#limits = limits;
    this.#halves = halves;
  }

  read(): PythonData {
    const value = this.#value();
    const left = this.#buffer.length - this.#at;
    if (left > 0) throw this.#faults.wrong(`${left} bytes follow its end`, this.#at);
    checkData(value, this.#limits, (what) => this.#faults.refusedAll(what));
    return value;
  }

  #value(): PythonData {
    this.#faults.at = this.#at;
    if (++this.#values > this.#limits.values) throw this.#faults.refused(`more than ${this.#limits.values} values`);
    const first = this.#buffer[this.#skip(1)]!;
    if (first < head.fixmap) return first;
    if (first >= head.negative) return first - 0x100;
    if (first < head.fixarray) return this.#map(first & 0x0f);
    if (first < head.fixstr) return this.#list(first & 0x0f);
    if (first < head.nil) return this.#text(first & 0x1f);
    return this.#headed(first);
  }

  #headed(first: number): PythonData {
    switch (first) {
      case head.nil:
        return null;
      case head.false:
        return false;
      case head.true:
        return true;
      case head.bin8:
      case head.bin16:
      case head.bin32:
        return this.#bytes(this.#uint(1 << (first - head.bin8)));
      case head.float32:
        return new PythonFloat(this.#buffer.readFloatBE(this.#skip(4)));
      case head.float64:
        return new PythonFloat(this.#buffer.readDoubleBE(this.#skip(8)));
      case head.uint8:
      case head.uint16:
      case head.uint32:
        return this.#uint(1 << (first - head.uint8));
      case head.uint64:
        return asInt(this.#buffer.readBigUInt64BE(this.#skip(8)));
      case head.int8:
      case head.int16:
      case head.int32: {
        const bytes = 1 << (first - head.int8);
        return this.#buffer.readIntBE(this.#skip(bytes), bytes);
      }
      case head.int64:
        return asInt(this.#buffer.readBigInt64BE(this.#skip(8)));
      case head.str8:
      case head.str16:
      case head.str32:
        return this.#text(this.#uint(1 << (first - head.str8)));
      case head.array16:
      case head.array32:
        return this.#list(this.#uint(2 << (first - head.array16)));
      case head.map16:
      case head.map32:
        return this.#map(this.#uint(2 << (first - head.map16)));
      default:
        throw this.#unread(first);
    }
  }

  #list(length: number): PythonData {
    this.#enter(length);
    const list: PythonData[] = [];
    for (let i = 0; i < length; i++) list.push(this.#value());
    this.#depth--;
    return list;
  }

  #map(size: number): PythonData {
    const at = this.#faults.at;
    this.#enter(2 * size);
    const map = new Map<PythonData, PythonData>();
    for (let i = 0; i < size; i++) {
      const key = this.#value();
      if (map.has(key)) throw this.#faults.wrong('a dict has this key a second time');
      if (!isKey(key))
        throw this.#faults.refused('a key of a dict is a list, a dict or what stands for something else');
      map.set(key, this.#value());
    }
    this.#depth--;
    this.#faults.at = at;
    const named = namedValue(map, this.#halves, this.#faults);
    if (named !== undefined && 'data' in named && Array.isArray(named.data)) this.#count(named.data.length);
    return named ?? map;
  }

  /** Each item takes a byte at least, so that a claim costs no memory. */
  #enter(items: number): void {
    if (items > this.#buffer.length - this.#at) throw this.#cut(items);
    this.#count(1);
    if (++this.#depth > this.#limits.depth) throw this.#faults.refused(`it nests more than ${this.#limits.depth} deep`);
  }

  #count(containers: number): void {
    this.#containers += containers;
    if (this.#containers <= this.#limits.containers) return;
    throw this.#faults.refused(`more than ${this.#limits.containers} lists, dicts and texts in arrays`);
  }

  #bytes(length: number): Uint8Array {
    const start = this.#skip(length);
    return new Uint8Array(this.#buffer.buffer as ArrayBuffer, this.#buffer.byteOffset + start, length);
  }

  #text(length: number): string {
    const start = this.#skip(length);
    const text = strictText(this.#buffer, start, this.#at);
    if (text === undefined) throw this.#faults.wrong('a text is not UTF-8');
    return text;
  }

  #uint(bytes: number): number {
    return this.#buffer.readUIntBE(this.#skip(bytes), bytes);
  }

  #unread(first: number) {
    if (first === head.never) return this.#faults.wrong('0xc1 begins no value');
    const isFixed = first >= head.fixext1;
    if (!isFixed) this.#uint(1 << (first - head.ext8));
    const type = this.#buffer.readInt8(this.#skip(1));
    return this.#faults.refused(
      `an extension of type ${type}${type === -1 ? ' (a time)' : ''}, which is no plain data`,
    );
  }

  /** Where `length` bytes begin. */
  #skip(length: number): number {
    const start = this.#at;
    if (length > this.#buffer.length - start) throw this.#cut(length);
    this.#at = start + length;
    return start;
  }

  #cut(length: number) {
    return this.#faults.fault(
      'TRUNCATED',
      `it ends at byte ${this.#buffer.length}, ${length} bytes or more were to come`,
    );
  }
}

/** What writeMsgpack() writes as one. */
function isKey(key: PythonData): boolean {
  return typeof key !== 'object' || key === null || key instanceof Uint8Array || key instanceof PythonFloat;
}
