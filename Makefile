# make test     make .venv, install everything the tests need, run them
# make check    lint, format, types
# make bench    speed and memory figures, one at a time
# make demo     lift the example video: motion, overlay and report in out/
# make blender  Blender as a Python package, beside .venv: tests import what we export with it
# make validator  the Khronos validator of glTF files, for the same (needs npm)
# make docs     draw the pictures of the docs again
# make blender-pictures  those that Blender draws

PYTHON ?= python3
BIN := .venv/bin

# Blender 4.5, a version with long support; it wants a NumPy of its own.
BPY := bpy==4.5.15 numpy==1.26.4
VALIDATOR := gltf-validator@2.0.0-dev.3.10

.PHONY: test check bench demo blender validator docs blender-pictures clean

test: .venv/ready
	$(BIN)/pytest

check: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/ready
	$(BIN)/pytest -m budget -n 0 -s

blender: .blender/ready

validator: .node/ready

demo: .venv/installed
	$(BIN)/poise lift examples/walk_wave.mp4 --out out --overlay

docs: .venv/ready
	$(BIN)/python docs/make_pictures.py

blender-pictures: .venv/ready .blender/ready
	$(BIN)/python docs/blender_pictures.py

# Done again whenever what is installed is to change. The demo needs less than the tests.
.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

.venv/ready: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

.blender/ready: Makefile
	$(PYTHON) -m venv .blender
	.blender/bin/python -m pip install --quiet --disable-pip-version-check $(BPY)
	touch $@

.node/ready: Makefile
	npm install --silent --no-save --no-audit --no-fund --prefix .node $(VALIDATOR)
	touch $@

clean:
	rm -rf .venv .blender .node out
