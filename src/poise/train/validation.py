"""How well the weights do on people who are not trained on, by subject."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from poise.bench.open_benchmark_scores import Scores, evaluate
from poise.data import MotionLibrary
from poise.data.open_benchmark import GT, NOISY, View, views
from poise.errors import PoiseError
from poise.lifting.engine import Engine
from poise.lifting.trained import TrainedLifter
from poise.train.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Found:
    """The scores of one validation, over the joints that the lifter gives."""

    exact: Scores
    noisy: Scores

    @property
    def mpjpe_mm(self) -> float:
        """What the best weights are chosen by: exact and noisy 2D alike."""
        return (self.exact.mpjpe_mm + self.noisy.mpjpe_mm) / 2

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for the log and the file."""
        return {"validation_mpjpe_mm": self.mpjpe_mm, "validation": asdict(self)}


class Validation:
    """The views of the validation split, filmed once by the first kind of the recipe's cameras."""

    def __init__(self, recipe: Recipe[Any], library: MotionLibrary) -> None:
        if not any(clip.split == "val" for clip in library):
            raise PoiseError(
                "no clip is in the split 'val', so there is nothing to choose the best weights "
                "by; give some subjects to it (library.with_splits), or train with validate=0"
            )
        self._exact, self._noisy = (
            _views(library, recipe.views.cameras[0], level) for level in (GT.level, NOISY.level)
        )

    def score(self, lifter: TrainedLifter) -> Found:
        """The scores of these weights, without the mirror: it costs as much again."""
        engine = Engine(lifter, flip=False)
        return Found(exact=evaluate(engine, self._exact), noisy=evaluate(engine, self._noisy))


def _views(library: MotionLibrary, kind: str, level: float | None) -> list[View]:
    return list(views(library, replace(GT, split="val", kind=kind, level=level)))
