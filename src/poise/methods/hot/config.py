"""Which frames an hourglass keeps, from which block on, and how it comes back to all of them."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Generic, Literal, TypeVar

from poise.errors import PoiseError

Lifter = TypeVar("Lifter")  # the Config of the lifter that it goes around

Prune = Literal["cluster", "attention", "motion", "uniform"]
Recover = Literal["attention", "linear", "nearest", "none"]


@dataclass(frozen=True, kw_only=True)
class Config(Generic[Lifter]):
    """Before block `layers[i]` of the lifter (counted from 0), `tokens[i]` frames are kept.

    One cut is HoT; several, to fewer and fewer frames, are H2OT's pyramid.
    """

    lifter: Lifter
    layers: tuple[int, ...]
    tokens: tuple[int, ...]
    # Which frames stay. cluster: those that stand for many others (HoT's token pruning cluster);
    # attention: those that others attend to; motion: those in which much moves; uniform: at equal
    # distances.
    prune: Prune = "cluster"
    # attention: each frame asks those that were kept (HoT's token recovering attention). linear,
    # nearest: poses between kept frames, without a parameter. none: only the middle frame is
    # answered for, and always kept (the papers' TPC).
    recover: Recover = "attention"
    # How different the tables of places are to begin with. The published 0 makes all frames alike
    # until training tells them apart.
    positions: float = 0.0
    seed: int = 0  # of the noise that decides between frames that are as dense as each other

    def __post_init__(self) -> None:
        inside: Any = self.lifter
        blocks, frames = getattr(inside, "blocks", None), inside.frames
        if blocks is None:
            raise PoiseError(
                f"hot: a {type(inside).__module__}.Config is of no token lifter, so there is "
                "nothing that an hourglass could go around"
            )
        if not self.layers or len(self.layers) != len(self.tokens):
            raise PoiseError(
                f"hot: layers say where frames are left out and tokens how many stay, one for one; "
                f"here are {len(self.layers)} and {len(self.tokens)}"
            )
        if self.recover != "none" and getattr(inside, "middle_only", False):
            raise PoiseError(
                "hot: this lifter answers for the middle frame only, so there are no other frames "
                "to recover; set recover to none"
            )
        for layer, later in pairwise(self.layers):
            if later <= layer:
                raise PoiseError(f"hot: layers rise, as 1,3,5 do; not {later} after {layer}")
        for layer in self.layers:
            if not 1 <= layer < blocks:
                raise PoiseError(
                    f"hot: this lifter has {blocks} blocks, so frames can be left out before "
                    f"block 1 to {blocks - 1}, not {layer}"
                )
        for before, kept in pairwise((frames, *self.tokens)):
            if not 1 <= kept <= before:
                raise PoiseError(f"hot: of {before} frames {kept} cannot be kept")

    @property
    def frames(self) -> int:
        """The lifter's window."""
        return self.lifter.frames  # type: ignore[attr-defined]

    @property
    def joints(self) -> int:
        """Of the lifter."""
        return self.lifter.joints  # type: ignore[attr-defined]

    @property
    def features(self) -> int:
        """Of the lifter."""
        return self.lifter.features  # type: ignore[attr-defined]

    @property
    def follows(self) -> tuple[int, ...] | None:
        """The skeleton that the lifter's weights follow, if they do."""
        return getattr(self.lifter, "follows", None)
