"""`poise angles`, from the words typed to the tables written and shown."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import poise.body
from poise.angles import joint_angles
from poise.cli.main import run
from poise.data.maker import improvise
from poise.data.maker.score import spans
from poise.motion import Body, Contact, Motion
from poise.skeletons import FIGURE27, H36M17


@pytest.fixture(scope="module")
def walker() -> Body:
    made = improvise([3, 1], 8.0, ("walk",))
    times = made.body.motion.times
    contacts = tuple(
        Contact(float(times[first]), float(times[end - 1]), joint)
        for joint, down in made.contacts.items()
        for first, end in spans(down)
    )
    sigma = np.full((len(times), len(FIGURE27), 3), 0.03)
    return replace(made.body, contacts=contacts, rotation_sigma=sigma)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_angles_and_gait_of_a_solved_body(
    here: Path, walker: Body, capsys: pytest.CaptureFixture[str]
) -> None:
    walker.save(here / "person1.npz")
    assert run(["angles", "person1.npz"]) == 0
    shown = capsys.readouterr().out
    row = next(line.split() for line in shown.splitlines() if line.startswith("knee_flexion_l"))
    knee = joint_angles(walker)["knee_flexion_l"]
    expected = [knee.min(), knee.max(), np.ptp(knee), np.rad2deg(0.03)]
    np.testing.assert_allclose([float(word) for word in row[1:]], expected, atol=0.051)
    assert "never moved: forearm_pronation_l" in shown
    assert "cadence (steps/min)" in shown
    assert "written: person1.angles.csv" in shown
    with (here / "person1.angles.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(walker)
    np.testing.assert_allclose([float(row["knee_flexion_l_deg"]) for row in rows], knee, atol=1e-4)


def test_a_mot_is_written_by_its_name_or_when_asked_for(
    here: Path, walker: Body, capsys: pytest.CaptureFixture[str]
) -> None:
    rotations, xyz = walker.rotations.copy(), walker.motion.xyz.copy()
    rotations[20:30], xyz[20:30] = np.nan, np.nan
    gap = replace(walker, rotations=rotations, motion=replace(walker.motion, xyz=xyz))
    gap.save(here / "person1.npz")
    assert run(["angles", "person1.npz", "--out", "there/walk.mot"]) == 0
    assert "filled in" in capsys.readouterr().err
    assert "nobody was seen: 0.667" in (here / "there" / "walk.mot").read_text()
    assert run(["angles", "person1.npz", "--format", "mot"]) == 0
    assert (here / "person1.mot").read_bytes() == (here / "there" / "walk.mot").read_bytes()


def test_positions_are_solved_first(
    here: Path, walker: Body, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Motion] = []

    def solve(motion: Motion) -> Body:
        asked.append(motion)
        return walker

    monkeypatch.setattr(poise.body, "solve", solve, raising=False)
    walker.motion.save(here / "bare.npz")
    assert run(["angles", "bare.npz"]) == 0
    assert asked[0].skeleton == H36M17
    assert "knee_flexion_l" in capsys.readouterr().out


def test_who_stands_has_no_gait_and_is_told_why_when_asked(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    improvise([1, 1], 3.0, ("wave",)).body.save(here / "person1.npz")
    assert run(["angles", "person1.npz"]) == 0
    shown = capsys.readouterr().out
    assert "gait" not in shown
    assert "sigma" not in shown
    assert run(["angles", "person1.npz", "--gait"]) == 0
    assert "no gait: nothing is known about when the feet stand" in capsys.readouterr().out


def test_bad_input_is_told_in_one_line(
    here: Path, walker: Body, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["angles", "nobody.npz"]) == 2
    assert "nobody.npz: cannot read: no such file" in capsys.readouterr().err
    nothing = np.full_like(walker.rotations, np.nan)
    replace(walker, rotations=nothing).save(here / "gone.npz")
    assert run(["angles", "gone.npz"]) == 2
    assert "nobody is seen in any of its" in capsys.readouterr().err
    assert not list(here.glob("*.csv"))
