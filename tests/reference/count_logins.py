#!/usr/bin/env python3
"""Counts log-ins in the login logs of a data directory, with regular expressions and nothing of Botany.

    python3 count_logins.py ../shared/data > count_logins.json

Standard library only; packed files are unpacked by the `zstd` program. For each file it prints the number of
lines and, of the kinds of lines it finds there:

- failed, accepted: sshd's password and other methods, merged lines ("message repeated N times") counted once;
- failed_tries: the same, merged lines counted N times;
- invalid: "Invalid user" lines;
- failed_addresses, failed_names: distinct addresses and user names of the failed lines;
- cowrie_failed, cowrie_success: log-in events of cowrie; cowrie_pairs: distinct user name and password pairs;
- honey: "logged in as" lines of the telnet honeypot; honey_addresses: distinct addresses of them;
  honey_pairs: distinct texts "USER-PASSWORD" of them.
"""

import json
import pathlib
import re
import subprocess
import sys

FAILED = re.compile(rb"sshd\[\d+\]: (?:message repeated (\d+) times: \[ )?Failed (\S+) for (.*)")
ACCEPTED = re.compile(rb"sshd\[\d+\]: Accepted (\S+) for ")
INVALID = re.compile(rb"sshd\[\d+\]: Invalid user ")
# Greedy: the last " from " that an address and a port follow.
SOURCE = re.compile(rb"(.*) from (\S+) port \d+(?: ssh[12])?(?:\]|: .*)?\s*$")
HONEY = re.compile(rb" - INFO - ([\d.]+):\d+ logged in as (.*)$")


def content(path):
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dcq", str(path)], check=True, stdout=subprocess.PIPE).stdout
    return path.read_bytes()


def sshd(lines):
    failed = tries = accepted = invalid = 0
    addresses, names = set(), set()
    for line in lines:
        if found := FAILED.search(line):
            failed += 1
            tries += int(found[1] or 1)
            if source := SOURCE.match(found[3]):
                name, address = source[1], source[2]
                name = name.removeprefix(b"invalid user ")
                names.add(name)
                addresses.add(address)
        elif ACCEPTED.search(line):
            accepted += 1
        elif INVALID.search(line):
            invalid += 1
    return {
        "failed": failed,
        "failed_tries": tries,
        "accepted": accepted,
        "invalid": invalid,
        "failed_addresses": len(addresses),
        "failed_names": len(names),
    }


def cowrie(lines):
    failed = success = 0
    pairs = set()
    for line in lines:
        event = json.loads(line)
        failed += event["eventid"] == "cowrie.login.failed"
        success += event["eventid"] == "cowrie.login.success"
        if event["eventid"].startswith("cowrie.login."):
            pairs.add((event["username"], event["password"]))
    return {"cowrie_failed": failed, "cowrie_success": success, "cowrie_pairs": len(pairs)}


def honey(lines):
    found = [match for match in map(HONEY.search, lines) if match]
    return {
        "honey": len(found),
        "honey_addresses": len({match[1] for match in found}),
        "honey_pairs": len({match[2] for match in found}),
    }


def main(data):
    counts = {}
    # The short made-up lines of fail2ban's own tests are looked at one by one elsewhere.
    for pattern, count in [
        ("logins/sshd-*", sshd),
        ("lab/auth.log.zst", sshd),
        ("logins/cowrie-*.json.zst", cowrie),
        ("lab/cowrie.json.zst", cowrie),
        ("logins/telnet-honey-*", honey),
    ]:
        for path in sorted(data.glob(pattern)):
            text = content(path)
            lines = text.split(b"\n")
            if not lines[-1]:
                lines.pop()
            counts[str(path.relative_to(data))] = {"lines": len(lines), **count(lines)}
    json.dump(counts, sys.stdout, indent=1, sort_keys=True)
    print()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
