/** Numbers that cross the boundary have a name on both sides: the tables of TypeScript against the C++ that they speak of. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as counters from '../../src/counters.ts';
import { footerBytes, headerBytes } from '../../src/formats/records/tfrecord-frame.ts';
import { blockBytes, blockHeaderBytes, signatureBytes } from '../../src/formats/sniff/riegeli-signature.ts';
import * as native from '../../src/native/native.ts';

type Numbers = { readonly [name: string]: number };

function withoutComments(path: string): string {
  const text = readFileSync(fileURLToPath(new URL(`../../native/${path}`, import.meta.url)), 'utf8');
  return text.replace(/\/\/.*$/gm, '');
}

function numberOf(text: string): number {
  const char = /^'(.)'$/.exec(text);
  return char === null ? Number(text) : char[1]!.charCodeAt(0);
}

/** `place`: what stands somewhere before the enum, where its name alone does not tell it from others. Names lose their prefix. */
function enumOf(path: string, name: string, { place = '', prefix = 'k' } = {}): Numbers {
  const text = withoutComments(path);
  const from = text.indexOf(place);
  const declared = new RegExp(`\\benum (?:class )?${name}\\b[^{;]*\\{([^}]*)\\}`).exec(text.slice(from));
  if (from < 0 || declared === null) throw new Error(`no enum ${name} in ${path}`);
  const numbers: { [name: string]: number } = {};
  let next = 0;
  for (const [, member, value] of declared[1]!.matchAll(/\b(k\w+)(?:\s*=\s*([^,\s]+))?/g)) {
    next = value === undefined ? next : numberOf(value);
    const bare = member!.slice(prefix.length);
    numbers[bare.charAt(0).toLowerCase() + bare.slice(1)] = next++;
  }
  return numbers;
}

function constant(path: string, name: string): number {
  const found = new RegExp(`\\b${name} = (-?[0-9]\\w*)[;,]`).exec(withoutComments(path));
  if (found === null) throw new Error(`no constant ${name} in ${path}`);
  return Number(found[1]);
}

function without(numbers: Numbers, ...names: readonly string[]): Numbers {
  for (const name of names) expect(numbers, name).toHaveProperty(name);
  return Object.fromEntries(Object.entries(numbers).filter(([name]) => !names.includes(name)));
}

const features = 'core/features/params.h';
const flac = 'core/flac/flac.h';
const flacMetadata = 'core/flac/metadata.h';
const lmdbValues = 'addon/lmdb/values.h';
const riegeli = 'core/records/riegeli.h';
const scan = 'addon/array_record_scan_binding.cc';

const tables: readonly (readonly [name: string, ours: Numbers, theirs: () => Numbers])[] = [
  ['recordFault', native.recordFault, () => without(enumOf('core/base/fault.h', 'Fault'), 'none')],
  ['stopOn', native.stopOn, () => enumOf('addon/pass/pass.h', 'StopOn')],
  ['passEvent', native.passEvent, () => without(enumOf('addon/pass/pass.h', 'Event'), 'error')],
  ['passTarget', native.passTarget, () => enumOf('addon/pass/binding.cc', 'Target')],
  ['nameRule', native.nameRule, () => enumOf('core/embedding/embedding.h', 'Names')],
  ['featureKind', native.featureKind, () => enumOf('core/embedding/example.h', 'Kind')],
  ['outputType', native.outputType, () => enumOf('core/embedding/embedding.h', 'OutputType')],
  ['inflateOutcome', native.inflateOutcome, () => enumOf('addon/inflate_binding.cc', 'Outcome')],
  ['chunkFault', native.chunkFault, () => without(enumOf(riegeli, 'Fault'), 'none')],
  ['chunkType', native.chunkType, () => enumOf(riegeli, 'ChunkType')],
  ['codecType', native.codecType, () => enumOf('core/records/codecs.h', 'Codec')],
  ['scanColumn', native.scanColumn, () => enumOf(scan, 'Column')],
  ['flacFault', native.flacFault, () => without(enumOf('core/flac/fault.h', 'Fault'), 'none')],
  ['flacNote', native.flacNote, () => enumOf(flac, 'Note', { prefix: 'kNote' })],
  ['flacStep', native.flacStep, () => enumOf(flacMetadata, 'Kind', { place: 'class MetadataReader' })],
  [
    'flacBlockType',
    native.flacBlockType,
    () => without(enumOf(flacMetadata, 'BlockType'), 'padding', 'application', 'cueSheet', 'picture'),
  ],
  ['flacStatus', native.flacStatus, () => enumOf(flac, 'Status')],
  [
    'flacProgress',
    native.flacProgress,
    () => enumOf('addon/flac_binding.cc', 'Number', { place: 'namespace decoding' }),
  ],
  // unwrap() takes pages until something else comes.
  ['oggStatus', native.oggStatus, () => without(enumOf(flac, 'Kind', { place: 'class OggUnwrapper' }), 'page')],
  [
    'oggProgress',
    native.oggProgress,
    () => enumOf('addon/flac_binding.cc', 'Number', { place: 'namespace unwrapping' }),
  ],
  ['lmdbRefusal', native.lmdbRefusal, () => without(enumOf('os/lmdb_writer.h', 'Refusal'), 'none')],
  ['featureParam', native.featureParam, () => enumOf('addon/features_binding.cc', 'Param')],
  ['featureWindow', native.featureWindow, () => enumOf(features, 'Window')],
  ['featureFraming', native.featureFraming, () => enumOf(features, 'Framing')],
  ['featureMelScale', native.featureMelScale, () => enumOf(features, 'MelScale')],
  ['featureLogarithm', native.featureLogarithm, () => enumOf(features, 'Logarithm')],
  ['lmdbFault', native.lmdbFault, () => without(enumOf('core/lmdb/fault.h', 'Fault'), 'none')],
  ['lmdbFormat', native.lmdbFormat, () => enumOf('core/lmdb/meta.h', 'Format')],
  ['lmdbFindingColumn', native.lmdbFindingColumn, () => enumOf(lmdbValues, 'FindingColumn')],
  ['lmdbGetOutcome', native.lmdbGetOutcome, () => enumOf('addon/lmdb/get.h', 'GetOutcome')],
  ['lmdbGetColumn', native.lmdbGetColumn, () => enumOf('addon/lmdb/get.h', 'GetColumn')],
  ['lmdbEntryColumn', native.lmdbEntryColumn, () => enumOf('addon/lmdb/entries_binding.cc', 'EntryColumn')],
  ['sampleKind', native.sampleKind, () => enumOf('core/sound/pcm.h', 'Kind')],
  ['resampleQuality', native.resampleQuality, () => enumOf('core/sound/resample.h', 'Quality')],
];

describe('a table has the names and numbers of its enum', () => {
  test.each(tables)('%s', (_, ours, theirs) => {
    const expected = theirs();
    expect(Object.keys(expected).length).toBeGreaterThan(1);
    expect(ours).toEqual(expected);
  });

  test('and an enum is read as C++ does', () => {
    expect(enumOf('core/flac/flac.h', 'Kind', { place: 'class OggUnwrapper' })).toEqual({
      need: 0,
      page: 1,
      end: 2,
      fault: 3,
    });
    expect(enumOf('core/records/riegeli.h', 'ChunkType')).toMatchObject({ signature: 0x73 });
    expect(() => enumOf('core/flac/flac.h', 'Nothing')).toThrow('no enum');
  });
});

test.each([
  ['allChannels', native.allChannels, 'core/embedding/embedding.h', 'kAllChannels'],
  ['headerBytes', headerBytes, 'core/records/tfrecord.h', 'kHeaderSize'],
  ['footerBytes', footerBytes, 'core/records/tfrecord.h', 'kFooterSize'],
  ['blockBytes', blockBytes, riegeli, 'kBlock'],
  ['blockHeaderBytes', blockHeaderBytes, riegeli, 'kBlockHeader'],
  ['signatureBytes', signatureBytes, riegeli, 'kSignatureEnd'],
  ['flacBlockHeaderBytes', native.flacBlockHeaderBytes, flacMetadata, 'kBlockHeaderSize'],
  ['streamInfoBytes', native.streamInfoBytes, flacMetadata, 'kStreamInfoSize'],
  ['mostFft', native.mostFft, features, 'kMostFft'],
  ['mostBins', native.mostBins, features, 'kMostBins'],
  ['mostFactor', native.mostFactor, features, 'kMostFactor'],
  ['shapeMode.planar', native.shapeMode.planar, 'addon/pcm_binding.cc', 'kPlanar'],
  ['shapeMode.mean', native.shapeMode.mean, 'addon/pcm_binding.cc', 'kMean'],
  ['STOP_OFFSET', counters.STOP_OFFSET, 'addon/pass/binding.cc', 'kStopAt'],
  ['BYTES_OFFSET', counters.BYTES_OFFSET, 'addon/pass/binding.cc', 'kBytesAt'],
  ['RECORDS_OFFSET', counters.RECORDS_OFFSET, 'addon/pass/binding.cc', 'kRecordsAt'],
  ['SHARED_BYTES', counters.SHARED_BYTES, 'addon/pass/binding.cc', 'kSharedSize'],
] as const)('%s is the constant of C++', (_, ours, path, name) => {
  expect(ours).toBe(constant(path, name));
});

test('damage are the faults below the first unusable one', () => {
  expect(withoutComments('core/base/fault.h')).toContain(`static_cast<uint8_t>(f) < ${native.leastUnusable}`);
});
