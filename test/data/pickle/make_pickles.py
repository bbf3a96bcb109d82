"""Makes plain.json.gz, numpy-1.json.gz and numpy-2.json.gz: what Python's own pickle (and msgpack) says of plain data. README.md tells how to run it.

    python make_pickles.py plain|numpy OUT.json.gz
"""

import base64
import gzip
import json
import pickle
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / 'interop'))
from plain_data import Random, build, describe  # noqa: E402


def text(value):
    return ['str', value.encode('utf-8', 'surrogatepass').hex()]


def integer(value):
    return ['int', str(value)]


def real(value):
    return describe(float(value))


def plain_cases():
    yield 'none', ['none']
    yield 'booleans', ['list', [['bool', True], ['bool', False]]]
    edges = [0, 1, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**32, 2**53 - 1, 2**53, 2**63, 2**64, 2**2039, 2**2040, 2**4000]
    yield 'ints', ['list', [integer(s * (e + d)) for e in edges for s in (1, -1) for d in (-1, 0, 1)]]
    yield 'floats', ['list', [real(v) for v in (0, -0.0, 1, 1.5, 1e300, 5e-324, 2.0**53, 'inf', '-inf', 'nan')]]
    yield 'texts', ['list', [text(v) for v in ('', 'a', '\xff', '\u0100', 'a' * 255, 'a' * 256, '\u20ac\U0001f426', 'x\x00y', 'abc', 'abc', '', 'a')]]
    yield 'lone surrogates', ['list', [text(v) for v in ('\ud800', '\udfff\ud800', 'a\udc80b', '\ud83d \ude00')]]
    yield 'bytes', ['list', [['bytes', v.hex()] for v in (b'', b'a', b'a', b'ab', b'ab', bytes(255), bytes(256))]]
    yield 'bytearrays', ['list', [['bytearray', v.hex()] for v in (b'', b'a', b'abc', bytes(300))]]
    yield 'complex', ['list', [['complex', real(1)[1], real(-0.0)[1]]] * 2]
    yield 'tuples', ['list', [['tuple', [integer(i) for i in range(n)]] for n in range(6)]]
    yield 'nested', ['list', [['list', []], ['list', [['list', []]]], ['dict', []], ['dict', [[text('a'), ['dict', [[text('b'), ['none']]]]]]]]]
    yield 'keys twice', ['list', [['dict', [[text('label'), text('label')], [text('other'), text('label')]]]] * 3]
    yield 'keys of all kinds', ['dict', [[integer(1), text('a')], [real(1.5), text('b')], [['bytes', '00'], text('c')], [['none'], text('d')], [['tuple', [integer(1), text('k')]], text('e')], [['frozenset', []], text('f')]]]
    yield 'keys of Object.prototype', ['dict', [[text(k), integer(i)] for i, k in enumerate(['__proto__', 'constructor', 'toString', '10', '2'])]]
    yield 'sets', ['list', [['set', []], ['set', [integer(5)]], ['frozenset', []], ['frozenset', [text('abc')]], ['set', [['frozenset', [integer(1)]]]]]]
    for count in (1, 2, 999, 1000, 1001, 2000):
        yield f'{count} items', ['list', [['list', [integer(i % 256) for i in range(count)]]]]
        yield f'{count} entries', ['list', [['dict', [[integer(i), ['none']] for i in range(count)]]]]
    yield 'memo beyond 255', ['list', [['list', [['list', []] for _ in range(300)]], ['dict', [[text('late'), text('')]]], ['dict', [[text('late'), text('')]]], ['list', [['bytes', '']]]]]
    for count in (65520, 65535, 65536, 70000):
        yield f'frames of {count}', ['list', [['bytes', 'ab' * count], text('after'), ['bytes', ''], integer(7)]]
    yield 'frames of texts', ['list', [text('t' * 3000) for _ in range(45)]]
    yield 'a large text', ['list', [text('\u20ac' * 22000), integer(1)]]
    yield 'a sample', ['dict', [[text('audio'), ['bytes', '3e000000' * 1600]], [text('sample_rate'), integer(16000)], [text('text'), text('a bird')], [text('converter'), text('file')], [text('label'), integer(0)], [text('start_s'), real(0)], [text('shard_id'), integer(0)], [text('shard_position'), integer(1)], [text('shape'), ['tuple', [integer(1600)]]], [text('dtype'), text('float32')], [text('duration'), real(1)]]]
    for seed in range(16):
        yield f'random {seed}', Random(seed, arrays=False).value()
    for seed in range(16):
        yield f'exact {seed}', Random(1000 + seed, arrays=False, exact=True).value()


def numpy_cases():
    from plain_data import TYPES

    import numpy as np

    for descr in TYPES:
        size = np.dtype(descr).itemsize
        data = (bytes(range(1, 7 * size)) * 2)[: 6 * size]
        if descr[1] == 'U':
            data = 'abcde\u20ac\U0001f426ghijklmno\x00\x00'.encode('utf-32-le')
        if descr[1] == 'b':
            data = bytes([1, 0, 1, 1, 0, 0])
        hexes = data.hex()
        yield f'{descr}', ['list', [['array', descr, [6], hexes, 'C'], ['array', descr, [2, 3], hexes, 'C'], ['array', descr, [], hexes[: 2 * size], 'C'], ['array', descr, [3, 0], '', 'C']]]
        yield f'{descr} in other orders', ['list', [['array', descr, [2, 3], hexes, 'F'], ['array', descr.replace('<', '>'), [6], hexes, 'C'], ['array', descr.replace('<', '>'), [3, 2], hexes, 'F'], ['array', descr, [1, 2, 3], hexes, 'F']]]
        if descr[1] not in 'US':
            yield f'{descr} scalars', ['list', [['scalar', descr, hexes[: 2 * size]], ['scalar', descr, hexes[2 * size : 4 * size]]]]
        yield f'{descr} dtype', ['list', [['dtype', descr]]]
    yield 'a sample', ['dict', [[text('numpy'), text('numpy')], [text('dtype'), text('float32')], [text('audio'), ['array', '<f4', [2, 400], '3e000000' * 800, 'C']], [text('mel'), ['array', '<f4', [1], '00000000', 'C']], [text('ids'), ['array', '<i8', [1], '0100000000000000', 'C']], [text('duration'), ['scalar', '<f8', '000000000000f03f']], [text('flag'), ['array', '|b1', [1], '01', 'C']]]]
    for seed in range(16):
        yield f'random {seed}', Random(2000 + seed).value()
    for seed in range(16):
        yield f'exact {seed}', Random(3000 + seed, exact=True).value()


def pickles(value):
    """By protocol. Large ones once: in protocol 4, which we write."""
    chosen = {str(protocol): pickle.dumps(value, protocol=protocol) for protocol in (2, 3, 4, 5)}
    if len(chosen['4']) > 20000:
        chosen = {'4': chosen['4']}
    return {protocol: base64.b64encode(data).decode() for protocol, data in chosen.items()}


def main(kind, out):
    cases = []
    for name, description in plain_cases() if kind == 'plain' else numpy_cases():
        value = build(description)
        cases.append({'name': name, 'value': describe(value), 'made': description, 'pickles': pickles(value)})
    if kind == 'numpy':
        import numpy as np

        # An array whose axes lie in memory in another order than either of C and Fortran.
        value = np.transpose(np.arange(24, dtype='<i2').reshape(2, 3, 4), (1, 0, 2))
        cases.append({'name': 'permuted axes', 'value': describe(value), 'pickles': pickles(value)})
        value = np.arange(20, dtype='<f4')[::2]
        cases.append({'name': 'steps in memory', 'value': describe(value), 'pickles': pickles(value)})
    for case in cases:
        if case.get('made') == case['value']:
            del case['made']
    lines = '[\n' + ',\n'.join(json.dumps(case, separators=(',', ':')) for case in cases) + '\n]\n'
    Path(out).write_bytes(gzip.compress(lines.encode(), mtime=0))


if __name__ == '__main__':
    main(*sys.argv[1:])
