"""How large a ConvFormer is."""

from dataclasses import dataclass

from poise.errors import PoiseError
from poise.methods.naming import check_heads
from poise.nn.priors import check_skeleton
from poise.skeletons import H36M17


@dataclass(frozen=True, kw_only=True)
class Config:
    """The published network of 243 frames by default."""

    joints: int = 17
    features: int = 2  # of each joint: x and y; 3 with the detector's confidence
    frames: int = 243
    channels: int = 32  # of a joint; the temporal blocks see those of all joints side by side
    heads: int = 8
    spatial_depth: int = 2
    temporal_depth: int = 2
    kernels: tuple[int, ...] = (7, 7, 7)  # one convolution each, whose mean is learned
    mlp_ratio: float = 2.0  # the paper does not say; its parameter counts allow no other
    drop_path: float = 0.2  # of the last block of each stage; it grows from 0 in the first
    dropout: float = 0.2  # of the queries, keys and values
    # How different joints and frames are to begin with; the published 0 leaves it to training.
    positions: float = 0.0
    priors: bool = False  # KTPFormer's, in place of the plain map to tokens and before time
    parents: tuple[int, ...] = H36M17.parents  # the skeleton, which only the priors know

    def __post_init__(self) -> None:
        # Heads that share a joint's channels share those of all joints, too.
        check_heads("convformer", self.channels, self.heads)
        if not self.kernels or any(width < 1 or width % 2 == 0 for width in self.kernels):
            told = ",".join(map(str, self.kernels)) or "none"
            raise PoiseError(
                f"convformer: kernels are odd numbers such as 7,7,7, not {told}: each has a middle"
            )
        if self.spatial_depth < 1 or self.temporal_depth < 1:
            raise PoiseError(
                "convformer: at least one spatial and one temporal block, not "
                f"{self.spatial_depth} and {self.temporal_depth}"
            )
        if self.priors:
            check_skeleton(self.parents, self.joints, "convformer with priors")

    @property
    def middle_only(self) -> bool:
        """Its head answers for the middle frame, so an hourglass around it can do no more."""
        return True

    @property
    def follows(self) -> tuple[int, ...] | None:
        """The skeleton that the weights follow, if they do."""
        return self.parents if self.priors else None

    @property
    def blocks(self) -> int:
        """The spatial blocks, then the temporal ones: the hourglass may cut between any two."""
        return self.spatial_depth + self.temporal_depth


PUBLISHED = Config()
PUBLISHED_143 = Config(frames=143)
PUBLISHED_81 = Config(frames=81)
PUBLISHED_27 = Config(frames=27)
PUBLISHED_9 = Config(frames=9)
