"""`poise eval`: a line for each lifter and track, or JSON."""

import json
from pathlib import Path

import pytest
import torch

from poise.bench.open_benchmark_scores import evaluate
from poise.cli.main import run
from poise.data.open_benchmark import NOISY, views
from poise.lifting import Engine, bundled_path, load_lifter, save_lifter
from poise.lifting.tensor_files import save_tensors
from tiny_lifters import PERSON, tiny
from tiny_trainings import people


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Two lifters and some motion."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POISE_DATA", str(tmp_path / "data"))
    people(5, frames=20).save(tmp_path / "moves.npz")
    for folder, kind in (("one", "every frame"), ("other", "sliding")):
        (tmp_path / folder).mkdir()
        save_lifter(tmp_path / folder / "best.safetensors", tiny(kind, PERSON))
    return tmp_path


BOTH = ("one/best.safetensors", "other/best.safetensors")


def test_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["eval", *BOTH, "--motion", "moves.npz", "--tracks", "gt", "noisy"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["MPJPE", "P-MPJPE"]
    assert "subject 1" in lines[0]
    rows = [line.strip().split("  ")[0] for line in lines[1:5]]
    assert rows == [f"{name}, {track}" for name in BOTH for track in ("gt", "noisy")]
    assert lines[5].startswith("test: ")
    assert "not comparable" in lines[5], "it says what the numbers compare with"


def test_json_has_the_scores_of_the_library(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--motion", "moves.npz", "--tracks", "noisy", "--json", "--no-flip", "--overlap", "0"]
    assert run(["eval", BOTH[0], *words]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["flip"] is False
    (row,) = report["scores"]
    assert (row["weights"], row["track"]) == ("best.safetensors", "noisy")
    engine = Engine(load_lifter(BOTH[0]), flip=False, overlap=0)
    wanted = evaluate(engine, views(people(5, frames=20), NOISY))
    assert row["mpjpe_mm"] == pytest.approx(wanted.mpjpe_mm, rel=1e-6)
    assert row["subjects"] == pytest.approx(wanted.subjects)


def test_another_split(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["eval", BOTH[1], "--motion", "moves.npz", "--split", "val", "--tracks", "gt"]) == 0
    shown = capsys.readouterr().out
    assert "subject 0" in shown
    assert "\nval: " in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "name at least one file of weights"),
        ("missing.safetensors", "missing.safetensors: cannot read: no such file"),
        ("moves.npz", "moves.npz: not a .safetensors file, or a damaged one"),
        ("bare.safetensors", "bare.safetensors: was not written by poise"),
        ("other.safetensors", "other.safetensors: holds other/1, where lifter/1 is expected"),
        (f"{BOTH[0]} --tracks gtt", "no track is called 'gtt'; did you mean 'gt'?"),
        (f"{BOTH[0]} --split tset", "no split is called 'tset'; did you mean 'test'?"),
        (f"{BOTH[0]} --tracks shift-target", "is unlabelled: nothing can be scored"),
        (f"{BOTH[0]} --overlap 9", "windows of 9 frames can overlap by 0 to 4 frames, not 9"),
        (f"{BOTH[0]} --device cuda:7", "device 'cuda:7' cannot be used here"),
        (f"{BOTH[0]} --threads -1", "--threads -1: at least one thread computes"),
        (f"{BOTH[0]} --precision half", "invalid choice 'half' for argument '--precision'"),
        (f"{BOTH[0]} --motion nowhere", "nowhere: cannot read: no such file or folder"),
    ],
)
def test_a_wrong_use_is_one_line(
    words: str, said: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(1)}, here / "bare.safetensors")
    save_tensors(here / "other.safetensors", "other/1", {}, {"a": torch.zeros(1)})
    motion = [] if "--motion" in words else ["--motion", "moves.npz"]
    assert run(["eval", *words.split(), *motion]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert said in shown.err


def test_refined(capsys: pytest.CaptureFixture[str]) -> None:
    """UAO changes what is scored; without it a budget for it is refused."""
    words = ["eval", str(bundled_path()), "--motion", "moves.npz", "--tracks", "gt", "--json"]
    scores = []
    for more in ([], ["--refine", "uao"], ["--refine", "uao", "--refine-iterations", "0"]):
        assert run([*words, *more]) == 0
        report = json.loads(capsys.readouterr().out)
        assert report["refine"] == ("uao" if more else "none")
        scores.append(report["scores"][0]["mpjpe_mm"])
    assert scores[0] != scores[1]
    assert scores[0] == pytest.approx(scores[2], rel=1e-6)
    assert run([*words, "--refine-iterations", "3"]) == 2
    assert "goes with --refine uao" in capsys.readouterr().err
