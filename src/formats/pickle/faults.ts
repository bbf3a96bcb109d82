/** The three ways in which a pickle is not read, each with its place. */

import { BowerbirdError, type ErrorCode } from '../../errors.ts';

export class PickleFaults {
  /** Where the pickle comes from; may be empty. */
  readonly source: string;
  /** Where the opcode stands that is carried out. */
  at = 0;

  constructor(source: string) {
    this.source = source;
  }

  /** `what`: a sentence about the pickle, without its place. */
  fault(
    code: ErrorCode & ('TRUNCATED' | 'BAD_SCHEMA' | 'UNSUPPORTED'),
    what: string,
    offset = this.at,
  ): BowerbirdError {
    const name = this.source === '' ? '' : ` "${this.source}"`;
    const place = { offset, ...(this.source === '' ? {} : { source: this.source }) };
    return new BowerbirdError(code, `Cannot read pickle${name} at byte ${offset}: ${what}`, place);
  }

  /** No pickle, or a damaged one. */
  wrong(what: string, offset?: number): BowerbirdError {
    return this.fault('BAD_SCHEMA', what, offset);
  }

  /** A pickle, but of more than plain data. */
  refused(what: string, offset?: number): BowerbirdError {
    return this.fault('UNSUPPORTED', what, offset);
  }
}
