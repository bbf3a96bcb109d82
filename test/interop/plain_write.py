"""Random plain data, pickled in protocols 2 to 5 and packed: plain_write.py SEEDS OUT.jsonl"""

import json
import pickle
import sys

from plain_data import Random, build, describe


def packed(value):
    try:
        import msgpack
        import msgpack_numpy

        data = msgpack.packb(value, default=msgpack_numpy.encode)
        read = describe(msgpack.unpackb(data, object_hook=msgpack_numpy.decode, strict_map_key=False))
    except (ImportError, TypeError, ValueError, OverflowError):
        return None
    return {'bytes': data.hex(), 'value': read}


def main(seeds, out):
    with open(out, 'w') as lines:
        for seed in range(int(seeds)):
            exact = seed % 2 == 0
            made = Random(seed, arrays=seed % 4 != 0, exact=exact).value()
            value = build(made)
            pickles = {str(protocol): pickle.dumps(value, protocol=protocol).hex() for protocol in (2, 3, 4, 5)}
            case = {'seed': seed, 'exact': exact, 'made': made, 'value': describe(value), 'pickles': pickles}
            lines.write(json.dumps({**case, 'packed': packed(value)}) + '\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
