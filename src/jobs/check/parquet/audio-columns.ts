/** Which columns of a Parquet file may hold recordings, and what their cells are by the first bytes. */

import { bytesSource } from '../../../bytes.ts';
import type { AudioFormat } from '../../../formats/audio/audio.ts';
import { describeUnknown } from '../../../formats/sniff/sniff.ts';
import { sniffAudio } from '../../../formats/sniff-audio.ts';
import type { HubFeature } from '../../../samples/parquet/features.ts';
import type { Field, Leaf, Schema } from '../../../samples/parquet/schema.ts';

export interface AudioColumn {
  /** Of the whole column: "audio". */
  readonly name: string;
  /** Whether the features of the file call it Audio: then what is no recording is a fault. */
  readonly isTold: boolean;
  readonly samplingRate: number | null;
  readonly bytes: Leaf;
  readonly path: Leaf | undefined;
  readonly field: Field;
}

/** Structures of bytes and path wherever they are, and columns of bytes; those left out that the features call something else. */
export function audioColumns({ columns }: Schema, features: ReadonlyMap<string, HubFeature>): AudioColumn[] {
  return columns.flatMap((field) => {
    const feature = features.get(field.name);
    const type = feature?.type ?? '';
    if (!/^(|Audio|Value|List|Sequence|LargeList)$/.test(type)) return [];
    const isTold = type === 'Audio';
    return soundsIn(field).map(({ bytes, path }) => ({
      name: bytes.path.replace(/\.bytes$/, ''),
      isTold,
      samplingRate: feature?.samplingRate ?? null,
      bytes,
      path,
      field,
    }));
  });
}

function soundsIn(field: Field): { readonly bytes: Leaf; readonly path: Leaf | undefined }[] {
  switch (field.kind) {
    case 'value':
      return isBytes(field) ? [{ bytes: field, path: undefined }] : [];
    case 'list':
      return soundsIn(field.item);
    case 'map':
      return [];
    case 'struct': {
      const bytes = field.fields.find((child): child is Leaf => child.name === 'bytes' && isBytes(child));
      const path = field.fields.find((child): child is Leaf => child.name === 'path' && isText(child));
      return bytes === undefined ? field.fields.flatMap((child) => soundsIn(child)) : [{ bytes, path }];
    }
    default:
      return field satisfies never;
  }
}

function isBytes(field: Field): boolean {
  return field.kind === 'value' && field.element.type === 'BYTE_ARRAY' && kindOf(field) === '';
}

export function isText(field: Field): boolean {
  return field.kind === 'value' && field.element.type === 'BYTE_ARRAY' && /^(UTF8|STRING)$/.test(kindOf(field));
}

function kindOf({ element }: Leaf): string {
  return element.converted_type ?? element.logical_type?.type ?? '';
}

export interface SniffedCell {
  readonly format: AudioFormat | undefined;
  /** In words that end a sentence. */
  readonly what: string;
  readonly isSound: boolean;
}

export async function sniffCell(bytes: Uint8Array): Promise<SniffedCell> {
  if (bytes.length === 0) return { format: undefined, what: '0 bytes', isSound: false };
  const sniffed = await sniffAudio(bytesSource(bytes, 'a cell'));
  if (sniffed.kind === 'format') return { format: sniffed.format, what: sniffed.format, isSound: true };
  if (sniffed.kind === 'other') return { format: undefined, what: sniffed.name, isSound: true };
  const what = describeUnknown(bytes.subarray(0, 512)) ?? 'bytes of no format that is known';
  return { format: undefined, what, isSound: false };
}

/** Ogg holds FLAC, Vorbis and Opus alike. */
const extensions: { readonly [F in AudioFormat]: readonly string[] } = {
  flac: ['flac', 'fla', 'ogg', 'oga'],
  wav: ['wav', 'wave', 'rf64', 'w64', 'bwf'],
  mp3: ['mp3', 'mp2', 'mpga', 'mpeg', 'mpg'],
  'ogg-vorbis': ['ogg', 'oga'],
  opus: ['opus', 'ogg', 'oga'],
};

/** In lower case, without the dot; undefined where the name has none. */
export function extensionOf(path: string): string | undefined {
  return /[^/\\]\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase();
}

export function isExtensionOf(extension: string, format: AudioFormat): boolean {
  return extensions[format].includes(extension);
}
