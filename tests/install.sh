#!/bin/sh
# What the tests need besides Rust, as far as it is missing: a browser and its driver, and readers of what leaves.
# Debian and its like.
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
if ! command -v chromium >/dev/null || ! command -v chromedriver >/dev/null; then
    $run apt-get update
    $run apt-get install --yes --no-install-recommends chromium chromium-driver
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
