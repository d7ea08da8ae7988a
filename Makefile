# The commands that everyone uses. Each sets up what it needs.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
TESTS ?= tests
# A part of the tests (make test TESTS=tests/stream) is run without what is slow, unless SLOW=1.
SLOW ?= $(if $(filter-out tests,$(TESTS)),,1)

.PHONY: help install run demo watch test check bench soak lock docs artefacts clean

help:        ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/.installed      ## .venv/bin/themewire, from the lock file

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("themewire needs Python 3.11 or newer: make PYTHON=python3.11 ...") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

run: install     ## everything, on the default feeds
	$(BIN)/themewire run

demo: install    ## everything, on feeds that ship with it
	$(BIN)/themewire demo

watch: install   ## the demo, with Prometheus, Alertmanager and Grafana beside it
	$(BIN)/python -m deploy.watch

test: $(VENV)/.dev       ## all the tests; with TESTS=tests/stream those of a part that are quick, with SLOW=1 all of them
	@$(if $(SLOW),:,echo "Without the tests that are slow or need Kafka: SLOW=1 runs them as well.")
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadgroup \
	    -m "not bench and not soak$(if $(SLOW),, and not slow and not kafka)" $(TESTS)

check: $(VENV)/.dev      ## style, types, import direction, generated docs and dashboards, what the docs name
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

artefacts: $(VENV)/.dev  ## write the model and the vectors that ship
	$(BIN)/python -m classifiers.build.artefacts

bench: $(VENV)/.dev      ## figures
	$(BIN)/python -m tests.bench

soak: $(VENV)/.dev       ## the long runs
	$(BIN)/python -m pytest -m soak --timeout=7200 tests

$(BIN)/uv: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

lock: $(BIN)/uv       ## write the lock files anew
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet --no-header --group build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --quiet --no-header --group build --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock

clean:       ## remove the environment and caches
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
