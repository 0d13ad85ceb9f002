"""Reads a list in the forms of others with their own readers and prints what they found.

usage: read_lists.py FOLDER NAME

stix2 and its validator read NAME-stix.json, pymisp NAME-misp.json, Python's csv NAME-lookup.csv, and ipaddress the
lines of NAME-plain.txt. Prints one JSON document: for each form the entries with what the form says of them.
"""

import csv
import ipaddress
import json
import sys
from pathlib import Path

import stix2
import stix2validator
from pymisp import MISPEvent

folder, name = Path(sys.argv[1]), sys.argv[2]
found = {}

text = (folder / f"{name}-stix.json").read_text()
checked = stix2validator.validate_string(text, stix2validator.ValidationOptions(version="2.1"))
assert checked.is_valid, checked.as_dict()
bundle = stix2.parse(text, allow_custom=False, version="2.1")
found["stix"] = {
    one.pattern.split("'")[1]: {
        "confidence": one.confidence,
        "pattern": one.pattern,
        "valid_from": stix2.utils.format_datetime(one.valid_from),
        "valid_until": stix2.utils.format_datetime(one.valid_until),
    }
    for one in bundle.objects
    if one.type == "indicator"
}

event = MISPEvent()
event.load_file(str(folder / f"{name}-misp.json"))
found["misp"] = {
    one.value: {
        "type": one.type,
        "category": one.category,
        "to_ids": one.to_ids,
        "comment": one.comment,
        "last_seen": one.last_seen.isoformat(),
    }
    for one in event.attributes
}

with open(folder / f"{name}-lookup.csv", newline="") as file:
    found["csv"] = {row["ip"]: row for row in csv.DictReader(file)}

lines = (folder / f"{name}-plain.txt").read_text().splitlines()
entries = [line.split("#")[0].strip() for line in lines]
found["plain"] = [str(ipaddress.ip_network(entry)) for entry in entries if entry]

print(json.dumps(found))
