"""The figure in torch: where all joints are, given its angles, and how each angle moves them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from poise.anatomy.figure import LIMITS, out
from poise.anatomy.pose import LIMBS, TORSO
from poise.body.turns import cross_matrix, euler, exponential, hinge, swing
from poise.skeletons import FIGURE27


@dataclass(frozen=True)
class Joint:
    """A joint that turns, and which of the figure's angles are its."""

    name: str
    kind: str
    side: str
    place: int  # in the skeleton
    angles: slice


def _joints() -> Iterator[Joint]:
    at = 0
    for place in FIGURE27.order:
        name = FIGURE27.joints[place]
        side, _, part = name.rpartition("_")
        kind = TORSO.get(name) or LIMBS.get(part)
        if kind is not None:
            yield Joint(name, kind, side or "left", place, slice(at, at + len(LIMITS[kind])))
            at += len(LIMITS[kind])


JOINTS = tuple(_joints())
ANGLES = JOINTS[-1].angles.stop
UNKNOWNS = 6 + ANGLES  # of a frame: the root's place and turn, and all angles
KINDS = tuple(joint.kind for joint in JOINTS for _ in range(ANGLES)[joint.angles])
"""The kind of joint that each angle belongs to."""
_OWNERS = [joint.place for joint in JOINTS for _ in range(ANGLES)[joint.angles]]


@dataclass(frozen=True, eq=False)
class Pose:
    """The unknowns of some frames."""

    root: Float[Tensor, "time 3"]
    facing: Float[Tensor, "time 3 3"]  # the root's rotation
    angles: Float[Tensor, "time angle"]

    def __len__(self) -> int:
        return len(self.root)

    def __getitem__(self, frames: slice) -> "Pose":
        return Pose(self.root[frames], self.facing[frames], self.angles[frames])

    def moved(self, step: Float[Tensor, "time unknown"]) -> "Pose":
        """After a step, within limits; the root's turn is about the world's axes."""
        low, high = limits().unbind(dim=1)
        return Pose(
            self.root + step[:, :3],
            exponential(step[:, 3:6]) @ self.facing,
            (self.angles + step[:, 6:]).clamp(low, high),
        )

    @staticmethod
    def joined(parts: "list[Pose]") -> "Pose":
        """One after the other."""
        names = ("root", "facing", "angles")
        return Pose(*(torch.cat([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True, eq=False)
class Posed:
    """Where the joints are, and how they are turned."""

    xyz: Float[Tensor, "time joint 3"]
    world: Float[Tensor, "time joint 3 3"]
    local: Float[Tensor, "time joint 3 3"]
    axes: Float[Tensor, "time 3 angle"]  # what each angle turns about, in the world


def stand(pose: Pose, offsets: Float[Tensor, "joint 3"]) -> Posed:
    """Forward kinematics; gradients flow through it."""
    turned, axes = _turns(pose.angles)
    local = {joint.place: turned[:, i] for i, joint in enumerate(JOINTS)}
    xyz: list[Tensor] = [pose.root] * len(FIGURE27)
    world: list[Tensor] = [pose.facing] * len(FIGURE27)
    for place in FIGURE27.order:
        parent = FIGURE27.parents[place]
        if parent >= 0:
            xyz[place] = xyz[parent] + world[parent] @ offsets[place]
            world[place] = world[parent] @ local[place] if place in local else world[parent]
    still = torch.eye(3, dtype=offsets.dtype).expand(len(pose), 3, 3)
    everywhere = torch.stack(world, dim=1)
    parents = [FIGURE27.parents[place] for place in _OWNERS]
    return Posed(
        torch.stack(xyz, dim=1),
        everywhere,
        torch.stack(
            [pose.facing, *(local.get(place, still) for place in range(1, len(FIGURE27)))], dim=1
        ),
        (everywhere[:, parents] @ axes[..., None])[..., 0].transpose(1, 2),
    )


def _turns(
    angles: Float[Tensor, "time angle"],
) -> tuple[Float[Tensor, "time turning 3 3"], Float[Tensor, "time angle 3"]]:
    """The rotations of all joints that turn, and what each angle turns about in its parent."""
    R = angles.new_zeros((len(angles), len(JOINTS), 3, 3))
    axes = angles.new_zeros((len(angles), ANGLES, 3))
    g = _families()
    R[:, g.euler], about = euler(angles[:, g.euler_angles], g.signs)
    axes[:, g.euler_angles] = about.transpose(-1, -2)
    R[:, g.hinges] = hinge(angles[:, g.hinge_angles], g.hinge_axes)
    axes[:, g.hinge_angles] = g.hinge_axes
    swung, about = swing(angles[:, g.swing_angles], g.sides)
    axes[:, g.swing_angles] = about.transpose(-1, -2)
    # An upper arm turns about itself besides.
    axes[:, g.twist_angles] = -swung[:, g.twisting, :, 0]
    x = torch.tensor([1.0, 0.0, 0.0], dtype=angles.dtype)
    twist = hinge(-angles[:, g.twist_angles], x)
    swung = swung.index_copy(1, g.twisting, swung[:, g.twisting] @ twist)
    R[:, g.swings] = swung
    return R, axes


@dataclass(frozen=True, eq=False)
class _Families:
    """Joints that turn alike: their places among `JOINTS`, and the columns of their angles."""

    euler: Tensor
    euler_angles: Tensor
    signs: Tensor
    hinges: Tensor
    hinge_angles: Tensor
    hinge_axes: Tensor
    swings: Tensor
    swing_angles: Tensor
    sides: Tensor
    twisting: Tensor  # which of the swinging joints
    twist_angles: Tensor


@cache
def _families() -> _Families:
    def among(*kinds: str) -> list[int]:
        return [i for i, joint in enumerate(JOINTS) if joint.kind in kinds]

    def columns(places: list[int], first: int, count: int) -> Tensor:
        rows = [range(ANGLES)[JOINTS[i].angles][first : first + count] for i in places]
        return torch.tensor([list(row) for row in rows])

    def numbers(rows: list[tuple[float, ...]]) -> Tensor:
        return torch.tensor(rows, dtype=torch.float64)

    side = [float(out(joint.side)) for joint in JOINTS]
    three = among("lumbar", "spine", "neck", "head", "leg", "ankle")
    legs = among("leg", "ankle")
    one, two = among("knee", "elbow"), among("clavicle", "wrist", "arm")
    arms = [i for i, place in enumerate(two) if JOINTS[place].kind == "arm"]
    knees, knee = among("knee"), (1.0, 0.0, 0.0)
    return _Families(
        euler=torch.tensor(three),
        euler_angles=columns(three, 0, 3),
        signs=numbers([(-1.0, -side[i], side[i]) if i in legs else (1.0, 1.0, 1.0) for i in three]),
        hinges=torch.tensor(one),
        hinge_angles=columns(one, 0, 1)[:, 0],
        hinge_axes=numbers([knee if i in knees else (0.0, 0.0, -side[i]) for i in one]),
        swings=torch.tensor(two),
        swing_angles=columns(two, 0, 2),
        sides=torch.tensor([side[i] for i in two], dtype=torch.float64),
        twisting=torch.tensor(arms),
        twist_angles=columns([two[i] for i in arms], 2, 1)[:, 0],
    )


def jacobian(
    posed: Posed, dtype: torch.dtype = torch.float64
) -> Float[Tensor, "time joint 3 unknown"]:
    """How far each unknown moves each joint."""
    return point_jacobian(posed, list(range(len(FIGURE27))), posed.xyz, dtype=dtype)


def point_jacobian(
    posed: Posed,
    joints: list[int],
    points: Float[Tensor, "time point 3"],
    *,
    fixed: bool = False,
    dtype: torch.dtype = torch.float64,
) -> Float[Tensor, "time point 3 unknown"]:
    """The same for any points; `fixed` ones turn with their joint, others are joints."""
    which = (_carries() if fixed else _moves())[joints].to(dtype)
    points, xyz, axes = (part.to(dtype) for part in (points, posed.xyz, posed.axes))
    J = points.new_empty((*points.shape, UNKNOWNS))
    J[..., :3] = torch.eye(3, dtype=dtype)
    J[..., 3:6] = -cross_matrix(points - xyz[:, FIGURE27.order[0], None])
    # One coordinate at a time, so that what is next to each other is in memory too.
    x, y, z = (points[:, :, None, i] - xyz[:, None, _OWNERS, i] for i in range(3))
    ax, ay, az = (axes[:, None, i] * which for i in range(3))
    J[..., 0, 6:] = ay * z - az * y
    J[..., 1, 6:] = az * x - ax * z
    J[..., 2, 6:] = ax * y - ay * x
    return J


@cache
def _moves() -> Bool[Tensor, "joint angle"]:
    """Which joints an angle moves: those that hang below its own."""
    below = torch.zeros((len(FIGURE27), ANGLES), dtype=torch.bool)
    for joint in JOINTS:
        for place in range(len(FIGURE27)):
            parent = FIGURE27.parents[place]
            while parent >= 0 and parent != joint.place:
                parent = FIGURE27.parents[parent]
            below[place, joint.angles] = parent == joint.place
    return below


@cache
def _carries() -> Bool[Tensor, "joint angle"]:
    """Which joints an angle turns: those, and its own."""
    below = _moves().clone()
    for joint in JOINTS:
        below[joint.place, joint.angles] = True
    return below


@cache
def limits() -> Float[Tensor, "angle 2"]:
    """How far each angle goes, radians."""
    return torch.from_numpy(np.concatenate([LIMITS[joint.kind] for joint in JOINTS]))
