"""What Python reads in datasets, each value described as plain_data.py has it:

    python pack_facts.py FOLDER...

Prints JSON: for each folder a list of [key, description].
"""

import json
import os
import pickle
import sys

import lmdb
from plain_data import describe


def samples_of(folder):
    with open(f"{folder}/metadata.json") as file:
        shards = json.load(file)["shards"]
    for shard in shards:
        env = lmdb.open(f"{folder}/{os.path.basename(shard['path'])}", readonly=True, lock=False)
        with env.begin() as txn:
            for key, value in txn.cursor():
                yield key.decode(), describe(pickle.loads(value))
        env.close()


print(json.dumps([list(samples_of(folder)) for folder in sys.argv[1:]]))
