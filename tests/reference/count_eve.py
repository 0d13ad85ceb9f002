#!/usr/bin/env python3
"""Counts the events of every EVE file of the shared data, by type, with a full JSON parser.

usage: count_eve.py DATA_DIRECTORY > count_eve.json
Needs the zstd command. What it printed is kept beside it; tests/shared.rs compares.
"""

import collections
import glob
import json
import os
import subprocess
import sys


def lines(path):
    data = subprocess.run(["zstd", "-dc", path], check=True, capture_output=True).stdout
    parts = data.split(b"\n")
    return parts[:-1] if parts[-1] == b"" else parts


def count(path):
    events, unreadable, total = collections.Counter(), 0, 0
    for line in lines(path):
        total += 1
        try:
            event = json.loads(line)
            events[event["event_type"]] += 1
        except (ValueError, KeyError, TypeError):
            unreadable += 1
    return {"lines": total, "events": dict(sorted(events.items())), "unreadable": unreadable}


def main():
    root = sys.argv[1]
    paths = glob.glob(f"{root}/eve/*.zst") + glob.glob(f"{root}/lab/*eve.json.zst")
    counts = {os.path.relpath(path, root): count(path) for path in sorted(paths)}
    json.dump(counts, sys.stdout, indent=1, sort_keys=True)
    print()


main()
