/** Our decoder beside libFLAC on streams that libFLAC made. `npm run test:interop` does the same with 10,000. */

import { describe, expect, test } from 'vitest';
import { decodeAudio } from '../../../src/api/read-audio.ts';
import { importOptional } from '../../../src/optional.ts';
import { decodeByLibFlac, makeStream } from '../../support/flac-oracle.mjs';

const api = await importOptional('flac-bindings/api').catch(() => undefined);

async function decode(flac: Uint8Array): Promise<Int32Array> {
  return (await decodeAudio(flac, { dtype: 'int32', verify: true })).samples;
}

/** Vitest's own comparison walks arrays value by value. */
const same = (a: Int32Array, b: Int32Array) => Buffer.compare(Buffer.from(a.buffer), Buffer.from(b.buffer)) === 0;

describe.skipIf(api === undefined)('beside libFLAC (needs flac-bindings)', () => {
  test('decodeAudio() gives the samples of libFLAC for 400 streams of every depth, channel count and kind of subframe', async () => {
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
