"""What arms, chest and head do, whatever the legs are doing.

Each gesture fills the span it is given. Places of hands are seen from the shoulder as (outwards,
forward, up) in arm lengths.
"""

from collections.abc import Callable
from types import MappingProxyType

import numpy as np

from poise.anatomy.figure import SIDES, other, out
from poise.data.maker.arms import HANGING, reach
from poise.data.maker.stage import UPPER, Stage

Place = tuple[float, float, float]
Gesture = Callable[[Stage, float, float], None]


def hang(stage: Stage, time: float, side: str, swing: float = 0.0, elbow: float = 15.0) -> None:
    """An arm hangs at the side, `swing` degrees to the front of the plumb line."""
    swing += float(np.clip(stage.lean(time), -15, 140))
    aside = np.deg2rad(stage.style.arms_out)
    forward, bent = np.deg2rad(swing), np.deg2rad(elbow)
    length = np.array([stage.body.upper_arm, stage.body.forearm]) / stage.body.arm
    upper = np.array([np.sin(aside), np.sin(forward), -np.cos(forward)])
    fore = np.array([0.5 * np.sin(aside), np.sin(forward + bent), -np.cos(forward + bent)])
    place = length[0] * upper / np.linalg.norm(upper) + length[1] * fore / np.linalg.norm(fore)
    elbow_to = (0.5, -1.0, -0.2) if swing < 80 else HANGING
    stage.score.key(
        time, **reach(side, tuple(place), stage.body, elbow_to), **{f"{side}_clavicle": (0, 0)}
    )


def put(stage: Stage, time: float, side: str, place: Place, elbow_to: Place = HANGING) -> None:
    """A hand goes to a place; the shoulder girdle goes along, upwards and forward."""
    _, forward, up = place
    clavicle = (18 * max(0.0, up + 0.1), 14 * max(0.0, forward) - 8 * max(0.0, -forward))
    stage.score.key(
        time,
        **reach(side, place, stage.body, elbow_to),
        **{f"{side}_clavicle": clavicle, f"{side}_wrist": tuple(stage.rng.normal(0, 12, 2))},
    )


def chest(stage: Stage, time: float, bend: float = 0, side: float = 0, twist: float = 0) -> None:
    """The chest goes along with the arms; degrees."""
    stage.score.key(
        time,
        upper_lumbar=(0.4 * bend, 0.4 * side, 0.3 * twist),
        upper_spine=(0.6 * bend, 0.6 * side, 0.7 * twist),
    )


def look(stage: Stage, time: float, turn: float = 0, nod: float = 0, tilt: float = 0) -> None:
    """The head turns to the left, nods down, tilts to the left; degrees."""
    stage.score.key(
        time,
        neck=(0.5 * nod, 0.6 * tilt, 0.55 * turn),
        head=(0.5 * nod, 0.4 * tilt, 0.45 * turn),
    )


def swing_along(stage: Stage, begin: float, end: float) -> None:
    """The arms swing with the steps, or hang where there are none."""
    beats = [beat for beat in stage.swings if begin + 0.15 <= beat[0] <= end - 0.15]
    for time, amount, elbow in beats:
        for side, sign in zip(SIDES, (1, -1), strict=True):
            forward = sign * amount
            hang(stage, time, side, forward + 4, elbow + max(0.0, 0.4 * forward))
    if not beats:  # keyed often: an arm hangs plumb however the trunk moves
        for side in SIDES:
            forward = stage.rng.normal(4, 4)
            for time in np.arange(begin + 0.4, end - 0.3, 0.35):
                hang(stage, time, side, forward + stage.rng.normal(0, 2), stage.style.elbows)
    _look_about(stage, begin, end)


def wave(stage: Stage, begin: float, end: float) -> None:
    """Wave with one hand, or both."""
    both = stage.rng.random() < 0.2
    height = stage.rng.uniform(0.25, 0.75)
    for side in SIDES if both else stage.some_side()[:1]:
        beats = np.arange(begin + 0.6, end - 0.5, stage.seconds(0.22, 0.35))
        for i, time in enumerate(beats):
            across = (0.62 if i % 2 else 0.22) * stage.style.energy
            put(stage, time, side, (across, 0.35, height), (1.0, -0.1, -0.6))
    look(stage, begin + 0.8, stage.rng.normal(0, 20), stage.rng.normal(0, 8))
    look(stage, end - 0.6, stage.rng.normal(0, 20), stage.rng.normal(0, 8))


def reach_out(stage: Stage, begin: float, end: float) -> None:
    """Reach for things all around, the chest going along."""
    rng = stage.rng
    time = begin + stage.seconds(0.5, 0.9)
    while time < end - 0.5:
        side = stage.some_side()[0]
        sign = out(side)
        azimuth, height = rng.uniform(-0.6, 1.9), rng.uniform(-0.9, 0.95)
        level = np.sqrt(1 - height**2)
        far = rng.uniform(0.6, 1.0)
        place = (
            far * level * np.sin(azimuth),
            far * level * np.cos(azimuth),
            far * height,
        )
        put(stage, time, side, place)
        chest(stage, time, 14 * -height + 4, 10 * sign * place[0], 16 * sign * place[0])
        look(stage, time, 40 * sign * place[0], -30 * height)
        if rng.random() < 0.3:
            put(stage, time, other(side), (-0.3 + rng.uniform(0, 0.5), place[1], place[2]))
        elif rng.random() < 0.5:
            hang(stage, time, other(side), rng.normal(5, 12), rng.uniform(10, 60))
        time += stage.seconds(0.5, 1.2)


def throw(stage: Stage, begin: float, end: float) -> None:
    """Throw, overhand or underhand, or hit a ball."""
    rng = stage.rng
    while begin < end - 1.6:
        side, idle = stage.some_side()
        sign = out(side)
        wind, release = begin + stage.seconds(0.5, 0.8), begin + stage.seconds(0.82, 0.95)
        after = release + stage.seconds(0.2, 0.35)
        if rng.random() < 0.65:
            put(stage, wind, side, (0.45, -0.25, 0.45), (1.0, -0.4, 0.1))
            put(stage, release, side, (0.25, 0.65, 0.65), (1.0, 0.3, 0.2))
            put(stage, after, side, (-0.45, 0.6, -0.55), (0.8, 0.6, 0.0))
        else:
            put(stage, wind, side, (0.25, -0.65, -0.55), (0.6, -0.8, 0.4))
            put(stage, release, side, (0.05, 0.75, -0.35), (0.5, -0.6, -1.0))
            put(stage, after, side, (-0.1, 0.7, 0.5), (0.6, 0.2, -1.0))
        put(stage, wind, idle, (0.1, 0.85, 0.1))
        put(stage, release, idle, (0.3, 0.3, -0.45))
        chest(stage, wind, -8, -6 * sign, 28 * sign)
        chest(stage, release, 8, 4 * sign, -14 * sign)
        chest(stage, after, 18, 5 * sign, -28 * sign)
        look(stage, wind, -20 * sign)
        look(stage, after, 10 * sign, 10)
        begin = after + stage.seconds(0.5, 1.0)


def punch(stage: Stage, begin: float, end: float) -> None:
    """Box: both hands up, jabs, hooks and uppercuts."""
    rng = stage.rng
    guard: Place = (-0.12, 0.38, 0.06)
    time = begin + 0.5
    while time < end - 0.5:
        side, idle = stage.some_side()
        sign = out(side)
        hit = time + stage.seconds(0.14, 0.22)
        for each in SIDES:
            put(stage, time, each, guard, (0.5, 0.2, -1.0))
        place: tuple[Place, Place] = [
            ((-0.15, 0.95, 0.1), (0.6, 0.0, -0.6)),
            ((-0.4, 0.6, 0.15), (1.0, 0.3, 0.2)),
            ((-0.15, 0.6, 0.3), (0.3, 0.2, -1.0)),
        ][rng.integers(3)]
        put(stage, hit, side, *place)
        put(stage, hit, idle, guard, (0.5, 0.2, -1.0))
        chest(stage, time, 8, 0, 6 * sign)
        chest(stage, hit, 10, 0, -28 * sign)
        time = hit + stage.seconds(0.25, 0.6)
    look(stage, begin + 0.5, 0, 8)


def settle_hands(stage: Stage, begin: float, end: float) -> None:
    """Hold the hands somewhere: hips, folded, behind the back, on the head, at an ear."""
    rng = stage.rng
    poses: list[tuple[Place, Place, Place, Place]] = [
        ((-0.02, 0.02, -0.60), (1.0, -0.7, -0.1), (-0.02, 0.02, -0.60), (1.0, -0.7, -0.1)),
        ((-0.45, 0.42, -0.42), (0.9, 0.2, -0.8), (-0.40, 0.48, -0.36), (0.9, 0.2, -0.8)),
        ((-0.20, -0.22, -0.72), (0.8, -0.8, 0.0), (-0.20, -0.24, -0.70), (0.8, -0.8, 0.0)),
        ((-0.22, 0.10, 0.48), (1.0, 0.3, 0.3), (-0.22, 0.10, 0.48), (1.0, 0.3, 0.3)),
        ((-0.05, 0.22, 0.20), (0.8, 0.3, -0.8), (0.10, 0.02, -0.95), HANGING),
        ((-0.25, 0.50, -0.45), (0.7, -0.5, -0.8), (-0.25, 0.50, -0.45), (0.7, -0.5, -0.8)),
    ]
    left, left_elbow, right, right_elbow = poses[rng.integers(len(poses))]
    if rng.random() < 0.5:
        left, left_elbow, right, right_elbow = right, right_elbow, left, left_elbow
    for time in np.arange(begin + 0.7, end - 0.4, 1.3):
        shift = rng.normal(0, 0.02, 3)
        put(stage, time, "left", tuple(left + shift), left_elbow)
        put(stage, time, "right", tuple(right - shift), right_elbow)
    _look_about(stage, begin, end)


def stretch(stage: Stage, begin: float, end: float) -> None:
    """Stretch: arms up, to the sides, the trunk bending and turning."""
    rng = stage.rng
    time = begin + stage.seconds(0.7, 1.0)
    while time < end - 0.5:
        bend, side, twist = rng.normal(-4, 12), rng.normal(0, 18), rng.normal(0, 22)
        both: list[Place] = [
            (0.12, 0.05, 0.97),
            (0.95, 0.1, 0.1),
            (0.65, -0.2, 0.65),
            (0.1, 0.95, 0.15),
            (0.3, -0.45, -0.75),
        ]
        place = both[rng.integers(len(both))]
        for each in SIDES:
            spot = place if rng.random() < 0.75 else both[rng.integers(len(both))]
            put(stage, time, each, spot, (1.0, -0.3, -0.3))
        chest(stage, time, bend, side, twist)
        look(stage, time, 0.6 * twist, bend, 0.3 * side)
        time += stage.seconds(0.7, 1.4)


def dance_arms(stage: Stage, begin: float, end: float) -> None:
    """Arms that dance: a few poses, repeated on a beat."""
    rng = stage.rng
    beat = stage.seconds(0.38, 0.6)
    count = rng.integers(2, 5)
    places = [
        [tuple(_anywhere(rng)) for _ in range(count)],
        [tuple(_anywhere(rng)) for _ in range(count)],
    ]
    if rng.random() < 0.5:
        places[1] = places[0]
    turns = rng.normal(0, 16, (count, 3))
    for i, time in enumerate(np.arange(begin + 0.6, end - 0.4, beat)):
        for side, each in zip(SIDES, places, strict=True):
            put(stage, time, side, each[i % count], (0.8, -0.2, -0.5))
        chest(stage, time, *(turns[i % count] * [0.5, 0.8, 1.0]))
        look(stage, time, rng.normal(0, 15), 8 * (-1) ** i)


def work(stage: Stage, begin: float, end: float) -> None:
    """Work with one or both hands: wipe, stir, saw, polish; circles in front of the body."""
    rng = stage.rng
    centre = np.array([rng.uniform(-0.2, 0.4), rng.uniform(0.5, 0.72), rng.uniform(-0.5, 0.55)])
    axes = rng.normal(0, 1, (2, 3))
    axes *= rng.uniform(0.12, 0.28, (2, 1)) / np.linalg.norm(axes, axis=-1, keepdims=True)
    period = stage.seconds(0.7, 1.5)
    sides = SIDES if rng.random() < 0.5 else stage.some_side()[:1]
    mirrored = rng.choice([-1.0, 1.0])
    for time in np.arange(begin + 0.6, end - 0.4, period / 6):
        phase = 2 * np.pi * time / period
        spot = centre + np.cos(phase) * axes[0] + np.sin(phase) * axes[1]
        for side in sides:
            put(stage, time, side, tuple(spot if side == "left" else spot * [mirrored, 1, 1]))
    chest(stage, begin + 0.8, rng.uniform(0, 18), 0, rng.normal(0, 12))
    look(stage, begin + 0.8, rng.normal(0, 10), 25 * -centre[2] + 5)


def carry(stage: Stage, begin: float, end: float) -> None:
    """Carry a box before the body, a tray, something on the head or on one shoulder."""
    rng = stage.rng
    spots: list[Place] = [(-0.1, 0.6, -0.35), (-0.15, 0.55, 0.0), (-0.18, 0.12, 0.62)]
    place = spots[rng.integers(3)]
    for time in np.arange(begin + 0.7, end - 0.4, 0.6):
        shift = rng.normal(0, 0.015, 3)
        for side in SIDES:
            put(stage, time, side, tuple(place + shift), (1.0, -0.1, -0.8))
    chest(stage, begin + 0.8, rng.uniform(-8, 4))
    _look_about(stage, begin, end)


def clap(stage: Stage, begin: float, end: float) -> None:
    """Clap, low or over the head."""
    height = stage.rng.uniform(-0.3, 0.75)
    for i, time in enumerate(np.arange(begin + 0.6, end - 0.4, stage.seconds(0.16, 0.3))):
        apart = 0.15 if i % 2 else -0.30
        for side in SIDES:
            put(stage, time, side, (apart, 0.45, height), (1.0, 0.0, -0.6))
    _look_about(stage, begin, end)


def swing_club(stage: Stage, begin: float, end: float) -> None:
    """Both hands swing together from one side to the other: golf, bat, scythe, sword, axe."""
    rng = stage.rng
    time = begin + 0.7
    high = rng.uniform(-0.6, 0.7)
    while time < end - 0.9:
        sign = rng.choice([-1.0, 1.0])
        hit, after = time + stage.seconds(0.25, 0.4), time + stage.seconds(0.5, 0.7)
        for when, across, up in ((time, 0.6, high), (hit, 0.0, -0.35), (after, -0.6, 0.8 * high)):
            for side in SIDES:
                outwards = across * sign * out(side) - 0.28
                put(stage, when, side, (outwards, 0.55, up), (0.6, 0.0, -1.0))
            chest(stage, when, 8, 0, 45 * across * sign)
        time = after + stage.seconds(0.5, 1.0)
    look(stage, begin + 0.7, 0, 18)


GESTURES: MappingProxyType[str, Gesture] = MappingProxyType(
    {
        "swing along": swing_along,
        "wave": wave,
        "reach": reach_out,
        "throw": throw,
        "punch": punch,
        "hands at rest": settle_hands,
        "stretch": stretch,
        "dance arms": dance_arms,
        "work": work,
        "carry": carry,
        "clap": clap,
        "swing a club": swing_club,
    }
)


def gesticulate(stage: Stage, only: tuple[str, ...] = ()) -> None:
    """Fill all spans in which the arms are free with gestures, drawn at random."""
    names = [name for name in GESTURES if name in only] or list(GESTURES)
    weights = np.array([3.0 if name == "swing along" else 1.0 for name in names])
    for begin, end in stage.arms_free:
        time = begin
        while time < end:
            until = time + stage.rng.uniform(2.5, 6.0)
            if end - until < 2.0:
                until = end
            name = "swing along"
            if until - time > 1.8:
                name = names[stage.rng.choice(len(names), p=weights / weights.sum())]
            stage.hold(time, UPPER)
            GESTURES[name](stage, time, until)
            if name != "swing along":
                stage.score.labels.append((time, until, name))
            time = until


def _anywhere(rng: np.random.Generator) -> np.ndarray:
    direction = rng.normal(0, 1, 3) * [0.8, 0.7, 1.0] + [0.45, 0.35, 0.0]
    return rng.uniform(0.45, 1.0) * direction / np.linalg.norm(direction)


def _look_about(stage: Stage, begin: float, end: float) -> None:
    for time in np.arange(begin + 0.4, end - 0.2, 1.2):
        if stage.rng.random() < 0.6:
            turn, nod, tilt = stage.rng.normal(0, 1, 3) * [22, 9, 5]
            look(stage, time, turn, nod + 3, tilt)
