"""Every term of the least squares pulls as its cost says, and steps solve the equations."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from poise.anatomy.figure import Proportions
from poise.body.contacts import PLANTABLE
from poise.body.evidence import Evidence, Sight
from poise.body.figure_model import ANGLES, JOINTS, UNKNOWNS, Pose, limits, stand
from poise.body.least_squares import _step
from poise.body.terms import Jerk, calmness, cost, equations
from poise.cameras import look_at
from poise.geometry.rotations import vector_to_matrix
from poise.refine.penalised import ORDER, jerk_rows
from poise.skeletons import FIGURE27, H36M17

FRAMES, NUDGE = 6, 1e-6
OFFSETS = torch.from_numpy(Proportions().offsets())
TIMES = np.array([0.0, 0.033, 0.066, 0.1, 0.14, 0.17])  # an uneven clock
MEASURED = tuple(FIGURE27.index(name) for name in H36M17.joints)

# What is not part of a term's own share of the evidence.
NOTHING: dict[str, object] = {
    "weight": torch.zeros((FRAMES, 17), dtype=torch.float64),
    "root_weight": torch.zeros(FRAMES, dtype=torch.float64),
    "seen": torch.zeros(FRAMES, dtype=torch.float64),
    "sight": None,
    "floor": 0.0,
    "locked": False,
    "planted": torch.zeros((FRAMES, len(PLANTABLE)), dtype=torch.float64),
}
TERMS: dict[str, tuple[str, ...]] = {
    "joints": ("weight",),
    "root": ("root_weight",),
    "sight": ("sight",),
    "prior": ("seen",),
    "floor": ("floor",),
    "planted": ("floor", "planted"),
    "slides": ("floor", "planted", "locked"),
}


def pose_near_the_floor(seed: int = 0) -> Pose:
    """Somebody who sinks into the floor with one foot, and turns a little all the time."""
    rng = np.random.default_rng(seed)
    low, high = limits().unbind(dim=1)
    share = 0.5 + 0.2 * rng.uniform(-1, 1, ANGLES) + 0.02 * rng.uniform(-1, 1, (FRAMES, ANGLES))
    turn = np.array([0.2, -0.1, 0.7]) + 0.02 * rng.normal(0, 1, (FRAMES, 3))
    root = np.array([0.1, 0.2, 0.8]) + 0.05 * rng.normal(0, 1, (FRAMES, 3))
    return Pose(
        torch.from_numpy(root),
        torch.from_numpy(vector_to_matrix(turn)),
        low + torch.from_numpy(share) * (high - low),
    )


def evidence(seed: int = 0) -> Evidence:
    """Of everything something: joints far off and near, rays, standing feet."""
    rng = np.random.default_rng(seed)

    def numbers(*shape: int, low: float = 0.0, high: float = 1.0) -> Tensor:
        return torch.from_numpy(rng.uniform(low, high, shape))

    xyz = stand(pose_near_the_floor(), OFFSETS).xyz
    T = look_at([0.5, -4.0, 1.2], [0, 0, 1.0])
    seen_at = xyz[:, [0, 10]] @ torch.from_numpy(T[:3, :3]).T + torch.from_numpy(T[:3, 3])
    return Evidence(
        times=torch.from_numpy(TIMES),
        joints=MEASURED,
        places=xyz[:, list(MEASURED)] - xyz[:, :1] + 0.1 * numbers(FRAMES, 17, 3, low=-1),
        weight=1e3 * numbers(FRAMES, 17),
        seen=torch.tensor([1.0, 1, 0, 1, 1, 1], dtype=torch.float64),
        root=xyz[:, 0] + 0.2 * numbers(FRAMES, 3, low=-1),
        root_weight=100 * numbers(FRAMES),
        sight=Sight(
            joints=(0, 10),
            offsets=0.1 * numbers(2, 3),
            rays=seen_at[..., :2] / seen_at[..., 2:] + 0.05 * numbers(FRAMES, 2, 2, low=-1),
            weight=1e4 * numbers(FRAMES, 2),
            R_camera_world=torch.from_numpy(T[:3, :3]),
            t_camera_world=torch.from_numpy(T[:3, 3]),
        ),
        floor=0.3,
        planted=(numbers(FRAMES, len(PLANTABLE)) > 0.3).to(torch.float64),
        locked=True,
    )


def jerk(of: float = 1.0) -> Jerk:
    rows, lasts = jerk_rows(TIMES, 0.5)
    return torch.from_numpy(rows), of * torch.from_numpy(lasts)[:, None] * calmness()


def only(term: str) -> Evidence:
    """The evidence of one term."""
    return replace(evidence(), **{k: v for k, v in NOTHING.items() if k not in TERMS[term]})  # type: ignore[arg-type]


def slopes(pose: Pose, e: Evidence, j: Jerk) -> tuple[Tensor, Tensor]:
    """How the cost changes along some ways, by differences, and half of it by what pulls.

    Each way changes one unknown, in every frame by another amount.
    """

    def at(step: Tensor) -> float:
        moved = pose.moved(step)
        return cost(moved, stand(moved, OFFSETS), e, j)

    pull = equations(pose, stand(pose, OFFSETS), e, j).pull
    amounts = torch.linspace(-1, 1.3, FRAMES, dtype=torch.float64).roll(2)
    found, said = torch.zeros(2, UNKNOWNS, dtype=torch.float64)
    for unknown in range(UNKNOWNS):
        way = torch.zeros((FRAMES, UNKNOWNS), dtype=torch.float64)
        way[:, unknown] = amounts.roll(unknown)
        found[unknown] = (at(NUDGE * way) - at(-NUDGE * way)) / (4 * NUDGE)
        said[unknown] = (way * pull).sum()
    return found, said


@pytest.mark.parametrize("term", TERMS)
def test_half_the_slope_of_the_cost_is_the_pull(term: str) -> None:
    found, said = slopes(pose_near_the_floor(), only(term), jerk(0.0))
    scale = float(found.abs().max())
    assert scale > 0.05  # the term is there
    torch.testing.assert_close(said, found, atol=1e-6 * scale, rtol=1e-5)


def test_so_it_is_for_jerk_but_for_the_bend_of_turns() -> None:
    """Turns of the root count as vectors seen from one of four frames: nearly so for small ones."""
    nothing = replace(only("prior"), seen=NOTHING["seen"])  # type: ignore[arg-type]
    found, said = slopes(pose_near_the_floor(), nothing, jerk())
    turns = torch.zeros(UNKNOWNS, dtype=torch.bool)
    turns[3:6] = True
    scale = float(found[~turns].abs().max())
    torch.testing.assert_close(said[~turns], found[~turns], atol=1e-6 * scale, rtol=1e-4)
    scale = float(found[turns].abs().max())
    torch.testing.assert_close(said[turns], found[turns], atol=0.05 * scale, rtol=0)


def test_a_step_is_the_dense_solution() -> None:
    pose, e, calm = pose_near_the_floor(), evidence(), jerk()
    around = equations(pose, stand(pose, OFFSETS), e, calm)
    assert not around.held.any()
    whole = torch.zeros((FRAMES, UNKNOWNS, FRAMES, UNKNOWNS), dtype=torch.float64)
    for frame in range(FRAMES):
        whole[frame, :, frame] += around.own[frame]
    for frame in range(FRAMES - 1):
        whole[frame + 1, :, frame] += around.ties[frame]
        whole[frame, :, frame + 1] += around.ties[frame].T
    rows, weights = calm
    for row in range(len(rows)):
        for i in range(ORDER + 1):
            for j in range(ORDER + 1):
                tie = rows[row, i] * rows[row, j] * weights[row]
                whole[row + i, :, row + j] += torch.diag(tie)
    matrix = whole.reshape(FRAMES * UNKNOWNS, -1)
    torch.testing.assert_close(matrix, matrix.T)
    want = torch.linalg.solve(matrix, -around.pull.reshape(-1)).reshape(FRAMES, UNKNOWNS)
    step, promised = _step(around, calm, 0.0, 0)
    torch.testing.assert_close(step, want, atol=1e-6, rtol=1e-6)
    # And the fall of the cost is the one of the parabola: pull . M^-1 . pull.
    assert promised == pytest.approx(-float((want * around.pull).sum()), rel=1e-6)


def test_pinned_frames_stay() -> None:
    pose, calm = pose_near_the_floor(), jerk()
    step, _ = _step(equations(pose, stand(pose, OFFSETS), evidence(), calm), calm, 0.0, 3)
    assert float(step[:3].abs().max()) < 1e-6
    assert (step[3:].abs().amax(dim=1) > 1e-3).all()


def test_what_is_pulled_beyond_its_limit_stays_and_what_is_pulled_back_goes() -> None:
    """A back that is bent as far as it goes, and a neck that is measured further back or not."""
    pose = pose_near_the_floor()
    bend = next(joint.angles.start for joint in JOINTS if joint.name == "spine")
    angles = pose.angles.clone()
    angles[:, bend] = limits()[bend, 0]
    pose = Pose(pose.root, pose.facing, angles)
    posed, neck = stand(pose, OFFSETS), FIGURE27.index("thorax")
    backwards = 0.3 * posed.world[:, FIGURE27.index("lumbar"), None, :, 1]
    for way, held in ((1, True), (-1, False)):
        e = replace(
            only("joints"),
            joints=(neck,),
            places=posed.xyz[:, [neck]] - posed.xyz[:, :1] + way * backwards,
            weight=torch.full((FRAMES, 1), 1e4, dtype=torch.float64),
        )
        around = equations(pose, posed, e, jerk(0.0))
        assert (around.held[:, 6 + bend] == held).all()
        step, _ = _step(around, jerk(), 1e-3, 0)
        assert ((step[:, 6 + bend].abs() < 1e-6) == held).all()


def test_steps_go_downhill() -> None:
    """A damped step from anywhere makes the whole cost smaller."""
    for seed in range(3):
        pose, e, calm = pose_near_the_floor(seed), evidence(), jerk()
        before = cost(pose, stand(pose, OFFSETS), e, calm)
        step, promised = _step(equations(pose, stand(pose, OFFSETS), e, calm), calm, 1.0, 0)
        moved = pose.moved(step)
        assert promised > 0
        assert cost(moved, stand(moved, OFFSETS), e, calm) < before
