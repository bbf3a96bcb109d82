/** What stands on the stack of a pickle and is no value yet: something to call, and an object that waits for its state. */

import type { BowerbirdError } from '../../errors.ts';
import type { Wrong } from '../python/numpy.ts';
import type { PythonData } from '../python/values.ts';

/** The call that is made, to whoever makes the value. */
export interface Call {
  /** What float16 becomes. */
  readonly halves: 'float32' | 'bits';
  /** Counts bytes of memory that are made from bytes which stand in the pickle once: the same ones can be named many times. */
  spend(bytes: number): void;
  /** Counts objects that are made. */
  count(objects: number): void;
  wrong(what: string): BowerbirdError;
  wrongArguments(): BowerbirdError;
  refused(what: string): BowerbirdError;
  /** For a sentence about an array. */
  readonly array: Wrong;
}

/** Never a value: data that holds one is refused. */
export class Constructor {
  readonly name: string;
  readonly make: (args: readonly unknown[], call: Call) => PythonData | Draft;

  constructor(name: string, make: Constructor['make']) {
    this.name = name;
    this.make = make;
  }
}

/** Made by REDUCE, a value after BUILD. */
export class Draft {
  readonly name: string;
  readonly finish: (state: readonly unknown[], call: Call) => PythonData;
  value: PythonData | undefined;

  constructor(name: string, finish: Draft['finish']) {
    this.name = name;
    this.finish = finish;
  }
}

export type StackItem = PythonData | Constructor | Draft;
