"""How large a KTPFormer is, and whose skeleton it knows."""

from dataclasses import dataclass

from poise.methods.naming import check_heads
from poise.nn.priors import check_skeleton
from poise.skeletons import H36M17


@dataclass(frozen=True, kw_only=True)
class Config:
    """The published network of 243 frames by default."""

    joints: int = 17
    features: int = 2  # of each joint: x and y; 3 with the detector's confidence
    frames: int = 243
    channels: int = 512
    depth: int = (
        8  # pairs of blocks; the publisher counts those after the first, which has the priors
    )
    heads: int = 8
    mlp_ratio: float = 2.0
    drop_path: float = 0.1  # of the last pair; it grows from 0 in the first
    positions: float = 0.0  # how different places are to begin with; published: not at all
    parents: tuple[int, ...] = H36M17.parents  # of each joint, -1 for the root

    def __post_init__(self) -> None:
        check_heads("ktpformer", self.channels, self.heads)
        check_skeleton(self.parents, self.joints, "ktpformer")

    @property
    def follows(self) -> tuple[int, ...]:
        """The skeleton that the weights follow, if they do."""
        return self.parents

    @property
    def blocks(self) -> int:
        """Pairs, between which the hourglass may cut."""
        return self.depth


PUBLISHED = Config()
PUBLISHED_81 = Config(frames=81)
PUBLISHED_27 = Config(frames=27)
