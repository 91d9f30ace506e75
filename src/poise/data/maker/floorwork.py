"""Down from a stand and up again: chairs, knees, hands and knees, sitting and lying on the floor.

Every action begins and ends in a stand. On the floor the channel `rest` lets the body lie: the
pelvis is put where its lowest point touches.
"""

import numpy as np

from poise.data.maker.arms import reach
from poise.data.maker.figure import SIDES, out
from poise.data.maker.locomotion import settle_down
from poise.data.maker.stage import ARMS, Stage

_TUCKED = 70.0  # degrees a foot is rolled up when it kneels on its toes
_PALM = 0.05  # height of the wrist over a hand that lies on the floor


def sit_on_chair(stage: Stage) -> None:
    """Sit down on something, move about there, get up."""
    rng = stage.rng
    with stage.action("sit on a chair"):
        hips = rng.uniform(0.38, 0.52) + 0.09
        back = 0.85 * stage.body.thigh
        down, up = _sink(stage, hips), stage.time + stage.seconds(0.45, 0.65)
        lean = {"pitch": rng.uniform(25, 40), "bend": rng.uniform(5, 25)}
        stage.pose(up, 0.55 * down, forward=-0.6 * back, **lean)
        stage.time = up + stage.seconds(0.4, 0.6)
        stage.pose(stage.time, down, forward=-back, pitch=5)
        for side in SIDES:  # where the legs are anyway: a leg that comes loose starts from there
            stage.loose(side, stage.time, (92, 5, 5), 92, 0, plant=1)
        for _ in range(rng.integers(1, 5)):
            stage.time += stage.seconds(0.8, 1.6)
            _sit_somehow(stage, down, back)
            if rng.random() < 0.5:
                side = stage.some_side()[0]
                leg, knee = [
                    ((98, -12, 8), 80),
                    ((82, 5, 5), rng.uniform(5, 45)),
                    ((95, 35, 40), 115),
                ][rng.integers(3)]
                stage.plant(side, stage.time)
                stage.time += stage.seconds(0.6, 0.9)
                stage.loose(side, stage.time, leg, knee)
                stage.time += stage.seconds(0.3, 1.5)
                stage.loose(side, stage.time, leg, knee + rng.normal(0, 8))
                _sit_somehow(stage, down, back)
                stage.time += stage.seconds(0.6, 0.9)
                stage.plant(side, stage.time)
        stage.hold(stage.time)
        stage.pose(stage.time + stage.seconds(0.4, 0.6), 0.97 * down, forward=-0.9 * back, **lean)
        stage.time += stage.seconds(0.8, 1.0)
        stage.pose(stage.time, 0.4 * down, forward=-0.3 * back, pitch=20, bend=10)
        stage.time += 0.2
        settle_down(stage)


def _sit_somehow(stage: Stage, down: float, back: float) -> None:
    rng = stage.rng
    stage.pose(
        stage.time,
        down,
        forward=-back,
        yaw=rng.normal(0, 4),
        pitch=rng.uniform(-22, 18),
        bend=rng.normal(6, 14),
        side=rng.normal(0, 8),
        twist=rng.normal(0, 14),
    )


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
            _grip(stage, hand, stage.time - 0.7, stage.time)
        for _ in range(rng.integers(1, 4)):
            [_crawl, _arch, _point, _plank][rng.integers(4)](stage)
        stage.hold(stage.time)
        for hand in SIDES:
            _let_go(stage, hand, stage.time + 0.1, stage.time + 0.8)
        stage.time += stage.seconds(0.9, 1.2)
        _on_knees(stage, stage.time)
        _knees_up(stage, front, side)


def on_the_floor(stage: Stage) -> None:
    """Sit down on the floor, sit in several ways, perhaps lie down and do things there, get up."""
    rng = stage.rng
    back = 0.95 * stage.body.thigh
    with stage.action("sit on the floor", arms=False):
        stage.hold(stage.time, ARMS)
        squat = stage.time + stage.seconds(0.8, 1.1)
        stage.pose(squat, 0.58, forward=-0.05, pitch=14, bend=48)
        stage.time = squat + stage.seconds(0.5, 0.8)
        for hand in SIDES:
            place = stage.ahead(-back - 0.22, 0.24 * out(hand))
            _grip(stage, hand, squat, stage.time - 0.1, place)
        _seat(stage, stage.time, back, pitch=-18, bend=24)
        for leg in SIDES:  # where the legs are anyway: a leg that comes loose starts from there
            stage.loose(leg, stage.time, (118, 6, 5), 100, -5, plant=1)
        stage.time += stage.seconds(0.5, 0.9)
        _seat(stage, stage.time, back, pitch=-10, bend=18)
        for hand in SIDES:
            _let_go(stage, hand, stage.time - 0.3, stage.time + 0.5)
    with stage.action("sit on the floor"):
        for _ in range(rng.integers(1, 4)):
            _sit_on_floor(stage, back)
    if rng.random() < 0.7:
        with stage.action("lie on the back"):
            _lie(stage, back)
    with stage.action("get up from the floor", arms=False):
        stage.hold(stage.time, ARMS)
        stage.time += stage.seconds(0.6, 0.9)
        for leg in SIDES:
            stage.plant(leg, stage.time)
        _seat(stage, stage.time, back, pitch=-14, bend=45)
        for hand in SIDES:
            stage.score.key(stage.time, **reach(hand, (0.05, 0.85, -0.3), stage.body))
        stage.time += stage.seconds(0.35, 0.5)
        stage.pose(stage.time, _sink(stage, 0.22), forward=-0.6 * back, pitch=-8, bend=72)
        stage.score.key(stage.time, rest=(0,))
        stage.time += stage.seconds(0.35, 0.5)
        stage.pose(stage.time, 0.58, forward=-0.04, pitch=12, bend=50)
        stage.time += stage.seconds(0.7, 1.0)
        stage.pose(stage.time, 0.06, pitch=10, bend=8)
        settle_down(stage)


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
        _sink(stage, stage.body.thigh + 0.05 - low),
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
    stage.pose(time, _sink(stage, hips), forward=shift - _knee_spot(stage), pitch=pitch, bend=bend)
    stage.score.key(time, neck=(-18, 0, 0), head=(-8, 0, 0))


def _hand_place(stage: Stage, hand: str) -> np.ndarray:
    trunk = stage.body.lumbar + stage.body.spine + 0.9 * stage.body.thorax
    return stage.ahead(trunk - _knee_spot(stage) + 0.02, 0.55 * stage.body.shoulders * out(hand))


def _grip(
    stage: Stage, hand: str, start: float, end: float, place: np.ndarray | None = None
) -> None:
    """A hand goes to the floor between these times, and stays."""
    place = _hand_place(stage, hand) if place is None else place
    stage.score.key(end, **reach(hand, (0.05, 0.8, -0.3), stage.body))
    hold = (*place, stage.floor + _PALM)
    stage.score.key(start, **{f"{hand}_grip": (0,), f"{hand}_hold": hold})
    stage.score.key(end, **{f"{hand}_grip": (1,), f"{hand}_hold": hold})


def _let_go(stage: Stage, hand: str, start: float, end: float) -> None:
    for time in (start, end):
        stage.score.key(time, **reach(hand, (0.1, 0.6, -0.6), stage.body))
    stage.score.key(start, **{f"{hand}_grip": (1,)})
    stage.score.key(end, **{f"{hand}_grip": (0,)})


def _move_hand(stage: Stage, hand: str, start: float, end: float, place: np.ndarray) -> None:
    before = stage.score.last(f"{hand}_hold")
    after = (*place, stage.floor + _PALM)
    middle = (*(0.5 * (np.array(before[:2]) + place)), stage.floor + _PALM + 0.07)
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
    _let_go(stage, hand, start, start + 0.5)
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
    low = _sink(stage, hips)
    spot = -_knee_spot(stage)
    stage.pose(stage.time, low, forward=spot, **flat)
    kind = rng.choice(["push-up", "hips up", "belly"])
    for _ in range(rng.integers(1, 4)):
        if kind == "push-up":
            stage.time += stage.seconds(0.6, 1.0)
            down = _sink(stage, rng.uniform(0.2, 0.28))
            stage.pose(stage.time, down, forward=spot, pitch=84, bend=-6)
        elif kind == "hips up":
            stage.time += stage.seconds(0.8, 1.2)
            stage.pose(
                stage.time, _sink(stage, 0.85 * body.leg), forward=spot - 0.22, pitch=118, bend=10
            )
            stage.hold(stage.time + 0.4)
            stage.time += 0.4
        else:
            stage.time += stage.seconds(0.8, 1.1)
            stage.pose(stage.time, _sink(stage, 0.14), forward=spot, pitch=88, bend=-5)
            stage.time += stage.seconds(0.6, 1.0)
            stage.pose(stage.time, _sink(stage, 0.12), forward=spot, pitch=82, bend=-70)
            stage.hold(stage.time + stage.seconds(0.2, 1.0))
            stage.time += 0.6
        stage.time += stage.seconds(0.6, 1.0)
        stage.pose(stage.time, low, forward=spot, **flat)
    for side in SIDES:
        start, stage.time = stage.time, stage.time + stage.seconds(0.5, 0.7)
        stage.step(side, start, stage.time, home[side], 0.03)
        _on_fours(stage, stage.time, pitch=84)


# Sitting and lying


def _seat(stage: Stage, time: float, back: float, **pose: float) -> None:
    stage.pose(time, _sink(stage, 0.11), forward=-back, **pose)
    stage.score.key(time, rest=(1,))


def _sit_on_floor(stage: Stage, back: float) -> None:
    """Knees up, legs long, straddled, crossed, or mixed; the trunk upright or leaning."""
    rng = stage.rng
    stage.time += stage.seconds(0.8, 1.3)
    pitch = rng.uniform(-40, 10)
    ways = [
        ((90, 4, 3), 6),
        ((88, 42, 15), 6),
        ((92, 38, 45), 125),
        ((132, 8, 5), 95),
        ((115, 20, 30), 70),
    ]
    pick = int(rng.integers(len(ways) + 1))
    for side in SIDES:
        choice = pick if rng.random() < 0.75 else int(rng.integers(len(ways)))
        if choice == len(ways):
            stage.plant(side, stage.time)
            continue
        (flex, out_by, turned), knee = ways[choice]
        lifted = (float(np.clip(flex + pitch + rng.normal(0, 5), -20, 125)), out_by, turned)
        stage.loose(side, stage.time, lifted, knee + abs(rng.normal(0, 5)), rng.uniform(-35, 10))
    trunk = {
        "pitch": pitch,
        "bend": rng.normal(12 - 0.3 * pitch, 12),
        "side": rng.normal(0, 10),
        "twist": rng.normal(0, 16),
    }
    _seat(stage, stage.time, back, **trunk)
    stage.time += stage.seconds(0.2, 1.4)
    stage.hold(stage.time)


def _lie(stage: Stage, back: float) -> None:
    """Down on the back, some floor work, and up to a seat again."""
    rng = stage.rng
    for side in SIDES:
        stage.loose(side, stage.time + 0.8, (60, 6, 5), 70, -10)
    stage.time += stage.seconds(0.8, 1.0)
    _seat(stage, stage.time, back, pitch=-45, bend=45)
    stage.time += stage.seconds(0.7, 1.0)
    _flat(stage, stage.time, back)
    for _ in range(rng.integers(1, 4)):
        [_legs_up, _sit_ups, _roll_over, _bridge][rng.integers(4)](stage, back)
        _flat(stage, stage.time, back)
    stage.time += stage.seconds(0.8, 1.1)
    for side in SIDES:
        stage.loose(side, stage.time, (85, 6, 5), 95, -5)
    _seat(stage, stage.time, back, pitch=-40, bend=50)


def _flat(stage: Stage, time: float, back: float, spin: float = 0.0, aside: float = 0.0) -> None:
    """Flat on the floor; `spin` degrees about the body's long axis: 90 on a side, 180 prone."""
    height = stage.floor + 0.12
    root = (*stage.ahead(-back, aside), height)
    stage.trunk(time, root, (np.rad2deg(stage.heading), -88, 0, spin))
    stage.score.key(time, rest=(1,))


def _legs_up(stage: Stage, back: float) -> None:
    rng = stage.rng
    for _ in range(rng.integers(1, 5)):
        stage.time += stage.seconds(0.6, 1.1)
        for side in SIDES:
            leg = (rng.uniform(0, 110), rng.uniform(-5, 35), 5)
            stage.loose(side, stage.time, leg, rng.choice([5.0, rng.uniform(20, 120)]))
        _flat(stage, stage.time, back)
    stage.time += stage.seconds(0.8, 1.1)
    for side in SIDES:
        stage.loose(side, stage.time, (rng.uniform(0, 50), 6, 5), rng.uniform(5, 80))


def _sit_ups(stage: Stage, back: float) -> None:
    bent = stage.rng.uniform(50, 100)
    stage.time += 0.7
    for side in SIDES:
        stage.loose(side, stage.time, (0.55 * bent, 5, 5), bent)
    _flat(stage, stage.time, back)
    for _ in range(stage.rng.integers(1, 4)):
        stage.time += stage.seconds(0.7, 1.1)
        up = stage.rng.uniform(0.3, 1.0)
        for side in SIDES:
            stage.loose(side, stage.time, (0.55 * bent + 55 * up, 5, 5), bent)
        _seat(stage, stage.time, back, pitch=-88 + 55 * up, bend=60, twist=stage.rng.normal(0, 12))
        stage.time += stage.seconds(0.7, 1.1)
        for side in SIDES:
            stage.loose(side, stage.time, (0.55 * bent, 5, 5), bent)
        _flat(stage, stage.time, back)


def _roll_over(stage: Stage, back: float) -> None:
    """On a side, or on the belly and back."""
    rng = stage.rng
    way = float(rng.choice([-1, 1]))
    far = rng.choice([90.0, 180.0])
    path = [0.5 * far, far] if far > 90 else [far]
    for spin in (*path, *([far] if rng.random() < 0.6 else []), *path[-2::-1], 0.0):
        stage.time += stage.seconds(0.6, 1.0)
        prone = spin == 180
        for side in SIDES:
            flex = rng.uniform(-15, 5) if prone else rng.uniform(0, 25 if far > 90 else 80)
            knee = rng.choice([6.0, rng.uniform(10, 110)])
            stage.loose(side, stage.time, (flex, 5, 5), knee, -40 if prone else -15)
        _flat(stage, stage.time, back, way * spin, -way * spin / 180 * 0.35)


def _bridge(stage: Stage, back: float) -> None:
    stage.time += 0.7
    for side in SIDES:
        stage.loose(side, stage.time, (52, 5, 5), 100, -5)
    _flat(stage, stage.time, back)
    for _ in range(stage.rng.integers(1, 3)):
        stage.time += stage.seconds(0.7, 1.1)
        up = stage.rng.uniform(15, 32)
        for side in SIDES:
            stage.loose(side, stage.time, (52 - 2.2 * up, 5, 5), 95, -5)
        height = (*stage.ahead(-back), stage.floor + 0.12 + 0.008 * up)
        stage.trunk(stage.time, height, (np.rad2deg(stage.heading), -88 - up, 0, 0), (-8, 0, 0))
        stage.score.key(stage.time, rest=(1,))
        stage.time += stage.seconds(0.7, 1.1)
        for side in SIDES:
            stage.loose(side, stage.time, (52, 5, 5), 100, -5)
        _flat(stage, stage.time, back)


def _sink(stage: Stage, height: float) -> float:
    """How many leg lengths below a stand the hips are at this height over the floor."""
    return (stage.body.stand - height) / stage.body.leg
