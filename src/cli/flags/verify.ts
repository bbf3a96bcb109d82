/** `bowerbird verify`: its flags. */

import { json, progress, quiet, workers } from './common.ts';
import type { Command } from './flag.ts';

const flags = { workers, progress, json, quiet } as const;

export const verify: Command<typeof flags> = {
  name: 'verify',
  summary: 'test every checksum of every file; list what is damaged',
  operand: {
    name: 'INPUT',
    count: 'one or more',
    completes: 'files',
    help: 'A file, a folder (every file directly in it, but none that starts with a dot) or a glob (quoted or not)',
  },
  flags,
  examples: [
    ['bowerbird verify one_percent_data_sample/', 'a folder, on all cores'],
    ['bowerbird verify *.tfrecord --quiet && echo intact', 'in a script'],
    ["bowerbird verify data/ --json | jq '.files[] | select(.ok | not)'", 'the damaged ones, with every range'],
  ],
  notes: [
    'Writes nothing. Each damaged range is one line with the index of the record that should begin there and a byte offset and ' +
      'length in the record stream (after decompression).',
  ],
};
