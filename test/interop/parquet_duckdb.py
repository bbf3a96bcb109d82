"""Files as DuckDB writes them: every codec, both versions, nested types, filters of Bloom; and what pyarrow's reader says of the footers of all files.

    parquet_duckdb.py FOLDER [FILE...]
"""

import glob
import json
import os
import sys

import duckdb
import pyarrow.parquet as pq

folder, files = sys.argv[1], sys.argv[2:]
os.makedirs(folder, exist_ok=True)
rows = 5000
table = f"""
    SELECT i, i::SMALLINT AS small, (i * 1e15)::BIGINT AS large, i::UBIGINT AS unsigned, CASE WHEN i % 7 = 0 THEN NULL ELSE i / 3 END AS real,
        i::FLOAT AS single, i % 2 = 0 AS yes, 'row ' || (i % 100) AS label, 'text ' || i || repeat('x', (i % 50)::INT) AS text,
        ('blob' || i)::BLOB AS bytes, (i / 7)::DECIMAL(9, 3) AS price, (i / 7)::DECIMAL(30, 10) AS long_price,
        DATE '2020-01-01' + i::INT AS day, TIMESTAMP '2020-01-01' + INTERVAL (i) SECOND AS at, TIME '00:00:01' + INTERVAL (i) SECOND AS clock, uuid() AS id,
        CASE WHEN i % 5 = 0 THEN NULL ELSE [i, NULL, i + 1] END AS list, [[i], [], [i, i]] AS lists,
        CASE WHEN i % 3 = 0 THEN NULL ELSE {{'a': i, 'b': {{'c': 'deep ' || i, 'd': [i]}}}} END AS struct, MAP {{'k' || i: i, 'l': NULL}} AS map
    FROM range({rows}) t(i)"""
for version in ('V1', 'V2'):
    for codec in ('uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw'):
        path = os.path.join(folder, f'{codec}-{version}.parquet')
        duckdb.sql(f"COPY ({table}) TO '{path}' (FORMAT parquet, COMPRESSION {codec}, PARQUET_VERSION {version}, ROW_GROUP_SIZE 2048)")
    path = os.path.join(folder, f'dictionaries-{version}.parquet')
    duckdb.sql(f"COPY (SELECT label, i % 5 AS few FROM ({table})) TO '{path}' (FORMAT parquet, PARQUET_VERSION {version}, STRING_DICTIONARY_PAGE_SIZE_LIMIT 100000)")


def told(path):
    metadata = pq.ParquetFile(path).metadata
    columns = []
    for c in range(metadata.num_columns):
        chunks = [metadata.row_group(g).column(c) for g in range(metadata.num_row_groups)]
        counts = [c.statistics.null_count if c.statistics is not None and c.statistics.has_null_count else None for c in chunks]
        columns.append({
            'name': metadata.schema.column(c).path,
            'codecs': sorted({chunk.compression for chunk in chunks}),
            'encodings': sorted({e for chunk in chunks for e in chunk.encodings}),
            'packedBytes': sum(chunk.total_compressed_size for chunk in chunks),
            'bytes': sum(chunk.total_uncompressed_size for chunk in chunks),
            'indexed': sum(chunk.has_offset_index for chunk in chunks),
            'nulls': None if None in counts else sum(counts),
        })
    groups = [[metadata.row_group(g).num_rows, metadata.row_group(g).total_byte_size] for g in range(metadata.num_row_groups)]
    return {'rows': metadata.num_rows, 'createdBy': metadata.created_by, 'groups': groups, 'columns': columns}


print(json.dumps({path: told(path) for path in [*sorted(glob.glob(os.path.join(folder, '*.parquet'))), *files]}))
