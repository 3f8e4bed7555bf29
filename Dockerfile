# `make image` builds it with docker, podman or buildah. The last stage is the gateway; `--target simulator` is Telnyx's stand-in.

# Build: the toolchain and the headers.
FROM swift:6.3-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends libmicrohttpd-dev libgnutls28-dev libcurl4-openssl-dev libssl-dev libsimdjson-dev \
    libpcre2-dev libyaml-dev libsqlite3-dev zlib1g-dev libpq-dev pkg-config ca-certificates python3 \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
# By themselves: a change of a source or a test fetches none of them anew.
COPY Package.swift ./
RUN swift package resolve
COPY Sources Sources
# Not built; the package names their folders.
COPY Tests Tests

FROM build AS simulator-files
RUN swift build -c release --static-swift-stdlib -Xlinker -s --product telnyx-simulator
COPY .make/rootfs.py ./
RUN python3 rootfs.py --product telnyx-simulator --into /image

# Stands in for Telnyx: config/compose.yaml has it beside the gateway.
FROM scratch AS simulator
COPY --from=simulator-files /image /
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/telnyx-simulator"]

FROM build AS convene-files
RUN swift build -c release --static-swift-stdlib -Xlinker -s --product convene
ARG VERSION=0.1.0
# The label below tells of this binary.
RUN .build/release/convene version | grep -qF "convene ${VERSION} "
COPY .make/rootfs.py config/container/gateway.yaml ./
RUN python3 rootfs.py --product convene --version "${VERSION}" --file gateway.yaml=/etc/convene/gateway.yaml --into /image

# Run: one binary, the libraries that it loads, the certificate authorities. No shell, no package manager. What is in it, and
# from where, is in /usr/share/convene/sbom.spdx.json.
FROM scratch AS convene
COPY --from=convene-files /image /
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG SOURCE=unknown
ARG LICENSES=NOASSERTION
LABEL org.opencontainers.image.title="convene" \
      org.opencontainers.image.description="A policy gateway for Telnyx's conference calls" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="${LICENSES}"
# A crash must not print memory: it holds the token.
ENV SWIFT_BACKTRACE=enable=no
# For the metric convene_build_info.
ENV CONVENE_REVISION="${REVISION}"
# Requests come in batches, and so does what they allocate: malloc keeps as many pieces of each size at hand as a batch has.
ENV GLIBC_TUNABLES=glibc.malloc.tcache_count=32
USER 65532:65532
VOLUME ["/var/lib/convene"]
EXPOSE 8080
# Docker kills 10 s after it: `docker run --stop-timeout 30` gives requests under way the time that `drain.timeout` has.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/usr/local/bin/convene", "health"]
ENTRYPOINT ["/usr/local/bin/convene"]
CMD ["serve"]
