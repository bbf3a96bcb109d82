/** What the values of an LMDB file hold: of which form they are, and the fields of those that are dicts. In memory that does not grow with their number. */

import { BowerbirdError } from '../../errors.ts';
import { NumpyArray, NumpyScalar, type PythonData, PythonFloat, PythonTuple } from '../../formats/python/values.ts';
import { formOf, readValue, type ValueForm } from '../../records/lmdb-value.ts';

export { readValue };

/** What one field of the dicts looks like over the values looked at. */
export interface FieldSummary {
  readonly name: string;
  /** As Python calls them, such as "str", "float" or "float32[80, 3000]"; at most 8. */
  readonly types: readonly string[];
  /** Values that hold it. */
  readonly records: number;
  /** Of text and bytes the least and most length, of numbers the least and most; absent where an int is beyond 2^53. */
  readonly range?: readonly [number, number];
  /** The first one, shortened. */
  readonly example: string;
}

/** A file may name a new field in every value; the summary need not. */
const mostFields = 1000;
const mostTypes = 8;
const exampleChars = 60;

/** Of the layout of AudioMDB: values of such keys are pickles or MessagePack, those of others are anybody's. */
export function isSample(key: string): boolean {
  return /^sample_\d+$/.test(key);
}

export function keyText(key: Uint8Array): string {
  return Buffer.from(key).toString('utf8');
}

interface Gathered {
  readonly types: Set<string>;
  records: number;
  /** Null where there is none that a number holds. */
  range: [number, number] | undefined | null;
  readonly example: string;
}

export class FieldStats {
  readonly #forms: { [form in ValueForm]: number } = { pickle: 0, msgpack: 0, other: 0 };
  readonly #fields = new Map<string, Gathered>();
  #values = 0;
  #bytes = 0;
  #unread = 0;
  #hasMore = false;

  get values(): number {
    return this.#values;
  }

  /** A sample that cannot be read is counted, and told of by verify(); what only looked like one is something else. */
  add(key: string, value: Uint8Array, source: string): void {
    this.#values++;
    this.#bytes += value.length;
    const form = formOf(value);
    let data: PythonData | undefined;
    try {
      data = readValue(value, source);
    } catch (error) {
      if (!(error instanceof BowerbirdError)) throw error;
      this.#forms[isSample(key) ? form : 'other']++;
      if (isSample(key)) this.#unread++;
      return;
    }
    this.#forms[form]++;
    if (!(data instanceof Map)) return;
    for (const [name, field] of data as ReadonlyMap<PythonData, PythonData>) {
      if (typeof name === 'string') this.#addField(name, field);
    }
  }

  summary() {
    const fields = [...this.#fields].map(([name, { types, records, range, example }]): FieldSummary => {
      return { name, types: [...types], records, ...(range == null ? {} : { range }), example };
    });
    const told = { payloadBytes: this.#bytes, forms: { ...this.#forms }, unread: this.#unread, fields };
    return { ...told, ...(this.#hasMore && { moreFields: true as const }) };
  }

  #addField(name: string, field: PythonData): void {
    let known = this.#fields.get(name);
    if (known === undefined) {
      if (this.#fields.size === mostFields) {
        this.#hasMore = true;
        return;
      }
      known = { types: new Set(), records: 0, range: undefined, example: exampleOf(field) };
      this.#fields.set(name, known);
    }
    known.records++;
    if (known.types.size < mostTypes) known.types.add(typeOf(field));
    if (typeof field === 'bigint') known.range = null;
    if (known.range === null) return;
    const measure = measureOf(field);
    if (measure === undefined || Number.isNaN(measure)) return;
    const [least, most] = known.range ?? [measure, measure];
    known.range = [Math.min(least, measure), Math.max(most, measure)];
  }
}

function typeOf(field: PythonData): string {
  if (field === null) return 'None';
  if (typeof field === 'string') return 'str';
  if (typeof field === 'boolean') return 'bool';
  if (typeof field === 'number' || typeof field === 'bigint') return 'int';
  if (field instanceof PythonFloat) return 'float';
  if (field instanceof Uint8Array) return 'bytes';
  if (field instanceof PythonTuple) return 'tuple';
  if (field instanceof NumpyArray) return `${field.dtype}[${field.shape.join(', ')}]`;
  if (field instanceof NumpyScalar) return `${field.array.dtype} scalar`;
  if (field instanceof Map) return 'dict';
  if (field instanceof Set) return 'set';
  return Array.isArray(field) ? 'list' : 'other';
}

function measureOf(field: PythonData): number | undefined {
  if (typeof field === 'number') return field;
  if (field instanceof PythonFloat) return field.value;
  if (typeof field === 'string' || field instanceof Uint8Array) return field.length;
  return undefined;
}

function exampleOf(field: PythonData): string {
  if (typeof field === 'string') return shortened(JSON.stringify(field.slice(0, exampleChars)));
  if (typeof field === 'number' || typeof field === 'bigint' || typeof field === 'boolean') return String(field);
  if (field instanceof PythonFloat) return String(field.value);
  if (field instanceof Uint8Array) return `${field.length} bytes`;
  if (field instanceof PythonTuple) return shortened(`(${field.items.slice(0, 8).map(exampleOf).join(', ')})`);
  return field === null ? 'None' : typeOf(field);
}

function shortened(text: string): string {
  return text.length > exampleChars ? `${text.slice(0, exampleChars)}...` : text;
}
