"""How large a MixSTE is."""

from dataclasses import dataclass

from poise.errors import PoiseError


@dataclass(frozen=True, kw_only=True)
class Config:
    """The published network of 243 frames by default."""

    joints: int = 17
    features: int = 2  # of each joint: x and y; 3 with the detector's confidence
    frames: int = 243
    channels: int = 512
    depth: int = 8  # pairs of a spatial and a temporal block
    heads: int = 8
    mlp_ratio: float = 2.0
    drop_path: float = 0.1  # of the last pair; it grows from 0 in the first
    # How different the joints are to begin with. The published 0 leaves it to training to tell
    # them apart by more than where they are, which takes a small network thousands of steps.
    positions: float = 0.0

    def __post_init__(self) -> None:
        if self.channels % self.heads:
            raise PoiseError(
                f"mixste: {self.channels} channels cannot be shared by {self.heads} heads"
            )


PUBLISHED = Config()
PUBLISHED_81 = Config(frames=81)
PUBLISHED_27 = Config(frames=27)
