"""How large a DSTformer is."""

from dataclasses import dataclass

from poise.errors import PoiseError
from poise.methods.naming import check_heads
from poise.nn.priors import check_skeleton
from poise.skeletons import H36M17


@dataclass(frozen=True, kw_only=True)
class Config:
    """MotionBERT's larger network by default."""

    joints: int = 17
    features: int = 3  # of each joint: x, y and the detector's confidence; 2 without
    frames: int = 243  # the longest window; shorter ones may come as well
    channels: int = 512
    depth: int = 5  # blocks of two streams
    heads: int = 8
    mlp_ratio: float = 2.0
    representation: int = 512  # numbers for each joint and frame, of which the pose is made
    drop_path: float = 0.0  # of the last block; it grows from 0 in the first
    priors: bool = False  # KTPFormer's, in place of the plain map to tokens and before time
    parents: tuple[int, ...] = H36M17.parents  # the skeleton, which only the priors know

    def __post_init__(self) -> None:
        check_heads("dstformer", self.channels, self.heads)
        if self.depth < 1:
            raise PoiseError(f"dstformer: at least one block, not {self.depth}")
        if self.priors:
            check_skeleton(self.parents, self.joints, "dstformer with priors")

    @property
    def follows(self) -> tuple[int, ...] | None:
        """The skeleton that the weights follow, if they do."""
        return self.parents if self.priors else None

    @property
    def blocks(self) -> int:
        """Of two streams each, between which the hourglass may cut."""
        return self.depth


PUBLISHED = Config()
LITE = Config(channels=256, mlp_ratio=4.0)
