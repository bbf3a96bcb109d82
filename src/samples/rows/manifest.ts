/** The rows of a JSON Lines manifest, as NeMo and others write them: a JSON object a line. */

import type { ByteSource, Stop } from '../../bytes.ts';
import { type TextLine, textLines } from '../../formats/lines.ts';
import { PythonFloat, type PythonValue, pythonJson } from '../../formats/npy/python-json.ts';
import { parsePythonJson } from '../../formats/python/json.ts';
import { named } from '../../options.ts';
import { blocksOf } from '../../storage/local/local.ts';
import { openSource } from '../../storage/source.ts';
import { folderOf, isRemote, joinUri, shown } from '../../storage/uri.ts';
import { type FoundColumns, findRowColumns, isMade, keptValue, type RowColumns, type RowFields } from './columns.ts';
import { noFindings, notKept, type RowFindings, type RowSource, type SourceRow, type Span } from './source.ts';

type JsonRow = { readonly [name: string]: PythonValue };

/** A manifest has a handful; what has a new key a row is none. */
const mostNames = 1000;

export class ManifestRows implements RowSource {
  readonly name: string;
  readonly audio: string;
  readonly converter = 'manifest_file';
  readonly #uri: string;
  readonly #choices: RowColumns;
  readonly #given: ByteSource | undefined;
  readonly #left = new Set<string>();
  #columns: FoundColumns | undefined;
  #parts = 0;
  #rows = 0;
  #texts = 0;

  /** `given`: the file, opened by whoever closes it. */
  constructor(uri: string, choices: RowColumns, given?: ByteSource) {
    this.#uri = uri;
    this.name = shown(uri);
    this.audio = isRemote(uri) ? joinUri(folderOf(uri), '') : folderOf(uri);
    this.#choices = choices;
    this.#given = given;
  }

  async *rows(stop: Stop): AsyncGenerator<readonly SourceRow[], void, void> {
    const source = this.#given ?? (await openSource(this.#uri, { stop }));
    try {
      for await (const lines of textLines(blocksOf(source, stop), this.name)) {
        yield lines.filter(({ text }) => text.trim() !== '').map((line) => this.#rowOf(line));
      }
    } finally {
      if (this.#given === undefined) await source.close();
    }
  }

  findings(): RowFindings {
    const notices: string[] = [];
    const left = [...this.#left].filter((name) => !isMade(name) && name !== 'offset');
    if (left.length > 0) {
      notices.push(notKept(this.name, left));
    }
    if (this.#parts > 0) {
      notices.push(
        `${this.#parts} of ${this.#rows} rows name a part of their recording (offset, duration): only that is used`,
      );
    }
    if (this.#rows > 0 && this.#texts === 0) {
      notices.push(`No row of "${this.name}" has a text; ${named('textColumn')} names another column`);
    }
    return { ...noFindings, left, notices };
  }

  #rowOf({ text, line }: TextLine): SourceRow {
    const row = this.#rows++;
    const bad = (problem: string): SourceRow => ({ row, line, audio: '', fields: {}, problem });
    if (text.includes('\ufffd')) return bad('The line is not UTF-8');
    let value: PythonValue;
    try {
      value = parsePythonJson(text);
    } catch (error) {
      return bad(`The line is no JSON: ${(error as Error).message}`);
    }
    if (!isRow(value)) return bad('The line is no JSON object');
    this.#columns ??= findRowColumns(Object.keys(value), this.#choices, this.name);
    return this.#readRow({ row, line }, value, this.#columns);
  }

  #readRow(
    place: Pick<SourceRow, 'row'> & { readonly line: number },
    value: JsonRow,
    columns: FoundColumns,
  ): SourceRow {
    const { kept, problem = badSpan(value) } = this.#fieldsOf(value, columns);
    const audio = value[columns.audio];
    const span = spanOf(value);
    if (span !== undefined) this.#parts++;
    const read = { ...place, fields: kept, ...(span === undefined ? {} : { span }) };
    if (typeof audio !== 'string' || audio === '') {
      return { ...read, audio: '', problem: `The row has no text in "${columns.audio}"` };
    }
    return { ...read, audio, ...(problem === undefined ? {} : { problem }) };
  }

  #fieldsOf(value: JsonRow, { audio, text, kept }: FoundColumns) {
    const said = text === undefined ? undefined : value[text];
    if (said !== undefined && said !== '' && said !== null) this.#texts++;
    const fields = new Map<string, PythonValue>([['text', said ?? '']]);
    let problem: string | undefined;
    const isRest = (name: string) => name !== audio && name !== text;
    // Other rows may have other keys.
    const columns =
      this.#choices.keepColumns === 'all'
        ? Object.keys(value)
            .filter((name) => isRest(name) && !isMade(name))
            .map((name) => ({ name, as: 'text' }) as const)
        : kept;
    for (const column of columns) {
      if (!Object.hasOwn(value, column.name)) continue;
      const found = value[column.name]!;
      const made = keptValue(found, column);
      if (typeof made === 'string') problem ??= made;
      else fields.set(column.name, made.value);
    }
    for (const name of Object.keys(value)) {
      if (isRest(name) && !fields.has(name) && this.#left.size < mostNames) this.#left.add(name);
    }
    return { kept: Object.fromEntries(fields) as RowFields, problem };
  }
}

/** Frames beyond 2^53 are none that could be counted. */
const mostSeconds = 1e9;

/** The whole recording, or all of the rest, instead of a part would be a guess. */
function badSpan({ offset, duration }: JsonRow): string | undefined {
  if (offset === undefined || offset === null) return undefined;
  const isSeconds = (value: PythonValue) => {
    const seconds = numberOf(value);
    return seconds !== undefined && seconds >= 0 && seconds <= mostSeconds;
  };
  if (!isSeconds(offset)) return `Its "offset" is ${pythonJson(offset)}, expected seconds from 0 on`;
  if (duration === undefined || duration === null || isSeconds(duration)) return undefined;
  return `Its "duration" is ${pythonJson(duration)}, expected seconds from 0 on, as it has an "offset"`;
}

/** NeMo's: seconds from the start of the recording, and how many. */
function spanOf({ offset, duration }: JsonRow): Span | undefined {
  const from = numberOf(offset);
  if (from === undefined || from < 0) return undefined;
  const seconds = numberOf(duration);
  return [from, seconds === undefined || seconds <= 0 ? null : from + seconds];
}

function numberOf(value: PythonValue | undefined): number | undefined {
  const number = value instanceof PythonFloat ? value.value : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function isRow(value: PythonValue): value is JsonRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof PythonFloat);
}
