"""The bones once more, now that poses are known: those that bring joints nearest to the evidence.

Lengths taken between noisy joints come out too long, and the figure's shoulders and neck are
nobody's. With all rotations known, joints are linear in the bones, so one small least squares over
all frames finds them; how much people differ from one another keeps it from following noise.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from poise.anatomy.figure import SIDES
from poise.body.evidence import Evidence
from poise.body.figure_model import Pose, stand
from poise.skeletons import FIGURE27

_X, _Y, _Z = np.eye(3)

# Which bones may change, along what (of the left side; the right one is its mirror image), and how
# much of that is expected, m.
_FREE: tuple[tuple[tuple[str, ...], Float[np.ndarray, "3"], float], ...] = (
    (("knee",), _Z, 0.02),
    (("ankle",), _Z, 0.02),
    (("hip",), _X, 0.02),
    (("hip",), _Z, 0.01),
    (("elbow",), _X, 0.02),
    (("wrist",), _X, 0.02),
    (("shoulder",), _X, 0.02),
    (("shoulder",), _Y, 0.015),
    (("shoulder",), _Z, 0.02),
    (("lumbar", "spine"), _Y, 0.01),
    (("lumbar", "spine"), _Z, 0.01),
    (("thorax",), _Y, 0.015),
    (("thorax",), _Z, 0.02),
    (("skull",), _Y, 0.015),
    (("skull",), _Z, 0.015),
    (("nose",), _Y, 0.02),
    (("nose",), _Z, 0.02),
    (("head",), _Y, 0.02),
    (("head",), _Z, 0.02),
)
_FRAMES = 200  # that are looked at, evenly spread
_ALIKE = 25.0  # errors stay alike over many frames, so that each of them tells little


def fitted(
    pose: Pose, offsets: Float[Tensor, "joint 3"], evidence: Evidence
) -> Float[Tensor, "joint 3"]:
    """Offsets that suit the evidence better, the same on both sides."""
    some = slice(None, None, max(1, len(pose) // _FRAMES))
    world, e = stand(pose[some], offsets), evidence[some]
    changes = _changes()  # (free, joint, 3)
    moved = torch.zeros((len(e), len(changes), len(FIGURE27), 3), dtype=offsets.dtype)
    for place in FIGURE27.order[1:]:
        parent = FIGURE27.parents[place]
        turned = torch.einsum("tij,fj->tfi", world.world[:, parent], changes[:, place])
        moved[:, :, place] = moved[:, :, parent] + turned
    design = moved[:, :, list(e.joints)]
    off = world.xyz[:, list(e.joints)] - world.xyz[:, :1] - e.places
    weight = e.weight / _ALIKE
    information = torch.einsum("tfji,tj,tgji->fg", design, weight, design)
    pull = torch.einsum("tfji,tj,tji->f", design, weight, off)
    spread = torch.tensor([sigma for *_, sigma in _FREE], dtype=offsets.dtype)
    step = torch.linalg.solve(information + torch.diag(spread**-2), -pull)
    return offsets + torch.einsum("f,fji->ji", step, changes)


def _changes() -> Float[Tensor, "free joint 3"]:
    """How the offsets change with each free number."""
    table = np.zeros((len(_FREE), len(FIGURE27), 3))
    for row, (parts, axis, _) in enumerate(_FREE):
        for part in parts:
            if part in FIGURE27.joints:
                table[row, FIGURE27.index(part)] = axis
                continue
            for side, mirror in zip(SIDES, ((1, 1, 1), (-1, 1, 1)), strict=True):
                table[row, FIGURE27.index(f"{side}_{part}")] = axis * np.array(mirror)
    return torch.from_numpy(table)
