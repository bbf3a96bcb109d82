# pyarrow's writer: parquet_write.py HOW OUT ROWS BYTES GROUP_BYTES, the rows of bench/common/parquet-peer.mjs.
# HOW: "rows", made into a table for each group; "tables", which are ready when the clock starts; "summed", these and then the SHA-256 of the file, which
# an upload to the Hub needs; "datasets", rows under the options that datasets 5.2.0 writes with. Prints {"seconds", "cpu", "rows", "groups", "bytes"}.
import hashlib
import json
import os
import sys
import time

import pyarrow as pa
import pyarrow.parquet as pq

how, out = sys.argv[1:3]
rows, size, group_bytes = map(int, sys.argv[3:6])
pool = [os.urandom(size) for _ in range(64)]
audio = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
schema = pa.schema(
    [("audio", audio), ("text", pa.string()), ("speaker_id", pa.string()), ("duration_seconds", pa.float32()), ("dnsmos", pa.float32()), ("language", pa.string())]
)


def row(i):
    return {
        "audio": {"bytes": pool[i % len(pool)], "path": f"episode_{i:06d}.mp3"},
        "text": f"What was said in segment {i}, in some ten or twelve words as people say them",
        "speaker_id": f"SPEAKER_{i % 40}",
        "duration_seconds": 4 + (i % 700) / 100,
        "dnsmos": 1 + (i % 400) / 100,
        "language": "en",
    }


def table(first, count):
    return pa.Table.from_pylist([row(i) for i in range(first, first + count)], schema=schema)


each = max(1, group_bytes // (size + 200))
starts = range(0, rows, each)
# The tables of all groups would be the memory that is measured: full ones are the same.
full = table(0, min(each, rows)) if how in ("tables", "summed") else None
last = table(starts[-1], rows - starts[-1]) if full is not None else None

plain = ["text", "speaker_id", "duration_seconds", "dnsmos", "language", "audio.path"]
options = dict(
    compression={"audio.bytes": "NONE", **{name: "SNAPPY" for name in plain}},
    use_dictionary=["speaker_id", "language"],
    write_statistics=False,
)
if how == "datasets":
    cdc = {"min_chunk_size": 256 * 1024, "max_chunk_size": 1024 * 1024, "norm_level": 0}
    options = dict(
        use_content_defined_chunking=cdc,
        write_page_index=True,
        compression={"audio.bytes": "none", "audio.path": "none", **{name: "snappy" for name in plain[:-1]}},
        use_dictionary=plain[:-1],
        column_encoding={"audio.bytes": "PLAIN", "audio.path": "PLAIN"},
    )

start, cpu = time.perf_counter(), time.process_time()
with pq.ParquetWriter(out, schema, **options) as writer:
    for first in starts:
        count = min(each, rows - first)
        ready = None if full is None else full if count == full.num_rows else last
        writer.write_table(table(first, count) if ready is None else ready, row_group_size=count)
if how == "summed":
    with open(out, "rb") as file:
        hashlib.file_digest(file, "sha256") if hasattr(hashlib, "file_digest") else hashlib.sha256(file.read())
seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
print(json.dumps({"seconds": seconds, "cpu": cpu, "rows": rows, "groups": len(starts), "bytes": os.path.getsize(out)}))
