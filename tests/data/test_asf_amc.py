"""ASF/AMC: random skeletons against a slow twin, CMU's own files, and what is told in words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_files import Bone, amc_frames, amc_text, asf_text, cmu_bones, slow_amc, write
from poise.conversions import CMU38_TO_CMU31
from poise.data.asf_amc import amc_length, asf_beside, read_amc, read_asf
from poise.errors import PoiseError
from poise.geometry.axes import z_up
from poise.skeletons import CMU31, CMU38

METRES = 0.0254 / 0.45

# Bones listed before those that carry them, one rigid, one with two at its end.
TREE = [
    Bone("hand", "arm", (1, 0, 0), 2.0, (10, 20, 30), ("rz", "rx")),
    Bone("arm", "trunk", (0.6, 0.8, 0), 3.0, (-90, 0, 45), ("ry",)),
    Bone("trunk", "root", (0, 1, 0), 5.0, (0, 0, 0), ("rx", "ry", "rz")),
    Bone("head", "trunk", (0, 1, 0), 2.5, (0, 0, 0), ()),
    Bone("leg", "root", (0, -1, 0), 8.0, (0, 15, -20), ("rz",)),
]


def in_order(bones: list[Bone]) -> list[Bone]:
    """The slow twin wants parents first."""
    known: set[str] = {"root"}
    done: list[Bone] = []
    while len(done) < len(bones):
        ready = [bone for bone in bones if bone.parent in known and bone not in done]
        known |= {bone.name for bone in ready}
        done += ready
    return done


def files(
    folder: Path, bones: list[Bone], frames: list[dict[str, np.ndarray]], **options: Any
) -> Path:
    folder.mkdir(exist_ok=True)
    write(folder / "07.asf", asf_text(bones, angle="rad" if options.get("radians") else "deg"))
    return write(folder / "07_01.amc", amc_text(frames, **options))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**16), radians=st.booleans())
def test_any_skeleton_of_cmu_agrees_with_the_slow_twin(
    tmp_path_factory: pytest.TempPathFactory, seed: int, radians: bool
) -> None:
    bones = cmu_bones(seed)
    frames = amc_frames(bones, 3, seed)
    path = files(tmp_path_factory.mktemp("amc"), bones, frames, radians=radians)
    body = read_amc(path)
    assert body.motion.skeleton == CMU38
    ends = CMU38_TO_CMU31(body.motion)
    expected = slow_amc(bones, frames, METRES)
    for joint, name in enumerate(CMU31.joints):
        np.testing.assert_allclose(ends.xyz[:, joint], z_up(expected[name]), atol=1e-5, rtol=0)
    # The body holds its rule: each joint at its parent plus its offset turned by the parent.
    again, _ = body.pose()
    np.testing.assert_allclose(again, body.motion.xyz, atol=1e-5, rtol=0)


def test_other_bones_make_their_own_skeleton(tmp_path: Path) -> None:
    frames = amc_frames(TREE, 4)
    body = read_amc(files(tmp_path, TREE, frames))
    skeleton = body.motion.skeleton
    assert skeleton.joints[:4] == ("root", "hand", "hand_end", "arm")
    assert skeleton.parents[skeleton.index("head")] == skeleton.index("trunk")
    expected = slow_amc(in_order(TREE), frames, METRES)
    for end, joint in (("trunk", "head"), ("trunk", "arm"), ("arm", "hand"), ("leg", "leg_end")):
        found = body.motion.xyz[:, skeleton.index(joint)]
        np.testing.assert_allclose(found, z_up(expected[end]), atol=1e-5, rtol=0)


def test_bones_may_change_their_order_and_comments_stand_anywhere(tmp_path: Path) -> None:
    frames = amc_frames(TREE, 3)
    shuffled = [dict(sorted(frames[0].items())), dict(reversed(frames[1].items())), frames[2]]
    plain = read_amc(files(tmp_path / "plain", TREE, frames))
    path = files(tmp_path / "other", TREE, shuffled, first=17)
    text = path.read_text().replace("\narm", "\n# a remark\n\narm").replace("\n", "\r\n")
    other = read_amc(write(path, text, packed=True))
    np.testing.assert_array_equal(other.motion.xyz, plain.motion.xyz)
    assert amc_length(path) == (3, 120)


def test_the_frame_rate_is_assumed_unless_given(tmp_path: Path) -> None:
    path = files(tmp_path, TREE, amc_frames(TREE, 2))
    assert read_amc(path).motion.fps == 120
    assert any("120 frames per second" in words for words in read_amc(path).motion.assumed)
    assert read_amc(path, native_fps=60).motion.fps == 60
    assert not read_amc(path, native_fps=60).motion.assumed


def test_a_bone_that_the_file_leaves_out_is_still_and_told(tmp_path: Path) -> None:
    frames = amc_frames(TREE, 2)
    path = files(tmp_path, TREE, frames)
    without = [{name: row for name, row in frame.items() if name != "leg"} for frame in frames]
    zero = [frame | {"leg": np.zeros(1)} for frame in frames]
    expected = read_amc(write(path, amc_text(zero)), native_fps=120)
    body = read_amc(write(path, amc_text(without)), native_fps=120)
    np.testing.assert_allclose(body.motion.xyz, expected.motion.xyz, atol=1e-6)
    assert body.motion.assumed == ("leg is still: the file does not move it",)


def test_the_skeleton_is_found_beside_the_motion(tmp_path: Path) -> None:
    motion = tmp_path / "07_01.amc.gz"
    with pytest.raises(PoiseError, match="no .asf file lies beside it"):
        asf_beside(motion)
    only = write(tmp_path / "someone.asf", asf_text(TREE))
    assert asf_beside(motion) == only
    subject = write(tmp_path / "07.asf.gz", asf_text(TREE), packed=True)
    assert asf_beside(motion) == subject
    own = write(tmp_path / "07_01.asf", asf_text(TREE))
    assert asf_beside(motion) == own
    with pytest.raises(PoiseError, match=r"several .asf files lie beside it.*put 08\.asf"):
        asf_beside(tmp_path / "08_01.amc")
    given_ = read_amc(files(tmp_path, TREE, amc_frames(TREE, 2)), subject)
    assert len(given_) == 2


def test_lengths_are_inches_divided_by_the_files_unit(tmp_path: Path) -> None:
    one = read_asf(write(tmp_path / "a.asf", asf_text(TREE, length=1.0)))
    assert one.metres == pytest.approx(0.0254)
    end = one.skeleton.index("head_end")
    assert np.linalg.norm(one.offsets[end]) == pytest.approx(2.5 * 0.0254)


ASF = asf_text(TREE)
AMC = amc_text([{name: np.ones(len(row)) for name, row in amc_frames(TREE, 1)[0].items()}] * 3)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("#!OML:ASF", "hello there", "line 1: 'hello' stands where the number of the first frame"),
        ("trunk 1 1 1", "trunk 1 1", "line 4: frame 1: bone trunk has 2 numbers"),
        ("trunk 1 1 1", "trunk 1 1 1 1", "the skeleton wants 3 (rx ry rz)"),
        ("trunk 1 1 1", "tronk 1 1 1", "no bone 'tronk'; did you mean 'trunk'?"),
        ("trunk 1 1 1", "head 1 1 1", "wants 0 (it is rigid)"),
        ("trunk 1 1 1", "trunk 1 x 1", "line 8: 'x' is not a number"),
        ("trunk 1 1 1", "trunk 1 1_0 1", "line 8: '1_0' is not a number"),
        ("trunk 1 1 1", "trunk 1 nan 1", "line 8: nan is not a place or an angle"),
        ("trunk 1 1 1", "arm 1", "line 8: bone arm stands twice"),
        ("root 1 1 1 1 1 1\n", "", "the first frame has no line for the root"),
        ("\n2\n", "\n4\n", "line 10: frame 4 follows frame 1"),
        ("\n3\n", "\n1\n", "line 16: frame 1 follows frame 2"),
    ],
)
def test_what_is_wrong_with_the_motion_is_said(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    path = files(tmp_path, TREE, amc_frames(TREE, 1))
    assert old in AMC
    write(path, AMC.replace(old, new, 1))
    with pytest.raises(PoiseError, match=r"07_01\.amc") as refusal:
        read_amc(path)
    assert words in str(refusal.value)


def test_a_file_cut_short_is_refused_wherever_the_cut_is(tmp_path: Path) -> None:
    path = files(tmp_path, TREE, amc_frames(TREE, 1))
    body = AMC[: AMC.rindex("leg")]
    with pytest.raises(PoiseError, match="frame 3: bone leg is missing; the file is cut short"):
        read_amc(write(path, body))
    with pytest.raises(PoiseError, match="frame 3: bone trunk has 2 numbers"):
        read_amc(write(path, AMC[: AMC.rindex("trunk 1 1") + 9]))
    with pytest.raises(PoiseError, match="holds no frames"):
        read_amc(write(path, "#!OML:ASF\n:DEGREES\n"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (":bonedata", ":bones", "has no :bonedata; it is not an ASF file"),
        (":hierarchy", "", "has no :hierarchy"),
        ("name arm", "name", "a bone without a name"),
        ("name arm", "name trunk", "a second bone is called trunk"),
        ("length 3", "", "bone arm needs 'length' with 1 numbers"),
        ("length 3", "length three", "line 26: 'three' is not a number"),
        ("direction 0.6 0.8 0", "direction 0.6 0.8", "bone arm needs 'direction' with 3"),
        ("dof ry", "dof ry tx", "bone arm moves by ry tx; only turns are understood"),
        ("dof ry", "dof ry ry", "each once"),
        ("axis -90 0 45  XYZ", "axis -90 0 45 XXZ", "'XXZ' is not an order of the axes"),
        ("TX TY TZ RX RY RZ", "TX TY TZ RX RY", "the root's order must name each"),
        ("axis XYZ", "axis", "the root's axis is an order such as XYZ"),
        ("orientation 0 0 0", "orientation 0 90 0", "the root's orientation is not 0 0 0"),
        ("arm hand", "arm hond", "no bone is called 'hond'; did you mean 'hand'?"),
        ("arm hand", "arm", "bone hand hangs on nothing"),
        ("arm hand", "arm hand leg", "leg hangs on two bones"),
        ("trunk arm head", "hand arm head", "go round in a circle"),
        ("length 0.45", "length 0", "line 4: the unit of length is 0"),
    ],
)
def test_what_is_wrong_with_the_skeleton_is_said(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in ASF
    path = write(tmp_path / "a.asf", ASF.replace(old, new, 1))
    with pytest.raises(PoiseError, match=r"a\.asf") as refusal:
        read_asf(path)
    assert words in str(refusal.value)


def test_cmus_own_files_stand_where_the_reference_says(
    real_data: Path, vector: Callable[[str], tuple]
) -> None:
    meta, _, _, expected = vector("mocap-loaders")
    seen = 0
    for name, about in meta["files"].items():
        if about["kind"] != "amc" or about["frames"] > 3000:  # two long ones are left out
            continue
        body = read_amc(real_data / "cmu" / name)
        assert len(body) == about["frames"]
        ends = CMU38_TO_CMU31(body.motion).xyz[expected[f"{name}/frames"]]
        want = z_up(expected[f"{name}/positions_m"])
        np.testing.assert_allclose(ends, want, atol=1e-6, rtol=0, err_msg=name)
        seen += 1
    assert seen == 19
