"""From root-relative motion and its picture to a place in the world."""

import time
from dataclasses import replace

import numpy as np
import pytest

from filmed_people import PHONE, filmed, lowest_ankle, path_error, person, up_error_deg
from poise.cameras import Camera, look_at
from poise.errors import PoiseError
from poise.refine import place
from poise.refine.contacts import ANKLE_HEIGHT
from poise.refine.stature import stature
from poise.skeletons import H36M17


@pytest.mark.parametrize("action", ["walk", "stand", "dance", "squat"])
def test_exact_motion_is_put_where_it_was(action: str) -> None:
    xyz = person(action)
    motion, track = filmed(xyz)
    (placed,) = place([motion], [track])
    assert placed.placed
    assert placed.frame == "world"
    assert path_error(placed, xyz) < 0.005
    assert up_error_deg(placed) < 2.0  # people lean by themselves
    assert abs(lowest_ankle(placed.xyz) - lowest_ankle(xyz)) < 0.02


def test_up_and_floor_of_a_walk_towards_and_past_the_camera() -> None:
    there = person("walk", seed=3, seconds=8)
    camera = Camera.from_field_of_view(1920, 1080, horizontal_deg=66)
    camera = camera.at(look_at([0.5, -7, 2.2], [0, 0, 0.8], roll=0.03))
    motion, track = filmed(there, camera)
    (placed,) = place([motion], [track])
    assert path_error(placed, there, camera) < 0.005
    assert up_error_deg(placed, camera) < 1.0
    assert abs(lowest_ankle(placed.xyz) - ANKLE_HEIGHT) < 0.01


def test_noise_in_the_picture_hardly_moves_the_path() -> None:
    xyz = person("walk")
    motion, track = filmed(xyz, noise_px=5.0)
    (placed,) = place([motion], [track])
    assert path_error(placed, xyz) < 0.05


def test_the_world_is_level_and_the_origin_below_the_camera() -> None:
    motion, track = filmed(person("walk"))
    (placed,) = place([motion], [track])
    assert placed.camera is not None
    np.testing.assert_allclose(placed.camera.position[:2], 0, atol=1e-9)
    assert placed.camera.position[2] == pytest.approx(1.5, abs=0.15)
    T = placed.camera.T_camera_world
    assert T is not None
    ahead = T[:3, :3].T @ [0, 0, 1]
    assert ahead[0] == pytest.approx(0, abs=1e-9)
    assert ahead[1] > 0
    seen = placed.camera.project(placed.camera.to_camera(placed.xyz.astype(np.float64)))
    assert np.abs(seen - track.xy).max() < 3  # px


def test_resolution_start_and_mirror_do_not_matter() -> None:
    motion, track = filmed(person("walk"), noise_px=2.0)
    (one,) = place([motion], [track])
    assert track.camera is not None
    small = replace(
        track, xy=track.xy / 4, image_size=(480, 270), camera=track.camera.resized(480, 270)
    )
    np.testing.assert_allclose(place([motion], [small])[0].xyz, one.xyz, atol=1e-6)
    later = replace(motion, times=motion.times + 1000), replace(track, times=track.times + 1000)
    np.testing.assert_allclose(place([later[0]], [later[1]])[0].xyz, one.xyz, atol=1e-5)
    mirror = replace(motion.mirrored(), camera=None), track.mirrored()
    (other,) = place([mirror[0]], [mirror[1]])
    np.testing.assert_allclose(other.mirrored().xyz, one.xyz, atol=1e-4)


def test_frame_rate_does_not_matter_much() -> None:
    xyz = person("walk")
    motion, track = filmed(xyz, noise_px=2.0)
    (one,) = place([motion], [track])
    (half,) = place([motion[::2]], [track[::2]])
    assert np.abs(half.xyz - one.xyz[::2]).mean() < 0.03


def test_a_given_height_sets_the_size() -> None:
    motion, track = filmed(person("walk"))
    (own,) = place([motion], [track])
    sizes = []
    for height in (1.2, 1.8):
        (placed,) = place([motion], [track], heights_m=[height])
        sizes.append(np.linalg.norm(placed.xyz[:, 2] - placed.xyz[:, 1], axis=1).mean())
        assert f"a height of {height:g} m" in placed.assumed
    assert sizes[1] / sizes[0] == pytest.approx(1.5, rel=0.01)
    assert "the lifter's own idea of the person's size" in own.assumed


def test_two_people_stand_on_one_floor_though_the_lifter_errs_in_size() -> None:
    near = person("walk") + np.array([0.8, -1, 0])
    far = person("walk", seed=5) + np.array([-0.8, 2, 0])
    pairs = [filmed(near), filmed(far)]
    wrong = replace(pairs[1][0], xyz=pairs[1][0].xyz * 1.1)
    placed = place([pairs[0][0], wrong], [pairs[0][1], pairs[1][1]])
    step = lowest_ankle(placed[1].xyz) - lowest_ankle(placed[0].xyz)
    true = lowest_ankle(far) - lowest_ankle(near)
    assert abs(step - true) < 0.03
    assert placed[0].camera is placed[1].camera
    alone = [
        path_error(place([wrong], [pairs[1][1]])[0], far),
        path_error(placed[1], far),
    ]
    assert alone[1] < 0.75 * alone[0]


def test_known_heights_of_two_are_kept() -> None:
    tall = person("walk") + np.array([1, 0, 0])
    child = person("walk", seed=5) * 0.7 + np.array([-1, 1, 0])
    pairs = [filmed(tall), filmed(child)]
    lifted = replace(pairs[1][0], xyz=pairs[1][0].xyz / 0.7)  # taken for an adult
    heights = [None, stature(child, H36M17)]
    placed = place([pairs[0][0], lifted], [pairs[0][1], pairs[1][1]], heights_m=heights)
    assert path_error(placed[1], child) < 0.4  # alone it would be 3 m behind


def test_gaps_are_bridged_if_short_and_unknown_if_long() -> None:
    xyz = person("walk")
    motion, track = filmed(xyz)
    xy, score = track.xy.copy(), track.score.copy()
    xy[40:50] = np.nan  # a third of a second
    score[80:130] = 0  # long, though something is drawn there
    xy[0, :5] = np.nan
    (placed,) = place([motion], [replace(track, xy=xy, score=score)])
    lost = np.isnan(placed.xyz).any(axis=(1, 2))
    np.testing.assert_array_equal(np.flatnonzero(lost), np.arange(80, 130))
    assert path_error(placed, xyz) < 0.02


@pytest.mark.parametrize("frames", [1, 2, 3, 5])
def test_few_frames(frames: int) -> None:
    xyz = person("walk")
    motion, track = filmed(xyz[:frames])
    (placed,) = place([motion], [track])
    assert path_error(placed, xyz[:frames]) < 0.02


def test_somebody_who_was_never_seen_has_no_place_and_others_do() -> None:
    xyz = person("walk")
    pairs = [filmed(xyz), filmed(xyz[:20])]
    unseen = replace(pairs[1][1], score=np.zeros((20, 17)))
    placed = place([pairs[0][0], pairs[1][0]], [pairs[0][1], unseen])
    assert path_error(placed[0], xyz) < 0.02
    assert np.isnan(placed[1].xyz).all()


def test_nobody_stands_and_that_is_said() -> None:
    xyz = person("on the floor", seconds=4)
    lying = xyz[xyz[:, H36M17.index("head"), 2] < 0.4]
    if len(lying) < 10:  # the maker got up too soon: lay the walker down
        lying = person("walk")[:30][..., [2, 0, 1]] + [0, 0, 0.2]
    motion, track = filmed(lying)
    (placed,) = place([motion], [track])
    assert any("nobody stands upright" in words for words in placed.assumed)
    assert up_error_deg(placed) < 15
    assert path_error(placed, lying) < 0.05


def test_half_the_person_outside_the_picture() -> None:
    xyz = person("walk")
    motion, track = filmed(xyz)
    low = [
        H36M17.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("knee", "ankle")
    ]
    xy = track.xy.copy()
    xy[:, low] = np.nan
    (placed,) = place([motion], [replace(track, xy=xy)])
    assert path_error(placed, xyz) < 0.02
    assert any("no foot stands" in words for words in placed.assumed)


def test_a_wide_lens_that_bends_lines() -> None:
    xyz = person("walk")
    wide = Camera.from_field_of_view(1920, 1080, horizontal_deg=120)
    wide = replace(wide, radial=(-0.05, 0.004)).at(look_at([0.3, -4, 1.2], [0, 0, 0.9]))
    motion, track = filmed(xyz, wide)
    (placed,) = place([motion], [track])
    assert path_error(placed, xyz, wide) < 0.02


def test_an_unknown_camera_is_assumed_and_said() -> None:
    motion, track = filmed(person("walk"))
    (placed,) = place([motion], [replace(track, camera=None)])
    assert placed.camera is not None
    assert placed.camera.fx == 1920
    assert any("focal length of 1920 px" in words for words in placed.assumed)
    (given,) = place([motion], [replace(track, camera=None)], camera=PHONE)
    assert path_error(given, person("walk")) < 0.01


def test_people_of_different_spans_share_a_world() -> None:
    xyz = person("walk")
    one, other = filmed(xyz), filmed(xyz)
    short = other[0][30:70], other[1][30:70]
    placed = place([one[0], short[0]], [one[1], short[1]])
    assert len(placed[1]) == 40
    np.testing.assert_allclose(placed[1].xyz, placed[0].xyz[30:70], atol=0.02)


def test_ten_minutes_take_a_second_or_two() -> None:
    xyz = np.tile(person("stand"), (120, 1, 1))[:18_000]
    motion, track = filmed(xyz)
    start = time.process_time()
    place([motion], [track])
    assert time.process_time() - start < 8


def test_nobody_is_nobody_and_what_does_not_fit_is_said(unchecked: None) -> None:
    assert place([], []) == []
    motion, track = filmed(person("walk"))
    with pytest.raises(PoiseError, match="one of each"):
        place([motion], [])
    with pytest.raises(PoiseError, match="timestamps"):
        place([motion], [track[:-1]])
    with pytest.raises(PoiseError, match="not a person's"):
        place([motion], [track], heights_m=[175])
    with pytest.raises(PoiseError, match="resized"):
        place([motion], [track], camera=PHONE.resized(640, 360))
    (placed,) = place([motion], [track])
    with pytest.raises(PoiseError, match="cannot be placed"):
        place([placed], [track])
