/** The list of commands, for what is made of all of them: completions, the pages of docs/, the name of any option. A run loads one (load.ts). */

import { completions, type Shell, shells } from './completions.ts';
import { convert } from './convert.ts';
import { build } from './dataset-build.ts';
import { card } from './dataset-card.ts';
import { scan } from './dataset-scan.ts';
import { decode } from './decode.ts';
import { extract } from './extract.ts';
import type { Command, Flags } from './flag.ts';
import { help } from './help.ts';
import { ingest } from './ingest.ts';
import { inspect } from './inspect.ts';
import { type CommandName, commandNames, exitCodes } from './overview.ts';
import { pack } from './pack.ts';
import { repair } from './repair.ts';
import { unpack } from './unpack.ts';
import { verify } from './verify.ts';
import { version } from './version.ts';

export { type CommandName, commandNames, exitCodes, type Shell, shells };

export const commands = {
  extract,
  ingest,
  pack,
  'dataset scan': scan,
  'dataset build': build,
  'dataset card': card,
  inspect,
  verify,
  repair,
  convert,
  decode,
  unpack,
  completions,
  help,
  version,
} as const satisfies {
  readonly [K in CommandName]: object;
};

/** The table without the type of each entry, for code that treats all alike. */
export function commandOf(name: CommandName): Command<Flags> {
  return commands[name];
}
