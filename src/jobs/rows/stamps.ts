/** What tells that a row or its recording changed since the plan: a hash of each row, and a digest over those of a shard. */

import { createHash } from 'node:crypto';
import { isRemote, shown } from '../../storage/uri.ts';
import { hash53 } from './hash.ts';
import type { RecordingStamp } from './recordings.ts';

/** A hash of what a row says and of what its recording is: the next run compares it. */
export function rowStamp(uri: string, cells: readonly string[], stamp: RecordingStamp | 'refused' | undefined): number {
  if (stamp === 'refused') return hash53(`${uri}\0${stamp}\0${cells.join('\0')}`);
  if (stamp !== undefined) return hash53(`${uri}\0${stamp.size}\0${stamp.version}\0${cells.join('\0')}`);
  // A link that was signed anew leads to the same recording.
  const name = isRemote(uri) ? shown(uri) : uri;
  const said = name === uri ? cells : cells.map((cell) => (cell === uri ? name : cell));
  return hash53(`${name}\0\0${said.join('\0')}`);
}

/** Of the stamps of many rows, in order. */
export class StampDigest {
  readonly #hash = createHash('sha256');
  readonly #waiting = new Float64Array(512);
  #count = 0;

  add(stamp: number): void {
    this.#waiting[this.#count++] = stamp;
    if (this.#count === this.#waiting.length) this.#flush();
  }

  text(): string {
    this.#flush();
    return this.#hash.digest('hex').slice(0, 32);
  }

  #flush(): void {
    this.#hash.update(new Uint8Array(this.#waiting.buffer, 0, 8 * this.#count));
    this.#count = 0;
  }
}

export function* eachOf(blocks: Iterable<Float64Array>): Generator<number, undefined> {
  for (const block of blocks) for (const number of block) yield number;
}

/** Of the next `count` stamps. */
export function digestOf(stamps: Iterator<number, undefined>, count: number): string {
  const digest = new StampDigest();
  for (let i = 0; i < count; i++) digest.add(stamps.next().value!);
  return digest.text();
}
