"""An actor: a dressed body that goes through a motion, and where its joints truly are."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from poise.data.rendered.anatomy import SIDES, anny, bones, joints
from poise.data.rendered.dressing import dress
from poise.data.rendered.fitting import ROUNDS, Fitted, fit
from poise.data.rendered.people import Person
from poise.data.rendered.posing import limbs, pose, rotation
from poise.motion import Motion
from poise.skeletons import H36M17

_CURL = 0.30  # of each finger joint when the hand is relaxed, radians


@dataclass(frozen=True, eq=False)
class Actor:
    """Somebody in front of the camera."""

    person: Person
    truth: Motion  # where the joints of the rendered body are: h36m17, world
    errors: Float[np.ndarray, "time 17"]  # metres from the joints of the motion that was asked for
    rest: Float[Tensor, "vertex 3"]  # dressed
    colours: Float[np.ndarray, "vertex 3"]
    _shifts: Float[Tensor, "time bone 3"]
    _turns: Float[Tensor, "time bone 3 3"]

    def __len__(self) -> int:
        return len(self.truth)

    def vertices(self, frame: int) -> Float[np.ndarray, "vertex 3"]:
        """The dressed body in one frame, in the world."""
        body = anny()
        weights = body.vertex_bone_weights.float()[..., None]
        places = body.vertex_bone_indices
        turns = (weights * self._turns[frame].reshape(-1, 9)[places]).sum(dim=1)
        shifts = (weights * self._shifts[frame][places]).sum(dim=1)
        posed: np.ndarray = (
            (turns.reshape(-1, 3, 3) @ self.rest[..., None])[..., 0] + shifts
        ).numpy()
        return posed


def act(motion: Motion, person: Person | None = None, rounds: int = ROUNDS) -> Actor:
    """A person who moves as the motion says.

    >>> actor = act(MotionLibrary.open("mocap17")["S02_T05"][:240], Person(gender=1.0))
    >>> actor.truth  # the joints of the body that is filmed, not those of the motion
    """
    person = Person() if person is None else person
    found = fit(motion, person.phenotype, rounds)
    return embody(found, motion, person)


def embody(found: Fitted, motion: Motion, person: Person) -> Actor:
    """The actor of a fit."""
    with torch.no_grad():
        heads = found.body.heads
        fingers = _relaxed_fingers(heads)
        axes = limbs(heads)
        places, turns = pose(found.angles, found.path, found.upright, heads, axes, fingers)
        xyz = joints(heads, places, turns)
        shifts = places - (turns @ heads[None, ..., None])[..., 0]
    truth = Motion(
        xyz=xyz.numpy(),
        skeleton=H36M17,
        fps=motion.fps,
        frame="world",
        placed=True,
        times=motion.times,
    )
    rest, colours = dress(person, found.body)
    return Actor(person, truth, found.errors, rest, colours, shifts, turns)


def moved(actor: Actor, yaw: float, shift: Float[np.ndarray, "2"]) -> Actor:
    """The actor somewhere else on the floor: turned about the world's z axis, then shifted."""
    turn = rotation(torch.tensor([[0.0, 0.0, yaw]]))[0]
    step = torch.tensor([*shift, 0.0], dtype=torch.float32)
    xyz = torch.tensor(actor.truth.xyz) @ turn.T + step
    return replace(
        actor,
        truth=replace(actor.truth, xyz=xyz.numpy()),
        _shifts=actor._shifts @ turn.T + step,
        _turns=turn @ actor._turns,
    )


def _relaxed_fingers(heads: Float[Tensor, "bone 3"]) -> dict[str, Float[Tensor, "3 3"]]:
    """Fingers a little more bent than at rest, about the axes they are bent about there."""
    index = bones()
    fixed: dict[str, Tensor] = {}
    for _, mark in SIDES:
        bends = []
        for finger in range(2, 6):
            a, b, c = (heads[index[f"finger{finger}-{part}.{mark}"]] for part in (1, 2, 3))
            bends.append(torch.linalg.cross(b - a, c - b))
        axis = torch.stack(bends).sum(dim=0)
        axis = axis / axis.norm()
        for finger in range(2, 6):
            for part in (1, 2, 3):
                more = 1 + 0.15 * (finger - 2)
                curl = rotation((_CURL * more * axis)[None])[0]
                fixed[f"finger{finger}-{part}.{mark}"] = curl
    return fixed
