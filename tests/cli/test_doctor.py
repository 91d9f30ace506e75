"""The doctor: finds what is broken, and does not call broken what is only optional."""

import json
import sys
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from poise.cli import doctor
from poise.cli.main import run
from poise.motion import Motion


@pytest.fixture(autouse=True)
def empty_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("POISE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def report(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, str]]:
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] == all(finding["state"] != "broken" for finding in told["findings"])
    return {finding["part"]: finding for finding in told["findings"]}


def test_here_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--json"]) == 0
    told = report(capsys)
    assert {"python", "platform", "numpy", "torch", "tyro", "device cpu"} <= set(told)
    assert told["data folder"]["state"] == "absent"
    for part in ("body", "export bvh", "export glb"):
        assert told[part]["state"] == "ok"


@pytest.mark.parametrize("part", ["body", "export glb"])
def test_bodies_that_come_out_wrong_are_broken(
    part: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from poise import body
    from poise.data import loading

    load, solve = loading.load, body.solve

    def aside(motion: Motion) -> Motion:
        return replace(motion, xyz=motion.xyz + np.float32(0.05))

    if part == "body":
        monkeypatch.setattr(body, "solve", lambda motion: solve(aside(motion)), raising=False)
    else:
        monkeypatch.setattr(
            loading,
            "load",
            lambda path: aside(load(path)) if path.suffix == ".glb" else load(path),
        )
    assert run(["doctor", "--json"]) == 1
    told = report(capsys)
    assert [name for name in told if told[name]["state"] == "broken"] == [part]
    assert "mm off" in told[part]["detail"]


def test_for_people_it_is_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor"]) == 0
    shown = capsys.readouterr().out
    assert "all required parts work" in shown
    assert shown.splitlines()[1].startswith("python ")


def test_a_package_that_is_too_old_is_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    true_version = metadata.version
    monkeypatch.setattr(
        metadata, "version", lambda name: "1.26.4" if name == "numpy" else true_version(name)
    )
    assert run(["doctor", "--json"]) == 1
    found = report(capsys)["numpy"]
    assert found["state"] == "broken"
    assert "1.26.4, but poise needs >=2.0: pip install 'numpy>=2.0'" in found["detail"]


def test_a_missing_package_is_broken_an_optional_one_is_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    true_version = metadata.version

    def version(name: str) -> str:
        if name in ("scipy", "hypothesis"):
            raise metadata.PackageNotFoundError(name)
        return true_version(name)

    monkeypatch.setattr(metadata, "version", version)
    assert run(["doctor", "--json"]) == 1
    told = report(capsys)
    assert told["scipy"]["state"] == "broken"
    assert told["extra dev"]["state"] == "absent"
    assert "missing hypothesis: pip install 'poise[dev]'" in told["extra dev"]["detail"]


def test_a_torch_that_does_not_start_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert run(["doctor", "--json"]) == 1
    assert "torch cannot be imported" in report(capsys)["device cpu"]["detail"]


def test_every_extra_says_what_it_gives() -> None:
    extras = metadata.metadata("poise").get_all("Provides-Extra") or []
    assert set(extras) == set(doctor.EXTRAS)


@pytest.mark.parametrize(
    ("version", "wanted", "answer"),
    [
        ("2.13.0+cpu", ">=2.6", True),
        ("2.5.1", ">=2.6", False),
        ("2.10", ">=2.9,<3", True),
        ("3.0", ">=2.9,<3", False),
        ("2", ">=2.0", True),
        ("1.0rc1", ">=1.0", False),  # comes before 1.0
        ("1.1.0.dev20250101+cu128", ">=1.0", True),
        ("2.0.post1", ">=2.0", True),
        ("3.0a1", ">=2.9,<3", False),  # is for those who asked for 3
        ("1.2.3", "==1.2.3", True),
        ("1.2.4", "!=1.2.4", False),
        ("7", "", True),
    ],
)
def test_versions_compare_as_numbers(version: str, wanted: str, answer: bool) -> None:
    assert doctor.fits(version, wanted) is answer


def test_the_data_folder_is_listed(
    empty_data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (empty_data_folder / "cmu").mkdir(parents=True)
    (empty_data_folder / "cmu" / "a.amc").write_bytes(bytes(2_000_000))
    assert run(["doctor", "--json"]) == 0
    assert report(capsys)["data cmu"]["detail"] == "1 files, 2.0 MB"
