"""How long does a Python loop take from TFRecord files to one ArrayRecord file: TensorFlow's reader, Google's writer?

    .cache/bench-venv/bin/python bench/peers/array_record_loop.py OPTIONS OUT FILE...

Prints one JSON line: seconds, bytes, MB/s, records. The clock starts after both packages are loaded and a first, empty pipeline has run.
"""

import argparse
import json
import os
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import tensorflow as tf
from array_record.python import array_record_module


def convert(files, out, options):
    records = 0
    writer = array_record_module.ArrayRecordWriter(out, options)
    for record in tf.data.TFRecordDataset(files, buffer_size=8 << 20).as_numpy_iterator():
        writer.write(record)
        records += 1
    writer.close()
    return records


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("options")
    parser.add_argument("out")
    parser.add_argument("files", nargs="+", metavar="FILE")
    given = parser.parse_args()
    size = sum(os.path.getsize(file) for file in given.files)
    int(tf.data.Dataset.range(1).reduce(tf.constant(0, tf.int64), lambda n, _: n + 1))
    started = time.perf_counter()
    records = convert(given.files, given.out, given.options)
    seconds = time.perf_counter() - started
    print(
        json.dumps({"seconds": round(seconds, 3), "bytes": size, "MBps": round(size / seconds / 1e6, 1), "records": records})
    )


if __name__ == "__main__":
    main()
