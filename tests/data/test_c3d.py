"""C3D files: every processor and number format against an independent reader, and what is wrong."""

import io
import struct
import warnings
from pathlib import Path

import c3d
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from c3d_files import DEC, INTEL, MIPS, c3d_bytes
from poise.data import load, load_people, read_c3d
from poise.errors import PoiseError
from poise.geometry.axes import z_up
from poise.skeletons import H36M17

LABELS = ("LASI", "RASI", "LKNE", "*7")


def places(frames: int, points: int, seed: int = 0) -> np.ndarray:
    """Points in millimetres, one of them unknown for a while."""
    xyz = np.random.default_rng(seed).uniform(-2000, 2000, (frames, points, 3))
    xyz[1:3, points // 2] = np.nan
    return xyz


@pytest.mark.parametrize("processor", [INTEL, DEC, MIPS])
@pytest.mark.parametrize("scale", [-1.0, -0.0625, 0.0625, 0.1])
@pytest.mark.parametrize("analog", [0, 6])
def test_every_processor_and_number_format(
    tmp_path: Path, processor: int, scale: float, analog: int
) -> None:
    xyz = places(5, 4)
    data = c3d_bytes(xyz, LABELS, processor=processor, scale=scale, analog=analog)
    (tmp_path / "a.dat").write_bytes(data)  # told by its content
    motion = load(tmp_path / "a.dat")
    assert motion.fps == 100
    assert motion.skeleton.joints == LABELS
    assert motion.frame == "world"
    rounding = 2e-7 if scale < 0 else scale / 2 * 1e-3 + 2e-7
    np.testing.assert_allclose(motion.xyz, xyz * 1e-3, atol=rounding)
    if analog:  # without analog numbers c3d warns
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frames = [points for _, points, _ in c3d.Reader(io.BytesIO(data)).read_frames()]
    other = np.array([points[:, :3] for points in frames])
    known = np.isfinite(motion.xyz)
    np.testing.assert_allclose(motion.xyz[known], other[known] * 1e-3, atol=2e-7)
    unseen = np.array([points[:, 3] < 0 for points in frames])
    np.testing.assert_array_equal(unseen, ~known.all(axis=2))


@settings(max_examples=25, deadline=None)
@given(values=st.lists(st.floats(-1e5, 1e5, width=32), min_size=3, max_size=3))
def test_dec_floats_are_exact(
    tmp_path_factory: pytest.TempPathFactory, values: list[float]
) -> None:
    values = [value if abs(value) > 1e-30 else 0.0 for value in values]
    path = tmp_path_factory.mktemp("dec") / "a.c3d"
    path.write_bytes(c3d_bytes(np.array([[values]]), ["A"], processor=DEC, unit="m"))
    np.testing.assert_array_equal(read_c3d(path)[0].xyz, np.array([[values]], np.float32))


@pytest.mark.parametrize(
    ("unit", "metres"), [("mm", 1e-3), ("cm", 1e-2), ("m", 1.0), ("M", 1.0), ("in", 0.0254)]
)
@pytest.mark.parametrize("screen", ["+Z", "+Y", "Y"])
def test_unit_and_axis_are_the_files(tmp_path: Path, unit: str, metres: float, screen: str) -> None:
    xyz = places(4, 4)
    (tmp_path / "a.c3d").write_bytes(c3d_bytes(xyz, LABELS, unit=unit, screen=screen))
    expected = z_up(xyz) if "Y" in screen else xyz
    motion = load(tmp_path / "a.c3d")
    np.testing.assert_allclose(motion.xyz, expected * metres, rtol=1e-6)
    assert motion.assumed == ()


def test_what_the_file_does_not_say_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.c3d").write_bytes(c3d_bytes(places(4, 4), LABELS, unit="", screen=""))
    assert load(tmp_path / "a.c3d").assumed == (
        "z is up: the file does not say",
        "1 file unit is 1 mm: the file does not say",
    )
    assert load(tmp_path / "a.c3d", native_fps=50).fps == 50


def test_more_labels_than_one_parameter_holds(tmp_path: Path) -> None:
    labels = [f"M{number}" for number in range(600)]
    (tmp_path / "a.c3d").write_bytes(c3d_bytes(places(3, 600), labels))
    assert load(tmp_path / "a.c3d").skeleton.joints == tuple(labels)


def test_names_that_are_missing_or_twice(tmp_path: Path) -> None:
    (tmp_path / "a.c3d").write_bytes(c3d_bytes(places(3, 4), ["A", "A", ""]))
    assert load(tmp_path / "a.c3d").skeleton.joints == ("A", "A_2", "*3", "*4")


def test_a_known_joint_set_is_known_in_any_order(tmp_path: Path) -> None:
    xyz = places(3, 17)
    names = list(reversed(H36M17.joints))
    (tmp_path / "a.c3d").write_bytes(c3d_bytes(xyz, names, unit="mm"))
    motion = load(tmp_path / "a.c3d")
    assert motion.skeleton == H36M17
    np.testing.assert_allclose(motion.xyz, xyz[:, ::-1] * 1e-3, rtol=1e-6)


def test_several_people_are_told_by_their_labels(tmp_path: Path) -> None:
    xyz = places(6, 5)
    xyz[4:, 2:] = np.nan
    labels = ["Ann:LKNE", "Ann:RKNE", "Bob:LKNE", "Bob:RKNE", "*1"]
    (tmp_path / "a.c3d").write_bytes(c3d_bytes(xyz, labels, first=11))
    ann, bob = load_people(tmp_path / "a.c3d")
    assert ann.skeleton.joints == bob.skeleton.joints == ("LKNE", "RKNE")  # type: ignore[union-attr]
    assert (len(ann), len(bob)) == (6, 4)
    np.testing.assert_allclose(bob.times, 0.1 + np.arange(4) / 100)  # type: ignore[union-attr]
    with pytest.raises(PoiseError, match="holds 2 people; read them all with"):
        load(tmp_path / "a.c3d")


def test_more_frames_than_sixteen_bits_count(tmp_path: Path) -> None:
    xyz = np.zeros((70000, 1, 3))
    xyz[:, 0, 0] = np.arange(70000)
    long = ("POINT", "LONG_FRAMES", b"\x04\x00" + struct.pack("<f", 70000))
    start = ("TRIAL", "ACTUAL_START_FIELD", b"\x02\x01\x02" + struct.pack("<HH", 1, 0))
    stop = ("TRIAL", "ACTUAL_END_FIELD", b"\x02\x01\x02" + struct.pack("<HH", 70000 - 65536, 1))
    for more in ([long], [start, stop], [long, start, stop]):
        (tmp_path / "a.c3d").write_bytes(c3d_bytes(xyz, ["A"], more=more))
        motion = load(tmp_path / "a.c3d")
        assert len(motion) == 70000
        assert motion.xyz[-1, 0, 0] == pytest.approx(69.999)


GOOD = c3d_bytes(places(5, 4), LABELS)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (GOOD[:700], "is not a C3D file, or cut short within its header"),
        (GOOD[:-1], "should hold 5 frames, but ends after 4"),
        (GOOD[:-200], "should hold 5 frames, but ends after 1"),
        (b"\xc8" + GOOD[1:], "not a motion file"),
        (b"\x1e" + GOOD[1:], "its parameters lie outside of the file"),
        (GOOD[:515] + b"\x60" + GOOD[516:], "written for processor 13"),
        (GOOD[:2] + b"\x05" + GOOD[3:], "its header says 5 points, POINT:USED 4"),
        (GOOD.replace(b"mm", b"kg", 1), "'kg' is no unit of length"),
        (c3d_bytes(places(5, 4), LABELS, fps=0.0), "0 is not a frame rate"),
        (c3d_bytes(places(5, 4) * 1e9, LABELS), "holds numbers that are no places"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "a.bin").write_bytes(data)
    with pytest.raises(PoiseError) as refusal:
        load(tmp_path / "a.bin")
    assert words in str(refusal.value)
    assert str(refusal.value).startswith(f"{tmp_path / 'a.bin'}: ")
