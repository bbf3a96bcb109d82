"""Reads what pack wrote as AudioMDB's BaseRetriever.load_file does, and holds it against soundfile, json and pickle:

    python pack_read.py SOURCES PACKED FEATURES

PACKED has a dataset in each of the folders that `cases` names, of the manifest that it names. Prints JSON: the versions, and for each group how much was compared and what
was wrong.
"""

import hashlib
import io
import json
import os
import pickle
import shutil
import sys
import tempfile
from pathlib import Path

import lmdb
import msgpack
import msgpack_numpy
import numpy as np
import soundfile

sources, packed, features = map(Path, sys.argv[1:4])
numpy_1 = np.__version__.startswith("1.")
groups = {}


def check(group, holds, *words):
    verdict = groups.setdefault(group, {"compared": 0, "wrong": []})
    verdict["compared"] += 1
    if not holds:
        verdict["wrong"].append(" ".join(map(str, words))[:500])


def rows_of(manifest):
    lines = (sources / f"{manifest}.jsonl").read_text(encoding="utf8").splitlines()
    return [json.loads(line) for line in lines]


def values_of(shard, lock):
    env = lmdb.open(str(shard), readonly=True, lock=lock)
    with env.begin(write=False) as txn:
        found = [(key.decode(), bytes(value)) for key, value in txn.cursor()]
    env.close()
    return found


def read(folder):
    """[key, value, number of the shard, place in it] of all shards, with lock file and without."""
    metadata = json.loads((folder / "metadata.json").read_text(encoding="utf8"))
    found = []
    for number, shard in enumerate(metadata["shards"]):
        path = folder / os.path.basename(shard["path"])
        check("layout", os.path.getsize(path / "lock.mdb") == 0, path, "lock.mdb")
        values = values_of(path, lock=False)
        with tempfile.TemporaryDirectory() as copy:
            shutil.copytree(path, copy, dirs_exist_ok=True)
            check("layout", values_of(copy, lock=True) == values, path, "with lock=True")
        data = (path / "data.mdb").read_bytes()
        sums = (shard["samples"], shard["size_bytes"], shard["checksum_sha256"], shard["id"])
        expected = (len(values), len(data), hashlib.sha256(data).hexdigest(), number)
        check("layout", sums == expected, path, sums, expected)
        found += [(key, value, number, place) for place, (key, value) in enumerate(values)]
    counts = [shard["samples"] for shard in metadata["shards"]]
    told = (metadata["dataset_size"], metadata["num_shards"], metadata["max_item_in_shard"])
    check("layout", told == (len(found), len(counts), max(counts)), folder, told)
    return metadata, found


def expected_sample(row, shard, place, codec):
    """The dict as AudioMDB makes it; of encoded sound with its name."""
    row = dict(row)
    path = sources / row.pop("audio_filepath")
    array, rate = soundfile.read(path, dtype="float32")
    audio = array.tobytes() if codec == "pcm" else path.read_bytes()
    about = {"dtype": "float32", "duration": len(array) / rate} if codec == "pcm" else {"duration": len(array) / rate, "codec": path.suffix[1:]}
    text = row.pop("text")
    head = {"audio": audio, "sample_rate": rate, "text": text, "converter": "manifest_file"}
    return {**head, **row, "shard_id": shard, "shard_position": place, "shape": array.shape, **about}


def same(a, b):
    """Equal, and of the same types in the same order."""
    return repr(a) == repr(b)


def shown(sample):
    return {name: f"<{len(value)} bytes>" if isinstance(value, bytes) else value for name, value in sample.items()}


def check_pcm(folder, manifest, codec):
    rows = rows_of(manifest)
    metadata, found = read(packed / folder)
    check(folder, len(found) == len(rows), len(found), "samples")
    durations = []
    for number, ((key, value, shard, place), row) in enumerate(zip(found, rows)):
        expected = expected_sample(row, shard, place, codec)
        sample = pickle.loads(value)
        durations.append(sample["duration"])
        check(folder, key == f"sample_{number:08d}", key)
        check(folder, same(sample, expected), key, shown(sample), "expected", shown(expected))
        check(f"{folder}: the bytes of pickle.dumps()", value == pickle.dumps(expected, protocol=4), key, row)
    check(folder, abs(metadata["total_duration"] - sum(durations)) < 1e-9, metadata["total_duration"])
    first = {**expected_sample(rows[0], 0, 0, codec)}
    first["audio"] = f"<audio:bytes:{len(first['audio'])}>"
    check(folder, metadata["features"] == json.loads(json.dumps(first)), metadata["features"])


def check_flac(folder, manifest):
    _, found = read(packed / folder)
    rows = rows_of(manifest)
    check(folder, len(found) == len(rows), len(found), "samples")
    for (key, value, shard, place), row in zip(found, rows):
        expected = expected_sample(row, shard, place, "original")
        sample = pickle.loads(value)
        array, rate = soundfile.read(io.BytesIO(sample.pop("audio")), dtype="float32")
        theirs, _ = soundfile.read(io.BytesIO(expected.pop("audio")), dtype="float32")
        check(folder, rate == sample["sample_rate"] and np.array_equal(array, theirs), key, "other sound")
        check(folder, same(sample, {**expected, "codec": "flac"}), key, sample)


def check_msgpack(folder, manifest):
    _, found = read(packed / folder)
    rows = rows_of(manifest)
    check(folder, len(found) == len(rows), len(found), "samples")
    for (key, value, shard, place), row in zip(found, rows):
        expected = expected_sample(row, shard, place, "pcm")
        expected["shape"] = list(expected["shape"])
        check(folder, same(msgpack.unpackb(value), expected), key, shown(expected))


def check_features(folder, field, is_msgpack=False):
    metadata, found = read(packed / folder)
    rows = rows_of("speech")
    check(folder, len(found) == len(rows), len(found), "samples")
    worst = 0.0
    for number, ((key, value, _, _), row) in enumerate(zip(found, rows)):
        sample = msgpack.unpackb(value, object_hook=msgpack_numpy.decode) if is_msgpack else pickle.loads(value)
        array, expected = sample[field], np.load(features / f"{number}.npy")
        fits = isinstance(array, np.ndarray) and array.dtype == np.float32 and array.shape == expected.shape
        check(folder, fits, key, type(array), getattr(array, "dtype", None), getattr(array, "shape", None))
        difference = float(np.abs(array - expected).max()) if fits else 1.0
        worst = max(worst, difference)
        check(folder, difference < 1e-4, key, "differs by", difference)
        if "audio" in sample:
            sound, rate = soundfile.read(sources / row["audio_filepath"], dtype="float32")
            check(folder, sample["audio"] == sound.tobytes() and sample["sample_rate"] == rate, key, "its sound")
        # NumPy 2 itself would name numpy._core.
        if numpy_1 and not is_msgpack:
            check(f"{folder}: the bytes of pickle.dumps()", value == pickle.dumps(sample, protocol=4), key)
    shape = metadata["features"][field]
    check(folder, shape == {"_type": "ndarray", "shape": [80, 3000], "dtype": "float32", "data": "<ndarray:240000 values>"}, shape)
    return worst


check_pcm("pcm", "all", "pcm")
check_pcm("original", "all", "original")
check_flac("flac", "pcm")
check_msgpack("msgpack", "all")
worst = max(check_features("logmel", "mel_spectrogram"), check_features("logmel-kept", "mel_spectrogram"))
worst = max(worst, check_features("whisper", "input_features"), check_features("whisper-msgpack", "input_features", True))
print(json.dumps({"lmdb": lmdb.__version__, "numpy": np.__version__, "groups": groups, "worst": worst}))
