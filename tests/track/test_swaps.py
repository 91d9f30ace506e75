"""Left taken for right is put right; those who turn around are left alone."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from poise.detect.detections import Detections
from poise.skeletons import BLAZEPOSE33, COCO17
from poise.track import follow
from poise.track.swaps import exchanged
from stick_people import MIRROR, Detector, Walker, detect, film, group, straight


def turning(seconds: float) -> Walker:
    """On the spot, once around in so many seconds."""
    return Walker(path=straight((0, 0), (0, 0)), yaw=lambda t: 2 * np.pi * t / seconds)


def circling(t: np.ndarray) -> np.ndarray:
    return 1.2 * np.stack([np.cos(1.3 * t), np.sin(1.3 * t)], axis=1)


WALKERS = {
    "towards": Walker(path=straight((0, 5), (0, -1.3))),
    "aside": Walker(path=straight((-2, 0), (0.9, 0))),
    "slanting": Walker(path=straight((-2, -1), (0.8, 0.6))),
    "running": Walker(path=straight((-4, 1), (2.6, 0))),
    "in a circle": Walker(path=circling),
    "turning": turning(3.0),
    "spinning": turning(1.0),
}
KEY = range(11, 17), range(23, 29)  # shoulders to wrists, hips to ankles
each = pytest.mark.parametrize("walker", WALKERS.values(), ids=WALKERS)


def told(found: Detections, size: float) -> np.ndarray:
    return exchanged(found.xy, found.score, found.times[found.frame], size, found.skeleton)


def swap(found: Detections, joints: list[int], start: int, stop: int) -> Detections:
    xy = found.xy.copy()
    there = np.array(MIRROR)[joints]
    xy[start:stop, joints] = xy[start:stop, there]
    return replace(found, xy=xy)


@each
@pytest.mark.parametrize("fps", [15.0, 30.0, 60.0])
@pytest.mark.parametrize("missed", [0.0, 0.08])
def test_clean_tracks_stay_as_they_are(walker: Walker, fps: float, missed: float) -> None:
    scene = film([walker], 4.0, fps)
    for seed, noise in enumerate((0.0, 0.004, 0.01)):
        found = detect(scene, Detector(noise=noise, missed=missed), seed)
        assert not told(found, float(np.median(scene.size))).any()


@each
def test_swaps_are_repaired(walker: Walker) -> None:
    scene = film([walker], 4.0)
    size = float(np.median(scene.size))
    right = wrong = damaged = 0
    for seed in range(6):
        found = detect(scene, Detector(noise=0.006), seed)
        rng = np.random.default_rng(seed)
        truth = np.zeros(found.score.shape, bool)
        torn = found
        for number, part in enumerate(("legs", "arms", "all")):
            start = 8 + 36 * number + int(rng.integers(0, 12))
            stop = start + int(rng.integers(1, 12))
            torn = swap(torn, group(part), start, stop)
            truth[start:stop, group(part)] = True
        mended = told(torn, size)
        # Where the sides are in one place anyway it cannot be told, and does not matter.
        apart = np.linalg.norm(torn.xy - torn.xy[:, MIRROR], axis=-1) > 0.06 * size
        for joints in KEY:
            clear = apart[:, joints]
            right += int((mended & truth)[:, joints][clear].sum())
            wrong += int((~mended & truth)[:, joints][clear].sum())
            damaged += int((mended & ~truth)[:, joints][clear].sum())
    assert right > 0.85 * (right + wrong)
    assert damaged < 0.12 * (right + wrong)


@pytest.mark.parametrize("part", ["legs", "arms", "all"])
def test_a_repaired_track_is_the_truth_and_the_repair_is_counted(part: str) -> None:
    found = detect(film([WALKERS["towards"]], 4.0), Detector(noise=0.004))
    torn = swap(swap(found, group(part), 30, 34), group(part), 80, 95)
    (person,) = follow(torn)
    assert person.swaps_repaired == 2
    body = [*KEY[0], *KEY[1]]
    np.testing.assert_array_equal(person.keypoints.xy[:, body], found.xy[:, body])


def test_the_longer_part_of_a_torn_track_is_right() -> None:
    found = detect(film([WALKERS["towards"]], 4.0), Detector(noise=0.004))
    mended = told(swap(found, group("all"), 0, 20), 200.0)
    assert mended[:20, 11:29].all()
    assert not mended[20:].any()


def test_a_swap_that_begins_while_nobody_is_found() -> None:
    found = detect(film([WALKERS["towards"]], 4.0), Detector(noise=0.004))
    torn = swap(found, group("all"), 40, 50)
    keep = (torn.frame < 38) | (torn.frame >= 41)
    torn = replace(torn, xy=torn.xy[keep], score=torn.score[keep], frame=torn.frame[keep])
    (person,) = follow(torn)
    np.testing.assert_array_equal(person.keypoints.xy[41:, 23:29], found.xy[41:, 23:29])


def test_clapping_hands_stay_where_they_belong() -> None:
    scene = film([WALKERS["towards"]], 4.0)
    clap = np.abs(np.sin(2 * np.pi * 2 * scene.times))[:, None, None]
    for names in (("wrist", "pinky", "index", "thumb"), ("elbow",)):
        for name in names:
            pair = [BLAZEPOSE33.index(f"{side}_{name}") for side in ("left", "right")]
            middle = scene.xy[0][:, pair].mean(axis=1, keepdims=True)
            least = 0.05 if name != "elbow" else 0.6
            scene.xy[0][:, pair] = middle + (least + (1 - least) * clap) * (
                scene.xy[0][:, pair] - middle
            )
    for seed in range(4):
        assert not told(detect(scene, Detector(noise=0.004), seed), 200.0).any()


@pytest.mark.parametrize("cut", [lambda x: x[:2], lambda x: x[:0]])
def test_nothing_to_tell(cut: Callable[[np.ndarray], np.ndarray]) -> None:
    found = detect(film([WALKERS["towards"]], 1.0), Detector())
    xy, score, times = (cut(x) for x in (found.xy, found.score, found.times))
    assert not exchanged(xy, score, times, 200.0, BLAZEPOSE33).any()


def test_unseen_sides_tell_nothing() -> None:
    found = detect(film([WALKERS["aside"]], 2.0), Detector())
    chosen = [BLAZEPOSE33.index(joint) for joint in COCO17.joints]
    xy = found.xy[:, chosen]
    xy[:, list(COCO17.left)] = np.nan
    assert not exchanged(xy, found.score[:, chosen], found.times, 200.0, COCO17).any()
