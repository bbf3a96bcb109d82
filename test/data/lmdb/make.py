"""Makes the LMDB files of this folder, and facts about them: README.md beside it.

    python make.py            # into the folder of the script; with py-lmdb 1.4.1, then with 3.0.0
"""

import hashlib
import json
import pathlib
import shutil
import struct
import sys
import tempfile

import lmdb

HERE = pathlib.Path(__file__).parent
OLD = lmdb.__version__ == "1.4.1"
facts_file = HERE / ("expected-0.9.29.json" if OLD else "expected-0.9.36.json")
facts = {}


def value(i, size):
    """Bytes that tell which they are."""
    seed = hashlib.sha256(str(i).encode()).digest()
    return (seed * (size // 32 + 1))[:size]


def pairs_of(txn, db=None):
    digest, keys = hashlib.sha256(), []
    with txn.cursor(db=db) as cursor:
        for key, data in cursor:
            digest.update(struct.pack("<QQ", len(key), len(data)) + key + data)
            keys.append([key.hex() if len(key) < 40 else f"{len(key)} bytes", len(data)])
    return digest.hexdigest(), keys


def keep(name, fill, plain=True, compact=False, **options):
    """`plain`: the main database holds keys with one value each, which our reader hands out."""
    with tempfile.TemporaryDirectory() as folder:
        env = lmdb.open(folder, map_size=1 << 26, max_dbs=8, **options)
        fill(env)
        if compact:
            (pathlib.Path(folder) / "copy").mkdir()
            env.copy(f"{folder}/copy", compact=True)
            env.close()
            folder += "/copy"
        else:
            env.close()
        shutil.copyfile(f"{folder}/data.mdb", HERE / f"{name}.mdb")
        facts[name] = facts_of(HERE / f"{name}.mdb", plain)


def facts_of(path, plain):
    """As the library reads them out of the file that was kept."""
    env = lmdb.open(str(path), subdir=False, readonly=True, lock=False, max_dbs=8)
    stat, info = env.stat(), env.info()
    fact = {
        "pageSize": stat["psize"], "depth": stat["depth"], "branchPages": stat["branch_pages"],
        "leafPages": stat["leaf_pages"], "overflowPages": stat["overflow_pages"], "entries": stat["entries"],
        "lastPage": info["last_pgno"], "transaction": info["last_txnid"],
    }
    if plain:
        with env.begin() as txn:
            fact["sha256OfAllPairs"], fact["pairs"] = pairs_of(txn)
    env.close()
    return fact


def put(env, pairs, **options):
    with env.begin(write=True) as txn:
        for key, data in pairs:
            assert txn.put(key, data, **options)


def deep(env):
    # Seven of such nodes a page, in branches and in leaves: three levels.
    put(env, [((b"%04d" % i).ljust(511, b"."), value(i, 3)) for i in range(80)])


def freed(env):
    put(env, [(b"key%03d" % i, value(i, 3000)) for i in range(12)])
    with env.begin(write=True) as txn:
        for i in range(0, 12, 2):
            assert txn.delete(b"key%03d" % i)
    put(env, [(b"key100", value(100, 9000)), (b"key001", value(101, 10))])


def shortened(env):
    # LMDB keeps the five pages of the first value for the second, which takes two.
    with env.begin(write=True) as txn:
        txn.put(b"long", value(0, 20000))
        txn.put(b"long", value(1, 5000))


def duplicates(env):
    db = env.open_db(b"db", dupsort=True)
    with env.begin(write=True) as txn:
        for i in range(3):
            txn.put(b"few", value(i, 20), db=db)
        for i in range(300):
            txn.put(b"many", b"%05d" % i + value(i, 30), db=db)
        txn.put(b"one", b"single", db=db)


def named(env):
    plain, fixed, backwards, numbers = (
        env.open_db(b"plain"), env.open_db(b"fixed", dupsort=True, dupfixed=True, integerdup=True),
        env.open_db(b"backwards", reverse_key=True), env.open_db(b"numbers", integerkey=True))
    with env.begin(write=True) as txn:
        for i in range(20):
            txn.put(b"k%02d" % i, value(i, 200 * i), db=plain)
            txn.put(b"%02d" % i, b"v", db=backwards)
            txn.put(struct.pack("<Q", 250 * i), value(i, 8), db=numbers)
        for i in range(700):
            txn.put(b"ids", struct.pack("<Q", 7 * i), db=fixed)
        for i in range(4):
            txn.put(b"few", struct.pack("<Q", i), db=fixed)


if OLD:
    keep("empty", lambda env: None)
    keep("small", lambda env: put(env, [(b"a", b"1"), (b"b", b""), (b"c", value(3, 100))]))
    keep("deep", deep)
    keep("values", lambda env: put(env, [(b"v%07d" % size, value(size, size))
                                         for size in (0, 1, 2000, 2030, 2040, 4080, 4081, 8176, 8177, 30000)]))
    keep("freed", freed)
    keep("shortened", shortened)
    keep("duplicates", duplicates, plain=False)
    keep("named", named, plain=False)
    # Of make-pages.c.
    for path in sorted(HERE.glob("pages-*.mdb")):
        facts[path.stem] = facts_of(path, not any(word in path.stem for word in ("duplicates", "fixed", "named")))
else:
    keep("compact", freed, compact=True)
    keep("duplicates-0.9.36", duplicates, plain=False)
    keep("lmdb-1.0", lambda env: put(env, [(b"a", b"1")]), plain=False, lib_version=1)

facts_file.write_text(json.dumps(facts, indent=1) + "\n")
print(sys.version.split()[0], lmdb.__version__, lmdb.version(), sorted(facts))
