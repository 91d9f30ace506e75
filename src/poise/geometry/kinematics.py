"""Forward kinematics: from the rotation of every joint to where all joints are."""

import numpy as np
from jaxtyping import Float

from poise.skeletons import Skeleton


def forward(
    rotations: Float[np.ndarray, "*n joint 3 3"],
    offsets: Float[np.ndarray, "*m joint 3"],
    skeleton: Skeleton,
) -> tuple[Float[np.ndarray, "*n joint 3"], Float[np.ndarray, "*n joint 3 3"]]:
    """World positions and world rotations from rotations relative to the parent.

    `offsets` are each joint's place in its parent's frame, constant or per frame; those of the
    root are its path.
    """
    world = np.empty_like(rotations)
    xyz = np.empty(rotations.shape[:-1], rotations.dtype)
    for joint in skeleton.order:
        parent = skeleton.parents[joint]
        if parent < 0:
            world[..., joint, :, :] = rotations[..., joint, :, :]
            xyz[..., joint, :] = offsets[..., joint, :]
            continue
        turn = world[..., parent, :, :]
        np.matmul(turn, rotations[..., joint, :, :], out=world[..., joint, :, :])
        arm = (turn @ offsets[..., joint, :, None])[..., 0]
        np.add(xyz[..., parent, :], arm, out=xyz[..., joint, :])
    return xyz, world


def relative(
    world: Float[np.ndarray, "*n joint 3 3"], skeleton: Skeleton
) -> Float[np.ndarray, "*n joint 3 3"]:
    """The inverse for rotations: from the world's axes to those of each joint's parent."""
    local = world.copy()
    for parent, child in skeleton.bones:
        local[..., child, :, :] = (
            np.swapaxes(world[..., parent, :, :], -1, -2) @ world[..., child, :, :]
        )
    return local
