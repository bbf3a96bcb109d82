/** The options of `inspect`, `verify` and `repair`, in the order in which the help lists them. */

import type { OptionTable } from '../../option-tables.ts';
import { flag, integer, oneOf, requiredText } from '../../options.ts';
import { inputs, workers } from '../engine/options.ts';

export const inspectOptions = {
  inputs,
  all: {
    ...flag(false),
    decides: 'policy',
    flag: {
      help: 'Read all of it: every record; every sample, for peak, RMS, DC and clipping',
      alsoKnownAs: ['full', 'levels', 'stats'],
    },
  },
  limit: {
    ...integer(1, Number.MAX_SAFE_INTEGER, 1000),
    decides: 'policy',
    flag: {
      placeholder: 'N',
      help: 'Records to look into, where a file holds records',
      alsoKnownAs: ['records', 'head', 'n', 'max'],
    },
  },
} as const satisfies OptionTable;

export const verifyOptions = {
  inputs,
  proof: {
    ...flag(false),
    decides: 'policy',
    flag: {
      help: 'Print a proof of all records in order, too',
      more:
        'For TFRecord and ArrayRecord files: a hash over the length and the bytes of every intact record, equal for the same records however ' +
        'they are cut into files, and to that of "bowerbird convert --proof". Files are taken in the order of their names.',
      alsoKnownAs: ['hash', 'digest', 'checksum'],
    },
  },
  check: {
    ...oneOf(['header', 'full'], 'header'),
    decides: 'policy',
    flag: {
      help: 'Of recordings in cells of Parquet files: read their headers, or decode all of their sound',
      alsoKnownAs: ['audio', 'decode', 'depth'],
    },
  },
  viewer: {
    ...flag(false),
    decides: 'policy',
    flag: {
      help: 'Take for damage what the viewer of the Hugging Face Hub does not show',
      more:
        'Row groups above 300,000,000 bytes without an index of pages, recordings above that, recordings without a path or whose path has no ' +
        'extension, and columns of sound that are no nullable struct of bytes and path. Without it they are notes.',
      alsoKnownAs: ['hub', 'huggingface'],
    },
  },
  workers: workers('Each thread works on one file at a time, but long ArrayRecord files are shared.'),
} as const satisfies OptionTable;

export const repairOptions = {
  inputs,
  out: {
    ...requiredText('a file, or a folder'),
    decides: 'place',
    flag: {
      short: 'o',
      placeholder: 'FILE|DIR',
      completes: 'files',
      help: 'File for the intact records of one input, or a folder: one that is there, or ends with a slash',
      more: 'In a folder each file keeps its name. It must not be where the damaged ones are.',
      alsoKnownAs: ['output', 'to'],
    },
  },
  overwrite: {
    ...flag(false),
    decides: 'course',
    flag: { short: 'f', help: 'Replace files that are there', alsoKnownAs: ['force'] },
  },
} as const satisfies OptionTable;
