/** Which values a pickle has written, so that it names them when they come again. CPython goes by identity, which JavaScript knows of objects alone. */

import type { PickleFrames } from './frames.ts';
import { op } from './opcodes.ts';

export class PickleMemo {
  readonly #frames: PickleFrames;
  /** Objects, and words for what Python has but once. */
  readonly #places = new Map<object | string, number>();
  readonly #names = new Map<string, number>();
  #count = 0;

  constructor(frames: PickleFrames) {
    this.#frames = frames;
  }

  /** Python has one object for the empty text and for each character up to U+00FF. */
  single(text: string): string | undefined {
    return text === '' || (text.length === 1 && text <= '\xff') ? `text ${text}` : undefined;
  }

  /** Names what stands under `key`. False: nothing does. */
  get(key: object | string): boolean {
    return this.#get(this.#places.get(key));
  }

  /** The same of a text that is a name, such as the key of a dict. */
  getName(name: string): boolean {
    return this.#get(this.#names.get(name));
  }

  /** Remembers what was written last. Without a key nobody asks for it again, but it counts. */
  put(key: object | string | undefined): void {
    if (key !== undefined) this.#places.set(key, this.#count);
    this.#put();
  }

  putName(name: string): void {
    this.#names.set(name, this.#count);
    this.#put();
  }

  #get(place: number | undefined): boolean {
    if (place === undefined) return false;
    this.#frames.opcode(place <= 0xff ? op.BINGET : op.LONG_BINGET);
    if (place <= 0xff) this.#frames.out.u8(place);
    else this.#frames.out.u32(place);
    return true;
  }

  #put(): void {
    this.#count++;
    this.#frames.opcode(op.MEMOIZE);
  }
}
