"""`poise train lift`: from the words typed to what is in the folder."""

import os
import re
import signal
from pathlib import Path

import pytest

from poise.cli.main import run
from poise.data import MotionLibrary
from poise.lifting import load_lifter
from poise.train import RECIPES
from poise.train.training import Training
from tiny_trainings import people

TINY = [
    *("--network.frames", "9", "--network.channels", "8", "--network.depth", "1"),
    *("--network.heads", "2", "--batch", "4"),
]


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Every command runs in a folder with some motion, and finds more in its data folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POISE_DATA", str(tmp_path / "data"))
    people().save(tmp_path / "moves.npz")
    (tmp_path / "data").mkdir()
    MotionLibrary.open(tmp_path / "moves.npz").save(tmp_path / "data" / "kept.npz")
    return tmp_path


def train(*words: str, out: str = "run", motion: str = "moves.npz") -> int:
    return run(["train", "lift", "mixste", "--motion", motion, "--out", out, *TINY, *words])


def error_of(capsys: pytest.CaptureFixture[str]) -> str:
    shown = capsys.readouterr()
    assert shown.err.startswith("poise: error: ")
    assert shown.err.count("\n") == 1
    return shown.err


def test_it_trains_and_says_what_it_left(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train("--steps", "4", "--validate", "2", "--optimiser.rate", "5e-4") == 0
    shown = capsys.readouterr().out
    assert "run/best.safetensors: the best of the validations" in shown
    assert "run/last.safetensors: after the last step" in shown
    assert "TrainedLifter(mixste, " in shown
    recipe = load_lifter(here / "run" / "best.safetensors").about["recipe"]
    assert recipe["optimiser"]["rate"] == 5e-4
    assert recipe["network"]["frames"] == 9
    assert (here / "run" / "log.jsonl").read_text().count("\n") == 3

    assert train("--steps", "4", "--validate", "2", "--optimiser.rate", "5e-4") == 0
    assert "all 4 steps were done before; nothing was left" in capsys.readouterr().out
    assert train("--steps", "5", "--validate", "2", "--optimiser.rate", "5e-4") == 2
    assert "another recipe: steps is 4 there and 5 here" in error_of(capsys)


def test_motion_is_found_in_the_data_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train("--steps", "1", "--validate", "0", motion="kept.npz") == 0
    assert train("--steps", "1", out="other", motion="nowhere.npz") == 2
    said = error_of(capsys)
    assert "nowhere.npz: cannot read: no such file or folder, here or in" in said
    assert "`poise data make`" in said
    assert run(["train", "lift", "mixste", "--motion", "--steps", "1"]) == 2
    assert "--motion: name at least one" in error_of(capsys)


def test_it_stops_in_words(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Training.step

    def step(self: Training) -> int:
        done = real(self)
        if done == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return done

    monkeypatch.setattr(Training, "step", step)
    words = ("--steps", "6", "--validate", "0")
    assert train(*words) == 130
    shown = capsys.readouterr()
    assert shown.out == "stopped; all is saved in run, the same command goes on from there\n"
    assert shown.err == "\npoise: stopped\n"
    assert load_lifter(here / "run" / "last.safetensors").about["training"]["step"] == 3
    assert train(*words) == 0
    assert load_lifter(here / "run" / "last.safetensors").about["training"]["step"] == 6


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_explains_every_field(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        run(["train", "lift", name, "--help"])
    assert stop.value.code == 0
    shown = re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out)
    around = "network.lifter" if "+" in RECIPES[name].method else "network"
    features = f"--{around}.features"
    for option in ("--steps", features, "--optimiser.rate", "--views.noisy", "--out"):
        assert option in shown
    assert f"{RECIPES[name].steps}" in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("mixst", "no recipe is called 'mixst'; did you mean 'mixste'?"),
        ("", "poise train lift: name a recipe first, one of simplebaseline, videopose3d"),
        ("mixste --optimiser.rte 1", "unrecognized options: --optimiser.rte, 1; perhaps you meant"),
        ("mixste --steps many", "error parsing --steps"),
        ("mixste --network.heads 3", "mixste: 64 channels cannot be shared by 3 heads"),
        ("mixste --network.features 2", "set network.features to 6"),
        ("mixste --optimiser.rate -1", "optimiser.rate is above 0"),
        ("mixste --precision 8-true", "invalid choice '8-true' for argument '--precision'"),
        ("mixste --threads 0", "--threads 0: at least one thread computes"),
        ("mixste --motion moves.npz --precision 16-mixed --device cpu", "16-mixed needs a GPU"),
    ],
)
def test_a_wrong_use_is_one_line(
    words: str, said: str, capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    assert run(["train", "lift", *words.split()]) == 2
    assert said in error_of(capsys)
    assert not (here / "runs").exists()
