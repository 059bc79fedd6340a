#!/usr/bin/env bash
# Refuses a release whose parts name different versions.
#
#   scripts/release-version.sh [vX.Y.Z]
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
fail() {
  echo "$1" >&2
  exit 1
}
[ -n "$version" ] || fail "Cargo.toml names no version"
[ "${1:-v$version}" = "v$version" ] || fail "the tag is $1, and Cargo.toml says $version"
grep -q "snell@$version" .pre-commit-hooks.yaml || fail ".pre-commit-hooks.yaml installs another version than $version"
grep -q "rev: v$version$" docs/hooks.md || fail "docs/hooks.md names another version than $version"
grep -q "default: $version$" action.yml || fail "action.yml installs another version than $version"
grep -q "snell@v$version$" docs/ci.md || fail "docs/ci.md names another version than $version"
echo "$version"
