# Postdesk. Two commands matter: `make demo` and `make test`. Needs git, make and python3-venv.
PYTHON ?= python3
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
VENV := .venv-$(VERSION)
BIN := $(VENV)/bin
STRICT ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check soak bench conformance docs lock screenshots clean

help:
	@echo "make demo         a desk with a pretend Microsoft 365 mailbox, on this machine"
	@echo "make test         the whole suite (STRICT=1 fails on any skip, PYTHON=python3.13 chooses)"
	@echo "make check        lint, types, import contracts, migrations, audit of dependencies"
	@echo "make soak         the long matrices: fuzz and kill points"
	@echo "make conformance  foreign clients against the sandbox, and the page of their steps"
	@echo "make docs         pages of documentation that are made from the program's own tables"
	@echo "make bench        what performance claims rest on"

$(VENV)/run.stamp: requirements/run.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Postdesk needs Python 3.11 or newer; $(PYTHON) is $(VERSION). Try make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make virtual environments. On Debian: apt install python3-venv"; exit 1; }
	@echo "Installing what Postdesk runs on into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/dev.txt
	@echo "Installing what the tests need ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

demo: $(VENV)/run.stamp
	@exec $(BIN)/postdesk demo

test: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.run $(if $(STRICT),--strict) $(ARGS)

check: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.check

soak: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.soak

conformance: $(VENV)/dev.stamp
	@rm -f build/conformance.jsonl && mkdir -p build
	@CONFORMANCE_REPORT=build/conformance.jsonl $(BIN)/python -m pytest -q tests/conformance
	@$(BIN)/python -m tests.conformance.table build/conformance.jsonl docs/developer/conformance.md

docs: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.house.error_page docs/admin/error-codes.md

bench: $(VENV)/dev.stamp
	@$(BIN)/python -m bench

screenshots: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.browser.screenshots docs/screenshots

# The locks carry hashes and no addresses; uv makes them for every platform and Python at once.
lock:
	uv pip compile pyproject.toml --group build --generate-hashes --universal --python-version 3.11 \
	  --no-header --no-emit-index-url --quiet --output-file requirements/run.txt $(ARGS)
	uv pip compile pyproject.toml --group build --group dev --generate-hashes --universal \
	  --python-version 3.11 --no-header --no-emit-index-url --quiet \
	  --constraints requirements/run.txt --output-file requirements/dev.txt $(ARGS)

clean:
	rm -rf .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
