/** What stands beside the sound in an Example, and the Example around it. */

import { cellNumber, type KeptColumn, notNumber } from '../../formats/cells.ts';
import type { FeatureList, FeatureLists } from '../../formats/example/input.ts';
import { floatTensorHead } from '../../formats/example/tensor-writer.ts';
import { type ExampleFrame, exampleAround } from '../../formats/example/writer.ts';
import type { Clip } from '../rows/clips.ts';
import type { IngestChoices } from './choices.ts';
import type { Columns } from './columns.ts';
import type { Labels } from './labels.ts';

export const audioFeature = 'audio';
export const labelFeature = 'label';
const soundFeatures = ['sample_rate', 'num_samples', 'num_channels'];
const richFeatures = ['filename', 'label_name', 'sha256'];
const clipFeatures = ['start_s', 'end_s'];

/** What decides about which features there are. */
export type FeatureChoices = Pick<IngestChoices, 'mode' | 'media'>;

const none = new Uint8Array(0);

/** Names that kept columns may not have. */
export function ownFeatures({
  mode,
  media,
  windows,
}: FeatureChoices & Pick<IngestChoices, 'windows'>): readonly string[] {
  return [
    audioFeature,
    labelFeature,
    ...(mode === 'rich' ? richFeatures : []),
    ...(mode === 'rich' && media === 'audio' ? soundFeatures : []),
    ...(windows === null ? [] : clipFeatures),
  ];
}

export interface RowFacts {
  readonly labels: Labels;
  /** What the row says, not the URI that it becomes. */
  readonly filename: string;
  /** Of the file, 64 lower-case hex digits; asked for in rich mode. */
  readonly sha256: string;
  readonly kept: FeatureLists;
}

export function exampleOf(
  clip: Clip,
  facts: RowFacts,
  { mode, media, audioAs }: FeatureChoices & Pick<IngestChoices, 'audioAs'>,
): ExampleFrame {
  const prefix = audioAs === 'tensor' ? floatTensorHead([clip.frames, clip.channels]) : none;
  const others: { [name: string]: FeatureList } = { ...facts.kept, [labelFeature]: int64(...facts.labels.ids) };
  // One schema for all files of a set: a recording among them has no more features than a picture.
  if (mode === 'rich' && media === 'audio') {
    others['sample_rate'] = int64(clip.sampleRate);
    others['num_samples'] = int64(clip.frames);
    others['num_channels'] = int64(clip.channels);
  }
  if (mode === 'rich') {
    others['filename'] = text(facts.filename);
    others['label_name'] = text(...facts.labels.names);
    others['sha256'] = text(facts.sha256);
  }
  if (clip.start !== undefined && clip.end !== undefined) {
    others['start_s'] = { kind: 'float', values: [clip.start] };
    others['end_s'] = { kind: 'float', values: [clip.end] };
  }
  return exampleAround(audioFeature, prefix, clip.bodyBytes, others);
}

function int64(...values: readonly (number | bigint)[]): FeatureList {
  return { kind: 'int64', values };
}

function text(...values: readonly string[]): FeatureList {
  return { kind: 'bytes', values };
}

/** A sentence, when a cell is not what its column holds. An empty cell is a feature without a value. */
export function keptFeatures(cells: readonly string[], { kept }: Columns): FeatureLists | string {
  const features: { [name: string]: FeatureList } = {};
  for (const column of kept) {
    const cell = cells[column.index] ?? '';
    const feature = featureOf(cell, column.as);
    if (feature === undefined) return notNumber(cell, column);
    features[column.name] = feature;
  }
  return features;
}

function featureOf(cell: string, as: KeptColumn['as']): FeatureList | undefined {
  if (as === 'text') return text(cell);
  const value = cellNumber(cell, as);
  if (value === undefined) return undefined;
  const values = value === null ? [] : [value];
  return as === 'int' ? int64(...values) : { kind: 'float', values: values as number[] };
}
