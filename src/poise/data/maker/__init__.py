"""The motion maker: human movement of our own making, by keys, splines and inverse kinematics.

Real motion that anyone may use is scarce. `make` improvises any amount of it: random people who
walk, run, jump, dance, sit and lie, and do a dozen other things with their arms meanwhile. Feet
stand still, joints stay inside their limits, and the same seed gives the same motion.

    figure          who moves: proportions and joint limits
    pose            joint angles and rotations
    score           keys in time, and where the feet stand
    stage           where the figure is while its score is written
    locomotion, standing, kneeling, floorwork, gestures       what it does
    legs, arms      what brings feet and hands to their places
    solver, perform     from the score to a body
    measure         what the result is held to
    improvisation   one thing after the other
"""

from collections.abc import Callable, Sequence

import numpy as np

from poise.conversions import convert
from poise.data.library import MotionLibrary
from poise.data.maker.gestures import GESTURES
from poise.data.maker.improvisation import ACTIONS, improvise
from poise.data.maker.measure import bone_angle_diversity, foot_slide, limits_exceeded
from poise.data.maker.perform import Performance
from poise.motion import Motion
from poise.skeletons import H36M17, Skeleton

__all__ = [
    "ACTIONS",
    "GESTURES",
    "Performance",
    "bone_angle_diversity",
    "foot_slide",
    "improvise",
    "limits_exceeded",
    "make",
]

_SPLITS = {8: "val", 9: "test"}  # by the last digit of the person's number
_CLIP_SECONDS = (6.0, 18.0)  # a clip ends with the action that is under way then


def make(
    seconds: float,
    seed: int = 0,
    actions: Sequence[str] = (),
    *,
    fps: float = 30.0,
    skeleton: Skeleton = H36M17,
    progress: Callable[[float], None] | None = None,
) -> MotionLibrary:
    """At least this much motion, as clips of a random person each.

    >>> library = make(600, seed=1, actions=["walk", "run", "wave"])

    Eight of ten people are for training, one for validation, one for testing. `progress` is told
    the share that is done.
    """
    lot = "-".join([f"made{seed}", *(name.replace(" ", "_") for name in actions)])
    lot += "" if fps == 30 else f"@{fps:g}"
    motions: dict[str, Motion] = {}
    told: dict[str, str] = {}
    made = 0.0
    while made < seconds or not motions:
        person = len(motions)
        performance = improvise([seed, person], _length(seed, person, seconds - made), actions, fps)
        key = f"{lot}_{person:05d}"
        motions[key] = convert(performance.body.motion, skeleton)
        told[key] = ", ".join(dict.fromkeys(label for _, _, label in sorted(performance.labels)))
        made += len(performance.body) / fps
        if progress is not None:
            progress(min(1.0, made / seconds))
    return MotionLibrary.of(
        motions,
        subject={key: key for key in motions},  # a person of another seed is another person
        action=told,
        split={key: _SPLITS.get(person % 10, "train") for person, key in enumerate(motions)},
        source=f"made by poise, seed {seed}",
    )


def _length(seed: int, person: int, left: float) -> float:
    if not (np.isfinite(left) and left > 0 and seed >= 0):
        return left  # `improvise` says what is wrong with it
    drawn = np.random.default_rng([seed, person]).uniform(*_CLIP_SECONDS)
    return min(drawn, max(left, 2.0))
