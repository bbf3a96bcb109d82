/** The list of commands. Their code is in src/cli/commands/, loaded when one runs. */

import { convert } from './convert.ts';
import { decode } from './decode.ts';
import { extract } from './extract.ts';
import type { Command, Flags } from './flag.ts';
import { ingest } from './ingest.ts';
import { inspect } from './inspect.ts';
import { type CommandName, commandNames, exitCodes, summaries } from './overview.ts';
import { repair } from './repair.ts';
import { verify } from './verify.ts';

export { type CommandName, commandNames, exitCodes };

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const completions: Command<Record<never, never>> = {
  name: 'completions',
  summary: summaries.completions,
  operand: { name: 'SHELL', count: 'one', completes: shells, help: `One of ${shells.join(', ')}` },
  flags: {},
  examples: [
    ['source <(bowerbird completions bash)', 'in ~/.bashrc'],
    ['source <(bowerbird completions zsh)', 'in ~/.zshrc, below compinit'],
    ['bowerbird completions fish | source', 'in ~/.config/fish/config.fish'],
  ],
  notes: [],
};

const help: Command<Record<never, never>> = {
  name: 'help',
  summary: summaries.help,
  operand: {
    name: 'COMMAND',
    count: 'none or one',
    completes: commandNames.filter((name) => name !== 'help'),
    help: 'A command; without one, the list of them',
  },
  flags: {},
  examples: [['bowerbird help extract', 'the same as bowerbird extract --help']],
  notes: [],
};

export const commands = {
  extract,
  ingest,
  inspect,
  verify,
  repair,
  convert,
  decode,
  completions,
  help,
} as const satisfies {
  readonly [K in CommandName]: object;
};

/** The table without the type of each entry, for code that treats all alike. */
export function commandOf(name: CommandName): Command<Flags> {
  return commands[name];
}
