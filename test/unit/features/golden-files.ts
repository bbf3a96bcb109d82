/** Reads test/data/features: what other implementations made of sound.wav and of Kaldi's own test.wav. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LogMelFeatures } from '../../../src/features/log-mel.ts';
import type { FeatureOptions } from '../../../src/features/parameters.ts';
import { decodeNpy } from '../../../src/formats/npy/npy.ts';

export interface Golden {
  readonly name: string;
  /** Program and version. */
  readonly by: string;
  readonly recipe: keyof typeof recipes;
  readonly options: FeatureOptions;
  /** Of the whole; `picked` are kept. */
  readonly frames: number;
  readonly picked: readonly number[];
  /**
   * A number: of each value. "relative": 1e-6 of each value. "single": theirs has the error of single precision beside the loudest band of a frame:
   * 1e-4 of an amplitude and 1e-6 of the greatest.
   */
  readonly tolerance: number | 'relative' | 'single';
}

const folder = fileURLToPath(new URL('../../data/features/', import.meta.url));

/** 16 bits, mono, behind 44 bytes. */
export function readSamples(name: string): Float32Array {
  const file = readFileSync(folder + name);
  return Float32Array.from({ length: (file.length - 44) / 2 }, (_, i) => file.readInt16LE(44 + 2 * i) / 32768);
}

export const sound = readSamples('sound.wav');

/** As make.py has them. */
export const recipes = {
  sound: () => sound,
  long: () => Float32Array.from({ length: 496000 }, (_, i) => sound[i % sound.length]!),
  endsLoud: () => Float32Array.from({ length: 480000 }, (_, i) => (i === 479999 ? 1 : sound[i % 4000]!)),
};

export const goldens: readonly Golden[] = JSON.parse(readFileSync(`${folder}goldens.json`, 'utf8'));

/** [picked frames][bins] */
export function readGolden(name: string): number[][] {
  const { data, shape } = decodeNpy(readFileSync(`${folder}${name}.npy`));
  const [rows = 0, columns = 0] = shape;
  const values = Array.from(data, Number);
  return Array.from({ length: rows }, (_, i) => values.slice(i * columns, (i + 1) * columns));
}

/** What Kaldi's tools print: "key [", a line a frame, "]". */
export function readKaldi(name: string): number[][] {
  const text = readFileSync(`${folder}kaldi/${name}`, 'utf8');
  const rows = text
    .slice(text.indexOf('[') + 1, text.indexOf(']'))
    .trim()
    .split('\n');
  return rows.map((row) => row.trim().split(/\s+/).map(Number));
}

/** [frames][bins] of those frames. */
export function rowsOf(
  { data, shape }: LogMelFeatures,
  layout: 'binsFirst' | 'framesFirst',
  picked: readonly number[],
): number[][] {
  const [bins, frames] = layout === 'framesFirst' ? [shape[1], shape[0]] : shape;
  const value = (t: number, b: number) => data[layout === 'framesFirst' ? t * bins + b : b * frames + t]!;
  return picked.map((t) => Array.from({ length: bins }, (_, b) => value(t, b)));
}
