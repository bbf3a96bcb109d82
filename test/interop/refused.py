"""Runs the notebook on each file that it is said to die of.

    refused.py FOLDER OUT

OUT gets {file: name of the exception, or null}.
"""

import json
import os
import sys
import tempfile

import notebook


def judge(path, out):
    try:
        notebook.extract([path], out, out)
    except Exception as error:
        return type(error).__name__
    return None


if __name__ == "__main__":
    folder, report = sys.argv[1:]
    with tempfile.TemporaryDirectory() as out:
        verdicts = {name: judge(os.path.join(folder, name), out) for name in sorted(os.listdir(folder))}
    with open(report, "w") as f:
        json.dump(verdicts, f)
