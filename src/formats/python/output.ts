/** Bytes that grow as they are written. */

const firstBytes = 1024;

export class ByteOutput {
  #buffer = Buffer.allocUnsafe(firstBytes);
  #length = 0;

  /** Forgets what was written and keeps the memory: what finish() gave is written over. */
  clear(): void {
    this.#length = 0;
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    this.#room(1);
    this.#buffer[this.#length++] = value;
  }

  /** Little-endian as pickle has them; big-endian, as msgpack: the other two. */
  u16(value: number): void {
    this.#room(2);
    this.#length = this.#buffer.writeUInt16LE(value, this.#length);
  }

  u32(value: number): void {
    this.#room(4);
    this.#length = this.#buffer.writeUInt32LE(value, this.#length);
  }

  u64(value: number): void {
    this.u32(value % 2 ** 32);
    this.u32(Math.floor(value / 2 ** 32));
  }

  i32(value: number): void {
    this.#room(4);
    this.#length = this.#buffer.writeInt32LE(value, this.#length);
  }

  /** Big-endian, the low bits of two's complement. */
  network(value: number | bigint, bytes: 1 | 2 | 4 | 8): void {
    this.#room(8);
    const at = this.#length;
    if (bytes === 1) this.#buffer[at] = Number(value) & 0xff;
    else if (bytes === 2) this.#buffer.writeUInt16BE(Number(value) & 0xffff, at);
    else if (bytes === 4) this.#buffer.writeUInt32BE(Number(value) >>> 0, at);
    else this.#buffer.writeBigUInt64BE(BigInt.asUintN(64, BigInt(value)), at);
    this.#length += bytes;
  }

  /** Big-endian in both formats. */
  float(value: number): void {
    this.#room(8);
    this.#length = this.#buffer.writeDoubleBE(value, this.#length);
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** REQUIRES: isShortAscii(text). For so few bytes a loop costs less than a call that encodes them. */
  shortAscii(text: string): void {
    this.#room(text.length);
    const { length } = text;
    for (let i = 0; i < length; i++) this.#buffer[this.#length + i] = text.charCodeAt(i);
    this.#length += length;
  }

  /** Writes over what stands there. */
  u64At(offset: number, value: number): void {
    this.#buffer.writeUInt32LE(value % 2 ** 32, offset);
    this.#buffer.writeUInt32LE(Math.floor(value / 2 ** 32), offset + 4);
  }

  /** Takes `count` bytes at `offset` out. */
  cut(offset: number, count: number): void {
    this.#buffer.copyWithin(offset, offset + count, this.#length);
    this.#length -= count;
  }

  /** All of it: a view of the memory, which stays as it is until clear(). */
  finish(): Uint8Array {
    return new Uint8Array(this.#buffer.buffer as ArrayBuffer, this.#buffer.byteOffset, this.#length);
  }

  #room(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed + firstBytes, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}

const shortText = 64;

export function isShortAscii(text: string): boolean {
  if (text.length > shortText) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
