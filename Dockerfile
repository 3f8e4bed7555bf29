# Build: the toolchain and the headers.
FROM swift:6.3-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends libmicrohttpd-dev libcurl4-openssl-dev libssl-dev libsimdjson-dev \
    libpcre2-dev libyaml-dev libsqlite3-dev zlib1g-dev pkg-config \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY Package.swift ./
COPY Sources Sources
COPY Tests Tests
RUN swift build -c release --static-swift-stdlib -Xlinker -s --product convene

# Run: the C libraries, the certificate authorities and one binary. Nothing here needs a shell.
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends libmicrohttpd12 libcurl4 libssl3 libsimdjson14 libstdc++6 libpcre2-8-0 libyaml-0-2 libsqlite3-0 zlib1g \
    ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o 65532 -g 65532 -m 0700 /var/lib/convene \
 && install -d -o 65532 -g 65532 -m 0755 /run/convene
COPY --from=build /build/.build/release/convene /usr/local/bin/convene
# A crash must not print memory: it holds the token.
ENV SWIFT_BACKTRACE=enable=no
# What `convene serve` sets for itself where the line above is missing: see ProcessHardening.swift.
ENV GLIBC_TUNABLES=glibc.malloc.tcache_count=32
USER 65532:65532
VOLUME ["/var/lib/convene"]
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/convene"]
CMD ["serve"]
