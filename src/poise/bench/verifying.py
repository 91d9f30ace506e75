"""Whether a method answers a reference vector as its publisher's network did."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from poise.bench.vector_files import Vector, load_vector
from poise.errors import PoiseError
from poise.files import PathLike, naming

TOLERANCE = 1e-5  # of every number of every output; absolute, but for methods that say otherwise


@dataclass(frozen=True, kw_only=True)
class Verification:
    """How far ours is from the publisher's, on one file."""

    method: str
    file: str
    difference: float  # the greatest one; NaN where an answer holds NaN, inf for another shape
    worst: str  # the output that it is in
    unanswered: tuple[str, ...]  # outputs that the method says nothing about
    tolerance: float = TOLERANCE
    relative: bool = False  # to the greatest magnitude of each output, where that is above 1

    @property
    def passed(self) -> bool:
        """All outputs are answered, and all within tolerance."""
        return not self.unanswered and self.difference <= self.tolerance

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; a difference that is no number is null."""
        finite = self.difference if np.isfinite(self.difference) else None
        return asdict(self) | {"difference": finite, "passed": self.passed}


def verify(path: PathLike) -> Verification:
    """Run a vector file's inputs through our network of its method.

    >>> verify("mixste-f9.npz").passed
    """
    from poise.methods import described

    vector = load_vector(path)
    with naming(path):
        chosen = described(vector.method)
    if not vector.outputs:
        raise PoiseError(f"{path}: holds no outputs, so there is nothing to verify")
    with naming(path):
        try:
            given = {n: array for n, array in vector.outputs.items() if n in chosen.given_outputs}
            inputs = {**vector.inputs, **given}
            answer: Any = chosen.answer_vector  # which takes what it is a part of
            answers = answer(chosen, vector.meta, vector.state, inputs)
        except RuntimeError as error:  # torch's word for shapes that do not belong together
            raise PoiseError(f"cannot be run through {chosen.name}: {str(error)[:200]}") from error
    differences = _differences(vector, answers, chosen.relative)
    worst = max(differences, key=lambda output: _rank(differences[output]), default="")
    return Verification(
        method=chosen.name,
        file=Path(path).name,
        difference=differences.get(worst, float("inf")),
        worst=worst,
        unanswered=tuple(output for output in vector.outputs if output not in answers),
        relative=chosen.relative,
    )


def _differences(vector: Vector, answers: Any, relative: bool) -> dict[str, float]:
    """The greatest difference in each output that is answered."""
    return {
        name: _difference(np.asarray(answers[name]), wanted)
        / (magnitude(wanted) if relative else 1)
        for name, wanted in vector.outputs.items()
        if name in answers
    }


def magnitude(wanted: np.ndarray) -> float:
    """The greatest of an output, 1 at least."""
    return float(np.abs(wanted).max(initial=1.0))


def _difference(answer: np.ndarray, wanted: np.ndarray) -> float:
    if answer.shape != wanted.shape:
        return float("inf")
    return float(np.abs(answer.astype(float) - wanted.astype(float)).max(initial=0.0))


def _rank(difference: float) -> float:
    """For sorting: NaN is worse than anything."""
    return float("inf") if np.isnan(difference) else difference
