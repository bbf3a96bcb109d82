/** What headers and footer say of the values of a column, held against them. */

import type { PageStatistics } from '../../../samples/parquet/page-header.ts';
import type { Leaf } from '../../../samples/parquet/schema.ts';
import type { Raw } from '../../../samples/parquet/values.ts';
import type { Statistics } from './claims.ts';
import type { FindingPlace, ParquetFindings } from './findings.ts';
import { Extremes, type Order } from './order.ts';

export interface PageValues {
  nulls: number;
  there: number;
  readonly extremes: Extremes | undefined;
}

export class ChunkStatistics {
  readonly #order: Order | undefined;
  /** Whether the file says that bounds are in this order. */
  readonly #isOrdered: boolean;
  /** Nulls of lists are counted in more than one way. */
  readonly #countsNulls: boolean;
  readonly #findings: ParquetFindings;
  /** Of the chunk. */
  readonly #extremes: Extremes | undefined;
  #nulls = 0;

  constructor(leaf: Leaf, order: Order | undefined, isOrdered: boolean, findings: ParquetFindings) {
    this.#order = order;
    this.#isOrdered = isOrdered;
    this.#countsNulls = leaf.repetition === 0;
    this.#findings = findings;
    this.#extremes = order && new Extremes(order);
  }

  page(): PageValues {
    return { nulls: 0, there: 0, extremes: this.#order && new Extremes(this.#order) };
  }

  /** When a page was read. */
  add({ nulls, extremes }: PageValues, said: PageStatistics | undefined, place: FindingPlace): void {
    this.#nulls += nulls;
    for (const value of [extremes?.least, extremes?.most]) {
      if (value !== undefined) this.#extremes?.add(value as Raw);
    }
    if (said === undefined) return;
    const { min_value: min, max_value: max, null_count: count } = said;
    if (this.#countsNulls && count !== undefined && Number(count) !== nulls) {
      this.#add(`Its page says ${count} nulls, and holds ${nulls}`, place);
    }
    const bound = this.#isOrdered ? extremes?.beyond(bytesOf(min), bytesOf(max)) : undefined;
    if (bound !== undefined) this.#add(`A page holds values beyond the ${bound} that its header says`, place);
  }

  /** When all pages were read. */
  finish({ min, max, oldMin, oldMax, nulls }: Statistics, place: FindingPlace): void {
    if (nulls !== undefined && this.#countsNulls && nulls !== this.#nulls) {
      this.#add(`The footer says ${nulls} nulls, and there are ${this.#nulls}`, place);
    }
    const isSigned = this.#order?.isSigned === true;
    const bound =
      (this.#isOrdered || isSigned ? this.#extremes?.beyond(min, max) : undefined) ??
      (isSigned ? this.#extremes?.beyond(oldMin, oldMax) : undefined);
    if (bound !== undefined) this.#add(`There are values beyond the ${bound} that the footer says`, place);
  }

  #add(reason: string, place: FindingPlace): void {
    this.#findings.add('statistics', reason, place);
  }
}

function bytesOf(value: unknown): Uint8Array | undefined {
  return value instanceof Uint8Array ? value : undefined;
}
