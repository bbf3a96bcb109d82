/** Which columns become what of a sample: the sound, its text, and those that are kept. */

import { bytesSource } from '../../bytes.ts';
import { named } from '../../errors.ts';
import { sniffAudio } from '../../formats/sniff-audio.ts';
import { usage } from '../../options.ts';
import { parquetError } from './faults.ts';
import { featuresOf } from './features.ts';
import type { ParquetFile } from './parquet.ts';
import type { Field, Leaf } from './schema.ts';

export interface ColumnOptions {
  /** Default: the column of the feature Audio, else one whose bytes are sound. */
  readonly audioColumn?: string | undefined;
  /** Default: the first of {@link textColumns} that is there. */
  readonly textColumn?: string | undefined;
  /** Columns that become fields of samples by their own names. Default: none. */
  readonly keepColumns?: readonly string[] | undefined;
}

/** Plain JSON, for whoever reads the rows. */
export interface SampleColumns {
  readonly audio: AudioColumn | null;
  readonly text: string | null;
  readonly kept: readonly KeptColumn[];
}

export interface AudioColumn {
  readonly name: string;
  /** A struct of bytes and path, bytes alone, or the path of a file. */
  readonly form: 'struct' | 'bytes' | 'path';
  /** In Hz, where the dataset says it: what its users get, not what the file holds. */
  readonly samplingRate: number | null;
}

export interface KeptColumn {
  readonly name: string;
  /** Of a ClassLabel: what its numbers mean; the field `<name>_name` holds it. */
  readonly classes: readonly string[] | null;
}

export interface ChosenColumns {
  readonly columns: SampleColumns;
  /** Names of columns that samples do without. */
  readonly left: readonly string[];
  readonly notices: readonly string[];
}

export const textColumns = ['text', 'transcription', 'sentence', 'transcript', 'normalized_text'] as const;

export async function chooseColumns(file: ParquetFile, options: ColumnOptions): Promise<ChosenColumns> {
  const notices: string[] = [];
  const features = featuresOf(file.keyValues);
  const audio = await audioOf(file, options.audioColumn, notices);
  const text = textOf(file, options.textColumn, audio?.name, notices);
  const kept = (options.keepColumns ?? []).map((name): KeptColumn => {
    const field = fieldOf(file, name, 'keepColumns');
    if (name === audio?.name) {
      throw usage(`Cannot keep column "${name}" (${named('keepColumns')}): it is the sound, which every sample holds`);
    }
    if (name === 'text' && text !== null && text !== 'text') {
      throw usage(
        `Cannot keep column "text": the field "text" is made of column "${text}"; choose one (${named('textColumn')})`,
      );
    }
    const feature = features.get(name);
    const isLabel = feature?.type === 'ClassLabel' && isWhole(field);
    return { name, classes: isLabel ? (feature.names ?? null) : null };
  });
  const used = new Set([audio?.name, text, ...kept.map(({ name }) => name)]);
  const left = file.columns.map(({ name }) => name).filter((name) => !used.has(name));
  return { columns: { audio, text, kept }, left, notices };
}

async function audioOf(file: ParquetFile, given: string | undefined, notices: string[]): Promise<AudioColumn | null> {
  const features = featuresOf(file.keyValues);
  const column = (field: Field, form: AudioColumn['form']): AudioColumn => ({
    name: field.name,
    form,
    samplingRate: features.get(field.name)?.samplingRate ?? null,
  });
  if (given !== undefined) {
    const field = fieldOf(file, given, 'audioColumn');
    const form = formOf(field);
    if (form !== undefined) return column(field, form);
    const what = `column "${given}" cannot hold sound: expected a struct of bytes and path, bytes, or the paths of files`;
    throw parquetError('BAD_SCHEMA', file.uri, what);
  }
  const featured = file.columns.filter(({ name }) => features.get(name)?.type === 'Audio');
  const [first, ...others] = featured;
  const form = first && formOf(first);
  if (first !== undefined && form !== undefined) {
    if (others.length > 0) {
      const names = others.map(({ name }) => `"${name}"`).join(', ');
      notices.push(
        `The sound is taken from column "${first.name}"; so could it be from ${names} (${named('audioColumn')})`,
      );
    }
    return column(first, form);
  }
  const found = await columnOfSound(file);
  if (found !== undefined) {
    notices.push(`The sound is taken from column "${found.name}": its first bytes are sound, and nothing else tells`);
    return column(found, formOf(found)!);
  }
  notices.push(`No column holds sound (${named('audioColumn')}): samples hold other fields only`);
  return null;
}

/** How a column can hold sound; undefined where it cannot. */
function formOf(field: Field): AudioColumn['form'] | undefined {
  if (field.kind === 'struct') {
    const child = (name: string) => field.fields.find((each) => each.name === name);
    return isBytes(child('bytes')) && isText(child('path')) ? 'struct' : undefined;
  }
  if (isText(field)) return 'path';
  return isBytes(field) ? 'bytes' : undefined;
}

function isBytes(field: Field | undefined): boolean {
  return field?.kind === 'value' && field.element.type === 'BYTE_ARRAY' && !isText(field);
}

function isText(field: Field | undefined): boolean {
  return field?.kind === 'value' && field.element.type === 'BYTE_ARRAY' && ['UTF8', 'STRING'].includes(kindOf(field));
}

function isWhole(field: Field): boolean {
  return field.kind === 'value' && (field.element.type === 'INT64' || field.element.type === 'INT32');
}

function kindOf({ element }: Leaf): string {
  return element.converted_type ?? element.logical_type?.type ?? '';
}

/** So far a column may begin with rows that have no sound. */
const rowsTried = 64;

async function columnOfSound(file: ParquetFile): Promise<Field | undefined> {
  for (const form of ['struct', 'bytes']) {
    for (const field of file.columns.filter((each) => formOf(each) === form)) {
      if (await isSound(file, field.name)) return field;
    }
  }
  return undefined;
}

async function isSound(file: ParquetFile, name: string): Promise<boolean> {
  for await (const batch of file.rows({ count: Math.min(rowsTried, file.rowCount), columns: [name] })) {
    for (const { values } of batch) {
      const value = values[name];
      const bytes = value instanceof Uint8Array ? value : (value as { bytes?: unknown } | null)?.bytes;
      if (!(bytes instanceof Uint8Array) || bytes.length === 0) continue;
      return (await sniffAudio(bytesSource(bytes, name))).kind !== 'unknown';
    }
  }
  return false;
}

function textOf(
  file: ParquetFile,
  given: string | undefined,
  audio: string | undefined,
  notices: string[],
): string | null {
  if (given !== undefined) return fieldOf(file, given, 'textColumn').name;
  const found = textColumns.find((name) => name !== audio && isText(file.columns.find((field) => field.name === name)));
  if (found !== undefined) notices.push(`The text is taken from column "${found}" (${named('textColumn')})`);
  return found ?? null;
}

function fieldOf(file: ParquetFile, name: string, option: string): Field {
  const field = file.columns.find((column) => column.name === name);
  if (field !== undefined) return field;
  const names = file.columns.map((column) => `"${column.name}"`).join(', ');
  const message = `Cannot find column "${name}" (${named(option)}): there are ${names}`;
  throw usage(message);
}
