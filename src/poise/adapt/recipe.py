"""Everything that decides what an adaptation gives, in one value; a checkpoint carries it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from typing import Literal

from poise.errors import PoiseError
from poise.train.recipe import Loss, Views

How = Literal["gpa", "lpa", "gpa+lpa", "poseaug"]
"""gpa: source poses where people of the target are. lpa: other poses, where source people are.
gpa+lpa: both, which is PoseDA. poseaug: PoseAug, which knows nothing of the target.
"""


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How poses are made of others, by PoseDA (LPA) or by PoseAug."""

    rate: float = 1e-3  # of the generator's Adam, and of the judges'
    passes: int = 4  # through a round's windows, of the generator
    clip: float = 1.0  # the norm of their gradients
    width: int = 256  # of the networks
    # The judge compares each pose with the one that it was made of; False: with all (LSGAN).
    anchor: bool = True
    # How LPA turns people: about the vertical, with some tilt; anyhow; not at all.
    rotation: Literal["soft_yaw", "free", "none"] = "soft_yaw"
    most_stretch: float = 0.2  # of a bone
    warmup: int = 12  # rounds before the lifter learns from what is made

    def __post_init__(self) -> None:
        if not 0 < self.rate < inf or not 0 <= self.clip < inf or self.warmup < 0:
            raise PoiseError("augmentation: rate is above 0, clip and warmup are 0 or more")
        if self.passes < 1:
            raise PoiseError("augmentation: passes are 1 or more")


@dataclass(frozen=True, kw_only=True)
class Adaptation:
    """One adaptation. The same one on the same motion and target gives the same weights."""

    how: How = "gpa+lpa"
    rounds: int = 30
    windows: int = 8192  # of source motion, filmed anew in every round
    batch: int = 256  # windows in a step
    # Of the lifter's Adam in the first round; it falls to nearly 0. PoseAug's is 1e-4, for rounds
    # of Human3.6M's 1.5 million frames.
    rate: float = 1e-3
    clip: float = 1.0  # the norm of the lifter's gradient; 0: never clipped
    # Whether aligned people are tilted too, as those of the target seem to stand before its cameras
    # (by the lifter itself, which looks again after 1, 2, 4, 8 … rounds). Not in the paper.
    tilt: bool = False
    kept: float = 0.25  # share of the aligned windows that stay as the source's camera saw them
    average: float = 0.99  # of the weights over the steps; the average is what is used. 0: none
    augmentation: Augmentation = field(default_factory=Augmentation)
    views: Views = field(default_factory=Views)  # how source motion is filmed
    loss: Loss = field(default_factory=Loss)
    patience: int = 10  # rounds without a better measure before it ends; 0: all rounds
    seed: int = 0

    def __post_init__(self) -> None:
        for wrong, words in self._wrongs():
            if wrong:
                raise PoiseError(f"adaptation: {words}")

    def _wrongs(self) -> Iterator[tuple[bool, str]]:
        yield (
            self.rounds < 1 or self.batch < 2 or self.windows < self.batch,
            "rounds are 1 or more, batch 2 or more, and windows at least a batch",
        )
        yield not 0 < self.rate < inf, "rate is above 0"
        yield not 0 <= self.clip < inf, "clip is 0 or more"
        yield not 0 <= self.kept <= 1, "kept is a share, between 0 and 1"
        yield not 0 <= self.average < 1, "average is 0 for none, else below 1"
        yield self.patience < 0 or self.seed < 0, "patience and seed are 0 or more"
        yield (
            self.rounds <= self.warmup,
            f"of {self.rounds} rounds {self.augmentation.warmup} are the generator's warm-up; "
            "more rounds, or less augmentation.warmup",
        )

    @property
    def aligns(self) -> bool:
        """Whether poses are put where people of the target are."""
        return "gpa" in self.how

    @property
    def augments(self) -> bool:
        """Whether poses are made of others."""
        return self.how != "gpa"

    @property
    def warmup(self) -> int:
        """How many rounds go by before the lifter learns."""
        return self.augmentation.warmup if self.augments else 0
