/** The bytes of a pickle of protocol 4 in frames, cut where CPython's Modules/_pickle.c of 3.7 and later cuts them. */

import type { ByteOutput } from '../python/output.ts';
import { op } from './opcodes.ts';

const frameTarget = 64 * 1024;
const leastFrame = 4;
const headerBytes = 9;

export class PickleFrames {
  readonly out: ByteOutput;
  /** Where the header of the open frame stands. */
  #start: number | undefined;

  constructor(out: ByteOutput) {
    this.out = out;
  }

  /** Before each value: closes the frame that has become long enough. */
  boundary(): void {
    if (this.#start !== undefined && this.out.length - this.#start - headerBytes >= frameTarget) this.close();
  }

  opcode(code: number): void {
    this.#open();
    this.out.u8(code);
  }

  /** A text or byte string behind its header, which `header` writes. Large ones stand outside of frames. */
  payload(bytes: Uint8Array, header: (out: ByteOutput) => void): void {
    if (bytes.length >= frameTarget) this.close();
    else this.#open();
    header(this.out);
    this.out.bytes(bytes);
  }

  /** A frame so short that its header would be longer has none. */
  close(): void {
    const start = this.#start;
    if (start === undefined) return;
    this.#start = undefined;
    const length = this.out.length - start - headerBytes;
    if (length >= leastFrame) this.out.u64At(start + 1, length);
    else this.out.cut(start, headerBytes);
  }

  #open(): void {
    if (this.#start !== undefined) return;
    this.#start = this.out.length;
    this.out.u8(op.FRAME);
    this.out.u64(0);
  }
}
