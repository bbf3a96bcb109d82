"""Samples that py-lmdb and pickle write, and what `bowerbird unpack` makes of them:

    python unpack.py make DATASET     # shards as the Python AudioMDB lays them out
    python unpack.py check DATASET OUT

check reads each sample with py-lmdb and pickle, its sound with soundfile, its arrays with numpy.load() and its line with json, and compares them.
Prints JSON: how many were compared, and what differs.
"""

import base64
import hashlib
import json
import math
import os
import pickle
import sys

import lmdb
import numpy as np
import soundfile


def samples_of():
    random = np.random.default_rng(16)
    for i in range(40):
        frames, channels = int(random.integers(0, 3000)), int(random.integers(1, 4))
        array = random.standard_normal((frames, channels) if channels > 1 else frames).astype(np.float32)
        yield {
            "audio": array.tobytes(),
            "sample_rate": int(random.choice([8000, 16000, 44100])),
            "text": f"sample {i} \u00e9\u97f3 \"quoted\"",
            "converter": "file",
            "label": i % 3,
            "start_s": float(i),
            "shape": array.shape,
            # What AudioMDB says, whatever it is.
            "dtype": "float64" if i % 2 else "float32",
            "duration": frames / 16000,
        }
    for i in range(12):
        yield {
            "input_features": random.standard_normal((80, 30 + i)).astype(np.float32),
            "labels": [int(n) for n in random.integers(0, 50000, 20)],
            "halves": random.standard_normal(9).astype(np.float16),
            "big_endian": np.arange(12, dtype=">i4").reshape(3, 4),
            "fortran": np.asfortranarray(random.standard_normal((5, 6))),
            "texts": np.array(["a", "\u97f3", "longer text"] * 4),
            "complex": random.standard_normal(10) + 1j * random.standard_normal(10),
            "few": np.array([1, -2], dtype=np.int64),
            "scalar": np.float32(0.1),
            "whole": np.int64(2**62 + 1),
            "tuple": (1, 2.0, "x", (None, True)),
            "set": {1, 2, 3},
            "nan": math.nan,
            "infinities": [math.inf, -math.inf, -0.0],
            "large": -(10**30),
            "number": 1 + 2j,
            "blob": bytes(range(256)),
            "nested": {"bytes": b"\x00\xff", "more": b"\x01" * 100, "ints": {1: "one"}, "$odd": 1},
            "alone": {"$tuple": [1]},
            "mutable": bytearray(b"abc"),
            "text": None,
        }
    pcm = random.integers(-30000, 30000, 500).astype(np.int16)
    yield {"audio": pcm.tobytes(), "sample_rate": 8000, "shape": pcm.shape, "dtype": "int16", "text": "int16"}


def make(dataset):
    samples = list(samples_of())
    half = len(samples) // 2
    shards = []
    for shard, some in enumerate([samples[:half], samples[half:]]):
        path = f"{dataset}/shard_{shard:05d}"
        os.makedirs(path)
        env = lmdb.open(path, map_size=1 << 28)
        with env.begin(write=True) as txn:
            for i, sample in enumerate(some):
                number = i + shard * half
                value = pickle.dumps({**sample, "shard_id": shard, "shard_position": i}, protocol=4 + i % 2)
                txn.put(f"sample_{number:08d}".encode(), value)
        env.close()
        with open(f"{path}/data.mdb", "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        shards.append({"id": shard, "path": f"out/shard_{shard:05d}", "checksum_sha256": digest})
    with open(f"{dataset}/metadata.json", "w") as file:
        # One shard too few, as AudioMDB counts them.
        json.dump({"dataset_size": len(samples), "num_shards": 1, "shards": shards}, file)


def from_form(value, out):
    """Plain data of a line, by what docs/commands/unpack.md says of its forms."""
    if isinstance(value, list):
        return [from_form(item, out) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) != 1 or not next(iter(value)).startswith("$"):
        return {name: from_form(item, out) for name, item in value.items()}
    [(form, given)] = value.items()
    if form in ("$array", "$scalar"):
        array = np.array(from_form(given["data"], out), dtype=given["dtype"]).reshape(given.get("shape", ()))
        return array if form == "$array" else array[()]
    made = from_form(given, out)
    if form == "$file":
        path = f"{out}/{given}"
        if given.endswith(".npy"):
            return np.load(path, allow_pickle=False)
        with open(path, "rb") as file:
            return file.read()
    makers = {
        "$tuple": tuple,
        "$set": set,
        "$frozenset": frozenset,
        "$float": float,
        "$int": int,
        "$complex": lambda parts: complex(*parts),
        "$bytes": base64.b64decode,
        "$bytearray": bytearray,
        "$dict": lambda pairs: {name: item for name, item in pairs},
    }
    return makers[form](made)


def same(a, b):
    if isinstance(a, np.ndarray) or isinstance(a, np.generic):
        return (
            type(a) is type(b)
            and a.dtype.newbyteorder("=") == b.dtype.newbyteorder("=")
            and a.shape == b.shape
            and np.array_equal(a, b)
        )
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a)
    if isinstance(a, float):
        return (math.isnan(a) and math.isnan(b)) or (a == b and math.copysign(1, a) == math.copysign(1, b))
    return a == b


def sound_differs(sample, path):
    dtype = np.int16 if sample["dtype"] == "int16" else np.float32
    stored = np.frombuffer(sample["audio"], dtype).reshape(sample["shape"])
    read, rate = soundfile.read(path, dtype=dtype.__name__)
    return not (rate == sample["sample_rate"] and np.array_equal(read, stored))


def differences(key, sample, line, out):
    if "audio" in sample:
        if sound_differs(sample, f"{out}/{line['audio_filepath']}"):
            yield f"{key}: its sound differs"
        sample = {name: item for name, item in sample.items() if name not in ("audio", "shape", "dtype")}
        if "duration" not in sample:
            line = {name: item for name, item in line.items() if name != "duration"}
    fields = {name: from_form(item, out) for name, item in line.items() if name not in ("audio_filepath", "key")}
    if fields.keys() != sample.keys():
        yield f"{key}: has {sorted(fields)}, expected {sorted(sample)}"
    for name, item in sample.items():
        if name in fields and not same(item, fields[name]):
            yield f"{key}: {name} is {fields[name]!r}, expected {item!r}"


def check(dataset, out):
    with open(f"{out}/manifest.jsonl", encoding="utf-8") as file:
        lines = {line["key"]: line for line in map(json.loads, file)}
    wrong = []
    compared = 0
    for shard in sorted(name for name in os.listdir(dataset) if name.startswith("shard_")):
        env = lmdb.open(f"{dataset}/{shard}", readonly=True, lock=False)
        with env.begin() as txn:
            for key, value in txn.cursor():
                name = key.decode()
                compared += 1
                if name not in lines:
                    wrong.append(f"{name}: is not in the manifest")
                else:
                    wrong.extend(differences(name, pickle.loads(value), lines[name], out))
        env.close()
    if compared != len(lines):
        wrong.append(f"the manifest has {len(lines)} lines, expected {compared}")
    return {"compared": compared, "wrong": wrong[:20], "lmdb": lmdb.__version__, "numpy": np.__version__}


if sys.argv[1] == "make":
    make(sys.argv[2])
else:
    print(json.dumps(check(sys.argv[2], sys.argv[3])))
