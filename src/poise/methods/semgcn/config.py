"""How large a SemGCN is, and whose skeleton it knows."""

from dataclasses import dataclass

from poise.errors import PoiseError
from poise.nn.priors import check_skeleton
from poise.skeletons import H36M16, H36M17, Skeleton


@dataclass(frozen=True, kw_only=True)
class Config:
    """The published network by default, with a joint more."""

    joints: int = 17
    features: int = 2  # of each joint: x and y; 3 with the detector's confidence
    channels: int = 128
    layers: int = 4  # pairs of graph convolutions with a way around both
    dropout: float = 0.0
    non_local: bool = False  # after each of them all joints look at all others
    parents: tuple[int, ...] = H36M17.parents  # of each joint, -1 for the root

    def __post_init__(self) -> None:
        check_skeleton(self.parents, self.joints, "semgcn")
        Skeleton("semgcn", tuple(map(str, range(self.joints))), self.parents)  # is it a tree?
        if self.layers < 0 or self.channels < 1:
            raise PoiseError("semgcn: layers are 0 or more, channels 1 or more")
        if self.non_local and self.channels % 2:
            raise PoiseError(
                f"semgcn: non-local units have half of the channels, and {self.channels} is odd"
            )

    @property
    def frames(self) -> int:
        """Each for itself."""
        return 1

    @property
    def follows(self) -> tuple[int, ...]:
        """The skeleton that the weights follow."""
        return self.parents


PUBLISHED = Config(joints=16, parents=H36M16.parents)
PUBLISHED_NON_LOCAL = Config(joints=16, parents=H36M16.parents, non_local=True)
