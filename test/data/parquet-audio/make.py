"""Writes the Parquet files of this folder with `datasets`, as datasets of sound on the Hub are written.

    python make.py FOLDER
"""

import math
import os
import struct
import sys

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Audio, ClassLabel, Dataset, Features, Value

folder = sys.argv[1]


def wav(samples, rate=16000):
    data = struct.pack(f'<{len(samples)}h', *samples)
    return b'RIFF' + struct.pack('<I', 36 + len(data)) + b'WAVEfmt ' + struct.pack('<IHHIIHH', 16, 1, 1, rate, 2 * rate, 2, 16) + b'data' + struct.pack('<I', len(data)) + data


sounds = [
    {'bytes': wav([0, 1, -1]), 'path': 'first.wav'},
    None,
    {'bytes': None, 'path': 'sub/beside.wav'},
    {'bytes': wav([5] * 10), 'path': None},
    {'bytes': None, 'path': None},
    {'bytes': None, 'path': '../../../etc/passwd'},
    {'bytes': None, 'path': '/etc/passwd'},
    {'bytes': None, 'path': 'https://example.org/x.wav'},
    {'bytes': None, 'path': 'gone.wav'},
    {'bytes': b'', 'path': 'empty.wav'},
]
sentences = ['one', 'two', None, 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']
labels = [0, 1, None, -1, 1, 0, 0, 0, 0, 0]
sound = {'bytes': Value('binary'), 'path': Value('string')}
features = Features({'id': Value('int64'), 'audio': sound, 'sentence': Value('string'), 'label': ClassLabel(names=['Star', 'Amsel']), 'second': sound})
data = {'id': list(range(10)), 'audio': sounds, 'sentence': sentences, 'label': labels, 'second': [{'bytes': wav([i]), 'path': f'{i}.wav'} for i in range(10)]}
# Cast, since Audio itself encodes with a package that is not needed here.
dataset = Dataset.from_dict(data, features=features).cast_column('audio', Audio(sampling_rate=16000)).cast_column('second', Audio())
# to_parquet() would look for the files that rows name.
pq.write_table(dataset.data.table.cast(dataset.features.arrow_schema), os.path.join(folder, 'featured.parquet'))

# The same without what tells of features, and columns in other orders.
table = pq.read_table(os.path.join(folder, 'featured.parquet')).replace_schema_metadata(None)
pq.write_table(table.select(['label', 'id', 'audio', 'sentence']), os.path.join(folder, 'bare.parquet'))
first = [wav([1, 2, 3])] * 2
pq.write_table(pa.table({'picture': [b'\x89PNG\r\n\x1a\n'] * 2, 'clip': pa.array([None, first[0]], pa.binary()), 'transcript': ['a', 'b'], 'text': [1, 2]}), os.path.join(folder, 'binary.parquet'))
pq.write_table(pa.table({'file': ['sub/beside.wav', None], 'text': ['a', 'b']}), os.path.join(folder, 'paths.parquet'))
pq.write_table(pa.table({'text': ['a', 'b'], 'n': [1, 2]}), os.path.join(folder, 'silent.parquet'))
pq.write_table(table.select(['audio', 'sentence']).append_column('more', pa.nulls(10, pa.int8())).append_column('label', table['label'].cast(pa.string())), os.path.join(folder, 'others.parquet'))
os.makedirs(os.path.join(folder, 'sub'), exist_ok=True)
with open(os.path.join(folder, 'sub', 'beside.wav'), 'wb') as out:
    out.write(wav([7, 7]))

# A tone of 440 Hz for a tenth of a second in recordings of several rates, which the feature Audio tells to read at 16 kHz; two shards of a split.
rates = [8000, 44100, 16000, 48000, 11025]
tone = {rate: wav([round(8000 * math.sin(2 * math.pi * 440 * i / rate)) for i in range(rate // 10)], rate) for rate in rates}
features = Features({'audio': sound, 'text': Value('string'), 'rate': Value('int32'), 'score': Value('float32'), 'kind': ClassLabel(names=['low', 'high']), 'vector': [Value('float64')]})
for shard, own in enumerate([rates[:3], rates[3:]]):
    data = {'audio': [{'bytes': tone[rate], 'path': f'{rate}.wav'} for rate in own], 'text': [f'at {rate}' for rate in own], 'rate': own, 'score': [rate / 1000 for rate in own], 'kind': [int(rate > 20000) for rate in own], 'vector': [[rate / 3, -1.0] for rate in own]}
    dataset = Dataset.from_dict(data, features=features).cast_column('audio', Audio(sampling_rate=16000))
    pq.write_table(dataset.data.table.cast(dataset.features.arrow_schema), os.path.join(folder, f'rates-{shard}.parquet'), row_group_size=2)
