# make demo   set up, then scan every sample and compare with what is expected
# make test   set up, then check style, types and layers, and run the tests
# make slow   the tests that take minutes
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test slow lint bench clean

demo: .venv/.ready
	$(BIN)/checker samples

test: .venv/.ready lint
	$(BIN)/python -m pytest

slow: .venv/.ready
	$(BIN)/python -m pytest -m "slow or browser"

lint: .venv/.ready
	$(BIN)/ruff check checker tests samples
	$(BIN)/ruff format --check --quiet checker tests samples
	$(BIN)/mypy
	$(BIN)/lint-imports --verbose > .venv/imports.log || (cat .venv/imports.log; exit 1)

bench: .venv/.ready
	$(BIN)/python -m tests.bench.bench_scan

# torch first, with what it needs (the CPU build where one is offered). Everything else is pinned in full and
# installed without looking further: some packages declare what cannot be built everywhere or is a gigabyte of
# GPU code that nothing here calls (requirements.txt says which).
.venv/.ready: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=24"
	$(BIN)/python -m pip install --quiet "$$(grep '^torch==' requirements.txt)"
	$(BIN)/python -m pip install --quiet --no-deps -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

clean:
	rm -rf .venv build dist
