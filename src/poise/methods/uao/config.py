"""How large a GUMLP is, and whose joints it knows."""

from dataclasses import dataclass

from poise.errors import PoiseError
from poise.nn.priors import check_skeleton
from poise.skeletons import H36M17


@dataclass(frozen=True, kw_only=True)
class Config:
    """The published network by default."""

    joints: int = 17
    features: int = 2  # of each joint: x and y; more with the detector's confidence
    width: int = 512  # of each joint; the published code runs with no other
    layers: int = 3
    dropout: float = 0.1  # within a joint
    joint_dropout: float = 0.05  # between the joints
    drop_path: float = 0.2  # of the last layer; it grows from 0 in the first
    parents: tuple[int, ...] = H36M17.parents
    mirror: tuple[int, ...] = H36M17.mirror  # each joint's other side, as Skeleton.mirror has it

    def __post_init__(self) -> None:
        if self.width < 8 or self.width % 8:
            raise PoiseError(
                f"uao: a width of {self.width} has no eighth, which its first layer has; "
                "take a multiple of 8"
            )
        if self.layers < 1:
            raise PoiseError(f"uao: at least one layer, not {self.layers}")
        check_skeleton(self.parents, self.joints, "uao")
        if len(self.mirror) != self.joints or not all(
            0 <= other < self.joints and self.mirror[other] == joint
            for joint, other in enumerate(self.mirror)
        ):
            raise PoiseError(
                f"uao: mirror does not pair {self.joints} joints with their other sides; say "
                "whose they are (mirror=SKELETON.mirror)"
            )

    @property
    def frames(self) -> int:
        """Each for itself."""
        return 1

    @property
    def follows(self) -> tuple[int, ...]:
        """The skeleton that the weights follow."""
        return self.parents


PUBLISHED = Config()
