"""Random reads of one ArrayRecord file through Google's reader; prints its seconds, and those of its CPUs, as JSON.

    array_record_reads.py single|batch PATH READS THREADS

Each thread has a reader of its own. The clock starts when all are open. Options are those of the fastest random reads that the package
documents: no readahead, no threads inside the reader.
"""

import json
import sys
import threading
import time

from array_record.python.array_record_module import ArrayRecordReader

RECORD, BATCH = 60_000, 256
how, path, reads, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
share = reads // threads


def indices(seed, length):
    state, out = seed, []
    for _ in range(share):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out.append(state % length)
    return out


class Work:
    def __init__(self, seed):
        self.reader = ArrayRecordReader(path, "readahead_buffer_size:0,max_parallelism:0")
        self.wanted = indices(seed, self.reader.num_records())
        self.bytes = 0

    def run(self):
        read, total = self.reader.read, 0
        if how == "single":
            for i in self.wanted:
                total += len(read([i])[0])
        else:
            for at in range(0, share, BATCH):
                for record in read(self.wanted[at : at + BATCH]):
                    total += len(record)
        self.bytes = total


works = [Work(seed) for seed in range(1, threads + 1)]
others = [threading.Thread(target=work.run) for work in works[1:]]
used, start = time.process_time(), time.perf_counter()
for thread in others:
    thread.start()
works[0].run()
for thread in others:
    thread.join()
seconds, cpu = time.perf_counter() - start, time.process_time() - used
assert all(work.bytes == share * RECORD for work in works)
print(json.dumps({"seconds": seconds, "cpu": cpu}))
