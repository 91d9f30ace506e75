"""`poise adapt`: from the words typed to a lifter that is used."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from adaptations import library, lifter, tracks
from poise.cli.main import run
from poise.lifting import load_lifter, save_lifter
from poise.motion import Keypoints

FEW = ["--rounds", "2", "--windows", "16", "--batch", "8", "--threads", "1", "--device", "cpu"]


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with motion, a lifter, and 2D keypoints of somewhere else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POISE_DATA", str(tmp_path / "data"))
    library().save(tmp_path / "moves.npz")
    save_lifter(tmp_path / "lifter.safetensors", lifter())
    (tmp_path / "mine").mkdir()
    for number, track in enumerate(tracks()[:4]):
        track.save(tmp_path / "mine" / f"{number}.npz")
    return tmp_path


def adapt(*words: str, target: str = "mine") -> int:
    given = ["--lifter", "lifter.safetensors", "--motion", "moves.npz", "--out", "out"]
    return run(["adapt", "--target", target, *given, *FEW, *words])


def error_of(capsys: pytest.CaptureFixture[str]) -> str:
    shown = capsys.readouterr()
    assert shown.err.startswith("poise: error: "), shown.err
    assert shown.err.count("\n") == 1
    return shown.err


def test_it_adapts_says_what_it_left_and_goes_on(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = adapt()
    shown = capsys.readouterr()
    assert status in (0, 1)
    assert "on 4 tracks, a part held out: misfit" in shown.out
    assert "out/best.safetensors" in shown.out
    assert ("nothing was better" in shown.err) == (status == 1)
    story = load_lifter(here / "out" / "last.safetensors").about["adaptation"]
    assert (story["recipe"]["how"], story["recipe"]["tilt"]) == ("gpa", True)
    assert (
        run(["lift", "mine/0.npz", "--lifter", "out/last.safetensors", "--to", "--no-report"]) == 0
    )
    capsys.readouterr()
    assert adapt() == status, "all rounds were done before"
    assert adapt("--rate", "1e-5") == 2
    assert "another adaptation: rate is 0.001 there and 1e-05 here" in error_of(capsys)


@pytest.mark.parametrize("how", ["lpa", "gpa+lpa", "poseaug"])
def test_every_way_has_its_word(how: str, here: Path) -> None:
    assert adapt("--how", how, "--rounds", "13", "--patience", "1") in (0, 1)
    story = load_lifter(here / "out" / "last.safetensors").about["adaptation"]["recipe"]
    assert story["how"] == how
    rotation = story["augmentation"]["rotation"]
    assert rotation == ("none" if how == "gpa+lpa" else "soft_yaw")


def test_a_camera_that_nobody_knows_is_guessed_and_said(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = replace(tracks()[0], camera=None)
    bare.save(here / "bare.npz")
    assert adapt(target="bare.npz") in (0, 1)
    assert "the camera is not known: a focal length of" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--target", "nowhere"], "nowhere: no such file or folder, nor a track of the open"),
        (["--target", "empty"], "empty: holds no video"),
        (["--target", "mine", "--rate", "0"], "rate is above 0"),
        (["--target", "mine", "--batch", "1"], "batch 2 or more"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    words: list[str], said: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "empty").mkdir()
    before = (here / "lifter.safetensors").read_bytes()
    base = ["adapt", "--lifter", "lifter.safetensors", "--motion", "moves.npz", *FEW]
    assert run([*base, *words]) == 2
    assert said in error_of(capsys)
    assert (here / "lifter.safetensors").read_bytes() == before


def test_pixels_of_unknown_size_and_other_skeletons_are_said(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    person = {"image_id": "0.jpg", "category_id": 1, "score": 2.0}
    points = [float(value) for joint in range(17) for value in (100 + joint, 200 + 3 * joint, 0.9)]
    (here / "alpha.json").write_text(json.dumps([person | {"keypoints": points}]))
    assert adapt("--fps", "30", target="alpha.json") == 2
    assert "size" in error_of(capsys)
    odd = replace(tracks()[0].skeleton, name="odd17", joints=tuple("abcdefghijklmnopq"))
    strange = Keypoints(xy=tracks()[0].xy, skeleton=odd, image_size=(1920, 1080), fps=30)
    strange.save(here / "odd.npz")
    assert adapt(target="odd.npz") == 2
    assert "odd17" in error_of(capsys)
