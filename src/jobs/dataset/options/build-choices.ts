/** The options of `dataset build` that decide what its files hold. */

import type { OptionTable } from '../../../option-tables.ts';
import { integer, oneOf } from '../../../options.ts';
import { rateWords, sizeWords } from '../../../quantities.ts';
import { columnsTyped, keepColumns, rowColumns } from '../../engine/options.ts';

const mostEpisodes = 1_000_000;
/** A page and a group are counted in 32 bits by some readers. */
const mostGroupBytes = 2 ** 31 - 1;

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
  ...rowColumns(
    'With --from csv: or manifest:, the column of the recordings',
    'With --from csv: or manifest:, the column of the texts',
  ),
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
