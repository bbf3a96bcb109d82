/** What is wrong with a Parquet file, in words. */

import { BowerbirdError, type ErrorCode, type ErrorPlace, unforeseen } from '../../errors.ts';
import { shown } from '../../secrets.ts';

export type FileFault = 'CORRUPT' | 'TRUNCATED' | 'UNSUPPORTED' | 'BAD_SCHEMA' | 'IO';

/** `what`: found, expected, and what to do where something can be done. */
export function parquetError(
  code: FileFault,
  uri: string,
  what: string,
  place: Omit<ErrorPlace, 'source'> = {},
): BowerbirdError {
  return new BowerbirdError(code satisfies ErrorCode, `Cannot read "${shown(uri)}": ${what}`, {
    source: uri,
    ...place,
  });
}

/** Of bytes that are there and cannot be what they should be, where no file is known: {@link within} adds which. */
export class Damage extends Error {
  readonly code: FileFault;

  constructor(what: string, code: FileFault = 'CORRUPT') {
    super(what);
    this.code = code;
  }
}

/** Runs `decode` on bytes of a file: whatever it or a library throws at bytes that are not sound is an error with the place. */
export function within<T>(uri: string, what: string, offset: number, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof BowerbirdError) throw error;
    if (error instanceof Damage) throw parquetError(error.code, uri, `${what}: ${error.message}`, { offset });
    const machine = unforeseen(error, 'read', uri);
    if (machine !== undefined) throw machine;
    // A library finds out by reading past an end, or what should be there is not: what it stumbled over says nothing to anybody.
    throw parquetError('CORRUPT', uri, `${what} cannot be decoded; fetch the file again`, { offset });
  }
}
