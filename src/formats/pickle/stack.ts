/** The stack and the memo of a pickle, and what fills containers from them. Counts what it makes. */

import type { Limits } from '../python/bounds.ts';
import type { DataFaults } from '../python/faults.ts';
import { type PythonData, PythonTuple } from '../python/values.ts';
import { Constructor, Draft, type StackItem } from './items.ts';

export class PickleStack {
  readonly #items: StackItem[] = [];
  /** How many items stand below each MARK. */
  readonly #marks: number[] = [];
  readonly #memo: StackItem[] = [];
  readonly #limits: Limits;
  readonly #faults: DataFaults;
  #values = 0;
  #containers = 0;

  constructor(limits: Limits, faults: DataFaults) {
    this.#limits = limits;
    this.#faults = faults;
  }

  push(item: StackItem): void {
    if (++this.#values > this.#limits.values) throw this.#faults.refused(`more than ${this.#limits.values} values`);
    this.#items.push(item);
  }

  /** A list, a dict, ...; anything that costs more than its place. */
  open(item: StackItem): void {
    this.count(1);
    this.push(item);
  }

  count(containers: number): void {
    this.#containers += containers;
    if (this.#containers <= this.#limits.containers) return;
    throw this.#faults.refused(`more than ${this.#limits.containers} lists, tuples, dicts, sets and texts in arrays`);
  }

  mark(): void {
    if (this.#marks.length >= this.#limits.values) throw this.#faults.refused(`more than ${this.#limits.values} marks`);
    this.#marks.push(this.#items.length);
  }

  /** The last `count` items above the last MARK, taken off. */
  pop(count: number): StackItem[] {
    this.#need(count);
    return this.#items.splice(this.#items.length - count, count);
  }

  popOne(): StackItem {
    this.#need(1);
    return this.#items.pop()!;
  }

  /** All items above the last MARK, taken off with it. */
  marked(): StackItem[] {
    const from = this.#marks.pop();
    if (from === undefined) throw this.#faults.wrong('there is no MARK for it');
    return this.#items.splice(from);
  }

  top(): StackItem {
    this.#need(1);
    return this.#items.at(-1)!;
  }

  /** The one value that is left. */
  last(): StackItem {
    if (this.#items.length === 1 && this.#marks.length === 0) return this.#items[0]!;
    throw this.#faults.wrong(
      `it ends with ${this.#items.length} values and ${this.#marks.length} marks, expected one value`,
    );
  }

  memoize(): void {
    this.put(this.#memo.length);
  }

  /** Python counts from 0 on, so a higher number costs no memory but is refused. */
  put(index: number): void {
    if (index > this.#memo.length) {
      throw this.#faults.wrong(`it puts ${index} into the memo, expected ${this.#memo.length}`);
    }
    this.#memo[index] = this.top();
  }

  get(index: number): void {
    const item = this.#memo[index];
    if (item === undefined)
      throw this.#faults.wrong(`it gets ${index} from the memo, which holds ${this.#memo.length}`);
    const value = item instanceof Draft ? item.value : item;
    if (value === undefined) throw this.#faults.refused(`${kindOf(item)} holds itself`);
    this.push(value);
  }

  /** To the list below them. */
  append(items: readonly StackItem[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.#mistaken('a list', list);
    for (const item of items) list.push(item);
  }

  /** Keys and values by turns, to the dict below them. */
  setItems(items: readonly StackItem[]): void {
    const dict = this.top();
    if (!(dict instanceof Map)) throw this.#mistaken('a dict', dict);
    if (items.length % 2 === 1) throw this.#faults.wrong('a key has no value');
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i]!;
      if (dict.has(key))
        throw this.#faults.wrong(
          `a dict has a second ${typeof key === 'string' ? JSON.stringify(key.slice(0, 80)) : 'key of one value'}`,
        );
      dict.set(key, items[i + 1]);
    }
  }

  /** To the set below them. */
  add(items: readonly StackItem[]): void {
    const set = this.top();
    if (!(set instanceof Set)) throw this.#mistaken('a set', set);
    this.addTo(set, items);
  }

  addTo(set: Set<PythonData>, items: readonly StackItem[]): Set<PythonData> {
    for (const item of items) {
      if (set.has(item as PythonData)) throw this.#faults.wrong('a member of a set stands there twice');
      set.add(item as PythonData);
    }
    return set;
  }

  #need(count: number): void {
    const there = this.#items.length - (this.#marks.at(-1) ?? 0);
    if (there < count) throw this.#faults.wrong(`there are ${there} values for it, expected ${count}`);
  }

  #mistaken(expected: string, found: StackItem) {
    return this.#faults.wrong(`it adds to ${kindOf(found)}, expected ${expected}`);
  }
}

/** In words, for messages. */
export function kindOf(item: unknown): string {
  if (item === null) return 'None';
  if (item instanceof Constructor) return `${item.name} itself`;
  if (item instanceof Draft) return `an unfinished ${item.name}`;
  if (item instanceof PythonTuple) return 'a tuple';
  if (typeof item !== 'object') return `a ${typeof item}`;
  return Array.isArray(item) ? 'a list' : (item.constructor?.name ?? 'an object');
}
