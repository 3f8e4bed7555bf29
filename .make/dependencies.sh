#!/usr/bin/env bash
# Installs the system packages that are missing (Debian, Ubuntu). Says nothing when all is there.
set -euo pipefail

packages=(libmicrohttpd-dev libgnutls28-dev libcurl4-openssl-dev libssl-dev libsimdjson-dev libpcre2-dev libyaml-dev libsqlite3-dev zlib1g-dev pkg-config curl strace)
missing=()
for package in "${packages[@]}"; do
  dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "These packages are needed (Debian's names): ${missing[*]}" >&2
  exit 1
fi
echo "installing: ${missing[*]}"
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
"${as_root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
