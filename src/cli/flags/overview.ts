/** All that the first help tells: the commands, a line each, and the exit codes. It stands apart so that nothing else is loaded for it. */

export const summaries = {
  extract: 'TFRecords of audio embeddings to .npy arrays and JSON',
  ingest: 'a CSV of labels and recordings to TFRecord shards',
  pack: 'samples to LMDB shards that Python reads, for training',
  'dataset scan': 'list processed episodes in a bucket, as a work plan',
  'dataset build': 'episodes or recordings to Parquet, or to the Hub',
  'dataset card': 'the card (README.md) of a dataset, from its files',
  inspect: 'what is in a file: format, length, tags, features, ranges',
  verify: 'check every byte of every file; list what is damaged',
  repair: 'write the intact records of a damaged file to a new one',
  convert: 'TFRecord to ArrayRecord and back, or to other shards',
  decode: 'FLAC and other recordings to WAV, sample by sample the same',
  unpack: 'samples of LMDB shards back to files and a manifest',
  completions: 'print the completion script of a shell',
  help: 'the long help of a command',
  version: 'print the version',
} as const;

export type CommandName = keyof typeof summaries;
export const commandNames = Object.keys(summaries) as CommandName[];

/** First words of commands that have two, and the second ones. */
export const groups: ReadonlyMap<string, readonly string[]> = new Map([['dataset', ['scan', 'build', 'card']]]);

/** The words that may stand first. */
export const firstWords = [...new Set(commandNames.map((name) => name.split(' ', 1)[0]!))];

/** The command that these words begin with. */
export function commandAt([first = '', second = '']: readonly string[]): CommandName | undefined {
  const typed = groups.has(first) ? `${first} ${second}` : first;
  return commandNames.find((name) => name === typed);
}

export type ExitCodes = readonly (readonly [code: number, meaning: string])[];

/** Of all commands; each tells its own in its table. */
export const exitCodes = [
  [0, 'done'],
  [1, 'failed'],
  [2, 'the command line cannot be used as it is'],
  [
    3,
    'finished, but records were rejected under --on-error skip or salvage, gaps filled under --lenient, or repair lost something',
  ],
  [4, 'verify found damage'],
  [130, 'interrupted by Ctrl-C (143: by SIGTERM)'],
] as const satisfies ExitCodes;
