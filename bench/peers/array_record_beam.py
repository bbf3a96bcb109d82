"""How long does array_record's own Beam pipeline take on the direct runner: convert_tf_to_arrayrecord_disk?

    .cache/bench-venv/bin/python bench/peers/array_record_beam.py OUT_PREFIX GLOB

Prints one JSON line: seconds, bytes, MB/s. The clock starts after Beam is loaded, and ends when the pipeline has.
"""

import glob
import json
import os
import sys
import time

OUT, PATTERN = sys.argv[1:]
# The module reads the command line while it is imported.
sys.argv = [sys.argv[0], "--input", PATTERN, "--output", OUT, "--runner", "DirectRunner"]

from array_record.beam import pipelines
from apache_beam.options.pipeline_options import PipelineOptions


def main():
    size = sum(os.path.getsize(file) for file in glob.glob(PATTERN))
    started = time.perf_counter()
    options = PipelineOptions(["--runner=DirectRunner"])
    pipeline = pipelines.convert_tf_to_arrayrecord_disk(1, {"input": PATTERN, "output": OUT}, options)
    pipeline.run().wait_until_finish()
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": round(seconds, 3), "bytes": size, "MBps": round(size / seconds / 1e6, 1)}))


if __name__ == "__main__":
    main()
