"""Figures in poses that are told as turns of single joints, for tests of angles."""

from collections.abc import Mapping

import numpy as np
from scipy.spatial.transform import Rotation

from poise.anatomy.figure import Proportions
from poise.motion import Body, Contact, Motion
from poise.skeletons import FIGURE27

Turns = Mapping[str, np.ndarray | Rotation]


def posed(
    turns: Turns,
    *,
    frames: int = 1,
    fps: float = 30.0,
    root: np.ndarray | None = None,
    sigma: np.ndarray | None = None,
    contacts: tuple[Contact, ...] = (),
) -> Body:
    """A typical adult; `turns` are SciPy rotations by joint, or degrees about x, then y, then z."""
    rotations = np.zeros((frames, len(FIGURE27), 4))
    rotations[..., 0] = 1
    for joint, turn in turns.items():
        if not isinstance(turn, Rotation):
            turn = Rotation.from_euler("XYZ", turn, degrees=True)
        rotations[:, FIGURE27.index(joint)] = turn.as_quat(scalar_first=True)
    offsets = Proportions().offsets()
    body = Body(
        motion=Motion(
            xyz=np.zeros((frames, len(FIGURE27), 3)),
            skeleton=FIGURE27,
            fps=fps,
            frame="world",
            placed=True,
        ),
        rotations=rotations,
        offsets=offsets,
        model="figure",
    )
    xyz, _ = body.pose()
    xyz += (np.array([0, 0, 0.94]) if root is None else root).reshape(-1, 1, 3)
    motion = Motion(xyz=xyz, skeleton=FIGURE27, fps=fps, frame="world", placed=True)
    return Body(
        motion=motion,
        rotations=rotations,
        offsets=offsets,
        model="figure",
        rotation_sigma=sigma,
        contacts=contacts,
    )
