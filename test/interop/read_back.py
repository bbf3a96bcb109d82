"""TensorFlow and NumPy read what Bowerbird wrote, and compare it with the facts it was written from.

    read_back.py FACTS OURS REPORT

REPORT gets {group: {"compared": n, "wrong": [words, ...]}}.
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import numpy as np
import tensorflow as tf

COMPRESSION = {"none": "", "gzip": "GZIP", "zlib": "ZLIB"}

report = {}


def load(name):
    with open(os.path.join(FACTS, name)) as f:
        return json.load(f)


def check(group, holds, words):
    facts = report.setdefault(group, {"compared": 0, "wrong": []})
    facts["compared"] += 1
    if not holds:
        facts["wrong"].append(words)


def dataset(compression, name):
    path = os.path.join(OURS, "records", compression, name)
    return tf.data.TFRecordDataset(path, compression_type=COMPRESSION[compression])


def records(compression):
    group = f"TensorFlow reads the records we wrote, {compression}"
    for name, payloads in load("records.json").items():
        found = [r.numpy().hex() for r in dataset(compression, name)]
        check(group, found == payloads, f"{name}: {len(found)} records, expected {len(payloads)}, or other bytes")


def examples(compression):
    group = f"TensorFlow parses the Examples and tensors we wrote, {compression}"
    facts = load("examples.json")
    for i, (raw, fact) in enumerate(zip(dataset(compression, "examples"), facts, strict=True)):
        keys = sorted(tf.train.Example.FromString(raw.numpy()).features.feature)
        check(group, keys == sorted(fact["features"]), f"example {i}: keys {keys}")
        check(group, raw.numpy().hex() == fact["bytes"], f"example {i}: other bytes")
    features = {
        "index": tf.io.FixedLenFeature([], tf.int64),
        "tensor": tf.io.FixedLenFeature([], tf.string),
        "shape": tf.io.RaggedFeature(tf.int64),
    }
    tensors = load("tensors.json")
    for i, (raw, fact) in enumerate(zip(dataset(compression, "tensors"), tensors, strict=True)):
        parsed = tf.io.parse_single_example(raw, features)
        tensor = tf.io.parse_tensor(parsed["tensor"], tf.as_dtype(fact["dtype"])).numpy()
        check(group, int(parsed["index"]) == i and parsed["shape"].numpy().tolist() == fact["shape"], f"tensor {i}: features")
        same = list(np.shape(tensor)) == fact["shape"] and tensor.tobytes().hex() == fact["values"]
        check(group, same, f"tensor {i}: {fact['dtype']} {fact['shape']}")


def arrays():
    group = "NumPy loads and maps the arrays we wrote"
    for fact in load("arrays.json")["arrays"]:
        path = os.path.join(OURS, "arrays", fact["file"])
        # mmap cannot map nothing.
        modes = (None, "r") if fact["values"] else (None,)
        for mode in modes:
            array = np.load(path, mmap_mode=mode, allow_pickle=False)
            same = list(array.shape) == fact["shape"] and array.dtype.name == fact["dtype"]
            check(group, same and array.tobytes().hex() == fact["values"], f"{fact['file']}: {array.dtype} {array.shape}")
            if mode == "r":
                check(group, array.offset % 64 == 0, f"{fact['file']}: values begin at {array.offset}")


if __name__ == "__main__":
    FACTS, OURS, REPORT = sys.argv[1:]
    for kind in COMPRESSION:
        records(kind)
        examples(kind)
    arrays()
    with open(REPORT, "w") as f:
        json.dump(report, f)
