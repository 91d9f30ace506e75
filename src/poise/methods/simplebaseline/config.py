"""How large a SimpleBaseline is."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Config:
    """The published network by default, with a joint more."""

    joints_in: int = 17
    joints: int = 17
    features: int = 2  # of each joint: x and y; 3 with the detector's confidence
    width: int = 1024
    stages: int = 2
    dropout: float = 0.5

    @property
    def frames(self) -> int:
        """Each for itself."""
        return 1


PUBLISHED = Config(joints_in=16, joints=16)
