/** Our decoder beside libFLAC on streams that libFLAC made. `npm run test:interop` does the same with 10,000. */

import { describe, expect, test } from 'vitest';
import type { ByteSource } from '../../../src/bytes.ts';
import { openAudio } from '../../../src/formats/audio-open.ts';
import { importOptional } from '../../../src/optional.ts';
import { decodeByLibFlac, makeStream } from '../../support/flac-oracle.mjs';

const api = await importOptional('flac-bindings/api').catch(() => undefined);

function inMemory(bytes: Uint8Array): ByteSource {
  return {
    name: 'memory',
    byteLength: bytes.length,
    read: async (offset, length) => bytes.slice(offset, offset + length),
    close: async () => {},
  };
}

async function decode(flac: Uint8Array): Promise<Int32Array> {
  const parts: Int32Array[] = [];
  const reader = await openAudio(inMemory(flac));
  for await (const { samples } of reader.blocks({ dtype: 'int32', verify: true })) parts.push(samples.slice());
  const all = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Vitest's own comparison walks arrays value by value. */
const same = (a: Int32Array, b: Int32Array) => Buffer.compare(Buffer.from(a.buffer), Buffer.from(b.buffer)) === 0;

describe.skipIf(api === undefined)('beside libFLAC (needs flac-bindings)', () => {
  test('openAudio() gives the samples of libFLAC for 400 streams of every depth, channel count and kind of subframe', async () => {
    const seen = new Map<string, number>();
    for (let seed = 1; seed <= 400; seed++) {
      const { recipe, samples, flac } = makeStream(api, seed);
      const theirs = decodeByLibFlac(api, flac, seen);
      expect(same(theirs, samples), `libFLAC's own, ${JSON.stringify(recipe)}`).toBe(true);
      expect(same(await decode(flac), theirs), JSON.stringify(recipe)).toBe(true);
    }
    const wanted = [
      ...Array.from({ length: 29 }, (_, i) => `bits ${i + 4}`),
      ...Array.from({ length: 8 }, (_, i) => `channels ${i + 1}`),
      ...['independent', 'left/side', 'side/right', 'mid/side', 'constant', 'verbatim', 'wasted bits'],
      ...[0, 1, 2, 3, 4].map((order) => `fixed ${order}`),
      ...[1, 2, 4, 8, 12, 16].map((order) => `lpc ${order}`),
      ...['block in 8 bits', 'block in 16 bits', 'block 192', 'block 4096', 'block 4608', 'block 16384'],
    ];
    expect(wanted.filter((kind) => !seen.has(kind))).toEqual([]);
  });
});
