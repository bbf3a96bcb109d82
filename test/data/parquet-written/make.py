"""What pyarrow 26.0.1 says of the file that test/unit/samples/parquet-write.test.ts writes: make.py FILE > expected.json."""

import hashlib
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq

path = sys.argv[1]
file = pq.ParquetFile(path)
table = file.read()
table.validate(full=True)


def size(array):
    """Values and 4 bytes for each text or bytes, without the bits of nulls: of a struct that of its fields."""
    if pa.types.is_struct(array.type):
        return sum(size(array.field(i)) for i in range(array.type.num_fields))
    if pa.types.is_string(array.type) or pa.types.is_binary(array.type):
        return sum(4 + (0 if value is None else len(value.as_py() if pa.types.is_binary(array.type) else value.as_py().encode())) for value in array)
    return len(array) * array.type.bit_width // 8


with open(path, "rb") as written:
    digest = hashlib.sha256(written.read()).hexdigest()
groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
facts = {
    "pyarrow": pa.__version__,
    "sha256": digest,
    "rows": table.num_rows,
    "groups": [[group.num_rows, group.total_byte_size] for group in groups],
    "columns": [{"name": field.name, "type": str(field.type)} for field in table.schema],
    "arrow_bytes": sum(size(chunk) for column in table.columns for chunk in column.chunks),
}
print(json.dumps(facts, indent=2))
