"""A dataset of sound in shards as `datasets` itself writes them, in row groups of several sizes; and the SHA-256 of each sound, with its text.

    parquet_sounds.py FOLDER
"""

import hashlib
import json
import os
import random
import sys

from datasets import Audio, ClassLabel, Dataset, Features, Value

folder = sys.argv[1]
random.seed(16)
count, shards = 240, 3
sounds = [None if i % 41 == 7 else {'bytes': b'fLaC' + random.randbytes(random.choice([60, 9_000, 200_000])), 'path': f'{i}.flac'} for i in range(count)]
texts = [None if i % 17 == 5 else f'Satz {i} ü' * (i % 5) for i in range(count)]
features = Features({'audio': {'bytes': Value('binary'), 'path': Value('string')}, 'transcription': Value('string'), 'label': ClassLabel(names=['Star', 'Amsel', 'Fink'])})
dataset = Dataset.from_dict({'audio': sounds, 'transcription': texts, 'label': [i % 3 for i in range(count)]}, features=features)
dataset = dataset.cast_column('audio', Audio(sampling_rate=16000))
for i in range(shards):
    # As push_to_hub() does: chunks that are cut by content, an index of pages; the last shard in the way of version 4.
    options = {'batch_size': 30} if i < 2 else {'batch_size': 100, 'use_content_defined_chunking': False, 'write_page_index': False}
    dataset.shard(shards, i, contiguous=True).to_parquet(os.path.join(folder, f'train-{i:05}-of-{shards:05}.parquet'), **options)
rows = [[s and hashlib.sha256(s['bytes']).hexdigest(), s and s['path'], t, i % 3] for i, (s, t) in enumerate(zip(sounds, texts))]
with open(os.path.join(folder, 'rows.json'), 'w') as out:
    json.dump(rows, out)
