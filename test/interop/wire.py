"""Protocol buffer wire format by hand, for the encodings that no library writes but TensorFlow reads."""

import numpy as np

# TensorProto.dtype, and the repeated field that holds the values of that type.
DT = {"float32": 1, "float64": 2, "bfloat16": 14, "float16": 19}
VALUES = {"float32": 5, "float64": 6, "bfloat16": 13, "float16": 13}


def varint(n, pad=0):
    """`pad` adds that many bytes that say nothing, which every reader must accept (up to ten in all)."""
    n &= (1 << 64) - 1
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    if pad:
        return bytes(out) + bytes([n | 128]) + b"\x80" * (pad - 1) + b"\0"
    return bytes(out) + bytes([n])


def chunk(field, payload, pad=0):
    """A length-delimited field: bytes, a message, or a packed list."""
    return varint(field << 3 | 2) + varint(len(payload), pad) + payload


def number(field, n):
    return varint(field << 3) + varint(n)


def bytes_list(*values):
    return chunk(1, b"".join(chunk(1, v) for v in values))


def float_list(*values, packed=True):
    if packed:
        return chunk(2, chunk(1, np.array(values, "<f4").tobytes()))
    return chunk(2, b"".join(b"\x0d" + np.float32(v).tobytes() for v in values))


def int64_list(*values, packed=True):
    if packed:
        return chunk(3, chunk(1, b"".join(varint(v) for v in values)))
    return chunk(3, b"".join(number(1, v) for v in values))


def entry(key, feature):
    """One entry of the map Features.feature."""
    return chunk(1, chunk(1, key.encode()) + chunk(2, feature))


def example(*entries):
    return chunk(1, b"".join(entries))


def shape(dims, names=False):
    sizes = (number(1, d) + (chunk(2, b"axis") if names else b"") for d in dims)
    return chunk(2, b"".join(chunk(2, s) for s in sizes))


def patterns(array, dtype):
    """The bit patterns of a float16 or bfloat16 array as half_val wants them: one integer a value."""
    return np.ascontiguousarray(array).view("<u2").ravel().tolist()


def values(array, dtype, packed=True):
    """The array in float_val, double_val or half_val."""
    field = VALUES[dtype]
    if dtype in ("float16", "bfloat16"):
        numbers = patterns(array, dtype)
        if packed:
            return chunk(field, b"".join(varint(n) for n in numbers))
        return b"".join(number(field, n) for n in numbers)
    raw = np.ascontiguousarray(array)
    if packed:
        return chunk(field, raw.tobytes())
    wire_type = 5 if dtype == "float32" else 1
    return b"".join(varint(field << 3 | wire_type) + v.tobytes() for v in raw.ravel())


def tensor(dims, dtype, body, **how):
    return number(1, DT[dtype]) + shape(dims, **how) + body


def content(array):
    return chunk(4, np.ascontiguousarray(array).tobytes())
