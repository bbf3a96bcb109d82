/** `bowerbird completions`: what its help says. */

import { plainExitCodes } from './common.ts';
import type { Command } from './flag.ts';
import { summaries } from './overview.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export const completions: Command<Record<never, never>> = {
  name: 'completions',
  summary: summaries.completions,
  operand: { name: 'SHELL', count: 'one', completes: shells, help: `One of ${shells.join(', ')}` },
  flags: {},
  examples: [
    ['eval "$(bowerbird completions bash)"', 'in ~/.bashrc; also for bash 3.2, which macOS has'],
    ['source <(bowerbird completions zsh)', 'in ~/.zshrc, below compinit'],
    ['bowerbird completions fish | source', 'in ~/.config/fish/config.fish'],
  ],
  notes: [],
  exitCodes: plainExitCodes,
};
