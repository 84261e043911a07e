# Two commands: `make run` and `make test`. Both set everything up first.
# Needs Python 3.11 or later; uv is used when it is there.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)
UV := $(shell command -v uv 2>/dev/null)
VENV := .venv
BIN := $(VENV)/bin
MONTH ?= 2025-03
PROJECT ?= sample_data/costshift.toml

# All install into one environment.
.NOTPARALLEL:
.PHONY: run test test-all postgresql accessibility lint bench bench-england sample-data wheels schema clean help

help:
	@echo "make run          set up, and run the monthly job on sample_data/"
	@echo "make test         set up, and run the tests"
	@echo "make test-all     the slower, deeper tests as well"
	@echo "make lint         ruff, mypy and the import rules"
	@echo "make bench        time it on artificial places, beside DuckDB and pandas: some 12 minutes"
	@echo "make wheels       a folder of wheels for machines without internet"
	@echo "make sample-data  make sample_data/ again"
	@echo "make clean        remove what was set up and what was run"

# The package with some extras, in an environment of its own. Whoever needs more asks for all of it at once.
define set-up
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later was not found. Install it, or name it: make run PYTHON=/path/to/python3" >&2; exit 1; }
	$(if $(UV),uv venv --quiet --allow-existing --python $(PYTHON) $(VENV),$(PYTHON) -m venv $(VENV))
	$(if $(UV),uv pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet --disable-pip-version-check) \
		-c constraints.txt -e ".$(1)"
endef

$(VENV)/.run: pyproject.toml constraints.txt
	$(call set-up)
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	$(call set-up,[dev])
	@touch $(VENV)/.run $@

comma := ,
$(VENV)/.deep: pyproject.toml constraints.txt
	$(call set-up,[dev$(comma)sql$(comma)splink$(comma)deep$(comma)bench])
	@touch $(VENV)/.run $(VENV)/.dev $@

$(VENV)/.bench: pyproject.toml constraints.txt
	$(call set-up,[bench])
	@touch $(VENV)/.run $@

# The tests start a PostgreSQL server themselves; without one they are skipped, and say so.
postgresql:
	@if command -v psql >/dev/null 2>&1 && { command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }; then :; \
	elif command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; then \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql; } >/dev/null 2>&1 \
			|| echo "PostgreSQL could not be installed: its tests are skipped." >&2; \
	else echo "PostgreSQL is not installed: its tests are skipped. On Debian: apt-get install postgresql" >&2; fi

# The page is held against axe-core in Chromium, paper and workbook are opened in LibreOffice; what is missing is skipped.
accessibility: $(VENV)/.run
	@if command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ] && \
		{ ! command -v chromium >/dev/null 2>&1 || ! command -v soffice >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; }; then \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
			chromium npm libreoffice-writer-nogui libreoffice-calc-nogui; } >/dev/null 2>&1 \
			|| echo "Chromium, npm or LibreOffice could not be installed: their tests are skipped." >&2; fi
	@test -d $(VENV)/axe/node_modules/axe-core || { command -v npm >/dev/null 2>&1 && npm install --silent --no-fund --no-audit \
		--prefix $(VENV)/axe axe-core@4.14.1 playwright-core@1.65.1; } \
		|| echo "axe-core could not be installed: the test of the page is skipped." >&2

run: $(VENV)/.run
	$(BIN)/costshift run --project $(PROJECT) --month $(MONTH)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m "not slow"

test-all: $(VENV)/.deep postgresql accessibility
	$(BIN)/python -m pytest -q --hypothesis-profile deep -n auto --dist loadfile -m "not slow"
	$(BIN)/python -m pytest -q --hypothesis-profile deep -n auto --dist worksteal -m slow

lint: $(VENV)/.dev
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/run.py

# A year of England, and growth up to it: some 30 GB of disk and half an hour.
bench-england: $(VENV)/.bench
	$(BIN)/python benchmarks/run.py --parts stages core growth --sizes england --core 1000000 5000000 \
		--growth 1000000 2000000 5000000 10000000 25000000 --timeout 1200 --budget 7200

schema: $(VENV)/.run
	$(BIN)/python -m costshift.project_schema docs/project-file.schema.json

sample-data: $(VENV)/.run
	rm -rf sample_data
	$(BIN)/costshift sample sample_data --people 8000 --seed 2 --quiet

wheels: $(VENV)/.run
	$(PYTHON) -m pip wheel --quiet -c constraints.txt -w wheels .

clean:
	rm -rf $(VENV) wheels .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	rm -rf sample_data/history sample_data/reports sample_data/restricted sample_data/costshift.key
