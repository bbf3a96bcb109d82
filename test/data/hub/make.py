"""What `datasets` 5 makes of the names of files, and PyYAML of configurations in cards.

    python make.py > expected.json
"""

import json
import os
import tempfile

import yaml
from datasets.data_files import DataFilesDict, get_data_patterns

layouts = {
 'sharded': ['data/train-00000-of-00002.parquet','data/train-00001-of-00002.parquet','data/test-00000-of-00001-abcdef0123.parquet'],
 'sharded-other': ['data/train.clean.100-00000-of-00001.parquet','data/dev_other-00000-of-00001.parquet','extra/x.parquet'],
 'sharded-and-more': ['data/train-00000-of-00001.parquet','data/test.parquet'],
 'folders': ['train/a.parquet','train/b.parquet','test/a.parquet'],
 'folders-deep': ['x/train/y/a.parquet','x/my-test/z/a.parquet','x/devs/a.parquet'],
 'folders-numbered': ['train_1/a.parquet','train-2/a.parquet','trainer/a.parquet','valid/a.parquet'],
 'names': ['train.parquet','test.parquet','validation.parquet'],
 'names-numbered': ['train_0.parquet','train_1.parquet','eval-0.parquet','dev 1.parquet'],
 'names-inside': ['my-train-file.parquet','set_test_1.parquet','contrain.parquet'],
 'names-no-rest': ['a/train.parquet','b/pretrain.parquet','c/retest.parquet'],
 'both': ['train/test.parquet','test/train.parquet'],
 'keyword-and-none': ['train.parquet','other.parquet'],
 'none': ['a.parquet','b/c.parquet'],
 'training': ['training/a.parquet','testing/a.parquet','evaluation/b.parquet','val/c.parquet'],
 'version-names': ['train-v1.0.parquet','1.train.parquet','test.v2/a.parquet'],
}
out = {}
for name, files in layouts.items():
    with tempfile.TemporaryDirectory() as d:
        for f in files:
            p = os.path.join(d, f); os.makedirs(os.path.dirname(p), exist_ok=True); open(p,'w').write('x')
        patterns = get_data_patterns(d)
        found = DataFilesDict.from_patterns(patterns, base_path=d)
        out[name] = {'files': files, 'splits': {str(s): sorted(os.path.relpath(x, os.path.realpath(d)) if os.path.relpath(x, os.path.realpath(d))[0]!='.' else os.path.relpath(x,d) for x in fs) for s, fs in found.items()}}

cards = [
    '- config_name: default\n  data_files:\n  - split: train\n    path: data/train-*\n  - split: test\n    path: data/test-*\n',
    '- config_name: en\n  data_files: "en/*.parquet"\n  default: true\n- config_name: de\n  data_files: de/**\n',
    "  - config_name: 'a b'   # with a comment\n    data_files:\n      - split: train\n        path:\n          - a/1.parquet\n          - a/2.parquet\n\n      - split: validation\n        path: ['a/3.parquet', \"a/4, 5.parquet\", a/6.parquet]\n",
    '- {config_name: flow, data_files: [{split: train, path: "x/*"}, {split: test, path: [y, z]}], default: true}\n',
    '- config_name: "quo\\"ted \\u00e9"\n  data_dir: some/folder\n- config_name: it\'s\n  data_files: it\'\'s/#1.parquet\n',
    '-\n  config_name: dash\n  data_files:\n  -\n    split: train\n    path: p\n',
    '- config_name: "de: utsch"\n  description: a # comment\n  data_files:\n    - a-b\n    - "- c"\n    - d#e\n',
    '- config_name: 1.0\n  default: yes\n  data_files: 00001.parquet\n  empty:\n  next: x\n',
    '- config_name: nested\n  features:\n  - name: audio\n    dtype:\n      audio:\n        sampling_rate: 16000\n  - name: label\n    dtype:\n      class_label:\n        names:\n          \'0\': Star\n          \'1\': Amsel\n',
    '- - a\n  - b\n- - c\n',
    '- config_name: x\r\n  data_files: y\r\n',
    '- a: {b: , c: [] , d: {}}\n- e: []\n',
    '- config_name: crowd\n  path: url:with:colons\n  other: a b  c\n',
]
# Every text stays a text, as a configuration is nothing else.
told = [{'text': text, 'value': yaml.load(text, yaml.BaseLoader)} for text in cards]
print(json.dumps({'splits': out, 'cards': told}, indent=1, ensure_ascii=False))
