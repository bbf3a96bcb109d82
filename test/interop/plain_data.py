"""Plain data of Python, described in JSON so that both sides can say what a value is, and made at random from a seed.

A description is a list: a tag, then what makes the value. Objects that Python would make anew are made anew here, and keys are interned, as
those of a program are: what pickle names a second time is a matter of identity.
"""

import random
import re
import struct
import sys

import numpy as np


def build(it):
    tag, *rest = it
    if tag == 'none':
        return None
    if tag == 'bool':
        return rest[0]
    if tag == 'int':
        return int(rest[0])
    if tag == 'float':
        return struct.unpack('>d', bytes.fromhex(rest[0]))[0]
    if tag == 'str':
        return bytes.fromhex(rest[0]).decode('utf-8', 'surrogatepass')
    if tag == 'bytes':
        return bytes.fromhex(rest[0])
    if tag == 'bytearray':
        return bytearray.fromhex(rest[0])
    if tag == 'complex':
        return complex(build(['float', rest[0]]), build(['float', rest[1]]))
    if tag == 'list':
        return [build(item) for item in rest[0]]
    if tag == 'tuple':
        return tuple([build(item) for item in rest[0]])
    if tag == 'set':
        return set([build(item) for item in rest[0]])
    if tag == 'frozenset':
        return frozenset([build(item) for item in rest[0]])
    if tag == 'dict':
        return {key(k): build(v) for k, v in rest[0]}
    if tag == 'dtype':
        return np.dtype(rest[0])
    if tag == 'array':
        descr, shape, data, order = rest
        values = np.frombuffer(bytes.fromhex(data), dtype=descr.replace('>', '<')).reshape(shape)
        return np.array(values, dtype=descr, order=order)
    if tag == 'scalar':
        return np.frombuffer(bytes.fromhex(rest[1]), dtype=rest[0])[0]
    raise ValueError(tag)


def key(it):
    value = build(it)
    return sys.intern(value) if type(value) is str else value


def describe(value):
    kind = type(value)
    if value is None:
        return ['none']
    if kind is bool:
        return ['bool', value]
    if kind is int:
        return ['int', str(value)]
    if kind is float:
        return ['float', struct.pack('>d', value).hex()]
    if kind is str:
        return ['str', value.encode('utf-8', 'surrogatepass').hex()]
    if kind is bytes or kind is bytearray:
        return [kind.__name__, value.hex()]
    if kind is complex:
        return ['complex', describe(value.real)[1], describe(value.imag)[1]]
    if kind is list or kind is tuple:
        return [kind.__name__, [describe(item) for item in value]]
    if kind is set or kind is frozenset:
        return [kind.__name__, sorted(describe(item) for item in value)]
    if kind is dict:
        return ['dict', [[describe(k), describe(v)] for k, v in value.items()]]
    if isinstance(value, np.dtype):
        return ['dtype', value.str]
    if kind is np.ndarray:
        return ['array', value.dtype.str, list(value.shape), little(value), 'C']
    if isinstance(value, np.generic):
        return ['scalar', value.dtype.str, little(np.asarray(value))]
    raise ValueError(kind)


def little(array):
    return array.astype(array.dtype.newbyteorder('<')).tobytes('C').hex()


TYPES = ['|b1', '|i1', '<i2', '<i4', '<i8', '|u1', '<u2', '<u4', '<u8', '<f2', '<f4', '<f8', '<c8', '<c16', '<U3', '|S4']
CHARACTERS = 'aZ09 _\x00\x7f\xe9\xff\u0100\u20ac\ud800\udfff\U0001f426'


class Random:
    """`exact`: nothing whose order or identity only Python knows, so that its pickle can be expected byte for byte."""

    def __init__(self, seed, arrays=True, exact=False):
        self.random = random.Random(seed)
        self.arrays = arrays
        self.exact = exact

    def text(self):
        length = self.random.choice([0, 1, 2, 3, 8, 40, 255, 256, 300])
        text = ''.join(self.random.choice(CHARACTERS) for _ in range(length))
        # What JavaScript cannot hold apart: a high surrogate before a low one.
        return re.sub('\ud800+\udfff', '\udfff', text)

    def hex(self):
        return self.random.randbytes(self.random.choice([0, 1, 2, 7, 255, 256])).hex()

    def int(self):
        bits = self.random.choice([1, 8, 9, 16, 17, 31, 32, 33, 53, 54, 63, 64, 65, 200, 2041, 3000])
        value = self.random.getrandbits(bits) * self.random.choice([1, -1])
        return value + self.random.choice([-1, 0, 1])

    def float(self):
        special = [0.0, -0.0, 1.0, float('inf'), float('-inf'), 1e300, 5e-324, 2.0**53]
        value = self.random.choice(special + [self.random.gauss(0, 1000), float(self.random.getrandbits(20))])
        return struct.pack('>d', value).hex()

    def scalar(self):
        return self.random.choice(
            [
                lambda: ['none'],
                lambda: ['bool', self.random.random() < 0.5],
                lambda: ['int', str(self.int())],
                lambda: ['float', self.float()],
                lambda: ['str', self.text().encode('utf-8', 'surrogatepass').hex()],
                lambda: ['bytes', self.hex()],
                lambda: ['complex', self.float(), self.float()],
            ]
        )()

    def array(self):
        descr = self.random.choice(TYPES)
        shape = [self.random.choice([0, 1, 2, 3, 5]) for _ in range(self.random.choice([0, 1, 1, 2, 3]))]
        count = int(np.prod(shape)) if shape else 1
        if descr[1] == 'U':
            data = ''.join(''.join(self.random.choice('ab\u20ac\U0001f426') for _ in range(3)) for _ in range(count)).encode('utf-32-le')
        elif descr[1] == 'b':
            data = bytes(self.random.choice([0, 1]) for _ in range(count))
        elif descr[1] == 'f':
            data = np.array([self.random.gauss(0, 100) for _ in range(count)]).astype(descr).tobytes()
        else:
            data = self.random.randbytes(np.dtype(descr).itemsize * count).replace(b'\xff', b'\x01').replace(b'\x7f', b'\x01')
        return descr, shape, data.hex()

    def value(self, depth=0):
        choice = self.random.random()
        if depth > 3 or choice < 0.4:
            return self.scalar()
        if choice < 0.5 and self.arrays:
            descr, shape, data = self.array()
            if self.random.random() < 0.2 and not descr.endswith(('S4', 'U3')):
                return ['scalar', descr, data[: 2 * np.dtype(descr).itemsize] or '00' * np.dtype(descr).itemsize]
            if self.exact:
                return ['array', descr, shape, data, 'C']
            foreign = descr.replace('<', self.random.choice('<>'))
            return ['array', foreign, shape, data, self.random.choice('CF')]
        if choice < 0.55:
            return ['bytearray', self.hex()]
        items = range(self.random.choice([0, 1, 2, 3, 4, 7]))
        if choice < 0.67:
            return ['list', [self.value(depth + 1) for _ in items]]
        if choice < 0.79:
            return ['tuple', [self.value(depth + 1) for _ in items]]
        if choice < 0.9 or self.exact:
            return ['dict', [[self.key(i), self.value(depth + 1)] for i in items]]
        return [self.random.choice(['set', 'frozenset']), [self.key(i) for i in items]]

    def key(self, i):
        """Never equal to another of one container."""
        if self.random.random() < 0.7:
            name = self.random.choice(['audio', 'text', 'shape', '__proto__', 'constructor', '\u20ac']) + str(i)
            return ['str', name.encode().hex()]
        return self.random.choice(
            [
                ['int', str(1000 + i)],
                ['float', struct.pack('>d', i + 0.5).hex()],
                ['bytes', bytes([i, 1]).hex()],
                ['tuple', [['int', str(i)], ['str', '61']]],
            ]
        )
