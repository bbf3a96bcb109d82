/** The card of a dataset: what is added to README.md, and that nothing else of it changes. */

import { expect, test } from 'vitest';
import { cardFiles } from '../../../src/samples/card/card-files.ts';
import { mergeCard } from '../../../src/samples/card/merge.ts';
import type { CardShard } from '../../../src/samples/card/shards.ts';
import { speakerHashes } from '../../../src/samples/parquet/write/shard-facts.ts';

const huggingface = JSON.stringify({
  info: {
    features: {
      audio: { sampling_rate: 16000, _type: 'Audio' },
      text: { dtype: 'string', _type: 'Value' },
      dnsmos: { dtype: 'float32', _type: 'Value' },
    },
  },
});

interface Some {
  readonly rows?: number;
  readonly seconds?: number;
  readonly unknownSeconds?: number;
  readonly speakers?: readonly string[];
  readonly dnsmos?: readonly number[];
  readonly config?: string;
  readonly split?: string;
}

function shard(path: string, some: Some = {}): CardShard {
  const { rows = 2, seconds = 3600, unknownSeconds = 0, speakers = ['a', 'b'], dnsmos = [3.05, 4.25] } = some;
  const bins = Array.from(
    { length: 50 },
    (_, i) => dnsmos.filter((value) => Math.floor(value * 10 + 1e-9) === i).length,
  );
  return {
    path,
    size: 1000,
    rows,
    huggingface,
    facts: {
      config: some.config ?? path.split('/')[1]!,
      split: some.split ?? 'train',
      rows,
      arrowBytes: 900,
      seconds,
      unknownSeconds,
      speakers: { count: speakers.length, hashes: speakerHashes(speakers) },
      dnsmos: { count: dnsmos.length, sum: dnsmos.reduce((a, b) => a + b, 0), bins, nonFinite: 0 },
    },
  };
}

const foreign = (path: string): CardShard => ({ path, size: 10, rows: 7, facts: undefined, huggingface: undefined });

async function merged(existing: string | undefined, shards: readonly CardShard[], repo?: string) {
  const bytes = existing === undefined ? undefined : Buffer.from(existing);
  const { content, notices } = await mergeCard(bytes, { shards, repo, hasHistogram: true });
  return { text: Buffer.from(content).toString(), notices };
}

const configs = ['configs:', '- config_name: en', '  data_files:', '  - split: train', '    path: data/en/*.parquet'];
const features = [
  '  features:',
  '  - name: audio',
  '    dtype:',
  '      audio:',
  '        sampling_rate: 16000',
  '  - name: text',
  '    dtype: string',
  '  - name: dnsmos',
  '    dtype: float32',
];
const sizes = (files: number, rows = 2 * files) => [
  '  splits:',
  '  - name: train',
  `    num_bytes: ${files * 900}`,
  `    num_examples: ${rows}`,
  `  download_size: ${files * 1000}`,
  `  dataset_size: ${files * 900}`,
];
const info = (files: number) => ['dataset_info:', '- config_name: en', ...features, ...sizes(files)];
const lines = (...parts: string[][]) => `${parts.flat().join('\n')}\n`;
const frontOf = (text: string) => text.slice(0, text.indexOf('\n---', 3) + 5);

test('mergeCard() makes a card where there is none', async () => {
  const { text, notices } = await merged(undefined, [shard('data/en/chunk-00000.parquet')], 'org/name');
  expect(frontOf(text)).toBe(lines(['---'], configs, info(1), ['---']));
  expect(text).toContain('\n# org/name\n');
  expect(text).toContain('| en | 1.00 | 2 | 2 | 1 | 1,000 |');
  expect(text).toContain('load_dataset("org/name", "en", split="train", streaming=True)');
  expect(text).toContain('Audio(decode=False)');
  expect(text).toContain('![Histogram of DNSMOS](dnsmos.svg)');
  expect(notices).toEqual([]);
});

test('mergeCard() gives the same card again, whatever the order of files', async () => {
  const shards = ['data/en/chunk-00000.parquet', 'data/en/chunk-00001.parquet', 'data/de/chunk-00000.parquet'].map(
    (path) => shard(path, { seconds: 0.1 }),
  );
  const { text } = await merged(undefined, shards);
  expect((await merged(text, shards)).text).toBe(text);
  expect((await merged(undefined, [...shards].reverse())).text).toBe(text);
});

test('mergeCard() brings sizes up to date, and nothing else', async () => {
  const first = (await merged(undefined, [shard('data/en/chunk-00000.parquet')])).text;
  const { text } = await merged(first, [shard('data/en/chunk-00000.parquet'), shard('data/en/chunk-00001.parquet')]);
  expect(frontOf(text)).toBe(lines(['---'], configs, info(2), ['---']));
});

const peoples = `\ufeff---
# Ours, by hand
license:   "cc-by-4.0"  # checked
tags: [ audio,   'speech' ]
pretty_name: >
  A folded
  name
configs:
  - config_name: notes   # texts alone
    data_files: notes/*.csv

  # About German
  - config_name: de
    data_files:
      - path: data/de/*.parquet
        split: train
      - split: test
        path: heldout/*.parquet
dataset_info:
  - config_name: notes
    features: [{name: text, dtype: string}]
---

# By people \t
Text.
`;

test.each([
  ['\n', peoples.slice(1)],
  ['\r\n', peoples.slice(1).replaceAll('\n', '\r\n')],
  ['\n behind a byte order mark', peoples],
])('mergeCard() changes no byte that people wrote, in lines that end with %j', async (_, card) => {
  const shards = [
    shard('data/de/chunk-00000.parquet'),
    shard('data/en/chunk-00000.parquet'),
    shard('data/no/chunk-00000.parquet'),
  ];
  const { text } = await merged(card, shards);
  // Taking away what was added gives what was there.
  let at = 0;
  for (const char of text) if (char === card[at]) at++;
  expect(at).toBe(card.length);
  const eol = card.includes('\r\n') ? '\r\n' : '\n';
  expect(text.replaceAll(eol, '').includes('\n')).toBe(false);
  expect(text).toContain(
    ['', '  - config_name: en', '    data_files:', '    - split: train', '      path: data/en/*.parquet', ''].join(eol),
  );
  expect(text).toContain(`- config_name: "no"${eol}`);
  expect(text).toContain(`# Ours, by hand${eol}license:   "cc-by-4.0"  # checked${eol}`);
});

test('mergeCard() tells no sizes where a split of people was not counted', async () => {
  const { text, notices } = await merged(peoples, [shard('data/de/chunk-00000.parquet')]);
  const [, own = ''] = /- config_name: de\n {4}features([\s\S]*?)\n---/.exec(text) ?? [];
  expect(own).not.toContain('splits');
  expect(notices.some((notice) => notice.includes('"de"') && notice.includes('"test"'))).toBe(true);
});

test('mergeCard() counts the files of a split that people added, where it can', async () => {
  const card = `---\n${lines(configs)}  - split: test\n    path: data/en/test/*.parquet\n---\n`;
  const shards = [
    shard('data/en/chunk-00000.parquet'),
    shard('data/en/test/x.parquet', { config: 'en', split: 'test', rows: 3 }),
  ];
  const { text, notices } = await merged(card, shards);
  expect(text).toContain(
    '- name: train\n    num_bytes: 900\n    num_examples: 2\n  - name: test\n    num_bytes: 900\n    num_examples: 3\n',
  );
  expect(notices).toEqual([]);
});

test.each([
  [
    'brackets',
    'configs: [{config_name: x, data_files: "x/*"}] # mine',
    'configs: [{config_name: x, data_files: "x/*"}, {"config_name": "en", "data_files": [{"split": "train", "path": "data/en/*.parquet"}]}] # mine',
  ],
  [
    'empty brackets',
    'configs: []',
    'configs: [{"config_name": "en", "data_files": [{"split": "train", "path": "data/en/*.parquet"}]}]',
  ],
  ['nothing', 'configs: # later\nlicense: mit', `${configs[0]} # later\n${configs.slice(1).join('\n')}\nlicense: mit`],
  [
    'a configuration without files',
    'configs:\n- config_name: en # mine\n  default: true',
    'configs:\n- config_name: en # mine\n  default: true\n  data_files:\n  - split: train\n    path: data/en/*.parquet',
  ],
  [
    'a mapping as dataset_info',
    `${configs.join('\n')}\ndataset_info:\n  config_name: x # mine\n  features: []`,
    `${configs.join('\n')}\ndataset_info:\n- config_name: x # mine\n  features: []\n${info(1).slice(1).join('\n')}`,
  ],
  [
    'a list that stands last',
    'dataset_info:\n- config_name: x\n  features: []',
    `dataset_info:\n- config_name: x\n  features: []\n${info(1).slice(1).join('\n')}\n${configs.join('\n')}`,
  ],
  [
    'a mapping in braces',
    `${configs.join('\n')}\ndataset_info: {config_name: x}`,
    `${configs.join('\n')}\ndataset_info: [{config_name: x}, {"config_name": "en"`,
  ],
])('mergeCard() adds to %s', async (_, yaml, expected) => {
  const { text } = await merged(`---\n${yaml}\n---\nText`, [shard('data/en/chunk-00000.parquet')]);
  expect(text).toContain(`---\n${expected}`);
  expect(text).toContain('---\nText\n\n<!-- bowerbird:begin -->\n');
});

test('mergeCard() keeps numbers that are exact, and those above 2^53 of others', async () => {
  const card = `---\n${lines(configs, info(1)).replace('  download_size: 1000\n', '')}- config_name: x\n  dataset_size: 123456789012345678901 # much\n---\n`;
  const { text } = await merged(card, [shard('data/en/chunk-00000.parquet')]);
  expect(text).toContain(
    '  dataset_size: 900\n  download_size: 1000\n- config_name: x\n  dataset_size: 123456789012345678901 # much\n',
  );
});

test('mergeCard() leaves features of people as they are, and says so', async () => {
  const card = `---\n${lines(configs, info(1)).replace('sampling_rate: 16000', 'sampling_rate: 24000')}---\n`;
  const { text, notices } = await merged(card, [shard('data/en/chunk-00000.parquet')]);
  expect(text).toContain('sampling_rate: 24000');
  expect(notices).toEqual([expect.stringContaining('features of "en"')]);
});

test('mergeCard() removes sizes that cannot be exact any more, and says which file is the reason', async () => {
  const first = (await merged(undefined, [shard('data/en/chunk-00000.parquet')])).text;
  const { text, notices } = await merged(first, [
    shard('data/en/chunk-00000.parquet'),
    foreign('data/en/theirs.parquet'),
  ]);
  expect(frontOf(text)).not.toContain('num_examples');
  expect(notices.join('\n')).toContain('data/en/theirs.parquet');
  expect(text).toContain('| en | at least 1.00 | 9 | at least 2 | 2 | 1,010 |');
  expect(text).toContain('unknown for 1 file with 7 rows');
});

test('mergeCard() makes no configuration of files that others wrote, and one of those of the script', async () => {
  const { text } = await merged(undefined, [
    foreign('data/xx/some.parquet'),
    foreign('data/fr/chunk-00000-part-00.parquet'),
  ]);
  expect(text).not.toContain('xx');
  expect(text).toContain('| fr | unknown | 7 | unknown | 1 | 10 |');
});

test('mergeCard() replaces what stands between its comments alone', async () => {
  const shards = [shard('data/en/chunk-00000.parquet')];
  const card = 'Above\n<!-- bowerbird:begin -->\nold\n<!-- bowerbird:end -->\nBelow';
  const { text } = await merged(card, shards);
  expect(text).toMatch(/\nAbove\n<!-- bowerbird:begin -->\n/);
  expect(text).toMatch(/<!-- bowerbird:end -->\nBelow$/);
  expect(text).not.toContain('old\n');
});

test.each([
  ['no UTF-8', Buffer.from([0x2d, 0x0a, 0x61, 0xff, 0x0a]), 'line 2'],
  ['YAML that ends nowhere', '---\nlicense: mit\n', 'line 1'],
  ['YAML with a fault', '\n---\nlicense: mit\na: "b" c\nd: 1\n---\n', 'line 4'],
  ['a key twice', '---\na: 1\na: 2\n---\n', 'line 3'],
  ['a list for YAML', '---\n- a\n---\n', 'line 2'],
  ['another kind of configs', '---\na: 1\nconfigs:\n  x: 1\n---\n', 'line 4'],
  ['an alias for configs', '---\na: &x [1]\nconfigs: *x\n---\n', 'line 3'],
  ['blanks behind the dashes', '--- \na: 1\n---\n', 'line 1'],
  [
    'a comment that begins twice',
    'x\n<!-- bowerbird:begin -->\n<!-- bowerbird:begin -->\n<!-- bowerbird:end -->\n',
    'line 3',
  ],
  ['a comment that only ends', 'x\n\n<!-- bowerbird:end -->\n', 'line 3'],
])('mergeCard() refuses %s, and names the line', async (_, card, line) => {
  const work = mergeCard(Buffer.from(card as string), {
    shards: [shard('data/en/chunk-00000.parquet')],
    hasHistogram: false,
  });
  await expect(work).rejects.toMatchObject({ code: 'BAD_SCHEMA', message: expect.stringContaining(line) });
});

test('cardFiles() gives only what differs, and leaves a picture of others alone', async () => {
  const shards = [shard('data/en/chunk-00000.parquet', { unknownSeconds: 1 })];
  const first = await cardFiles({ readme: undefined, svg: undefined, shards });
  expect(first.files.map(({ path }) => path)).toEqual(['dnsmos.svg', 'README.md']);
  const svg = Buffer.from(first.files[0]!.content);
  expect(svg.toString()).toContain('<title>3.0: 1</title>');
  expect(svg.toString()).toContain('2 rows, 3.65 on average');
  expect(Buffer.from(first.readme).toString()).toContain('1 row without a finite length');
  expect((await cardFiles({ readme: first.readme, svg, shards })).files).toEqual([]);
  const theirs = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>');
  const beside = await cardFiles({ readme: undefined, svg: theirs, shards });
  expect(beside.files.map(({ path }) => path)).toEqual(['README.md']);
  expect(beside.notices).toEqual([expect.stringContaining('dnsmos.svg')]);
  expect(Buffer.from(beside.readme).toString()).not.toContain('![');
});

test('mergeCard() adds up speakers that files have in common once', async () => {
  const shards = [
    shard('data/en/chunk-00000.parquet', { speakers: ['a', 'b'] }),
    shard('data/en/chunk-00001.parquet', { speakers: ['b', 'c'] }),
  ];
  expect((await merged(undefined, shards)).text).toContain('| en | 2.00 | 4 | 3 | 2 | 2,000 |');
});
