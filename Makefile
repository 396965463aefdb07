# Two commands matter: `make demo` starts the whole desk and its pretend world, `make test` checks everything.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(VENV)/.installed-dev
PORT ?= 8080

.PHONY: demo test lint bench model catalogue lock clean help

help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: $(RUN_STAMP)  ## the whole desk and its pretend world, on loopback (PORT=8080)
	@exec $(BIN)/python bot.py demo --port $(PORT)

test: $(DEV_STAMP)  ## lint, types, import contracts, all tests, coverage of bot/core
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest -n auto --dist worksteal --cov=bot.core --cov-branch --cov-report=term:skip-covered --cov-fail-under=100 $(ARGS)

lint: $(DEV_STAMP)  ## ruff, mypy --strict, import contracts, catalogues
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy -p bot -p handlers -p storage -p tools
	@$(BIN)/lint-imports
	@$(BIN)/python tools/catalogue.py check

bench: $(DEV_STAMP)  ## speed beside a reference, as ratios
	@$(BIN)/python -m tests.bench $(ARGS)

model: $(DEV_STAMP)  ## train the reader's tables from bot/lang/*/messages
	@$(BIN)/python -m tools.train

catalogue: $(DEV_STAMP)  ## gather the sentences of the templates into the catalogues
	@$(BIN)/python tools/catalogue.py update

lock: $(DEV_STAMP)  ## resolve the dependencies anew: names, versions and hashes, no addresses
	@$(BIN)/python -m pip install -q uv
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url pyproject.toml --extra demo --extra telegram --extra postgres -o requirements.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url pyproject.toml --extra demo --extra telegram --extra postgres --extra test -o requirements-dev.lock

$(VENV)/bin/python:
	@echo "making $(VENV) ..."
	@$(PYTHON) -c 'import sys; sys.exit("the desk needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)

# --no-deps: a lock names everything, and pips before 24 look for releases newer than its pins where a package asks for
# another one's extra (pypa/pip#9644). `pip check` then says whether anything is missing after all.
$(RUN_STAMP): requirements.lock | $(VENV)/bin/python
	@echo "installing what the desk needs (once, about half a minute) ..."
	@$(BIN)/python -m pip install --disable-pip-version-check --no-input -q --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip check --disable-pip-version-check
	@touch $@

$(DEV_STAMP): requirements-dev.lock | $(VENV)/bin/python
	@echo "installing what the tests need (once, about a minute) ..."
	@$(BIN)/python -m pip install --disable-pip-version-check --no-input -q --require-hashes --no-deps -r requirements-dev.lock
	@$(BIN)/python -m pip check --disable-pip-version-check
	@touch $@ $(RUN_STAMP)

clean:  ## drop the virtual environment and the demo's data
	@rm -rf $(VENV) var
