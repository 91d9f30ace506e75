"""Whole performances: still feet, limits, gravity, floor, variety, and the same again."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise import PoiseError
from poise.anatomy.figure import Proportions
from poise.conversions import convert
from poise.data.library import MotionLibrary
from poise.data.maker import ACTIONS, GESTURES, bone_angle_diversity, improvise, make
from poise.data.maker.improvisation import MOST_ACCELERATION, MOST_SLIDE
from poise.data.maker.locomotion import hop, jump, run, walk
from poise.data.maker.measure import foot_slide, hardest, limits_exceeded
from poise.data.maker.perform import Performance, perform
from poise.data.maker.score import Footing, Score, Step
from poise.data.maker.stage import Stage, draw_style
from poise.skeletons import FIGURE27, H36M17


def act(action: Callable[[Stage], None], seed: int = 0) -> tuple[Stage, Performance]:
    rng = np.random.default_rng(seed)
    body = Proportions()
    stage = Stage(body, draw_style(rng, body), rng)
    action(stage)
    return stage, perform(stage.score, body, stage.time)


@pytest.mark.parametrize("name", ACTIONS)
def test_every_action_keeps_feet_floor_and_limits(name: str) -> None:
    performance = improvise([7], 2.0, [name])
    motion = performance.body.motion
    assert name in {label for _, _, label in performance.labels} or name == "on the floor"
    assert np.isfinite(motion.xyz).all()
    assert foot_slide(performance) < MOST_SLIDE
    assert limits_exceeded(performance) == 0
    assert hardest(motion) < MOST_ACCELERATION
    assert motion.xyz[..., 2].min() > -0.08, "nobody sinks into the floor"
    lengths = np.linalg.norm(
        motion.xyz[:, [c for _, c in FIGURE27.bones]]
        - motion.xyz[:, [p for p, _ in FIGURE27.bones]],
        axis=-1,
    )
    np.testing.assert_allclose(lengths, np.broadcast_to(lengths[0], lengths.shape), atol=1e-5)


@pytest.mark.parametrize("name", GESTURES)
def test_every_gesture_moves_the_arms_of_a_standing_figure(name: str) -> None:
    performance = improvise([3], 4.0, [name])
    assert limits_exceeded(performance) == 0
    assert foot_slide(performance) < MOST_SLIDE
    wrists = performance.body.motion.xyz[
        :, [FIGURE27.index("left_wrist"), FIGURE27.index("right_wrist")]
    ]
    travelled = np.linalg.norm(np.diff(wrists, axis=0), axis=-1).sum(axis=0).max()
    assert travelled > (0.05 if name == "swing along" else 0.4)


def test_rotations_and_offsets_give_the_positions() -> None:
    body = improvise([1], 4.0).body
    xyz, _ = body.pose()
    np.testing.assert_allclose(xyz, body.motion.xyz, atol=2e-6)


def test_the_same_seed_gives_the_same_motion() -> None:
    one, again, other = (improvise([seed], 4.0).body.motion.xyz for seed in (5, 5, 6))
    assert np.array_equal(one, again)
    assert one.shape != other.shape or not np.allclose(one, other)


def test_walkers_always_stand_on_something_and_get_somewhere() -> None:
    stage, performance = act(walk, seed=2)
    standing = np.any(list(performance.contacts.values()), axis=0)
    assert standing.all()
    root = performance.body.motion.root
    assert np.linalg.norm(root[-1, :2] - root[0, :2]) > 1.0
    assert np.linalg.norm(root[-1, :2] - stage.at) < 0.1


def test_runners_fly() -> None:
    _, performance = act(run, seed=1)
    standing = np.any(list(performance.contacts.values()), axis=0)
    assert (~standing).sum() > 5


@pytest.mark.parametrize("action", [jump, run, hop])
def test_what_flies_falls_as_gravity_has_it(action: Callable[[Stage], None]) -> None:
    falls = []
    for seed in range(6):
        _, performance = act(action, seed)
        flying = ~np.any(list(performance.contacts.values()), axis=0)
        inner = flying[:-2] & flying[1:-1] & flying[2:]
        heights = performance.body.motion.root[:, 2].astype(np.float64)
        falls += list(np.diff(heights, n=2)[inner] * 30**2)
    assert len(falls) >= 5
    np.testing.assert_allclose(falls, -9.81, rtol=0.01)


def test_curves_stay_between_their_keys() -> None:
    score = Score(Footing(np.zeros(3), 0.0), Footing(np.zeros(3), 0.0))
    for when, angle in ((0.0, 0.0), (0.5, 20.0), (0.6, 20.0), (2.0, -10.0)):
        score.key(when, left_knee=(angle,))
    curve = score.sample(np.arange(90) / 30)["left_knee"][:, 0]
    assert curve.max() <= 20
    assert curve.min() >= -10


def test_steps_cannot_overlap() -> None:
    score = Score(Footing(np.zeros(3), 0.0), Footing(np.zeros(3), 0.0))
    there = Footing(np.array([0.0, -0.5, 0.0]), 0.0)
    score.step("left", Step(0.0, 0.5, there, 0.1))
    with pytest.raises(ValueError, match="before the last has ended"):
        score.step("left", Step(0.4, 0.9, there, 0.1))


def test_make_gives_a_library_of_people(tmp_path: Path) -> None:
    library = make(60, seed=4)
    assert library.seconds >= 60
    assert {clip.split for clip in library} <= {"train", "val", "test"}
    assert len({clip.subject for clip in library}) == len(library)
    assert all(library[clip.key].skeleton == H36M17 for clip in library)
    library.save(tmp_path / "one.npz")
    make(60, seed=4).save(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    again = MotionLibrary.open(tmp_path / "one.npz")
    assert [clip.key for clip in again] == [clip.key for clip in library]


def test_nobody_is_made_twice() -> None:
    lots = [make(8, seed=1), make(8, seed=2), make(8, seed=1, actions=["walk"]), make(8, 1, fps=60)]
    together = lots[0] | lots[1] | lots[2] | lots[3]
    assert len({clip.subject for clip in together}) == len(together)


def test_named_actions_bring_no_gestures_of_their_own() -> None:
    library = make(20, seed=1, actions=["walk"])
    assert {clip.action for clip in library} == {"walk"}


def test_the_hardest_jerk_does_not_depend_on_the_frame_rate() -> None:
    slow, fast = (improvise([8], 4.0, ["run"], fps).body.motion for fps in (30, 120))
    assert hardest(fast) == pytest.approx(hardest(slow), rel=0.35)


def test_only_the_actions_that_were_asked_for() -> None:
    library = make(30, seed=1, actions=["run", "wave"])
    done = {word for clip in library for word in clip.action.split(", ")}
    assert done <= {"run", "wave"}
    assert "run" in done


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"seconds": 0}, "more than none"),
        ({"seconds": float("nan")}, "more than none"),
        ({"seconds": 5, "fps": 1}, "10 is the least"),
        ({"seconds": 5, "seed": -1}, "a seed is 0 or more"),
        ({"seconds": 5, "actions": ["wlak"]}, "did you mean 'walk'"),
    ],
)
def test_what_cannot_be_made_is_said(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(PoiseError, match=words):
        make(**arguments)


def test_made_motion_is_more_varied_than_the_real_training_split(real_data: Path) -> None:
    real = MotionLibrary.open(real_data / "mocap17").select(split="train")
    theirs = bone_angle_diversity(real[clip.key] for clip in real)
    made = make(400, seed=0)
    ours = bone_angle_diversity(made[clip.key] for clip in made)
    assert theirs == pytest.approx(31.45, abs=0.2), "the measure itself has changed"
    assert ours > theirs


def test_diversity_knows_one_pose_from_many() -> None:
    performance = improvise([2], 3.0, ["dance", "dance arms"])
    motion = convert(performance.body.motion, H36M17)
    assert bone_angle_diversity([motion[:1]]) == pytest.approx(0, abs=1e-3)
    assert bone_angle_diversity([motion]) > 5


@pytest.mark.budget
def test_a_thousand_seconds_in_under_a_minute() -> None:
    start = time.perf_counter()
    library = make(1000, seed=0)
    took = time.perf_counter() - start
    print(f"\n{library.seconds:.0f} s of motion in {took:.1f} s")
    assert took < 60
