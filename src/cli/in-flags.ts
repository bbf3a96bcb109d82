/** Messages of the public functions in the words of the command line: they name options as `named()` of src/options.ts does. */

import { BowerbirdError } from '../errors.ts';
import { type CommandName, commandNames, commandOf } from './flags/commands.ts';
import { Misuse } from './misuse.ts';

/** `option "matchInputs"` is --match-inputs here, and `option "onError" as "skip"` is --on-error skip. */
export function inFlags(error: unknown, command: CommandName): unknown {
  if (!(error instanceof BowerbirdError) || error instanceof Misuse) return error;
  const message = textInFlags(namedIn(error.message, command), command);
  return message === error.message ? error : new BowerbirdError(error.code, message, error, { cause: error });
}

/** The same for text that tells of files, which may hold remedies. */
export function textInFlags(told: string, command: CommandName): string {
  return told.replace(/\boption "(\w+)"(?: as "(\w+)")?/g, (text, option: string, value: string | undefined) => {
    const flag = flagOf(option, [command, ...commandNames]);
    return flag === undefined ? text : value === undefined ? flag : `${flag} ${value}`;
  });
}

/** Where a message is about options, those behind the first stand in quotes alone: `Cannot use option "hop" without "window"`. */
function namedIn(message: string, command: CommandName): string {
  if (!/^Cannot use options? "/.test(message)) return message;
  return message.replace(/(?:\boptions? )?"(\w+)"/g, (text, option: string) => flagOf(option, [command]) ?? text);
}

/** Of the first of these commands that has it: a remedy may be another command's. */
function flagOf(option: string, commands: readonly CommandName[]): string | undefined {
  for (const command of commands) {
    const flags = Object.values(commandOf(command).flags);
    const flag = flags.find((one) => one.option === option);
    if (flag !== undefined) return `--${flag.name}`;
  }
  return undefined;
}
