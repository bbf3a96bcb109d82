/** Messages of the public functions in the words of the command line: they name options as `named()` of src/options.ts does. */

import { BowerbirdError } from '../errors.ts';
import type { Command, Flag } from './flags/flag.ts';
import { loadCommand } from './flags/load.ts';
import { type CommandName, commandNames } from './flags/overview.ts';
import { Misuse } from './misuse.ts';

/** `option "matchInputs"` is --match-inputs here, and `option "onError" as "skip"` is --on-error skip. */
export async function inFlags(error: unknown, command: CommandName): Promise<unknown> {
  if (!(error instanceof BowerbirdError) || error instanceof Misuse) return error;
  const message = await textInFlags(await namedIn(error.message, command), command);
  return message === error.message ? error : new BowerbirdError(error.code, message, error, { cause: error });
}

const named = /\boption "(\w+)"(?: as "(\w+)")?/g;

/** The same for text that tells of files, which may hold remedies: those of another command, too. */
export async function textInFlags(told: string, command: CommandName): Promise<string> {
  if (told.search(named) === -1) return told;
  const own = said(told, await tablesOf([command]));
  // The tables of all commands are read only where one has to be found in them: a machine may be too short of files to load them.
  return own.search(named) === -1 ? own : said(own, await tablesOf(commandNames));
}

/** The same for what a command says of its own options, without waiting for the tables of others. */
export function ownFlags(told: string, { flags }: Command): string {
  return said(told, [Object.values(flags)]);
}

/** A report as JSON; what it says in sentences is said in flags. */
export function reportInFlags(report: object, command: Command): string {
  return JSON.stringify(report, (key, value: unknown) => {
    if (!sentences.has(key)) return value;
    const inOwn = (text: unknown) => (typeof text === 'string' ? ownFlags(text, command) : text);
    return Array.isArray(value) ? value.map(inOwn) : inOwn(value);
  });
}

/** Members of reports that hold sentences of ours, and nothing that files hold. */
const sentences: ReadonlySet<string> = new Set(['notices', 'notes', 'note']);

function said(told: string, tables: readonly (readonly Flag[])[]): string {
  return told.replace(named, (text, option: string, value: string | undefined) => {
    const flag = flagOf(option, tables);
    return flag === undefined ? text : value === undefined ? flag : `${flag} ${value}`;
  });
}

/** Where a message is about options, those behind the first stand in quotes alone: `Cannot use option "hop" without "window"`. */
async function namedIn(message: string, command: CommandName): Promise<string> {
  if (!/^Cannot use options? "/.test(message)) return message;
  const tables = await tablesOf([command]);
  return message.replace(/(?:\boptions? )?"(\w+)"/g, (text, option: string) => flagOf(option, tables) ?? text);
}

function tablesOf(commands: readonly CommandName[]): Promise<Flag[][]> {
  return Promise.all(commands.map(async (name) => Object.values((await loadCommand(name)).flags)));
}

/** Of the first of these tables that has it. */
function flagOf(option: string, tables: readonly (readonly Flag[])[]): string | undefined {
  for (const flags of tables) {
    const flag = flags.find((one) => one.option === option);
    if (flag !== undefined) return `--${flag.name}`;
  }
  return undefined;
}
