"""How long does a loop over py-lmdb, pickle and soundfile take, from shards of samples to WAV, .npy and JSON lines?

    .cache/unpack-venv/bin/python bench/peers/unpack_loop.py DATASET OUT

The same files as `bowerbird unpack` makes, in one process. Prints one JSON line. The clock starts after the libraries are loaded.
"""

import json
import os
import pickle
import sys
import time

import lmdb
import numpy as np
import soundfile


def unpack(dataset, out):
    with open(f"{out}/manifest.jsonl", "w", encoding="utf-8") as manifest:
        for shard in sorted(name for name in os.listdir(dataset) if name.startswith("shard_")):
            env = lmdb.open(f"{dataset}/{shard}", readonly=True, lock=False, readahead=False)
            with env.begin() as txn:
                for key, value in txn.cursor():
                    sample = pickle.loads(value)
                    name = key.decode()
                    line = {"key": name}
                    for field, item in sample.items():
                        if field == "audio":
                            samples = np.frombuffer(item, np.float32).reshape(sample["shape"])
                            soundfile.write(f"{out}/{name}.wav", samples, sample["sample_rate"], "FLOAT")
                            line["audio_filepath"] = f"{name}.wav"
                        elif isinstance(item, np.ndarray):
                            np.save(f"{out}/{name}.{field}.npy", item)
                            line[field] = f"{name}.{field}.npy"
                        else:
                            line[field] = item
                    manifest.write(json.dumps(line) + "\n")
            env.close()


started = time.perf_counter()
unpack(sys.argv[1], sys.argv[2])
print(json.dumps({"seconds": time.perf_counter() - started}))
