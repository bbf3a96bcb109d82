/** `bowerbird inspect`: its flags. */

import { json } from './common.ts';
import { type Command, toggle, wholeNumber } from './flag.ts';

const flags = {
  all: toggle('all', { help: 'Read every record, not only the first ones', alsoKnownAs: ['full'] }),
  limit: wholeNumber('limit', 1, {
    placeholder: 'N',
    help: 'Records to look into',
    byDefault: '1000',
    alsoKnownAs: ['records', 'head', 'n', 'max'],
  }),
  json,
} as const;

export const inspect: Command<typeof flags> = {
  name: 'inspect',
  summary: 'what is in a file: format, features, shapes, ranges',
  operand: { name: 'FILE', count: 'one or more', completes: 'files', help: 'A file; its format is found by content' },
  flags,
  examples: [
    ['bowerbird inspect embeddings-00000-of-00374', 'the first 1000 records'],
    ['bowerbird inspect embeddings-00000-of-00374 --all', 'all of them: exact counts and ranges'],
    ["bowerbird inspect *.tfrecord --json | jq '.files[].records'", 'for scripts'],
  ],
  notes: [
    'With --json the object is {"files": [...]}: a report a file, or {"source", "error"} for one that cannot be read. ' +
      'Damage is shown where it is met and does not change the exit code; bowerbird verify is the command that judges.',
  ],
};
