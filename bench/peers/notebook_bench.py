"""How long does the A2O notebook's loop take on these files?

    .cache/interop-venv/bin/python bench/peers/notebook_bench.py FILE...

Prints one JSON line: seconds, bytes read, MB/s. The clock starts after TensorFlow is loaded. The output goes to a temporary
folder beside the first file, so to the same disk.
"""

import json
import os
import sys
import tempfile
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "test", "interop"))

import notebook


def main(files):
    size = sum(os.path.getsize(file) for file in files)
    beside = os.path.dirname(os.path.dirname(os.path.abspath(files[0])))
    with tempfile.TemporaryDirectory(dir=beside, prefix="notebook-") as out:
        started = time.perf_counter()
        # The notebook prints its count; standard output is for the result.
        sys.stdout = sys.stderr
        notebook.extract(files, out, out)
        sys.stdout = sys.__stdout__
        seconds = time.perf_counter() - started
    print(json.dumps({"peer": "notebook", "seconds": round(seconds, 3), "bytes": size, "MBps": round(size / seconds / 1e6, 1)}))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
