"""The stage: where the figure is while its score is being written, action after action."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from poise.anatomy.figure import SIDES, Proportions, out
from poise.data.maker.arms import reach
from poise.data.maker.score import Footing, Score, Step

PALM = 0.05  # height of the wrist over a hand that lies on the floor

_LEGS = ("leg", "knee", "ankle", "plant", "roll", "grip", "hold")
LOWER = (
    *("root", "turn", "lumbar", "spine", "rest"),
    *(f"{side}_{part}" for side in SIDES for part in _LEGS),
)
ARMS = tuple(f"{side}_{part}" for side in SIDES for part in ("clavicle", "arm", "elbow", "wrist"))
UPPER = ("upper_lumbar", "upper_spine", "neck", "head", *ARMS)


@dataclass(frozen=True, kw_only=True)
class Style:
    """How this person moves."""

    tempo: float  # 1 is usual, 1.2 is quick
    energy: float  # size of the movements
    width: float  # between the feet, in metres
    toes_out: float  # degrees
    slouch: float  # degrees the spine is bent all the time
    arms_out: float  # degrees the arms hang away from the body
    elbows: float  # degrees the elbows are bent at rest


def draw_style(rng: np.random.Generator, body: Proportions) -> Style:
    """A random way of moving."""
    return Style(
        tempo=rng.uniform(0.85, 1.2),
        energy=rng.uniform(0.7, 1.3),
        width=body.hips * rng.uniform(0.8, 1.6),
        toes_out=rng.uniform(-2, 15),
        slouch=rng.uniform(-6, 14),
        arms_out=rng.uniform(3, 14),
        elbows=rng.uniform(5, 30),
    )


@dataclass
class Stage:
    """One performance in the making. Actions move `time`, `at` and `heading` on."""

    body: Proportions
    style: Style
    rng: np.random.Generator
    at: Float[np.ndarray, "2"] = field(default_factory=lambda: np.zeros(2))
    heading: float = 0.0  # radians; 0 faces -y
    time: float = 0.0
    floor: float = 0.0  # height of the floor under the figure
    arms_free: list[tuple[float, float]] = field(default_factory=list)  # for the upper body
    swings: list[tuple[float, float, float]] = field(default_factory=list)  # time, amount, elbow

    def __post_init__(self) -> None:
        self.score = Score(self.home("left"), self.home("right"))
        self.pose(0, 0)

    # Places

    def ahead(self, forward: float, aside: float = 0.0, heading: float | None = None) -> np.ndarray:
        """A point of the floor: so far in front, so far to the left."""
        turn = self.heading if heading is None else heading
        sin, cos = np.sin(turn), np.cos(turn)
        return self.at + forward * np.array([sin, -cos]) + aside * np.array([cos, sin])

    def home(self, side: str, width: float | None = None) -> Footing:
        """Where this foot stands when the figure just stands."""
        half = out(side) * (self.style.width if width is None else width) / 2
        return self.footing(side, self.ahead(0.0, half))

    def footing(self, side: str, place: np.ndarray, heading: float | None = None) -> Footing:
        """A flat foot on the floor at this place, toes out as this person has them."""
        turn = self.heading if heading is None else heading
        toes = out(side) * np.deg2rad(self.style.toes_out)
        return Footing(np.array([*place, self.floor]), turn + toes)

    # Time

    def seconds(self, low: float, high: float) -> float:
        """A random duration, in this person's tempo."""
        return self.rng.uniform(low, high) / self.style.tempo

    @contextmanager
    def action(self, label: str, arms: bool = True) -> Iterator[None]:
        """All lower channels stay as they are until this action begins; `arms`: they are free."""
        begin = self.time
        self.hold(begin)
        yield
        self.score.labels.append((begin, self.time, label))
        if arms:
            if self.arms_free and abs(self.arms_free[-1][1] - begin) < 1e-6:
                begin = self.arms_free.pop()[0]
            self.arms_free.append((begin, self.time))

    def hold(self, time: float, channels: tuple[str, ...] = LOWER) -> None:
        """Channels keep their latest value up to this time."""
        self.score.key(time, **{channel: self.score.last(channel) for channel in channels})

    # Poses

    def pose(
        self,
        time: float,
        sink: float = 0.0,
        *,
        forward: float = 0.0,
        aside: float = 0.0,
        yaw: float = 0.0,
        pitch: float = 0.0,
        roll: float = 0.0,
        bend: float = 0.0,
        side: float = 0.0,
        twist: float = 0.0,
    ) -> None:
        """Key the trunk: the pelvis `sink` leg lengths below a stand, angles in degrees.

        `bend`, `side` and `twist` are shared out between lumbar and thoracic spine.
        """
        height = self.floor + self.body.stand - sink * self.body.leg
        self.trunk(
            time,
            (*self.ahead(forward, aside), height),
            (np.rad2deg(self.heading) + yaw, pitch, roll, 0.0),
            (bend, side, twist),
        )

    def trunk(
        self,
        time: float,
        root: tuple[float, ...],
        turn: tuple[float, ...],
        bend: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> None:
        """Key the trunk in world coordinates."""
        forward, side, twist = bend
        self.score.key(
            time,
            root=root,
            turn=turn,
            lumbar=(0.55 * forward, 0.5 * side, 0.35 * twist),
            spine=(0.45 * forward + self.style.slouch, 0.5 * side, 0.65 * twist),
        )

    def step(self, side: str, start: float, end: float, to: Footing, lift: float) -> None:
        """Move a foot."""
        self.score.step(side, Step(start, end, to, lift))

    def roll(self, side: str, *keys: tuple[float, float]) -> None:
        """Key the roll of a foot: (time, degrees), heel up positive."""
        for time, angle in keys:
            self.score.key(time, **{f"{side}_roll": (angle,)})

    def loose(
        self,
        side: str,
        time: float,
        leg: tuple[float, float, float],
        knee: float,
        ankle: float = -15.0,
        plant: float = 0.0,
    ) -> None:
        """Key a leg by its angles, its foot off the floor."""
        self.score.key(
            time,
            **{
                f"{side}_leg": leg,
                f"{side}_knee": (knee,),
                f"{side}_ankle": (ankle,),
                f"{side}_plant": (plant,),
            },
        )

    def plant(self, side: str, time: float, weight: float = 1.0) -> None:
        """Key whether a foot stands where its track says."""
        self.score.key(time, **{f"{side}_plant": (weight,)})

    def grip(self, hand: str, place: np.ndarray, start: float, end: float) -> None:
        """A hand goes to this point of the floor between these times, and stays there."""
        self.score.key(end, **reach(hand, (0.05, 0.8, -0.3), self.body))
        hold = (*place, self.floor + PALM)
        self.score.key(start, **{f"{hand}_grip": (0,), f"{hand}_hold": hold})
        self.score.key(end, **{f"{hand}_grip": (1,), f"{hand}_hold": hold})

    def let_go(self, hand: str, start: float, end: float) -> None:
        """A hand leaves the floor between these times."""
        for time, weight in ((start, 1), (end, 0)):
            self.score.key(time, **reach(hand, (0.1, 0.6, -0.6), self.body))
            self.score.key(time, **{f"{hand}_grip": (weight,)})

    def sink(self, height: float) -> float:
        """How many leg lengths below a stand the hips are at this height over the floor."""
        return (self.body.stand - height) / self.body.leg

    def swing(self, time: float, amount: float, elbow: float) -> None:
        """The arms' part in a step: the left hand `amount` degrees forward, the right one back."""
        self.swings.append((time, amount, elbow))

    def lean(self, time: float) -> float:
        """How far the chest leans forward at this time, in degrees, as keyed so far."""
        parts = (("turn", 1), ("lumbar", 0), ("spine", 0))
        return sum(float(np.interp(time, *self.score.curve(name, at))) for name, at in parts)

    def some_side(self) -> tuple[str, str]:
        """A random side and the other one."""
        return ("left", "right") if self.rng.random() < 0.5 else ("right", "left")
