"""The score of a performance: keys in time for every channel, and where the feet stand.

Actions write keys; `sample` turns them into smooth curves. A curve never leaves the range of its
keys, so keys inside the joint limits give angles inside the joint limits.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d

Curve = Float[np.ndarray, "time k"]
Series = Float[np.ndarray, " time"]
Track = tuple[Curve, Series, Series]
"""A foot over time: its place, its heading, and 1 while it stands, 0 while it steps."""

# Channels and their values where nobody writes: angles in degrees, as `figure.LIMITS_DEG` has them.
DEFAULTS: dict[str, tuple[float, ...]] = {
    "root": (0, 0, 1),  # the pelvis, metres
    "turn": (0, 0, 0, 0),  # of the pelvis: heading, pitch, roll, spin about its own long axis
    "lumbar": (0, 0, 0),
    "spine": (0, 0, 0),
    "upper_lumbar": (0, 0, 0),  # what an action of the upper body adds
    "upper_spine": (0, 0, 0),
    "neck": (0, 0, 0),
    "head": (0, 0, 0),
    "rest": (0,),  # 1: the pelvis sinks or rises until the body lies on the floor
}
for _side in ("left", "right"):
    DEFAULTS |= {
        f"{_side}_clavicle": (0, 0),
        f"{_side}_arm": (-80, 0, 0),
        f"{_side}_elbow": (10,),
        f"{_side}_wrist": (0, 0),
        f"{_side}_leg": (0, 3, 3),
        f"{_side}_knee": (5,),
        f"{_side}_ankle": (0,),
        f"{_side}_plant": (1,),  # 1: the foot goes where its track says, 0: where the angles say
        f"{_side}_roll": (0,),  # of the foot: heel up positive, toes up negative
        f"{_side}_grip": (0,),  # 1: the hand stays at its hold, 0: where the angles say
        f"{_side}_hold": (0, 0, 0),  # the hand's place in the world
    }

_SHARP = ("plant", "grip", "hold", "rest", "roll")  # exact where they are held; not smoothed


@dataclass(frozen=True)
class Footing:
    """Where a flat foot stands: the point of the floor under the ankle, and its heading."""

    place: Float[np.ndarray, "3"]
    heading: float


@dataclass(frozen=True)
class Step:
    """A foot's way from one footing to the next."""

    start: float
    end: float
    to: Footing
    lift: float  # how high the foot goes above the straight line, metres


class Score:
    """What a figure does, from time 0 on."""

    def __init__(self, left: Footing, right: Footing) -> None:
        self.keys: dict[str, list[tuple[float, tuple[float, ...]]]] = defaultdict(list)
        self.first = {"left": left, "right": right}
        self.steps: dict[str, list[Step]] = {"left": [], "right": []}
        self.labels: list[tuple[float, float, str]] = []  # from, to, what is done

    def key(self, time: float, **values: Sequence[float]) -> None:
        """Channels take these values at this time."""
        for channel, value in values.items():
            if len(value) != len(DEFAULTS[channel]):
                raise ValueError(f"channel {channel} has {len(DEFAULTS[channel])} values")
            self.keys[channel].append((time, tuple(map(float, value))))

    def step(self, side: str, step: Step) -> None:
        """The foot leaves its footing and takes another; steps of a foot follow each other."""
        before = self.steps[side]
        if step.end <= step.start or (before and step.start < before[-1].end - 1e-9):
            raise ValueError(
                f"a {side} step at {step.start:.2f} s begins before the last has ended"
            )
        before.append(step)

    def footing(self, side: str) -> Footing:
        """Where the foot stands after all steps so far."""
        return self.steps[side][-1].to if self.steps[side] else self.first[side]

    def last(self, channel: str) -> tuple[float, ...]:
        """The latest key of a channel."""
        keys = self.keys[channel]
        return max(keys, key=lambda key: key[0])[1] if keys else DEFAULTS[channel]

    def curve(self, channel: str, part: int) -> tuple[list[float], list[float]]:
        """Times and values of the keys of one part of a channel, in order of time."""
        keys = sorted(self.keys[channel], key=lambda key: key[0])
        return [time for time, _ in keys], [value[part] for _, value in keys]

    def sample(self, times: Series, smooth: float = 0.05) -> dict[str, Curve]:
        """All channels over time, smoothed by a Gaussian of `smooth` seconds."""
        rate = 1 / (times[1] - times[0])
        curves = {}
        for channel, default in DEFAULTS.items():
            keys = self.keys.get(channel)
            if not keys:
                curves[channel] = np.tile(np.array(default, np.float64), (len(times), 1))
                continue
            curve = _interpolate(dict(sorted(keys, key=lambda key: key[0])), times)
            if not channel.endswith(_SHARP):
                curve = gaussian_filter1d(curve, smooth * rate, axis=0, mode="nearest")
            curves[channel] = curve
        return curves

    def feet(self, side: str, times: Series) -> Track:
        """The track of a foot."""
        now = self.first[side]
        place = np.tile(now.place, (len(times), 1))
        heading = np.full(len(times), now.heading)
        stands = np.ones(len(times))
        for step in self.steps[side]:
            progress = np.clip((times - step.start) / (step.end - step.start), 0, 1)
            eased = progress**3 * (10 - 15 * progress + 6 * progress**2)  # minimum jerk
            moving = (progress > 0) & (progress < 1)
            after = progress > 0
            rise = step.lift * np.sin(np.pi * progress) ** 2
            way = now.place + eased[:, None] * (step.to.place - now.place)
            way[:, 2] += rise
            place = np.where(after[:, None], way, place)
            turn = (step.to.heading - now.heading + np.pi) % (2 * np.pi) - np.pi
            heading = np.where(after, now.heading + eased * turn, heading)
            now = Footing(step.to.place, now.heading + turn)
            stands = np.where(moving, 0.0, stands)
        return place, heading, stands


def _interpolate(keys: dict[float, tuple[float, ...]], times: Series) -> Curve:
    when = np.array(list(keys))
    values = np.array(list(keys.values()))
    apart = np.concatenate([[True], np.diff(when) > 1e-3])  # of keys at one time the first counts
    when, values = when[apart], values[apart]
    if len(when) == 1:
        return np.tile(values, (len(times), 1))
    return PchipInterpolator(when, values)(np.clip(times, when[0], when[-1]))


def spans(flags: Bool[np.ndarray, " time"]) -> Iterator[tuple[int, int]]:
    """Where flags are set: (first, one past the last) of each run."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
