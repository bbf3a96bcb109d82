/** What the journals of earlier runs are worth to this one: which units are done, which must be looked at, which begin anew. */

import { isDeepStrictEqual } from 'node:util';
import { BowerbirdError } from '../../errors.ts';
import { named } from '../../options.ts';
import { withoutLink } from '../../storage/links.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { bootId, type Entry, type FoundJournal, type JsonObject } from './journal.ts';
import type { Output } from './output.ts';
import { outputsHeldBy, partNames } from './part-names.ts';
import type { OutputStamp, Receipt, Unit } from './types.ts';

/** Looking at files blocks; every so many units others get their turn. */
const UNITS_A_TURN = 256;
const LISTED = 3;

export type Entries<R extends Receipt> = Map<string, Entry<R>>;

/** The journals in one, the youngest word about each unit last. */
export function mergeEntries<R extends Receipt>(journals: readonly FoundJournal<R>[]): Entries<R> {
  const entries: Entries<R> = new Map();
  for (const journal of journals) for (const [unit, entry] of journal.entries) entries.set(unit, entry);
  return entries;
}

/**
 * Journals of other options are refused where something was made under them, else, and under `overwrite`, only believed in what they say about
 * whose files these are.
 */
export function matchOptions<R extends Receipt>(
  journals: readonly FoundJournal<R>[],
  options: JsonObject,
  overwrite: boolean,
  output: Pick<Output, 'name' | 'exists'>,
): FoundJournal<R>[] {
  const hasMade = ({ receipt, outputs }: Entry<R>) =>
    receipt !== undefined || outputs.some((name) => output.exists(name));
  return journals.map((journal) => {
    if (isDeepStrictEqual(journal.options, options)) return journal;
    const binds = journal.options !== undefined && !overwrite && [...journal.entries.values()].some(hasMade);
    if (binds) throw otherOptions(output.name, journal.options, options);
    return { ...journal, entries: withoutReceipts(journal.entries) };
  });
}

function withoutReceipts<R extends Receipt>(entries: ReadonlyMap<string, Entry<R>>): Entries<R> {
  return new Map(
    [...entries].map(([id, { unit, outputs }]) => [id, { unit, outputs, boot: '', durable: false } satisfies Entry<R>]),
  );
}

function otherOptions(outDir: string, there: JsonObject, here: JsonObject): BowerbirdError {
  const names = [...new Set([...Object.keys(there), ...Object.keys(here)])];
  const differing = names.filter((name) => !isDeepStrictEqual(there[name], here[name]));
  const list = differing.map((name) => `${name}: ${show(there[name])} there, ${show(here[name])} here`).join('; ');
  const message = `Cannot go on in "${outDir}": it was made with other options (${list}); choose another folder, or ${named('overwrite')}`;
  return new BowerbirdError('EXISTS', message, { source: outDir });
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'not set');
}

export interface Sorted<U extends Unit, R extends Receipt> {
  readonly done: readonly U[];
  /** Receipts from before the last start of the machine: their outputs must be read before they are believed. */
  readonly unsure: readonly { readonly unit: U; readonly receipt: R }[];
  readonly todo: readonly U[];
}

/** What a job says of its receipts (Policy in job.ts). */
export interface ReceiptRules<R extends Receipt> {
  accepts(receipt: R): boolean;
  isSameInput(planned: InputStamp, made: InputStamp): boolean;
  isAway(receipt: R): boolean;
  readonly hasParts: boolean;
}

/** Compares units with what the journals and the folder say. */
export async function sortUnits<U extends Unit, R extends Receipt>(
  units: readonly U[],
  entries: ReadonlyMap<string, Entry<R>>,
  output: Output,
  { accepts, isSameInput, isAway, hasParts }: ReceiptRules<R>,
): Promise<Sorted<U, R>> {
  const done: U[] = [];
  const unsure: { unit: U; receipt: R }[] = [];
  const todo: U[] = [];
  for (const [i, unit] of units.entries()) {
    if (i % UNITS_A_TURN === 0) await nextTurn();
    const entry = entries.get(unit.id);
    const receipt = entry?.receipt;
    if (
      entry === undefined ||
      receipt === undefined ||
      !isSameInput(unit.input, receipt.input) ||
      !hasOutputsOf(unit, receipt, hasParts) ||
      !accepts(receipt) ||
      !(isAway(receipt) || allThere(output, receipt))
    ) {
      todo.push(unit);
    } else if (isAway(receipt) || survivedBoot(entry)) done.push(unit);
    else unsure.push({ unit, receipt });
  }
  return { done, unsure, todo };
}

export function isSameStamp(planned: InputStamp, made: InputStamp): boolean {
  return isDeepStrictEqual(withoutLink(planned), withoutLink(made));
}

function hasOutputsOf({ outputs }: Unit, receipt: Receipt, hasParts: boolean): boolean {
  const names = receipt.outputs.map(({ name }) => name);
  const [output = ''] = outputs;
  return isDeepStrictEqual(names, hasParts ? partNames(output, names.length) : outputs);
}

/** The files that a receipt vouches for. */
export function stampsOf(receipt: Receipt): OutputStamp[] {
  return receipt.rejected === undefined ? [...receipt.outputs] : [...receipt.outputs, receipt.rejected];
}

function allThere(output: Output, receipt: Receipt): boolean {
  return stampsOf(receipt).every(({ name, bytes }) => output.sizeOf(name) === bytes);
}

function survivedBoot({ boot, durable }: Entry<Receipt>): boolean {
  return durable || (boot !== '' && boot === bootId());
}

/** Refuses to begin when a file that no journal knows stands where a unit would write. */
export async function refuseForeign(
  output: Output,
  todo: readonly Unit[],
  entries: ReadonlyMap<string, Entry<Receipt>>,
  summaries: readonly string[],
  hasParts: boolean,
): Promise<void> {
  const ours = new Set<string>(entries.size > 0 ? summaries : []);
  for (const entry of entries.values()) for (const name of entry.outputs) ours.add(name);
  const foreign: string[] = [];
  const refuse = (name: string) => {
    if (!ours.has(name) && output.exists(name)) foreign.push(name);
  };
  for (const name of summaries) refuse(name);
  for (const [i, unit] of todo.entries()) {
    if (i % UNITS_A_TURN === 0) await nextTurn();
    for (const name of unit.outputs) refuse(name);
  }
  if (hasParts) foreign.push(...foreignParts(output, todo, entries));
  if (foreign.length > 0) throw foreignFiles(output.name, foreign);
}

/** Files that would be taken for parts of what units make that never began here. */
function foreignParts(
  output: Output,
  todo: readonly Unit[],
  entries: ReadonlyMap<string, Entry<Receipt>>,
): readonly string[] {
  const fresh = new Set(todo.filter(({ id }) => !entries.has(id)).flatMap(({ outputs }) => outputs));
  const folders = new Set([...fresh].map((name) => name.slice(0, name.lastIndexOf('/') + 1)));
  const names = [...folders].flatMap((folder) => output.names(folder || '.').map((name) => `${folder}${name}`));
  return names.filter((name) => {
    const [, whole] = outputsHeldBy(name);
    return whole !== undefined && fresh.has(whole);
  });
}

function foreignFiles(outDir: string, names: readonly string[]): BowerbirdError {
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  const list = `${names.slice(0, LISTED).join(', ')}${more}`;
  const message = `Cannot write into "${outDir}": it holds ${list}, which this job did not make; move them away, choose another folder, or ${named('overwrite')}`;
  return new BowerbirdError('EXISTS', message, { source: outDir });
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
