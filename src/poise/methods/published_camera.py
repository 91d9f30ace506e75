"""The camera of Human3.6M's lifters: on a screen from -1 to 1 across, with its lens distortion.

VideoPose3D brought it, and those after it learn and optimise through it.
"""

import torch
from jaxtyping import Float
from torch import Tensor

Cameras = Float[Tensor, "batch 9"]
"""fx, fy, cx, cy on a screen from -1 to 1 across; k1, k2, k3; p1, p2."""


def project(
    points: Float[Tensor, "batch time joint 3"], cameras: Cameras, linear: bool = False
) -> Float[Tensor, "batch time joint 2"]:
    """Points in camera space on the screen; `linear` leaves the lens distortion out."""
    focal, centre, radial, tangential = cameras[:, None, None].split((2, 2, 3, 2), dim=-1)
    seen = (points[..., :2] / points[..., 2:]).clamp(-1, 1)  # keeps wild predictions in bounds
    if linear:
        return focal * seen + centre
    square = (seen * seen).sum(-1, keepdim=True)
    powers = torch.cat([square, square**2, square**3], dim=-1)
    stretch = 1 + (radial * powers).sum(-1, keepdim=True)
    # Human3.6M's own convention: p1 goes with x and p2 with y.
    shift = (tangential * seen).sum(-1, keepdim=True)
    return focal * (seen * (stretch + shift) + tangential * square) + centre
