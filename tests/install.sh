#!/bin/sh
# What the tests need besides Rust, as far as it is missing: a browser and its driver, a tool that makes certificates,
# Suricata as the judge of rules and lists, and readers of what leaves. Debian bookworm and its like.
set -eu
cd "$(dirname "$0")/.."
mkdir -p target
# One at a time: several tests may ask for it.
exec 9>target/install.lock
flock 9
run=""
if [ "$(id -u)" -ne 0 ]; then
    run="sudo"
fi

# A browser and its driver: the pages.
if ! command -v chromium >/dev/null || ! command -v chromedriver >/dev/null ||
    ! command -v openssl >/dev/null; then
    $run apt-get update
    $run apt-get install --yes --no-install-recommends chromium chromium-driver openssl
fi

# Suricata is not in bookworm itself but in its backports: the same mirror and key, another suite.
if ! command -v suricata >/dev/null; then
    backports="bookworm-backports"
    if ! grep -qsr "$backports" /etc/apt/sources.list /etc/apt/sources.list.d; then
        own=/etc/apt/sources.list.d/debian.sources
        mirror=$(sed -n 's/^URIs: *//p' "$own" 2>/dev/null | head -n 1)
        key=$(sed -n 's/^Signed-By: *//p' "$own" 2>/dev/null | head -n 1)
        printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' \
            "${mirror:-http://deb.debian.org/debian}" "$backports" \
            "${key:-/usr/share/keyrings/debian-archive-keyring.gpg}" |
            $run tee "/etc/apt/sources.list.d/$backports.sources" >/dev/null
    fi
    $run apt-get update
    $run apt-get install --yes --no-install-recommends -t "$backports" suricata
fi

# Independent readers of lists and models, in an environment of their own: target/readers.
if ! cmp -s tests/requirements.txt target/readers/requirements.txt; then
    if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
        $run apt-get update
        $run apt-get install --yes --no-install-recommends python3 python3-venv
    fi
    rm -rf target/readers
    python3 -m venv target/readers
    target/readers/bin/pip install --quiet --disable-pip-version-check -r tests/requirements.txt
    cp tests/requirements.txt target/readers/requirements.txt
fi
