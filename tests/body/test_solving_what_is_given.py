"""What solving takes: gaps, missing limbs, other skeletons, any frame; and what it refuses."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from lifted_people import filmed, made
from poise.body import HANDS, KNEES, solve
from poise.cameras import look_at
from poise.conversions import convert
from poise.errors import PoiseError
from poise.motion import Body, Contact, Motion
from poise.skeletons import CMU31, FIGURE27, H36M16, H36M17, MPI3DHP17, SMPL24, Skeleton

LEFT_ARM = ("left_elbow", "left_wrist")


def lifted(frames: int = 40) -> Motion:
    return made("squat", frames).lifted


@cache
def whole() -> Body:
    return solve(lifted())


def without(motion: Motion, frames: slice, joints: tuple[str, ...] = H36M17.joints) -> Motion:
    """The motion with these joints not seen in these frames."""
    xyz = motion.xyz.copy()
    for joint in joints:
        xyz[frames, motion.skeleton.index(joint)] = np.nan
    return replace(motion, xyz=xyz)


def knees_off(body: Body, to: Body) -> float:
    """How far knees, ankles, elbows and wrists are off, seen from the root, m."""
    parts = ("knee", "ankle", "elbow", "wrist")
    places = [FIGURE27.index(f"{side}_{part}") for side in ("left", "right") for part in parts]
    apart = (body.motion.relative().xyz - to.motion.relative().xyz)[:, places]
    return float(np.linalg.norm(apart, axis=-1).mean())


def test_short_gaps_are_filled_and_told() -> None:
    motion = lifted()
    body = solve(without(motion, slice(10, 18)))
    np.testing.assert_allclose(body.bridged, [(motion.times[10], motion.times[17])])
    assert np.isfinite(body.motion.xyz).all()
    assert np.isfinite(body.rotations).all()
    assert knees_off(body, whole()) < 0.03
    sigma = body.motion.sigma
    assert sigma is not None
    wrist = FIGURE27.index("left_wrist")
    assert sigma[14, wrist] > 5 * sigma[5, wrist]  # nobody saw it
    assert whole().bridged == ()


def test_long_gaps_stay_open_and_so_do_ends() -> None:
    motion = without(without(lifted(60), slice(20, 40)), slice(0, 3))
    body = solve(motion)
    open_frames = np.r_[0:3, 20:40]
    known = np.ones(60, bool)
    known[open_frames] = False
    assert body.motion.sigma is not None
    assert body.rotation_sigma is not None
    for array in (body.motion.xyz, body.rotations, body.motion.sigma, body.rotation_sigma):
        assert np.isnan(array[~known]).all()
        assert np.isfinite(array[known]).all()
    assert body.bridged == ()
    assert len(body) == 60


def test_a_limb_that_is_missed_for_a_while_is_no_gap() -> None:
    body = solve(without(lifted(), slice(10, 30), LEFT_ARM))
    assert body.bridged == ()
    assert body.motion.assumed == ()
    assert np.isfinite(body.motion.xyz).all()
    assert knees_off(body, whole()) < 0.05


def test_a_limb_that_is_never_seen_is_told_and_unsure() -> None:
    body = solve(without(lifted(), slice(None), LEFT_ARM))
    (told,) = body.motion.assumed
    assert "left elbow, left wrist: never seen" in told
    sigma = body.motion.sigma
    assert sigma is not None
    left, right = (FIGURE27.index(f"{side}_wrist") for side in ("left", "right"))
    assert sigma[:, left].min() > 0.1 > 0.03 > sigma[:, right].max()
    assert np.isfinite(body.rotations).all()
    # Its bones are as long as the other arm's.
    lengths = np.linalg.norm(body.offsets, axis=-1)
    assert lengths[left] == pytest.approx(lengths[right])


@pytest.mark.parametrize("frames", [1, 2, 3, 4])
def test_a_few_frames_are_solved_as_well(frames: int) -> None:
    body = solve(lifted()[:frames])
    assert len(body) == frames
    assert np.isfinite(body.motion.xyz).all()
    assert knees_off(body, whole()[:frames]) < 0.03
    if frames < 3:
        assert body.contacts == ()


def test_nobody_is_refused_in_words() -> None:
    with pytest.raises(PoiseError, match="no joint of this motion is known in any frame"):
        solve(without(lifted(), slice(None)))


def test_other_feet_are_refused_in_words(unchecked: None) -> None:
    with pytest.raises(PoiseError, match="'auto', 'ground' or 'off', not 'moonwalk'"):
        solve(lifted(), feet="moonwalk")  # type: ignore[arg-type]


def test_a_track_must_be_of_the_same_frames_and_pictures() -> None:
    motion, track = filmed(lifted(), 0.0, 1.0)
    later = replace(track, times=track.times + 0.5)
    with pytest.raises(PoiseError, match="different timestamps"):
        solve(motion, later)
    with pytest.raises(PoiseError, match="different timestamps"):
        solve(motion, track[:20])
    with pytest.raises(PoiseError, match="images of another size"):
        solve(motion, replace(track, image_size=(640, 480)))


def test_a_motion_without_a_path_has_no_floor() -> None:
    body = solve(lifted().relative())
    assert not body.motion.placed
    assert body.contacts == ()
    assert np.abs(body.motion.root).max() == 0
    assert knees_off(body, whole()) < 0.03


def test_a_camera_motion_without_a_pose_has_the_cameras_up() -> None:
    """A level camera that looks along +y: its x is the world's, its y is down."""
    motion = lifted()
    level = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    xyz = motion.relative().xyz @ level.T
    seen = Motion(xyz=xyz, skeleton=H36M17, fps=30, frame="camera", placed=False)
    body = solve(seen)
    assert body.motion.frame == "world"
    assert "up is the camera's own up" in body.motion.assumed[0]
    assert knees_off(body, whole()) < 0.03


def test_a_camera_motion_with_a_pose_comes_into_the_world() -> None:
    motion, _ = filmed(lifted(), 0.0, 1.0)
    assert motion.camera is not None
    body = solve(motion.to_camera(motion.camera))
    assert body.motion.frame == "world"
    assert body.motion.assumed == ()
    np.testing.assert_allclose(body.motion.xyz, solve(motion).motion.xyz, atol=2e-3)


def _named(source: Motion, target: Skeleton, names: str) -> Motion:
    """The figure's joints under other names, `target:figure`; the rest stays unknown."""
    xyz = np.full((len(source), len(target), 3), np.nan, np.float32)
    for pair in names.split():
        name, _, joint = pair.partition(":")
        xyz[:, target.index(name)] = source.xyz[:, FIGURE27.index(joint)]
    return replace(source, xyz=xyz, skeleton=target)


SIDES = ("left", "right")
SMPL = "pelvis:pelvis spine2:spine neck:thorax head:skull " + " ".join(
    f"{side}_{part}:{side}_{part}"
    for side in SIDES
    for part in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist", "hand")
)
CMU = (
    "root:pelvis lowerback:spine thorax:thorax lowerneck:thorax upperneck:skull head:head "
    + " ".join(
        f"{side[0]}{bone}:{side}_{joint}"
        for side in SIDES
        for bone, joint in (
            ("hipjoint", "hip"),
            ("femur", "knee"),
            ("tibia", "ankle"),
            ("clavicle", "shoulder"),
            ("humerus", "elbow"),
            ("radius", "wrist"),
        )
    )
)


@pytest.mark.parametrize("of", [SMPL24, CMU31, MPI3DHP17, H36M16, FIGURE27], ids=lambda of: of.name)
def test_other_skeletons_are_taken_by_name(of: Skeleton) -> None:
    figure = made("squat", 40).body.motion
    if of in (SMPL24, CMU31):
        motion = _named(figure, of, SMPL if of == SMPL24 else CMU)
    else:
        motion = figure if of == FIGURE27 else convert(convert(figure, H36M17), of)
    body = solve(motion)
    assert body.motion.skeleton == FIGURE27
    assert knees_off(body, whole()) < 0.03
    assert len(body.contacts) >= 2


def test_contacts_that_are_given_are_the_ones_that_hold() -> None:
    motion = lifted()
    own = (Contact(0.2, 0.7, "left_heel"), Contact(0.1, 5.0, "right_ball"))
    body = solve(motion, contacts=own)
    assert body.contacts == own
    heel = body.pose()[0][6:21, FIGURE27.index("left_heel")]
    assert np.abs(heel[:, 2]).max() < 0.003
    assert np.linalg.norm(np.diff(heel[:, :2], axis=0), axis=-1).max() < 1e-3
    assert solve(motion, contacts=()).contacts == ()


def test_only_what_can_stand_may_stand() -> None:
    with pytest.raises(PoiseError, match="left_elbow cannot stand on a floor"):
        solve(lifted(), contacts=[Contact(0.0, 1.0, "left_elbow")])
    with pytest.raises(PoiseError, match="nose cannot stand on a floor"):
        solve(lifted(), standing=("nose",))
    with pytest.raises(PoiseError, match="left_toe cannot stand on a floor"):
        solve(lifted(), contacts=[Contact(0.0, 1.0, "left_toe")])


def test_hands_and_knees_stand_on_request() -> None:
    """On all fours: knees with a cap under them, hands flat."""
    motion = made("on all fours", 60, start=60).lifted
    feet = solve(motion)
    body = solve(motion, standing=(*KNEES, *HANDS))
    assert not {one.joint for one in feet.contacts} & {*KNEES, *HANDS}
    standing = {one.joint for one in body.contacts}
    assert standing & set(KNEES)
    assert standing <= {*KNEES, *HANDS}


def test_a_camera_that_looks_down_knows_the_same_world() -> None:
    motion, track = filmed(lifted(), 0.0, 0.5)
    assert motion.camera is not None
    high = motion.camera.at(look_at([0.5, -4.0, 4.0], motion.xyz.reshape(-1, 3).mean(axis=0)))
    xy = high.project(high.to_camera(lifted().xyz.astype(np.float64)))
    body = solve(replace(motion, camera=high), replace(track, xy=xy))
    assert knees_off(body, whole()) < 0.03


def test_a_camera_that_stands_nobody_knows_where_has_no_floor() -> None:
    motion = lifted()
    away = np.array([0.3, 1.0, 5.0], np.float32)  # x right, y down, z forward
    seen = motion.xyz @ np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], np.float32) + away
    before = replace(motion, xyz=seen, frame="camera", camera=None)
    body = solve(before)
    assert body.contacts == ()
    assert any("camera's own up" in words for words in body.motion.assumed)
    tall = body.motion.xyz[..., 2].max(axis=1) - body.motion.xyz[..., 2].min(axis=1)
    assert tall.max() > 1.2, "upright, though nobody said where up is"
    assert body.motion.xyz[..., 2].min() < -0.5, "below the camera, where no floor stops it"
