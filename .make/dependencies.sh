#!/usr/bin/env bash
# Installs the system packages that are missing (Debian, Ubuntu). Says nothing when all is there.
set -euo pipefail
cd "$(dirname "$0")"

./install.sh libmicrohttpd-dev libgnutls28-dev libcurl4-openssl-dev libssl-dev libsimdjson-dev libpcre2-dev libyaml-dev \
  libsqlite3-dev zlib1g-dev libpq-dev pkg-config curl strace
