"""A writer after AudioMDB's document, as plain as it can be: soundfile reads, pickle writes, py-lmdb keeps, and hashlib sums each file up.

    python pack_writer.py MANIFEST OUT SAMPLES_PER_SHARD [--arrays]

--arrays: what a processor gives, arrays of NumPy, in the place of the sound. Prints JSON: the seconds that it took, from when its packages were loaded, and those of the processor.
"""

import hashlib
import json
import os
import pickle
import sys
import time

import lmdb
import numpy as np
import soundfile

MAP_SIZE = 1 << 40


def sample_iterator(manifest):
    folder = os.path.dirname(manifest)
    with open(manifest, encoding="utf8") as file:
        for index, line in enumerate(file):
            row = json.loads(line)
            path = os.path.join(folder, row.pop("audio_filepath"))
            text = row.pop("text", "")
            yield f"sample_{index:08d}", {"audio": path, "sample_rate": 0, "text": text, "converter": "manifest_file", **row}


def with_sound(sample):
    array, rate = soundfile.read(sample["audio"], dtype="float32")
    told = {"shape": array.shape, "dtype": str(array.dtype), "duration": len(array) / rate}
    return {**sample, "audio": array.tobytes(), "sample_rate": rate, **told}


def with_arrays(sample):
    array, rate = soundfile.read(sample["audio"], dtype="float32", always_2d=True)
    some = array[:600].T
    made = {
        "mel_spectrogram": np.ascontiguousarray(some),
        "mel_shape": some.shape,
        "input_ids": np.arange(7, dtype=np.int64) - 3,
        "attention_mask": np.array([True, False, True]),
        "halves": np.array([[0.5, -2.0], [1.0, np.inf]], dtype=np.float16),
        "empty": np.zeros((0, 3), dtype=np.uint8),
        "loudness": np.float32(np.abs(array).max()),
    }
    return {"text": sample["text"], "sample_rate": rate, **made}


def shown(name, value):
    if isinstance(value, bytes):
        return f"<{'audio:' if name == 'audio' else ''}bytes:{len(value)}>"
    if isinstance(value, np.ndarray):
        return {"_type": "ndarray", "shape": list(value.shape), "dtype": str(value.dtype), "data": f"<ndarray:{value.size} values>"}
    return value.item() if isinstance(value, np.generic) else value


def sha256_of(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def write_shard(out, shard_id, samples, process):
    path = os.path.join(out, f"shard_{shard_id:05d}")
    seconds, first = 0.0, None
    env = lmdb.open(path, map_size=MAP_SIZE)
    with env.begin(write=True) as txn:
        for position, (key, sample) in enumerate(samples):
            made = process({**sample, "shard_id": shard_id, "shard_position": position})
            first = first or made
            seconds += made.get("duration", 0.0)
            txn.put(key.encode("utf-8"), pickle.dumps(made, protocol=4))
    env.sync()
    env.close()
    data = os.path.join(path, "data.mdb")
    entry = {"id": shard_id, "path": os.path.basename(path), "size_bytes": os.path.getsize(data), "checksum_sha256": sha256_of(data)}
    return entry, len(samples), seconds, first


def write(manifest, out, samples_per_shard, process=with_sound):
    os.makedirs(out)
    shards, buffer = [], []
    for item in sample_iterator(manifest):
        buffer.append(item)
        if len(buffer) == samples_per_shard:
            shards.append(write_shard(out, len(shards), buffer, process))
            buffer = []
    if buffer:
        shards.append(write_shard(out, len(shards), buffer, process))
    entries, counts, seconds, firsts = zip(*shards)
    metadata = {
        "dataset_name": "written",
        "version": "unknown",
        "dataset_size": sum(counts),
        "total_duration": sum(seconds),
        "num_shards": len(shards),
        "max_item_in_shard": max(counts),
        "features": {name: shown(name, value) for name, value in firsts[0].items()},
        "processors_applied": [],
        "shards": entries,
    }
    with open(os.path.join(out, "metadata.json"), "w") as file:
        json.dump(metadata, file, indent=4)


if __name__ == "__main__":
    started, used = time.perf_counter(), time.process_time()
    write(sys.argv[1], sys.argv[2], int(sys.argv[3]), with_arrays if "--arrays" in sys.argv else with_sound)
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    print(json.dumps({"peer": "writer", "lmdb": lmdb.__version__, "seconds": round(seconds, 3), "cpu": round(cpu, 3)}))
