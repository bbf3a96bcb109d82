"""How long does a tight loop over soundfile and TensorFlow's writer take, in two processes?

    .cache/ingest-venv/bin/python bench/peers/ingest_loop.py labels.csv FOLDER PREFIX SHARDS

The same shards as `bowerbird ingest` makes: each process takes every other shard. Prints one JSON line. The clock starts after soundfile and
TensorFlow are loaded in both, and stops when both are done.
"""

import csv
import json
import os
import sys
import time
from multiprocessing import get_context

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

PROCESSES = 2


def write_shards(part, rows, folder, prefix, shards, ready, start):
    import soundfile
    import tensorflow as tf

    tf.io.serialize_tensor(tf.zeros([1, 1]))
    feature, int64s, strings = tf.train.Feature, tf.train.Int64List, tf.train.BytesList
    ready.release()
    start.wait()
    for shard in range(part, shards, PROCESSES):
        begin = shard * (len(rows) // shards) + min(shard, len(rows) % shards)
        end = begin + len(rows) // shards + (shard < len(rows) % shards)
        with tf.io.TFRecordWriter(f"{prefix}-{shard:05d}-of-{shards:05d}.tfrecord") as writer:
            for label, name in rows[begin:end]:
                audio, _ = soundfile.read(os.path.join(folder, name), dtype="float32", always_2d=True)
                serialized = tf.io.serialize_tensor(audio).numpy()
                example = tf.train.Example(
                    features=tf.train.Features(
                        feature={
                            "label": feature(int64_list=int64s(value=[int(label)])),
                            "audio": feature(bytes_list=strings(value=[serialized])),
                        }
                    )
                )
                writer.write(example.SerializeToString(deterministic=True))


def main(path, folder, prefix, shards):
    with open(path, newline="", encoding="utf8") as file:
        rows = list(csv.reader(file))[1:]
    context = get_context("spawn")
    ready, start = context.Semaphore(0), context.Event()
    processes = [
        context.Process(target=write_shards, args=(part, rows, folder, prefix, int(shards), ready, start))
        for part in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    for _ in processes:
        ready.acquire()
    started = time.perf_counter()
    start.set()
    for process in processes:
        process.join()
    seconds = time.perf_counter() - started
    if any(process.exitcode != 0 for process in processes):
        sys.exit("a process failed")
    print(json.dumps({"peer": "loop", "seconds": round(seconds, 3)}))


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
