"""TensorFlow writes embedding files for the interoperability run: every encoding that a record may have.

    write_cases.py OUT

makes OUT/<set>/<none|gzip|zlib>/<file> and OUT/manifest.json. Sets:

    notebook   float32, names that the notebook takes: the notebook itself gives the expected folders
    one, five  other types and list forms, with 1 and 5 channels: oracle.py gives the expected arrays
    members    the notebook set's first file as gzip of several members
    refused    one file each that the notebook dies of
"""

import gzip
import itertools
import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import numpy as np
import tensorflow as tf
from ml_dtypes import bfloat16
from tensorflow.core.framework.tensor_pb2 import TensorProto

import wire

COMPRESSION = {"none": "", "gzip": "GZIP", "zlib": "ZLIB"}
NAME = "site_0285/20201014T010000+1030_Arkaba-Dry-A_49500.flac"
NUMPY = {"float32": np.float32, "float64": np.float64, "float16": np.float16, "bfloat16": bfloat16}

rng = np.random.default_rng(20201014)
manifest = {}


def write(group, name, records, **facts):
    manifest.setdefault(group, {})[name] = {"dtype": "float32", "width": 1280, **facts}
    for folder, compression in COMPRESSION.items():
        path = os.path.join(OUT, group, folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with tf.io.TFRecordWriter(path, tf.io.TFRecordOptions(compression_type=compression)) as writer:
            for record in records:
                writer.write(record)


def noise(*dims, dtype="float32"):
    return (rng.standard_normal(dims) / 8).astype(NUMPY[dtype])


def record(array, filename=NAME, timestamp=0.0):
    """As the archive's own writer makes it: tf.train.Example over tf.io.serialize_tensor."""
    return example_of(tf.io.serialize_tensor(array).numpy(), array.shape, filename, timestamp)


def example_of(tensor, dims, filename=NAME, timestamp=0.0):
    raw = filename if isinstance(filename, bytes) else filename.encode()
    feature = {
        "timestamp_s": tf.train.Feature(float_list=tf.train.FloatList(value=[timestamp])),
        "filename": tf.train.Feature(bytes_list=tf.train.BytesList(value=[raw])),
        "embedding": tf.train.Feature(bytes_list=tf.train.BytesList(value=[tensor])),
        "embedding_shape": tf.train.Feature(int64_list=tf.train.Int64List(value=dims)),
    }
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


def entries(tensor, dims, filename=NAME, timestamp=0.0, packed=True):
    return {
        "timestamp_s": wire.entry("timestamp_s", wire.float_list(timestamp, packed=packed)),
        "filename": wire.entry("filename", wire.bytes_list(filename.encode())),
        "embedding": wire.entry("embedding", wire.bytes_list(tensor)),
        "embedding_shape": wire.entry("embedding_shape", wire.int64_list(*dims, packed=packed)),
    }


def proto(array, dtype="float32"):
    return wire.tensor(array.shape, dtype, wire.content(array))


def notebook_set():
    def add(name, records, **facts):
        write("notebook", name, records, **facts)

    names = [
        "site_0285/20201014T010000+1030_Arkaba-Dry-A_49500.flac",
        "site_0062/20200308T220000+0800_Uunguu-Indigenous-Protected-Area-Wunambal-Gaambera-Wet-A_192000.flac",
        "site_0277/20210428T100000Z_Five-Rivers-Dry-B_909057.flac",
    ]
    add(
        "a2o_sample_embeddings-00000-of-00374",
        [record(noise(w, 1, 1280), names[w // 5], 60.0 * w) for w in [*range(1, 13), *range(12, 0, -1)]],
    )
    add("channels-5", [record(noise(w, 5, 1280), timestamp=60.0 * w) for w in range(1, 13)])
    add("channels-1-and-5", [record(noise(3, c, 1280)) for c in (1, 5, 5, 1)])
    add("width-1024", [record(noise(w, 1, 1024)) for w in (12, 3, 12)], width=1024)
    add("width-1536", [record(noise(w, 1, 1536)) for w in (12, 7, 12)], width=1536)
    add("one-record", [record(noise(12, 1, 1280))])
    add("no-records", [])
    add("no-windows", [record(noise(w, 1, 1280)) for w in (2, 0, 3)])
    add("long-record", [record(noise(1440, 1, 1280)), record(noise(2, 1, 1280))])
    add("name.with.dots.tfrecord", [record(noise(2, 1, 1280))])
    add("donn\u00e9es-\U0001d538", [record(noise(2, 1, 1280))])

    # List forms of TensorProto.
    def forms(name, tensors):
        add(name, [example_of(t, dims) for t, dims in tensors])

    a = [noise(w, 1, 1280) for w in (12, 1, 5)]
    forms(
        "float_val",
        [
            (tf.make_tensor_proto(0.0, tf.float32, (2, 1, 1280)).SerializeToString(), (2, 1, 1280)),
            *((TensorProto(
                dtype=1,
                tensor_shape=tf.TensorShape(x.shape).as_proto(),
                float_val=x.ravel().tolist(),
            ).SerializeToString(), x.shape) for x in a),
        ],
    )
    forms("float_val-unpacked", [(wire.tensor(x.shape, "float32", wire.values(x, "float32", False)), x.shape) for x in a])
    forms(
        "float_val-in-pieces",
        [
            (
                wire.tensor(
                    x.shape,
                    "float32",
                    wire.values(x.ravel()[:100], "float32")
                    + wire.values(x.ravel()[100:103], "float32", False)
                    + wire.values(x.ravel()[103:], "float32"),
                ),
                x.shape,
            )
            for x in a
        ],
    )
    dims = (4, 1, 1280)
    forms(
        "splat",
        [
            (tf.make_tensor_proto(2.5, tf.float32, dims).SerializeToString(), dims),
            (wire.tensor(dims, "float32", wire.values(np.float32([1, 2, 3]), "float32")), dims),
            (wire.tensor(dims, "float32", wire.values(np.float32([1, -0.0]), "float32", False)), dims),
            (wire.tensor(dims, "float32", b""), dims),  # no values at all: zeros
            (wire.tensor(dims, "float32", wire.chunk(5, b"")), dims),
            (wire.tensor(dims, "float32", wire.chunk(4, b"") + wire.values(np.float32([7]), "float32")), dims),
        ],
    )
    more = noise(4 * 1280 + 9)
    forms(
        "more-values-than-elements",
        [
            (wire.tensor(dims, "float32", wire.values(more, "float32")), dims),
            (wire.tensor(dims, "float32", wire.values(more, "float32", False)), dims),
            # tensor_content counts when both are there.
            (wire.tensor(dims, "float32", wire.content(more[: 4 * 1280]) + wire.values(np.float32([9]), "float32")), dims),
        ],
    )
    body = wire.content(a[0])
    kind, sizes = wire.number(1, 1), wire.shape(a[0].shape)
    forms(
        "tensor-field-order",
        [
            *((b"".join(order), a[0].shape) for order in itertools.permutations((kind, sizes, body))),
            (wire.number(1, 2) + kind + sizes + body, a[0].shape),  # dtype twice: last
            (kind + sizes + wire.content(a[1]) + body, a[0].shape),  # tensor_content twice: last
            (kind + wire.shape((12,)) + wire.shape((1, 1280)) + body, a[0].shape),  # shapes merge
            (wire.number(3, 7) + wire.number(99, 5) + kind + sizes + wire.chunk(98, b"?") + body, a[0].shape),
            (wire.tensor(a[0].shape, "float32", body, names=True), a[0].shape),
            (kind + sizes + wire.chunk(4, a[0].tobytes(), pad=2), a[0].shape),
        ],
    )

    # Forms of Example.
    x = a[2]
    parts = entries(proto(x), x.shape, timestamp=59.96)
    add("feature-order", [wire.example(*order) for order in itertools.permutations(parts.values())])
    strange = [
        wire.entry("nuisances", wire.bytes_list(proto(noise(5, 1, 3)))),
        wire.entry("nuisances_shape", wire.int64_list(5, 1, 3)),
        wire.entry("embedding_", wire.float_list(1, 2, 3)),
        wire.entry("embeddin", wire.bytes_list()),
        wire.entry("Embedding", b""),
        wire.entry("", wire.int64_list(-1)),
        wire.entry("\U0001d538", wire.bytes_list(b"", b"\xff")),
        wire.entry("long" * 200, wire.bytes_list(b"x" * 20000)),
    ]
    add("unknown-features", [wire.example(*strange[k:], *parts.values(), *strange[:k]) for k in range(len(strange) + 1)])
    other = entries(proto(noise(3, 5, 1280)), (3, 5, 1280), "not a name at all", 7.0)
    add(
        "keys-twice",
        [
            wire.example(*other.values(), *parts.values()),
            wire.example(*(p for key in parts for p in (other[key], other[key], parts[key]))),
            wire.example(wire.entry("timestamp_s", wire.bytes_list(b"another kind")), *parts.values()),
            wire.example(other["filename"], other["embedding"]) + wire.example(*parts.values()),  # messages merge
        ],
    )
    halves = list(parts.values())
    add(
        "loose-wire",
        [
            wire.example(*halves[:2]) + wire.example(*halves[2:]),
            wire.example(*entries(proto(x), x.shape, timestamp=4.5, packed=False).values()),  # unpacked lists
            wire.number(7, 5) + wire.example(*halves) + wire.chunk(1000, b"?"),  # fields that Example does not have
            wire.chunk(1, b"".join(halves), pad=2),  # a length in more bytes than it needs
            # Value before key.
            wire.example(
                *halves[1:], wire.chunk(1, wire.chunk(2, wire.float_list(8.0)) + wire.chunk(1, b"timestamp_s"))
            ),
            # A field that Feature does not have, after the one it has.
            wire.example(*halves[1:], wire.entry("timestamp_s", wire.float_list(9.0) + wire.chunk(9, b"?"))),
            # An int64_list whose numbers take more bytes than they need.
            wire.example(
                *halves[:3],
                wire.entry("embedding_shape", wire.chunk(3, wire.chunk(1, b"".join(wire.varint(d, 2) for d in x.shape)))),
            ),
        ],
    )

    # Names.
    small = noise(2, 1, 1280)

    def named(name, filenames):
        add(name, [record(small, f, 0.0) for f in filenames])

    date = "site_0001/20200229T235959+0930_"
    named(
        "site-names",
        [
            f"{date}{site}-Wet-A_1.flac"
            for site in (
                "B\u00e4renfels", "\u9ce5\u985e", "\u041f\u0442\u0438\u0446\u0430", "\U0001d538\U0001d7d8", "a_b", "_", "-", "",
                "--", "x-Wet-A_1-y", "\u00b2\u00bd\u216b", "\u0e01-\u0e02", "Z", "0", "Dry-A", "Wet-Wet-Wet",
            )
        ],
    )
    named(
        "zones-and-dates",
        [
            f"site_9999/{stamp}_X-Dry-B_007.flac"
            for stamp in (
                "20200101T000000Z", "20200101T000000+0000", "20201231T235959+2359", "20200101T120000+0930",
                "20200101T120000+1245", "20200229T000000+0545", "19000228T010203+0100", "19691231T235959Z",
                "19700101T000000+1030", "00010101T000000Z", "00010101T000000+1400", "99991231T235959Z",
                "20380119T031408Z", "20201004T020000+1000",
            )
        ],
    )
    named(
        "ids",
        [
            f"{date}X-Wet-B_{tail}"
            for tail in (
                "0.flac", "000123.flac", "9007199254740993.flac", "18446744073709551616.flac", "1" * 60 + ".flac",
                "12xflac", "123flac", "12\x00flac", "12\u20acflac", "\u0663\u0664.flac", "1.flac.wav", "1.flac.flac",
            )
        ],
    )
    named(
        "escapes",
        [
            *(f"{chr(c)}{date}X-Wet-B_1.flac{chr(c)}" for c in [*range(0x20), 0x22, 0x2F, 0x5C, 0x7F, 0x80, 0xA0]),
            *(f"{s}/{date}\u00e9-Wet-B_1.flac?{s}" for s in ("\u2028\u2029", "\ufeff", "\U0001f426", "\uffff", "<&'>")),
        ],
    )
    named("runs-of-one-name", [n for n in names for _ in range(7)] + names)

    # Values.
    bits = np.concatenate(
        [
            np.uint32([0, 1 << 31, 1, 0x80000001, 0x7FFFFF, 0x807FFFFF, 0x800000, 0x7F7FFFFF, 0xFF7FFFFF]),
            np.uint32([0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00000, 0x7FC12345, 0x7F800001, 0xFFBFFFFF, 0xFFFFFFFF]),
            rng.integers(0, 1 << 32, 6 * 1280 - 17, dtype=np.uint32),
        ]
    )
    every = bits.view(np.float32).reshape(6, 1, 1280)
    forms(
        "every-bit-pattern",
        [
            (proto(every), every.shape),
            (wire.tensor(every.shape, "float32", wire.values(every, "float32")), every.shape),
            (wire.tensor(every.shape, "float32", wire.values(every, "float32", False)), every.shape),
        ],
    )

    # Seconds. The notebook adds in float32: see README.md.
    twelve = noise(12, 1, 1280)

    def timed(name, seconds):
        add(name, [record(twelve, timestamp=s) for s in seconds])

    timed("seconds", [0.0, 60.0, 6480.0, 86399.0, *(0.1 * k for k in range(1, 20)), 59.96, 0.96, 0.99999994, 1e-45])
    timed("seconds-rounding", [4.9999995, 9.999999, 54.999996, 59.999996, 0.49999997, 1023.99994, 65535.996])
    timed("seconds-negative", [-0.0, -0.5, -1.0, -3.7, -5.0, -59.96, -60.0])
    timed("seconds-beyond-24-bits", [16777211.0, 16777215.0, 16777216.0, 16777218.0, 33554430.0, 33554436.0, 1e9])
    timed("seconds-astronomic", [1e10, 2.0**53, 1e16, 1e20, 1e30, 3.4028235e38, -1e30])


def with_edges(dtype):
    """Every bit pattern of the 16-bit types; of double, what rounding to float32 can go wrong on. No signalling NaN:
    whether a conversion quiets them depends on the processor."""
    if dtype in ("float16", "bfloat16"):
        bits = np.arange(65536, dtype=np.uint16)
        quiet = 0x200 if dtype == "float16" else 0x40
        exponent = 0x7C00 if dtype == "float16" else 0x7F80
        nan = (bits & exponent == exponent) & (bits & ~np.uint16(0x8000 | exponent) != 0)
        bits[nan] |= quiet
        return bits.view(NUMPY[dtype]).reshape(64, 1, 1024)
    single = rng.integers(0, 1 << 32, 40000, dtype=np.uint32)
    single[(single & 0x7F800000 == 0x7F800000) & (single & 0x7FFFFF != 0)] |= 0x400000
    # Neighbours of every half of the exponents of float16, where float32 -> float16 rounds.
    ties = np.arange(0x33000000, 0x47900000, 0x1000, dtype=np.uint32)
    near = np.concatenate([ties, ties - 1, ties + 1])
    single = np.concatenate([single, near, near | 0x80000000])
    if dtype == "float32":
        return square(single.view(np.float32))
    base = single[: 1 << 15].view(np.float32).astype(np.float64)
    half_step = np.ldexp(np.abs(base), -24)
    edges = np.float64([0.0, -0.0, 5e-324, -5e-324, 1e-310, 2.0**-149, 2.0**-150, np.nextafter(2.0**-150, 1), 3.5e38])
    tops = np.float64([3.4028234663852886e38, 3.4028235677973366e38, np.nextafter(3.4028235677973366e38, 0), 1e308])
    special = np.float64([np.inf, -np.inf, np.nan, -np.nan])
    payload = np.uint64([0x7FF8000020000000, 0xFFF8123440000000, 0x7FF8000000000001]).view(np.float64)
    every = rng.integers(0, 1 << 64, 8000, dtype=np.uint64)
    every[(every & 0x7FF0000000000000 == 0x7FF0000000000000)] &= 0x800FFFFFFFFFFFFF
    with np.errstate(all="ignore"):
        parts = [base + half_step, base - half_step, np.nextafter(base + half_step, 0), np.nextafter(base + half_step, 1e309)]
    parts = [p[np.isfinite(p)] for p in parts]
    return square(np.concatenate([edges, -edges, tops, -tops, special, payload, every.view(np.float64), *parts]))


def square(flat):
    return flat[: flat.size // 1024 * 1024].reshape(-1, 1, 1024)


def type_sets():
    widths = {"float32": 1280, "float16": 1280, "bfloat16": 1536, "float64": 1024}
    for dtype, width in widths.items():
        for group, channels in (("one", 1), ("five", 5)):
            arrays = [noise(w, channels, width, dtype=dtype) for w in (1, 12, 5)]
            seconds = (59.96, 4.9999995, 16777216.0)
            facts = {"dtype": dtype, "width": width}

            def add(form, tensors, group=group, seconds=seconds, facts=facts, dtype=dtype):
                write(
                    group,
                    f"{dtype}-{form}",
                    [example_of(t, d, timestamp=s) for (t, d), s in zip(tensors, itertools.cycle(seconds))],
                    **facts,
                )

            add("tensor_content", [(tf.io.serialize_tensor(tf.constant(a)).numpy(), a.shape) for a in arrays])
            add("values", [(wire.tensor(a.shape, dtype, wire.values(a, dtype)), a.shape) for a in arrays])
            add("values-unpacked", [(wire.tensor(a.shape, dtype, wire.values(a, dtype, False)), a.shape) for a in arrays])
            dims = (3, channels, width)
            few = noise(3, dtype=dtype)
            add(
                "splat",
                [
                    (tf.make_tensor_proto(0.3, tf.as_dtype(dtype), dims).SerializeToString(), dims),
                    (wire.tensor(dims, dtype, wire.values(few, dtype)), dims),
                    (wire.tensor(dims, dtype, wire.values(few, dtype, False)), dims),
                    (wire.tensor(dims, dtype, b""), dims),
                ],
            )
        edges = with_edges(dtype)
        write(
            "one",
            f"{dtype}-edges",
            [example_of(proto(edges, dtype), edges.shape), example_of(wire.tensor(edges.shape, dtype, wire.values(edges, dtype)), edges.shape)],
            dtype=dtype,
            width=1024,
        )


def members():
    """gzip as `cat a.gz b.gz` makes it, cut anywhere, and with an empty member: one stream to every reader."""
    name = "a2o_sample_embeddings-00000-of-00374"
    with open(os.path.join(OUT, "notebook", "none", name), "rb") as f:
        plain = f.read()
    folder = os.path.join(OUT, "members", "gzip")
    os.makedirs(folder)
    cuts = [0, 0, 5, 12, 70000, 70000, 123457, len(plain)]
    with open(os.path.join(folder, name), "wb") as f:
        for start, end in itertools.pairwise(cuts):
            f.write(gzip.compress(plain[start:end], mtime=0))


def refused():
    """The notebook dies of each of these; `code` is how extract must name the reason under a2o-strict names."""
    x = noise(2, 1, 1280)
    good = entries(proto(x), x.shape)

    def add(name, raw, code="BAD_SCHEMA"):
        write("refused", name, [raw], code=code)

    def without(key, *more):
        return wire.example(*(v for k, v in good.items() if k != key), *more)

    for key in ("timestamp_s", "filename", "embedding"):
        add(f"no-{key}", without(key))
    add("empty-record", b"")
    add("not-an-example", b"\x0a\xff\xff\xff\xff\x0f" + b"x" * 40)
    add("cut-example", wire.example(*good.values())[:-3])
    add("timestamp-int64", without("timestamp_s", wire.entry("timestamp_s", wire.int64_list(5))))
    add("timestamp-nan", without("timestamp_s", wire.entry("timestamp_s", wire.float_list(np.nan))))
    add("timestamp-infinite", without("timestamp_s", wire.entry("timestamp_s", wire.float_list(np.inf))))
    add("timestamps-two", without("timestamp_s", wire.entry("timestamp_s", wire.float_list(1, 2))))
    add("timestamps-none", without("timestamp_s", wire.entry("timestamp_s", wire.float_list())))
    add("filenames-two", without("filename", wire.entry("filename", wire.bytes_list(NAME.encode(), NAME.encode()))))
    add("filename-not-utf8", without("filename", wire.entry("filename", wire.bytes_list(b"\xff" + NAME.encode()))), "NAME_MISMATCH")
    add("filename-other", without("filename", wire.entry("filename", wire.bytes_list(b"20200101T000000Z_x.wav"))), "NAME_MISMATCH")

    def tensor(name, raw):
        add(name, without("embedding", wire.entry("embedding", wire.bytes_list(raw))))

    kind, sizes, body = wire.number(1, 1), wire.shape(x.shape), wire.content(x)
    tensor("tensor-empty", b"")
    tensor("tensor-cut", proto(x)[:-1])
    tensor("tensor-no-dtype", sizes + body)
    tensor("tensor-string", wire.number(1, 7) + sizes + body)
    tensor("tensor-int32", wire.number(1, 3) + sizes + body)
    tensor("tensor-content-short", kind + sizes + wire.chunk(4, x.tobytes()[:-4]))
    tensor("tensor-content-long", kind + sizes + wire.chunk(4, x.tobytes() + b"\0\0\0\0"))
    tensor("tensor-negative-size", kind + wire.shape((-2, 1, 1280)) + body)
    tensor("tensor-size-overflow", kind + wire.shape((1 << 40, 1 << 40, 1 << 40)) + body)
    tensor("tensor-scalar", kind + wire.chunk(4, b"\0\0\0\0"))


if __name__ == "__main__":
    OUT = sys.argv[1]
    notebook_set()
    type_sets()
    members()
    refused()
    with open(os.path.join(OUT, "manifest.json"), "w") as f:
        json.dump(manifest, f, indent=1)
    print(f"{sum(len(files) for files in manifest.values())} cases")
