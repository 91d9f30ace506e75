"""Down from a stand and up again: chairs, sitting and lying on the floor.

Every action begins and ends in a stand. On the floor the channel `rest` lets the body lie: the
pelvis is put where its lowest point touches.
"""

import numpy as np

from poise.anatomy.figure import SIDES, out
from poise.data.maker.arms import reach
from poise.data.maker.locomotion import settle_down
from poise.data.maker.stage import ARMS, Stage


def sit_on_chair(stage: Stage) -> None:
    """Sit down on something, move about there, get up."""
    rng = stage.rng
    with stage.action("sit on a chair"):
        hips = rng.uniform(0.38, 0.52) + 0.09
        back = 0.85 * stage.body.thigh
        down, up = stage.sink(hips), stage.time + stage.seconds(0.45, 0.65)
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
            stage.grip(hand, place, squat, stage.time - 0.1)
        _seat(stage, stage.time, back, pitch=-18, bend=24)
        for leg in SIDES:  # where the legs are anyway: a leg that comes loose starts from there
            stage.loose(leg, stage.time, (118, 6, 5), 100, -5, plant=1)
        stage.time += stage.seconds(0.5, 0.9)
        _seat(stage, stage.time, back, pitch=-10, bend=18)
        for hand in SIDES:
            stage.let_go(hand, stage.time - 0.3, stage.time + 0.5)
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
        stage.pose(stage.time, stage.sink(0.22), forward=-0.6 * back, pitch=-8, bend=72)
        stage.score.key(stage.time, rest=(0,))
        stage.time += stage.seconds(0.35, 0.5)
        stage.pose(stage.time, 0.58, forward=-0.04, pitch=12, bend=50)
        stage.time += stage.seconds(0.7, 1.0)
        stage.pose(stage.time, 0.06, pitch=10, bend=8)
        settle_down(stage)


# Sitting and lying


def _seat(stage: Stage, time: float, back: float, **pose: float) -> None:
    stage.pose(time, stage.sink(0.11), forward=-back, **pose)
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
