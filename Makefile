# Everything lives in .venv/, node_modules/ and .innograph/; `make clean` takes it away again.

PYTHON ?= python3
PORT ?= $(or $(INNOGRAPH_PORT),8000)
INNOGRAPH_HOME ?= .innograph
# Original data that `make data` extracts facts from, laid out as one folder a source.
SOURCES ?= ../shared/sources

BIN := .venv/bin
STAMPS := .venv/stamps
# Two workers at most: the tests that start servers and kill them need a core of their own.
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run test test-reasoner test-remote test-r lint bench data lock clean tools

help:  ## Say what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 24

run: export INNOGRAPH_PORT = $(PORT)
run: export INNOGRAPH_HOME := $(INNOGRAPH_HOME)
run: $(STAMPS)/package  ## Serve the graph of the shipped data on http://127.0.0.1:8000 (PORT, INNOGRAPH_HOME)
	@$(BIN)/innograph setup
	@exec $(BIN)/innograph serve

test: lint node_modules/.package-lock.json  ## Lint, then run all tests (INNOGRAPH_NO_SKIPS=1: none may be skipped)
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST)

test-reasoner: $(STAMPS)/test  ## Ask HermiT whether model and examples are consistent (needs Java)
	@command -v java >/dev/null || { echo "Java is missing. Debian, Ubuntu: apt-get install default-jre-headless" >&2; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/reasoner.txt
	$(BIN)/pytest tests/reasoner/check_consistency.py

test-remote: $(STAMPS)/test  ## Run the tests of a store on Virtuoso 7 (needs Virtuoso)
	@command -v virtuoso-t >/dev/null || { echo "Virtuoso is missing. Debian, Ubuntu: apt-get install virtuoso-opensource-7-bin" >&2; exit 1; }
	$(BIN)/pytest -n 0 tests/remote/check_contract.py tests/remote/check_graph.py

test-r: $(STAMPS)/test  ## Run the R code of the documentation (needs R)
	@command -v Rscript >/dev/null || { echo "R is missing. Debian, Ubuntu: apt-get install --no-install-recommends r-base-core" >&2; exit 1; }
	$(BIN)/pytest -n 0 tests/r/check_r.py

lint: $(STAMPS)/test  ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(STAMPS)/bench  ## Measure what benchmarks/README.md describes
	@command -v wrk >/dev/null || { echo "wrk is missing. Debian, Ubuntu: apt-get install wrk" >&2; exit 1; }
	@set -e; for bench in benchmarks/bench_*.py; do \
	  echo "== $$bench"; $(BIN)/python "$$bench"; done

data: $(STAMPS)/package  ## Extract the shipped facts again from the original data (SOURCES)
	$(BIN)/innograph source territories $(SOURCES)/reference/fr -o data/reference/fr-territories.csv
	$(BIN)/innograph source countries $(SOURCES)/reference -o data/reference/countries.csv
	$(BIN)/innograph source regions $(SOURCES)/reference -o data/reference/nuts-2021.csv
	$(BIN)/innograph reconcile lists $(SOURCES)/reference
	$(BIN)/innograph source facts betagouv $(SOURCES)/betagouv -o data/facts/betagouv.jsonl
	$(BIN)/innograph source facts aidesvelo $(SOURCES)/aidesvelo -o data/facts/aidesvelo.jsonl
	$(BIN)/innograph source facts pstw $(SOURCES)/pstw -o data/facts/pstw.jsonl
	$(BIN)/innograph source facts eig $(SOURCES)/eig -o data/facts/eig.jsonl
	$(BIN)/innograph source facts publiccode $(SOURCES)/publiccode -o data/facts/publiccode.jsonl
	$(BIN)/innograph source facts fr-territories data/reference -o data/facts/fr-territories.jsonl
	$(BIN)/innograph source facts us-states data/reference -o data/facts/us-states.jsonl
	$(BIN)/innograph source facts spid $(SOURCES)/spid -o data/facts/spid.jsonl

LOCK = $(BIN)/pip-compile --quiet --upgrade --no-header --strip-extras --generate-hashes \
  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --build-deps-for editable

lock: $(STAMPS)/python  ## Lock the newest versions that pyproject.toml allows
	$(BIN)/pip install --quiet pip-tools
	$(LOCK) -o requirements/run.txt pyproject.toml
	$(LOCK) --extra test -o requirements/test.txt pyproject.toml
	$(LOCK) --extra bench -o requirements/bench.txt pyproject.toml

clean:  ## Remove what was installed and built (the data in .innograph/ stays)
	rm -rf .venv node_modules dist .innograph-bench .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find src tests -name __pycache__ -prune -exec rm -rf {} +
	find src -name '*.mo' -delete

# What must be on the machine. Each line says how to mend what it finds missing.
tools:
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing. Debian, Ubuntu: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, not $$($(PYTHON) -V). Debian 12, Ubuntu 24.04 or newer: apt-get install python3 python3-venv; or name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python cannot make virtual environments. Debian, Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@command -v node >/dev/null || { echo "Node.js is missing. Debian, Ubuntu: apt-get install nodejs npm" >&2; exit 1; }
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "Node.js 20 or newer is needed, not $$(node --version). Debian 13, Ubuntu 25.04 or newer: apt-get install nodejs npm" >&2; exit 1; }
	@command -v npm >/dev/null || { echo "npm is missing. Debian, Ubuntu: apt-get install npm" >&2; exit 1; }

# A stamp is newer than what it was made from: nothing is installed twice.
$(STAMPS)/python: | tools
	$(PYTHON) -m venv .venv
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: requirements/run.txt $(STAMPS)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(STAMPS)/package: pyproject.toml hatch_build.py $(STAMPS)/run $(wildcard src/innograph/translations/*/LC_MESSAGES/*.po)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/test: requirements/test.txt $(STAMPS)/package
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(STAMPS)/bench: requirements/bench.txt $(STAMPS)/package
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

node_modules/.package-lock.json: package-lock.json
	npm ci --silent
	@touch $@
