# make test     make .venv, install everything the tests need, run them
# make check    lint, format, types
# make bench    speed and memory figures, one at a time
# make demo     lift the example video: motion, overlay and report in out/
# make docs     draw the pictures of the docs again

PYTHON ?= python3
BIN := .venv/bin

.PHONY: test check bench demo docs clean

test: .venv/ready
	$(BIN)/pytest

check: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/ready
	$(BIN)/pytest -m budget -n 0 -s

demo: .venv/installed
	$(BIN)/poise lift examples/walk_wave.mp4 --to out --overlay

docs: .venv/ready
	$(BIN)/python docs/make_pictures.py

# Done again whenever what is installed is to change. The demo needs less than the tests.
.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

.venv/ready: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf .venv out
