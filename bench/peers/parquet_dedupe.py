# Two files of rows in one layout of pyarrow: parquet_dedupe.py pages|datasets ROWS_A ROWS_B OUT_A OUT_B. ROWS: JSON of rows; "file" of a row holds its bytes.
# "datasets": content-defined chunks and all else as datasets 5.2.0 writes.
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq

how, *paths = sys.argv[1:]
schema = pa.schema([("audio", pa.struct([("bytes", pa.binary()), ("path", pa.string())])), ("text", pa.string())])
cdc = {"min_chunk_size": 256 * 1024, "max_chunk_size": 1024 * 1024, "norm_level": 0}
options = {}
if how == "datasets":
    options = dict(
        use_content_defined_chunking=cdc,
        write_page_index=True,
        compression={"audio.bytes": "none", "audio.path": "none", "text": "snappy"},
        use_dictionary=["text"],
        column_encoding={"audio.bytes": "PLAIN", "audio.path": "PLAIN"},
    )
for rows, out in zip(paths[:2], paths[2:]):
    with open(rows, encoding="utf-8") as file:
        told = json.load(file)
    made = []
    for row in told:
        with open(row["file"], "rb") as file:
            made.append({"audio": {"bytes": file.read(), "path": row["path"]}, "text": row["text"]})
    table = pa.Table.from_pylist(made, schema=schema)
    pq.write_table(table, out, row_group_size=len(made), **options)
