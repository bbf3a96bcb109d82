"""Makes recordings for the benchmark `ingest`: 16-bit WAV, the same as FLAC, and a CSV of labels for each.

    .cache/ingest-venv/bin/python bench/peers/ingest_data.py FOLDER COUNT SECONDS RATE

FOLDER/wav and FOLDER/flac. Tones that rise and fall in noise: FLAC makes about two thirds of it, as of field recordings.
"""

import os
import sys

import numpy
import soundfile


def main(folder, count, seconds, rate):
    frames = int(seconds * rate)
    times = numpy.arange(frames) / rate
    rows = {"wav": ["Label,Blob Name"], "flac": ["Label,Blob Name"]}
    for kind in rows:
        os.makedirs(f"{folder}/{kind}", exist_ok=True)
    for i in range(count):
        random = numpy.random.default_rng(i)
        pitch, beat = random.uniform(200, 4000), random.uniform(0.5, 8)
        tone = 0.3 * numpy.sin(2 * numpy.pi * pitch * times) * numpy.sin(2 * numpy.pi * beat * times) ** 2
        sound = tone + random.normal(0, random.uniform(0.001, 0.02), frames)
        samples = numpy.clip(numpy.round(sound * 32768), -32768, 32767).astype(numpy.int16)
        for kind, lines in rows.items():
            soundfile.write(f"{folder}/{kind}/clip-{i:05d}.{kind}", samples, rate, subtype="PCM_16")
            lines.append(f"{i % 50},clip-{i:05d}.{kind}")
    for kind, lines in rows.items():
        with open(f"{folder}/{kind}/labels.csv", "w", encoding="utf8") as file:
            file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
