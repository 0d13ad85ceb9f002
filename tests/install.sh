#!/bin/sh
# What the tests need besides Rust: a browser and its driver, and a tool that makes certificates. Debian and its like.
set -eu
if command -v chromium >/dev/null && command -v chromedriver >/dev/null && command -v openssl >/dev/null; then
    exit 0
fi
run=""
if [ "$(id -u)" -ne 0 ]; then
    run="sudo"
fi
$run apt-get update
$run apt-get install --yes --no-install-recommends chromium chromium-driver openssl
