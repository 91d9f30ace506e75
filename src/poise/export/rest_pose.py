"""The same motion on a rig that rests otherwise: arms straight out (T), or half-way down (A).

>>> relaxed = in_rest_pose(body, "A")
"""

from dataclasses import replace
from typing import Literal

import numpy as np

from poise.errors import PoiseError
from poise.export.figure_roles import figure_roles
from poise.geometry.rotations import (
    about,
    conjugate,
    matrix_to_quaternion,
    multiply,
    quaternion_to_matrix,
)
from poise.motion import Body

RestPose = Literal["T", "A"]

_ARMS_DOWN = {"T": 0.0, "A": np.pi / 4}


def in_rest_pose(body: Body, rest: RestPose) -> Body:
    """The body with other axes in its arms; every joint stands where it stood.

    The rest pose still has all rotations at identity: it is the offsets that turn.
    """
    if rest not in _ARMS_DOWN:
        raise PoiseError(f"the rest pose is 'T' or 'A', not {rest!r}")
    skeleton = body.motion.skeleton
    offsets = body.offsets if body.offsets.ndim == 2 else np.median(body.offsets, axis=0)
    roles = figure_roles(skeleton, offsets.astype(np.float64))
    if roles is None:
        raise PoiseError(
            f"skeleton {skeleton.name} is not the figure's tree of joints, so its arms are not "
            "known; it keeps its own rest pose"
        )
    turns = np.tile([1.0, 0, 0, 0], (len(skeleton), 1))  # of each joint's axes, in the rest pose
    for side, outward in (("left", 1.0), ("right", -1.0)):
        shoulder, elbow = roles[f"{side}_shoulder"], roles[f"{side}_elbow"]
        arm = offsets[elbow].astype(np.float64)
        down = np.arctan2(-arm[2], outward * arm[0])
        turn = about("y", np.array(outward * (_ARMS_DOWN[rest] - down)))
        turns[_below(shoulder, skeleton.parents)] = matrix_to_quaternion(turn)
    if np.abs(turns[:, 1:]).max() < 1e-6:
        return body
    return _with_axes(body, turns)


def _with_axes(body: Body, turns: np.ndarray) -> Body:
    """The body whose joints' axes in the rest pose are turned by these."""
    parents = list(body.motion.skeleton.parents)
    of_parent = np.where(np.array(parents)[:, None] < 0, [1.0, 0, 0, 0], turns[parents])
    # A world rotation R becomes R T', so that R T' (T offset) is where the joint stood.
    rotations = body.rotations.astype(np.float64)
    before = np.broadcast_to(of_parent, rotations.shape)
    after = np.broadcast_to(conjugate(turns), rotations.shape)
    rotations = multiply(multiply(before, rotations), after)
    offsets = np.einsum("jab,...jb->...ja", quaternion_to_matrix(of_parent), body.offsets)
    sigma = body.rotation_sigma
    if sigma is not None:  # the joint's own axes turn: their variances mix
        shares = quaternion_to_matrix(turns) ** 2
        sigma = np.sqrt(np.einsum("jab,tjb->tja", shares, sigma.astype(np.float64) ** 2))
        sigma = sigma.astype(body.rotation_sigma.dtype)  # type: ignore[union-attr]
    return replace(
        body,
        rotations=rotations.astype(body.rotations.dtype),
        offsets=offsets.astype(body.offsets.dtype),
        rotation_sigma=sigma,
    )


def _below(top: int, parents: tuple[int, ...]) -> list[int]:
    """A joint and all that hangs on it."""
    found = [top]
    for joint in found:  # grows while we walk it
        found += [child for child, parent in enumerate(parents) if parent == joint]
    return found
