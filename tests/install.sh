#!/bin/sh
# What the tests need besides Rust: a browser with its driver, and Suricata 7 as the judge of rules. Debian bookworm and its like.
set -eu
wanted=""
if ! command -v chromium >/dev/null || ! command -v chromedriver >/dev/null; then
    wanted="chromium chromium-driver"
fi
suricata=""
if ! command -v suricata >/dev/null; then
    suricata="suricata"
fi
if [ -z "$wanted$suricata" ]; then
    exit 0
fi
run=""
if [ "$(id -u)" -ne 0 ]; then
    run="sudo"
fi
# Suricata is not in bookworm itself but in its backports: the same mirror and key, another suite.
backports="bookworm-backports"
if [ -n "$suricata" ] && ! grep -qsr "$backports" /etc/apt/sources.list /etc/apt/sources.list.d; then
    own=/etc/apt/sources.list.d/debian.sources
    mirror=$(sed -n 's/^URIs: *//p' "$own" 2>/dev/null | head -n 1)
    key=$(sed -n 's/^Signed-By: *//p' "$own" 2>/dev/null | head -n 1)
    printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' \
        "${mirror:-http://deb.debian.org/debian}" "$backports" \
        "${key:-/usr/share/keyrings/debian-archive-keyring.gpg}" |
        $run tee "/etc/apt/sources.list.d/$backports.sources" >/dev/null
fi
$run apt-get update
if [ -n "$wanted" ]; then
    # shellcheck disable=SC2086 # two packages, two words
    $run apt-get install --yes --no-install-recommends $wanted
fi
if [ -n "$suricata" ]; then
    $run apt-get install --yes --no-install-recommends -t "$backports" "$suricata"
fi
