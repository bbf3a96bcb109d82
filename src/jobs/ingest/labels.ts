/** From what a row says to the integers of the feature `label`. */

import { BowerbirdError, remedied } from '../../errors.ts';
import { named, usage } from '../../options.ts';

export type LabelRule =
  | { readonly kind: 'int' }
  /** Labels are names; ids count from 0 in the order of the names' UTF-8 bytes. */
  | { readonly kind: 'string' }
  /** Of a file: names and their ids. */
  | { readonly kind: 'map'; readonly ids: readonly (readonly [name: string, id: number])[] };

export interface Labels {
  readonly ids: readonly bigint[];
  readonly names: readonly string[];
}

/** An error, which is not thrown, when the cell cannot be read. */
export type LabelReader = (cell: string) => Labels | BowerbirdError;

/** More than this are no classes but something else in the column of labels. */
const mostClasses = 1_000_000;

/** `vocabulary`: the names of rule "string" in order. */
export function labelReader(rule: LabelRule, separator: string | null, vocabulary: readonly string[]): LabelReader {
  const idOf = rule.kind === 'int' ? integerOf : namedId(rule, vocabulary);
  return (cell) => {
    const ids: bigint[] = [];
    const names: string[] = [];
    for (const name of splitLabels(cell, separator)) {
      const id = idOf(name);
      if (typeof id !== 'bigint') return id;
      if (ids.includes(id)) continue;
      ids.push(id);
      names.push(name);
    }
    if (ids.length === 0 && separator === null) return new BowerbirdError('BAD_SCHEMA', 'The row has no label');
    return { ids, names };
  };
}

/** Without the space around them; with a separator an empty cell means none at all. */
export function splitLabels(cell: string, separator: string | null): string[] {
  const names = separator === null ? [cell] : cell.split(separator);
  return names.map((name) => name.trim()).filter((name) => name !== '');
}

function integerOf(name: string): bigint | BowerbirdError {
  const id = /^[+-]?\d{1,20}$/.test(name) ? BigInt(name.replace('+', '')) : undefined;
  if (id !== undefined && BigInt.asIntN(64, id) === id) return id;
  const label = `The label "${name}"`;
  if (id !== undefined) return new BowerbirdError('BAD_SCHEMA', `${label} does not fit 64 bits`);
  return remedied('BAD_SCHEMA', `${label} is not a whole number`, `; ${named('labels', 'string')} takes names`);
}

function namedId(
  rule: Exclude<LabelRule, { kind: 'int' }>,
  vocabulary: readonly string[],
): (name: string) => bigint | BowerbirdError {
  const pairs = rule.kind === 'map' ? rule.ids : vocabulary.map((name, id) => [name, id] as const);
  const ids = new Map(pairs.map(([name, id]) => [name, BigInt(id)]));
  const unknown = (name: string) => new BowerbirdError('BAD_SCHEMA', `The label "${name}" is not in the map of labels`);
  return (name) => ids.get(name) ?? unknown(name);
}

/** The names of all rows. */
export class Vocabulary {
  readonly #names = new Set<string>();
  readonly #separator: string | null;

  constructor(separator: string | null) {
    this.#separator = separator;
  }

  add(cell: string): void {
    for (const name of splitLabels(cell, this.#separator)) if (!this.#names.has(name)) this.#names.add(name);
    if (this.#names.size > mostClasses) {
      throw usage(
        `Cannot use more than ${mostClasses} different labels: choose the column of labels with ${named('labelColumn')}`,
      );
    }
  }

  /** By UTF-8 bytes: the same on every machine. */
  sorted(): string[] {
    const keyed = [...this.#names].map((name) => ({ name, key: Buffer.from(name) }));
    return keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ name }) => name);
  }
}

/** `{"frog": 0, "owl": 1}`: by id, and not as JSON.stringify() would, which puts names that look like numbers first. */
export function labelsJson(ids: readonly (readonly [name: string, id: number])[]): string {
  const sorted = [...ids].sort((a, b) => a[1] - b[1]);
  const lines = sorted.map(([name, id]) => `  ${JSON.stringify(name)}: ${id}`);
  return lines.length === 0 ? '{}\n' : `{\n${lines.join(',\n')}\n}\n`;
}

/** @throws BowerbirdError USAGE */
export function parseLabelMap(text: string, source: string): (readonly [name: string, id: number])[] {
  const refuse = (state: string) =>
    usage(
      `Cannot use "${source}" for labels: expected a JSON object of names and ids, such as {"frog": 0, "owl": 1}; ${state}`,
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse((error as Error).message);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('found another value');
  const ids = Object.entries(value as object);
  const wrong = ids.find(([, id]) => !Number.isSafeInteger(id));
  if (wrong !== undefined) throw refuse(`"${wrong[0]}" has ${JSON.stringify(wrong[1])}, which is no whole number`);
  return ids.map(([name, id]) => [name.trim(), id as number]);
}
