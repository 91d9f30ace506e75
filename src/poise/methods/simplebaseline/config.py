"""How large a SimpleBaseline is."""

from dataclasses import dataclass
from typing import Literal

from poise.errors import PoiseError


@dataclass(frozen=True, kw_only=True)
class Config:
    """The published network by default, with a joint more."""

    joints_in: int = 17
    joints: int = 17
    features: int = 2  # of each joint: x and y; 3 with the detector's confidence
    width: int = 1024
    stages: int = 2
    dropout: float = 0.5
    # zero: the first joint is the root, so it is 0 and the network leaves it out (PoseAug's form).
    root: Literal["answered", "zero"] = "answered"

    def __post_init__(self) -> None:
        if self.root not in ("answered", "zero"):
            raise PoiseError(f"simplebaseline: the root is 'answered' or 'zero', not {self.root!r}")

    @property
    def frames(self) -> int:
        """Each for itself."""
        return 1


PUBLISHED = Config(joints_in=16, joints=16)
POSEAUG = Config(joints_in=16, joints=16, dropout=0.25, root="zero")
