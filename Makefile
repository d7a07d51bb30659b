# Targets for people and for .ci/run. Needs Go, Node, npm and make; a C compiler for `make race`, Chromium for `make test-web`.

VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
DATA      ?= data
HTTP      ?= 127.0.0.1:4483
FUZZTIME  ?= 30s
ROUNDS    ?= 200
LINTER    := v2.15.0
BENCHARGS ?=
SHAREARGS ?=
DELTAARGS ?=
STORYARGS ?=
NETARGS   ?=
CRASHARGS ?=
WEBARGS   ?=
HISTORIES ?= 1000
SEED      ?= 1

GO        ?= go
NPM       ?= npm
SOURCES   := $(wildcard $(shell git ls-files -co --exclude-standard '*.go' '*.sql' '*.yaml' go.mod go.sum 2>/dev/null))
PAGE      := $(wildcard $(shell git ls-files -co --exclude-standard web/src web/public web/index.html web/vite.config.ts web/svelte.config.js 2>/dev/null))
MODULES   := web/node_modules/.package-lock.json

.PHONY: all build page page-types run demo story test test-web screenshots race lint fuzz bench bench-share bench-delta netlab crash histories clean

all: build

build: bin/hive

bin/hive: $(SOURCES) web/dist/index.html
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o $@ ./cmd/hive

# The page, which the program carries; go build without it gives a hive that says so at /.
page: web/dist/index.html

$(MODULES): web/package.json web/package-lock.json
	cd web && $(NPM) ci --no-audit --no-fund --silent
	@touch $@

web/dist/index.html: $(PAGE) $(MODULES)
	find web/dist -mindepth 1 ! -name README.txt -delete
	cd web && npx vite build --logLevel warn

# The types of the API as the page uses it, from the document that the hive serves.
page-types: build
	cd web && UPDATE_TYPES=1 npx playwright test types

# A hive of one's own in ./data, made at the first run with an admin whose password is shown this once.
run: build
	@if [ ! -e '$(DATA)/config.yaml' ]; then \
		umask 077 && mkdir -p '$(DATA)' && \
		head -c 15 /dev/urandom | base64 | tr '+/' '-_' >'$(DATA)/admin-password' && \
		bin/hive init --data '$(DATA)' --admin admin --password-file '$(DATA)/admin-password' >/dev/null && \
		printf 'Made a hive in %s. Its admin is called admin, with the password %s\n(kept in %s, which only you can read).\n' \
			'$(DATA)' "$$(cat '$(DATA)/admin-password')" '$(DATA)/admin-password' || exit; \
	fi
	@printf '\nThe hive is at  http://$(HTTP)\nSign in with    bin/hive login http://$(HTTP) --user admin --password-file $(DATA)/admin-password\nStop with       Ctrl-C\n\n'
	@exec bin/hive serve --data '$(DATA)' --http '$(HTTP)'

# Three hives find each other and share a folder, with every command and what the others see. Under a minute.
demo: build
	@$(GO) run ./internal/lab/demo -hive bin/hive

# Go's source, shared by three hives of which one is killed. Under a minute and a half; fails when a file is lost or there twice.
story: build
	@$(GO) run ./internal/lab/story -hive bin/hive -tree "$$($(GO) env GOROOT)/src" $(STORYARGS)

test:
	$(GO) vet ./...
	$(GO) test -timeout 9m ./...

# The page in Chromium against real hives.
test-web: build
	cd web && $(NPM) run --silent check
	cd web && npx playwright test $(WEBARGS)

# Every page at two widths, light and dark, into web/screenshots/taken.
screenshots: build
	cd web && npx playwright test --config screenshots.config.ts

# Not the programs that measure: what they start is built without the detector. Nor packages of much work in which nothing is at once.
# Random and long tests take fewer steps; the detector's second of waiting at the end of each package is left out.
race:
	CGO_ENABLED=1 GORACE=atexit_sleep_ms=0 $(GO) test -race -short -timeout 25m \
		$$($(GO) list ./... | grep -v -E '/internal/lab/|/delta$$|/picture$$|/sharing/tree|/graft$$|/blockstore/car$$')

bin/golangci-lint-$(LINTER):
	GOBIN='$(CURDIR)/bin' $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINTER)
	@mv bin/golangci-lint $@

lint: bin/golangci-lint-$(LINTER)
	bin/golangci-lint-$(LINTER) run --allow-parallel-runners ./...

# Every fuzz test, FUZZTIME each. Once more when it fails: what it found is kept and fails again at once, while
# "context deadline exceeded" by itself is Go ending a run at the wrong moment, https://go.dev/issue/75804.
fuzz:
	@set -e; try() { $(GO) test -run '^$$' -fuzz "^$$1\$$" -fuzztime '$(FUZZTIME)' "$$2"; }; \
	for dir in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -r -n1 dirname | sort -u); do \
		for name in $$(grep -h -o '^func Fuzz[A-Za-z0-9_]*' "$$dir"/*_test.go | cut -c6- | sort -u); do \
			echo "== $$dir $$name"; \
			try "$$name" "$$dir" || try "$$name" "$$dir"; \
		done; \
	done

# Medians and ratios for this machine, see docs/operations.md.
bench: build
	$(GO) run ./internal/lab/bench -hive bin/hive -tree "$$($(GO) env GOROOT)/src" $(BENCHARGS)

# Sharing between hives beside rsync and Syncthing, see docs/operations.md.
bench-share: build
	$(GO) run ./internal/lab/benchshare -hive bin/hive -tree "$$($(GO) env GOROOT)/src" $(SHAREARGS)

# What changes cost on the wire, beside rsync and Syncthing, see docs/operations.md: Linux, root, iproute2 and nftables.
bench-delta: build
	$(GO) run ./internal/lab/benchdelta -hive bin/hive -tree "$$($(GO) env GOROOT)/src" $(DELTAARGS)

# Hives on networks with routers and silence, in namespaces: Linux, root, iproute2 and nftables.
netlab: build
	$(GO) run ./internal/lab/netlab -hive bin/hive $(NETARGS)

# Kills a hive under eight writers, ROUNDS times, and looks for what it lost.
crash: build
	$(GO) run ./internal/lab/crash -hive bin/hive -rounds $(ROUNDS) $(CRASHARGS)

# HISTORIES random histories of three whole hives that share a folder, from SEED on; `make test` runs a few.
histories:
	$(GO) test ./internal/hivetest -run 'TestHistories$$' -timeout 0 -v -histories $(HISTORIES) -seed $(SEED)

clean:
	rm -rf bin web/results web/screenshots/taken web/node_modules
	find web/dist -mindepth 1 ! -name README.txt -delete
