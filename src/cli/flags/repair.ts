/** `bowerbird repair`: what its help says, and its flags. */

import { repairOptions } from '../../jobs/check/options.ts';
import { checkExitCodes, inputs, json, quiet } from './common.ts';
import { type Command, flagsOf } from './flag.ts';
import { summaries } from './overview.ts';

const flags = { ...flagsOf(repairOptions), json, quiet } as const;

export const repair: Command<typeof flags> = {
  name: 'repair',
  summary: summaries.repair,
  operand: { ...inputs, help: `${inputs.help}. They are never changed` },
  flags,
  examples: [
    ['bowerbird repair damaged.tfrecord --out repaired.tfrecord', 'keep what is intact, say what is lost'],
    ['bowerbird verify repaired.tfrecord', 'the proof'],
    ['bowerbird repair damaged/*.tfrecord --out repaired/', 'many at once, each under its name'],
  ],
  notes: ['Behind damaged bytes the next record is found by its own checksums, so one flipped bit costs one record.'],
  exitCodes: checkExitCodes(
    [0, 'nothing was lost'],
    [1, 'a file cannot be read or repaired; the others were'],
    [3, 'the new file holds less than the damaged one was made to hold'],
  ),
};
