/** What goes wrong with objects, in words. */

import { BowerbirdError } from '../errors.ts';
import { named } from '../options.ts';
import { shown } from './uri.ts';

export function changed(doing: string, uri: string, expected: string, found: string): BowerbirdError {
  const message =
    `Cannot ${doing} "${shown(uri)}": it changed while the run was going on (expected version ${expected}, found ${found}); ` +
    'run the same command again when nothing writes to it';
  return new BowerbirdError('IO', message, { source: uri });
}

export function notThere(doing: string, uri: string, said = ''): BowerbirdError {
  const state = `there is no such object${said === '' ? '' : ` (${said})`}`;
  return new BowerbirdError('NOT_FOUND', `Cannot ${doing} "${shown(uri)}": ${state}`, { source: uri });
}

export function taken(uri: string): BowerbirdError {
  const message = `Cannot write "${shown(uri)}": it exists, or was changed by somebody else; choose another name, or replace it with ${named('overwrite')}`;
  return new BowerbirdError('EXISTS', message, { source: uri });
}

export function givenUp(error: BowerbirdError, tries: number): BowerbirdError {
  const { code, source, message } = error;
  const hint = 'check the network and the endpoint, then run the same command again';
  return new BowerbirdError(code, `${message}, ${tries} times in a row; ${hint}`, { source }, { cause: error.cause });
}
