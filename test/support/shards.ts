/** LMDB shards of samples, as pack() lays them out. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LmdbWriter } from '../../src/formats/lmdb/write.ts';
import { writePickle } from '../../src/formats/pickle/write.ts';
import type { PythonInput } from '../../src/formats/python/values.ts';

export type Entry = readonly [key: string | Uint8Array, value: PythonInput | { readonly raw: Uint8Array }];

export const raw = (bytes: Uint8Array) => ({ raw: bytes });

/** `sample_00000003` */
export const keyOf = (number: number) => `sample_${String(number).padStart(8, '0')}`;

/** Samples under the keys of their numbers, from `first` on. */
export function numbered(samples: readonly PythonInput[], first = 0): Entry[] {
  return samples.map((sample, i) => [keyOf(first + i), sample]);
}

/** A data.mdb. Values are pickled, but for raw ones. */
export async function shardBytes(entries: readonly Entry[]): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'bowerbird-shard-'));
  const path = join(folder, 'data.mdb');
  const sorted = entries
    .map(([key, value]) => [Buffer.from(key as string), bytesOf(value)] as const)
    .sort(([a], [b]) => Buffer.compare(a, b));
  const writer = new LmdbWriter(path);
  try {
    for (const [key, value] of sorted) await writer.write([key], [value]);
    await writer.finish();
  } finally {
    await writer.close();
  }
  const bytes = readFileSync(path);
  rmSync(folder, { recursive: true });
  return bytes;
}

function bytesOf(value: Entry[1]): Uint8Array {
  if (typeof value === 'object' && value !== null && 'raw' in value) return (value as { raw: Uint8Array }).raw;
  return writePickle(value as PythonInput).slice();
}

/** shard_00000, shard_00001 and so on, each with an empty lock.mdb, and a metadata.json beside them. */
export async function writeDataset(folder: string, shards: readonly (readonly Entry[])[], metadata: object = {}) {
  for (const [i, entries] of shards.entries()) {
    const shard = join(folder, `shard_${String(i).padStart(5, '0')}`);
    mkdirSync(shard, { recursive: true });
    writeFileSync(join(shard, 'data.mdb'), await shardBytes(entries));
    writeFileSync(join(shard, 'lock.mdb'), '');
  }
  const paths = shards.map((_, id) => ({ id, path: `shard_${String(id).padStart(5, '0')}` }));
  const dataset_size = shards.reduce((sum, { length }) => sum + length, 0);
  writeFileSync(join(folder, 'metadata.json'), JSON.stringify({ dataset_size, shards: paths, ...metadata }));
  return folder;
}

/** Float32 bytes of a sound of one channel, with what pack() says of it. */
export function monoSample(samples: readonly number[], fields: { readonly [name: string]: PythonInput } = {}) {
  const floats = Float32Array.from(samples);
  return { audio: new Uint8Array(floats.buffer), sample_rate: 8000, text: 'a', dtype: 'float32', ...fields };
}
