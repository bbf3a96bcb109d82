# A cursor of py-lmdb over all entries, and gets in a fixed order of keys: lmdb_cursor.py scan FILE | get FILE COUNT.
# Values are touched as bench/native/lmdb does it: one byte of each 64. Prints {"seconds", "cpu", "entries", "sum"}.
import json
import sys
import time

import lmdb

how, path = sys.argv[1:3]
env = lmdb.open(path, subdir=False, readonly=True, lock=False, readahead=True)
start, cpu = time.perf_counter(), time.process_time()
entries = total = 0
with env.begin(buffers=True) as txn:
    if how == "scan":
        for _, value in txn.cursor():
            total += sum(value[::64])
            entries += 1
    else:
        count = txn.stat()["entries"]
        at = 0
        while entries < int(sys.argv[3]):
            at = (at + 7919) % count
            total += sum(txn.get(b"sample_%08d" % at)[::64])
            entries += 1
seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
print(json.dumps({"seconds": seconds, "cpu": cpu, "entries": entries, "sum": total}))
