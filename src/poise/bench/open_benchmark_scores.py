"""What a method scores on the open benchmark: every frame of every view weighs the same."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
from jaxtyping import Float

from poise import metrics, tables
from poise.conversions import conversion
from poise.data.open_benchmark import View
from poise.errors import PoiseError
from poise.motion import Keypoints, Motion
from poise.skeletons import H36M16, H36M17, Skeleton

Prediction = Motion | Float[np.ndarray, "_ 17 3"]
"""In the camera's frame, in metres; where the pelvis is does not count.

A motion on h36m16 is scored over its 16 joints, which are not those of anybody's 17.
"""

MOST_SUBJECTS = 6  # that have columns of their own in a table

Joints = Float[np.ndarray, "time joint 3"]

SCORED = (H36M17, H36M16)
"""The joint sets that predictions may have."""

_MM = 1000
_PELVIS = H36M17.index("pelvis")
_PER_FRAME: dict[str, Callable[[Joints, Joints], float]] = {
    "mpjpe_mm": lambda p, t: _MM * metrics.mpjpe(p, t),
    "p_mpjpe_mm": lambda p, t: _MM * metrics.p_mpjpe(p, t),
    "n_mpjpe_mm": lambda p, t: _MM * metrics.n_mpjpe(p, t),
    "pck_150": lambda p, t: metrics.pck(p, t, root=_PELVIS),
    "auc": lambda p, t: metrics.auc(p, t, root=_PELVIS),
}
_COLUMNS = {
    "MPJPE": "mpjpe_mm",
    "P-MPJPE": "p_mpjpe_mm",
    "N-MPJPE": "n_mpjpe_mm",
    "MPJVE": "mpjve_mm",
    "PCK@150": "pck_150",
    "AUC": "auc",
}


@dataclass(frozen=True, kw_only=True)
class Scores:
    """One row of a table: millimetres (MPJVE: per frame, at 30 fps) and percent."""

    mpjpe_mm: float
    p_mpjpe_mm: float
    n_mpjpe_mm: float
    mpjve_mm: float
    pck_150: float
    auc: float
    subjects: dict[str, float]  # the MPJPE of each, mm
    views: int
    frames: int
    skeleton: str = H36M17.name  # whose joints were scored

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, for JSON."""
        return asdict(self)


def score(predictions: Iterable[Prediction], views: Iterable[View]) -> Scores:
    """The scores of predictions that come in the order of the views, one of them in memory."""
    tally = Tally()
    for prediction, view in zip_longest(predictions, views):
        if prediction is None or view is None:
            more, fewer = ("predictions", "views") if view is None else ("views", "predictions")
            raise PoiseError(f"there are more {more} than {fewer}, of which there are {len(tally)}")
        tally.add(prediction, view)
    return tally.scores()


def evaluate(method: Callable[[Keypoints], Prediction], views: Iterable[View]) -> Scores:
    """The scores of a method, which is given the keypoints of each view and nothing else.

    >>> print(table({"mine": evaluate(lift, views(library, NOISY))}))
    """
    tally = Tally()
    for view in views:
        tally.add(method(view.keypoints), view)
    return tally.scores()


def table(rows: dict[str, Scores]) -> str:
    """Plain text, one method a line, with the MPJPE of each subject if they are few."""
    known = [set(scores.subjects) for scores in rows.values()]
    shared = set.intersection(*known) if known else set()
    subjects = sorted(shared, key=lambda subject: (len(subject), subject))  # 2, 3, 49
    if len(subjects) > MOST_SUBJECTS:
        subjects = []
    return tables.table(
        [
            (
                name,
                *(getattr(scores, field) for field in _COLUMNS.values()),
                *(scores.subjects[subject] for subject in subjects),
                scores.frames,
            )
            for name, scores in rows.items()
        ],
        header=("", *_COLUMNS, *(f"subject {subject}" for subject in subjects), "frames"),
    )


class Tally:
    """Adds up views as they come, in constant memory."""

    def __init__(self) -> None:
        self._views = self._frames = self._pairs = 0
        self._sums = dict.fromkeys([*_PER_FRAME, "mpjve_mm"], 0.0)
        self._subjects: dict[str, tuple[float, int]] = {}  # sum of errors, frames
        self._skeleton: Skeleton | None = None

    def __len__(self) -> int:
        return self._views

    def add(self, prediction: Prediction, view: View) -> None:
        """Count one view."""
        predicted, true, skeleton = _relative(prediction, view)
        if self._skeleton is not None and skeleton != self._skeleton:
            raise PoiseError(
                f"view {view.id}: the prediction is on {skeleton.name}, those before are on "
                f"{self._skeleton.name}; one score is of one joint set"
            )
        self._skeleton = skeleton
        frames, pairs = len(true), len(true) - 1
        means = {name: metric(predicted, true) for name, metric in _PER_FRAME.items()}
        for name, mean in means.items():
            self._sums[name] += mean * frames
        if pairs:
            self._sums["mpjve_mm"] += _MM * metrics.mpjve(predicted, true) * pairs
        if view.subject is not None:
            total, count = self._subjects.get(str(view.subject), (0.0, 0))
            self._subjects[str(view.subject)] = (total + means["mpjpe_mm"] * frames, count + frames)
        self._views, self._frames, self._pairs = (
            self._views + 1,
            self._frames + frames,
            self._pairs + pairs,
        )

    def scores(self) -> Scores:
        """The averages over all that was counted."""
        if not self._pairs or self._skeleton is None:
            raise PoiseError("no views were scored: there is nothing to average")
        counts = dict.fromkeys(_PER_FRAME, self._frames) | {"mpjve_mm": self._pairs}
        return Scores(
            **{name: total / counts[name] for name, total in self._sums.items()},
            subjects={name: total / count for name, (total, count) in self._subjects.items()},
            views=self._views,
            frames=self._frames,
            skeleton=self._skeleton.name,
        )


def true_joints(view: View, skeleton: Skeleton = H36M17) -> Joints:
    """Where the joints of a labelled view are, all 17 or those of h36m16."""
    if view.target is None:
        raise PoiseError(f"view {view.id} is unlabelled: nothing can be scored on it")
    if skeleton.joints == H36M17.joints:
        return view.target.xyz
    return conversion(H36M17, skeleton).points(view.target.xyz)


def _relative(prediction: Prediction, view: View) -> tuple[Joints, Joints, Skeleton]:
    """Predicted and true joints with the pelvis at the origin, if the two can be compared."""
    skeleton = H36M17
    if isinstance(prediction, Motion):
        known = [one for one in SCORED if one.joints == prediction.skeleton.joints]
        if not known or prediction.frame != "camera":
            raise PoiseError(
                f"view {view.id}: the prediction is {prediction!r}; it must be on h36m17 or "
                "h36m16, in the camera's frame"
            )
        (skeleton,), prediction = known, prediction.xyz
    true = true_joints(view, skeleton)
    predicted = np.asarray(prediction, dtype=np.float64)
    if predicted.shape != true.shape:
        raise PoiseError(
            f"view {view.id}: the prediction has shape {predicted.shape}, the view {true.shape}"
        )
    return predicted - predicted[:, :1], true - true[:, :1], skeleton
