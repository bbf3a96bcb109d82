/** What cards and names of files say of splits: as PyYAML and `datasets` have it (test/data/hub/make.py). */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { configsOf } from '../../../src/samples/hub/card.ts';
import { convertedConfigs, splitsByName } from '../../../src/samples/hub/splits.ts';
import { parseYaml } from '../../../src/samples/hub/yaml.ts';

const expected = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../data/hub/expected.json', import.meta.url)), 'utf8'),
) as {
  readonly splits: {
    readonly [name: string]: { readonly files: string[]; readonly splits: { [split: string]: string[] } };
  };
  readonly cards: readonly { readonly text: string; readonly value: unknown }[];
};

/** `datasets` finds files in the order of a folder. */
function sorted(splits: Iterable<readonly [string, readonly string[]]>) {
  return Object.fromEntries([...splits].map(([split, files]) => [split, [...files].sort()]));
}

test.each(Object.entries(expected.splits))('splitsByName() of %s', (_, { files, splits }) => {
  expect(sorted(splitsByName(files))).toEqual(sorted(Object.entries(splits)));
});

test.each(expected.cards)('parseYaml() of card $#', async ({ text, value }) => {
  expect(await parseYaml(text)).toEqual(value);
});

/** By PyYAML: yaml.load(text, Loader=yaml.BaseLoader). */
test.each([
  ['an anchor', '- &a x\n- *a\n', ['x', 'x']],
  ['a block of text', '- config_name: |\n    x\n', [{ config_name: 'x\n' }]],
  ['a text over two lines', '- a: b\n    c\n', [{ a: 'b c' }]],
  ['an escape', '- "\\x41"\n', ['A']],
  ['what looks like other types', '- [1.0, true, null, ~, 2024-01-01]\n', [['1.0', 'true', 'null', '~', '2024-01-01']]],
] as const)('parseYaml() reads %s as PyYAML does', async (_, text, value) => {
  expect(await parseYaml(text)).toEqual(value);
});

test.each([
  ['brackets that do not end', '- [a, b\n'],
  ['quotes that do not end', "- 'a\n"],
  ['a key twice', '- a: 1\n  a: 2\n'],
  ['what is behind quotes', '- "a" b\n'],
  ['an outdent to nowhere', '- a:\n     b: c\n   d: e\n'],
  ['an alias of nothing', '- *a\n'],
  ['a tag of another type', '- !!python/object:os.system x\n'],
  [
    'aliases of aliases',
    `- &a [x, x, x, x, x]\n${[...'bcdefg'].map((name, i) => `- &${name} [${Array(5).fill(`*${'abcdef'[i]}`).join(', ')}]\n`).join('')}`,
  ],
])('parseYaml() refuses %s', async (_, text) => {
  await expect(parseYaml(text)).rejects.toMatchObject({ line: expect.any(Number) });
});

test('convertedConfigs() reads the layout of refs/convert/parquet, and no other', () => {
  const found = convertedConfigs([
    'de/test/0000.parquet',
    'de/train/0000.parquet',
    'de/train/0001.parquet',
    'en/partial-train/0000.parquet',
  ]);
  expect([...found!].map(([name, splits]) => [name, Object.fromEntries(splits)])).toEqual([
    ['de', { test: ['de/test/0000.parquet'], train: ['de/train/0000.parquet', 'de/train/0001.parquet'] }],
    ['en', { 'partial-train': ['en/partial-train/0000.parquet'] }],
  ]);
  expect(convertedConfigs(['de/train/0000.parquet', 'data/train.parquet'])).toBeUndefined();
  expect(convertedConfigs([])).toBeUndefined();
});

describe('configsOf()', () => {
  const card = (yaml: string) => `---\nlicense: cc0\n${yaml}\ntags:\n- birds\n---\n# Birds\n\nconfigs: none\n`;
  const of = async (text: string) =>
    (await configsOf(text, 'hf://datasets/a/b/README.md')).map(({ splits, ...rest }) => ({
      ...rest,
      splits: splits && Object.fromEntries(splits),
    }));

  test('reads the forms that the documentation shows', async () => {
    expect(
      await of(
        card(
          'configs:\n- config_name: one\n  data_files: "*.parquet"\n- config_name: two\n  data_files:\n  - a\n  - b\n  data_dir: ./x/\n  default: true',
        ),
      ),
    ).toEqual([
      { name: 'one', folder: '', isDefault: false, splits: { train: ['*.parquet'] } },
      { name: 'two', folder: 'x/', isDefault: true, splits: { train: ['a', 'b'] } },
    ]);
    expect(
      await of(
        card(
          'configs:\n  # comment\n  - config_name: one\n    data_files:\n    - split: test\n      path: t-*\n    - split: train\n      path: [a, b]\n\n',
        ),
      ),
    ).toEqual([{ name: 'one', folder: '', isDefault: false, splits: { test: ['t-*'], train: ['a', 'b'] } }]);
    expect(await of(card('configs:\n- config_name: bare'))).toEqual([
      { name: 'bare', folder: '', isDefault: false, splits: undefined },
    ]);
  });
  test.each([
    ['no block', '# Birds\n'],
    ['no configurations', card('size: 1')],
    ['an empty list', card('configs: []')],
    ['no end', '---\nconfigs:\n- a\n'],
  ])('finds none in a card with %s', async (_, text) => {
    expect(await of(text)).toEqual([]);
  });
  test('names the line of what it does not read, and of what is wrong', async () => {
    await expect(of(card('configs:\n- config_name: one\n  data_files: [x'))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/README\.md", line \d: .*data\/train-\*\.parquet/),
    });
    for (const yaml of [
      'configs:\n- data_files: x',
      'configs: one',
      'configs:\n- config_name: a\n  data_files:\n  - split: train',
      'configs:\n- config_name: a\n  data_files:\n  - split: train\n    path: x\n  - y',
    ]) {
      await expect(of(card(yaml))).rejects.toMatchObject({ code: 'BAD_SCHEMA' });
    }
  });
});
