"""`poise.load`: any motion file by its content, and what is said of files that are none."""

import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import poise
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
from poise.conversions import CMU31_TO_H36M17
from poise.data import MotionLibrary, load, load_body, read_amc, read_asf, to_h36m17
from poise.errors import PoiseError
from poise.motion import Body, Keypoints, Motion
from poise.skeletons import CMU31, CMU38, COCO17, H36M17


@pytest.fixture
def bvh(tmp_path: Path) -> Path:
    return write(tmp_path / "a.bvh", bvh_text(person(), frames_for(person(), 4)))


@pytest.fixture
def amc(tmp_path: Path) -> Path:
    bones = cmu_bones()
    write(tmp_path / "07.asf", asf_text(bones))
    return write(tmp_path / "07_01.amc", amc_text(amc_frames(bones, 4)))


@pytest.fixture
def track(tmp_path: Path) -> Path:
    keypoints = Keypoints(
        xy=np.zeros((2, 17, 2), np.float32), skeleton=COCO17, image_size=(10, 10), fps=30
    )
    keypoints.save(tmp_path / "track.npz")
    return tmp_path / "track.npz"


def test_every_kind_is_known_by_its_content(tmp_path: Path, bvh: Path, amc: Path) -> None:
    for path, name in ((bvh, "renamed.motion"), (amc, "07_02.txt")):
        other = tmp_path / name
        other.write_bytes(gzip.compress(path.read_bytes()))
        np.testing.assert_array_equal(load(other).xyz, load(path).xyz)
        np.testing.assert_array_equal(load_body(other).rotations, load_body(path).rotations)


def test_the_joints_of_an_amc_file_are_its_bones_ends(amc: Path) -> None:
    motion = load(amc)
    assert motion.skeleton == CMU31
    assert load_body(amc).motion.skeleton.name == "cmu38"
    # The nose needs the head's rotation, which the motion alone has lost.
    converted = load(amc, skeleton="h36m17")
    np.testing.assert_array_equal(converted.xyz, to_h36m17(read_amc(amc)).xyz)
    plain = CMU31_TO_H36M17(motion).xyz
    others = [joint for joint, name in enumerate(H36M17.joints) if name != "nose"]
    np.testing.assert_allclose(converted.xyz[:, others], plain[:, others], atol=1e-5)
    assert load(amc, skeleton=COCO17).skeleton == COCO17
    np.testing.assert_array_equal(load(amc, skeleton=CMU31).xyz, motion.xyz)


def test_saved_values_come_back(tmp_path: Path, bvh: Path) -> None:
    body = load_body(bvh)
    body.save(tmp_path / "body.npz")
    body.motion.save(tmp_path / "motion.npz")
    np.testing.assert_array_equal(load_body(tmp_path / "body.npz").rotations, body.rotations)
    for name in ("body.npz", "motion.npz"):
        assert isinstance(load(tmp_path / name), Motion)
        np.testing.assert_array_equal(load(tmp_path / name).xyz, body.motion.xyz)
    stated = load(tmp_path / "motion.npz", native_fps=50)
    assert stated.times[1] == 1 / 50
    assert stated.assumed[-1] == "50 frames per second as given, the file says 100"
    assert load_body(tmp_path / "body.npz", native_fps=50).motion.fps == 50
    with pytest.raises(PoiseError, match=r"motion\.npz: holds joint positions without rotations"):
        load_body(tmp_path / "motion.npz")


def test_the_frame_rate_asked_for_is_resampled_to(bvh: Path, amc: Path) -> None:
    fast = load(bvh)
    assert (len(fast), fast.fps) == (4, 100)
    slow = load(bvh, fps=50)
    assert (len(slow), slow.fps, slow.times.tolist()) == (2, 50, [0, 0.02])
    np.testing.assert_array_equal(slow.xyz, fast.xyz[::2])
    assert slow.assumed == fast.assumed
    body = load_body(bvh)
    body.save(bvh.parent / "body.npz")
    np.testing.assert_array_equal(load(bvh.parent / "body.npz", fps=50).xyz, slow.xyz)
    assert len(load(amc, skeleton="h36m17", fps=60)) == 2
    with pytest.raises(PoiseError, match="0 is not a frame rate"):
        load(bvh, fps=0)


def test_a_frame_rate_that_the_file_has_not_or_wrong_can_be_stated(bvh: Path, amc: Path) -> None:
    stated = load(bvh, native_fps=25)
    assert (len(stated), stated.fps, stated.times[1]) == (4, 25, 1 / 25)
    assert "25 frames per second as given, the file says 100" in stated.assumed
    assert not any("as given" in words for words in load(bvh, native_fps=100).assumed)
    assert load(amc, native_fps=60).fps == 60
    assert len(load(amc, native_fps=60, fps=30)) == 2
    write(bvh, bvh.read_text().replace("Frame Time: 0.01", "Frame Time: 0"))
    with pytest.raises(PoiseError, match="or give native_fps"):
        load(bvh)
    assert "25 frames per second as given, the file says no usable one" in (
        load(bvh, native_fps=25).assumed
    )
    with pytest.raises(PoiseError, match="0 is not a frame rate"):
        load(amc, native_fps=0)


def test_exponential_maps_load_on_the_skeleton_named(tmp_path: Path, amc: Path) -> None:
    rng = np.random.default_rng(0)
    text = expmap_text(rng.normal(size=(8, 3)), rng.normal(size=(8, 114)))
    path = write(tmp_path / "angles.txt.gz", text, packed=True)
    asf = tmp_path / "07.asf"
    motion = load(path, asf=asf)
    assert (len(motion), motion.fps, motion.skeleton) == (8, 120, CMU31)
    np.testing.assert_array_equal(load(path, asf=read_asf(asf)).xyz, motion.xyz)
    assert load(path, skeleton="h36m17", fps=30, asf=asf).skeleton == H36M17
    assert len(load_body(path, asf=asf)) == 8
    assert load(path, native_fps=30, asf=asf).fps == 30
    with pytest.raises(PoiseError, match=r"angles\.txt\.gz: holds angles without a body.*asf="):
        load(path, skeleton="h36m17")


def test_an_amc_file_takes_the_skeleton_named_before_the_one_beside(
    tmp_path: Path, amc: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    asf = write(other / "a.asf", asf_text(cmu_bones(), length=0.9))
    np.testing.assert_allclose(2 * load(amc, asf=asf).xyz, load(amc).xyz, atol=1e-5)
    amc.with_name("07.asf").unlink()
    assert len(load_body(amc, asf=asf)) == 4
    with pytest.raises(PoiseError, match=r"07_01\.amc: no \.asf file lies beside it.*asf="):
        load(amc)


def test_an_unknown_rig_loads_but_does_not_convert(bvh: Path) -> None:
    own = load(bvh)
    np.testing.assert_array_equal(load(bvh, skeleton=own.skeleton).xyz, own.xyz)
    with pytest.raises(PoiseError, match=r"a\.bvh: no conversion from skeleton bvh to h36m17"):
        load(bvh, skeleton="h36m17")
    with pytest.raises(PoiseError, match="did you mean 'h36m17'"):
        load(bvh, skeleton="h36m")


def test_real_files_of_every_kind_load_on_17_joints(real_data: Path) -> None:
    cmu = real_data / "cmu"
    for name in (
        "amc/02/02_03.amc",
        "bvh-iclone/007/007_01.bvh",
        "bvh-daz/10_03.bvh",
        "bvh-cgspeed/01_01.bvh.gz",
    ):
        motion = load(cmu / name, skeleton="h36m17")
        assert motion.skeleton == H36M17
        height = np.nanmax(motion.xyz[1:, :, 2]) - np.nanmin(motion.xyz[1:, :, 2])
        assert 1.3 < height < 2.3, name


# mtime: the names of these tests must not depend on the clock, or workers disagree on them.
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.bvh", b"", "is empty"),
        ("a.bvh", b"hello", "not a BVH file"),
        ("a.bvh", b"HIERARCHY\x00ROOT", "holds binary data where text is expected"),
        ("a.npz", b"PK\x03\x04 and no more", "damaged or cut short"),
        ("a.npz", b"hello", "not an .npz file, or a damaged one"),
        ("a.asf", b":units\n:root\n:bonedata\n", "is a skeleton without motion"),
        ("a.mp4", b"\x00\x00\x00\x18ftypmp42", "not a motion file that is known"),
        ("a.txt", b",".join([b"0"] * 117), "holds angles without a body; name the skeleton"),
        ("a.bvh.gz", gzip.compress(b"HIERARCHY\n" * 90, mtime=0)[:-9], "damaged or cut short"),
        ("a.npz.gz", gzip.compress(b"PK\x03\x04", mtime=0), "unpack it first"),
    ],
)
def test_what_is_no_motion_is_said(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(PoiseError, match=name) as refusal:
        load(path)
    assert words in str(refusal.value)


def test_other_files_of_this_program_are_called_by_their_names(
    tmp_path: Path, track: Path, bvh: Path
) -> None:
    with pytest.raises(PoiseError, match="holds 2D keypoints, no motion; lift them first"):
        load(track)
    motion = load(bvh)
    MotionLibrary.of({"a": motion}).save(tmp_path / "library.npz")
    with pytest.raises(PoiseError, match=r"MotionLibrary\.open"):
        load(tmp_path / "library.npz")
    with pytest.raises(PoiseError, match=r"is a folder.*MotionLibrary\.open"):
        load(tmp_path)
    with pytest.raises(PoiseError, match="no such file"):
        load(tmp_path / "nothing.bvh")


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", xyz=np.array([{}], dtype=object))
    with pytest.raises(PoiseError, match="holds pickled Python objects"):
        load(tmp_path / "a.npz")


def test_the_public_name_is_this_one_and_costs_no_torch() -> None:
    assert poise.load is load
    program = "import sys, poise.data; print('torch' in sys.modules or 'scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "False"


def test_a_loaded_body_is_a_body(bvh: Path) -> None:
    assert isinstance(load_body(bvh), Body)


def test_a_saved_motion_comes_back_on_its_own_joints(tmp_path: Path) -> None:
    motion = Motion(xyz=np.zeros((2, 38, 3)), skeleton=CMU38, fps=30, frame="world", placed=True)
    motion.save(tmp_path / "starts.npz")
    assert load(tmp_path / "starts.npz").skeleton == CMU38
