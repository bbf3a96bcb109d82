/** What decoders of lossy codecs give, as blocks of a recording: a range of it, interleaved or planar, silence where something is lost. */

import type { ErrorCode } from '../../errors.ts';
import { usage } from '../../options.ts';
import type { AudioBlock, AudioGap, GapFault, ReadOptions, SampleType } from '../audio/audio.ts';
import { gapError } from '../audio/gaps.ts';
import { BlockRoom, takeFrames } from '../audio/room.ts';

/** Samples of each channel in [-1, 1], about; without `planes`: so many frames of silence. */
export interface Decoded {
  readonly frames: number;
  readonly planes?: readonly Float32Array[];
}

export interface Damage {
  /** Byte of the file, and how many; 0 where something is just not there. */
  readonly offset: number;
  readonly length: number;
  /** Index of the frame (MP3) or page (Ogg) that it is found at. */
  readonly record: number;
  readonly code: ErrorCode;
  readonly reason: string;
  readonly fault?: GapFault;
}

/** What a gap may be long beyond 8 times what was decoded before it, in seconds: who claims more is not believed. */
const believedSeconds = 60;

/** The position of a read, and what becomes of damage: an error, or silence and a word about it. */
export class CodecReading {
  readonly #name: string;
  readonly #sampleRate: number;
  readonly #options: ReadOptions;
  /** Frame of the recording that comes next. */
  position = 0;

  constructor(name: string, sampleRate: number, options: ReadOptions) {
    this.#name = name;
    this.#sampleRate = sampleRate;
    this.#options = options;
  }

  /** The silence that stands for `frames` frames, 0 when nobody knows how many. `areSeen`: nobody claims them. Throws unless the read is lenient. */
  gap({ offset, length, record, code, reason, fault }: Damage, frames: number, areSeen = false): Decoded {
    const seconds = this.position / this.#sampleRate;
    const place = { start: this.position, seconds, offset, length, record, code, ...(fault && { fault }) };
    if (this.#options.lenient !== true) throw gapError(this.#name, { ...place, frames, reason });
    const isBelieved = areSeen || frames <= 8 * this.position + believedSeconds * this.#sampleRate;
    const gap: AudioGap = {
      ...place,
      frames: isBelieved ? frames : 0,
      reason: isBelieved ? reason : `${reason}; the gap of ${frames} samples that it claims is not believed`,
    };
    const { from, to } = takeFrames(this.#options);
    if ((gap.start + gap.frames > from || gap.start >= from) && gap.start < to) this.#options.onGap?.(gap);
    return { frames: gap.frames };
  }

  /** The range asked for. `stretches` may read `position`, and is left as soon as the range ends. */
  async *blocks<D extends SampleType>(
    channels: number,
    stretches: AsyncIterable<Decoded>,
  ): AsyncGenerator<AudioBlock<D>, void, void> {
    const { dtype = 'float32', planar = false, stop } = this.#options;
    if (dtype !== 'float32') throw usage(`Cannot give the samples of "${this.#name}" as ${dtype}: ask for float32`);
    const { from, to } = takeFrames(this.#options);
    if (to <= from) return;
    const rooms = new BlockRoom('float32', channels, planar);
    for await (const { frames, planes } of stretches) {
      stop?.throwIfAborted();
      const end = Math.min(this.position + frames, to);
      for (let start = Math.max(this.position, from); start < end; ) {
        stop?.throwIfAborted();
        const room = rooms.make(1);
        const some = Math.min(room.frames, end - start);
        const first = start - this.position;
        for (let c = 0; c < channels; c++) {
          const [at, step] = room.plane === 0 ? [c, channels] : [c * room.plane, 1];
          copyPlane(planes?.[c]?.subarray(first, first + some), room.array, at, step, some);
        }
        yield rooms.block({ room, skip: 0, start, frames: some }) as unknown as AudioBlock<D>;
        start += some;
      }
      this.position += frames;
      if (this.position >= to) return;
    }
  }
}

/** What a reading gives; its decoder is freed however that ends. */
export async function* closing(reading: {
  run(): AsyncIterable<Decoded>;
  close(): void;
}): AsyncGenerator<Decoded, void, void> {
  try {
    yield* reading.run();
  } finally {
    reading.close();
  }
}

/** Silence where the plane is too short, or not there. */
function copyPlane(
  plane: Float32Array | undefined,
  out: Float32Array,
  first: number,
  step: number,
  count: number,
): void {
  const given = Math.min(count, plane?.length ?? 0);
  let at = first;
  // With "?." and "??" in the loop, V8 puts every sample into an object of its own.
  if (plane !== undefined) for (let i = 0; i < given; i++, at += step) out[at] = plane[i]!;
  for (let i = given; i < count; i++, at += step) out[at] = 0;
}

/** Pieces of sound behind each other, in memory that is used again: arrays of every piece wait for the collector by the tens of MiB. */
export class Pieces {
  #planes: Float32Array[];
  #frames = 0;

  constructor(channels: number) {
    this.#planes = Array.from({ length: channels }, () => new Float32Array(0));
  }

  /** Copied at once. REQUIRES: as many planes as there are channels. */
  add(piece: readonly Float32Array[]): void {
    const frames = piece[0]!.length;
    if (this.#frames + frames > this.#planes[0]!.length) this.#grow(this.#frames + frames);
    for (const [c, plane] of this.#planes.entries()) plane.set(piece[c]!, this.#frames);
    this.#frames += frames;
  }

  /** All of them, made louder by `gain`; the next one begins anew. Valid until then. */
  take(gain = 1): Float32Array[] {
    const planes = this.#planes.map((plane) => plane.subarray(0, this.#frames));
    this.#frames = 0;
    if (gain !== 1) for (const plane of planes) for (let i = 0; i < plane.length; i++) plane[i]! *= gain;
    return planes;
  }

  #grow(frames: number): void {
    this.#planes = this.#planes.map((plane) => {
      const larger = new Float32Array(Math.max(frames, 2 * plane.length));
      larger.set(plane.subarray(0, this.#frames));
      return larger;
    });
  }
}
