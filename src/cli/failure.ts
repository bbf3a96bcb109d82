/** Failures to words and exit codes. The codes are public: docs/errors.md and the help list them. */

import { inspect } from 'node:util';
import { BowerbirdError } from '../errors.ts';
import type { Io } from './io.ts';
import { Misuse } from './misuse.ts';
import type { Talk } from './talk.ts';

export const exit = {
  done: 0,
  failed: 1,
  misuse: 2,
  rejects: 3,
  damage: 4,
  interrupted: 130,
  terminated: 143,
} as const;

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof BowerbirdError)) return exit.failed;
  // An option that one of the files refuses is found when others are done already.
  const isMisuse = error.code === 'USAGE' && error.source === undefined;
  return isMisuse ? exit.misuse : error.code === 'INTERRUPTED' ? exit.interrupted : exit.failed;
}

/** Says what went wrong on stderr, and under --json on stdout too. Returns the exit code. */
export function tellFailure(error: unknown, io: Io, talk: Talk, json: boolean): number {
  tellError(error, talk);
  if (json) io.stdout.write(`${JSON.stringify({ error: errorJson(error) })}\n`);
  return exitCodeOf(error);
}

/** Options as flags where no table can be loaded, as on a machine that is short of files: most are called after them. */
export function byName(error: unknown): unknown {
  if (!(error instanceof BowerbirdError) || error instanceof Misuse) return error;
  const dashed = (option: string) => `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const message = error.message.replace(
    /\boption "(\w+)"(?: as "(\w+)")?/g,
    (_, option: string, value: string | undefined) =>
      value === undefined ? dashed(option) : `${dashed(option)} ${value}`,
  );
  return message === error.message ? error : new BowerbirdError(error.code, message, error, { cause: error });
}

export function tellError(error: unknown, talk: Talk): void {
  if (error instanceof BowerbirdError) {
    talk.error(` ${error.code}: ${error.message}`);
  } else {
    talk.error(`; this is a defect in bowerbird, please report it\n${inspect(error)}`, 'unexpected error');
  }
  if (error instanceof Misuse) {
    const help = error.topic === undefined ? 'bowerbird --help' : `bowerbird ${error.topic} --help`;
    talk.line(`Run "${help}" for examples and options`);
  }
}

export function errorJson(error: unknown): object {
  if (error instanceof BowerbirdError) return error.toJSON();
  return { code: 'UNEXPECTED', message: error instanceof Error ? error.message : String(error) };
}
