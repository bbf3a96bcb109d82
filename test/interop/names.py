"""Names for a2o-strict: thousands, made from the grammar and then bent, judged by Python's own `re` and `strptime`.

    names.py OUT

writes OUT/<part>/<file> (TFRecord, one record a name, one window each) and OUT/names.json with, per file, the JSON that
must come out, and which records must be refused. Parts: "mixed" holds every name, "accepted" only those that the
notebook takes (which the looser `a2o` must read the same way).
"""

import json
import os
import random
import re
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import numpy as np
import tensorflow as tf

import oracle
import wire

COUNT = 5000
# The notebook's pattern takes time exponential in the word characters of a site name that leads nowhere: 2^15 steps.
LONGEST_RUN = 15
SITE_NAME = re.compile(r"(?=site_\d{4}/\d{8}T\d{6}(?:\+\d{4}|Z)_([\w-]*))")

pick = random.Random(4711)

DIGITS = "0123456789"
ODD_DIGITS = "\u0663\u06f4\u0967\uff11\U0001d7d8"  # \d and int() take these
ODD_WORDS = "\u00e9\u00df\u9ce5\u0416\u00b2\u00bd\u216b\U0001d538\u0e01"  # \w takes these
NOT_WORDS = "\u0301\u200d\u2013\u00b7\u2028\ue000\U0001f426.' \u00a0"
ZONES = ["Z", "Z", "+0000", "+1000", "+1030", "+0930", "+2359"]
BAD_ZONES = [
    "+2400", "+0960", "+2360", "+9959", "-1030", "+10:30", "+100", "+10300", "z", "", "Z+1000", "+0\u0663\u0663\u0660",
    "+\uff11\uff1030", "+10\uff13\uff10", "\u221210:00",
]
DATES = [
    "20201014T010000", "20200229T235959", "00010101T000000", "99991231T235959", "19691231T235959", "20000229T120000",
]
BAD_DATES = [
    "20210229T000000", "20200001T000000", "20201301T000000", "20200100T000000", "20200132T000000", "20200431T000000",
    "20200101T240000", "20200101T236000", "20200101T235960", "20200101T235961", "20200101T235962", "00000101T000000",
    "20200101t000000", "2020101T000000", "202001011T000000", "20200101T00000", "20200101 000000", "19000229T000000",
    "2\u066620101T000000", "2020\u06611\u06610T000000", "20200\uff1101T000000", "2020010\uff11T000000",
    "20200101T0\uff110000", "20200101T\uff110000\uff10", "20200101T00000\uff19", "20200101T0000\uff10\uff10",
    "2020013\uff10T000000", "2020013\uff11T000000", "2020023\uff10T000000", "2020010\u0660T000000",
]
SUBSITES = ["Wet-A", "Wet-B", "Dry-A", "Dry-B"]
BAD_SUBSITES = ["Wet-C", "wet-A", "WetA", "Wet_A", "Dry", "Dry-a", "Wet-A-", "-Wet-A", "WetDry-A", "Wet-AB"]
ATOMS = ["a", "Z", "7", "_", "-", "--", "-_-", "Wet", "Dry", "-A", "Wet-A", "-Dry-B", "-Wet-A_", "-Wet-B_1", "flac", "site"]


def choose(good, bad, rate=0.05):
    return pick.choice(bad if pick.random() < rate else good)


def site_id():
    digits = [pick.choice(DIGITS) for _ in range(choose([4], [3, 5, 0, 8]))]
    if digits and pick.random() < 0.08:
        digits[pick.randrange(len(digits))] = pick.choice(ODD_DIGITS)
    return "".join(digits)


def site_name():
    text = ""
    for _ in range(pick.randrange(5)):
        kind = pick.random()
        text += pick.choice(ATOMS) if kind < 0.8 else pick.choice(ODD_WORDS if kind < 0.95 else NOT_WORDS)
    return text


def sequence():
    kind = pick.random()
    if kind < 0.06:
        return ""
    digits = "".join(pick.choice(DIGITS) for _ in range(pick.choice([1, 1, 1, 2, 2, 3, 5, 6])))
    if kind < 0.12:
        digits = "0" * pick.randrange(1, 4) + digits
    if kind > 0.94:
        digits = digits[:3] + pick.choice(ODD_DIGITS) + digits[3:5]
    return digits


def one():
    dot = choose(["."], ["x", "-", "_", "7", "", "\n", "\r", "\0", "..", "\u20ac", "\U0001f426", "\uff11"], 0.15)
    return "".join(
        [
            pick.choice(["", "", "", "", "a/", "site_", "site_0001/", "xsite_12345/", "\U0001f426", "\n", '"']),
            choose(["site_"], ["Site_", "site-", "site", "ite_", "_"], 0.03),
            site_id(),
            choose(["/"], ["", "//", "\\", "_", "-"], 0.03),
            choose(DATES, BAD_DATES, 0.12),
            choose(ZONES, BAD_ZONES, 0.1),
            choose(["_"], ["", "-", "__", "/"], 0.04),
            site_name(),
            choose(["-"], ["", "_", "--"], 0.04),
            choose(SUBSITES, BAD_SUBSITES),
            choose(["_"], ["", "-", "__"], 0.04),
            sequence(),
            dot,
            choose(["flac"], ["Flac", "fla", "wav", "flac.flac", ""], 0.05),
            pick.choice(["", "", "", "", "", ".flac", "x", "-Dry-B_2.flac", "\n", "/site_0001/"]),
        ]
    )


def bend(name):
    """Drops, doubles, swaps or replaces a few characters."""
    chars = list(name)
    for _ in range(pick.choice([1, 1, 2, 3])):
        if not chars:
            break
        i = pick.randrange(len(chars))
        kind = pick.randrange(4)
        if kind == 0:
            del chars[i]
        elif kind == 1:
            chars.insert(i, chars[i])
        elif kind == 2:
            chars[i] = pick.choice(DIGITS + ODD_DIGITS + ODD_WORDS + NOT_WORDS + "_-/TZ+sWADB.")
        else:
            j = pick.randrange(len(chars))
            chars[i], chars[j] = chars[j], chars[i]
    return "".join(chars)


def quick(name):
    """Whether the notebook's pattern ends soon on this name, even when nothing matches."""
    return all(sum(c != "-" for c in run) <= LONGEST_RUN for run in SITE_NAME.findall(name))


PINNED = [
    # The inner \w* matches nothing before every hyphen, so the FIRST hyphen from which the rest fits wins, not the last.
    "site_0001/20200101T000000Z_X-Wet-A_1xflac-Dry-B_2.flac",
    "site_0001/20200101T000000Z_X-Wet-A_1-Dry-B_2.flac",
    "site_0001/20200101T000000Z_-Wet-A-Wet-A_1.flac",
    "site_0001/20200101T000000Z_--Wet-A_1.flac",
    "site_0001/20200101T000000Z_-Wet-A_1.flac",
    "site_0001/20200101T000000Z_Wet-A_1.flac",
    # The sequence gives back a digit to the dot that matches anything; none left is int('') and fatal.
    "site_0001/20200101T000000Z_X-Wet-A_12flac",
    "site_0001/20200101T000000Z_X-Wet-A_1flac",
    "site_0001/20200101T000000Z_X-Wet-A_.flac",
    "site_0001/20200101T000000Z_X-Wet-A_flac",
    "site_0001/20200101T000000Z_X-Wet-A_1\nflac",
    # Two matches are fatal, one after a false start is fine.
    "site_0001/20200101T000000Z_X-Wet-A_1.flac" * 2,
    "site_0001/site_0002/20200101T000000Z_X-Wet-A_1.flac",
    "site_0001/20200101T000000Z_site_0002/20200101T000000Z_X-Wet-A_1.flac",
    "site_site_0001/20200101T000000Z_X-Wet-A_1.flac",
    "site_00010001/20200101T000000Z_X-Wet-A_1.flac",
    "site_0001/20200101T000000Z_X-Wet-A_1.flac/site_0002/20200101T000000Z_X-Wet-A_2.fla",
    "site_0001/20200101T000000Z_X-Wet-A_" + "9" * 4300 + ".flac",
    "site_0001/20200101T000000Z_X-Wet-A_" + "9" * 4301 + ".flac",
    "site_0001/20200101T000000Z_X-Wet-A_" + "0" * 4301 + ".flac",
    "site_0001/00010101T000000+2359_X-Wet-A_1.flac",
    "site_0001/99991231T235959Z_X-Wet-A_1.flac",
    "",
    "site_",
    "site_0001/",
]

PINNED += [f"site_0001/20200101T000000Z_X-Wet-A_{'0' * zeros}{'9' * nines}.flac" for zeros in (0, 3) for nines in range(1, 41)]

# What .decode("utf-8") refuses: stray and missing continuations, overlong forms, surrogates, beyond U+10FFFF.
GOOD = b"site_0001/20200101T000000Z_X-Wet-A_1.flac"
UNDECODABLE = [
    GOOD + tail for tail in (b"\x80", b"\xc3", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xed\xa0\x80\xed\xb0\x80",
                             b"\xf4\x90\x80\x80", b"\xf0\x80\x80\x80", b"\xff", b"\xf0\x9f\x90", b"\xfe\xff")
]


def judge(raw):
    try:
        return oracle.describe(raw.decode("utf-8"))
    except ValueError:  # UnicodeDecodeError is one
        return None


def write(path, raws):
    vector = np.zeros((1, 1, 4), np.float32)
    embedding = wire.bytes_list(wire.tensor(vector.shape, "float32", wire.content(vector)))
    with tf.io.TFRecordWriter(path) as writer:
        for raw in raws:
            writer.write(
                wire.example(
                    wire.entry("timestamp_s", wire.float_list(0)),
                    wire.entry("filename", wire.bytes_list(raw)),
                    wire.entry("embedding", embedding),
                    wire.entry("embedding_shape", wire.int64_list(*vector.shape)),
                )
            )


def main(out):
    names = list(PINNED)
    while len(names) < COUNT:
        name = one()
        if pick.random() < 0.25:
            name = bend(name)
        if quick(name):
            names.append(name)
    raws = UNDECODABLE + [n.encode() for n in names]
    fields = [judge(raw) for raw in raws]

    facts = {"mixed": {}, "accepted": {}}
    for part in facts:
        os.makedirs(os.path.join(out, part))
    for start in range(0, len(raws), 500):
        file = f"names-{start:05d}"
        chunk = list(zip(raws, fields))[start : start + 500]
        for part in facts:
            kept = [c for c in chunk if part == "mixed" or c[1] is not None]
            write(os.path.join(out, part, file), [raw for raw, _ in kept])
            facts[part][file] = {
                "names": [raw.decode("utf-8", "replace") for raw, _ in kept],
                "json": json.dumps([oracle.row(f, 0) for _, f in kept if f is not None]),
                "refused": [i for i, (_, f) in enumerate(kept) if f is None],
            }
    with open(os.path.join(out, "names.json"), "w") as f:
        json.dump(facts, f)
    accepted = sum(f is not None for f in fields)
    print(f"{len(fields)} names, {accepted} accepted")


if __name__ == "__main__":
    main(*sys.argv[1:])
