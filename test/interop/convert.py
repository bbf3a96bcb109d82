"""TensorFlow and Google's array_record on both sides of `bowerbird convert`.

    convert.py make DIR             writes inputs of every kind into DIR
    convert.py digest FILE...       prints a JSON list: of each file the SHA-256 of every record, in order
    convert.py copy FILE OUT OPTIONS  writes the records of a file by Google's writer
    convert.py names SUFFIX NAME... prints a JSON list: what array_record's pipeline calls the output of each input, both ways
"""

import hashlib
import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf
from array_record.python import array_record_module

KINDS = {"a.tfrecord": "", "b.tfrecord.gz": "GZIP", "c.tfrecord": "ZLIB", "d": "", "e.tfrecord": ""}
COUNTS = {"a.tfrecord": 100, "b.tfrecord.gz": 7, "c.tfrecord": 61, "d": 0, "e.tfrecord": 40}


def make(folder):
    os.makedirs(folder)
    random = np.random.default_rng(11)

    def record(i):
        return random.integers(0, 256, [0, 1, 40, 1000, 70_000][i % 5], dtype=np.uint8).tobytes()

    for name, kind in KINDS.items():
        with tf.io.TFRecordWriter(os.path.join(folder, name), kind) as writer:
            for i in range(COUNTS[name]):
                writer.write(record(i))
    for name, options in {"f.arrayrecord": "group_size:1", "g": "group_size:10,brotli"}.items():
        writer = array_record_module.ArrayRecordWriter(os.path.join(folder, name), options)
        for i in range(33):
            writer.write(record(i))
        writer.close()


def records_of(path):
    with open(path, "rb") as f:
        head = f.read(2)
    if head == b"\x83\xaf":
        reader = array_record_module.ArrayRecordReader(path)
        records = reader.read_all() if reader.num_records() > 0 else []
        reader.close()
        return records
    kind = "GZIP" if head == b"\x1f\x8b" else "ZLIB" if head[:1] == b"\x78" and int.from_bytes(head, "big") % 31 == 0 else ""
    return [record.numpy() for record in tf.data.TFRecordDataset([path], kind)]


def digest(paths):
    return [[hashlib.sha256(record).hexdigest() for record in records_of(path)] for path in paths]


def copy(path, out, options):
    writer = array_record_module.ArrayRecordWriter(out, options)
    for record in records_of(path):
        writer.write(record)
    writer.close()


def names(suffix, inputs):
    """As array_record.beam.dofns names them, without Beam: with the suffix appended, and in the place of the last extension."""
    return [[name + suffix, os.path.splitext(name)[0] + suffix] for name in inputs]


def main():
    what, *args = sys.argv[1:]
    if what == "make":
        make(*args)
    elif what == "copy":
        copy(*args)
    elif what == "digest":
        print(json.dumps(digest(args)))
    else:
        print(json.dumps(names(args[0], args[1:])))


if __name__ == "__main__":
    main()
