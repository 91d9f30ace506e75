"""Improvised performances: action after action, gestures on top, checked before they leave."""

from collections.abc import Callable, Sequence
from types import MappingProxyType

import numpy as np

from poise.anatomy.figure import draw_proportions
from poise.data.maker.floorwork import on_the_floor, sit_on_chair
from poise.data.maker.gestures import GESTURES, gesticulate
from poise.data.maker.kneeling import kneel, on_all_fours
from poise.data.maker.locomotion import (
    hop,
    jump,
    run,
    sidestep,
    stairs,
    stand,
    turn,
    walk,
    walk_backward,
)
from poise.data.maker.measure import foot_slide, hardest, limits_exceeded
from poise.data.maker.perform import Performance, perform
from poise.data.maker.stage import Stage, draw_style
from poise.data.maker.standing import balance, bend_down, dance, kick, lunge, squat
from poise.errors import PoiseError, did_you_mean

# What the whole body can do, and how often it does it.
ACTIONS: MappingProxyType[str, tuple[Callable[[Stage], None], float]] = MappingProxyType(
    {
        "stand": (stand, 2.0),
        "walk": (walk, 4.0),
        "walk backward": (walk_backward, 1.0),
        "sidestep": (sidestep, 1.0),
        "turn": (turn, 2.0),
        "stairs": (stairs, 0.7),
        "run": (run, 2.0),
        "jump": (jump, 1.5),
        "hop": (hop, 0.7),
        "squat": (squat, 1.5),
        "lunge": (lunge, 1.5),
        "kick": (kick, 1.5),
        "balance": (balance, 1.0),
        "bend": (bend_down, 1.5),
        "dance": (dance, 1.5),
        "sit on a chair": (sit_on_chair, 1.5),
        "kneel": (kneel, 1.2),
        "on all fours": (on_all_fours, 0.8),
        "on the floor": (on_the_floor, 1.0),
    }
)

MOST_SLIDE = 0.005  # metres a standing foot may move
MOST_ACCELERATION = 400.0  # metres per second squared, over 1/30 s; real throws and kicks have 300
_TRIES = 20


def improvise(
    seed: Sequence[int], seconds: float, actions: Sequence[str] = (), fps: float = 30.0
) -> Performance:
    """A performance of at least this length by a random person; the same seed gives the same.

    `actions` are names of ACTIONS and GESTURES to choose from; none means all. Without a gesture
    among them the arms just swing along, without a whole-body action the person stands.
    """
    if min(seed) < 0:
        raise PoiseError(f"a seed is 0 or more, not {min(seed)}")
    if not (np.isfinite(seconds) and seconds > 0):
        raise PoiseError(f"cannot make {seconds:g} seconds of motion; ask for more than none")
    if not (np.isfinite(fps) and fps >= 10):
        raise PoiseError(f"cannot make motion at {fps:g} frames per second; 10 is the least")
    known = [*ACTIONS, *GESTURES]
    for name in actions:
        if name not in known:
            raise PoiseError(f"no action is called {name!r}{did_you_mean(name, known)}")
    for attempt in range(_TRIES):
        performance = _attempt(np.random.default_rng([*seed, attempt]), seconds, actions, fps)
        if (
            foot_slide(performance) < MOST_SLIDE
            and limits_exceeded(performance) == 0
            and hardest(performance.body.motion) < MOST_ACCELERATION
        ):
            return performance
    raise PoiseError(f"the motion maker found nothing flawless for seed {list(seed)}; try another")


def _attempt(
    rng: np.random.Generator, seconds: float, actions: Sequence[str], fps: float
) -> Performance:
    body = draw_proportions(rng)
    stage = Stage(body, draw_style(rng, body), rng, heading=rng.uniform(-np.pi, np.pi))
    names = [name for name in ACTIONS if name in actions]
    if not names:
        names = ["stand"] if actions else list(ACTIONS)
    weights = np.array([ACTIONS[name][1] for name in names])
    while stage.time < seconds:
        name = names[rng.choice(len(names), p=weights / weights.sum())]
        ACTIONS[name][0](stage)
    gestures = tuple(name for name in GESTURES if name in actions)
    gesticulate(stage, gestures or (("swing along",) if actions else ()))
    return perform(stage.score, body, stage.time, fps)
