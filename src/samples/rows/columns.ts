/** Which column of a row means what: by the name that the user gives, or by the names that such files have. */

import { cellNumber, type KeptColumn, notNumber } from '../../formats/cells.ts';
import { PythonFloat, type PythonValue } from '../../formats/npy/python-json.ts';
import { named, usage } from '../../options.ts';

/** What a row says beside its recording, by the names of fields. */
export type RowFields = { readonly [name: string]: PythonValue };

export interface RowColumns {
  readonly audioColumn: string | null;
  readonly textColumn: string | null;
  /** "all": every column that is left. */
  readonly keepColumns: readonly KeptColumn[] | 'all';
}

/** From the likeliest on; capitals do not count, and "-" and blanks count as "_". */
const audioNames = [
  ...['audio_filepath', 'audio_file', 'audio_path', 'audio', 'file_name', 'filename', 'file_path', 'filepath', 'file'],
  ...['path', 'blob_name', 'blob', 'wav', 'recording', 'uri', 'url'],
];
const textNames = ['text', 'transcription', 'transcript', 'sentence', 'normalized_text'];
const labelNames = ['label', 'labels', 'class', 'category', 'target'];

/** Fields that are made of the recording and of the place of the sample. */
export const madeFields = [
  ...['audio', 'sample_rate', 'text', 'converter', 'shard_id', 'shard_position', 'shape', 'dtype', 'codec', 'duration'],
] as const;

/** What says the class of a recording. */
export function isLabel(name: string): boolean {
  return labelNames.includes(normalized(name));
}

/** Of messages. */
export const madeWhy = 'the field of that name is made of the recording and its place';

export function isMade(name: string): boolean {
  return (madeFields as readonly string[]).includes(name);
}

export interface FoundColumns {
  readonly audio: string;
  readonly text: string | undefined;
  readonly kept: readonly KeptColumn[];
  /** Of those that are there: no field is made of them. */
  readonly left: readonly string[];
}

/** `names`: of a header, or of the first row. @throws BowerbirdError USAGE */
export function findRowColumns(names: readonly string[], choices: RowColumns, source: string): FoundColumns {
  const known = new Map([...names].reverse().map((name) => [normalized(name), name]));
  const there = names.map((name) => `"${name}"`).join(', ');
  const asked = (option: string, name: string) => {
    const found = known.get(normalized(name));
    if (found !== undefined) return found;
    throw usage(`Cannot find column "${name}" (${named(option)}) in "${source}": it has ${there || 'no column'}`);
  };
  const usual = (of: readonly string[]) => of.map((name) => known.get(name)).find((name) => name !== undefined);
  const { audioColumn, textColumn, keepColumns } = choices;
  const audio = audioColumn === null ? usual(audioNames) : asked('audioColumn', audioColumn);
  if (audio === undefined) {
    throw usage(
      `Cannot tell which column of "${source}" names the recordings: it has ${there || 'no column'}; say it with ${named('audioColumn')}`,
    );
  }
  const text = textColumn === null ? usual(textNames) : asked('textColumn', textColumn);
  const rest = names.filter((name) => name !== audio && name !== text);
  if (keepColumns === 'all') {
    const kept = rest.filter((name) => !isMade(name)).map((name): KeptColumn => ({ name, as: 'text' }));
    return { audio, text, kept, left: rest.filter(isMade) };
  }
  const kept = keepColumns.map((column) => ({ ...column, name: asked('keepColumns', column.name) }));
  // What says the class of a recording is of use without being asked for.
  for (const name of rest) {
    if (isLabel(name) && !kept.some((column) => column.name === name)) kept.push({ name, as: 'text' });
  }
  const isKept = (name: string) => kept.some((column) => column.name === name);
  return { audio, text, kept, left: rest.filter((name) => !isKept(name)) };
}

/** A sentence where the value is not what the column is to hold. Text that is asked for as it is may be any value. */
export function keptValue(value: PythonValue, column: KeptColumn): { readonly value: PythonValue } | string {
  if (column.as === 'text' || value === null) return { value };
  if (typeof value === 'string') {
    const number = cellNumber(value, column.as);
    if (number === undefined) return notNumber(value, column);
    if (number === null) return { value: null };
    return { value: column.as === 'float' ? new PythonFloat(Number(number)) : smallest(number) };
  }
  if (column.as === 'float') {
    if (value instanceof PythonFloat) return { value };
    if (typeof value === 'number' || typeof value === 'bigint') return { value: new PythonFloat(Number(value)) };
  } else if (typeof value === 'number' || typeof value === 'bigint') return { value };
  return notNumber(value instanceof PythonFloat ? String(value.value) : (JSON.stringify(value) ?? ''), column);
}

function smallest(value: number | bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function normalized(name: string): string {
  return name.trim().toLowerCase().replaceAll(/[ -]/g, '_');
}
