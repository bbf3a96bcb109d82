/** The four opcodes that call something: each is looked up in the fixed list of constructors. */

import type { DataFaults } from '../python/faults.ts';
import { PythonTuple } from '../python/values.ts';
import { constructorNamed } from './constructors.ts';
import { type Call, Constructor, Draft } from './items.ts';
import { kindOf, type PickleStack } from './stack.ts';

/** Memory that constructors may take beyond views of the pickle, in multiples of its bytes. */
const mostSpent = 16;
const leastBudget = 65536;
const longestShown = 100;

export class Calls implements Call {
  readonly halves: 'float32' | 'bits';
  readonly #stack: PickleStack;
  readonly #faults: DataFaults;
  #budget: number;
  #name = '';

  constructor(stack: PickleStack, faults: DataFaults, pickleBytes: number, halves: 'float32' | 'bits') {
    this.halves = halves;
    this.#stack = stack;
    this.#faults = faults;
    this.#budget = leastBudget + mostSpent * pickleBytes;
  }

  find(module: string, name: string): void {
    const found = constructorNamed(module, name);
    if (found === undefined) {
      const shown = `${module}.${name}`;
      throw this.refused(
        `${shown.length > longestShown ? `${shown.slice(0, longestShown)}...` : shown} is no plain data; what a pickle names can run code, and this reader runs none`,
      );
    }
    this.#stack.push(found);
  }

  findNamed(): void {
    const [module, name] = this.#stack.pop(2);
    if (typeof module !== 'string' || typeof name !== 'string') throw this.wrong('STACK_GLOBAL without two texts');
    this.find(module, name);
  }

  reduce(): void {
    const [callee, args] = this.#stack.pop(2);
    if (!(callee instanceof Constructor)) throw this.wrong(`it calls ${kindOf(callee)}`);
    this.#name = callee.name;
    if (!(args instanceof PythonTuple)) throw this.wrongArguments();
    this.#stack.open(callee.make(args.items, this));
  }

  build(): void {
    const [draft, state] = this.#stack.pop(2);
    if (!(draft instanceof Draft)) {
      throw this.refused(`BUILD sets the state of ${kindOf(draft)}, which can run code`);
    }
    this.#name = draft.name;
    if (!(state instanceof PythonTuple) || draft.value !== undefined) throw this.wrongArguments();
    draft.value = draft.finish(state.items, this);
    this.#stack.push(draft.value);
  }

  spend(bytes: number): void {
    this.#budget -= bytes;
    if (this.#budget < 0) throw this.refused(`${this.#name} takes the same bytes so often that memory would not last`);
  }

  count(objects: number): void {
    this.#stack.count(objects);
  }

  wrong(what: string) {
    return this.#faults.wrong(what);
  }

  wrongArguments() {
    return this.#faults.wrong(`${this.#name} is called with other arguments than plain data has`);
  }

  refused(what: string) {
    return this.#faults.refused(what);
  }

  readonly array = (code: 'BAD_SCHEMA' | 'UNSUPPORTED', what: string) =>
    this.#faults.fault(code, `a NumPy array or scalar: ${what}`);
}
