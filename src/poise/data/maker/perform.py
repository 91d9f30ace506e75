"""A score and a body make a performance: solved, kept inside all joint limits, feet in place."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from poise.anatomy.figure import SIDES, Proportions
from poise.data.maker.score import Score
from poise.data.maker.solver import Solver
from poise.geometry.rotations import matrix_to_quaternion
from poise.motion import Body, Motion
from poise.skeletons import FIGURE27


@dataclass(frozen=True)
class Performance:
    """What was performed: the body, and when which part of which foot stood on the floor."""

    body: Body
    contacts: dict[str, Bool[np.ndarray, " time"]]  # by joint: left_heel, left_ball, ...
    labels: tuple[tuple[float, float, str], ...]  # from, to (s), what was done


def perform(score: Score, figure: Proportions, seconds: float, fps: float = 30.0) -> Performance:
    """Play a score."""
    times = np.arange(round(seconds * fps)) / fps
    solver = Solver(score, figure, times, fps)
    solver.bend_torso()
    solver.bend_arms()
    # First as written, then with the pelvis where floor and legs want it.
    solver.bend_legs()
    solver.lie_on_floor()
    solver.sink_to_reach()
    solver.raise_heels()
    solver.fall_freely()
    solver.bend_legs()
    solver.place_hands()
    solver.lay_palms()
    xyz, _ = solver.stand_up()
    motion = Motion(
        xyz=xyz.astype(np.float32),
        skeleton=FIGURE27,
        fps=fps,
        frame="world",
        placed=True,
        times=times,
    )
    body = Body(
        motion=motion,
        rotations=matrix_to_quaternion(solver.local).astype(np.float32),
        offsets=solver.offsets.astype(np.float32),
        model="figure",
    )
    return Performance(body, _contacts(solver), tuple(score.labels))


def _contacts(solver: Solver) -> dict[str, Bool[np.ndarray, " time"]]:
    found = {}
    for side in SIDES:
        roll = solver.curves[f"{side}_roll"][:, 0]
        down = solver.stands(side) > 0
        found[f"{side}_ball"] = down & (roll >= 0)
        found[f"{side}_heel"] = down & (roll <= 0)
    return found
