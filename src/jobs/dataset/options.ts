/** The options of `dataset scan`, `dataset build` and `dataset card`, in the order in which their helps list them. */

import type { OptionTable } from '../../option-tables.ts';
import { flag, integer, isPath, isText, oneOf, optional } from '../../options.ts';
import { allowOutside, rejectOptions, runOptions, workers } from '../engine/options.ts';
import { buildChoices } from './options/build-choices.ts';
import {
  accessOptions,
  hfToken,
  language,
  limitPerLanguage,
  out,
  plan,
  repo,
  source,
  state,
} from './options/shared.ts';

const mostDownloads = 1024;
const mostChunkMod = 1_000_000;

export const scanOptions = {
  source,
  language: language('Scan these languages alone'),
  plan,
  state,
  limitPerLanguage,
  ...accessOptions,
  dryRun: {
    ...runOptions.dryRun,
    flag: { ...runOptions.dryRun.flag, help: 'Print what a scan finds; write nothing', alsoKnownAs: ['n', 'simulate'] },
  },
} as const satisfies OptionTable;

const { onError, maxRejects } = rejectOptions('');

export const buildOptions = {
  source,
  from: {
    ...optional<string>('pack:DIR, folder:DIR, csv:FILE or manifest:FILE', isText),
    decides: 'place',
    flag: {
      placeholder: 'KIND:PLACE',
      completes: 'files',
      help: 'Rows of a pack, folder, CSV file or manifest instead of episodes',
      more: 'pack:ds/, folder:recordings/, csv:labels.csv or manifest:rows.jsonl, of this machine or as a URI.',
      alsoKnownAs: ['inputs', 'source-kind'],
    },
  },
  audio: {
    ...optional<string>('a folder, or a URI such as gs://my-bucket', isPath),
    decides: 'place',
    flag: {
      placeholder: 'DIR|URI',
      completes: 'folders',
      help: 'With --from csv: or manifest:, where the paths of rows begin',
      byDefault: 'the folder of the file',
      alsoKnownAs: ['audio-dir', 'root', 'base'],
    },
  },
  plan,
  state,
  repo,
  out,
  language: language('Build these languages alone'),
  chunkMod: {
    ...integer(1, mostChunkMod, undefined),
    decides: 'course',
    flag: {
      placeholder: 'M',
      help: 'Divide the chunks among M machines',
      more: 'By the number of a chunk in the whole plan. The machines need no folder in common: what is done is read from the Hub.',
      alsoKnownAs: ['mod', 'num-shards', 'machines'],
    },
  },
  chunkRem: {
    ...integer(0, mostChunkMod - 1, undefined),
    decides: 'course',
    flag: {
      placeholder: 'R',
      help: 'Which of the M this machine is, from 0 on',
      alsoKnownAs: ['rem', 'shard-index', 'machine'],
    },
  },
  limitPerLanguage,
  ...buildChoices,
  allowOutside,
  workers: workers('Each thread makes one chunk at a time, and holds one row group in memory.'),
  downloadWorkers: {
    ...integer(1, mostDownloads, 128),
    decides: 'course',
    flag: {
      placeholder: 'N',
      help: 'Downloads at the same time, of all threads together',
      more: 'DOWNLOAD_WORKERS gives it, too. The bytes in flight are bounded, however many there are.',
      alsoKnownAs: ['downloads', 'prefetch', 'ahead'],
    },
  },
  xet: {
    ...oneOf(['auto', 'on', 'off'], 'auto'),
    decides: 'course',
    flag: {
      help: 'How files go to the Hub',
      more: 'on: in pieces, of which only those are sent that the Hub lacks. off: whole. auto: what the repository offers.',
      alsoKnownAs: ['use-xet'],
    },
  },
  private: {
    ...flag(false),
    decides: 'course',
    flag: { help: 'Make the repository a private one, when it has to be made', alsoKnownAs: ['secret'] },
  },
  ...accessOptions,
  hfToken,
  onError: {
    ...oneOf(['fail', 'skip'], 'skip'),
    decides: 'policy',
    flag: {
      ...onError.flag,
      help: 'What to do with a segment or row that cannot be used',
      more:
        'skip leaves it out and lists it in rejects.jsonl. fail stops at the first. A server that refuses, or does not answer, fails the chunk ' +
        'under both: the next run makes it.',
    },
  },
  maxRejects: {
    ...maxRejects,
    flag: { ...maxRejects.flag, help: 'Fail when more than N are rejected', more: 'With --on-error skip.' },
  },
  durable: runOptions.durable,
  dryRun: { ...runOptions.dryRun, flag: { ...runOptions.dryRun.flag, alsoKnownAs: ['n', 'simulate'] } },
  overwrite: {
    ...runOptions.overwrite,
    flag: {
      ...runOptions.overwrite.flag,
      help: 'Replace files that stand in the place of a chunk, made by others or with other options',
    },
  },
} as const satisfies OptionTable;

export const cardOptions = {
  repo,
  out: { ...out, flag: { ...out.flag, help: 'The folder of the dataset, instead of a repository' } },
  hfToken,
  dryRun: {
    ...runOptions.dryRun,
    flag: { ...runOptions.dryRun.flag, help: 'Print the card; write nothing', alsoKnownAs: ['n', 'simulate'] },
  },
  overwrite: {
    ...runOptions.overwrite,
    flag: { ...runOptions.overwrite.flag, help: 'Replace a dnsmos.svg that is not ours' },
  },
} as const satisfies OptionTable;
