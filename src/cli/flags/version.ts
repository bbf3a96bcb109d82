/** `bowerbird version`: what its help says. */

import { plainExitCodes } from './common.ts';
import type { Command } from './flag.ts';
import { summaries } from './overview.ts';

export const version: Command<Record<never, never>> = {
  name: 'version',
  summary: summaries.version,
  operand: { name: '', count: 'none', completes: [], help: '' },
  flags: {},
  examples: [['bowerbird version', 'the same as bowerbird --version and -V']],
  notes: [],
  exitCodes: plainExitCodes,
};
