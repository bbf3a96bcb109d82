/** Options that several jobs share: their tables (jobs/<job>/options.ts) are composed of these and their own. */

import { onErrorChoices } from '../../on-error.ts';
import type { OptionTable } from '../../option-tables.ts';
import {
  flag,
  foundForInputs,
  integer,
  isInputs,
  isPath,
  isText,
  oneOf,
  optional,
  required,
  wholeNumber,
} from '../../options.ts';
import { rateWords } from '../../quantities.ts';

/** More threads than this help nobody and exhaust descriptors. */
const mostWorkers = 1024;
/** More would hold more recordings in memory than hide the latency of any network. */
const mostPrefetch = 1024;

/** Whatever files a job reads: operands on a command line. */
export const inputs = {
  ...required('a file, folder, glob or URI, or a list of them', isInputs),
  found: foundForInputs,
  decides: 'place',
} as const;

const workersOption = {
  ...integer(1, mostWorkers, undefined),
  decides: 'course',
  flag: {
    short: 'j',
    placeholder: 'N',
    help: 'Threads that work at the same time',
    byDefault: 'all cores',
    more: 'Each thread works on one file at a time, so more threads than files change nothing.',
    alsoKnownAs: ['threads', 'jobs', 'parallel', 'concurrency'],
  },
} as const;

/** `more`: what threads share in this job, where it is not the usual. */
export function workers(more: string = workersOption.flag.more) {
  return { ...workersOption, flag: { ...workersOption.flag, more } };
}

/** Of jobs that can go on without some of their inputs. `more`: what each policy means for this one. */
export function rejectOptions(more: string) {
  return {
    onError: {
      ...oneOf(onErrorChoices, 'fail'),
      decides: 'policy',
      flag: {
        help: 'What to do with a record that cannot be used',
        more,
        alsoKnownAs: ['ignore-errors', 'skip-errors'],
      },
    },
    maxRejects: {
      ...integer(0, Number.MAX_SAFE_INTEGER, undefined),
      decides: 'course',
      flag: {
        placeholder: 'N',
        help: 'Fail when more than N records are rejected',
        byDefault: 'no limit',
        more: 'For --on-error skip and salvage.',
        alsoKnownAs: ['max-errors', 'max-bad'],
      },
    },
  } as const satisfies OptionTable;
}

/** Of jobs that store sound. */
export const soundOptions = {
  sampleRate: {
    ...integer(1, 0xffffffff, null),
    decides: 'bytes',
    flag: {
      ...rateWords,
      help: 'Resample to this rate',
      byDefault: 'as recorded',
      alsoKnownAs: ['rate', 'sr', 'samplerate', 'resample'],
    },
  },
  mono: {
    ...flag(false),
    decides: 'bytes',
    flag: { help: 'Take the mean of all channels', alsoKnownAs: ['downmix', 'mix'] },
  },
} as const satisfies OptionTable;

const bitChoices = [16, 24, 32, 'float'] as const;
type Bits = (typeof bitChoices)[number];

/** Of samples in files that are made; `fallback`: for who gives none. */
export function bits<const F extends string>(fallback: F) {
  return {
    fallback,
    expected: 'one of 16, 24, 32, "float"',
    accepts: (v: unknown): v is Bits => bitChoices.some((choice) => choice === v),
    fromText: (typed: string) => bitChoices.find((choice) => String(choice) === typed),
    choices: bitChoices.map(String),
    decides: 'bytes',
  } as const;
}

/** Further columns of rows; what becomes of them is for the job to say. */
function column<const H extends string, const A extends readonly string[]>(help: H, byDefault: string, alsoKnownAs: A) {
  return {
    ...optional<string>('the name of a column', isPath),
    fallback: null,
    decides: 'bytes',
    flag: { placeholder: 'NAME', help, byDefault, alsoKnownAs },
  } as const;
}

/** Of rows that name recordings, where their names and their texts stand. */
export function rowColumns(audioHelp: string, textHelp: string) {
  return {
    audioColumn: column(audioHelp, 'audio_filepath, file_name or the like', [
      'audio-key',
      'path-column',
      'file-column',
    ]),
    textColumn: column(textHelp, 'text, transcription, transcript, sentence or normalized_text', [
      'text-key',
      'transcript-column',
    ]),
  } as const;
}

export function keepColumns<const F>(fallback: F) {
  return {
    ...optional<readonly string[]>('a list of columns', (v) => Array.isArray(v) && v.every(isText)),
    fallback,
    decides: 'bytes',
  } as const;
}

/** How they are typed. */
export const columnsTyped = {
  placeholder: 'A,B:int,C:float',
  expected: 'names of columns, separated by commas',
  fromText: (typed: string) => typed.split(',').map((name) => name.trim()),
} as const;

/** Of jobs whose rows name recordings. What lies outside of --audio is part of the units' versions. */
export const allowOutside = {
  ...flag(false),
  decides: 'policy',
  flag: {
    help: 'Also read recordings that lie outside of --audio',
    more: 'Without it, rows with "../", absolute paths, complete URIs and links that lead out of --audio are refused.',
    alsoKnownAs: ['outside', 'unsafe'],
  },
} as const;

export const prefetch = {
  ...integer(0, mostPrefetch, 8),
  decides: 'course',
  flag: {
    placeholder: 'N',
    help: 'Recordings that each thread asks for ahead, over a network',
    more: 'They are in memory until their turn comes.',
    alsoKnownAs: ['downloads', 'ahead', 'download-workers'],
  },
} as const;

/** Of every job that makes files in a folder and can be taken up again, last in its table. */
export const runOptions = {
  durable: {
    ...flag(false),
    decides: 'course',
    flag: {
      help: 'Flush every output to the disk before it gets its name',
      more: 'Slower. Without it, what a power cut may have spoiled is found by checksum and made again by the next run.',
      alsoKnownAs: ['fsync', 'sync'],
    },
  },
  dryRun: {
    ...flag(false),
    decides: 'course',
    flag: { help: 'Print the plan; touch nothing', alsoKnownAs: ['plan', 'n', 'simulate'] },
  },
  overwrite: {
    ...flag(false),
    decides: 'course',
    flag: {
      short: 'f',
      help: 'Replace outputs that this job did not make, or made with other options',
      alsoKnownAs: ['force', 'clobber'],
    },
  },
  units: {
    fallback: undefined,
    expected: 'M/N with M from 0 to N-1, such as 0/4',
    accepts: isPart,
    decides: 'course',
    flag: {
      placeholder: 'M/N',
      help: 'Do only the files whose index is M modulo N',
      more:
        'For many machines on one shared folder: give each its own M and the same N. They may run at the same time; whichever ' +
        'completes the plan writes its summary.',
      alsoKnownAs: ['part', 'shard', 'chunk'],
    },
  },
} as const satisfies OptionTable;

function isPart(value: unknown): value is string {
  if (!isText(value)) return false;
  const [m, n, ...rest] = value.split('/').map((text) => (text.length > 9 ? undefined : wholeNumber(text)));
  return m !== undefined && n !== undefined && m < n && rest.length === 0;
}
