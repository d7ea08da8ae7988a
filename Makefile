# The commands that everyone uses. Each sets up what it needs.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
TESTS ?= tests
# A part of the tests (make test TESTS=tests/stream) is run without what is slow, unless SLOW=1.
SBOM ?= themewire.cdx.json
# More arguments of pip-audit: AUDIT='--service osv'.
AUDIT ?=
SLOW ?= $(if $(filter-out tests,$(TESTS)),,1)

.PHONY: help install run demo watch test check bench soak audit sbom lock docs pictures artefacts clean

help:        ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/.installed      ## create .venv with themewire, from the lock file

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("themewire needs Python 3.11 or newer: make PYTHON=python3.11 ...") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

run: install     ## run everything on the default feeds
	$(BIN)/themewire run

demo: install    ## run everything on the demo feeds
	$(BIN)/themewire demo

watch: install   ## run the demo with Prometheus, Alertmanager and Grafana
	$(BIN)/python -m deploy.watch

test: $(VENV)/.dev       ## run all tests; with TESTS=tests/stream only the quick ones of that part, with SLOW=1 all of its tests
	@$(if $(SLOW),:,echo "Skipping tests that are slow or need Kafka; SLOW=1 runs them as well.")
	$(BIN)/python -m pytest -n auto --dist loadgroup \
	    -m "not bench and not soak$(if $(SLOW),, and not slow and not kafka)" $(TESTS)

check: $(VENV)/.dev      ## check style, types, import direction, generated docs and dashboards, and links and commands in the docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m deploy.docs --check
	$(BIN)/python -m deploy.grafana --check
	$(BIN)/python -m deploy.docs.check

docs: $(VENV)/.dev       ## write the generated docs and dashboards
	$(BIN)/python -m deploy.docs
	$(BIN)/python -m deploy.grafana

pictures: $(VENV)/.dev   ## take the pictures of the page for the docs, from the demo; needs chromium
	$(BIN)/python -m deploy.docs.pictures

artefacts: $(VENV)/.dev  ## rebuild the built-in model and its vectors
	$(BIN)/python -m classifiers.build.artefacts

bench: $(VENV)/.dev      ## run the benchmarks
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.growth

soak: $(VENV)/.dev       ## run the long tests
	$(BIN)/python -m pytest -m soak --timeout=7200 -o faulthandler_timeout=7500 tests

$(BIN)/uv: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

audit: $(VENV)/.dev      ## look for known vulnerabilities in the lock files: 0 none, 1 some, 2 could not be found out
	$(BIN)/python -m deploy.audit requirements.lock requirements-dev.lock $(AUDIT)

sbom: $(VENV)/.dev       ## write a bill of materials of the lock file (CycloneDX)
	$(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible --of JSON -o $(SBOM)

lock: $(BIN)/uv       ## write the lock files
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet --no-header --group build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet --no-header --group build --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock

clean:       ## remove the environment and caches
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
