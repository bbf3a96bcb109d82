"""What ParquetShardWriter wrote, read by READER: dataset_parquet.py pyarrow|duckdb|polars|datafusion|datasets FOLDER. Prints {"compared", "wrong"}."""

import glob
import hashlib
import json
import math
import struct
import sys

reader, folder = sys.argv[1:3]
compared, wrong = 0, []


def check(holds, words):
    global compared
    compared += 1
    if not holds:
        wrong.append(words if isinstance(words, str) else words())


def single(number):
    return struct.unpack("<f", struct.pack("<f", number))[0]


def expected_of(kind, told):
    """The value that Python should have, of what the writer was given."""
    if told is None:
        return None
    if isinstance(kind, dict):
        return [expected_of(kind["list"], item) for item in told]
    if kind == "audio":
        return {"bytes": expected_of("binary", told["bytes"]), "path": told["path"]}
    if kind == "binary":
        return told["sha256"]
    if kind in ("int32", "int64"):
        return int(told)
    if kind in ("float32", "float64"):
        value = float({"Infinity": "inf", "-Infinity": "-inf", "NaN": "nan"}.get(told, told))
        value = single(value) if kind == "float32" and math.isfinite(value) else value
        return "nan" if math.isnan(value) else struct.pack("<d", value).hex()
    return told


def found_of(kind, value):
    if value is None:
        return None
    if isinstance(kind, dict):
        return [found_of(kind["list"], item) for item in value]
    if kind == "audio":
        return {"bytes": found_of("binary", value["bytes"]), "path": value["path"]}
    if kind == "binary":
        return hashlib.sha256(value).hexdigest()
    if kind in ("float32", "float64"):
        return "nan" if math.isnan(value) else struct.pack("<d", value).hex()
    return value


def check_rows(name, columns, expected, rows):
    """`rows`: dicts by column."""
    check(len(rows) == len(expected), f"{name}: {len(rows)} rows, expected {len(expected)}")
    for i, (row, told) in enumerate(zip(rows, expected)):
        for column, value in zip(columns, told):
            wanted = expected_of(column["kind"], value)
            found = found_of(column["kind"], row[column["name"]])
            check(found == wanted, lambda: f"{name}, row {i}, {column['name']}: {found!r:.200}, expected {wanted!r:.200}")


def with_pyarrow(name, path, facts):
    import pyarrow as pa
    import pyarrow.parquet as pq

    plain = {"string": pa.string(), "float32": pa.float32(), "float64": pa.float64(), "int32": pa.int32(), "int64": pa.int64(), "bool": pa.bool_(), "binary": pa.binary()}
    audio = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])
    columns = facts["columns"]

    def type_of(kind):
        if isinstance(kind, dict):
            return pa.list_(plain[kind["list"]])
        return audio if kind == "audio" else plain[kind]

    file = pq.ParquetFile(path)
    for field, column in zip(file.schema_arrow, columns):
        check(field.equals(pa.field(column["name"], type_of(column["kind"]))), f"{name}: {field}")
    metadata = file.metadata
    check(metadata.num_row_groups == facts["groups"], f"{name}: {metadata.num_row_groups} groups")
    for g in range(metadata.num_row_groups):
        group = metadata.row_group(g)
        check(group.num_rows == 1 or group.total_byte_size <= facts["groupBytes"], f"{name}: group {g} of {group.total_byte_size} bytes")
        for c in range(group.num_columns):
            chunk = group.column(c)
            where = f"{name}: group {g}, {chunk.path_in_schema}"
            check(chunk.has_offset_index, f"{where} has no index of pages")
            check(not chunk.is_stats_set, f"{where} has statistics")
            if chunk.path_in_schema.endswith(".bytes"):
                check(chunk.compression == "UNCOMPRESSED" and not chunk.has_dictionary_page, f"{where} is {chunk.compression}")
    table = file.read()
    # Offsets begin with one more in each piece, and a bit a value says which are null.
    pieces = sum(column.num_chunks for column in table.columns)
    rows = table.num_rows
    items = sum(len(value or []) for column in columns if isinstance(column["kind"], dict) for value in table[column["name"]].to_pylist())
    bitmaps = 3 * len(columns) * (rows // 8 + pieces + 8) + items // 8 + len(columns) * pieces + 3 * 4 * pieces
    check(facts["arrowBytes"] <= table.nbytes <= facts["arrowBytes"] + bitmaps, f"{name}: {table.nbytes} bytes in Arrow, told {facts['arrowBytes']}")
    check_rows(name, columns, facts["rows"], table.to_pylist())
    for g in range(metadata.num_row_groups):
        file.read_row_group(g).validate(full=True)
    keys = set(file.metadata.metadata)
    check(keys == {b"huggingface", b"bowerbird"}, f"{name}: keys {keys}")


def with_duckdb(name, path, facts):
    import duckdb

    cursor = duckdb.sql(f"SELECT * FROM read_parquet('{path}')")
    names = [column["name"] for column in facts["columns"]]
    check(cursor.columns == names, f"{name}: {cursor.columns}")
    check_rows(name, facts["columns"], facts["rows"], [dict(zip(names, row)) for row in cursor.fetchall()])
    # Of the recordings one page alone is needed.
    for i in range(0, len(facts["rows"]), 37):
        row = duckdb.sql(f"SELECT * FROM read_parquet('{path}') LIMIT 1 OFFSET {i}").fetchall()
        check_rows(f"{name} at {i}", facts["columns"], facts["rows"][i : i + 1], [dict(zip(names, each)) for each in row])


def with_polars(name, path, facts):
    import polars

    names = [column["name"] for column in facts["columns"]]
    frame = polars.read_parquet(path)
    check(frame.columns == names, f"{name}: {frame.columns}")
    check_rows(name, facts["columns"], facts["rows"], frame.to_dicts())
    for i in range(0, len(facts["rows"]), 37):
        rows = polars.scan_parquet(path).slice(i, 2).collect().to_dicts()
        check_rows(f"{name} at {i}", facts["columns"], facts["rows"][i : i + 2], rows)


def with_datafusion(name, path, facts):
    # Over arrow-rs, as the viewer of the Hub is; it goes by the index of pages.
    import datafusion

    config = datafusion.SessionConfig().with_target_partitions(1)  # Rows in the order of the file.
    for option in ("enable_page_index", "pushdown_filters", "reorder_filters"):
        config = config.set(f"datafusion.execution.parquet.{option}", "true")
    context = datafusion.SessionContext(config)
    context.register_parquet("rows", path)
    columns, expected = facts["columns"], facts["rows"]
    table = context.sql("SELECT * FROM rows").to_arrow_table()
    check_rows(name, columns, expected, table.to_pylist())
    at = [column["name"] for column in columns].index("speaker_id") if name.startswith("speech") else None
    if at is not None:
        wanted = [row for row in expected if row[at] == "SPEAKER_01"]
        found = context.sql("SELECT * FROM rows WHERE speaker_id = 'SPEAKER_01'").to_arrow_table()
        check_rows(f"{name}, filtered", columns, wanted, found.to_pylist())


def with_datasets(name, path, facts):
    import datasets
    from datasets import Audio, List, Value

    columns = facts["columns"]

    def feature(column):
        kind = column["kind"]
        if kind == "audio":
            return Audio(sampling_rate=column.get("samplingRate"))
        return List(Value(kind["list"])) if isinstance(kind, dict) else Value(kind)

    expected = datasets.Features({column["name"]: feature(column) for column in columns})
    if name == "empty":
        return  # "corresponds to no data!": it loads no file without rows, whoever wrote it.
    for streaming in (False, True):
        data = datasets.load_dataset("parquet", data_files=path, split="train", streaming=streaming)
        way = f"{name}{', streaming' if streaming else ''}, datasets {datasets.__version__}"
        check(data.features == expected, lambda: f"{way}: {data.features}, expected {expected}")
        if not streaming:
            table = data.data.table
            low, high = facts["arrowBytes"], facts["arrowBytes"] + table.nbytes // 20 + 4096
            check(low <= table.nbytes <= high, f"{way}: {table.nbytes} bytes, told {low}")
        for column in columns:
            if column["kind"] == "audio":
                data = data.cast_column(column["name"], Audio(decode=False))
        check_rows(way, columns, facts["rows"], list(data))


way = {"pyarrow": with_pyarrow, "duckdb": with_duckdb, "polars": with_polars, "datafusion": with_datafusion, "datasets": with_datasets}[reader]
for told in sorted(glob.glob(f"{folder}/*.json")):
    with open(told, encoding="utf-8") as file:
        facts = json.load(file)
    name = told.rsplit("/", 1)[1][: -len(".json")]
    way(name, told[: -len(".json")] + ".parquet", facts)
print(json.dumps({"compared": compared, "wrong": wrong[:50]}))
