# All that a person, or CI, does with this project: `make help` lists it.
# Needs Python 3.11 or newer, make, and the package registries; everything else is installed into .venv.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# The newest Python that the lock file was made for, or PYTHON=… from the command line.
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$python; break; }; done)

export REFLEX_TELEMETRY_ENABLED := false
export REFLEX_CHECK_LATEST_VERSION := false
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
# Without compiled modules each start takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

CUSTOMERS ?= 2000
FOLLOW_UPS ?= 8000
SEED ?= 1

.PHONY: help install run build test attack check lint types bench demo migrate lock clean
.DEFAULT_GOAL := help

help: ## List what can be made.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-16s%s\n", $$1, $$2 }'

install: $(STAMP) ## Make .venv and install what the lock file says; nothing if that is done already.

$(STAMP): requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name it with PYTHON=…" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
	@echo "Installing packages into $(VENV) (once, and again when requirements.lock changes) …"
	@$(BIN)/python -m pip install --quiet --quiet --require-hashes -r requirements.lock \
		|| { echo "The packages can't be installed: is the package registry reachable?" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --quiet --no-deps --no-build-isolation --no-index --editable .
	@touch $@

run: $(STAMP) ## Install, migrate, build and serve http://localhost:8000 (CRM_PORT, CRM_DATA_DIR, CRM_DEMO=0).
	@$(BIN)/python -m crm_app.cli serve

build: $(STAMP) ## Build the pages if their sources have changed.
	@$(BIN)/python -m crm_app.cli build

test: check ## Everything: lint, types, architecture, tests on both databases, attacks, browser journeys.
	@$(BIN)/python -m crm_app.cli build
	@browser=$$($(BIN)/python tools/install_browser.py) && CRM_CHROMIUM="$$browser" $(BIN)/python -m pytest $(ARGS)

attack: $(STAMP) ## Attack every handler of a running server as every role; prints a role × handler matrix.
	@$(BIN)/python -m pytest -o addopts="-raP" tests/attack $(ARGS)

check: lint types ## The quick part of `make test`: lint, types, architecture.

lint: $(STAMP) ## Style, formatting, and which layer may import which.
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@PYTHONPATH=. $(BIN)/lint-imports

types: $(STAMP) ## Static types.
	@$(BIN)/pyright

bench: $(STAMP) ## Measure against the yardstick on 100,000 customers; writes bench/*.json.
	@browser=$$($(BIN)/python tools/install_browser.py) && CRM_CHROMIUM="$$browser" $(BIN)/python -m bench $(ARGS)

demo: $(STAMP) ## Fill an empty database with made-up customers (CUSTOMERS, FOLLOW_UPS, SEED).
	@$(BIN)/python -m crm_app.cli demo --customers $(CUSTOMERS) --follow-ups $(FOLLOW_UPS) --seed $(SEED)

migrate: $(STAMP) ## Bring the database to this version's schema.
	@$(BIN)/python -m crm_app.cli db upgrade

lock: $(STAMP) ## Take newer packages within the ranges: rewrites requirements.lock and reflex.lock/.
	@$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes --upgrade \
		--no-emit-index-url --no-annotate --custom-compile-command "make lock" --quiet --output-file requirements.lock
	@rm -rf reflex.lock .web
	@$(BIN)/python -m crm_app.cli build

clean: ## Remove what was built (not .venv, not the data).
	@rm -rf .build .web .pytest_cache .ruff_cache .hypothesis .import_linter_cache
