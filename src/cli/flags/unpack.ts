/** `bowerbird unpack`: what its help says, and its flags. */

import { unpackOptions } from '../../jobs/unpack/options.ts';
import { inputs, jobExitCodes, telling } from './common.ts';
import { type Command, flagsOf } from './flag.ts';
import { summaries } from './overview.ts';

const flags = { ...flagsOf(unpackOptions), ...telling } as const;

export const unpack: Command<typeof flags> = {
  name: 'unpack',
  summary: summaries.unpack,
  operand: {
    ...inputs,
    help: 'The folder of a dataset or of a shard, a data.mdb file, or a glob of these (quoted or not), on this machine',
  },
  flags,
  examples: [
    ['bowerbird unpack ds/ --out wavs/', 'a dataset; run it again to go on after a stop'],
    ['bowerbird unpack ds/shard_00000 --out wavs/ --dry-run', 'what would be made of one shard'],
    ["bowerbird unpack 'ds/shard_0000*' --out wavs/ --bits 16", 'the first ten shards, as WAV of 16 bits'],
    ['bowerbird unpack damaged/ --out wavs/ --on-error salvage', 'keep all that can be read'],
  ],
  notes: [
    'Of a sample sample_00000000 the sound becomes DIR/sample_00000000.wav, float32 bit for bit as it is stored, or .flac, .mp3 and so on where ' +
      'it is encoded; larger arrays become DIR/sample_00000000.FIELD.npy, bytes DIR/sample_00000000.FIELD.bin, and all else a line of ' +
      'DIR/manifest.jsonl. An interrupted run is finished by running the same command again.',
    'Only plain data is read: a pickle that would run code is refused by name.',
  ],
  exitCodes: jobExitCodes(
    'finished, but samples were left out under --on-error skip or salvage: DIR/rejects.jsonl lists them',
  ),
};
