/** Labelled recordings made on the spot, and what ingest() made of them. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Features, parseExample } from '../../src/formats/example/example.ts';
import { parseTensor } from '../../src/formats/example/tensor.ts';
import { frameBytes, headerBytes, loadU32 } from '../../src/formats/records/tfrecord-frame.ts';

/** A WAV file of 16 bits. */
export function wav(samples: readonly number[], { channels = 1, sampleRate = 16_000 } = {}): Buffer {
  const data = Buffer.from(Int16Array.from(samples).buffer);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(sampleRate, 24);
  head.writeUInt32LE(2 * channels * sampleRate, 28);
  head.writeUInt16LE(2 * channels, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}

/** Payloads of a shard, as its bytes hold them. */
export function payloads(shard: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at < shard.length; ) {
    const length = loadU32(shard, at);
    found.push(shard.subarray(at + headerBytes, at + headerBytes + length));
    at += frameBytes + length;
  }
  return found;
}

export interface ReadExample {
  readonly features: Features;
  readonly label: readonly (number | bigint)[];
  /** Of the feature `audio`, when it is a tensor. */
  readonly shape: readonly number[];
  readonly samples: readonly number[];
}

export function readExample(payload: Uint8Array): ReadExample {
  const features = parseExample(payload);
  const [label, audio] = [features['label'], features['audio']];
  const bytes = audio?.kind === 'bytes' ? audio.values[0]! : new Uint8Array(0);
  const tensor = bytes[0] === 8 ? parseTensor(bytes) : undefined;
  return {
    features,
    label: label?.kind === 'int64' ? [...label.values] : [],
    shape: tensor?.shape ?? [],
    samples: tensor === undefined ? [] : Array.from(tensor.data as Float32Array),
  };
}

/** All Examples of all shards in a folder, in order. */
export function readShards(folder: string): ReadExample[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.tfrecord'));
  return names.sort().flatMap((name) => {
    const bytes = readFileSync(join(folder, name));
    return payloads(bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).map(readExample);
  });
}
