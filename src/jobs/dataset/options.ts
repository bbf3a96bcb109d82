/** The options of `dataset scan`, `dataset build` and `dataset card`, in the order in which their helps list them. */

import type { OptionTable } from '../../option-tables.ts';
import { flag, integer, isPath, isText, oneOf, optional } from '../../options.ts';
import { rateWords, sizeWords } from '../../quantities.ts';
import { allowOutside, columnsTyped, keepColumns, rejectOptions, runOptions, workers } from '../engine/options.ts';

const mostEpisodes = 1_000_000;
const mostDownloads = 1024;
/** A page and a group are counted in 32 bits by some readers. */
const mostGroupBytes = 2 ** 31 - 1;
const mostChunkMod = 1_000_000;

/** Viewers of the Hub refuse row groups beyond this, in bytes. */
export const viewerLimit = 300_000_000;
export const usualPlanName = 'work_plan.json';

/** Who may read and write; never part of a journal, a manifest or a message. */
const secret = {
  ...optional<string>('text', isText),
  found: () => 'what was given',
  decides: 'place',
} as const;
const preferEnvironment = 'What is typed is seen by everybody on this machine and kept by shells: prefer';

const accessOptions = {
  r2EndpointUrl: {
    ...optional<string>('a URL such as https://ACCOUNT.r2.cloudflarestorage.com', isText),
    decides: 'place',
    flag: {
      placeholder: 'URL',
      help: 'Where r2:// is',
      byDefault: 'R2_ENDPOINT_URL',
      variable: 'R2_ENDPOINT_URL',
      alsoKnownAs: ['endpoint', 'endpoint-url', 'r2-endpoint'],
    },
  },
  r2AccessKeyId: {
    ...secret,
    flag: {
      placeholder: 'KEY',
      help: 'Who reads r2://',
      byDefault: 'R2_ACCESS_KEY_ID',
      more: `${preferEnvironment} the variable, or .env.`,
      variable: 'R2_ACCESS_KEY_ID',
      alsoKnownAs: ['access-key', 'access-key-id'],
    },
  },
  r2SecretAccessKey: {
    ...secret,
    flag: {
      placeholder: 'SECRET',
      help: 'The secret of that key',
      byDefault: 'R2_SECRET_ACCESS_KEY',
      more: `${preferEnvironment} the variable, or .env.`,
      variable: 'R2_SECRET_ACCESS_KEY',
      alsoKnownAs: ['secret-key', 'secret-access-key'],
    },
  },
} as const satisfies OptionTable;

const hfToken = {
  ...secret,
  flag: {
    placeholder: 'TOKEN',
    help: 'Who writes to the Hub',
    byDefault: 'HF_TOKEN',
    more: `${preferEnvironment} the variable, or .env.`,
    variable: 'HF_TOKEN',
    alsoKnownAs: ['token', 'hub-token'],
  },
} as const;

const source = {
  ...optional<string>('a folder, or a URI such as s3://bucket/processed/', isPath),
  decides: 'place',
  flag: {
    placeholder: 'DIR|URI',
    completes: 'folders',
    help: 'Where LANGUAGE/EPISODE/all_segments.json are',
    byDefault: 'r2://R2_BUCKET/processed/',
    alsoKnownAs: ['input', 'bucket', 'prefix', 'from-bucket'],
  },
} as const;

const plan = {
  ...optional<string>('a path', isPath),
  decides: 'place',
  flag: {
    placeholder: 'FILE',
    completes: 'files',
    help: 'The work plan: episodes by language',
    byDefault: `${usualPlanName} in --state`,
    alsoKnownAs: ['work-plan', 'plan-file'],
  },
} as const;

const state = {
  ...optional<string>('a folder', isPath),
  fallback: '.',
  decides: 'place',
  flag: {
    placeholder: 'DIR',
    completes: 'folders',
    help: 'Where plan, progress.log and journal are',
    byDefault: 'the working directory',
    alsoKnownAs: ['state-dir', 'work-dir'],
  },
} as const;

function language(help: string) {
  return {
    ...optional<string | readonly string[]>(
      'a language such as "de", or a list of them',
      (v) => isText(v) || (Array.isArray(v) && v.length > 0 && v.every(isText)),
    ),
    decides: 'course',
    flag: {
      placeholder: 'LANG',
      repeats: true,
      expected: 'languages such as en or en,de',
      help,
      byDefault: 'all',
      more: 'May be given several times, or with commas. en-US, en_gb and ENG are en.',
      alsoKnownAs: ['lang', 'languages'],
    },
  } as const;
}

const limitPerLanguage = {
  ...integer(1, Number.MAX_SAFE_INTEGER, undefined),
  decides: 'course',
  flag: {
    placeholder: 'N',
    help: 'Take the first N episodes of each language alone',
    byDefault: 'all',
    more: 'For trials. Only while a plan is made: episodes that are in a plan stay in it.',
    alsoKnownAs: ['limit', 'max-per-language'],
  },
} as const;

const repo = {
  ...optional<string>('a repository such as org/name', isText),
  decides: 'place',
  flag: {
    placeholder: 'ORG/NAME',
    help: 'The dataset of the Hub that gets the files',
    byDefault: 'HF_REPO_ID',
    more: 'Also as hf://datasets/ORG/NAME. Made when it is not there.',
    variable: 'HF_REPO_ID',
    alsoKnownAs: ['repo-id', 'dataset', 'hub'],
  },
} as const;

const out = {
  ...optional<string>('a folder', isPath),
  decides: 'place',
  flag: {
    short: 'o',
    placeholder: 'DIR',
    completes: 'folders',
    help: "Write the repository's files here instead",
    byDefault: 'to the Hub',
    alsoKnownAs: ['output', 'output-dir', 'dest', 'local'],
  },
} as const;

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

/** What a user decides about the files. */
export const buildChoices = {
  episodesPerChunk: {
    ...integer(1, mostEpisodes, 1000),
    decides: 'bytes',
    flag: {
      placeholder: 'N',
      help: 'Episodes in a chunk, which is a commit',
      more: 'EPISODES_PER_CHUNK gives it, too.',
      alsoKnownAs: ['chunk-size', 'episodes'],
    },
  },
  samplesPerChunk: {
    ...integer(1, mostEpisodes, 1000),
    decides: 'bytes',
    flag: {
      placeholder: 'N',
      help: 'With --from: samples in a chunk',
      alsoKnownAs: ['samples', 'rows-per-chunk'],
    },
  },
  parquetMaxBytes: {
    ...integer(1, Number.MAX_SAFE_INTEGER, 2 ** 31),
    decides: 'bytes',
    flag: {
      ...sizeWords,
      help: 'Most bytes of a file; a chunk that has more becomes parts',
      byDefault: '2GiB',
      more: `PARQUET_MAX_BYTES gives it, too. ${sizeWords.more}`,
      alsoKnownAs: ['max-bytes', 'max-shard-size', 'shard-size'],
    },
  },
  rowgroupBytes: {
    ...integer(1, mostGroupBytes, 100_000_000),
    decides: 'bytes',
    flag: {
      ...sizeWords,
      help: 'Most bytes of a row group, all columns together',
      byDefault: '100MB',
      more: `PARQUET_ROWGROUP_BYTES gives it, too. Viewers refuse groups above 300MB. ${sizeWords.more}`,
      alsoKnownAs: ['row-group-bytes', 'row-group-size', 'group-bytes'],
    },
  },
  samplingRate: {
    ...integer(1, 0xffffffff, null),
    decides: 'bytes',
    flag: {
      ...rateWords,
      help: 'Rate to which readers decode; the files stay as they are',
      byDefault: '16000; with --from that of each recording',
      alsoKnownAs: ['sample-rate', 'rate', 'sr'],
    },
  },
  check: {
    ...oneOf(['header', 'full'], 'header'),
    decides: 'bytes',
    flag: {
      help: 'How recordings are looked at before they are taken',
      more: 'header: what kind of file it is, by its first bytes. full: each is decoded to its end, and what cannot be is rejected.',
      alsoKnownAs: ['verify', 'validate'],
    },
  },
  audioColumn: {
    ...column(),
    decides: 'bytes',
    flag: {
      placeholder: 'NAME',
      help: 'With --from csv: or manifest:, the column of the recordings',
      byDefault: 'audio_filepath, file_name or the like',
      alsoKnownAs: ['audio-key', 'path-column', 'file-column'],
    },
  },
  textColumn: {
    ...column(),
    decides: 'bytes',
    flag: {
      placeholder: 'NAME',
      help: 'With --from csv: or manifest:, the column of the texts',
      byDefault: 'text, transcription, transcript, sentence or normalized_text',
      alsoKnownAs: ['text-key', 'transcript-column'],
    },
  },
  keepColumns: {
    ...keepColumns(undefined),
    flag: {
      ...columnsTyped,
      help: 'With --from, further columns',
      byDefault: 'label, and of metadata.csv or metadata.jsonl in a folder all',
      more: 'A star alone is all of them. As they are, or with :int and :float numbers. Of pack: all are kept anyway.',
      alsoKnownAs: ['keep', 'columns', 'extra-columns'],
    },
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
      alsoKnownAs: ['input', 'inputs', 'source-kind'],
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
  dryRun: runOptions.dryRun,
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

function column() {
  return { ...optional<string>('the name of a column', isPath), fallback: null };
}
