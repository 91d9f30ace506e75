"""How large a MixSTE is."""

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
    depth: int = 8  # pairs of a spatial and a temporal block
    heads: int = 8
    mlp_ratio: float = 2.0
    drop_path: float = 0.1  # of the last pair; it grows from 0 in the first
    # How different the joints are to begin with. The published 0 leaves it to training to tell
    # them apart by more than where they are, which takes a small network thousands of steps.
    positions: float = 0.0
    priors: bool = False  # KTPFormer's, in place of the plain map to tokens and before time
    parents: tuple[int, ...] = H36M17.parents  # the skeleton, which only the priors know

    def __post_init__(self) -> None:
        check_heads("mixste", self.channels, self.heads)
        if self.priors:
            check_skeleton(self.parents, self.joints, "mixste with priors")

    @property
    def follows(self) -> tuple[int, ...] | None:
        """The skeleton that the weights follow, if they do."""
        return self.parents if self.priors else None

    @property
    def blocks(self) -> int:
        """Pairs, between which the hourglass may cut."""
        return self.depth


PUBLISHED = Config()
PUBLISHED_81 = Config(frames=81)
PUBLISHED_27 = Config(frames=27)
