"""Makes cases.json.gz: what Python's msgpack and msgpack-numpy make of plain data, and what they read of it. README.md tells how to run it.

    python make_msgpack.py cases.json.gz
"""

import base64
import gzip
import json
import sys
from pathlib import Path

import msgpack
import msgpack_numpy

sys.path[:0] = [str(Path(__file__).parents[1] / 'pickle'), str(Path(__file__).parents[2] / 'interop')]
from make_pickles import integer, numpy_cases, plain_cases, real, text  # noqa: E402
from plain_data import build, describe  # noqa: E402

EDGES = [0, 1, 31, 32, 33, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53 - 1, 2**53, 2**63 - 1]


def more_cases():
    yield 'ints of 64 bits', ['list', [integer(s * e) for e in EDGES for s in (1, -1)] + [integer(2**64 - 1), integer(-(2**63))]]
    yield 'an int of 65 bits', integer(2**64)
    yield 'a negative int of 65 bits', integer(-(2**63) - 1)
    for count in (15, 16, 31, 32, 255, 256, 65535, 65536):
        yield f'a text of {count}', text('x' * count)
        yield f'bytes of {count}', ['bytes', '61' * count]
        yield f'a list of {count}', ['list', [['none']] * count]
        if count < 1000:
            yield f'a dict of {count}', ['dict', [[integer(i), ['none']] for i in range(count)]]
    for one in (0.0, -0.0, 1, 1.5, -2.5, 1e16, 1e-7, 'inf', '-inf', 'nan'):
        for two in (0.0, -0.0, 3, -1e300, 'inf', 'nan'):
            yield f'complex {one} {two}', ['complex', real(one)[1], real(two)[1]]


def holds(description, wanted):
    return wanted(description) or any(isinstance(part, list) and holds(part, wanted) for part in description)


def main(out):
    cases = []
    for name, description in [*plain_cases(), *numpy_cases(), *more_cases()]:
        made = build(description)
        # Its own texts say what the others mean.
        try:
            packed = msgpack.packb(made, default=msgpack_numpy.encode)
        except (TypeError, ValueError, OverflowError, UnicodeEncodeError) as error:
            cases.append({'name': name, 'made': description, 'refused': type(error).__name__})
            continue
        if len(packed) > 70000:
            continue
        try:
            value = describe(msgpack.unpackb(packed, object_hook=msgpack_numpy.decode, strict_map_key=False))
        except (TypeError, ValueError):
            # Keys that became lists.
            cases.append({'name': name, 'made': description, 'refused': 'unpackb'})
            continue
        case = {'name': name, 'made': description, 'value': value, 'bytes': base64.b64encode(packed).decode()}
        # numpy.float64 is a float to msgpack; other memory is read, but we write little-endian.
        foreign = lambda it: it[0] == 'scalar' and it[1] == '<f8' or it[0] == 'array' and (it[1][0] == '>')  # noqa: E731
        if not holds(description, lambda it: bool(it) and it[0] in ('scalar', 'array') and foreign(it)):
            case['exact'] = True
        cases.append(case)
    lines = '[\n' + ',\n'.join(json.dumps(case, separators=(',', ':')) for case in cases) + '\n]\n'
    Path(out).write_bytes(gzip.compress(lines.encode(), mtime=0))


if __name__ == '__main__':
    main(*sys.argv[1:])
