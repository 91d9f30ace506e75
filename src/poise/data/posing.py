"""From what a motion file holds, turns and offsets with y up, to a Body in this world, z up."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from poise.geometry.axes import Up, rotations_z_up, z_up
from poise.geometry.kinematics import forward
from poise.geometry.rotations import euler_to_quaternion, quaternion_to_matrix
from poise.motion import Body, Motion
from poise.skeletons import Skeleton

_BLOCK = 2048  # frames posed at once: their matrices stay in the processor's cache


def posed_body(
    *,
    rotations: Float[np.ndarray, "time joint 4"],
    offsets: Float[np.ndarray, "*time joint 3"],
    path: Float[np.ndarray, "time 3"],
    skeleton: Skeleton,
    fps: float,
    model: str,
    up: Up = "y",
    assumed: tuple[str, ...] = (),
) -> Body:
    """The body with its joints' places; `path` is the root's, whose offset is zero."""
    if up == "y":
        rotations, offsets, path = rotations_z_up(rotations), z_up(offsets), z_up(path)
    xyz = np.empty((*rotations.shape[:2], 3), np.float32)
    for start in range(0, len(xyz), _BLOCK):
        part = slice(start, start + _BLOCK)
        arms = offsets[part] if offsets.ndim == 3 else offsets
        places, _ = forward(quaternion_to_matrix(rotations[part]), arms, skeleton)
        xyz[part] = places + path[part, None]
    motion = Motion(
        xyz=xyz, skeleton=skeleton, fps=fps, frame="world", placed=True, assumed=assumed
    )
    return Body(
        motion=motion,
        rotations=rotations.astype(np.float32),
        offsets=offsets.astype(np.float32),
        model=model,
    )


def turns(
    angles: Float[np.ndarray, "time channel"], joints: Sequence[tuple[str, Sequence[int]]]
) -> Float[np.ndarray, "time joint 4"]:
    """Rotations from a table of angles; of each joint are given its axes and their columns.

    The axes stand as in `euler_to_matrix`: ("zyx", (5, 4, 3)) is Rz Ry Rx.
    """
    rotations = np.empty((len(angles), len(joints), 4))
    for order in {order for order, _ in joints}:  # all joints alike at once
        members = [joint for joint, (its, _) in enumerate(joints) if its == order]
        columns = np.array([joints[joint][1] for joint in members], int)
        rotations[:, members] = euler_to_quaternion(angles[:, columns], order)
    return rotations


def rate_given(given: float, said: float | None) -> list[str]:
    """What is to be told of a frame rate that stands in place of the file's own."""
    if said is not None and abs(given / said - 1) < 1e-4:
        return []
    own = "no usable one" if said is None else f"{said:g}"
    return [f"{given:g} frames per second as given, the file says {own}"]
