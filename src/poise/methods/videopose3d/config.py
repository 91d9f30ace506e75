"""How large a VideoPose3D is, and what it may see."""

from dataclasses import dataclass
from math import prod
from typing import Literal

from poise.errors import PoiseError


@dataclass(frozen=True, kw_only=True)
class Config:
    """The published network of 243 frames by default."""

    joints_in: int = 17
    joints: int = 17  # 1 for the network that finds the root's path
    features: int = 2  # of each joint: x and y; 3 with the detector's confidence
    widths: tuple[int, ...] = (3, 3, 3, 3, 3)  # of the filters; the field of view is their product
    channels: int = 1024
    dropout: float = 0.25
    causal: bool = False  # the last frame of each window is answered, not the middle one
    dense: bool = False  # the paper's ablation: long filters in place of dilated ones
    # zero: the first joint is the root, so it is 0 and the network leaves it out (PoseAug's form).
    root: Literal["answered", "zero"] = "answered"

    def __post_init__(self) -> None:
        if not self.widths or any(width < 1 or width % 2 == 0 for width in self.widths):
            raise PoiseError(
                f"videopose3d: filter widths are odd numbers such as 3,3,3, not {self.widths}"
            )
        if self.root not in ("answered", "zero"):
            raise PoiseError(f"videopose3d: the root is 'answered' or 'zero', not {self.root!r}")

    @property
    def frames(self) -> int:
        """The field of view."""
        return prod(self.widths)


PUBLISHED = Config()
PUBLISHED_81 = Config(widths=(3, 3, 3, 3))
PUBLISHED_27 = Config(widths=(3, 3, 3))
POSEAUG = Config(joints_in=16, joints=16, widths=(1, 1, 1, 1, 1), root="zero")
