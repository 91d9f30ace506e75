"""Damaged files at every reader: one clear line, or a motion made of finite numbers; never more."""

import gzip
import json
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from c3d_files import DEC, INTEL, MIPS, c3d_bytes
from motion_files import (
    amc_frames,
    amc_text,
    asf_text,
    bvh_text,
    cmu_bones,
    expmap_text,
    frames_for,
    person,
    write,
)
from poise.data.asf_amc import amc_length, read_amc, read_asf
from poise.data.bvh import bvh_length, read_bvh
from poise.data.c3d import read_c3d
from poise.data.csv_motion import read_csv
from poise.data.expmap import expmap_length, read_expmap
from poise.data.library import MotionLibrary
from poise.data.loading import load, load_people
from poise.data.trc import read_trc
from poise.errors import PoiseError
from poise.motion import Motion
from poise.skeletons import H36M17

TOKENS = (
    *("nan", "inf", "-1e309", "1e400", "0", "-7", "1e12", "99999999999999999999", "NaN", "1_0"),
    *("{", "}", "ROOT", "JOINT", "End Site", "OFFSET", "CHANNELS", "MOTION", "Frames:", "begin"),
    *("end", ":bonedata", "root", "#", "\u0663", "\ufffd", "x" * 5000, "--", ".", "1.2.3", "head"),
)


def damaged(data: bytes, seed: int) -> bytes:
    """The same file cut, with bytes or words exchanged, or with lines lost, doubled or moved."""
    rng = random.Random(seed)
    for _ in range(rng.randint(1, 3)):
        kind = rng.randrange(6)
        if kind == 0:
            data = data[: rng.randrange(len(data) + 1)]
        elif kind == 1:
            changed = bytearray(data)
            for _ in range(rng.randint(1, 8)):
                if changed:
                    changed[rng.randrange(len(changed))] = rng.randrange(256)
            data = bytes(changed)
        elif kind in (2, 3, 4):
            lines = data.split(b"\n")
            at = rng.randrange(len(lines))
            if kind == 2:
                del lines[at]
            elif kind == 3:
                lines.insert(rng.randrange(len(lines)), lines[at])
            else:
                rng.shuffle(lines)
            data = b"\n".join(lines)
        else:
            words = data.split(b" ")
            words[rng.randrange(len(words))] = rng.choice(TOKENS).encode()
            data = b" ".join(words)
    return data


def said_or_sound(read: Callable[[], Any]) -> None:
    """Runs a reader: it must answer with finite numbers or refuse in one line."""
    try:
        value = read()
    except PoiseError as refusal:
        assert "\n" not in str(refusal)
        assert len(str(refusal)) < 1000
        return
    for holder in (value, getattr(value, "motion", None)):
        for name in ("xyz", "rotations", "offsets", "axes"):
            array = getattr(holder, name, None)
            assert array is None or np.isfinite(array).all()


damage = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
seeds = given(seed=st.integers(0, 2**32), packed=st.booleans())

BVH = bvh_text(person(), frames_for(person(), 3)).encode()
BONES = cmu_bones()
ASF = asf_text(BONES).encode()
AMC = amc_text(amc_frames(BONES, 2)).encode()
RNG = np.random.default_rng(0)
EXPMAP = expmap_text(RNG.normal(size=(3, 3)), RNG.normal(size=(3, 114))).encode()


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """A folder with a sound skeleton."""
    write(tmp_path / "07.asf", ASF.decode())
    return tmp_path


@damage
@seeds
def test_bvh(beside: Path, seed: int, packed: bool) -> None:
    path = beside / "a.bvh"
    data = damaged(BVH, seed)
    path.write_bytes(gzip.compress(data, 1) if packed else data)
    said_or_sound(lambda: read_bvh(path))
    said_or_sound(lambda: read_bvh(path, end_sites=True).motion)
    said_or_sound(lambda: bvh_length(path))
    said_or_sound(lambda: load(path))


@damage
@seeds
def test_amc(beside: Path, seed: int, packed: bool) -> None:
    path = beside / "07_01.amc"
    data = damaged(AMC, seed)
    path.write_bytes(gzip.compress(data, 1) if packed else data)
    said_or_sound(lambda: read_amc(path))
    said_or_sound(lambda: amc_length(path))
    said_or_sound(lambda: load(path, skeleton="h36m17"))


@damage
@seeds
def test_asf(beside: Path, seed: int, packed: bool) -> None:
    path = beside / "07.asf"
    data = damaged(ASF, seed)
    path.write_bytes(gzip.compress(data, 1) if packed else data)
    (beside / "07_01.amc").write_bytes(AMC)
    said_or_sound(lambda: read_asf(path))
    said_or_sound(lambda: load(beside / "07_01.amc"))


@damage
@seeds
def test_expmap(beside: Path, seed: int, packed: bool) -> None:
    path = beside / "a.txt"
    data = damaged(EXPMAP, seed)
    path.write_bytes(gzip.compress(data, 1) if packed else data)
    said_or_sound(lambda: read_expmap(path, beside / "07.asf"))
    said_or_sound(lambda: expmap_length(path))
    said_or_sound(lambda: MotionLibrary.open(beside, asf=beside / "07.asf"))


PLACES = RNG.uniform(-2000, 2000, (4, 3, 3))
TRC = (
    "PathFileType\t4\t(X/Y/Z)\ta.trc\n"
    "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\n60\t60\t4\t3\tmm\n"
    "Frame#\tTime\tA\t\t\tB\t\t\tC\t\t\n\t\tX1\tY1\tZ1\tX2\tY2\tZ2\tX3\tY3\tZ3\n\n"
    + "".join(
        "\t".join([str(row), f"{row / 60:.4f}", *(f"{x:.3f}" for x in PLACES[row].ravel())]) + "\n"
        for row in range(4)
    )
).encode()
CSV = (
    "person,time_s,a_x_m,a_y_m,a_z_up_m,a_sigma_m\n"
    + "".join(f"{1 + row // 2},{row / 30:.9f},{row}.5,2.25,,0.01\n" for row in range(4))
).encode()


@damage
@seeds
def test_tables(tmp_path: Path, seed: int, packed: bool) -> None:
    for name, sound, read in (("a.trc", TRC, read_trc), ("a.csv", CSV, read_csv)):
        data = damaged(sound, seed).replace(b" ", b"\t" if seed % 2 else b" ")
        (tmp_path / name).write_bytes(gzip.compress(data, 1) if packed else data)
        said_or_finite(partial(read, tmp_path / name))
        said_or_finite(partial(load_people, tmp_path / name))


C3DS = [
    c3d_bytes(PLACES, ["A", "B", "C"], processor=processor, scale=scale)
    for processor in (INTEL, DEC, MIPS)
    for scale in (-0.1, 0.1)
]


@damage
@seeds
def test_c3d(tmp_path: Path, seed: int, packed: bool) -> None:
    data = damaged_bytes(C3DS[seed % len(C3DS)], seed)
    (tmp_path / "a.c3d").write_bytes(gzip.compress(data, 1) if packed else data)
    said_or_finite(lambda: read_c3d(tmp_path / "a.c3d"))
    said_or_finite(lambda: load_people(tmp_path / "a.c3d"))


def damaged_bytes(data: bytes, seed: int) -> bytes:
    """The same binary file cut, or with bytes exchanged where it says what it holds."""
    rng = random.Random(seed)
    changed = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(rng.choice([24, 700, 1024, len(data)]))
        changed[place] = rng.choice([0, 1, 255, rng.randrange(256)])
    return bytes(changed[: rng.randrange(len(data) + 1)] if seed % 3 == 0 else changed)


def said_or_finite(read: Callable[[], Any]) -> None:
    """The same for points, some of which may be unknown."""
    try:
        people = read()
    except PoiseError as refusal:
        assert "\n" not in str(refusal)
        assert len(str(refusal)) < 1000
        return
    for motion in people:
        assert np.nanmax(np.abs(motion.xyz), initial=0) <= 1e9


@damage
@seeds
def test_damaged_gzip(beside: Path, seed: int, packed: bool) -> None:
    path = beside / "a.bvh"
    path.write_bytes(damaged(gzip.compress(BVH), seed))
    said_or_sound(lambda: load(path))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The bytes of a motion, of a library and of a pack."""
    folder = tmp_path_factory.mktemp("saved")
    xyz = RNG.normal(size=(4, 17, 3)).astype(np.float32)
    motion = Motion(xyz=xyz, skeleton=H36M17, fps=30, frame="world", placed=True)
    motion.save(folder / "motion.npz")
    MotionLibrary.of({"a": motion, "b": motion}, split="train").save(folder / "library.npz")
    np.savez(folder / "cmu17.npz", S01_T01=xyz)
    clip = {"key": "S01_T01", "frames": 4, "fps": 30, "subject": 1, "action": "walk"}
    index = {"parents": H36M17.parents, "clips": [clip | {"split": "val", "source": "expmap"}]}
    names = ("motion.npz", "library.npz", "cmu17.npz")
    return {name: (folder / name).read_bytes() for name in names} | {
        "index.json": json.dumps(index, indent=1).encode()
    }


@damage
@seeds
def test_npz(beside: Path, saved: dict[str, bytes], seed: int, packed: bool) -> None:
    for name, read in (("motion.npz", load), ("library.npz", MotionLibrary.open)):
        (beside / name).write_bytes(damaged(saved[name], seed))
        said_or_sound(partial(read, beside / name))


@damage
@seeds
def test_pack(tmp_path: Path, saved: dict[str, bytes], seed: int, packed: bool) -> None:
    broken = "index.json" if packed else "cmu17.npz"
    for name in ("index.json", "cmu17.npz"):
        content = damaged(saved[name], seed) if name == broken else saved[name]
        (tmp_path / name).write_bytes(content)
    said_or_sound(lambda: MotionLibrary.open(tmp_path))


@settings(max_examples=100, deadline=None)
@given(
    data=st.binary(max_size=300),
    name=st.sampled_from(["a.bvh", "a.amc", "a.npz", "a.txt", "a.trc", "a.csv", "a.c3d", "a"]),
)
def test_any_bytes_at_all(tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str) -> None:
    path = tmp_path_factory.mktemp("bytes") / name
    path.write_bytes(data)
    said_or_sound(lambda: load(path))
