"""How large a MotionAGFormer is, and whose skeleton it knows."""

from dataclasses import dataclass

from poise.errors import PoiseError
from poise.methods.naming import check_heads
from poise.nn.priors import check_skeleton
from poise.skeletons import H36M17


@dataclass(frozen=True, kw_only=True)
class Config:
    """The published base size by default."""

    joints: int = 17
    features: int = 3  # of each joint: x, y and the detector's confidence; 2 without
    frames: int = 243
    channels: int = 128
    layers: int = 16  # of two streams
    heads: int = 8
    mlp_ratio: float = 4.0
    representation: int = 512  # numbers for each joint and frame, of which the pose is made
    neighbours: int = 2  # the most similar frames that a frame hears; it is one of them itself
    bias: bool = False  # of queries, keys and values
    drop_path: float = 0.0  # the same in all layers
    positions: float = 0.0  # how different the joints are to begin with; published: not at all
    priors: bool = False  # KTPFormer's, in place of the plain map to tokens and before the layers
    parents: tuple[int, ...] = H36M17.parents  # the skeleton, which the spatial graph follows

    def __post_init__(self) -> None:
        check_heads("motionagformer", self.channels, self.heads)
        check_skeleton(self.parents, self.joints, "motionagformer")
        check_neighbours(self.neighbours, self.frames)
        if self.layers < 1:
            raise PoiseError(f"motionagformer: at least one layer, not {self.layers}")

    @property
    def follows(self) -> tuple[int, ...]:
        """The skeleton that the weights follow, if they do."""
        return self.parents

    @property
    def blocks(self) -> int:
        """The layers, between which the hourglass may cut."""
        return self.layers


def check_neighbours(neighbours: int, frames: int) -> None:
    """Refuses more similar frames than there are frames."""
    if not 1 <= neighbours <= frames:
        raise PoiseError(
            f"motionagformer: each frame hears the {neighbours} most similar ones (neighbours), "
            f"and there are {frames} frames; at least 1, at most all of them"
        )


XSMALL = Config(layers=12, channels=64, frames=27)
SMALL = Config(layers=26, channels=64, frames=81)
BASE = Config()
LARGE = Config(layers=26)
