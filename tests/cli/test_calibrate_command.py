"""`poise calibrate`: a lifter's file learns how far the lifter is off."""

import re
from pathlib import Path

import numpy as np
import pytest

from poise.cli.main import run
from poise.lifting import Engine, load_lifter, save_lifter
from tiny_lifters import PERSON, tiny, wandering
from tiny_trainings import people


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A lifter and some motion of three splits."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POISE_DATA", str(tmp_path / "data"))
    people(10, frames=20).save(tmp_path / "moves.npz")
    save_lifter(tmp_path / "one.safetensors", tiny("every frame", PERSON))
    return tmp_path


def test_its_own_file_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    before = load_lifter("one.safetensors")
    assert before.residuals is None
    assert run(["calibrate", "one.safetensors", "--motion", "moves.npz"]) == 0
    after = load_lifter("one.safetensors")
    assert after.residuals is not None
    track = wandering(30)
    np.testing.assert_array_equal(Engine(before)(track).xyz, Engine(after)(track).xyz)
    said = capsys.readouterr().out
    for split in ("val", "test"):
        ratio = re.search(rf"{split}: errors are (\S+) times sigma", said)
        assert ratio is not None
        # Of a lifter that was never trained some errors are beyond the most that sigma says.
        assert float(ratio[1]) == pytest.approx(1, abs=0.2)
    rows = [line.split() for line in said.splitlines() if re.fullmatch(r"[\d\s,]+", line)]
    assert len(rows) == 8, "eighths of all joints, the surest first"
    predicted = [float(row[0]) for row in rows]
    assert predicted == sorted(predicted)


def test_another_file(here: Path) -> None:
    before = (here / "one.safetensors").read_bytes()
    words = ["calibrate", "one.safetensors", "--motion", "moves.npz", "--out", "two.safetensors"]
    assert run(words) == 0
    assert (here / "one.safetensors").read_bytes() == before
    assert load_lifter("two.safetensors").residuals is not None


def test_motion_without_a_validation_split_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people(10, frames=20).select(split="test").save(here / "tests.npz")
    assert run(["calibrate", "one.safetensors", "--motion", "tests.npz"]) == 2
    assert "split 'val'" in capsys.readouterr().err
