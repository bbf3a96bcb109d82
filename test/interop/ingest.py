"""Labelled WAV files, the shards that TensorFlow makes of them, and what TensorFlow reads from ours.

    python ingest.py write FOLDER     # FOLDER/audio, FOLDER/labels.csv, FOLDER/theirs
    python ingest.py read FOLDER      # prints what is wrong with FOLDER/ours as a JSON list
"""

import csv
import glob
import json
import os
import sys
import wave

import numpy as np
import tensorflow as tf

SHARDS = 3


def rows():
    """Label, path, frames, channels: names as buckets have them."""
    shapes = [(4000, 1), (1, 1), (127, 2), (128, 1), (16383, 1), (16384, 2), (50000, 1), (0, 1), (31, 3), (2097, 2)]
    names = ["plain.wav", "a folder/with space.wav", 'quoted "x", comma.wav', "ünï/cödé.wav", "line\nbreak.wav", "plus+hash#percent%.wav"]
    labels = [0, 1, -1, 127, 128, 2**31, 2**63 - 1, -(2**63), 5, 300]
    for i, (label, (frames, channels)) in enumerate(zip(labels, shapes)):
        name = names[i] if i < len(names) else f"clip-{i}.wav"
        yield label, name, frames, channels


def example(label, audio):
    feature = {
        "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
        "audio": tf.train.Feature(bytes_list=tf.train.BytesList(value=[tf.io.serialize_tensor(audio).numpy()])),
    }
    return tf.train.Example(features=tf.train.Features(feature=feature))


def write(folder):
    random = np.random.default_rng(5)
    table = list(rows())
    for _, name, frames, channels in table:
        path = os.path.join(folder, "audio", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        samples = random.integers(-32768, 32768, (frames, channels), dtype=np.int16)
        if frames > 3:
            samples[:4] = [[-32768] * channels, [32767] * channels, [0] * channels, [-1] * channels]
        with wave.open(path, "wb") as file:
            file.setnchannels(channels)
            file.setsampwidth(2)
            file.setframerate(16000)
            file.writeframes(samples.tobytes())
    with open(os.path.join(folder, "labels.csv"), "w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(["Label", "Blob Name"])
        writer.writerows((label, name) for label, name, _, _ in table)
    os.makedirs(os.path.join(folder, "theirs"), exist_ok=True)
    base, longer = divmod(len(table), SHARDS)
    for shard in range(SHARDS):
        begin = shard * base + min(shard, longer)
        path = os.path.join(folder, "theirs", f"train-{shard:05d}-of-{SHARDS:05d}.tfrecord")
        with tf.io.TFRecordWriter(path) as writer:
            for label, name, frames, channels in table[begin : begin + base + (shard < longer)]:
                with open(os.path.join(folder, "audio", name), "rb") as file:
                    audio, _ = tf.audio.decode_wav(file.read())
                writer.write(example(label, audio).SerializeToString(deterministic=True))


def read(folder):
    """The two lines of the original's reader."""
    description = {"label": tf.io.FixedLenFeature([], tf.int64), "audio": tf.io.FixedLenFeature([], tf.string)}
    wrong = []
    for name in ["plain", "gzip"]:
        files = sorted(glob.glob(os.path.join(folder, "ours", f"{name}-*.tfrecord")))
        dataset = tf.data.TFRecordDataset(files, compression_type="GZIP" if name == "gzip" else "")
        found = [tf.io.parse_single_example(record, description) for record in dataset]
        table = list(rows())
        if len(found) != len(table):
            wrong.append(f"{name}: {len(found)} records, expected {len(table)}")
        for record, (label, path, frames, channels) in zip(found, table):
            audio = tf.io.parse_tensor(record["audio"], tf.float32)
            with open(os.path.join(folder, "audio", path), "rb") as file:
                expected, _ = tf.audio.decode_wav(file.read())
            if record["label"].numpy() != label:
                wrong.append(f"{name} {path}: label {record['label'].numpy()}, expected {label}")
            if audio.shape != expected.shape or not np.array_equal(audio.numpy(), expected.numpy()):
                wrong.append(f"{name} {path}: other samples, {audio.shape} against {expected.shape}")
    print(json.dumps(wrong))


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](sys.argv[2])
