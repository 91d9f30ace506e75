"""Any lifter on any clip: lengths, rates, cameras, gaps, mirrors, pieces, precision, memory."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from poise.cameras import Camera
from poise.errors import PoiseError
from poise.lifting import Engine, Framing, TrainedLifter, lift_track
from poise.methods.contract import Answers
from poise.motion import Keypoints
from poise.skeletons import BODY25, COCO17, H36M17, Skeleton
from tiny_lifters import KINDS, PERSON, SCREEN, tiny, wandering

FRAMINGS = pytest.mark.parametrize("framing", [SCREEN, PERSON], ids=["screen", "person"])
EVERY_KIND = pytest.mark.parametrize("kind", KINDS)
LENS = Camera.from_focal(640, 480, 620, radial=(-0.1, 0.02), tangential=(0.002, -0.001))


def assert_close(actual: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(actual, expected, atol=2e-5, rtol=2e-5)


@FRAMINGS
@EVERY_KIND
def test_every_length_has_an_answer(kind: str, framing: Framing) -> None:
    engine = Engine(tiny(kind, framing), batch=40)
    for frames in range(1, 28):
        track = wandering(frames)
        motion = engine(track)
        assert motion.xyz.shape == (frames, 17, 3)
        assert (motion.frame, motion.placed, motion.fps) == ("camera", False, 30)
        np.testing.assert_array_equal(motion.times, track.times)
        np.testing.assert_array_equal(motion.root, 0)


@FRAMINGS
@EVERY_KIND
def test_pieces_make_no_difference(kind: str, framing: Framing) -> None:
    lifter, track = tiny(kind, framing), wandering(61, camera=LENS)
    whole = lift_track(track, lifter=lifter, batch=1000).xyz
    assert np.abs(whole).max() > 1e-3
    for batch in (1, 7, 20):
        assert_close(lift_track(track, lifter=lifter, batch=batch).xyz, whole)


@FRAMINGS
@EVERY_KIND
def test_who_stands_still_stands_still(kind: str, framing: Framing) -> None:
    lifter = tiny(kind, framing)
    if kind == "every frame":  # which may answer by the place in the window, unless it cannot
        nn.init.zeros_(lifter.module.get_parameter("pairs.frame_position"))
    still = replace(wandering(40), xy=np.tile(wandering(1).xy, (40, 1, 1)), score=np.ones((40, 17)))
    xyz = lift_track(still, lifter=lifter).xyz
    assert_close(xyz, np.broadcast_to(xyz[:1], xyz.shape))


@FRAMINGS
@EVERY_KIND
def test_the_mirror_image_has_the_mirrored_motion(kind: str, framing: Framing) -> None:
    engine, track = Engine(tiny(kind, framing)), wandering(25, camera=LENS)
    expected = engine(track).mirrored().xyz
    assert_close(engine(track.mirrored()).xyz, expected)
    lonely = Engine(tiny(kind, framing), flip=False)
    off = np.abs(lonely(track.mirrored()).xyz - lonely(track).mirrored().xyz).max()
    assert off > 0.1 * np.abs(expected).max()


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [("one frame", 0, 0), ("sliding", 4, 4), ("causal", 8, 0), ("middle frame", 4, 4)],
)
def test_far_frames_do_not_matter(kind: str, before: int, after: int) -> None:
    engine, track = Engine(tiny(kind, SCREEN)), wandering(60)
    xy = track.xy.copy()
    xy[30] += 5 * np.random.default_rng(1).normal(size=(17, 2))
    moved = np.abs(engine(replace(track, xy=xy)).xyz - engine(track).xyz).max(axis=(1, 2))
    changed = np.flatnonzero(moved > 1e-5)
    assert changed.min() >= 30 - after
    assert changed.max() <= 30 + before
    assert changed.tolist() == list(range(30 - after, 30 + before + 1))


class Plain(nn.Module):
    """The mean of three frames' places on the screen, as x and y."""

    frames = 3
    answers: Answers = "sliding"

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))

    def forward(self, keypoints: Tensor) -> Tensor:
        mean = keypoints.unfold(1, 3, 1).mean(dim=-1)
        return nn.functional.pad(mean, (0, 1))


def plain_lifter(fps: float) -> TrainedLifter:
    return TrainedLifter(method="plain", config=None, network=Plain(), framing=SCREEN, fps=fps)


def straight(times: np.ndarray, fps: float) -> Keypoints:
    """Joints on straight paths."""
    speed = np.random.default_rng(0).uniform(-20, 20, (17, 2))
    xy = [320, 240] + times[:, None, None] * speed + np.arange(17)[:, None]
    return Keypoints(xy=xy, skeleton=H36M17, image_size=(640, 480), fps=fps, times=times)


@settings(max_examples=60, deadline=None)
@given(
    frames=st.integers(1, 80),
    fps=st.sampled_from([12.0, 24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0, 120.0]),
    start=st.sampled_from([0.0, 3.3]),
)
def test_another_frame_rate_comes_back_to_the_clips_own_times(
    frames: int, fps: float, start: float
) -> None:
    track = straight(start + np.arange(frames) / fps, fps)
    check_straight(track)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.floats(0.001, 0.2), min_size=1, max_size=60))
def test_irregular_times_are_followed(steps: list[float]) -> None:
    check_straight(straight(np.cumsum([0.5, *steps]), fps=30))


def check_straight(track: Keypoints) -> None:
    """The lifter for 30 fps answers with straight paths, but for its ends."""
    motion = lift_track(track, lifter=plain_lifter(30), flip=False)
    assert len(motion) == len(track)
    assert motion.fps == track.fps
    np.testing.assert_array_equal(motion.times, track.times)
    truth = track.xy * (2 / 640)
    truth = truth - truth[:, :1]
    near_end = np.minimum(track.times - track.times[0], track.times[-1] - track.times) < 2.1 / 30
    np.testing.assert_allclose(motion.xyz[~near_end, :, :2], truth[~near_end], atol=1e-4)
    np.testing.assert_allclose(motion.xyz[..., :2], truth, atol=20 / 320 * 2 * 0.1)


def test_a_rate_that_is_nearly_the_lifters_is_left_alone() -> None:
    asked = []

    class Counting(Plain):
        def forward(self, keypoints: Tensor) -> Tensor:
            asked.append(keypoints.shape[1] - 2)
            return super().forward(keypoints)

    lifter = replace(plain_lifter(30), network=Counting())
    in_milliseconds = np.round(np.arange(60) / 30, 3)
    for times, fps in ((np.arange(60) / 29.97, 29.97), (in_milliseconds, 30)):
        lift_track(straight(times, fps), lifter=lifter)
    assert asked == [60, 60]
    lift_track(straight(np.arange(60) / 25, 25), lifter=lifter)
    lift_track(straight(np.arange(61) / 60, 60), lifter=lifter)
    assert asked[2:] == [72, 31]  # 59 / 25 s are 70.8 frames: 71, and the clip's last


def test_times_in_milliseconds_are_not_taken_for_seconds() -> None:
    track = straight(np.arange(0, 2000, 40.0), fps=25)
    with pytest.raises(PoiseError, match="50 frames go over 1960 s; its times are in seconds"):
        lift_track(track, lifter=tiny("sliding"))


@FRAMINGS
@EVERY_KIND
def test_gaps_are_filled(kind: str, framing: Framing) -> None:
    engine, track = Engine(tiny(kind, framing)), wandering(30)
    xy = track.xy.copy()
    xy[4:7, 3] = xy[:2, 9] = xy[:, 13] = xy[15] = np.nan
    torn = replace(track, xy=xy)
    assert np.all(torn.score[:, 13] == 0)
    assert np.isfinite(engine(torn).xyz).all()
    unseen = replace(track, xy=np.full_like(xy, np.nan))
    with pytest.raises(PoiseError, match="no joint is seen in any frame"):
        engine(unseen)


def test_what_the_lens_cannot_show_was_not_seen() -> None:
    barrel = Camera.from_focal(640, 480, 400, radial=(-0.4,))
    track = replace(wandering(20), camera=barrel)
    xy = track.xy.copy()
    xy[3:6, 4] = 5000, 5000
    motion = lift_track(replace(track, xy=xy), lifter=tiny("sliding", PERSON))
    assert np.isfinite(motion.xyz).all()
    gap = xy.copy()
    gap[3:6, 4] = np.nan
    expected = lift_track(replace(track, xy=gap), lifter=tiny("sliding", PERSON)).xyz
    np.testing.assert_allclose(motion.xyz, expected, atol=5e-3)
    with pytest.raises(PoiseError, match="is it the camera of this track"):
        lift_track(replace(track, xy=xy + 9000), lifter=tiny("sliding", PERSON))


def test_what_is_assumed_is_said() -> None:
    person, screen = tiny("sliding", PERSON), tiny("sliding", SCREEN)
    unknown, known = wandering(5), wandering(5, camera=LENS)
    focal = Camera.from_focal(640, 480, 640)
    motion = lift_track(unknown, lifter=person)
    assert motion.assumed == ("the camera is not known: a focal length of 640 px",)
    assert motion.camera is None
    told = lift_track(replace(unknown, camera=focal), lifter=person)
    np.testing.assert_array_equal(motion.xyz, told.xyz)
    assert lift_track(known, lifter=person).assumed == ()
    assert lift_track(known, lifter=person).camera is LENS
    assert lift_track(unknown, lifter=screen).assumed == ()
    detected = lift_track(wandering(5, COCO17), lifter=screen)
    assert detected.assumed == (
        "coco17 does not have all joints: guessed pelvis, spine, thorax, head",
    )


def test_other_joint_sets_are_converted_or_refused() -> None:
    lifter = tiny("sliding")
    for skeleton in (COCO17, BODY25):
        assert lift_track(wandering(5, skeleton), lifter=lifter).skeleton == H36M17
    own = Skeleton("mine", ("a", "b"), (-1, 0))
    with pytest.raises(PoiseError, match="no conversion from skeleton mine to h36m17"):
        lift_track(wandering(5, own), lifter=lifter)
    nameless = replace(lifter, takes=own, gives=own)
    with pytest.raises(PoiseError, match="left and which are right is not known.*flip=False"):
        lift_track(wandering(5, own), lifter=nameless)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
@EVERY_KIND
def test_half_precision_is_close(kind: str, precision: Any) -> None:
    lifter, track = tiny(kind, PERSON), wandering(30)
    full = lift_track(track, lifter=lifter).xyz
    half = lift_track(track, lifter=lifter, precision=precision)
    assert half.xyz.dtype == np.float32
    off = np.abs(half.xyz - full).max() / np.abs(full).max()
    assert 0 < off < (0.05 if precision == "bfloat16" else 0.01)


def test_the_lifter_stays_as_it_was() -> None:
    lifter = tiny("sliding")
    lifter.module.train()
    before = {name: value.clone() for name, value in lifter.module.state_dict().items()}
    engine = Engine(lifter, device="cpu")
    np.testing.assert_array_equal(engine(wandering(30)).xyz, engine(wandering(30)).xyz)
    assert lifter.module.training
    for name, value in lifter.module.state_dict().items():
        assert torch.equal(value, before[name]), name
    with pytest.raises(KeyboardInterrupt):
        engine(wandering(30), progress=interrupted)
    assert lifter.module.training


def interrupted(what: str, share: float, amount: str) -> None:
    raise KeyboardInterrupt


def test_progress_is_told() -> None:
    told: list[tuple[str, float, str]] = []
    lift_track(
        wandering(30), lifter=tiny("sliding"), batch=10, progress=lambda *news: told.append(news)
    )
    assert told == [
        ("lifting", 1 / 3, "10 of 30 frames"),
        ("lifting", 2 / 3, "20 of 30 frames"),
        ("lifting", 1, "30 of 30 frames"),
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"device": "cuda:99"}, "device 'cuda:99' cannot be used here; this machine has: cpu"),
        ({"device": "gpu"}, "device 'gpu' cannot be used here"),
        ({"precision": "flaot16"}, "no precision is called 'flaot16'; did you mean 'float16'"),
        ({"batch": 0}, "a batch of 0 frames"),
        ({"overlap": 5}, "windows of 9 frames can overlap by 0 to 4 frames, not 5"),
        ({"overlap": -1}, "not -1"),
        ({"lifter": "nowhere.safetensors"}, "nowhere.safetensors"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_wrong_options_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(PoiseError, match=words):
        lift_track(wandering(5), **{"lifter": tiny("every frame"), **options})


def test_answers_that_are_not_numbers_are_refused() -> None:
    lifter = tiny("one frame")
    with torch.no_grad():
        lifter.module.get_parameter("last.bias").fill_(float("nan"))
    with pytest.raises(PoiseError, match="numbers that are not finite$"):
        lift_track(wandering(5), lifter=lifter)


@EVERY_KIND
def test_the_network_gets_no_more_of_a_longer_clip(kind: str) -> None:
    lifter, most = tiny(kind, PERSON), []
    lifter.module.register_forward_pre_hook(lambda _, given: most.append(given[0].numel()))
    engine = Engine(lifter, batch=40)
    engine(wandering(80))
    short = max(most)
    most.clear()
    engine(wandering(400))
    assert max(most) == short
