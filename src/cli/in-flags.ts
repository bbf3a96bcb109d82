/** Messages of the public functions in the words of the command line. */

import { BowerbirdError } from '../errors.ts';
import { type CommandName, commandOf } from './flags/commands.ts';
import { Misuse } from './misuse.ts';

/** The public functions speak of options by their names in code: `option "matchInputs"` is --match-inputs here. */
export function inFlags(error: unknown, command: CommandName): unknown {
  if (!(error instanceof BowerbirdError) || error.code !== 'USAGE' || error instanceof Misuse) return error;
  if (!/\boptions? "/.test(error.message)) return error;
  const { flags } = commandOf(command);
  const message = error.message.replace(/(?:\boptions? )?"(\w+)"/g, (quoted, key: string) =>
    Object.hasOwn(flags, key) ? `--${flags[key]!.name}` : quoted,
  );
  return new BowerbirdError(error.code, message, error, { cause: error });
}
