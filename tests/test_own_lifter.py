"""The page "Add your own lifter" is followed word by word, in a copy of the package."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import poise
from tiny_trainings import people

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "own-lifter.md").read_text()
BLOCKS = re.findall(r"```(?:py|md)\n(.*?)```", PAGE, flags=re.DOTALL)


def below(path: Path, line: str, block: str) -> None:
    text = path.read_text()
    assert text.count(line) == 1, f"{path.name} has no such line any more: {line}"
    path.write_text(text.replace(line, line + block))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package with the toy in it."""
    source = tmp_path / "src" / "poise"
    ignored = shutil.ignore_patterns("__pycache__", "vectors")
    shutil.copytree(Path(poise.__file__).parent, source, ignore=ignored)
    files = re.findall(r"^`src/poise/(methods/toy/\S+)`", PAGE, flags=re.MULTILINE)
    assert len(files) == 5
    *contents, line, import_, entry = BLOCKS
    (source / "methods" / "toy").mkdir()
    for name, content in zip(files, contents, strict=True):
        (source / name).write_text(content)
    table = source / "methods" / "__init__.py"
    last = re.findall(
        r"^METHODS = \{\n.*?(    [^\n]*\n)\}", table.read_text(), re.DOTALL | re.MULTILINE
    )
    below(table, last[0], line)
    recipes = source / "train" / "recipes.py"
    below(recipes, "from poise.methods.stgcn import Config as StGcn\n", import_)
    below(recipes, "RECIPES: dict[str, Recipe[Any]] = {\n", entry)
    return source


def test_a_toy_is_added_trained_and_scored(copy: Path, tmp_path: Path) -> None:
    people(frames=20).save(tmp_path / "moves.npz")
    commands = [
        line
        for block in re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
        for line in block.splitlines()
    ]
    assert [line.split()[1] for line in commands] == ["data", "train", "eval"]
    script = "\n".join(
        [
            "import poise, sys",
            "from poise.cli.main import run",
            f"assert poise.__file__.startswith({str(tmp_path)!r})",
            *(f"assert run({line.split()[1:]!r}) == 0" for line in commands[1:]),
            "assert run(['methods', 'toy']) == 0",
            "assert run(['methods']) == 0",
        ]
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(copy.parent), "OMP_NUM_THREADS": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "TrainedLifter(toy, " in done.stdout
    assert "best.safetensors, gt" in done.stdout
    assert "unpublished" not in done.stderr
    assert re.search(r"^toy +small +0.01 ", done.stdout, flags=re.MULTILINE)


def test_the_toy_is_written_as_the_rest(copy: Path) -> None:
    for command in (["check"], ["format", "--check"]):
        words = [sys.executable, "-m", "ruff", *command, "--config", str(ROOT / "pyproject.toml")]
        places = [str(copy / "methods" / "toy"), str(copy / "train" / "recipes.py")]
        done = subprocess.run([*words, *places], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
