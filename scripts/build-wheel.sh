#!/usr/bin/env bash
# Packs a wheel for PyPI around the program, with maturin (pyproject.toml).
#
#   scripts/build-wheel.sh [TARGET] [OUT]      [default: this machine's, target/wheels]
set -euo pipefail
cd "$(dirname "$0")/.."

target=${1:-$(rustc -vV | sed -n 's/^host: //p')}
out=${2:-target/wheels}
words=()
case $target in
  *-linux-*)
    # The same program as scripts/build-static.sh makes: no C library is asked of the machine.
    export RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static"
    words=(--compatibility manylinux2014 --auditwheel skip)
    ;;
esac
maturin build --release --locked --target "$target" --out "$out" ${words[@]+"${words[@]}"}
