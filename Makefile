# The five things one does here. What they need beyond Rust, Node, Python and a C compiler they fetch
# themselves, by package name; what they build is kept outside the clone, in $(VEDETTE_CACHE).
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

VEDETTE_CACHE ?= $(HOME)/.cache/vedette
export VEDETTE_CACHE
export CARGO_TARGET_DIR ?= $(VEDETTE_CACHE)/target
export CARGO_TERM_COLOR ?= auto
VEDETTE := $(CARGO_TARGET_DIR)/debug/vedette
export VEDETTE_BIN := $(VEDETTE)
PORT ?= 4318
SECONDS_PER_TARGET ?= 30

.PHONY: demo build ui test test-rust test-ui test-python test-pages test-clients check bench fuzz gen clean

## demo: build everything, load the real runs, serve them, print the address
demo: build
	$(VEDETTE) demo --listen 127.0.0.1:$(PORT)

build: ui
	cargo build -p vedette-server

ui: ui/dist/index.html

ui/node_modules/.package-lock.json: ui/package-lock.json
	cd ui && npm ci --no-audit --no-fund --loglevel=error
	touch $@

UI_SOURCES := $(shell find ui/src ui/public ui/index.html ui/vite.config.ts -type f 2>/dev/null)
ui/dist/index.html: ui/node_modules/.package-lock.json $(UI_SOURCES)
	cd ui && npm run --silent build

## test: every test; the last line of each part says how many ran
test: test-ui test-rust test-python test-pages test-clients

test-ui: ui
	cd ui && npm test

test-rust: ui
	cargo build --workspace --bins
	cargo test --workspace --no-fail-fast

test-python: build .python
	cd sdks/python && $(PYTHON) -m pytest

# The Python package as users install it, and what its tests and checks need.
PYTHON := $(VEDETTE_CACHE)/python/bin/python
.PHONY: .python
.python:
	test -x $(PYTHON) || python3 -m venv $(VEDETTE_CACHE)/python
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -r sdks/python/tests/requirements.txt
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps ./sdks/python

test-pages: build .chromium
	cd ui && npm run --silent e2e

test-clients: build .python
	$(PYTHON) tests/clients/run.py

# A browser for the page tests: the one that is installed, else Debian's.
.PHONY: .chromium
.chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
		|| { apt-get update -qq && apt-get install -y -qq chromium; }

## check: format, lints as errors, types, licences, layers, generated files fresh
check: ui .python
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo xtask layers
	cargo xtask fresh
	cargo xtask versions
	cd ui && npm run --silent check
	cd sdks/python && $(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check . && $(PYTHON) -m mypy
	cd sdks/python && $(PYTHON) -m mypy.stubtest vedette._core
	cargo deny --version >/dev/null 2>&1 || cargo install --locked cargo-deny
	cargo deny --log-level error check licenses bans sources

## gen: write the generated files again
gen:
	cargo xtask gen
	cd ui && npm run --silent gen

## bench: the figures, as ratios to the limits measured in the same run (a release build: long)
BENCH_PYTHON := $(VEDETTE_CACHE)/bench/bin/python
bench: ui .chromium
	cargo build --release -p vedette-server -p vedette-bench
	$(CARGO_TARGET_DIR)/release/vedette-bench --server $(CARGO_TARGET_DIR)/release/vedette
	cargo run --release -p vedette-watch --example measure
	test -x $(BENCH_PYTHON) || python3 -m venv $(VEDETTE_CACHE)/bench
	$(BENCH_PYTHON) -m pip install --quiet --disable-pip-version-check ./sdks/python \
		opentelemetry-sdk opentelemetry-exporter-otlp-proto-http
	for sdk in langfuse logfire mlflow-tracing agentops pyagent-studio==0.3.0; do \
		$(BENCH_PYTHON) -m pip install --quiet --disable-pip-version-check $$sdk || true; done
	$(BENCH_PYTHON) sdks/python/bench/spans.py $(CARGO_TARGET_DIR)/release/vedette
	$(BENCH_PYTHON) sdks/python/bench/trace_service.py
	cd ui && node e2e/bench.mjs $(CARGO_TARGET_DIR)/release/vedette

## fuzz: each decoder and the normalizer for a bounded time
fuzz:
	fuzz/run.sh $(SECONDS_PER_TARGET)

clean:
	rm -rf ui/dist ui/node_modules
