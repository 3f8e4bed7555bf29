#!/usr/bin/env bash
# Judges all files under config/ (config.py says how), with tools in a scratch environment under .build.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=.build/lint
wanted="check-jsonschema==0.39.0 kubernetes-validate==1.37.0"
if [ "$(cat "$tools/wanted" 2>/dev/null)" != "$wanted" ]; then
  python3 -m venv "$tools"
  # shellcheck disable=SC2086 # a word a package
  "$tools/bin/pip" install --quiet --disable-pip-version-check $wanted
  printf '%s\n' "$wanted" >"$tools/wanted"
fi
exec "$tools/bin/python" .make/config.py
