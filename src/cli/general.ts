/** What a command line asks for before any command: known without the tables of flags, which --version and the first help do not load. */

import type { CommandName } from './flags/overview.ts';

export type GeneralRequest =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'version' }
  | { readonly kind: 'help'; readonly topic: CommandName | undefined; readonly long: boolean };

/** Undefined where a command is named, or something that is none. */
export function generalRequest([first, ...rest]: readonly string[]): GeneralRequest | undefined {
  if (first === undefined) return { kind: 'nothing' };
  if (first === '-V' || first === '--version') return { kind: 'version' };
  if (first === 'version' && rest.length === 0) return { kind: 'version' };
  if (first === '-h') return { kind: 'help', topic: undefined, long: false };
  if (first === '--help' && operandsAmong(rest).length === 0) return { kind: 'help', topic: undefined, long: true };
  return undefined;
}

export function operandsAmong(args: readonly string[]): string[] {
  return args.filter((arg) => !arg.startsWith('-'));
}

/** Whether a command line that cannot be parsed asked for JSON, so that its failure is told as JSON too. */
export function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? undefined : end).includes('--json');
}
