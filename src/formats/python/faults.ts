/** The three ways in which plain data is not read, each with its place. */

import { BowerbirdError, type ErrorCode, type ErrorPlace } from '../../errors.ts';

export class DataFaults {
  readonly #format: 'pickle' | 'msgpack';
  /** Where the bytes come from; may be empty. */
  readonly source: string;
  /** Where the value or opcode stands that is read. */
  at = 0;

  constructor(format: 'pickle' | 'msgpack', source: string) {
    this.#format = format;
    this.source = source;
  }

  /** `what`: a sentence about the bytes, without its place. */
  fault(code: 'TRUNCATED' | 'BAD_SCHEMA' | 'UNSUPPORTED', what: string, offset = this.at): BowerbirdError {
    return this.#error(code, ` at byte ${offset}: ${what}`, { offset });
  }

  /** Another format, or damage. */
  wrong(what: string, offset?: number): BowerbirdError {
    return this.fault('BAD_SCHEMA', what, offset);
  }

  /** More than plain data, or more of it than is read. */
  refused(what: string, offset?: number): BowerbirdError {
    return this.fault('UNSUPPORTED', what, offset);
  }

  /** The same of the data as a whole, which has no place. */
  refusedAll(what: string): BowerbirdError {
    return this.#error('UNSUPPORTED', `: ${what}`, {});
  }

  #error(code: ErrorCode, words: string, place: ErrorPlace): BowerbirdError {
    const name = this.source === '' ? '' : ` "${this.source}"`;
    const source = this.source === '' ? {} : { source: this.source };
    return new BowerbirdError(code, `Cannot read ${this.#format}${name}${words}`, { ...place, ...source });
  }
}
