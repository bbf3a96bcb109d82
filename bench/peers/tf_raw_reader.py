"""How fast does TensorFlow read the records of these files, checking CRCs and parsing nothing?

    .cache/interop-venv/bin/python bench/peers/tf_raw_reader.py [--threads N] FILE...

Prints one JSON line: seconds, bytes, MB/s, records. The clock starts after TensorFlow is loaded and a first, empty
pipeline has run. The reduction runs inside TensorFlow, so no record crosses into Python.
"""

import argparse
import json
import os
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import tensorflow as tf


def count(files, threads):
    readers = threads if threads > 1 else None
    dataset = tf.data.TFRecordDataset(files, num_parallel_reads=readers, buffer_size=8 << 20)
    return int(dataset.reduce(tf.constant(0, tf.int64), lambda n, _: n + 1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("files", nargs="+", metavar="FILE")
    given = parser.parse_args()
    size = sum(os.path.getsize(file) for file in given.files)
    int(tf.data.Dataset.range(1).reduce(tf.constant(0, tf.int64), lambda n, _: n + 1))
    started = time.perf_counter()
    records = count(given.files, given.threads)
    seconds = time.perf_counter() - started
    print(
        json.dumps(
            {
                "peer": f"tf.data raw, {given.threads} reader{'s' if given.threads > 1 else ''}",
                "seconds": round(seconds, 3),
                "bytes": size,
                "MBps": round(size / seconds / 1e6, 1),
                "records": records,
            }
        )
    )


if __name__ == "__main__":
    main()
