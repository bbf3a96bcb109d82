"""Google's array_record and Grain, one request a line on stdin, one answer a line on stdout, both JSON.

    array_records.py WORK

WORK/base.bin is made first: both sides cut their records out of it.
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import grain
import numpy as np
from array_record.python import array_record_data_source, array_record_module

WORK = sys.argv[1]
SIZES = {"empty": (0, 1), "tiny": (1, 30), "60 KB": (60_000, 7), "20 MB": (20_000_000, 5)}

# Letters of four kinds, so that every codec finds something to do.
BASE = np.random.default_rng(4).integers(97, 101, 22_000_000, dtype=np.uint8).tobytes()
with open(os.path.join(WORK, "base.bin"), "wb") as f:
    f.write(BASE)


def record(size, i):
    least, step = SIZES[size]
    at = i * 7919 % 1_000_003
    return BASE[at : at + least + i % step]


def write(path, options, size, count):
    writer = array_record_module.ArrayRecordWriter(path, options)
    for i in range(count):
        writer.write(record(size, i))
    writer.close()
    reader = array_record_module.ArrayRecordReader(path)
    stored = reader.writer_options_string()
    reader.close()
    return {"stored": stored}


def some(count):
    """Not in order, with one twice."""
    return [count - 1, 0, count // 2, 0, (count * 7919 // 3) % count] if count else []


def read(path, size, count):
    wrong = []

    def check(holds, words):
        if not holds:
            wrong.append(words)

    reader = array_record_module.ArrayRecordReader(path)
    check(reader.ok(), "the reader is not ok")
    check(reader.num_records() == count, f"num_records() is {reader.num_records()}")
    for i in range(count):
        if reader.read() != record(size, i):
            check(False, f"read() gives another record {i}")
            break
    picked = some(count)
    if picked:
        check(reader.read(picked) == [record(size, i) for i in picked], f"read({picked}) gives other records")
        end = min(count, 5)
        check(reader.read(0, end) == [record(size, i) for i in range(end)], f"read(0, {end}) gives other records")
    stored = reader.writer_options_string()
    reader.close()
    with array_record_data_source.ArrayRecordDataSource([path]) as source:
        check(len(source) == count, f"ArrayRecordDataSource has {len(source)} records")
        for i in picked:
            check(source[i] == record(size, i), f"ArrayRecordDataSource gives another record {i}")
        if picked:
            check(list(source.__getitems__(picked)) == [record(size, i) for i in picked], "__getitems__ gives other records")
    return {"stored": stored, "wrong": wrong}


def grain_epoch(paths, size, count):
    """Grain shuffles, batches and reads in threads; every record must come once."""
    source = grain.sources.ArrayRecordDataSource(paths)
    wrong = [] if len(source) == count else [f"the data source has {len(source)} records, expected {count}"]
    loaded = list(grain.MapDataset.source(source).shuffle(seed=5).to_iter_dataset(grain.ReadOptions(num_threads=4)))
    expected = sorted(record(size, i) for i in range(count))
    if loaded == expected or sorted(loaded) != expected:
        wrong.append(f"Grain gave {len(loaded)} records, others than expected or unshuffled")
    loader = grain.DataLoader(
        data_source=source,
        sampler=grain.samplers.IndexSampler(num_records=len(source), shuffle=False, num_epochs=1, shard_options=grain.sharding.NoSharding()),
        worker_count=0,
    )
    if list(loader) != [record(size, i) for i in range(count)]:
        wrong.append("grain.DataLoader gave other records, or in another order")
    return {"wrong": wrong}


ANSWERS = {"write": write, "read": read, "grain": grain_epoch}
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = ANSWERS[request.pop("do")](**request)
    except Exception as error:  # noqa: BLE001: told to the other side, whatever it is
        answer = {"wrong": [f"{type(error).__name__}: {str(error)[:300]}"]}
    print(json.dumps(answer), flush=True)
