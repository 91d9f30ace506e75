"""How sure the solved body is: the covariance of each frame's unknowns, carried to its joints."""

import math
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from poise.body.evidence import Evidence
from poise.body.figure_model import JOINTS, Pose, jacobian, stand
from poise.body.terms import calmness, equations
from poise.refine.penalised import ORDER
from poise.skeletons import FIGURE27

# What comes from pixels errs alike in all joints and rays of a frame: they tell as much as a sixth
# of so many would. Measured on the six rendered clips, where the solve would be twice too sure.
_ALIKE = 6.0
_UNTOLD = math.pi / 2  # rad: how a forearm is turned about itself, or somebody whom nobody sees


def spread(
    pose: Pose, offsets: Float[Tensor, "joint 3"], evidence: Evidence
) -> tuple[Float[Tensor, "time joint"], Float[Tensor, "time joint 3"]]:
    """Standard deviations of places (m, seen from the root) and rotations (rad, own axes).

    Of every frame by itself: a lifter errs alike in frames that follow one another, so neighbours
    make nothing surer. That standing feet stand says nothing of the pose they were seen in.
    """
    posed = stand(pose, offsets)
    none = (torch.zeros((0, ORDER + 1), dtype=pose.root.dtype), calmness()[None, :].expand(0, -1))
    # Whom nobody saw may be anyhow, but is a person, and turned by no more than that.
    alone = replace(evidence, locked=False, floor=0.0, seen=torch.ones_like(evidence.seen))
    if alone.sight is not None:
        sight = replace(alone.sight, weight=alone.sight.weight / _ALIKE)
        alone = replace(alone, weight=alone.weight / _ALIKE, sight=sight)
    # Unknown is also where the root is; as all is told from there, it counts as known.
    information = equations(pose, posed, alone, none).own[:, 3:, 3:]
    information.diagonal(dim1=1, dim2=2)[:, :3] += _UNTOLD**-2
    covariance = torch.linalg.inv(information)
    J = jacobian(posed)[..., 3:]
    places = torch.einsum("tjik,tkl,tjil->tj", J, covariance, J) / 3
    turns = torch.zeros((len(pose), len(FIGURE27), 3), dtype=pose.root.dtype)
    root = posed.world[:, 0].transpose(1, 2)
    turns[:, 0] = _variance(root, covariance[:, :3, :3])
    for joint in JOINTS:
        own = slice(3 + joint.angles.start, 3 + joint.angles.stop)
        axes = posed.world[:, joint.place].transpose(1, 2) @ posed.axes[:, :, joint.angles]
        turns[:, joint.place] = _variance(axes, covariance[:, own, own])
        if joint.kind == "elbow":
            turns[:, joint.place, 0] = _UNTOLD**2
    return places.clamp(min=0).sqrt(), turns.clamp(min=0).sqrt()


def _variance(
    axes: Float[Tensor, "time 3 k"], covariance: Float[Tensor, "time k k"]
) -> Float[Tensor, "time 3"]:
    return torch.einsum("tik,tkl,til->ti", axes, covariance, axes)
