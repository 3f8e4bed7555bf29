#!/usr/bin/env bash
# Runs Tests/SDK/check.py with the official Python SDK, installed into a scratch environment under .build.
set -euo pipefail
cd "$(dirname "$0")/.."

environment=.build/sdk
if [ ! -x "$environment/bin/python" ]; then
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet telnyx
fi
exec "$environment/bin/python" Tests/SDK/check.py
