"""Writes the files of this folder with pyarrow, and expected.json: their values as Python has them, told by pyarrow and NumPy.

    python make.py FOLDER [ROWS]
"""

import datetime
import decimal
import hashlib
import json
import os
import struct
import sys
import uuid

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

folder = sys.argv[1]
decimal.getcontext().prec = 100
rows = int(sys.argv[2]) if len(sys.argv) > 2 else 40
os.makedirs(folder, exist_ok=True)
expected = {}


def told(value, kind):
    """A value as JSON, so that no type of it is lost."""
    if value is None:
        return None
    if pa.types.is_struct(kind):
        return {'dict': {field.name: told(value[field.name], field.type) for field in kind}}
    if pa.types.is_map(kind):
        return {'map': [[told(k, kind.key_type), told(v, kind.item_type)] for k, v in value]}
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return [told(item, kind.value_type) for item in value]
    if pa.types.is_timestamp(kind):
        # The unit as it is stored: Parquet has no seconds.
        unit = 'ms' if kind.unit == 's' else kind.unit
        text = np.datetime_as_string(np.datetime64(value.value if hasattr(value, 'value') else int(value), unit))
        return str(text) + ('Z' if kind.tz else '')
    if pa.types.is_time(kind):
        unit = 'ms' if kind.unit in ('s', 'ms') else kind.unit
        return str(np.datetime_as_string(np.datetime64(int(value), unit))).split('T')[1]
    if pa.types.is_date(kind):
        return value.isoformat()
    if pa.types.is_decimal(kind):
        return format(value, 'f')
    if isinstance(value, bool) or isinstance(value, str):
        return value
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, int):
        return value if abs(value) < 2**53 else {'int': str(value)}
    if isinstance(value, (float, np.floating)):
        value = float(value)
        return {'float': 'nan' if value != value else struct.pack('>d', value).hex()}
    if isinstance(value, bytes) and len(value) > 1000:
        return {'bytes': len(value), 'sha256': hashlib.sha256(value).hexdigest()}
    if isinstance(value, bytes):
        return {'bytes': value.hex()}
    raise TypeError(f'{type(value)} of {kind}')


def column_values(column):
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        wide = pa.int32() if pa.types.is_time32(kind) else pa.int64()
        scale = 1000 if kind.unit == 's' else 1
        ints = column.cast(wide).to_pylist()
        return [told(None if v is None else v * scale, kind) for v in ints]
    return [told(value, kind) for value in column.to_pylist()]


def write(name, table, **options):
    pq.write_table(table, os.path.join(folder, f'{name}.parquet'), **options)
    told_table = {column: column_values(table[column].combine_chunks() if table.num_rows else table[column]) for column in table.column_names}
    expected[name] = [{c: told_table[c][i] for c in table.column_names} for i in range(table.num_rows)]


def every(values, count=None):
    """The values again and again, with a null now and then."""
    count = rows if count is None else count
    return [None if i % 7 == 3 else values[i % len(values)] for i in range(count)]


words = ['', 'Star', 'Amsel', 'Dompfaff ♂', 'Zilpzalp', 'a' * 40]
mixed = pa.table({
    'id': pa.array(range(rows), pa.int64()),
    'text': pa.array(every(words), pa.string()),
    'bytes': pa.array(every([b'', b'\x00\xff', b'fLaC' * 5]), pa.binary()),
    'score': pa.array(every([0.1, -2.5, float('nan'), float('inf'), -0.0]), pa.float32()),
    'flag': pa.array(every([True, False, False]), pa.bool_()),
})
for codec in ['none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4']:
    for version in ['1.0', '2.0']:
        write(f'{codec}-v{version[0]}', mixed, compression=codec, data_page_version=version, row_group_size=rows * 2 // 3 + 1,
              data_page_size=64, write_batch_size=8, dictionary_pagesize_limit=96, write_page_checksum=codec == 'gzip',
              write_page_index=version == '2.0')

ends = {
    'int8': [0, 1, -1, 127, -128], 'int16': [0, 32767, -32768], 'int32': [0, 7, 2**31 - 1, -2**31],
    'int64': [0, 2**53 - 1, 2**53, -2**53, 2**63 - 1, -2**63], 'uint8': [0, 255], 'uint16': [0, 65535], 'uint32': [1, 2**32 - 1],
    'uint64': [0, 2**53, 2**64 - 1],
}
write('integers', pa.table({name: pa.array(every(values), getattr(pa, name)()) for name, values in ends.items()}))
write('floats', pa.table({
    'half': pa.array([None if v is None else np.float16(v) for v in every([1.0, -0.0, 6e-8, 65504, float('inf'), 0.333])], pa.float16()),
    'single': pa.array(every([1.0, -0.0, 1e-45, 3.4e38, float('-inf'), 0.1]), pa.float32()),
    'double': pa.array(every([1.0, -0.0, 5e-324, 1.7e308, float('nan'), 0.1]), pa.float64()),
}))

D = decimal.Decimal
decimals = {f'd{precision}_{scale}': pa.array(every([D(f'{sign}{digits}').scaleb(-scale) for sign, digits in [('', 1), ('-', 1), ('', 10**precision - 1), ('-', 10**precision - 1), ('', 0)]]), kind(precision, scale))
            for kind, precision, scale in [(pa.decimal128, 5, 2), (pa.decimal128, 9, 9), (pa.decimal128, 18, 3), (pa.decimal128, 38, 10), (pa.decimal128, 20, 0), (pa.decimal256, 76, 20)]}
write('decimals', pa.table(decimals))
write('decimals-as-integers', pa.table({k: v for k, v in decimals.items() if k in ('d5_2', 'd18_3')}), store_decimal_as_integer=True)

moments = [0, 1, -1, 1709251198123456, -62135596800000000, 253402300799999999]
times = {
    'date': pa.array(every([datetime.date(1970, 1, 1), datetime.date(2024, 2, 29), datetime.date(1, 1, 1), datetime.date(9999, 12, 31)]), pa.date32()),
    'time_ms': pa.array(every([0, 1, 86399999]), pa.time32('ms')),
    'time_us': pa.array(every([0, 1, 86399999999]), pa.time64('us')),
    'time_ns': pa.array(every([0, 1, 86399999999999]), pa.time64('ns')),
    'ms': pa.array(every([m // 1000 for m in moments]), pa.timestamp('ms')),
    'us': pa.array(every(moments), pa.timestamp('us')),
    'us_utc': pa.array(every(moments), pa.timestamp('us', tz='UTC')),
    'us_zone': pa.array(every(moments), pa.timestamp('us', tz='Australia/Darwin')),
    'ns': pa.array(every([0, -1, 1709251198123456789, 2**63 - 1, -2**63 + 1]), pa.timestamp('ns')),
}
write('times', pa.table(times))
write('times-int96', pa.table({'ns': pa.array(every([0, -1, 1709251198123456789]), pa.timestamp('ns'))}), use_deprecated_int96_timestamps=True)

write('texts', pa.table({
    'large': pa.array(every(words), pa.large_string()),
    'fixed': pa.array(every([b'abcd', b'\x00\x01\x02\x03']), pa.binary(4)),
    'uuid': pa.array(every([uuid.UUID(int=0).bytes, uuid.UUID(int=2**127 + 5).bytes]), pa.uuid()),
    'dictionary': pa.array(every(words), pa.string()).dictionary_encode(),
    'nothing': pa.nulls(rows),
}))
expected['texts'] = [{**row, 'dictionary': every(words)[i]} for i, row in enumerate(expected['texts'])]

encoded = {
    'delta32': (pa.array(every([0, 5, -3, 2**31 - 1, -2**31]), pa.int32()), 'DELTA_BINARY_PACKED'),
    'delta64': (pa.array(every([0, 5, -3, 2**63 - 1, -2**63, 2**40]), pa.int64()), 'DELTA_BINARY_PACKED'),
    'lengths': (pa.array(every(words), pa.string()), 'DELTA_LENGTH_BYTE_ARRAY'),
    'prefixes': (pa.array(every(['recording-001.wav', 'recording-002.wav', 'rec', '', 'recording-002.flac']), pa.string()), 'DELTA_BYTE_ARRAY'),
    'prefixes_fixed': (pa.array(every([b'abcd', b'abce', b'abzz']), pa.binary(4)), 'DELTA_BYTE_ARRAY'),
    'split32': (pa.array(every([0.1, -2.5, 1e30]), pa.float32()), 'BYTE_STREAM_SPLIT'),
    'split64': (pa.array(every([0.1, -2.5, 1e300]), pa.float64()), 'BYTE_STREAM_SPLIT'),
    'split_int': (pa.array(every([1, -2, 2**31 - 1]), pa.int32()), 'BYTE_STREAM_SPLIT'),
    'split_long': (pa.array(every([1, -2, 2**63 - 1]), pa.int64()), 'BYTE_STREAM_SPLIT'),
    'split_fixed': (pa.array(every([b'abc', b'xyz']), pa.binary(3)), 'BYTE_STREAM_SPLIT'),
    'runs': (pa.array(every([True, True, False]), pa.bool_()), 'RLE'),
    'plain': (pa.array(every(words), pa.string()), 'PLAIN'),
}
for version in ['1.0', '2.0']:
    write(f'encodings-v{version[0]}', pa.table({k: v for k, (v, _) in encoded.items()}), use_dictionary=False,
          column_encoding={k: e for k, (_, e) in encoded.items()}, data_page_version=version, compression='zstd', data_page_size=200, write_batch_size=16)

required = lambda name, kind: pa.field(name, kind, nullable=False)
lists = every([[], [1], [None, 2, 3], [4] * 9])
nested = pa.table({
    'list': pa.array(lists, pa.list_(pa.int32())),
    'lists': pa.array(every([[], [[]], [None, ['a']], [['b', None], [], ['c', 'd', 'e']]]), pa.list_(pa.list_(pa.string()))),
    'struct': pa.array(every([{'bytes': b'RIFF', 'path': 'a.wav'}, {'bytes': None, 'path': 'b.wav'}, {'bytes': None, 'path': None}]), pa.struct([('bytes', pa.binary()), ('path', pa.string())])),
    'structs': pa.array(every([[], [{'a': 1, 'b': None}], [None, {'a': None, 'b': [1.5, None]}], [{'a': 2, 'b': []}] * 3]), pa.list_(pa.struct([('a', pa.int64()), ('b', pa.list_(pa.float64()))]))),
    'deep': pa.array(every([{'x': {'y': [{'z': 'q'}]}}, {'x': None}, {'x': {'y': None}}, {'x': {'y': []}}]), pa.struct([('x', pa.struct([('y', pa.list_(pa.struct([('z', pa.string())])))]))])),
    'map': pa.array(every([[], [('a', 1)], [('b', None), ('c', 3)]]), pa.map_(pa.string(), pa.int32())),
    'needed': pa.array([{'n': i, 'l': [i, i + 1]} for i in range(rows)], pa.struct([required('n', pa.int32()), required('l', pa.list_(required('element', pa.int32())))])),
})
schema = pa.schema([f if f.name != 'needed' else f.with_nullable(False) for f in nested.schema])
nested = nested.cast(schema)
for version in ['1.0', '2.0']:
    for index in [False, True]:
        write(f'nested-v{version[0]}{"-index" if index else ""}', nested, data_page_version=version, data_page_size=48, write_batch_size=4,
              row_group_size=rows - 10, write_page_index=index, use_dictionary=['map.key_value.key', 'deep.x.y.list.element.z'])

# Sound as `datasets` stores it: neither compressed nor in a dictionary, and in one page, since writers look at its size every 1,000 values.
sounds = pa.table({
    'audio': pa.array(every([{'bytes': bytes([i]) * 20000, 'path': f'{i}.wav'} for i in range(5)] + [{'bytes': None, 'path': 'x'}, {'bytes': b'', 'path': 'y'}], 24), pa.struct([('bytes', pa.binary()), ('path', pa.string())])),
    'needed': pa.array([bytes([i]) * (i * 1000) for i in range(24)], pa.binary()),
}, schema=pa.schema([pa.field('audio', pa.struct([('bytes', pa.binary()), ('path', pa.string())])), required('needed', pa.binary())]))
for version in ['1.0', '2.0']:
    write(f'sounds-v{version[0]}', sounds, compression='none', use_dictionary=False, data_page_version=version)
write('sounds-checked', sounds, compression='none', use_dictionary=False, write_page_checksum=True)
write('sounds-index', sounds, compression='none', use_dictionary=False, write_page_index=True, data_page_size=50000, write_batch_size=1)

write('empty', mixed.slice(0, 0))

with open(os.path.join(folder, 'expected.json'), 'w') as out:
    json.dump(expected, out, ensure_ascii=False, separators=(',', ':'), allow_nan=False)
print(pa.__version__, sum(os.path.getsize(os.path.join(folder, f)) for f in os.listdir(folder)))
