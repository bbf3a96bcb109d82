"""log_mel.py PEER RATE ROUNDS FILE: seconds that a peer takes for the features of raw float32 samples, on one thread; best of ROUNDS.

PEER is `transformers` (WhisperFeatureExtractor, its NumPy path) or `librosa` (melspectrogram and power_to_db at its defaults).
"""

import json
import os
import sys
import time

for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"):
    os.environ[f"{name}_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402

peer, rate, rounds, path = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
samples = np.fromfile(path, "<f4")
if peer == "transformers":
    from transformers import WhisperFeatureExtractor

    extractor = WhisperFeatureExtractor()
    run = lambda: extractor(samples, sampling_rate=rate, return_tensors="np").input_features  # noqa: E731
else:
    import librosa

    # librosa makes its filters anew for each call, as its users do.
    run = lambda: librosa.power_to_db(librosa.feature.melspectrogram(y=samples, sr=rate))  # noqa: E731

run()
best = float("inf")
for _ in range(rounds):
    start = time.perf_counter()
    run()
    best = min(best, time.perf_counter() - start)
print(json.dumps({"seconds": best}))
