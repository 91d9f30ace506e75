"""How large an MHFormer is, and for which frames it answers."""

from dataclasses import dataclass
from typing import Literal

from poise.errors import PoiseError
from poise.methods.naming import check_heads
from poise.nn.priors import check_skeleton
from poise.skeletons import H36M17


@dataclass(frozen=True, kw_only=True)
class Config:
    """The published network of 351 frames by default."""

    joints: int = 17
    features: int = 2  # of each joint: x and y; more with the detector's confidence or depths
    frames: int = 351
    channels: int = 512  # of each of the three hypotheses
    hidden: int = 1024  # between the layers that see all three
    heads: int = 8
    # Of the blocks that make the hypotheses, whose channels are the frames.
    spatial_heads: int = 9
    layers: int = 3  # all but the last refine each hypothesis by itself
    dropout: float = 0.1
    drop_path: float = 0.2  # of the last layer; it grows from 0 in the first
    positions: float = 0.0  # how different places are to begin with; published: not at all
    # It learns from every frame of the window; its published results are the middle frame's.
    answers: Literal["middle frame", "every frame"] = "middle frame"
    priors: bool = False  # KTPFormer's, on the keypoints and before time
    parents: tuple[int, ...] = H36M17.parents  # the skeleton, which only the priors know

    def __post_init__(self) -> None:
        check_heads("mhformer", self.channels, self.heads)
        if self.spatial_heads < 1 or self.frames < 1 or self.frames % self.spatial_heads:
            raise PoiseError(
                f"mhformer: {self.frames} frames cannot be shared by {self.spatial_heads} spatial "
                "heads: the frames are the channels of its first blocks"
            )
        if self.layers < 1:
            raise PoiseError(f"mhformer: at least one layer, not {self.layers}")
        if self.answers not in ("middle frame", "every frame"):
            raise PoiseError(
                f"mhformer answers for the 'middle frame' or 'every frame', not {self.answers!r}"
            )
        if self.priors:
            check_skeleton(self.parents, self.joints, "mhformer with priors")

    @property
    def follows(self) -> tuple[int, ...] | None:
        """The skeleton that the weights follow, if they do."""
        return self.parents if self.priors else None

    @property
    def blocks(self) -> int:
        """The layers, between which the hourglass may cut."""
        return self.layers


PUBLISHED = Config()
PUBLISHED_243 = Config(frames=243)
PUBLISHED_81 = Config(frames=81)
PUBLISHED_27 = Config(frames=27)
