#!/usr/bin/env bash
# What action.yml runs: installs snell, checks, annotates, writes SARIF. Inputs come as variables of the environment.
set -euo pipefail
cd "$SNELL_DIRECTORY"

if [ "$SNELL_VERSION" = installed ]; then
  snell=(npx --no-install snell)
else
  # Beside the project: its lock file, settings and scripts stay out of it.
  place=${RUNNER_TEMP:?}/snell
  npm install --prefix "$place" --ignore-scripts --no-audit --no-fund --silent "snell@$SNELL_VERSION"
  snell=("$place/node_modules/.bin/snell")
fi

outputs=(--format human --format github)
if [ -n "$SNELL_SARIF" ]; then
  outputs+=(--format "sarif=$SNELL_SARIF")
fi
# Words are split at blanks, as they are in a shell, and nothing else is made of them.
read -r -a words <<<"$SNELL_ARGUMENTS"

code=0
"${snell[@]}" check --fail-on "$SNELL_FAIL_ON" "${outputs[@]}" ${words[@]+"${words[@]}"} || code=$?

{
  echo "exit-code=$code"
  # Nothing of interest changed: there is no report.
  if [ -n "$SNELL_SARIF" ] && [ -f "$SNELL_SARIF" ]; then
    echo "sarif=$SNELL_DIRECTORY/$SNELL_SARIF"
  fi
} >>"$GITHUB_OUTPUT"
exit "$code"
