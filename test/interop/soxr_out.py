"""What soxr makes of signals: soxr_out.py JOBS.json, a list of { input, output, from, to }, files of raw float32, one channel."""

import json
import sys

import numpy as np
import soxr

for job in json.load(open(sys.argv[1])):
    signal = np.fromfile(job["input"], dtype=np.float32)
    soxr.resample(signal, job["from"], job["to"], quality="VHQ").astype(np.float32).tofile(job["output"])
print(soxr.__version__, soxr.__libsoxr_version__)
