"""Reads LMDB files with the py-lmdb that is found, and writes the same again:

    python lmdb_files.py MAKE_PY_FOLDER CASES_FOLDER

CASES_FOLDER has a folder for each case, with data.mdb and an empty lock.mdb, as shards have. Prints JSON: the version, and for each case what was
read, what a reader with a lock file read, the SHA-256 of the file that py-lmdb writes, and what its offline verifier finds (3.0 and newer).
"""

import hashlib
import json
import os
import sys
import tempfile

import lmdb

sys.path.insert(0, sys.argv[1])
import make  # noqa: E402


def written_again(case):
    with tempfile.TemporaryDirectory() as path:
        make.write(path, make.entries_of(case))
        with open(f"{path}/data.mdb", "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()


def read_with_lock(path):
    env = lmdb.open(path, readonly=True, lock=True)
    with env.begin() as txn:
        count = txn.stat()["entries"]
    env.close()
    return count


def problems_of(path):
    try:
        from lmdb.verify import verify
    except ImportError:
        return None
    return verify(path)


with open(f"{sys.argv[1]}/cases.json") as file:
    cases = json.load(file)
found = {}
for name, case in cases.items():
    path = f"{sys.argv[2]}/{name}"
    count, content = make.content(path)
    found[name] = {
        "entries": count,
        "content": content,
        "locked": read_with_lock(path),
        "again": written_again(case),
        "problems": problems_of(path),
    }
    os.unlink(f"{path}/lock.mdb")
print(json.dumps({"version": lmdb.__version__, "engine": list(lmdb.version()), "cases": found}))
