#!/usr/bin/env python3
"""Makes iana-ipv4.csv and iana-ipv6.csv from IANA's own XML registries.

    python3 make_iana.py ipv4-address-space.xml ipv6-address-space.xml

The registries name whole /8s (IPv4) and short prefixes (IPv6); what lies inside them and is reserved
for a purpose stands in their footnotes. Both become rows: `prefix,designation,date,status`.
"""

import csv
import ipaddress
import re
import sys
import xml.etree.ElementTree as ElementTree

NAMESPACE = "{http://www.iana.org/assignments}"
# "192.0.2.0/24 reserved for TEST-NET-1", "2001:10::/28 deprecated (formerly ORCHID)"
RESERVED = re.compile(r"([0-9a-f.:]+/\d+)\s+(?:is\s+)?(reserved for|deprecated)\s*([^.]*?)\s*(?=[,.]|$)")


def words(element):
    """The element's text without its references."""
    parts = [element.text or ""]
    for child in element:
        parts.append("." if child.tag == NAMESPACE + "xref" else words(child))
        parts.append(child.tail or "")
    return " ".join("".join(parts).split())


def field(record, name):
    element = record.find(NAMESPACE + name)
    return words(element).strip(". ") if element is not None else ""


def network(text):
    """`001/8` and `2000::/3` alike."""
    address, bits = text.split("/")
    if ":" not in address and "." not in address:
        address = f"{int(address)}.0.0.0"
    return ipaddress.ip_network(f"{address}/{bits}")


def rows(path):
    root = ElementTree.parse(path).getroot()
    for record in root.iter(NAMESPACE + "record"):
        name = field(record, "designation") or field(record, "description")
        status = field(record, "status") or ("ALLOCATED" if name == "Global Unicast" else "RESERVED")
        yield network(field(record, "prefix")), name, field(record, "date"), status
    prose = " ".join(words(note) + " ." for note in root.iter(NAMESPACE + "footnote"))
    for prefix, verb, name in RESERVED.findall(prose):
        try:
            net = network(prefix)
        except ValueError:
            continue
        if verb == "deprecated":
            name = "Deprecated (IPv4-compatible Address)" if name == "by" else f"Deprecated {name}"
        yield net, name[:1].upper() + name[1:], "", "RESERVED"
    if "64:ff9b::/96" in prose:
        yield network("64:ff9b::/96"), "IPv4-IPv6 Translation", "", "RESERVED"
    if "255.255.255.255 is reserved" in prose:
        yield network("255.255.255.255/32"), "Limited Broadcast", "", "RESERVED"


def main():
    for path, out in zip(sys.argv[1:3], ("iana-ipv4.csv", "iana-ipv6.csv")):
        table = {}
        for net, name, date, status in rows(path):
            known = table.get(net)
            if name and (known is None or known[2] != "RESERVED"):
                table[net] = (name, date, status)
        # RFC 1918's three blocks, under one name.
        if out == "iana-ipv4.csv":
            for prefix in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"):
                date = table.get(ipaddress.ip_network(prefix), ("", "", ""))[1]
                table[ipaddress.ip_network(prefix)] = ("Private-Use Networks", date, "RESERVED")
        with open(out, "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["prefix", "designation", "date", "status"])
            for net in sorted(table):
                writer.writerow([net, *table[net]])
        print(out, len(table))


main()
