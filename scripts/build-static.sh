#!/usr/bin/env bash
# Builds a snell that runs on any Linux of this machine's architecture: whatever its C library, or without one.
#
#   scripts/build-static.sh [OUT]      OUT is the file to write [default: target/static/snell]
#
# SNELL_TARGET names another target, such as x86_64-unknown-linux-musl where its standard library is installed. The GNU C
# library, linked statically, is the default: it needs nothing beside a Rust toolchain and the C compiler that the grammars
# need, and its allocator does not slow down threads as musl's does.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${SNELL_TARGET:-$(uname -m)-unknown-linux-gnu}
out=${1:-target/static/snell}

# With a target named, the flags are for the program alone and not for the macros that run in the compiler.
export RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static"
cargo build --release --locked --package snell --target "$target"

mkdir -p "$(dirname "$out")"
cp "${CARGO_TARGET_DIR:-target}/$target/release/snell" "$out"

# A program that asks for a loader or a library would run here and nowhere else.
if LC_ALL=C readelf --program-headers --dynamic "$out" | grep -E 'Requesting program interpreter|\(NEEDED\)'; then
  echo "$out is not static" >&2
  exit 1
fi
# It runs where there is nothing else, if this user may change the root (a container, a CI machine).
if [ "$(id -u)" = 0 ]; then
  empty=$(mktemp -d)
  trap 'rm -rf "$empty"' EXIT
  cp "$out" "$empty/snell"
  chroot "$empty" /snell --version
fi
echo "$out: $(du -k "$out" | cut -f1) KiB, static"
