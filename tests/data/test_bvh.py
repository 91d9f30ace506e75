"""BVH files: every order of channels against a slow twin, real files, and what is told in words."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion_files import (
    PLACES,
    TURNS,
    Joint,
    bvh_text,
    channel_count,
    frames_for,
    person,
    slow_bvh,
    write,
)
from poise.data.bvh import Unit, bvh_length, read_bvh
from poise.errors import PoiseError
from poise.geometry.axes import Up, z_up

SECONDS_FOR_10000_FRAMES = 2.0


@st.composite
def rigs(draw: st.DrawFn) -> list[Joint]:
    """Any tree of joints in the file's order, each with any channels in any order."""
    joints: list[Joint] = []
    coordinate = st.floats(-2, 2).map(lambda x: round(x, 5))
    for index in range(draw(st.integers(1, 6))):
        # Depth first: a joint hangs on one of those from the last joint up to the root.
        ways = [index - 1]
        while ways[-1] > 0:
            ways.append(joints[ways[-1]].parent)
        channels = draw(st.permutations((*PLACES, *TURNS)).flatmap(_some_of))
        joints.append(
            Joint(
                f"joint{index}",
                draw(st.sampled_from(ways)) if index else -1,
                tuple(draw(st.tuples(coordinate, coordinate, coordinate))),
                channels or ("Zrotation",),
                draw(st.none() | st.just((0.0, 0.0, 0.0))),
            )
        )
    return joints


def _some_of(channels: Sequence[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.integers(0, len(channels)).map(lambda count: tuple(channels[:count]))


@settings(max_examples=60, deadline=None)
@given(joints=rigs(), seed=st.integers(0, 2**16), up=st.sampled_from("yz"))
def test_any_rig_and_channel_order_agrees_with_the_slow_twin(
    tmp_path_factory: pytest.TempPathFactory, joints: list[Joint], seed: int, up: Up
) -> None:
    frames = frames_for(joints, 3, seed)
    path = write(tmp_path_factory.mktemp("rig") / "a.bvh", bvh_text(joints, frames))
    body = read_bvh(path, unit="m", up=up, root="added")
    expected = slow_bvh(joints, frames)
    expected = z_up(expected) if up == "y" else expected
    np.testing.assert_allclose(body.motion.xyz, expected, atol=2e-4, rtol=0)
    np.testing.assert_allclose(body.pose()[0], expected, atol=4e-4, rtol=0)
    assert body.motion.skeleton.joints == tuple(joint.name for joint in joints)
    assert body.motion.skeleton.parents == tuple(joint.parent for joint in joints)


def test_end_sites_become_joints_when_asked_for(tmp_path: Path) -> None:
    joints = person()
    path = write(tmp_path / "a.bvh", bvh_text(joints, frames_for(joints, 2)))
    body = read_bvh(path, unit="m", end_sites=True)
    skeleton = body.motion.skeleton
    assert skeleton.joints[:4] == ("Hips", "Spine", "Head", "Head_end")
    assert skeleton.parents[skeleton.index("LeftFoot_end")] == skeleton.index("LeftFoot")
    bone = (
        body.motion.xyz[:, skeleton.index("Head_end")] - body.motion.xyz[:, skeleton.index("Head")]
    )
    np.testing.assert_allclose(np.linalg.norm(bone, axis=-1), 0.2, atol=1e-5)
    inner = [skeleton.index(joint.name) for joint in joints]
    without = read_bvh(path, unit="m")
    np.testing.assert_array_equal(body.motion.xyz[:, inner], without.motion.xyz)


def _windows_lines(text: str) -> str:
    return text.replace("\n", "\r\n")


def _old_mac_lines(text: str) -> str:
    return text.replace("\n", "\r")


def _braces_behind_names(text: str) -> str:
    return text.replace("\n\t{", " {").replace("\n{", " {")


def _shouting(text: str) -> str:
    return (
        text.replace("End Site", "END SITE").replace("rotation", "ROTATION").replace("HIER", "hier")
    )


def _byte_order_mark(text: str) -> str:
    return "\ufeff" + text


def _blank_lines(text: str) -> str:
    return text.replace("\n", "\n\n").replace("MOTION\n\n", "MOTION\n")


def _wrapped_frames(text: str) -> str:
    head, _, rows = text.partition("Frame Time: 0.01\n")
    return head + "Frame Time: 0.01\n" + rows.replace(" ", "\n")


@pytest.mark.parametrize(
    "change",
    [
        _windows_lines,
        _old_mac_lines,
        _braces_behind_names,
        _shouting,
        _byte_order_mark,
        _blank_lines,
        _wrapped_frames,
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_the_same_motion_written_otherwise(
    tmp_path: Path, change: Callable[[str], str], packed: bool
) -> None:
    text = bvh_text(person(), frames_for(person(), 3))
    plain = read_bvh(write(tmp_path / "plain.bvh", text))
    other = read_bvh(write(tmp_path / "other.bvh", change(text), packed))
    np.testing.assert_array_equal(other.motion.xyz, plain.motion.xyz)
    assert other.motion.skeleton == plain.motion.skeleton
    assert other.motion.assumed == plain.motion.assumed


@pytest.mark.parametrize(
    ("unit", "scale"), [("m", 1), ("cm", 100), ("mm", 1000), ("asf", 0.45 / 0.0254)]
)
@pytest.mark.parametrize("size", [0.6, 1.0, 1.3])
def test_the_unit_is_guessed_from_the_skeleton_and_told(
    tmp_path: Path, unit: Unit, scale: float, size: float
) -> None:
    joints = person(scale * size)
    path = write(tmp_path / "a.bvh", bvh_text(joints, frames_for(joints, 2)))
    guessed, given_ = read_bvh(path), read_bvh(path, unit=unit)
    np.testing.assert_array_equal(guessed.motion.xyz, given_.motion.xyz)
    hand = guessed.motion.skeleton.index("LeftHand")
    assert np.linalg.norm(guessed.offsets[hand]) == pytest.approx(0.55 * size, rel=1e-5)
    assert guessed.motion.assumed[0].startswith("1 file unit is")
    assert guessed.motion.assumed[1:] == given_.motion.assumed


def test_inches_are_read_when_said(tmp_path: Path) -> None:
    joints = person(1 / 0.0254)
    body = read_bvh(write(tmp_path / "a.bvh", bvh_text(joints, frames_for(joints, 1))), unit="inch")
    assert np.linalg.norm(body.offsets[4]) == pytest.approx(0.55, rel=1e-5)


@pytest.mark.parametrize(
    ("frame_time", "fps"),
    [
        (".0083333", 120),
        ("0.00833333", 120),
        ("0.016667", 60),
        ("0.033", 30),
        ("0.0333667", 29.97),
        ("0.04", 25),
        ("0.0417083", 23.976),
        ("1.0", 1),
        ("8.3333e-03", 120),
        # Few digits: a common rate, if the last one may have been rounded or cut off.
        ("0.017", 60),
        ("0.016", 60),
        ("0.011", 90),
        ("0.03", 30),
        ("0.008", 120),
        ("0.02", 50),
        ("0.042", 24),
        ("0.0208", 48),
        ("0.004", 250),
        ("0.0042", 240),
        ("0.005", 200),
        ("0.01", 100),
        # Said so, exactly enough.
        ("0.05", 20),
        ("0.1", 10),
        ("0.0080", 125),
        ("0.0110", 91),
        ("0.0169492", 59),
    ],
)
def test_frame_rates_are_whole_where_the_digits_allow_it(
    tmp_path: Path, frame_time: str, fps: float
) -> None:
    text = bvh_text(person(), frames_for(person(), 2), frame_time)
    path = write(tmp_path / "a.bvh", text)
    found = read_bvh(path).motion.fps
    assert found == pytest.approx(fps, abs=1e-3)
    assert float(found).is_integer() == (fps == round(fps))
    assert bvh_length(path) == (2, found)
    assert read_bvh(path, native_fps=50).motion.fps == 50


@pytest.mark.parametrize(
    ("frame_time", "told"),
    [("0.017", "60"), ("0.008", "120"), ("0.033", "30"), (".0083333", ""), ("0.0417083", "")],
)
def test_a_frame_rate_that_the_digits_do_not_give_is_told(
    tmp_path: Path, frame_time: str, told: str
) -> None:
    text = bvh_text(person(), frames_for(person(), 2), frame_time)
    assumed = read_bvh(write(tmp_path / "a.bvh", text)).motion.assumed
    words = f"{told} frames per second: the frame time, {frame_time} s, has too few digits"
    assert [note for note in assumed if "frames per second" in note] == ([words] if told else [])


def test_a_joint_that_moves_in_its_parent_has_an_offset_of_each_frame(tmp_path: Path) -> None:
    joints = person()
    joints[3].channels = (*PLACES, *TURNS)
    frames = frames_for(joints, 4)
    body = read_bvh(write(tmp_path / "a.bvh", bvh_text(joints, frames)), unit="m")
    assert body.offsets.shape == (4, 7, 3)
    column = channel_count(joints[:3])
    frames[:, column : column + 3] = (0.2, 0.25, 0)  # as many programs write what does not move
    still = read_bvh(write(tmp_path / "b.bvh", bvh_text(joints, frames)), unit="m")
    assert still.offsets.shape == (7, 3)
    np.testing.assert_allclose(still.offsets[3], z_up(np.array([0.2, 0.25, 0])), atol=1e-6)


@pytest.mark.parametrize("up", ["y", "z"])
def test_what_the_roots_positions_count_from_is_seen_by_the_floor(tmp_path: Path, up: Up) -> None:
    joints = person()
    vertical = "XYZ".index("Y" if up == "y" else "Z")
    if up == "z":
        for joint in joints:
            joint.offset = (joint.offset[0], -joint.offset[2], joint.offset[1])
            joint.end = None
    rest = np.zeros(3)
    rest[vertical] = 0.9
    joints[0].offset = tuple(rest)
    frames = np.zeros((20, 22))
    on_top = read_bvh(write(tmp_path / "a.bvh", bvh_text(joints, frames)), unit="m", up=up)
    frames[:, vertical] = 0.9
    alone = read_bvh(write(tmp_path / "b.bvh", bvh_text(joints, frames)), unit="m", up=up)
    np.testing.assert_allclose(on_top.motion.xyz, alone.motion.xyz, atol=1e-6)
    assert on_top.motion.xyz[0, 0, 2] == pytest.approx(0.9)
    assert not any("OFFSET" in words for words in on_top.motion.assumed)
    assert any("replace its OFFSET" in words for words in alone.motion.assumed)
    # What is given is not guessed.
    higher = read_bvh(tmp_path / "b.bvh", unit="m", up=up, root="added")
    lower = read_bvh(tmp_path / "a.bvh", unit="m", up=up, root="absolute")
    assert higher.motion.xyz[0, 0, 2] == pytest.approx(1.8)
    assert lower.motion.xyz[0, 0, 2] == pytest.approx(0)


def test_more_frames_than_said_are_read_and_told(tmp_path: Path) -> None:
    text = bvh_text(person(), frames_for(person(), 5)).replace("Frames: 5", "Frames: 3")
    path = write(tmp_path / "a.bvh", text)
    assert len(read_bvh(path)) == bvh_length(path)[0] == 5
    assert "all 5 frames are meant, though 'Frames:' says 3" in read_bvh(path).motion.assumed


def test_joints_of_one_name_are_told_apart(tmp_path: Path) -> None:
    joints = person()
    joints[4].name = joints[6].name = "Head"
    body = read_bvh(write(tmp_path / "a.bvh", bvh_text(joints, frames_for(joints, 2))))
    assert body.motion.skeleton.joints[4] == "Head_2"
    assert body.motion.skeleton.joints[6] == "Head_3"
    assert "a further joint called Head is Head_2 here" in body.motion.assumed


GOOD = bvh_text(person(), np.arange(66.0).reshape(3, 22))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("HIERARCHY", "hello", "does not begin with HIERARCHY"),
        ("MOTION", "", "has no MOTION section"),
        ("Frames: 3", "", "line 50: 'Frames:' and a number belong here"),
        ("Frames: 3", "Frames: 7", "line 50: 'Frames:' says 7, but the file ends after frame 3"),
        ("Frames: 3", f"Frames: {10**12}", "write 'Frames: 3' there"),
        ("Frames: 3", "Frames: 1e99", "line 50: 1e99 is not a count"),
        ("Frames: 3", "Frames: 2.5", "line 50: 2.5 is not a count"),
        ("Frame Time: 0.01", "Frame Time: 0", "line 51: a frame time of 0 s"),
        ("Frame Time: 0.01", "Frame Time: -0.01", "line 51: a frame time of -0.01 s"),
        ("Frame Time: 0.01", "Frame Time: nan", "line 51: nan is not a place"),
        ("Frame Time: 0.01", "Frame: 0.01", "line 51: 'Frame Time:' and a number belong here"),
        ("0 1 2 3", "0 1 x 3", "line 52: 'x' is not a number"),
        ("0 1 2 3", "0 1 1_2 3", "line 52: '1_2' is not a number"),
        ("0 1 2 3", "0 1 \u0662 3", "line 52: '\u0662' is not a number"),
        ("22 23 24", "22 nan 24", "line 53: nan is not a place or an angle"),
        ("22 23 24", "22 -inf 24", "line 53: -inf is not a place"),
        ("22 23 24", "22 1e300 24", "line 53: 1e300 is not a place"),
        ("22 23 24", "22 24", "line 53: 21 numbers, where 22 belong"),
        ("OFFSET 0 0.3 0\n", "OFFSET 0 0.3\n", "an OFFSET has 3 numbers, not 2"),
        ("OFFSET 0 0.3 0\n", "\n", "joint Spine has no OFFSET"),
        ("JOINT Spine", "JOINT", "JOINT has no name"),
        ("JOINT Spine", "ROOT Spine", "a ROOT inside of joint Hips"),
        ("JOINT Spine\n\t{", "JOINT Spine\n\t", "'OFFSET' stands where a joint's '{' belongs"),
        ("JOINT Spine\n", "\n", "'{' is not expected here"),
        ("CHANNELS 6 X", "CHANNELS 5 X", "CHANNELS 5 but 6 names follow"),
        ("CHANNELS 1 Yrotation", "CHANNELS 1 Wrotation", "did you mean"),
        ("CHANNELS 1 Yrotation", "CHANNELS 2 Yrotation Yrotation", "a channel stands twice"),
        ("CHANNELS 1 Yrotation", "CHANNELS", "CHANNELS  but 0 names follow"),
        ("}\nMOTION", "MOTION", "with 1 not closed"),
        ("}\nMOTION", "}\nROOT Two\n{\nOFFSET 0 0 0\n}\nMOTION", "a second ROOT"),
        ("}\nMOTION", "}\nJOINT Two\n{\nOFFSET 0 0 0\n}\nMOTION", "JOINT hangs on no joint"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in GOOD
    path = write(tmp_path / "a.bvh", GOOD.replace(old, new, 1))
    with pytest.raises(PoiseError, match="a.bvh") as refusal:
        read_bvh(path)
    assert words in str(refusal.value)
    assert str(refusal.value).startswith(f"{path}: ")
    assert "\n" not in str(refusal.value)


def test_a_file_without_frames_or_channels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PoiseError, match="holds no frames"):
        read_bvh(write(tmp_path / "a.bvh", bvh_text(person(), np.zeros((0, 19)))))
    still = [Joint("Hips", -1, (0, 0, 0), ())]
    with pytest.raises(PoiseError, match="no joint has a channel"):
        read_bvh(write(tmp_path / "b.bvh", bvh_text(still, np.zeros((1, 0)))))


def test_wrong_options_are_said_in_words(tmp_path: Path, unchecked: None) -> None:
    path = write(tmp_path / "a.bvh", GOOD)
    with pytest.raises(PoiseError, match="no length unit is called 'meter'"):
        read_bvh(path, unit="meter")  # type: ignore[arg-type]
    with pytest.raises(PoiseError, match="root is 'added' or 'absolute', not 'gone'"):
        read_bvh(path, root="gone")  # type: ignore[arg-type]
    with pytest.raises(PoiseError, match="up is 'y' or 'z', not 'x'"):
        read_bvh(path, up="x")  # type: ignore[arg-type]


def test_the_deepest_rigs_neither_recurse_nor_hang(tmp_path: Path) -> None:
    def chain(depth: int) -> str:
        joints = "".join(f"JOINT j{i} {{\nOFFSET 0 0.01 0\n" for i in range(depth))
        head = "HIERARCHY\nROOT r {\nOFFSET 0 0 0\nCHANNELS 1 Zrotation\n"
        return f"{head}{joints}{'}' * (depth + 1)}\nMOTION\nFrames: 1\nFrame Time: 0.1\n0\n"

    assert len(read_bvh(write(tmp_path / "a.bvh", chain(1500))).motion.skeleton) == 1501
    with pytest.raises(PoiseError, match="more than 2000 joints"):
        read_bvh(write(tmp_path / "b.bvh", chain(100_000)))


def test_real_files_stand_where_the_reference_says(
    real_data: Path, vector: Callable[[str], tuple]
) -> None:
    meta, _, _, expected = vector("mocap-loaders")
    seen = 0
    for name, about in meta["files"].items():
        if about["kind"] != "bvh":
            continue
        body = read_bvh(real_data / "cmu" / name)
        metres = 0.0254 / 0.45 if "cgspeed" in name else 0.01
        want = z_up(expected[f"{name}/positions"]) * metres
        got = body.motion.xyz[expected[f"{name}/frames"]]
        np.testing.assert_allclose(got, want, atol=1e-6, rtol=0, err_msg=name)
        assert body.motion.skeleton.joints == tuple(about["joints"])
        assert len(body) == about["declared_frames"]
        assert body.motion.fps == (60 if "iclone" in name else 120)
        if name == "bvh-iclone/007/007_01.bvh":
            np.testing.assert_allclose(body.pose()[0], body.motion.xyz, atol=2e-5)
        seen += 1
    assert seen == 13


@pytest.mark.budget
def test_ten_thousand_frames_of_thirty_joints_are_read_in_two_seconds(
    tmp_path: Path, unchecked: None
) -> None:
    joints = [Joint("j0", -1, (0, 0, 0), (*PLACES, *TURNS))]
    joints += [Joint(f"j{i}", max(i - 3, 0), (0.1, 0.2, 0.05)) for i in range(1, 30)]
    frames = np.random.default_rng(0).uniform(-90, 90, (10_000, channel_count(joints))).round(4)
    path = write(tmp_path / "a.bvh", bvh_text(joints, frames))
    start = time.perf_counter()
    read_bvh(path)
    assert time.perf_counter() - start < SECONDS_FOR_10000_FRAMES
