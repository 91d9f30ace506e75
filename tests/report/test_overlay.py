"""Skeletons on pictures: the right colour in the right place at the right time, and fast."""

import time
from dataclasses import replace
from statistics import median

import numpy as np
import pytest

from poise.cameras import Camera, look_at
from poise.conversions import convert
from poise.errors import PoiseError
from poise.motion import Keypoints, Motion
from poise.render.reference_figure import reference_figure
from poise.report import Overlay
from poise.report.badges import ACCENTS
from poise.skeletons import BLAZEPOSE33, COCO17, H36M17, Skeleton
from walker import walking

SIZE = (640, 360)
CAMERA = Camera.from_field_of_view(*SIZE, horizontal_deg=60).at(look_at([0, 6, 1.4], [0, 1, 0.9]))
WALK = replace(walking(), camera=CAMERA)
GRAY = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)


def filmed(motion: Motion = WALK) -> Keypoints:
    xy = CAMERA.project(CAMERA.to_camera(motion.xyz))
    return Keypoints(xy=xy, skeleton=motion.skeleton, image_size=SIZE, fps=30)


def still(skeleton: Skeleton) -> Keypoints:
    xyz = reference_figure(skeleton)[None]
    return filmed(Motion(xyz=xyz, skeleton=skeleton, fps=30, frame="world", placed=True))


def color_at(picture: np.ndarray, xy: np.ndarray) -> np.ndarray:
    return picture[int(xy[1]), int(xy[0])].astype(int)


def without(track: Keypoints, *joints: str) -> Keypoints:
    xy = track.xy.copy()
    xy[:, [track.skeleton.index(joint) for joint in joints]] = np.nan
    return replace(track, xy=xy)


@pytest.mark.parametrize("skeleton", [H36M17, COCO17, BLAZEPOSE33], ids=lambda s: s.name)
def test_left_is_blue_and_right_is_orange(skeleton: Skeleton) -> None:
    track = still(skeleton)
    drawn = Overlay([track]).draw(GRAY, 0.0)
    for joint in ("wrist", "knee", "ankle"):
        left = color_at(drawn, track.xy[0, skeleton.index(f"left_{joint}")])
        right = color_at(drawn, track.xy[0, skeleton.index(f"right_{joint}")])
        assert left[2] > left[0] + 80
        assert right[0] > right[2] + 80


def test_the_given_picture_stays_as_it_is() -> None:
    given = GRAY.copy()
    given.flags.writeable = False
    drawn = Overlay([filmed()]).draw(given, 0.0)
    assert (given == 128).all()
    assert (drawn != 128).any()


def test_an_unknown_joint_is_absent() -> None:
    track = filmed()
    drawn = Overlay([without(track, "left_wrist")]).draw(GRAY, 0.0)
    assert color_at(drawn, track.xy[0, H36M17.index("left_wrist")]).tolist() == [128] * 3
    nobody = without(track, *H36M17.joints)
    assert (Overlay([nobody]).draw(GRAY, 0.0) == GRAY).all()


def test_an_uncertain_joint_is_fainter() -> None:
    wrist = H36M17.index("left_wrist")
    track, score = filmed(), np.ones((60, 17))
    score[:, wrist] = 0.1
    sure = Overlay([track]).draw(GRAY, 0.0).astype(int)
    unsure = Overlay([replace(track, score=score)]).draw(GRAY, 0.0).astype(int)
    blueness = [np.ptp(color_at(drawn, track.xy[0, wrist])) for drawn in (sure, unsure)]
    assert blueness[1] < 0.5 * blueness[0]


def test_the_frame_is_found_by_its_time() -> None:
    times = np.cumsum(np.tile([0.02, 0.05], 30))  # a phone's, which varies
    track = replace(filmed(), times=times, fps=1 / 0.035)
    overlay = Overlay([track])
    for frame in (0, 7, 40, 59):
        alone = Overlay([replace(track[frame : frame + 1], times=np.zeros(1))])
        far = np.abs(
            overlay.draw(GRAY, float(times[frame])).astype(int) - alone.draw(GRAY, 0.0)
        )  # the line's thickness follows the size over a second: nearly the same
        assert far.mean() < 0.25


@pytest.mark.parametrize("moment", [-1.0, -0.04, 2.04, 100.0])
def test_nothing_is_drawn_outside_of_a_track(moment: float) -> None:
    overlay = Overlay([filmed()], [WALK])
    assert (overlay.draw(GRAY, moment) == GRAY).all()
    assert (overlay.draw(GRAY, min(max(moment, 0.0), 1.98)) != GRAY).any()


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (90, 160), (720, 1280)])
def test_pictures_may_be_of_any_size(size: tuple[int, int]) -> None:
    picture = np.full((*size, 3), 128, np.uint8)
    drawn = Overlay([filmed()], [WALK]).draw(picture, 0.5)
    assert drawn.shape == picture.shape
    assert drawn.dtype == np.uint8


def test_a_larger_picture_has_everything_in_the_same_place() -> None:
    track = filmed()
    wrist = track.xy[0, H36M17.index("right_wrist")]
    drawn = Overlay([track]).draw(np.full((720, 1280, 3), 128, np.uint8), 0.0)
    red, _, blue = color_at(drawn, 2 * wrist)
    assert red > blue + 80


def test_a_motion_is_drawn_where_its_camera_sees_it() -> None:
    nobody = without(filmed(), *H36M17.joints)
    for motion in (WALK, WALK.to_camera(CAMERA)):
        drawn = Overlay([nobody], [motion]).draw(GRAY, 0.0)
        bright = np.argwhere((drawn > 140).all(axis=-1))[:, ::-1] + 0.5
        bones = filmed().xy[0][np.array(H36M17.bones)].mean(axis=1)
        nearest = np.linalg.norm(bright[None] - bones[:, None], axis=-1).min(axis=1)
        assert nearest.max() < 2


def test_a_motion_without_place_or_camera_is_not_drawn() -> None:
    nobody = without(filmed(), *H36M17.joints)
    placeless = replace(WALK, camera=replace(CAMERA, T_camera_world=None))
    for motion in (WALK.relative(), replace(WALK, camera=None), placeless, None):
        assert (Overlay([nobody], [motion]).draw(GRAY, 0.0) == GRAY).all()


def test_everybody_has_a_number_in_the_picture_even_at_its_edge() -> None:
    track = filmed()
    up = replace(track, xy=track.xy - [0, track.xy[0, H36M17.index("nose"), 1]])
    drawn = Overlay([up]).draw(GRAY, 0.0)
    teal = (np.abs(drawn.astype(int) - [13, 132, 120]).sum(axis=-1) < 12).sum()
    assert teal > 40
    other = Overlay([without(track, *H36M17.joints), track]).draw(GRAY, 0.0)
    violet = (np.abs(other.astype(int) - [140, 78, 190]).sum(axis=-1) < 12).sum()
    assert violet > 40


def test_joints_far_outside_of_the_picture_do_no_harm() -> None:
    track = filmed()
    xy = track.xy.copy()
    xy[:, 3] = 1e12
    xy[:, 6] = [900, 500]
    assert (Overlay([replace(track, xy=xy)]).draw(GRAY, 0.0) != GRAY).any()


def test_two_lists_of_different_length_are_refused() -> None:
    with pytest.raises(PoiseError, match="2 people, but 1 motions"):
        Overlay([filmed(), filmed()], [WALK])


def test_nobody_leaves_the_picture_alone() -> None:
    assert (Overlay([]).draw(GRAY, 0.0) == GRAY).all()


@pytest.mark.budget
@pytest.mark.usefixtures("unchecked")
def test_drawing_keeps_up_with_a_video() -> None:
    people = [convert(filmed(), COCO17), filmed()]
    picture = np.full((720, 1280, 3), 128, np.uint8)
    overlay = Overlay(people, [WALK, WALK])
    overlay.draw(picture, 0.0)
    rates = []
    for _ in range(5):
        start = time.process_time()
        for tick in range(50):
            overlay.draw(picture, tick / 60)
        rates.append(50 / (time.process_time() - start))
    rate = median(rates)
    print(f"\noverlay: {rate:.0f} frames a second at 720p, two people")
    assert rate > 60


def test_white_words_are_readable_on_every_accent() -> None:
    for accent in ACCENTS:
        share = np.array(accent) / 255
        linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
        assert 1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05) > 4.5  # WCAG's AA
