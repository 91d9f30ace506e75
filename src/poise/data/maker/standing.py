"""What a standing figure does with its legs and trunk without going anywhere."""

import numpy as np

from poise.anatomy.figure import out
from poise.data.maker.locomotion import settle_down
from poise.data.maker.stage import Stage


def squat(stage: Stage) -> None:
    """Squat once or several times, to any depth."""
    rng = stage.rng
    with stage.action("squat"):
        deep = rng.uniform(0.15, 0.62)
        heels = rng.choice([0.0, 25.0]) * max(0.0, deep - 0.3) / 0.3
        for _ in range(rng.integers(1, 4)):
            down = stage.time + stage.seconds(0.6, 1.3)
            stage.pose(
                down,
                deep,
                forward=-0.12 * deep + 0.004 * heels,
                pitch=rng.uniform(15, 40) * min(1.0, deep / 0.4),
                bend=rng.uniform(0, 30) * min(1.0, deep / 0.4),
            )
            up = down + rng.choice([0.1, stage.seconds(0.3, 2.0)])
            stage.hold(up)
            for side in ("left", "right"):
                stage.roll(side, (stage.time, 0), (down, heels), (up, heels))
            stage.time = up + stage.seconds(0.6, 1.1)
            stage.pose(stage.time, 0.006)
            for side in ("left", "right"):
                stage.roll(side, (stage.time - 0.1, 0))


def lunge(stage: Stage) -> None:
    """Step into a lunge to the front or the side, and back."""
    rng = stage.rng
    for _ in range(rng.integers(1, 3)):
        side, other = stage.some_side()
        s = out(side)
        front = rng.random() < 0.65
        far = stage.body.leg * rng.uniform(0.75, 1.0)
        with stage.action("lunge"):
            off, land = stage.time + 0.2, stage.time + 0.2 + stage.seconds(0.5, 0.7)
            half = s * stage.style.width / 2
            place = stage.ahead(far, half) if front else stage.ahead(0, half + 0.55 * far * s)
            stage.step(side, off, land, stage.footing(side, place), 0.08)
            down = land + stage.seconds(0.3, 0.5)
            up = down + stage.seconds(0.2, 1.2)
            middle = {"forward": 0.5 * far} if front else {"aside": 0.55 * far * s}
            depth = rng.uniform(0.25, 0.44) if front else rng.uniform(0.12, 0.28)
            heel = rng.uniform(42, 58) if front else 0.0
            pose = {
                "pitch": rng.uniform(0, 20) if front else rng.uniform(10, 30),
                "bend": rng.normal(0, 10),
                "twist": rng.normal(0, 14),
                "side": rng.normal(0, 8),
            }
            stage.pose(land, 0.4 * depth, **{name: 0.8 * at for name, at in middle.items()})
            stage.pose(down, depth, **middle, **pose)
            stage.pose(up, depth + rng.uniform(-0.03, 0.03), **middle, **pose)
            stage.roll(side, (off, 12), (land - 0.08, -14 if front else 0), (land + 0.1, 0))
            stage.roll(other, (off, 0), (land, 0.5 * heel), (down, heel), (up, heel))
            back = up + stage.seconds(0.6, 0.8)
            stage.roll(other, (back, 0))
            stage.roll(side, (up + 0.05, 0), (up + 0.18, 14), (back - 0.05, 0))
            stage.step(side, up + 0.15, back, stage.home(side), 0.08)
            stage.pose(up + 0.2, 0.6 * depth, **{name: 0.75 * at for name, at in middle.items()})
            stage.pose(back, 0.05)
            stage.time = back
            settle_down(stage)


def kick(stage: Stage) -> None:
    """Kick to the front, the side or the back, high or low, snapped or swung."""
    rng = stage.rng
    for _ in range(rng.integers(1, 4)):
        free, carrier = stage.some_side()
        c = out(carrier)
        with stage.action("kick"):
            over = 0.42 * stage.style.width * c
            high = rng.uniform(0.3, 1.0) * min(1.0, stage.style.energy)
            shift = stage.time + stage.seconds(0.3, 0.5)
            draw = shift + stage.seconds(0.3, 0.45)
            hit = draw + rng.uniform(0.14, 0.3)
            back = hit + rng.uniform(0.2, 0.35)
            _onto_one_leg(stage, free, shift, over, sink=0.03, early=0.1)
            where = rng.choice(["front", "swing", "side", "back"], p=[0.35, 0.3, 0.2, 0.15])
            drawn, struck, lean = {
                "front": ((70 * high + 10, 5, 5), (105 * high, 5, 5), (-16 * high, 0)),
                "swing": ((-25, 8, 5), (95 * high, 2, 5), (-10 * high, 0)),
                "side": ((60 * high, 30, 10), (40 * high, 58 * high, 10), (0, -28 * high)),
                "back": ((50, 5, 5), (-28, 8, 5), (38 * high, 0)),
            }[where]
            knee = (rng.uniform(85, 115), rng.uniform(4, 20))
            stage.loose(free, draw, drawn, knee[0] if where != "swing" else 60)
            stage.loose(free, hit, struck, knee[1], ankle=rng.uniform(-45, 10))
            stage.loose(free, back, drawn if where != "swing" else (35, 8, 5), knee[0])
            pitch, tilt = lean
            stage.pose(draw, 0.05, aside=over, pitch=0.3 * pitch, roll=0.3 * tilt * c)
            stage.pose(
                hit,
                0.02,
                aside=over,
                pitch=pitch,
                bend=-0.5 * pitch,
                roll=-tilt * c,
                side=0.4 * tilt * c,
                yaw=rng.normal(0, 8),
            )
            stage.pose(back, 0.05, aside=over, pitch=0.3 * pitch)
            stage.time = back + stage.seconds(0.4, 0.6)
            _onto_both_legs(stage, free, over)


def balance(stage: Stage) -> None:
    """Stand on one leg: stork, tree, arabesque, a leg held out."""
    rng = stage.rng
    free, carrier = stage.some_side()
    c = out(carrier)
    with stage.action("balance"):
        over = 0.46 * stage.style.width * c
        shift = stage.time + stage.seconds(0.5, 0.8)
        _onto_one_leg(stage, free, shift, over, sink=0.02, early=0.15)
        time = shift
        for _ in range(rng.integers(1, 4)):
            time += stage.seconds(0.7, 1.2)
            ways: list[tuple[tuple[float, float, float], float, float, float]] = [
                ((rng.uniform(40, 110), rng.uniform(-5, 25), 5), rng.uniform(30, 130), -4, 0),
                ((50, 50, 50), 140, 0, 0),
                ((-25, 5, 10), rng.uniform(0, 60), rng.uniform(20, 70), 0),
                ((rng.uniform(0, 80), rng.uniform(15, 50), 5), 5, 0, -14),
                ((-10, 5, 0), rng.uniform(70, 125), 8, 0),
            ]
            leg, knee, pitch, tilt = ways[rng.integers(len(ways))]
            stage.loose(free, time, leg, knee, ankle=rng.uniform(-40, 15))
            stage.pose(
                time,
                rng.uniform(0.01, 0.1),
                aside=over,
                pitch=pitch,
                bend=-0.25 * pitch + rng.normal(0, 5),
                roll=-tilt * c,
                side=0.5 * tilt * c,
                twist=rng.normal(0, 8),
            )
            hold = time + stage.seconds(0.2, 1.6)
            stage.hold(hold)
            time = hold
        stage.time = time + stage.seconds(0.8, 1.1)
        _onto_both_legs(stage, free, over)


def bend_down(stage: Stage) -> None:
    """Bend to the floor or to the sides, with stiff or soft knees."""
    rng = stage.rng
    with stage.action("bend"):
        for _ in range(rng.integers(1, 4)):
            down = stage.time + stage.seconds(0.7, 1.2)
            deep = rng.uniform(0.0, 0.3)
            far = rng.uniform(0.4, 1.0)
            stage.pose(
                down,
                0.03 + deep,
                forward=-0.12 * far,
                pitch=55 * far,
                bend=70 * far,
                side=rng.normal(0, 10),
                twist=rng.normal(0, 16),
            )
            up = down + stage.seconds(0.2, 1.0)
            stage.hold(up)
            stage.time = up + stage.seconds(0.7, 1.2)
            stage.pose(stage.time, 0.01, side=rng.normal(0, 5))
        settle_down(stage)


def dance(stage: Stage) -> None:
    """Dance steps: a pattern of small steps on a beat, the hips and the chest going along."""
    rng = stage.rng
    beat = float(np.clip(stage.seconds(0.38, 0.62), 0.34, 0.7))
    bounce, sway = rng.uniform(0.0, 0.07), rng.uniform(0.0, 9.0)
    twist, depth = rng.normal(0, 14), rng.uniform(0.02, 0.12)
    # Where the feet go, beat by beat, as (foot, forward, aside, turn) from where the figure stands.
    far = rng.uniform(0.15, 0.32)
    wide = 1.0 + far
    patterns: list[list[tuple[str, float, float, float]]] = [
        [("left", 0, wide, 0), ("right", 0, 0.2, 0), ("right", 0, wide, 0), ("left", 0, 0.2, 0)],
        [("left", far, 1, 0), ("right", far, 1, 0), ("left", 0, 1, 0), ("right", 0, 1, 0)],
        [("left", far, 1, 0), ("left", 0, 1, 0), ("right", far, 1, 0), ("right", 0, 1, 0)],
        [("left", -far, 1, 0), ("left", 0, 1, 0), ("right", -far, 1, 0), ("right", 0, 1, 0)],
        [("left", far, 0.4, 0), ("left", 0, 1, 0), ("right", far, 0.4, 0), ("right", 0, 1, 0)],
        [("left", 0, 1, 45), ("right", 0, 1, 45), ("left", 0, 1, 45), ("right", 0, 1, 45)],
    ]
    with stage.action("dance"):
        width = max(stage.style.width, 0.22)
        for pattern in (patterns[rng.integers(6)], patterns[rng.integers(6)]):
            for i in range(int(rng.choice([4, 8]))):
                side, forward, aside, turn = pattern[i % 4]
                s = out(side)
                stage.heading += np.deg2rad(turn)
                land = stage.time + beat
                place = stage.ahead(forward, s * width * (aside - 0.5))
                stage.step(side, land - 0.8 * beat, land, stage.footing(side, place), 0.05)
                stage.roll(
                    side,
                    (land - 0.9 * beat, 0),
                    (land - 0.5 * beat, 24),
                    (land, 6),
                    (land + 0.15 * beat, 0),
                )
                # The weight is on the other foot while this one goes, then between the two.
                stand = stage.score.footing("right" if side == "left" else "left").place[:2]
                middle = 0.5 * (stand + place) - stage.at
                here = {
                    "forward": float(middle @ (stage.ahead(1) - stage.at)),
                    "aside": float(middle @ (stage.ahead(0, 1) - stage.at)),
                }
                stage.pose(
                    land - beat / 2,
                    depth + 0.02,
                    yaw=0.4 * twist * s,
                    roll=-sway * s,
                    side=1.3 * sway * s,
                    aside=-0.3 * width * s,
                    bend=4,
                )
                stage.pose(land, depth + bounce, **here, twist=twist * s, bend=rng.normal(4, 4))
                stage.swing(land, 22 * s * stage.style.energy, 50)
                stage.time = land
        for side in ("left", "right"):
            stage.roll(side, (stage.time + 0.1, 0), (stage.time + 0.15, 10))
            stage.step(side, stage.time + 0.1, stage.time + 0.45, stage.home(side), 0.04)
            stage.time += 0.4
            stage.roll(side, (stage.time, 0))
            stage.pose(stage.time, 0.03)
        settle_down(stage)


def _onto_one_leg(
    stage: Stage, free: str, time: float, over: float, sink: float, early: float
) -> None:
    """The weight is over one foot at this time; the other leg may come loose a little earlier."""
    stage.pose(time, sink, aside=over, roll=2 * out(free))
    stage.loose(free, time - early, (25, 4, 4), 45, -5, plant=1)


def _onto_both_legs(stage: Stage, free: str, over: float) -> None:
    """The loose leg stands again, and the weight comes back between the feet."""
    stage.plant(free, stage.time - 0.02)
    stage.pose(stage.time, 0.03, aside=0.5 * over)
    settle_down(stage)
