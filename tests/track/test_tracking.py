"""Who is who over time: duplicates, gaps, ghosts, people who come and go."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.detect.detections import Detections
from poise.errors import PoiseError
from poise.skeletons import BLAZEPOSE33, COCO17
from poise.track import Tracked, choose, follow, people
from stick_people import CAMERA, MIRROR, Detector, Scene, Walker, detect, film, straight

PAIR = (
    Walker(path=straight((-2, -0.5), (0.8, 0)), step=1.0),
    Walker(path=straight((2, 1.0), (-0.8, 0.1)), height=1.65),
)
POOR = Detector(missed=0.05, twice=0.1, ghosts=0.05, jumps=0.05)


def off(scene: Scene, person: int, track: Tracked) -> np.ndarray:
    """How far a track is from a person's truth in each of its frames, in heights."""
    keypoints = track.keypoints
    frames = np.searchsorted(scene.times, keypoints.times - 1e-6)
    away = np.linalg.norm(keypoints.xy - scene.xy[person][frames], axis=-1).mean(axis=1)
    return away / scene.size[person][frames]


def test_one_person_is_one_track_with_the_videos_times_and_camera() -> None:
    scene = film(PAIR[:1], 2.0)
    found = detect(scene, Detector(noise=0))
    (only,) = people(found)
    np.testing.assert_array_equal(only.xy, found.xy)
    np.testing.assert_array_equal(only.score, found.score)
    np.testing.assert_array_equal(only.times, scene.times)
    assert (only.fps, only.image_size, only.camera) == (30, (1280, 720), CAMERA)


def test_nobody_is_an_empty_list() -> None:
    nobody = detect(film(PAIR[:1], 1.0), Detector(missed=1.0))
    assert people(nobody) == []
    assert people(replace(nobody, times=np.zeros(0))) == []


def test_who_is_found_twice_is_one_person() -> None:
    scene = film(PAIR[:1], 3.0)
    found = follow(detect(scene, Detector(twice=0.7)))
    assert len(found) == 1
    assert off(scene, 0, found[0]).max() < 0.03


def test_a_duplicate_with_exchanged_sides_is_one_person_too() -> None:
    found = detect(film(PAIR[:1], 2.0), Detector())
    again = replace(
        found,
        xy=np.repeat(found.xy, 2, axis=0),
        score=np.repeat(found.score, 2, axis=0),
        frame=np.repeat(found.frame, 2),
    )
    again.xy[1::2] = again.xy[1::2][:, MIRROR]
    again.score[1::2] = 0.5
    (only,) = people(again)
    np.testing.assert_array_equal(only.xy, found.xy)


def test_ghosts_are_nobody() -> None:
    scene = film(PAIR[:1], 4.0)
    assert len(people(detect(scene, Detector(ghosts=0.2), seed=1))) == 1


def test_short_gaps_are_bridged_and_long_ones_are_marked() -> None:
    scene = film(PAIR[:1], 4.0)
    found = detect(scene, Detector(noise=0))
    keep = ~(
        ((found.frame >= 20) & (found.frame < 26)) | ((found.frame >= 60) & (found.frame < 90))
    )
    found = replace(found, xy=found.xy[keep], score=found.score[keep], frame=found.frame[keep])
    (only,) = follow(found)
    track = only.keypoints
    assert len(track) == 120
    np.testing.assert_allclose(only.bridged, [(20 / 30, 26 / 30)])
    np.testing.assert_allclose(only.missing, [(2.0, 3.0)])
    assert (track.score[20:26] == 0).all()
    assert (track.score[60:90] == 0).all()
    assert np.isfinite(track.xy[20:26]).all()
    assert np.isnan(track.xy[60:90]).all()
    assert off(scene, 0, only)[20:26].max() < 0.03
    assert only.swaps_repaired == 0


def test_a_track_begins_and_ends_with_a_sighting() -> None:
    walker = replace(PAIR[0], present=(1.0, 2.5))
    found = detect(film([walker], 4.0), Detector(noise=0))
    (only,) = people(found)
    assert only.times[0] == pytest.approx(1.0)
    assert len(only) == 45


def test_who_is_away_for_long_is_somebody_new() -> None:
    stays = replace(PAIR[0], path=straight((-1, 0), (0.1, 0)))
    found = detect(film([stays], 10.0), Detector(noise=0.004))
    keep = (found.frame < 60) | (found.frame >= 240)
    found = replace(found, xy=found.xy[keep], score=found.score[keep], frame=found.frame[keep])
    assert len(people(found)) == 2
    assert len(people(found, longest_absence=7)) == 1


def test_who_turns_back_beyond_the_edge_is_the_same() -> None:
    def path(t: np.ndarray) -> np.ndarray:
        return np.stack([5.0 - np.abs(t - 4.0) * 1.2, np.zeros_like(t)], axis=1)

    scene = film([Walker(path=path)], 8.0)
    scene.there[0] = scene.centre[0][:, 0] < 1280
    assert 0 < (~scene.there).sum() < 3 * 30
    (only,) = follow(detect(scene, Detector()))
    assert len(only.missing) == 1


def test_the_main_person_is_the_first() -> None:
    far = Walker(path=straight((2, 3), (-0.5, 0)))
    near = Walker(path=straight((-1.5, -1.5), (0.1, 0)))
    scene = film([far, near], 3.0)
    first, second = follow(detect(scene, Detector()))
    assert off(scene, 1, first).max() < 0.03
    assert off(scene, 0, second).max() < 0.03


def test_other_joint_sets_do_as_well() -> None:
    found = detect(film(PAIR, 5.0), POOR, seed=3)
    chosen = [BLAZEPOSE33.index(joint) for joint in COCO17.joints]
    found = replace(found, xy=found.xy[:, chosen], score=found.score[:, chosen], skeleton=COCO17)
    assert len(people(found)) == 2


def test_joints_that_were_not_seen_stay_unknown() -> None:
    found = detect(film(PAIR[:1], 2.0), Detector())
    found.xy[:, 25:] = np.nan
    (only,) = people(found)
    assert np.isnan(only.xy[:, 25:]).all()
    assert (only.score[:, 25:] == 0).all()


def test_an_empty_pose_is_nobody() -> None:
    found = detect(film(PAIR[:1], 2.0), Detector())
    found.xy[:] = np.nan
    assert people(found) == []


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1000), order=st.integers(0, 1000))
def test_the_detectors_order_never_matters(seed: int, order: int) -> None:
    found = detect(film(PAIR, 3.0), POOR, seed)
    rng = np.random.default_rng(order)
    shuffled = np.lexsort((rng.random(len(found.frame)), found.frame))
    other = replace(found, xy=found.xy[shuffled], score=found.score[shuffled])
    for a, b in zip(follow(found), follow(other), strict=True):
        np.testing.assert_array_equal(a.keypoints.xy, b.keypoints.xy)
        assert (a.swaps_repaired, a.bridged, a.missing) == (b.swaps_repaired, b.bridged, b.missing)


def mirrored(found: Detections) -> Detections:
    xy = found.xy[:, MIRROR] * np.array([-1, 1], np.float32) + np.array([1280, 0], np.float32)
    return replace(found, xy=xy, score=found.score[:, MIRROR], camera=CAMERA.mirrored())


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_mirror_image_gives_mirrored_tracks(seed: int) -> None:
    found = detect(film(PAIR, 4.0), POOR, seed)
    for a, b in zip(people(found), people(mirrored(found)), strict=True):
        np.testing.assert_allclose(a.mirrored().xy, b.xy, atol=1e-3)


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 1000), fps=st.sampled_from([15.0, 24.0, 60.0]))
def test_any_frame_rate_tells_the_same_people(seed: int, fps: float) -> None:
    scene = film(PAIR, 5.0, fps)
    found = follow(detect(scene, Detector(missed=0.03), seed))
    assert len(found) == 2
    for track in found:
        away = [np.nanmax(off(scene, person, track)) for person in (0, 1)]
        assert min(away) < 0.2


def test_negative_seconds_are_refused() -> None:
    with pytest.raises(PoiseError, match="negative"):
        people(detect(film(PAIR, 0.5), Detector()), least_seconds=-1)


def test_people_are_chosen() -> None:
    far = Walker(path=straight((2, 3), (-0.5, 0)))
    near = Walker(path=straight((-1.5, -1.5), (0.1, 0)), present=(0.0, 2.0))
    found = follow(detect(film([far, near], 3.0), Detector()))
    assert choose(found) == found
    big, long = choose(found, "largest"), choose(found, "longest")
    assert len(big[0].keypoints) == 60
    assert len(long[0].keypoints) == 90
    assert choose(found, "2, 1") == found[::-1]
    assert choose(found, 1) == choose(found, [1, 1]) == found[:1]
    tracks = [person.keypoints for person in found]
    assert choose(tracks, "longest") == [long[0].keypoints]
    assert choose([], "largest") == []


@pytest.mark.parametrize(
    ("count", "which", "said"),
    [
        (2, "3", "no person 3: 2 people were found, 1 to 2"),
        (1, 0, "no person 0: 1 person was found"),
        (0, "1", "nobody was found"),
        (2, "first", "all, largest, longest or numbers"),
        (2, "", "numbers such as 1,3"),
    ],
)
def test_an_unknown_choice_says_what_there_is(count: int, which: str | int, said: str) -> None:
    found = people(detect(film(PAIR, 1.0), Detector()))
    with pytest.raises(PoiseError, match=said):
        choose(found[:count], which)
