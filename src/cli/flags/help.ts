/** `bowerbird help`: what its help says. */

import { plainExitCodes } from './common.ts';
import type { Command } from './flag.ts';
import { firstWords, summaries } from './overview.ts';

export const help: Command<Record<never, never>> = {
  name: 'help',
  summary: summaries.help,
  operand: {
    name: 'COMMAND',
    count: 'none or one',
    completes: firstWords.filter((name) => name !== 'help'),
    help: 'A command; without one, the list of them',
  },
  flags: {},
  examples: [['bowerbird help extract', 'the same as bowerbird extract --help']],
  notes: [],
  exitCodes: plainExitCodes,
};
