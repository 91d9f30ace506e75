"""On the knees, and on hands and knees: kneeling, crawling, planks, push-ups.

Every action begins and ends in a stand.
"""

import numpy as np

from poise.anatomy.figure import SIDES, out
from poise.data.maker.arms import reach
from poise.data.maker.locomotion import settle_down
from poise.data.maker.stage import ARMS, PALM, Stage

_TUCKED = 70.0  # degrees a foot is rolled up when it kneels on its toes


def kneel(stage: Stage) -> None:
    """Kneel on one knee or both, perhaps sit back on the heels, get up."""
    rng = stage.rng
    front, side = stage.some_side()
    with stage.action("kneel"):
        _knee_down(stage, side)
        if rng.random() < 0.65:
            _knee_down(stage, front)
            for _ in range(rng.integers(1, 4)):
                stage.time += stage.seconds(0.7, 1.3)
                low = rng.choice([0.0, 0.0, rng.uniform(0.05, 0.11)])
                _on_knees(stage, stage.time, low, turns=1.0)
                stage.hold(stage.time + stage.seconds(0.1, 1.2))
                stage.time += 0.5
            stage.time += 0.6
            _on_knees(stage, stage.time)
        else:
            for _ in range(rng.integers(1, 3)):
                stage.time += stage.seconds(0.6, 1.2)
                _on_knees(stage, stage.time, turns=1.0)
        _knees_up(stage, front, side)


def on_all_fours(stage: Stage) -> None:
    """On hands and knees: crawl, arch the back, stretch arm and leg, push-ups, lie on the belly."""
    rng = stage.rng
    front, side = stage.some_side()
    with stage.action("on all fours", arms=False):
        stage.hold(stage.time, ARMS)
        _knee_down(stage, side)
        _knee_down(stage, front)
        stage.time += stage.seconds(0.9, 1.3)
        _on_fours(stage, stage.time)
        for hand in SIDES:
            stage.grip(hand, _hand_place(stage, hand), stage.time - 0.7, stage.time)
        for _ in range(rng.integers(1, 4)):
            [_crawl, _arch, _point, _plank][rng.integers(4)](stage)
        stage.hold(stage.time)
        for hand in SIDES:
            stage.let_go(hand, stage.time + 0.1, stage.time + 0.8)
        stage.time += stage.seconds(0.9, 1.2)
        _on_knees(stage, stage.time)
        _knees_up(stage, front, side)


# On the knees


def _knee_down(stage: Stage, side: str) -> None:
    """Put a knee to the floor behind the other foot, or beside the other knee."""
    start = stage.time + 0.1
    land = start + stage.seconds(0.7, 0.9)
    behind = _knee_spot(stage) + 0.97 * stage.body.shin + stage.body.ball + 0.03
    place = stage.ahead(-behind, out(side) * max(stage.style.width, 0.2) / 2)
    stage.step(side, start, land, stage.footing(side, place), 0.06)
    stage.roll(side, (start, 0), (start + 0.15, 25), (land, _TUCKED))
    stage.time = land + 0.1
    _on_knees(stage, stage.time)


def _knees_up(stage: Stage, front: str, side: str) -> None:
    """From both knees, or one, back to a stand."""
    if stage.score.last(f"{front}_roll")[0] > 0:
        start = stage.time + 0.1
        land = start + stage.seconds(0.7, 0.9)
        stage.step(front, start, land, stage.home(front), 0.10)
        stage.roll(front, (start, _TUCKED), (land, 4), (land + 0.1, 0))
        stage.time = land
        _on_knees(stage, stage.time)
    rise = stage.time + stage.seconds(0.5, 0.8)
    stage.pose(rise, 0.3, forward=-0.08, pitch=22, bend=10)
    start, land = rise - 0.15, rise + stage.seconds(0.35, 0.5)
    stage.roll(side, (start - 0.3, _TUCKED), (start, 55), (land - 0.05, 0))
    stage.step(side, start, land, stage.home(side), 0.07)
    stage.pose(land, 0.05, pitch=6)
    stage.time = land
    settle_down(stage)


def _knee_spot(stage: Stage) -> float:
    """How far behind the figure's place its knees come to the floor."""
    return 0.55 * stage.body.thigh


def _on_knees(stage: Stage, time: float, low: float = 0.0, turns: float = 0.0) -> None:
    """Upright on the knees; `low` metres towards the heels, `turns` how much the trunk moves."""
    rng = stage.rng
    stage.pose(
        time,
        stage.sink(stage.body.thigh + 0.05 - low),
        forward=-_knee_spot(stage) - 1.6 * low,
        pitch=4 + 60 * low + turns * rng.normal(0, 8),
        bend=turns * rng.normal(4, 16),
        side=turns * rng.normal(0, 10),
        twist=turns * rng.normal(0, 14),
    )


# On hands and knees


def _on_fours(
    stage: Stage, time: float, pitch: float = 80, bend: float = 5, up: float = 0, shift: float = 0
) -> None:
    hips = stage.body.thigh + 0.04 + up
    stage.pose(time, stage.sink(hips), forward=shift - _knee_spot(stage), pitch=pitch, bend=bend)
    stage.score.key(time, neck=(-18, 0, 0), head=(-8, 0, 0))


def _hand_place(stage: Stage, hand: str) -> np.ndarray:
    trunk = stage.body.lumbar + stage.body.spine + 0.9 * stage.body.thorax
    return stage.ahead(trunk - _knee_spot(stage) + 0.02, 0.55 * stage.body.shoulders * out(hand))


def _move_hand(stage: Stage, hand: str, start: float, end: float, place: np.ndarray) -> None:
    before = stage.score.last(f"{hand}_hold")
    after = (*place, stage.floor + PALM)
    middle = (*(0.5 * (np.array(before[:2]) + place)), stage.floor + PALM + 0.07)
    for time, hold in ((start, before), ((start + end) / 2, middle), (end, after)):
        stage.score.key(time, **{f"{hand}_hold": hold})


def _crawl(stage: Stage) -> None:
    stride, beat = stage.rng.uniform(0.1, 0.22), stage.seconds(0.4, 0.7)
    first = stage.rng.integers(2)
    for i in range(2 * stage.rng.integers(1, 4)):
        side, other = SIDES[(i + first) % 2], SIDES[(i + first + 1) % 2]
        stage.at = stage.ahead(stride)
        end = stage.time + beat
        behind = _knee_spot(stage) + 0.97 * stage.body.shin + stage.body.ball + 0.03
        place = stage.ahead(-behind, out(other) * max(stage.style.width, 0.2) / 2)
        stage.step(other, stage.time, end, stage.footing(other, place), 0.02)
        _move_hand(stage, side, stage.time, end, _hand_place(stage, side))
        _on_fours(stage, end)
        stage.time = end
    for hand in SIDES:
        _move_hand(stage, hand, stage.time, stage.time + 0.4, _hand_place(stage, hand))
        stage.time += 0.4


def _arch(stage: Stage) -> None:
    for _ in range(stage.rng.integers(1, 4)):
        for bend in (stage.rng.uniform(40, 70), stage.rng.uniform(-35, -10)):
            stage.time += stage.seconds(0.7, 1.2)
            _on_fours(stage, stage.time, pitch=80 - 0.3 * bend, bend=bend)
    stage.time += 0.7
    _on_fours(stage, stage.time)


def _point(stage: Stage) -> None:
    """One arm and the leg of the other side, stretched out."""
    hand, leg = stage.some_side()
    start = stage.time
    stage.plant(leg, start)
    stage.let_go(hand, start, start + 0.5)
    stage.time += stage.seconds(0.9, 1.3)
    stage.loose(leg, stage.time, (stage.rng.uniform(-10, 20), 4, 4), stage.rng.uniform(4, 40))
    stage.score.key(stage.time, **reach(hand, (0.2, 0.25, 0.93), stage.body))
    _on_fours(stage, stage.time, bend=0)
    hold = stage.time + stage.seconds(0.2, 1.2)
    stage.hold(hold)
    stage.score.key(hold, **{f"{hand}_arm": stage.score.last(f"{hand}_arm")})
    stage.time = hold + stage.seconds(0.8, 1.1)
    stage.plant(leg, stage.time)
    hold_at = stage.score.last(f"{hand}_hold")
    stage.score.key(hold, **{f"{hand}_grip": (0,), f"{hand}_hold": hold_at})
    stage.score.key(stage.time, **{f"{hand}_grip": (1,), f"{hand}_hold": hold_at})
    _on_fours(stage, stage.time)


def _plank(stage: Stage) -> None:
    """Feet back into a plank: push-ups, hips up, or down on the belly."""
    rng = stage.rng
    body = stage.body
    hips = 0.40
    straight = np.sqrt((0.985 * body.leg) ** 2 - (hips - 0.15) ** 2)
    behind = straight + body.ball + 0.03 + _knee_spot(stage)
    home = {side: stage.score.footing(side) for side in SIDES}
    for side in SIDES:
        start, stage.time = stage.time, stage.time + stage.seconds(0.45, 0.6)
        place = stage.ahead(-behind, 0.09 * out(side))
        stage.step(side, start, stage.time, stage.footing(side, place), 0.03)
        _on_fours(stage, stage.time, pitch=80)
    stage.time += 0.5
    flat = {"pitch": 76.0, "bend": -4.0}
    low = stage.sink(hips)
    spot = -_knee_spot(stage)
    stage.pose(stage.time, low, forward=spot, **flat)
    kind = rng.choice(["push-up", "hips up", "belly"])
    for _ in range(rng.integers(1, 4)):
        if kind == "push-up":
            stage.time += stage.seconds(0.6, 1.0)
            down = stage.sink(rng.uniform(0.2, 0.28))
            stage.pose(stage.time, down, forward=spot, pitch=84, bend=-6)
        elif kind == "hips up":
            stage.time += stage.seconds(0.8, 1.2)
            stage.pose(
                stage.time, stage.sink(0.85 * body.leg), forward=spot - 0.22, pitch=118, bend=10
            )
            stage.hold(stage.time + 0.4)
            stage.time += 0.4
        else:
            stage.time += stage.seconds(0.8, 1.1)
            stage.pose(stage.time, stage.sink(0.14), forward=spot, pitch=88, bend=-5)
            stage.time += stage.seconds(0.6, 1.0)
            stage.pose(stage.time, stage.sink(0.12), forward=spot, pitch=82, bend=-70)
            stage.hold(stage.time + stage.seconds(0.2, 1.0))
            stage.time += 0.6
        stage.time += stage.seconds(0.6, 1.0)
        stage.pose(stage.time, low, forward=spot, **flat)
    for side in SIDES:
        start, stage.time = stage.time, stage.time + stage.seconds(0.5, 0.7)
        stage.step(side, start, stage.time, home[side], 0.03)
        _on_fours(stage, stage.time, pitch=84)
