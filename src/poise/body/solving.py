"""The skeleton solve: from joints that wobble to a body with constant bones and rotations.

First the bones' lengths; then the poses of all frames at once, as a least squares over lifted
joints, their picture, joint limits and little jerk; then which feet stand; then all once more, with
what stands held to the floor.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from poise.anatomy.figure import Proportions
from poise.body.contacts import FEET, find_contacts, planted
from poise.body.evidence import Evidence
from poise.body.figure_model import Pose
from poise.body.gathering import filled, gather, in_world, knows_up, never_seen
from poise.body.offsets import fitted
from poise.body.pieces import Rows, solve_in_pieces, stand_in_pieces
from poise.body.proportions import proportions_of
from poise.body.spread import spread
from poise.body.starting import first_pose
from poise.errors import PoiseError
from poise.geometry.rotations import matrix_to_quaternion
from poise.motion import Body, Contact, Keypoints, Motion
from poise.refine.penalised import jerk_rows, usual_step
from poise.refine.root_path import GAP, bridged_frames
from poise.skeletons import FIGURE27

Feet = Literal["auto", "ground", "off"]
"""auto: what stands is held where it stands. ground: it is held on the floor, and may slide."""

Progress = Callable[[str, float, str], None]

# How firm the floor is, step by step: at once, the way to it would be too bent for the solver.
_SOFT, _FIRM = 0.1, (0.1, 0.3, 1.0)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Its matrices are small: several threads wait for each other longer than they compute.

    On a busy machine ten times longer, and more: torch's, and those of SciPy's own OpenBLAS.
    """
    from threadpoolctl import threadpool_limits

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(threads)


@_one_thread()
def solve(
    motion: Motion,
    track: Keypoints | None = None,
    *,
    feet: Feet = "auto",
    contacts: Sequence[Contact] | None = None,
    standing: Sequence[str] = FEET,
    progress: Progress | None = None,
) -> Body:
    """The body on the figure's skeleton that best explains a motion.

    >>> body = solve(motion, track)

    track: the motion's 2D track, of any detector; heels, toes and hands are taken from it.
    contacts: what stands, and when, in place of what would be found.
    standing: the joints that are looked at for contacts: heels and balls; on request `HANDS` and
        `KNEES` of `poise.body` too.

    Gaps of up to half a second are filled and told in `bridged`; longer ones stay open. Bones have
    one length, the same on both sides. What was never seen is told in `assumed`.
    """
    if feet not in ("auto", "ground", "off"):
        raise PoiseError(f"feet are 'auto', 'ground' or 'off', not {feet!r}")
    on_floor = feet != "off" and motion.placed and knows_up(motion)
    motion = in_world(motion)
    seen = np.isfinite(motion.xyz).all(axis=-1).any(axis=1) & np.isfinite(motion.root).all(axis=-1)
    if not seen.any():
        raise PoiseError("no joint of this motion is known in any frame: there is nothing to solve")
    kept = bridged_frames(seen, motion.times)
    solver = _Solver(motion, track, proportions_of(motion), kept, progress)
    solver.run(rounds=20, enough=1e-2)
    solver.offsets = fitted(solver.pose, solver.offsets, solver.evidence)
    solver.weigh(floor=_SOFT if on_floor else 0.0)
    solver.run(rounds=8, enough=1e-2)
    if not on_floor:
        return solver.body(())
    stands = tuple(contacts) if contacts is not None else solver.contacts(standing)
    down = torch.from_numpy(planted(stands, motion.times[kept])).to(torch.float64)
    solver.weigh(planted=down, locked=feet == "auto")
    for firm in _FIRM:
        solver.weigh(floor=firm)
        solver.run(rounds=100, enough=2e-4 if firm == _FIRM[-1] else 2e-2)
    return solver.body(stands)


class _Solver:
    """The frames of a motion on their way to a body."""

    def __init__(
        self,
        motion: Motion,
        track: Keypoints | None,
        figure: Proportions,
        kept: Bool[np.ndarray, " time"],
        progress: Progress | None,
    ) -> None:
        self.offsets = torch.from_numpy(figure.offsets())
        self.evidence: Evidence = gather(motion, track, figure, kept)
        first = first_pose(filled(motion, kept, figure))
        self.pose = Pose(*(torch.from_numpy(part) for part in first))
        self._motion, self._kept, self._progress = motion, kept, progress
        times = motion.times[kept]
        rows, lasts = jerk_rows(times, GAP + usual_step(times))
        self._rows: Rows = torch.from_numpy(rows), torch.from_numpy(lasts)
        self._runs = 0

    def weigh(self, **changes: float | bool | Tensor) -> None:
        """Change what counts, and how much."""
        self.evidence = replace(self.evidence, **changes)  # type: ignore[arg-type]

    def run(self, rounds: int, enough: float) -> None:
        """Find the pose that the evidence says."""
        runs = 2 + len(_FIRM)

        def done(share: float) -> None:
            if self._progress:
                self._progress("solving", min(1.0, (self._runs + share) / runs), "")

        self.pose = solve_in_pieces(
            self.pose,
            self.offsets,
            self.evidence,
            self._rows,
            rounds=rounds,
            enough=enough,
            done=done,
        )
        self._runs += 1

    def contacts(self, joints: Sequence[str]) -> tuple[Contact, ...]:
        """What stands, and when, as far as the pose tells."""
        parts = [posed.xyz.numpy() for _, posed in stand_in_pieces(self.pose, self.offsets)]
        camera = self._motion.camera
        eye = None if self.evidence.sight is None or camera is None else camera.position
        return find_contacts(np.concatenate(parts), self._motion.times[self._kept], eye, joints)

    def body(self, contacts: tuple[Contact, ...]) -> Body:
        """All frames as a body; NaN where nobody was seen for long."""
        motion, kept = self._motion, self._kept
        time, joints = len(motion), len(FIGURE27)
        xyz = np.full((time, joints, 3), np.nan, np.float32)
        rotations = np.full((time, joints, 4), np.nan, np.float32)
        sigma = np.full((time, joints), np.nan, np.float32)
        turns = np.full((time, joints, 3), np.nan, np.float32)
        places = np.flatnonzero(kept)
        for part, posed in stand_in_pieces(self.pose, self.offsets):
            where = places[part]
            xyz[where] = posed.xyz.numpy()
            rotations[where] = matrix_to_quaternion(posed.local.numpy())
            off, turned = spread(self.pose[part], self.offsets, self.evidence[part])
            sigma[where], turns[where] = off.numpy(), turned.numpy()
        if not motion.placed:
            xyz -= xyz[:, :1]
        return Body(
            motion=Motion(
                xyz=xyz,
                skeleton=FIGURE27,
                fps=motion.fps,
                frame="world",
                placed=motion.placed,
                sigma=sigma,
                times=motion.times,
                camera=motion.camera,
                assumed=(*motion.assumed, *never_seen(motion)),
            ),
            rotations=rotations,
            offsets=self.offsets.numpy().astype(np.float32),
            model="figure",
            rotation_sigma=turns,
            contacts=contacts,
            bridged=_bridged(self.evidence.seen.numpy() > 0, motion.times[kept]),
        )


def _bridged(
    seen: Bool[np.ndarray, " time"], times: Float[np.ndarray, " time"]
) -> tuple[tuple[float, float], ...]:
    """From when to when nobody was seen, of the frames that are kept."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], seen, [True]]).astype(int)))
    return tuple(
        (float(times[a]), float(times[b - 1]))
        for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    )
