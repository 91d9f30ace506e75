"""TRC files and our CSV tables: other hands' variants, and what is wrong with its place."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from poise.data import load, load_people, read_csv, read_trc
from poise.data.describing import describe
from poise.errors import PoiseError

XYZ = np.random.default_rng(0).uniform(-1500, 1500, (4, 3, 3)).round(3)


def from_opensim(points: np.ndarray) -> np.ndarray:
    """Its ground has x forward, y up, z to the right; here -y is forward, -x to the right."""
    forward, up, right = np.moveaxis(points, -1, 0)
    return np.stack([-right, -forward, up], axis=-1)


TRC_HEAD = (
    "PathFileType\t4\t(X/Y/Z)\ta.trc\n"
    "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame"
    "\tOrigNumFrames\n"
    "60\t60\t4\t3\tmm\t60\t1\t4\n"
    "Frame#\tTime\tR.ASIS\t\t\tL.ASIS\t\t\tV.Sacral\t\t\n"
    "\t\tX1\tY1\tZ1\tX2\tY2\tZ2\tX3\tY3\tZ3\n"
    "\n"
)


def trc_rows(xyz: np.ndarray) -> str:
    rows = []
    for frame, places in enumerate(xyz):
        words = ["" if np.isnan(x) else f"{x:.3f}" for x in places.ravel()]
        rows.append("\t".join([str(frame + 1), f"{frame / 60:.3f}", *words]) + "\n")
    return "".join(rows)


TRC = TRC_HEAD + trc_rows(XYZ)


def test_a_trc_as_opensim_has_it(tmp_path: Path) -> None:
    (tmp_path / "walk.txt").write_text(TRC)
    motion = load(tmp_path / "walk.txt")
    assert motion.skeleton.joints == ("R.ASIS", "L.ASIS", "V.Sacral")
    assert motion.fps == 60
    np.testing.assert_allclose(motion.times, np.arange(4) / 60)  # without the file's rounding
    np.testing.assert_allclose(motion.xyz, from_opensim(XYZ) * 1e-3, atol=1e-7)
    assert motion.assumed == ("y is up: TRC files do not say",)
    upright = read_trc(tmp_path / "walk.txt", up="z")[0]
    np.testing.assert_allclose(upright.xyz, XYZ * 1e-3, atol=1e-7)
    assert describe(tmp_path / "walk.txt")["what"] == "one motion (TRC)"


def no_blank_line(text: str) -> str:
    return text.replace("\n\n", "\n")


def windows_lines(text: str) -> str:
    return text.replace("\n", "\r\n")


def blanks_for_tabs(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.split("\n"))


def tabs_at_the_ends(text: str) -> str:
    head, _, rows = text.partition("\n\n")
    return head + "\n\n" + rows.replace("\n", "\t\n")


def no_blanks_at_all(text: str) -> str:
    return text.replace("V.Sacral\t\t\n", "V.Sacral\n")


@pytest.mark.parametrize(
    "change", [no_blank_line, windows_lines, blanks_for_tabs, tabs_at_the_ends, no_blanks_at_all]
)
def test_the_same_trc_from_other_hands(tmp_path: Path, change: Callable[[str], str]) -> None:
    (tmp_path / "a.trc").write_text(TRC)
    (tmp_path / "b.trc").write_bytes(change(TRC).encode())
    one, other = load(tmp_path / "a.trc"), load(tmp_path / "b.trc")
    np.testing.assert_array_equal(other.xyz, one.xyz)
    assert other.skeleton == one.skeleton


def test_blank_markers_are_unknown_also_where_the_line_ends_early(tmp_path: Path) -> None:
    xyz = XYZ.copy()
    xyz[1, 0] = xyz[2, 2] = np.nan
    text = TRC_HEAD + trc_rows(xyz)
    for name, content in (("a", text), ("b", text.replace("\t\t\t\n", "\n"))):
        (tmp_path / f"{name}.trc").write_text(content)
        np.testing.assert_allclose(
            load(tmp_path / f"{name}.trc").xyz, from_opensim(xyz) * 1e-3, atol=1e-7
        )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("PathFileType", "PathType", "not a motion file that is known"),
        (
            "60\t60\t4\t3\tmm",
            "60\t60\t9\t3\tmm",
            "NumFrames says 9, but the file ends after frame 4",
        ),
        ("60\t60\t4\t3\tmm", "60\t60\tx\t3\tmm", "NumFrames says 'x'"),
        ("60\t60\t4\t3\tmm", "60\t60\t4\t5\tmm", "NumMarkers says '5', but line 4 names 3"),
        ("60\t60\t4\t3\tmm", "60\t60\t4\t3\tkg", "line 3: 'kg' is no unit"),
        ("60\t60\t4\t3\tmm", "0\t60\t4\t3\tmm", "line 3: '0' is not a frame rate"),
        ("60\t60\t4\t3\tmm", "nan\t60\t4\t3\tmm", "'nan' is not a frame rate"),
        ("2\t0.017", "2\t0.000", "its times do not grow"),
        ("2\t0.017", "2\t", "line 8: 11 fields, where 11 belong"),
        ("2\t0.017", "2\thello", "line 8: 'hello' is not a number"),
        ("2\t0.017", "2\t0.017\t1", "line 8: 12 fields, where 11 belong"),
        (f"{XYZ[2, 1, 0]:.3f}", "1_0", "line 9: '1_0' is not a number"),
        (f"{XYZ[2, 1, 0]:.3f}", "1e300", "holds numbers that are no places"),
    ],
)
def test_what_is_wrong_with_a_trc_is_said(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in TRC
    (tmp_path / "a.dat").write_text(TRC.replace(old, new, 1))
    with pytest.raises(PoiseError) as refusal:
        load(tmp_path / "a.dat")
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("cut", [12, 30, 60])
def test_a_cut_trc_is_refused(tmp_path: Path, cut: int) -> None:
    (tmp_path / "a.trc").write_text(TRC[:-cut])
    with pytest.raises(PoiseError, match="cut short|ends after frame 3"):
        load(tmp_path / "a.trc")


CSV = (
    "person,time_s,a_x_m,a_y_m,a_z_up_m,a_sigma_m,b_x_m,b_y_m,b_z_up_m,b_sigma_m\n"
    "1,0.000000000,0.1,0.2,0.3,0.01,1,2,3,0.02\n"
    "1,0.033333333,0.1,0.2,0.3,0.01,,,,\n"
    "1,0.066666667,0.1,0.2,0.4,0.01,1,2,3,0.02\n"
    "2,0.066666667,0.1,0.2,0.5,0.01,1,2,3,0.02\n"
)


def test_a_table_of_several_people(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    one, two = read_csv(tmp_path / "a.csv")
    assert one.fps == 30
    np.testing.assert_allclose(one.times, np.arange(3) / 30)
    assert np.isnan(one.xyz[1, 1]).all()
    assert one.sigma is not None
    np.testing.assert_allclose(one.sigma[2], [0.01, 0.02])
    assert (len(two), two.assumed) == (1, ("30 frames per second: one frame does not say",))
    assert len(load_people(tmp_path / "a.csv")) == 2
    assert describe(tmp_path / "a.csv")["what"] == "motion of 2 people (CSV)"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("b_x_m", "b_x_cm", "one unit and one vertical axis"),
        ("b_z_up_m", "b_z_m", ""),
        ("b_y_m", "b_y_up_m", "one unit and one vertical axis"),
        ("b_y_m", "b_x_m", "two columns have the same name"),
        ("b_y_m", "c_y_m", "has not one column for each of x, y, z"),
        ("b_sigma_m", "mood", "column 'mood' is none of poise"),
        ("b_sigma_m", "c_sigma_m", "sigma stands for some joints"),
        ("0.01,1,2", "0.01,1,1,2", "line 2: 11 cells, where 10 belong"),
        ("0.01,1,2", "-0.01,1,2", "a sigma is negative"),
        ("0.1,0.2", "zero,0.2", "line 2: 'zero' is not a number"),
        ("0.033333333", "0.0", "its times do not grow"),
        ("0.033333333", "", "no places or times"),
        ("2,0.0666", "0,0.0666", "people do not stand below each other"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in CSV
    (tmp_path / "a.csv").write_text(CSV.replace(old, new, 1))
    if not words:
        assert len(read_csv(tmp_path / "a.csv")) == 2
        return
    with pytest.raises(PoiseError) as refusal:
        read_csv(tmp_path / "a.csv")
    assert words in str(refusal.value)


def test_a_cut_table_and_any_other_csv_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV[:-2])
    with pytest.raises(PoiseError, match="ends within its last line"):
        load(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("name,age\nAnn,31\n")
    with pytest.raises(PoiseError, match="its header is not one of poise"):
        load(tmp_path / "b.csv")
