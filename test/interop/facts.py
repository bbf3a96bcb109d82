"""What TensorFlow and NumPy say about records, Examples, tensors, arrays and damaged files, as files and JSON.

    facts.py OUT

Floats travel as the hex of their bits, int64 as decimal text, bytes as hex, so that nothing is lost on the way.
"""

import gzip
import json
import os
import random
import sys
import zlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import numpy as np
import tensorflow as tf
from ml_dtypes import bfloat16

COMPRESSION = {"none": "", "gzip": "GZIP", "zlib": "ZLIB"}

rng = np.random.default_rng(1)
pick = random.Random(1)


def out(*parts):
    path = os.path.join(OUT, *parts)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def dump(value, *parts):
    with open(out(*parts), "w") as f:
        json.dump(value, f)


def write_records(name, payloads):
    for folder, compression in COMPRESSION.items():
        with tf.io.TFRecordWriter(out("records", folder, name), tf.io.TFRecordOptions(compression_type=compression)) as w:
            for payload in payloads:
                w.write(payload)


def gzip_members(name, payloads):
    with open(os.path.join(OUT, "records", "none", name), "rb") as f:
        plain = f.read()
    cuts = sorted({0, len(plain), *(pick.randrange(len(plain) + 1) for _ in range(6))}) if plain else [0, 0]
    with open(out("records", "members", name), "wb") as f:
        f.write(gzip.compress(b""))
        for start, end in zip(cuts, cuts[1:]):
            f.write(gzip.compress(plain[start:end]))


def records():
    facts = {}
    sets = {
        "none": [],
        "empty": [b""] * 5,
        "small": [rng.bytes(n) for n in [0, 1, 2, 11, 12, 13, 16, 63, 64, 65, 255, 256, 4095, 4096, 4097]],
        "blocks": [rng.bytes(n) for n in (65535, 65536, 131073, 1 << 20, 0, (1 << 20) + 3, 61618, 61618)],
        "like-gzip": [b"\x1f\x8b\x08" + rng.bytes(20), b"x\x9c" + rng.bytes(5)],
        # A length of 0x8b1f or 0x9c78 puts the magic of gzip or zlib at the start of a plain file.
        "length-like-gzip": [rng.bytes(0x088B1F)],
        "length-like-zlib": [rng.bytes(0x9C78), rng.bytes(0x0178)],
    }
    for name, payloads in sets.items():
        write_records(name, payloads)
        gzip_members(name, payloads)
        facts[name] = [p.hex() for p in payloads]
    dump(facts, "records.json")


def float_hex(value):
    return np.float32(value).view(np.uint32).item().to_bytes(4, "big").hex()


def random_feature():
    kind = pick.choice(["bytes", "float", "int64", "empty"])
    count = pick.choice([0, 1, 1, 2, 3, 17, 200])
    if kind == "bytes":
        return kind, [rng.bytes(pick.choice([0, 1, 5, 127, 128, 300])) for _ in range(count)]
    if kind == "float":
        special = [0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC12345, 0x80000000, 1, 0x7F7FFFFF]
        bits = [pick.choice(special) if pick.random() < 0.2 else pick.getrandbits(32) for _ in range(count)]
        # Signalling NaNs do not survive Python's way through double.
        bits = [b | 0x400000 if b & 0x7F800000 == 0x7F800000 and b & 0x7FFFFF else b for b in bits]
        return kind, np.array(bits, np.uint32).view(np.float32)
    if kind == "int64":
        edges = [0, 1, -1, 127, 128, 2**31, 2**53 - 1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)]
        return kind, [pick.choice(edges) if pick.random() < 0.5 else pick.getrandbits(64) - 2**63 for _ in range(count)]
    return kind, []


def feature(kind, values):
    if kind == "bytes":
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    if kind == "float":
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    if kind == "int64":
        return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
    return tf.train.Feature()


def encoded(kind, values):
    return [v.hex() if kind == "bytes" else float_hex(v) if kind == "float" else str(v) for v in values]


def examples():
    # UTF-8 and UTF-16 sort the last two differently; __proto__ and the like are traps of JavaScript only.
    odd = ["", "0", "10", "2", "__proto__", "constructor", "toString", "\u00e9", "\uffee", "\U0001f426", "a\0b", "A", "a"]
    facts, payloads = [], []
    for n in range(80):
        keys = pick.sample(odd, pick.randrange(len(odd))) + [f"feature_{pick.randrange(1000)}" for _ in range(pick.randrange(6))]
        if n == 0:
            keys = []
        features = {key: random_feature() for key in keys}
        message = tf.train.Example(
            features=tf.train.Features(feature={k: feature(*f) for k, f in features.items()})
        )
        payload = message.SerializeToString(deterministic=True)
        payloads.append(payload)
        facts.append({"features": {k: [kind, encoded(kind, v)] for k, (kind, v) in features.items()}, "bytes": payload.hex()})
    write_records("examples", payloads)
    dump(facts, "examples.json")


TYPES = [
    "float32", "float64", "float16", "bfloat16", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "bool", "complex64", "complex128",
]


def array_of(dtype, shape):
    size = int(np.prod(shape, dtype=np.int64))
    if dtype == "bool":
        return rng.integers(0, 2, size).astype(bool).reshape(shape)
    kind = bfloat16 if dtype == "bfloat16" else np.dtype(dtype)
    return np.frombuffer(rng.bytes(size * np.dtype(kind).itemsize), kind).reshape(shape)


def tensors():
    """serialize_tensor of every type and some shapes; and make_tensor_proto, which prefers the value lists."""
    facts = []
    for dtype in TYPES:
        for shape in ([], [0], [1], [7], [2, 3], [3, 0, 4], [1, 1, 1, 2], [300]):
            array = array_of(dtype, shape)
            facts.append(
                {
                    "dtype": dtype,
                    "shape": shape,
                    "values": array.tobytes().hex(),
                    "bytes": tf.io.serialize_tensor(tf.constant(array)).numpy().hex(),
                    "parsed": tf.make_tensor_proto(array).SerializeToString().hex(),
                }
            )
        for shape in ([4], [2, 5]):
            one = array_of(dtype, [1])[0].item() if dtype != "bfloat16" else 0.5
            if isinstance(one, (float, complex)) and not np.isfinite(np.array(one)).all():
                one = 0.25
            proto = tf.make_tensor_proto(one, tf.as_dtype(dtype), shape)
            array = tf.make_ndarray(proto)
            facts.append({"dtype": dtype, "shape": shape, "values": array.tobytes().hex(), "parsed": proto.SerializeToString().hex()})
    dump(facts, "tensors.json")


def arrays():
    """np.save of every type, order, byte order and some shapes. `values` is always little-endian and in C order."""
    facts = []
    for dtype in TYPES:
        if dtype == "bfloat16":
            continue
        for shape in ([], [0], [1], [7], [2, 3], [3, 0, 4], [4, 3, 2], [1234, 1], [0, 1280], [99999, 0]):
            for order in "<>":
                array = array_of(dtype, shape)
                stored = array.astype(array.dtype.newbyteorder(order))
                if array.size > 2 and len(shape) > 1 and pick.random() < 0.6:
                    stored = np.asfortranarray(stored)
                name = f"{len(facts):04d}.npy"
                np.save(out("arrays", name), stored)
                facts.append(
                    {
                        "file": name,
                        "descr": np.lib.format.dtype_to_descr(stored.dtype),
                        "dtype": dtype,
                        "shape": shape,
                        "fortran": bool(stored.flags.fnc and stored.size > 0),
                        "values": array.tobytes().hex(),
                    }
                )
    for version in ((2, 0), (3, 0)):
        name = f"{len(facts):04d}.npy"
        array = array_of("float32", [5, 4])
        with open(out("arrays", name), "wb") as f:
            np.lib.format.write_array(f, array, version=version)
        facts.append({"file": name, "descr": "<f4", "dtype": "float32", "shape": [5, 4], "fortran": False, "values": array.tobytes().hex()})
    # Headers alone, for shapes whose data nobody wants to write.
    headers = []
    for shape in ((0, 1280), (1, 1280), (12, 1280), (14412192, 1280), (10**9, 1536), (10**12, 1024), (2**53 - 1, 1), (5,), ()):
        for descr in ("<f4", "<f2"):
            path = out("arrays", "header")
            with open(path, "wb") as f:
                np.lib.format.write_array_header_1_0(f, {"descr": descr, "fortran_order": False, "shape": shape})
            with open(path, "rb") as f:
                headers.append({"descr": descr, "shape": shape, "bytes": f.read().hex()})
            os.unlink(path)
    dump({"arrays": facts, "headers": headers}, "arrays.json")


def read(path, compression):
    """The records that TensorFlow delivers, and whether it then complains."""
    records = []
    try:
        for record in tf.data.TFRecordDataset(path, compression_type=COMPRESSION[compression]):
            records.append(record.numpy().hex())
    except tf.errors.OpError as error:
        return {"records": records, "error": type(error).__name__}
    return {"records": records, "error": None}


def damage():
    """One file, cut and flipped at every byte. A changed length is never believed: its checksum is tested first."""
    payloads = [b"", b"hello", rng.bytes(40), b"x" * 7]
    write_records("small-file", payloads)
    facts = []

    def add(kind, compression, content):
        name = f"{len(facts):05d}"
        path = out("damage", name)
        with open(path, "wb") as f:
            f.write(content)
        facts.append({"file": name, "kind": kind, "compression": compression, **read(path, compression)})

    for compression in COMPRESSION:
        with open(os.path.join(OUT, "records", compression, "small-file"), "rb") as f:
            good = f.read()
        add("whole", compression, good)
        for size in range(1, len(good)):
            add(f"cut to {size} of {len(good)} bytes", compression, good[:size])
        for at in range(len(good)):
            bad = bytearray(good)
            bad[at] ^= 1 << pick.randrange(8)
            add(f"a bit flipped in byte {at}", compression, bytes(bad))
        for count in (1, 3, 4, 11, 12, 13, 16, 100):
            add(f"{count} zero bytes appended", compression, good + b"\0" * count)
        for at in (0, 16, 37):
            add(f"byte {at} lost", compression, good[:at] + good[at + 1 :])
    dump(facts, "damage.json")


if __name__ == "__main__":
    OUT = sys.argv[1]
    records()
    examples()
    tensors()
    arrays()
    damage()
