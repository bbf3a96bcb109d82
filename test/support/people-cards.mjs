/** Forms that people give to the YAML of a card: each kind of "configs" beside each kind of "dataset_info", among other keys. */

const tops = [
  'license: mit',
  '# a comment',
  '',
  'tags: [a, b] # c',
  '"quoted": \'x\'',
  'text: |\n  a\n  b\n',
  'fold: >-\n  a\n\n  b',
  'list:\n- a\n- b',
  'list2:\n  - a # x\n\n  # between\n  - b',
  'm: {a: 1, b: [x]}',
  'anch: &a\n  k: v',
  '? complex\n: v',
  'empty:',
  't: ~',
  'plain: a\n  b c',
  '"configs2": 1',
  'date: 2020-01-01',
  'n: 0o7',
  'y: yes',
  'k: "a\\\n  b"',
];
const configs = [
  '',
  'configs: []',
  'configs:',
  'configs: ~',
  'configs: null # x',
  'configs:\n- config_name: x\n  data_files: x/*',
  'configs:\n  # first\n  - config_name: x # mine\n    data_files:\n    - split: train\n      path: x/*\n  # after',
  'configs:\n    -   config_name: en\n        # inside\n        default: true\n    -   config_name: z',
  'configs: [{config_name: x, data_files: "x/*"},]',
  'configs: [\n  {config_name: x, data_files: "x/*"}, # a\n  ]',
  '"configs":\n  - {config_name: en, data_files: [{split: test, path: t/*}]}',
  'configs:\n- config_name: en\n  data_files:\n  - split: test\n    path:\n    - t/*\n    # x\n- config_name: no\n  data_files: "data/no/*.parquet"',
  'configs:\n- data_files: a/*\n  config_name: en',
  'configs:\n-\n  config_name: en\n  default: true',
  'configs:\n- config_name: en\n  data_files:\n',
  'configs:\n- config_name: en\n  data_files: # none\n\n',
];
const infos = [
  '',
  'dataset_info:',
  'dataset_info: {}',
  'dataset_info: []',
  'dataset_info: {config_name: x}',
  'dataset_info: {config_name: en}',
  'dataset_info:\n  features:\n  - name: a\n    dtype: int64',
  'dataset_info:\n  config_name: en\n  splits:\n    - name: train\n      num_bytes: 5\n      num_examples: 6 # six',
  'dataset_info:\n- config_name: x\n  features: []\n# tail',
  'dataset_info:\n  - config_name: en # a\n    features: # none\n  - config_name: q\n    splits: []',
  'dataset_info:\n    config_name: en\n    dataset_size: 3\n\n    # end\n',
  'dataset_info:\n  # c\n  config_name: y\n  features:\n    - name: text\n      dtype: string',
  'dataset_info:\n- config_name: en\n  splits:\n  - {name: train, num_bytes: 1, num_examples: 2}\n  download_size: 0x10',
  'dataset_info:\n- config_name: en\n  splits: [{name: train, num_bytes: 1, num_examples: 2}]\n  download_size: 1',
];

/** Texts of cards, some with lines that end as on Windows. */
export const peopleCards = configs.flatMap((config, i) =>
  infos.map((info, n) => {
    const [first, second] = [tops[(7 * i + n) % tops.length], tops[(7 * i + n + 5) % tops.length]];
    const parts = n % 2 === 0 ? [first, config, second, info] : [config, info, first, second];
    const yaml = parts.filter((part) => part !== '').map((part) => `${part}\n`);
    const card = `---\n${yaml.join('')}---\n\n# Theirs\n`;
    return (i + n) % 3 === 0 ? card.replaceAll('\n', '\r\n') : card;
  }),
);
