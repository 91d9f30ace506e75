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
from poise.errors import PoiseError
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
    if not (np.isfinite(seconds) and seconds > 0):
        raise PoiseError(f"cannot make {seconds:g} seconds of motion; ask for more than none")
    if not (np.isfinite(fps) and fps >= 10):
        raise PoiseError(f"cannot make motion at {fps:g} frames per second; 10 is the least")
    motions: dict[str, Motion] = {}
    told: dict[str, str] = {}
    made = 0.0
    while made < seconds:
        person = len(motions)
        rng = np.random.default_rng([seed, person])
        length = min(rng.uniform(*_CLIP_SECONDS), max(seconds - made, 2.0))
        performance = improvise([seed, person], length, actions, fps)
        key = f"made{seed}_{person:05d}"
        motions[key] = convert(performance.body.motion, skeleton)
        told[key] = ", ".join(dict.fromkeys(label for _, _, label in sorted(performance.labels)))
        made += len(performance.body) / fps
        if progress is not None:
            progress(min(1.0, made / seconds))
    people = {key: person for person, key in enumerate(motions)}
    return MotionLibrary.of(
        motions,
        subject=people,
        action=told,
        split={key: _SPLITS.get(person % 10, "train") for key, person in people.items()},
        source=f"made by poise, seed {seed}",
    )


_SPLITS = {8: "val", 9: "test"}  # by the last digit of the person
