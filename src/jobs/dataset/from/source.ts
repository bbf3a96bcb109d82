/** What `from` names: "csv:labels.csv" and the like. */

import { pathOf } from '../../../file-uri.ts';
import { named, usage } from '../../../options.ts';
import {
  CsvConverter,
  FileConverter,
  FolderConverter,
  type RowConverter,
  type RowConverterOptions,
  rowSourceOf,
} from '../../../samples/converters.ts';
import { isRemote, shown } from '../../../storage/uri.ts';
import type { ChunkSource } from '../chunk-source.ts';
import type { SoundCheck } from '../sound-check.ts';
import { PackChunks } from './plan-pack.ts';
import { RowChunks } from './plan-rows.ts';

/** As options of a build have them. */
export interface FromGiven {
  readonly from: string;
  readonly audio?: string | undefined;
  readonly audioColumn: string | null;
  readonly textColumn: string | null;
  readonly keepColumns?: readonly string[] | undefined;
  readonly allowOutside: boolean;
  readonly samplesPerChunk: number;
  readonly samplingRate: number | null;
  readonly check: SoundCheck;
}

/** `outDir`: where files go; what a run of ours left there is no recording. @throws BowerbirdError USAGE */
export function chunkSourceOf(given: FromGiven, outDir: string): ChunkSource {
  const { from, samplesPerChunk, samplingRate, check, allowOutside } = given;
  const [, kind = '', place = ''] = /^(pack|folder|csv|manifest):(.+)$/s.exec(from) ?? [];
  if (kind === 'pack') {
    refuse(
      { keepColumns: given.keepColumns, allowOutside: allowOutside || undefined },
      kind,
      'samples have their fields, and hold their sound',
    );
    return new PackChunks({ place: isRemote(place) ? place : pathOf(place), samplesPerChunk, samplingRate, check });
  }
  const choices = choicesOf(given);
  if (kind === 'folder') refuse({ audio: given.audio }, kind, 'its recordings are in it');
  const source = rowSourceOf(converterOf(kind, place, from, choices), choices, outDir);
  const audio = given.audio ?? source.audio;
  return new RowChunks({ source, audio, allowOutside, samplesPerChunk, samplingRate, check });
}

function choicesOf({ audio, audioColumn, textColumn, keepColumns }: FromGiven): RowConverterOptions {
  return {
    ...(audio !== undefined && { audio }),
    ...(audioColumn !== null && { audioColumn }),
    ...(textColumn !== null && { textColumn }),
    ...(keepColumns !== undefined && { keepColumns }),
  };
}

function converterOf(kind: string, place: string, from: string, choices: RowConverterOptions): RowConverter {
  switch (kind) {
    case 'folder':
      return new FolderConverter({ folder: place, ...choices });
    case 'csv':
      return new CsvConverter({ csv: place, ...choices });
    case 'manifest':
      return new FileConverter({ manifest: place, ...choices });
    default:
      throw usage(
        `Cannot use ${named('from', shown(from))}: expected pack:DIR, folder:DIR, csv:FILE or manifest:FILE, such as "csv:labels.csv"`,
      );
  }
}

function refuse(options: { readonly [name: string]: unknown }, kind: string, why: string): void {
  const name = Object.keys(options).find((each) => options[each] !== undefined);
  if (name !== undefined) throw usage(`Cannot use ${named(name)} with ${named('from')} of ${kind}: ${why}`);
}
