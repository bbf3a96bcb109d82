/** Converter: what gives samples to pack(). */

import { checkArgument, isObject } from '../options.ts';
import type { Sample } from './sample.ts';

/** A sample, or its key and the sample. */
export type Yielded = Sample | readonly [key: string, sample: Sample];

/**
 * Subclass it for whatever samples come from. With `parts()`, and the module of the class in a static field, parts are converted in threads, and a run
 * that was stopped goes on behind those that are done; without, samples are taken one after another.
 *
 * @example
 * export class TableConverter extends Converter {
 *   static module = import.meta.url;
 *   get converterName() { return 'table'; }
 *   parts() { return this.options.tables.map((table) => ({ table })); }
 *   async *samples({ table }) {
 *     for (const { path, text } of await rowsOf(table)) yield { audio: path, text };
 *   }
 * }
 * await pack({ converter: new TableConverter({ tables: ['a', 'b'] }), out: 'ds/' });
 */
export abstract class Converter<Part = unknown> {
  /** Plain JSON: threads make a converter of their own from it. */
  readonly options: { readonly [name: string]: unknown };

  constructor(options: { readonly [name: string]: unknown } = {}) {
    checkArgument(options, isObject, 'an object of options', 'new Converter()');
    this.options = options;
  }

  /** The field `converter` of every sample. */
  abstract get converterName(): string;

  /** In metadata.json. Default: the converter's name. */
  get datasetName(): string {
    return this.converterName;
  }

  /** `part`: one of parts(), where there are any. The same call gives the same samples. */
  abstract samples(part: Part): AsyncIterable<Yielded> | Iterable<Yielded>;

  /** Plain descriptions, in an order that stays. Each becomes a shard. */
  parts?(): readonly Part[] | Promise<readonly Part[]>;
}
