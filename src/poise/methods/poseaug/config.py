"""How large PoseAug's networks are, and how far they may go."""

from dataclasses import dataclass

from poise.errors import PoiseError
from poise.skeletons import H36M16, H36M17, Skeleton

SKELETONS = {len(skeleton): skeleton for skeleton in (H36M16, H36M17)}


@dataclass(frozen=True, kw_only=True)
class Config:
    """The published augmentor by default."""

    joints: int = 16  # h36m16; or 17, h36m17
    width: int = 256
    stages: int = 2
    noise: int = 48  # normal numbers for each of the parts
    most_stretch: float = 0.2  # of a bone, as a share of its length
    # Whether poses are given another place too. PoseDA's are aligned to the target later.
    moves: bool = True

    def __post_init__(self) -> None:
        if self.joints not in SKELETONS:
            raise PoiseError(
                f"poseaug: {self.joints} joints; poses are of the 16 joints of h36m16 or of the "
                "17 of h36m17"
            )
        if min(self.width, self.noise) < 1 or self.stages < 0 or not 0 <= self.most_stretch < 1:
            raise PoiseError(
                "poseaug: width and noise are 1 or more, stages 0 or more, most_stretch a share "
                "below 1"
            )

    @property
    def skeleton(self) -> Skeleton:
        """Whose poses are augmented."""
        return SKELETONS[self.joints]


PUBLISHED = Config()
