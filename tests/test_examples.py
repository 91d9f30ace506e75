"""The examples do what they say."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from poise.data import MotionLibrary
from poise.motion import Keypoints
from poise.render.canvas import PAPER

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_made_motion_leaves_motion_pictures_and_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = importlib.util.spec_from_file_location("demo", EXAMPLES / "motion.py")
    assert spec is not None
    assert spec.loader is not None
    demo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo)
    folder = tmp_path / "new" / "demo"
    demo.main(folder, seconds=12)
    report = (folder / "report.txt").read_text()
    assert capsys.readouterr().out == report
    steps = [line.split("  ")[0] for line in report.splitlines()]
    assert steps[:3] == ["step", "make motion", "film it, exact"]
    assert len(steps) == 6
    assert MotionLibrary.open(folder / "motion.npz").seconds >= 12
    assert len(Keypoints.load(folder / "detected.npz")) > 0
    for name in ("motion.png", "motion.gif", "detected.png"):
        with Image.open(folder / name) as picture:
            pixels = np.asarray(picture.convert("RGB")).astype(int)
        drawn = (np.abs(pixels - PAPER).max(axis=-1) > 40).mean()
        assert 0.005 < drawn < 0.5, name
