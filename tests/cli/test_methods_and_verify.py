"""`poise verify` and `poise methods`, from the words typed to what is on the screen."""

import json
from pathlib import Path

import numpy as np
import pytest

from poise.bench.vector_files import bundled, load_vector
from poise.cli.main import run
from poise.methods import SCHEMES, method, names


def failing(folder: Path) -> Path:
    path = next(path for path in bundled() if path.stem == "simplebaseline-64")
    wrong = load_vector(path).outputs["y"] + np.float32(0.5)
    with np.load(path) as file:
        np.savez(folder / "wrong.npz", **(dict(file) | {"out.y": wrong}))
    return folder / "wrong.npz"


def test_verify_runs_what_comes_with_poise(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["method", "file", "difference", "tolerance", "verdict"]
    assert len(lines) == len(bundled()) + 3
    for path, line in zip(bundled(), lines[1:], strict=False):
        assert line.split()[1] == path.name
        assert line.endswith("1e-05      passed")
    assert lines[-1] == f"all {len(bundled())} passed"


def test_verify_fails_where_one_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(failing(tmp_path)), str(bundled()[0])]
    assert run(["verify", *files]) == 1
    told = capsys.readouterr().out
    assert "FAILED in y" in told
    assert "1 of 2 failed" in told
    assert run(["verify", *files, "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False
    assert [file["passed"] for file in report["files"]] == [False, True]
    assert report["files"][0]["difference"] == pytest.approx(0.5)


def test_verify_names_what_is_not_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with np.load(bundled()[0]) as file:
        np.savez(tmp_path / "more.npz", **(dict(file) | {"out.more": np.zeros(2)}))
    assert run(["verify", str(tmp_path / "more.npz")]) == 1
    assert "FAILED: no answer to more" in capsys.readouterr().out


def test_verify_says_what_is_no_vector(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.npz").write_bytes(b"hello")
    assert run(["verify", str(tmp_path / "a.npz")]) == 2
    assert "a.npz: not an .npz file" in capsys.readouterr().err
    assert run(["verify", str(tmp_path / "none.npz")]) == 2
    assert "no such file" in capsys.readouterr().err


def test_verify_runs_the_others_beside_what_it_cannot_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.npz").write_text("nothing")
    good = str(next(iter(bundled())))
    assert run(["verify", str(tmp_path / "a.npz"), good]) == 1
    told = capsys.readouterr().out
    assert "passed" in told
    assert "a.npz: not an .npz file" in told
    assert told.endswith("1 of 2 failed\n")
    assert run(["verify", "--json", str(tmp_path / "a.npz"), good]) == 1
    report = json.loads(capsys.readouterr().out)
    assert not report["ok"]
    assert len(report["unusable"]) == len(report["files"]) == 1


def test_methods_lists_every_preset(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["methods"]) == 0
    told = capsys.readouterr().out
    assert all(len(line) <= 100 for line in told.splitlines())
    listed = [line.split()[0] for line in told.partition("\n\n")[0].splitlines()[1:]]
    assert listed == [name for name in names() for _ in method(name).presets]
    rows = [" ".join(line.split()) for line in told.splitlines()]
    assert "videopose3d 243 16.95 0.3526 CPN 46.8, GT 37.2 NC" in rows
    assert "hot+mixste 243 35.00 (35) 165.5 (167.5) CPN 41.0 MIT + none" in rows
    assert "ask the authors" in told
    assert "poseda   ICCV 2023, arXiv 2303.16456  unknown" in told


def test_methods_tells_programs_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["methods", "--json"]) == 0
    facts = {fact["method"]: fact for fact in json.loads(capsys.readouterr().out)}
    assert set(facts) == {*names(), *SCHEMES}
    assert facts["poseda"]["presets"] == []
    assert {each["mpjpe_mm"] for each in facts["poseda"]["results"]} >= {66.07, 61.3}
    assert facts["mhformer"]["presets"][3]["published"] == {"parameters_m": 31.52, "gflops": 14.15}
    assert facts["hot+mixste"]["presets"][0]["config"]["lifter"]["depth"] == 8
    preset = facts["mixste"]["presets"][2]
    assert (preset["preset"], preset["frames"], preset["parameters"]) == ("243", 243, 33_783_811)
    assert preset["config"]["heads"] == 8
    assert {result["data"] for result in facts["mixste"]["results"]} == {
        "Human3.6M",
        "HumanEva-I",
        "MPI-INF-3DHP",
    }
    assert run(["methods", "mixste", "--json"]) == 0
    assert [fact["method"] for fact in json.loads(capsys.readouterr().out)] == ["mixste"]


def test_methods_prints_a_card(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["methods", "videopose3d"]) == 0
    assert capsys.readouterr().out.startswith("# VideoPose3D\n")
    assert run(["methods", "tpc+mhformer"]) == 0
    assert capsys.readouterr().out.startswith("# HoT and H2OT: the hourglass\n")
    assert run(["methods", "videopose"]) == 2
    assert "did you mean 'videopose3d'" in capsys.readouterr().err
