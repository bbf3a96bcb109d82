/** Pickles that Python made, and what it says of them: test/data/pickle/. */

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as numpy from '../../src/formats/python/numpy.ts';
import * as values from '../../src/formats/python/values.ts';
import { describer } from './describe-data.mjs';

export type Description = readonly unknown[];

export interface PickledCase {
  readonly name: string;
  readonly value: Description;
  /** What it was made from, where that says more: memory order, an order of sets. */
  readonly made?: Description;
  readonly pickles: { readonly [protocol: string]: string };
}

export function pickledCases(name: string): PickledCase[] {
  const file = new URL(`../data/pickle/${name}.json.gz`, import.meta.url);
  return JSON.parse(gunzipSync(readFileSync(file)).toString());
}

export const { describeData, buildData } = describer(values, numpy);
