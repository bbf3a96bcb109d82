"""What extract must write where the notebook cannot go: other types, channels, hops, and float16 out.

    oracle.py CASES OUT

writes OUT/<variant>/{embeddings,metadata}/ for every set that a variant covers. Independent of Bowerbird: TensorFlow
parses, NumPy converts and saves, json prints. For records that the notebook takes, the variant "plain" is the
notebook's own output (run.mjs checks that), except that a file without records gives shape (0, width), not (0,).
"""

import datetime
import json
import os
import re
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import numpy as np
import tensorflow as tf

NAME = re.compile(
    r"site_(?P<site_id>\d{4})\/(?P<datetime>\d{8}T\d{6})(?P<timezone>(?:\+\d{4})|Z)_(?P<site_name>(?:\w*|-)*)"
    r"-(?P<subsite_name>(?:Wet|Dry)-(?:A|B))_(?P<file_seq_id>\d*).flac"
)
FEATURES = {
    "timestamp_s": tf.io.FixedLenFeature([], tf.float32),
    "filename": tf.io.FixedLenFeature([], tf.string),
    "embedding": tf.io.FixedLenFeature([], tf.string),
}

# `hop` stays a Python number, as the notebook's 5 is: NumPy 2 then adds in float32.
VARIANTS = {
    "plain": {"sets": ("notebook", "one", "five")},
    "float16": {"sets": ("notebook", "one", "five"), "dtype": np.float16},
    "all": {"sets": ("notebook", "one", "five"), "channel": "all"},
    "channel-3": {"sets": ("five",), "channel": 3},
    "hop-2.5": {"sets": ("notebook",), "hop": 2.5},
    "hop-0.96": {"sets": ("notebook",), "hop": 0.96},
    "float16-all-hop-2.5": {"sets": ("five",), "dtype": np.float16, "channel": "all", "hop": 2.5},
}


def describe(filename):
    """The fields of a name, as the notebook finds them; ValueError for a name it dies of."""
    [(site_id, stamp, zone, site_name, subsite_name, file_seq_id)] = NAME.findall(filename)
    zone = "+0000" if zone == "Z" else zone
    start = datetime.datetime.strptime(f"{stamp}{zone}", "%Y%m%dT%H%M%S%z")
    midnight = start.replace(hour=0, minute=0, second=0)
    return {
        "file_timestamp": int(start.timestamp()),
        "file_seconds_since_midnight": (start - midnight).seconds,
        "site_id": site_id,
        "site_name": site_name,
        "subsite_name": subsite_name,
        "file_seq_id": int(file_seq_id),
        "filename": filename,
    }


def row(fields, offset, channel=None):
    fields = dict(fields)
    head = {key: fields.pop(key) for key in ("file_timestamp", "file_seconds_since_midnight")}
    where = {"recording_offset_in_file": offset} | ({} if channel is None else {"channel": channel})
    return head | where | fields


def read(path, dtype):
    for raw in tf.data.TFRecordDataset(path):
        features = tf.io.parse_single_example(raw, FEATURES)
        tensor = tf.io.parse_tensor(features["embedding"], out_type=dtype).numpy()
        yield features["timestamp_s"].numpy(), features["filename"].numpy().decode("utf-8"), tensor


def convert(tensor, dtype):
    """NumPy's own casts. A double on its way to float16 is rounded once; it does not stop at float32."""
    with np.errstate(all="ignore"):
        if dtype == np.float16 and tensor.dtype != np.float64:
            tensor = tensor.astype(np.float32)
            # IEEE 754 quiets a signalling NaN; NumPy leaves that to the processor.
            tensor.view(np.uint32)[np.isnan(tensor)] |= 0x400000
        return tensor.astype(dtype)


def extract(path, facts, dtype=np.float32, channel=0, hop=5):
    vectors, metadata = [], []
    for seconds, filename, tensor in read(path, tf.as_dtype(facts["dtype"])):
        fields = describe(filename)
        tensor = convert(tensor, dtype)
        channels = range(tensor.shape[1]) if channel == "all" else [channel]
        for i in range(tensor.shape[0]):
            for c in channels:
                vectors.append(tensor[i, c])
                metadata.append(row(fields, int(seconds + (hop * i)), c if channel == "all" else None))
    return np.array(vectors, dtype).reshape(-1, facts["width"]), json.dumps(metadata)


def main(cases, out):
    with open(os.path.join(cases, "manifest.json")) as f:
        manifest = json.load(f)
    for variant, how in VARIANTS.items():
        how = dict(how)
        for group in how.pop("sets"):
            folder = os.path.join(out, variant, group)
            os.makedirs(os.path.join(folder, "embeddings"))
            os.makedirs(os.path.join(folder, "metadata"))
            for name, facts in manifest[group].items():
                array, text = extract(os.path.join(cases, group, "none", name), facts, **how)
                stem = name.split(".")[0]
                np.save(os.path.join(folder, "embeddings", f"{stem}.npy"), array)
                with open(os.path.join(folder, "metadata", f"{stem}.json"), "w") as f:
                    f.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
