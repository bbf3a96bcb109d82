/** Protobuf's wire format, read by a cursor that trusts no length and written without a schema. */

import { BowerbirdError } from '../../errors.ts';

/** A stretch of bytes and a place in it. A submessage is a cursor of its own over the same bytes. */
export interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
}

export const wireType = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;

/** As deep as protobuf's own parsers go. */
const deepestGroup = 100;

export function cursorOver(bytes: Uint8Array): Cursor {
  return { bytes, at: 0, end: bytes.length };
}

export function malformed(at: number, what: string): BowerbirdError {
  return new BowerbirdError('BAD_SCHEMA', `Cannot parse protobuf message: ${what} at byte ${at} of the message`);
}

/** Field number * 8 + wire type, checked. */
export function readTag(c: Cursor): number {
  const start = c.at;
  const tag = readVarint(c);
  if (tag > 0xffffffff || c.at - start > 5) throw malformed(start, 'a tag longer than 32 bits');
  const number = Number(tag);
  if (number < 8) throw malformed(start, 'field number 0');
  if ((number & 7) > 5) throw malformed(start, `wire type ${number & 7}, which does not exist,`);
  return number;
}

/** Unsigned, modulo 2^64; a bigint only beyond 2^53. */
export function readVarint(c: Cursor): number | bigint {
  const { bytes, end } = c;
  let value = 0;
  let scale = 1;
  // Seven bytes hold 49 bits, which a number carries exactly.
  for (let i = 0; i < 7; i++) {
    if (c.at >= end) throw malformed(c.at, 'the end inside a number');
    const byte = bytes[c.at++]!;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
  let high = 0;
  for (let shift = 0; shift < 21; shift += 7) {
    if (c.at >= end) throw malformed(c.at, 'the end inside a number');
    const byte = bytes[c.at++]!;
    high |= (byte & 0x7f) << shift;
    if (byte >= 0x80) continue;
    // 15 bits of `high` lie below 2^64; what an overlong number sets above is dropped, as protobuf does.
    high &= 0x7fff;
    return high < 16 ? value + high * scale : BigInt(value) + (BigInt(high) << 49n);
  }
  throw malformed(c.at, 'a number longer than 10 bytes');
}

/** Two's complement in 64 bits; a bigint only outside the safe integers. */
export function readInt64(c: Cursor): number | bigint {
  const value = readVarint(c);
  if (typeof value === 'number') return value;
  const signed = BigInt.asIntN(64, value);
  return signed >= BigInt(Number.MIN_SAFE_INTEGER) && signed <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(signed)
    : signed;
}

/** The low 32 bits, as protobuf reads an int32 or an enum. */
export function readInt32(c: Cursor): number {
  const value = readVarint(c);
  return typeof value === 'number' ? (value % 2 ** 32) | 0 : Number(BigInt.asIntN(32, value));
}

/** The body of a length-delimited field. */
export function readMessage(c: Cursor): Cursor {
  const start = c.at;
  const length = readVarint(c);
  if (length > c.end - c.at) {
    throw malformed(start, `a field of ${length} bytes where only ${c.end - c.at} are left`);
  }
  const body = { bytes: c.bytes, at: c.at, end: c.at + Number(length) };
  c.at = body.end;
  return body;
}

/** Borrows from the message. */
export function readBytes(c: Cursor): Uint8Array {
  const body = readMessage(c);
  return c.bytes.subarray(body.at, body.end);
}

/** Skips the field whose tag was just read. Groups are walked with a stack of numbers, not by recursion. */
export function skipField(c: Cursor, tag: number): void {
  if ((tag & 7) !== wireType.groupStart) {
    skipValue(c, tag);
    return;
  }
  const open = [tag >>> 3];
  while (open.length > 0) {
    const at = c.at;
    if (at >= c.end) throw malformed(at, 'the end inside a group');
    const inner = readTag(c);
    const type = inner & 7;
    if (type === wireType.groupStart) {
      if (open.length >= deepestGroup) throw malformed(at, `groups nested deeper than ${deepestGroup}`);
      open.push(inner >>> 3);
    } else if (type === wireType.groupEnd) {
      if (open.pop() !== inner >>> 3) throw malformed(at, 'the end of a group that is not open');
    } else {
      skipValue(c, inner);
    }
  }
}

function skipValue(c: Cursor, tag: number): void {
  const type = tag & 7;
  if (type === wireType.varint) readVarint(c);
  else if (type === wireType.fixed64) skipBytes(c, 8);
  else if (type === wireType.bytes) readMessage(c);
  else if (type === wireType.fixed32) skipBytes(c, 4);
  else throw malformed(c.at, 'the end of a group that is not open');
}

function skipBytes(c: Cursor, count: number): void {
  if (count > c.end - c.at) throw malformed(c.at, 'the end inside a number');
  c.at += count;
}

/** Calls back once per value of a repeated scalar, packed or not. */
export function readRepeated(c: Cursor, tag: number, unpacked: number, read: (c: Cursor) => void): void {
  const type = tag & 7;
  if (type === wireType.bytes) {
    const body = readMessage(c);
    while (body.at < body.end) read(body);
  } else if (type === unpacked) {
    read(c);
  } else {
    skipField(c, tag);
  }
}

export function readFixed32(c: Cursor): number {
  if (c.end - c.at < 4) throw malformed(c.at, 'the end inside a number');
  const { bytes, at } = c;
  c.at += 4;
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** Bytes of a length as a varint. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) length++;
  return length;
}

/** Builds a message from its start; a message inside it is closed when it has been filled. */
export class WireWriter {
  #bytes = new Uint8Array(256);
  #filled = 0;

  varint(value: number | bigint): this {
    if (typeof value === 'bigint' || value < 0) return this.#long(BigInt.asUintN(64, BigInt(value)));
    this.#room(10);
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) this.#bytes[this.#filled++] = (rest % 128) | 0x80;
    this.#bytes[this.#filled++] = rest;
    return this;
  }

  tag(field: number, type: number): this {
    return this.varint(field * 8 + type);
  }

  raw(bytes: Uint8Array): this {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#filled);
    this.#filled += bytes.length;
    return this;
  }

  /** A length-delimited field. */
  field(number: number, body: Uint8Array): this {
    return this.tag(number, wireType.bytes).varint(body.length).raw(body);
  }

  /** The same, of what `fill` writes: its length goes before it at the end. */
  message(number: number, fill: (writer: this) => void): this {
    this.tag(number, wireType.bytes);
    const start = this.#filled;
    fill(this);
    const end = this.#filled;
    const shift = varintLength(end - start);
    this.#room(shift);
    this.#bytes.copyWithin(start + shift, start, end);
    this.#filled = start;
    this.varint(end - start);
    this.#filled = end + shift;
    return this;
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#filled);
  }

  #long(value: bigint): this {
    this.#room(10);
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) this.#bytes[this.#filled++] = Number(rest & 0x7fn) | 0x80;
    this.#bytes[this.#filled++] = Number(rest);
    return this;
  }

  #room(count: number): void {
    const needed = this.#filled + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#filled));
    this.#bytes = grown;
  }
}
