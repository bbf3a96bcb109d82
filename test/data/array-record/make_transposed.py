"""Writes transposed.json: what Google's writer (pip install array_record, 0.8.6) makes of records that are empty or no messages.

Record i of a pattern is empty where it says e, and 1 + i % 5 bytes 0xff where it says w: those open no protobuf message.
"""
import hashlib
import json
import os
import random
import tempfile

from array_record.python import array_record_module

random.seed(7)
patterns = ['e', 'w', 'ee', 'ww', 'we', 'ew', 'wew', 'eew', 'wwe', 'e' * 12, 'w' * 12, 'e' * 200, 'we' * 6, 'ew' * 30, 'we' * 5 + 'ww' * 6,
            'w' * 12 + 'e', 'e' + 'w' * 12, 'e' * 10 + 'w', 'w' * 10 + 'e', 'w' * 15 + 'e' * 15, 'e' * 9 + 'w' * 9, 'w' * 11 + 'eewww',
            'eweeewwwweeeewwwwe']
patterns += [''.join('e' if random.random() < p else 'w' for _ in range(n)) for n in (5, 20, 60, 200) for p in (0.1, 0.5, 0.9)]
cases = []
for pattern in patterns:
    for options in ('group_size:1000', 'group_size:7,pad_to_block_boundary:true'):
        options += ',uncompressed,transpose:true'
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'x')
            writer = array_record_module.ArrayRecordWriter(path, options)
            for i, kind in enumerate(pattern):
                writer.write(b'' if kind == 'e' else b'\xff' * (1 + i % 5))
            writer.close()
            with open(path, 'rb') as file:
                sha256 = hashlib.sha256(file.read()).hexdigest()
        cases.append({'pattern': pattern, 'options': options, 'sha256': sha256})
with open(os.path.join(os.path.dirname(__file__), 'transposed.json'), 'w') as file:
    json.dump(cases, file, indent=1)
    file.write('\n')
