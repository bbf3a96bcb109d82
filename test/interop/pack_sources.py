"""Recordings that soundfile writes, and manifests that name them:

    python pack_sources.py OUT

`all.jsonl`: mono and stereo, at several rates, of every type of WAV that people have, and a FLAC file. `pcm.jsonl`: those of 16 and 24 bits. `speech.jsonl`: those at
16 kHz and of 16 bits, for processors. Texts and further columns are of every kind that JSON has.
"""

import json
import sys
from pathlib import Path

import numpy as np
import soundfile

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
random = np.random.default_rng(16)

shapes = [(rate, channels) for rate in (16000, 8000, 44100) for channels in (1, 2)]
texts = ["Grüße aus Köln", "", "a", "𝄞 ‮ ½", "long " * 80, 'quotes " and \\ and \n']
columns = [
    {"speaker": "s1", "score": 1.0, "take": 1},
    {"speaker": None, "score": -0.5, "take": 9007199254740993, "late": True},
    {"speaker": "", "score": 1e300, "take": -(2**31) - 1, "words": ["a", 1, None], "about": {"x": 0.25, "y": {}}},
]


def sound(rate, channels, number):
    seconds = 0.35 + 0.1 * (number % 5)
    frames = round(rate * seconds) + number % 3
    made = 0.3 * np.sin(np.arange(frames)[:, None] * (0.02 + 0.03 * np.arange(1, channels + 1))) + 0.1 * random.standard_normal((frames, channels))
    return made.clip(-1, 0.9999).astype(np.float32)[:, 0 if channels == 1 else slice(None)]


rows = []
for subtype in ("PCM_16", "PCM_24", "PCM_32", "PCM_U8", "FLOAT"):
    for rate, channels in shapes:
        number = len(rows)
        name = f"{subtype.lower()}-{rate}-{channels}.wav"
        soundfile.write(out / name, sound(rate, channels, number), rate, subtype=subtype)
        rows.append({"audio_filepath": name, "text": texts[number % len(texts)], **columns[number % len(columns)]})
soundfile.write(out / "some.flac", sound(22050, 2, 3), 22050, subtype="PCM_16")
rows.append({"audio_filepath": "some.flac", "text": "FLAC", **columns[0]})

chosen = {"all": "", "pcm": "pcm_16 pcm_24", "speech": "pcm_16-16000"}
for manifest, beginnings in chosen.items():
    lines = [row for row in rows if row["audio_filepath"].startswith(tuple(beginnings.split()) or "")]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in lines)
    (out / f"{manifest}.jsonl").write_text(text, encoding="utf8")
