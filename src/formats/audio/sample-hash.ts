/** The MD5 that a FLAC header holds, made of samples that are decoded already: for whoever decodes on other threads than it hashes. */

import { createHash } from 'node:crypto';
import type { AudioInfo, SampleArray, SampleType } from './audio.ts';
import { floatToPcm } from './pcm.ts';

/** Of interleaved samples, from the first to the last. */
export interface SampleHash {
  add(samples: SampleArray): void;
  digest(): string;
}

/** As many values are made bytes at a time as stay in the processor's cache. */
const blockValues = 1 << 16;

/** RFC 9639, section 8.2: of little-endian integers in whole bytes. Undefined where the samples given are not those integers at once. */
export function sampleHash({ bitsPerSample: bits }: AudioInfo, dtype: SampleType): SampleHash | undefined {
  const hash = createHash('md5');
  const digest = () => hash.digest('hex');
  if (dtype !== 'float32') {
    if (dtype !== `int${bits}`) return undefined;
    return {
      add: ({ buffer, byteOffset, byteLength }) => hash.update(new Uint8Array(buffer, byteOffset, byteLength)),
      digest,
    };
  }
  if (bits !== 16 && bits !== 24) return undefined;
  const layout = { kind: 'integer', bytes: bits / 8, bigEndian: false } as const;
  return {
    add(samples) {
      for (let at = 0; at < samples.length; at += blockValues) {
        hash.update(floatToPcm(samples.subarray(at, at + blockValues) as Float32Array, layout));
      }
    },
    digest,
  };
}
