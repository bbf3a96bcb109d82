"""Makes refused.json: pickles that run code when Python loads them, or hold more than plain data. None is loaded here.

    python make_refused.py refused.json          # NumPy 1.26.4, which still pickles matrices
"""

import base64
import collections
import datetime
import decimal
import functools
import json
import operator
import os
import pathlib
import pickle
import subprocess
import sys
import types
import uuid
from _compat_pickle import REVERSE_IMPORT_MAPPING, REVERSE_NAME_MAPPING
from pathlib import Path

import numpy as np


class Calls:
    def __init__(self, function, *args):
        self.call = (function, args)

    def __reduce__(self):
        return self.call


class Plain:
    def __init__(self):
        self.name = 'a'




def recursive_list():
    it = []
    it.append(it)
    return it


def recursive_dict():
    it = {}
    it['self'] = [it]
    return it


def recursive_tuple():
    it = ([],)
    it[0].append(it)
    return it


def of_python2(name):
    """Protocol 2 writes the names that Python 2 had."""
    module, _, attribute = name.rpartition('.')
    if (module, attribute) in REVERSE_NAME_MAPPING:
        return '.'.join(REVERSE_NAME_MAPPING[module, attribute])
    return f'{REVERSE_IMPORT_MAPPING[module]}.{attribute}' if module in REVERSE_IMPORT_MAPPING else name


def made():
    """Name, pickle, what the message must say."""
    calls = [
        ('os.system', Calls(os.system, 'touch /tmp/pwned'), f'{os.name}.system'),
        ('eval', Calls(eval, '__import__("os").system("id")'), 'builtins.eval'),
        ('exec', Calls(exec, 'import os'), 'builtins.exec'),
        ('compile', Calls(compile, '1', 'a', 'eval'), 'builtins.compile'),
        ('getattr', Calls(getattr, 'a', 'join'), 'builtins.getattr'),
        ('__import__', Calls(__import__, 'os'), 'builtins.__import__'),
        ('open', Calls(open, '/etc/passwd'), 'io.open'),
        ('subprocess.Popen', Calls(subprocess.Popen, 'id'), 'subprocess.Popen'),
        ('operator.attrgetter', Calls(operator.attrgetter, 'a'), 'operator.attrgetter'),
        ('functools.partial', functools.partial(print, 'a'), 'functools.partial'),
        ('types.SimpleNamespace', types.SimpleNamespace(a=1), 'types.SimpleNamespace'),
        ('numpy.load', Calls(np.load, 'a'), 'numpy.load'),
        ('numpy.fromfile', Calls(np.fromfile, '/etc/passwd'), 'numpy'),
        ('a class', int, 'builtins.int'),
        ('bytes of a list', Calls(bytes, 10**12), 'bytes'),
        ('bytearray of a size', Calls(bytearray, 10**12), 'bytearray'),
        ('a range', range(3), 'builtins.range'),
        ('a slice', slice(1, 2), 'builtins.slice'),
        ('an object', Plain(), 'Plain'),
        ('Counter', collections.Counter('aab'), 'collections.Counter'),
        ('OrderedDict', collections.OrderedDict(a=1), 'collections.OrderedDict'),
        ('defaultdict', collections.defaultdict(list), 'collections.defaultdict'),
        ('datetime', datetime.datetime(2020, 1, 1), 'datetime.datetime'),
        ('Decimal', decimal.Decimal('1.5'), 'decimal.Decimal'),
        ('UUID', uuid.UUID(int=1), 'uuid.UUID'),
        ('Path', pathlib.PurePosixPath('a'), 'pathlib.PurePosixPath'),
        ('an array of objects', np.array([{}, None], dtype=object), 'Python objects'),
        ('an array of records', np.zeros(2, dtype=[('a', '<f4')]), 'no plain type'),
        ('an array of dates', np.zeros(2, dtype='M8[s]'), 'no plain type'),
        ('an array of voids', np.zeros(2, dtype='V5'), 'structured'),
        ('a matrix', np.matrix([[1]]), 'numpy.matrix'),
        ('a masked array', np.ma.masked_array([1]), 'numpy.ma.core'),
        ('numpy.ufunc', np.add, 'numpy'),
        ('a list in itself', recursive_list(), 'holds itself'),
        ('a dict in itself', recursive_dict(), 'holds itself'),
        ('a tuple in itself', recursive_tuple(), 'POP'),
    ]
    for name, value, words in calls:
        for protocol in (2, 4, 5):
            yield f'{name}, protocol {protocol}', pickle.dumps(value, protocol=protocol), words if protocol > 2 else of_python2(words)
    for protocol in (0, 1):
        yield f'protocol {protocol}', pickle.dumps({'a': 1}, protocol=protocol), 'protocol 0 or 1'
        yield f'os.system, protocol {protocol}', pickle.dumps(Calls(os.system, 'id'), protocol=protocol), 'protocol 0 or 1'
    out_of_band = pickle.dumps(np.zeros(3, dtype='<f4'), protocol=5, buffer_callback=lambda _: False)
    yield 'a buffer elsewhere', out_of_band, 'NEXT_BUFFER'
    read_only = np.zeros(3, dtype='<f4')
    read_only.flags.writeable = False
    yield 'a read-only buffer elsewhere', pickle.dumps(read_only, protocol=5, buffer_callback=lambda _: False), 'NEXT_BUFFER'


def by_hand():
    """What Python's own pickler does not write."""
    proto = b'\x80\x04'
    yield 'INST', proto + b'(X\x02\x00\x00\x00idios\nsystem\n.', 'INST (os.system)'
    yield 'OBJ', proto + b'(cos\nsystem\nX\x02\x00\x00\x00ido.', 'os.system'
    yield 'OBJ of what is allowed', proto + b'(c__builtin__\nset\n]o.', 'OBJ'
    yield 'NEWOBJ of what is allowed', proto + b'c__builtin__\nset\n)\x81.', 'NEWOBJ'
    yield 'NEWOBJ_EX', proto + b'c__builtin__\nset\n)}\x92.', 'NEWOBJ_EX'
    yield 'GLOBAL', proto + b'cposix\nsystem\nX\x02\x00\x00\x00id\x85R.', 'posix.system'
    yield 'GLOBAL of nt', proto + b'cnt\nsystem\nX\x02\x00\x00\x00id\x85R.', 'nt.system'
    yield 'GLOBAL of a part', proto + b'cnumpy.core.multiarray\nfromfile\n.', 'numpy.core.multiarray.fromfile'
    yield 'STACK_GLOBAL with dots', proto + b'\x8c\x08builtins\x8c\x0ccomplex.real\x93.', 'builtins.complex.real'
    yield 'STACK_GLOBAL of __dict__', proto + b'\x8c\x05numpy\x8c\x08__dict__\x93.', 'numpy.__dict__'
    yield 'names of Object.prototype', proto + b'\x8c\x09__proto__\x8c\x0bconstructor\x93.', '__proto__.constructor'
    yield 'EXT1', proto + b'\x82\x01.', 'EXT1 (1)'
    yield 'EXT2', proto + b'\x83\x01\x00.', 'EXT2'
    yield 'EXT4', proto + b'\x84\x01\x00\x00\x00.', 'EXT4'
    yield 'PERSID', proto + b'Pmodel\n.', 'PERSID'
    yield 'BINPERSID', proto + b'K\x01Q.', 'BINPERSID'
    yield 'READONLY_BUFFER', b'\x80\x05\x96\x01\x00\x00\x00\x00\x00\x00\x00a\x98.', 'READONLY_BUFFER'
    yield 'BUILD of a list', proto + b']}\x8c\x0c__setstate__cos\nsystem\nsb.', 'os.system'
    yield 'BUILD of a dict', proto + b'}}\x8c\x0c__setstate__K\x01sb.', 'BUILD'
    yield 'BUILD of a set', proto + b'c__builtin__\nset\n)R}b.', 'BUILD'
    yield 'BUILD of a constructor', proto + b'c__builtin__\nset\n}b.', 'BUILD'
    yield 'REDUCE of a text', proto + b'\x8c\x01a)R.', 'calls'
    yield 'a constructor as a value', proto + b'c__builtin__\nset\n.', 'it holds __builtin__.set itself'
    yield 'a constructor in a list', proto + b']c__builtin__\nset\na.', 'it holds __builtin__.set itself'
    yield 'an array without its state', proto + b'cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R.', 'it holds an unfinished numpy.ndarray'
    yield 'a str of Python 2', b'\x80\x02U\x03abc.', 'Python 2'
    yield 'a long str of Python 2', b'\x80\x02T\x03\x00\x00\x00abc.', 'Python 2'
    yield 'INT', b'\x80\x02I01\n.', 'protocol 0'
    yield 'protocol 6', b'\x80\x06N.', 'protocol 6'
    yield 'protocol 1 as said', b'\x80\x01N.', 'protocol 1'
    yield 'DUP', proto + b'N2\x86.', 'DUP'
    yield 'a list for a key', proto + b'}]Ns.', 'cannot hash'
    yield 'equal keys', proto + b'}(K\x01NG?\xf0\x00\x00\x00\x00\x00\x00Nu.', 'twice'
    yield 'equal tuples for keys', proto + b'}(K\x01\x85NK\x01\x85Nu.', 'twice'
    yield 'the same key again', proto + b'}(\x8c\x01aN\x8c\x01aNu.', 'second "a"'


def main(out):
    cases = [
        {'name': name, 'pickle': base64.b64encode(data).decode(), 'says': says}
        for name, data, says in [*made(), *by_hand()]
    ]
    Path(out).write_text(json.dumps(cases, indent=2) + '\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
