"""Whisper's own vocabulary, out of the source package of openai-whisper: what tiktoken and transformers make of texts made at random, and
WhisperFeatureExtractor (NumPy, no torch) of sound.

    python tokens.py openai_whisper-20250625.tar.gz OUT
"""

import importlib.util
import json
import random
import sys
import tarfile
from pathlib import Path

import numpy as np
import soxr
from transformers import WhisperFeatureExtractor, WhisperTokenizer

archive, out = sys.argv[1], Path(sys.argv[2])
texts_made = 2000


def unpacked():
    """whisper/tokenizer.py, which needs tiktoken and nothing else of the package."""
    with tarfile.open(archive) as tar:
        tar.extractall(out, filter="data")
    path = next(out.glob("openai_whisper-*/whisper/tokenizer.py"))
    spec = importlib.util.spec_from_file_location("whisper_tokenizer", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def merges_of(ranks):
    """The pair that each token was merged from: what is left of its bytes by all merges of a lower rank."""
    merges = []
    for token, rank in sorted(ranks.items(), key=lambda item: item[1]):
        # One token, 50256, has no bytes.
        if len(token) < 2:
            continue
        parts = [bytes([b]) for b in token]
        while len(parts) > 2:
            pairs = [ranks.get(a + b, rank) for a, b in zip(parts, parts[1:])]
            at = min(range(len(pairs)), key=pairs.__getitem__)
            assert pairs[at] < rank
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        merges.append(tuple(parts))
    return merges


def byte_characters():
    """GPT-2's characters for bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in plain]
    return {**{b: chr(b) for b in plain}, **{b: chr(256 + i) for i, b in enumerate(rest)}}


def whisper_tokenizer(encoding):
    characters = byte_characters()
    text = lambda token: "".join(characters[b] for b in token)
    ranks = encoding._mergeable_ranks
    special = sorted(encoding._special_tokens, key=encoding._special_tokens.get)
    end, *others = special
    tokenizer = WhisperTokenizer(
        vocab={**{text(token): rank for token, rank in ranks.items()}, end: len(ranks)},
        merges=[tuple(map(text, pair)) for pair in merges_of(ranks)],
        pad_token=end,
        extra_special_tokens=others,
    )
    tokenizer.set_prefix_tokens()
    tokenizer.save_pretrained(out / "tokenizer")
    return tokenizer


def random_texts():
    """Words of many scripts, contractions, digits, blanks and signs of every kind, runs of one character."""
    rng = random.Random(16)
    ranges = [(0x61, 0x7A), (0x41, 0x5A), (0xC0, 0x17F), (0x370, 0x3FF), (0x400, 0x4FF), (0x5D0, 0x5EA), (0x620, 0x64A)]
    ranges += [(0x900, 0x97F), (0xE00, 0xE3A), (0x1100, 0x11FF), (0x3040, 0x30FF), (0x4E00, 0x9FA5), (0xAC00, 0xD7A3), (0x1F300, 0x1F64F)]
    blanks = [" ", "  ", "\n", "\t", "\u00a0", "\u2003", "\u3000", " \n ", "\r\n"]
    signs = ["'s", "'ll", "'T", "’s", ".", "...", ",", "?!", "—", "$5", "½", "²", "1234567", "٣", "e\u0301", "\u200d", "<|en|>", "<|endoftext|", "_", "\x07"]
    common = "the and of to in is you that it he was for on are as with his they I at be this have from or one had by word but not what all were".split()
    for _ in range(texts_made):
        parts = []
        for _ in range(rng.randint(0, 30)):
            kind = rng.random()
            if kind < 0.35:
                parts.append(rng.choice(common))
            elif kind < 0.65:
                low, high = rng.choice(ranges)
                parts.append("".join(chr(rng.randint(low, high)) for _ in range(rng.randint(1, 9))))
            elif kind < 0.8:
                parts.append(rng.choice(signs))
            elif kind < 0.85:
                parts.append(rng.choice("a .-=") * rng.randint(2, 40))
            parts.append(rng.choice(blanks) if rng.random() < 0.2 else rng.choice(["", " "]))
        yield "".join(parts)


def tokens():
    module = unpacked()
    encoding = module.get_encoding("multilingual")
    tokenizer = whisper_tokenizer(encoding)
    with open(out / "texts.jsonl", "w") as file:
        for i, text in enumerate(random_texts()):
            row = {"text": text, "tiktoken": encoding.encode(text, allowed_special="all")}
            if i % 20 == 0:
                tokenizer.set_prefix_tokens(language="de", task="transcribe")
                made = tokenizer(text, padding="max_length", truncation=True, max_length=64)
                row["padded"] = {"input_ids": made["input_ids"], "attention_mask": made["attention_mask"]}
            file.write(json.dumps(row) + "\n")


def features():
    rng = np.random.default_rng(16)
    cases = []
    for i, (seconds, rate, bins) in enumerate([(0.1, 16000, 80), (5, 16000, 128), (30, 16000, 80), (31.5, 16000, 128), (7, 44100, 80), (7, 22050, 128)]):
        frames = int(seconds * rate)
        t = np.arange(frames) / rate
        sound = 0.01 * rng.standard_normal(frames) + 0.4 * np.sin(2 * np.pi * (200 + 100 * t) * t) + 0.1 * np.sin(2 * np.pi * 3000 * t)
        if rate != 16000:
            # Nothing where the filters of two resamplers may differ.
            lines = np.fft.rfft(sound)
            lines[np.fft.rfftfreq(frames, 1 / rate) > 6500] = 0
            sound = np.fft.irfft(lines, frames) * np.hanning(frames) + 1e-3
        sound = sound.astype("<f4")
        heard = soxr.resample(sound, rate, 16000, "VHQ") if rate != 16000 else sound
        made = WhisperFeatureExtractor(feature_size=bins)(heard, sampling_rate=16000, return_tensors="np").input_features[0]
        sound.tofile(out / f"sound-{i}.f32")
        made.astype("<f4").tofile(out / f"features-{i}.f32")
        cases.append({"rate": rate, "bins": bins, "seconds": seconds})
    (out / "features.json").write_text(json.dumps(cases))


tokens()
features()
