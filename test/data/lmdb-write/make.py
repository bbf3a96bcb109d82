"""Writes the cases of cases.json with py-lmdb, and expected.json: the SHA-256 of each file and of what stands in it.

    pip install lmdb==1.4.1 && python make.py

py-lmdb 1.4.1 has LMDB 0.9.29 in it. Transactions and the size of the map are those of native/os/lmdb_writer.h, said again here.
"""

import hashlib
import json
import os
import sys
import tempfile

import lmdb

PAGE = 4096
BATCH_BYTES = 4 << 20
BATCH_ENTRIES = 1024
MOST_GROWTH = 1 << 30

here = os.path.dirname(os.path.abspath(__file__))


def entries_of(case):
    """Runs of `count` entries: a key is the number, right-aligned in as many bytes as it says; a value repeats the key's SHA-256."""
    number = 0
    for run in case["runs"]:
        for _ in range(run["count"]):
            key = str(number).encode().rjust(run["key"], b"0")
            digest = hashlib.sha256(key).digest()
            size = run["value"]
            yield key, (digest * (size // len(digest) + 1))[:size]
            number += 1


def write(path, entries):
    env = lmdb.open(path, map_size=1 << 20, sync=False, metasync=False, lock=False)
    map_size = 1 << 20
    txn, count, size = None, 0, 0
    for key, value in entries:
        more = len(key) + len(value)
        if txn is not None and (count == BATCH_ENTRIES or size + more > BATCH_BYTES):
            txn.commit()
            txn = None
        if txn is None:
            pages = max(more, BATCH_BYTES) // PAGE + 4 * BATCH_ENTRIES + 256
            needed = (env.info()["last_pgno"] + 1 + pages) * PAGE
            if map_size < needed:
                while map_size < needed:
                    map_size += min(map_size, MOST_GROWTH)
                env.set_mapsize(map_size)
            txn, count, size = env.begin(write=True), 0, 0
        if not txn.put(key, value, append=True):
            raise ValueError(f"not in order: {key!r}")
        count += 1
        size += more
    if txn is not None:
        txn.commit()
    env.close()


def content(path):
    """What py-lmdb reads: the number of entries, and the SHA-256 of all lengths, keys and values."""
    env = lmdb.open(path, readonly=True, lock=False)
    total = hashlib.sha256()
    count = 0
    with env.begin(buffers=True) as txn:
        for key, value in txn.cursor():
            total.update(len(key).to_bytes(4, "little") + len(value).to_bytes(4, "little"))
            total.update(key)
            total.update(value)
            count += 1
    env.close()
    return count, total.hexdigest()


def main():
    with open(f"{here}/cases.json") as file:
        cases = json.load(file)
    expected = {}
    for name, case in cases.items():
        with tempfile.TemporaryDirectory() as path:
            write(path, entries_of(case))
            with open(f"{path}/data.mdb", "rb") as file:
                data = file.read()
            count, digest = content(path)
            expected[name] = {
                "entries": count,
                "bytes": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
                "content": digest,
            }
    with open(f"{here}/expected.json", "w") as file:
        json.dump(expected, file, indent=2)
        file.write("\n")
    print("LMDB", ".".join(map(str, lmdb.version())), file=sys.stderr)


if __name__ == "__main__":
    main()
