# One command for each habit. `make help` lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# Every import must be a dependency that Package.swift names: this keeps the architecture's arrows.
SWIFT_FLAGS := --explicit-target-dependency-import-check error
# One file to ship: Swift's runtime is in it, the C libraries are the system's.
RELEASE_FLAGS := -c release --static-swift-stdlib -Xlinker -s
# One product a call, and nothing that it doesn't need.
BUILD := swift build $(RELEASE_FLAGS) $(SWIFT_FLAGS) --product

.PHONY: help run test build lint docs format clean image sdk campaign fuzz bench micro dependencies

help: ## list these commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

run: build ## install, build, start simulator and gateway with config/, create one conference, serve until Ctrl-C
	@.make/run.sh

# The tests start a PostgreSQL of their own: they need the server's programs, and not its service.
test: dependencies ## install, build, run every test
	@.make/install.sh postgresql
	swift build --build-tests $(SWIFT_FLAGS)
	swift test $(SWIFT_FLAGS)

build: dependencies ## build .build/release/convene and .build/release/telnyx-simulator
	$(BUILD) convene
	$(BUILD) telnyx-simulator

lint: docs ## check the format of all Swift files, the documentation, and all files under config/
	swift format lint --strict --recursive --parallel Package.swift Sources Tests
	@.make/config.sh

# `docc` comes with the toolchain. It fails where a page links to another that isn't there.
docs: ## check the documentation, and make a web site of it in .build/docs
	@mkdir -p .build
	docc convert Sources/convene/convene.docc --output-path .build/docs --warnings-as-errors \
	  --fallback-display-name convene --fallback-bundle-identifier convene

format: ## format all Swift files
	swift format --in-place --recursive --parallel Package.swift Sources Tests

image: ## build the container image with docker, podman or buildah; TARGET=simulator for Telnyx's stand-in
	@.make/image.sh

sdk: build ## check with the official Python SDK of Telnyx, in a scratch environment
	@.make/sdk.sh

campaign: build ## kill, starve and confuse the gateway some thousand times, and check that its promises hold
	@.make/install.sh postgresql faketime
	$(BUILD) convene-campaign
	.build/release/convene-campaign --jobs 2

fuzz: dependencies ## give random inputs to all that reads bytes from outside; FUZZ=--short for a minute
	@.make/fuzz.sh $(FUZZ)

bench: build ## measure beside nginx, HAProxy, Envoy, Traefik, Caddy and nginx with Lua; BENCH="--seconds 3" for less
	@.make/bench.sh $(BENCH)

micro: dependencies ## time the pure parts of a request, fail where one allocates more than it may; MICRO="--only decide"
	$(BUILD) convene-micro
	.build/release/convene-micro $(MICRO)

clean: ## remove what was built and what `make run` left
	rm -rf .build run

dependencies:
	@.make/dependencies.sh
