"""How somebody walks, in the usual numbers: from where and when the feet stand."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from poise.anatomy.figure import SIDES, other
from poise.motion import Body

LEAST_STEPS = 3
_SAME_STANCE = 0.1  # seconds: heel and ball that stand so shortly after one another are one stance
_LEAST_STANCE = 0.07  # seconds: a shorter one is a slip of whoever found the contacts
_LONGEST_STEP = 1.5  # seconds from one foot's landing to the other's
_TRAVELS = 0.15  # metres: with shorter strides somebody turns or shifts about
_CARRIED = 0.4  # of a stride's length: how far it takes the pelvis at least
_HALT = 1.75  # times the usual stance: whoever stands on a foot for longer has stopped there
_PAUSE = 0.6  # times the usual stance: after so long on both feet a step has ended the walk
_CLOSING = 0.5  # of the usual length: a shorter step brings a foot beside the other one


@dataclass(frozen=True)
class Measure:
    """One number of somebody's gait, over all steps or strides."""

    mean: float
    spread: float  # standard deviation from step to step
    count: int
    left: float  # mean of those that end with the left foot's landing; NaN if there are none
    right: float

    @property
    def asymmetry(self) -> float:
        """How much longer right is than left, in percent of their mean; 0 is symmetric."""
        return 200 * (self.right - self.left) / (self.right + self.left)


@dataclass(frozen=True, kw_only=True)
class Gait:
    """Numbers of walking or running, in metres and seconds.

    >>> walk = gait(body)
    >>> walk.step_length.mean, walk.step_length.asymmetry
    """

    steps: int
    cadence: Measure  # steps per minute
    speed: Measure  # metres per second, of each stride
    step_length: Measure  # heel to heel, along the way
    step_width: Measure  # heel to heel, across; negative where the feet cross over
    step_time: Measure  # from one foot's landing to the other's
    stride_length: Measure  # from one landing of a foot to its next
    stride_time: Measure
    stance_share: Measure  # of the stride, 0 to 1


@dataclass(frozen=True)
class _Stance:
    side: str
    start: float
    stop: float
    place: Float[np.ndarray, "2"]  # of the heel on the floor
    landed: bool  # its start was seen
    left_floor: bool  # its end was seen

    @property
    def seconds(self) -> float:
        return self.stop - self.start


@dataclass(frozen=True)
class _Step:
    side: str
    length: float
    width: float
    time: float
    stride_length: float
    stride_time: float  # NaN where the stride began with a halt
    stance_share: float  # the same


def gait(body: Body) -> Gait | None:
    """The numbers of somebody's gait; None if they do not walk, `gait_or_why` says why."""
    found = gait_or_why(body)
    return found if isinstance(found, Gait) else None


def gait_or_why(body: Body) -> Gait | str:
    """The numbers of somebody's gait, or in words why there are none."""
    motion = body.motion
    if motion.frame != "world" or not motion.placed:
        return "the person's path in the world is not known"
    if not body.contacts:
        return "nothing is known about when the feet stand"
    stances = sorted(
        (one for side in SIDES for one in _stances(body, side)), key=lambda one: one.start
    )
    steps = _steps(body, stances)
    if len(steps) < LEAST_STEPS:
        found = "no step" if not steps else f"{len(steps)} step{'s' * (len(steps) > 1)}"
        return f"{found} from foot to foot that lead somewhere; gait needs {LEAST_STEPS} or more"

    def measure(value: Callable[[_Step], float]) -> Measure:
        return _measure([(step.side, value(step)) for step in steps])

    return Gait(
        steps=len(steps),
        cadence=measure(lambda step: 60 / step.time),
        speed=measure(lambda step: step.stride_length / step.stride_time),
        step_length=measure(lambda step: step.length),
        step_width=measure(lambda step: step.width),
        step_time=measure(lambda step: step.time),
        stride_length=measure(lambda step: step.stride_length),
        stride_time=measure(lambda step: step.stride_time),
        stance_share=measure(lambda step: step.stance_share),
    )


def _measure(values: Sequence[tuple[str, float]]) -> Measure:
    known = [(side, value) for side, value in values if np.isfinite(value)]

    def mean(of: Iterable[float]) -> float:
        taken = list(of)
        return float(np.mean(taken)) if taken else float("nan")

    everything = [value for _, value in known]
    return Measure(
        mean=mean(everything),
        spread=float(np.std(everything, ddof=1)) if len(everything) > 1 else float("nan"),
        count=len(everything),
        left=mean(value for side, value in known if side == "left"),
        right=mean(value for side, value in known if side == "right"),
    )


def _stances(body: Body, side: str) -> list[_Stance]:
    """When one foot stands, heel or ball, and where its heel is then."""
    spans = sorted(
        (one.start, one.stop, one.joint)
        for one in body.contacts
        if one.joint in (f"{side}_heel", f"{side}_ball")
    )
    merged: list[list[tuple[float, float, str]]] = []
    until = -np.inf
    for span in spans:
        if span[0] > until + _SAME_STANCE:
            merged.append([])
            until = -np.inf
        merged[-1].append(span)
        until = max(until, span[1])
    stances = (_stance(body, side, group) for group in merged)
    return [one for one in stances if one.seconds > _LEAST_STANCE]


def _stance(body: Body, side: str, group: list[tuple[float, float, str]]) -> _Stance:
    motion, start, last = body.motion, group[0][0], max(span[1] for span in group)
    frame = 1 / motion.fps  # a foot that stands in two successive frames stands for two frames
    heel = motion.xyz[:, motion.skeleton.index(f"{side}_heel")].astype(np.float64)
    on_heel = [span for span in group if span[2].endswith("heel")]
    times = motion.times
    if on_heel:
        down = np.any([(times >= a) & (times <= b) for a, b, _ in on_heel], axis=0)
        place = _middle(heel[down])
    else:  # on the ball alone, as in running: the heel is where it comes lowest
        during = heel[(times >= start) & (times <= last)]
        known = during[np.isfinite(during).all(axis=-1)]
        place = known[known[:, 2].argmin()] if len(known) else np.full(3, np.nan)
    return _Stance(
        side,
        start,
        last + frame,
        place[:2],
        landed=bool(start > times[0] + 1.5 * frame),
        left_floor=bool(last < times[-1] - 1.5 * frame),
    )


def _middle(path: Float[np.ndarray, "time 3"]) -> Float[np.ndarray, "3"]:
    known = path[np.isfinite(path).all(axis=-1)]
    return np.median(known, axis=0) if len(known) else np.full(3, np.nan)


def _steps(body: Body, stances: list[_Stance]) -> list[_Step]:
    """Every step from one foot to the other on the way: not the first one, nor one to a halt."""
    complete = [one.seconds for one in stances if one.landed and one.left_floor]
    usual = float(np.median(complete)) if complete else np.inf
    found = []
    for place, now in enumerate(stances):
        earlier = {one.side: one for one in stances[:place]}  # the latest of each foot
        if not now.landed or len(earlier) < len(SIDES):
            continue
        before, between = earlier[now.side], earlier[other(now.side)]
        alternate = between.landed and between.start > before.start
        goes_on = between.left_floor and between.stop - now.start < _PAUSE * usual
        if not alternate or not goes_on or between.seconds > _HALT * usual:
            continue
        time = now.start - between.start
        stride = now.place - before.place
        length = float(np.linalg.norm(stride))
        # A place that is not known is not greater than anything.
        if not (length > _TRAVELS and 0 < time < _LONGEST_STEP):
            continue
        along = stride / length
        if not _travelled(body, now.start - 2 * time, now.start, along) > _CARRIED * length:
            continue
        whole = before.landed and before.seconds <= _HALT * usual
        stride_time = now.start - before.start if whole else float("nan")
        found.append(
            _Step(
                side=now.side,
                length=float((now.place - between.place) @ along),
                width=_width(body, before, between, now, along),
                time=time,
                stride_length=length,
                stride_time=stride_time,
                stance_share=before.seconds / stride_time,
            )
        )
    return [step for step in found if step.length > _CLOSING * _usual_length(found, step.side)]


def _usual_length(steps: list[_Step], side: str) -> float:
    """Of this side, as somebody may drag one foot after the other all the time."""
    own = [step.length for step in steps if step.side == side]
    return float(np.median(own if len(own) >= LEAST_STEPS else [step.length for step in steps]))


def _travelled(body: Body, start: float, end: float, along: Float[np.ndarray, "2"]) -> float:
    """How far the pelvis goes in this direction; over a whole stride its swaying cancels."""
    times = body.motion.times
    first, last = np.searchsorted(times, [start, end - 0.5 / body.motion.fps])
    path = body.motion.root[:, :2].astype(np.float64)
    return float((path[min(last, len(path) - 1)] - path[first]) @ along)


def _width(
    body: Body, before: _Stance, between: _Stance, now: _Stance, along: Float[np.ndarray, "2"]
) -> float:
    """How far the foot between stands off the other one's line, outwards positive."""
    motion = body.motion
    during = (motion.times >= before.start) & (motion.times <= now.start)
    left, right = (motion.xyz[during, motion.skeleton.index(f"{side}_hip"), :2] for side in SIDES)
    to_left = np.array([-along[1], along[0]])
    if np.nansum((left - right) @ to_left) < 0:  # backwards
        to_left = -to_left
    aside = float((between.place - now.place) @ to_left)
    return aside if between.side == "left" else -aside
