/** `bowerbird verify`: what its help says, and its flags. */

import { verifyOptions } from '../../jobs/check/options.ts';
import { checkExitCodes, inputsOrStdin, stdinLimit, telling } from './common.ts';
import { type Command, flagsOf } from './flag.ts';
import { summaries } from './overview.ts';

const flags = { ...flagsOf(verifyOptions), stdinLimit, ...telling } as const;

export const verify: Command<typeof flags> = {
  name: 'verify',
  summary: summaries.verify,
  operand: inputsOrStdin,
  flags,
  examples: [
    ['bowerbird verify recordings/', 'a folder, on all cores; files of several formats may be in it'],
    ['bowerbird verify *.tfrecord --quiet && echo intact', 'in a script'],
    ['bowerbird verify ar/ --proof', 'that a conversion lost nothing'],
    ['bowerbird verify ds/', 'a dataset: every LMDB shard, and metadata.json against them'],
    [
      'bowerbird verify hf://datasets/org/name',
      'a repository of Parquet files: every page and cell, and the card against them',
    ],
    [
      'bowerbird verify speech/ --check full --viewer',
      'the same of a folder: decode all sound, and fail where the viewer would',
    ],
    ["bowerbird verify data/ --json | jq '.files[] | select(.ok | not)'", 'the damaged ones, with every range'],
  ],
  notes: [
    'Writes nothing. The format of a file is found by content. Each damaged stretch is one line. In TFRecord files (plain, gzip or zlib) ' +
      'both checksums of every record are tested; the line has the index of the record that should begin there, and a byte offset and ' +
      'length in the record stream (after decompression). Recordings are decoded: in FLAC the checksums of every frame and the MD5 of all ' +
      'samples are tested; WAV has none, so it is tested whether the header is true. The line has the name of the fault, a byte offset and ' +
      'length in the file, and the seconds that are lost.',
    'Damage (exit code 4) is what costs samples or leaves them in doubt: empty-file, header-only, bad-header, all-zeros, truncated, ' +
      'damaged-frames, missing-frames, damaged-pages, md5-differs, other-recording (behind the end of this one), rate-change. What is odd but costs nothing is noted, and does not change the exit ' +
      'code: md5-absent, total-absent, total-wrong, trailing-bytes, silence, size-zero and size-unknown (a recorder that died before it ' +
      'wrote the size), oddity.',
    'Of Parquet files every page is unpacked, its checksum tested where it has one, every value decoded, and rows, statistics and indices of ' +
      'pages are held against them; a line has the row group, the column and the row. Recordings in cells are sniffed and their headers read, or ' +
      'decoded (--check full). The files of a folder must have the same columns. A repository of the Hub, and a folder with a card (README.md) or ' +
      'with a folder "data", is read with its folders: by the configurations of the card, whose num_examples must be right. Other files in ' +
      'it are checked as ever, and documents named in a note.',
  ],
  exitCodes: checkExitCodes(
    [0, 'all intact'],
    [1, 'a file cannot be read, and nothing else was found'],
    [4, 'damage was found'],
  ),
};
