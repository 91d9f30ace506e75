"""The table of angles: Python's own csv reader reads back what was written."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from poise.angles import AngleTable, joint_angles
from poise.angles.writing import write_angles
from poise.data.maker import improvise
from poise.errors import PoiseError
from poise.skeletons import FIGURE27


def table(gap: slice = slice(0, 0), sigma: bool = True) -> AngleTable:
    body = improvise([0, 1], 2.0, ("walk",)).body
    rotations = body.rotations.copy()
    rotations[gap] = np.nan
    spread = np.full((len(body), len(FIGURE27), 3), 0.02)
    spread[gap] = np.nan
    return joint_angles(
        replace(body, rotations=rotations, rotation_sigma=spread if sigma else None)
    )


def test_the_csv_holds_every_angle_with_its_sigma(tmp_path: Path) -> None:
    angles = table(gap=slice(10, 15))
    assert angles.sigma is not None
    write_angles(tmp_path / "a.csv", angles)
    with (tmp_path / "a.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:3] == ["time_s", "pelvis_tilt_deg", "pelvis_tilt_sigma_deg"]
    assert len(rows) == len(angles)
    for place, name in enumerate(angles.names):
        for column, expected in (
            (f"{name}_deg", angles.degrees[:, place]),
            (f"{name}_sigma_deg", angles.sigma[:, place]),
        ):
            assert [row[column] for row in rows[10:15]] == [""] * 5
            found = [float(row[column] or "nan") for row in rows]
            np.testing.assert_allclose(found, expected, atol=6e-5)
    np.testing.assert_allclose([float(row["time_s"]) for row in rows], angles.times, atol=1e-6)


def test_the_same_angles_make_the_same_bytes_and_no_sigma_no_columns(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        write_angles(tmp_path / name, table(sigma=False))
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    text = (tmp_path / "a.csv").read_text()
    assert "sigma" not in text
    assert "-0.0000," not in text


def test_a_folder_in_the_way_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(PoiseError, match="not an ordinary file"):
        write_angles(tmp_path, table())
