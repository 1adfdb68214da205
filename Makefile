# Everything a developer or a machine runs. `make demo` does the main job, `make test` proves it.
SHELL := /bin/bash
GO    ?= go
PKGS  ?= ./...
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)

.PHONY: image build web demo test check bench cachetests soak generate image clean setup-test setup-bench

build: $(if $(shell command -v npm),web) ## bin/warmfront, with the console where npm is there to build it
	$(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/warmfront ./cmd/warmfront

# The console, for the binary to embed; built anew only when its sources have changed.
CONSOLE := internal/console/assets/dist/index.html.gz
web: $(CONSOLE) ## the console from web/
$(CONSOLE): web/node_modules/.package-lock.json $(shell find web -name node_modules -prune -o -type f -print)
	cd web && npm run --silent build
web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
	touch $@

demo: ## serve, share sample files, show a refusal and an admission; ONCE=1 exits afterwards
	scripts/setup.sh demo
	$(MAKE) --no-print-directory build
	scripts/demo.sh $(if $(ONCE),--once)

test: ## lint, layers, unit, specification and end-to-end tests with real clients
	scripts/setup.sh test
	$(MAKE) --no-print-directory build
	$(MAKE) --no-print-directory check
	$(GO) test -race -timeout 30m $(PKGS)

LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
check: ## lint (.golangci.yml says why each) and the layer test
	$(GO) run $(LINT) run $(PKGS)
	$(GO) test -count=1 ./internal/layers
	[ ! -d web/node_modules ] || (cd web && npm run --silent check)

bench: ## the examination beside peers from Debian, written to docs/benchmarks; ROWS=hit,miss chooses, SCENARIOS='^4 KiB' and PEERS=nginx within it; QUICK=1 only shows that it works
	test/bench/setup.sh
	$(MAKE) --no-print-directory build
	$(GO) build -o bin/bench ./test/bench
	bin/bench $(if $(ROWS),-rows $(ROWS)) $(if $(SCENARIOS),-scenarios '$(SCENARIOS)') $(if $(PEERS),-peers $(PEERS)) $(if $(QUICK),-quick) $(if $(QUICK)$(SCENARIOS)$(PEERS),-out bin/benchmarks)

cachetests: ## the public HTTP cache tests under strict rules, as a table
	scripts/setup.sh test
	$(GO) test -count=1 -v -run TestPublicCacheTests ./test/conformance

SOAK ?= 200
soak: ## the long forms of crash tests (SOAK kills each), of crowds of viewers (ten thousand), of a million cached objects, of the console on a busy server, mutation and fuzz tests
	scripts/setup.sh test
	$(MAKE) --no-print-directory build
	WARMFRONT_SOAK=$(SOAK) $(GO) test -timeout 4h -count=1 -v -run 'Kill|Power|Acknowledged|Million|Churn' ./internal/objects ./internal/cachestore ./test/crash
	WARMFRONT_SOAK=$(SOAK) $(GO) test -timeout 1h -count=1 -v ./test/load
	WARMFRONT_SOAK=$(SOAK) $(GO) test -timeout 1h -count=1 -v -run 'Scale|Large' ./test/console
	WARMFRONT_SOAK=$(SOAK) $(GO) test -timeout 4h -count=1 -v -run Mutations ./test/mutation
	scripts/fuzz.sh 5m

generate: ## API types from the published service model (MODEL=path/to/service-2.json)
	$(GO) generate ./internal/cloudfront

clean:
	rm -rf bin dist internal/console/assets/dist

image: $(if $(shell command -v npm),web) ## an OCI image, dist/warmfront.oci.tar, from scratch: needs buildah, podman or docker
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o dist/image/warmfront ./cmd/warmfront
	scripts/image.sh
