#!/usr/bin/env bash
# Builds the image with docker, podman or buildah, whichever is there and works; ENGINE=podman chooses one. Other variables:
#   IMAGE=convene     its name, which gets the version and `latest` as tags
#   TARGET=convene    or simulator, which stands in for Telnyx
#   SOURCE, LICENSES  for the image's labels; SOURCE is the remote of the git repository, where there is one
# Further arguments go to the engine.
set -euo pipefail
cd "$(dirname "$0")/.."

works() {
  case "$1" in
    docker) docker info >/dev/null 2>&1 ;;
    *) command -v "$1" >/dev/null ;;
  esac
}
if [ -z "${ENGINE:-}" ]; then
  for candidate in docker podman buildah; do
    if works "$candidate"; then ENGINE=$candidate && break; fi
  done
fi
if [ -z "${ENGINE:-}" ]; then
  echo "image: docker, podman or buildah is needed, and none works here" >&2
  exit 1
fi

target=${TARGET:-convene}
image=${IMAGE:-convene}
[ "$target" = convene ] || image=$image-$target
version=$(sed -n 's/.*static let version = "\(.*\)".*/\1/p' Sources/convene/Convene.swift)
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
[ -z "$(git status --porcelain 2>/dev/null)" ] || revision=$revision-dirty
# Without a user or a password that the remote's address may have.
source=${SOURCE:-$(git config --get remote.origin.url 2>/dev/null | sed -nE 's#^(https?://)([^@/]*@)?#\1#p')}

arguments=(
  --target "$target" --tag "$image:$version" --tag "$image:latest"
  --build-arg "VERSION=$version" --build-arg "REVISION=$revision" --build-arg "SOURCE=${source:-unknown}"
)
[ -z "${LICENSES:-}" ] || arguments+=(--build-arg "LICENSES=$LICENSES")
# HEALTHCHECK is known to Docker's format alone. Both tools keep no layers by themselves.
case "$ENGINE" in
  docker) command=(docker build) ;;
  podman) command=(podman build --format docker --layers) ;;
  *) command=("$ENGINE" build --format docker --layers) ;;
esac
echo "image: $image:$version by $ENGINE"
exec "${command[@]}" "${arguments[@]}" "$@" .
