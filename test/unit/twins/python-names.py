"""What the archive's notebook makes of file names. Reads a JSON array of names, prints a JSON array of its fields (null where it stops).

Needs only Python itself. The pattern backtracks exponentially: give it names with short runs of letters.
"""

import datetime
import json
import re
import sys

PATTERN = (
    r"site_(?P<site_id>\d{4})\/(?P<datetime>\d{8}T\d{6})(?P<timezone>(?:\+\d{4})|Z)_(?P<site_name>(?:\w*|-)*)"
    r"-(?P<subsite_name>(?:Wet|Dry)-(?:A|B))_(?P<file_seq_id>\d*).flac"
)


def fields(name):
    try:
        [(site_id, when, zone, site_name, subsite_name, file_seq_id)] = re.findall(PATTERN, name)
        zone = "+0000" if zone == "Z" else zone
        when = datetime.datetime.strptime(f"{when}{zone}", "%Y%m%dT%H%M%S%z")
        midnight = when.replace(hour=0, minute=0, second=0)
        return {
            "file_timestamp": int(when.timestamp()),
            "file_seconds_since_midnight": (when - midnight).seconds,
            "site_id": site_id,
            "site_name": site_name,
            "subsite_name": subsite_name,
            "file_seq_id": str(int(file_seq_id)),
        }
    except ValueError:
        return None


json.dump([fields(name) for name in json.load(sys.stdin)], sys.stdout)
