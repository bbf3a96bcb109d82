"""What transformers' WhisperFeatureExtractor (NumPy, no torch) makes of the recordings of a manifest, all of them WAV of 16 bits at 16 kHz:

    python pack_features.py MANIFEST OUT

OUT gets a .npy of [80, 3000] for each row.
"""

import json
import sys
import wave
from pathlib import Path

import numpy as np
from transformers import WhisperFeatureExtractor

manifest, out = Path(sys.argv[1]), Path(sys.argv[2])
out.mkdir(parents=True, exist_ok=True)
extractor = WhisperFeatureExtractor(feature_size=80)
for number, line in enumerate(manifest.read_text(encoding="utf8").splitlines()):
    with wave.open(str(manifest.parent / json.loads(line)["audio_filepath"])) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
    mono = (samples.astype(np.float64) / 32768).mean(axis=1).astype(np.float32)
    np.save(out / f"{number}.npy", extractor(mono, sampling_rate=16000, return_tensors="np").input_features[0])
