"""How large a D3DP is, and how many guesses it makes in how many steps."""

from dataclasses import dataclass

from poise.errors import PoiseError
from poise.methods.naming import check_heads
from poise.nn.priors import check_skeleton
from poise.skeletons import H36M17


@dataclass(frozen=True, kw_only=True)
class Config:
    """The published network of 243 frames by default, with the README's example of sampling."""

    joints: int = 17
    features: int = 2  # of each 2D joint: x and y; 3 with the detector's confidence
    frames: int = 243
    channels: int = 512
    depth: int = 8  # pairs of a spatial and a temporal block
    heads: int = 8
    mlp_ratio: float = 2.0
    drop_path: float = 0.1  # of the last pair; it grows from 0 in the first
    positions: float = 0.0  # how different places are to begin with; published: not at all
    priors: bool = False  # KTPFormer's, in place of the plain map to tokens and before time
    parents: tuple[int, ...] = H36M17.parents  # the skeleton, which only the priors know
    noise_steps: int = 1000  # from a clean pose to pure noise
    scale: float = 1.0  # of poses in metres, beside noise of 1
    # Answers cost hypotheses x steps calls of the network, twice that with the mirror image. These
    # may be changed without training anew, up to noise_steps.
    hypotheses: int = 5  # the paper's best numbers have 20, in 10 steps
    steps: int = 5
    seed: int = 0  # of the noise that hypotheses start from: the same clip, the same answer

    def __post_init__(self) -> None:
        check_heads("d3dp", self.channels, self.heads)
        if self.channels < 4 or self.channels % 2:
            raise PoiseError(
                f"d3dp: {self.channels} channels cannot tell the step, half of them by sines and "
                "half by cosines; take an even number from 4 on"
            )
        for name in ("features", "frames", "depth", "hypotheses", "noise_steps"):
            if getattr(self, name) < 1:
                raise PoiseError(f"d3dp: {name}={getattr(self, name)}; 1 is the least")
        if not 1 <= self.steps <= self.noise_steps:
            raise PoiseError(
                f"d3dp: {self.noise_steps} steps of noise can be undone in 1 to "
                f"{self.noise_steps} steps, not {self.steps}"
            )
        if not self.scale > 0:
            raise PoiseError(f"d3dp: scale={self.scale}; poses must keep a size")
        if self.priors:
            check_skeleton(self.parents, self.joints, "d3dp with priors")

    @property
    def follows(self) -> tuple[int, ...] | None:
        """The skeleton that the weights follow, if they do."""
        return self.parents if self.priors else None


PUBLISHED = Config()
# KTPFormer's paper has it so: its pair with the priors, and seven more.
PUBLISHED_PRIORS = Config(priors=True)
