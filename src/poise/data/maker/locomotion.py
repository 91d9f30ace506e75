"""Ways to get about: walking in all directions, turning, running, stairs, jumping, hopping."""

import numpy as np

from poise.anatomy.figure import GRAVITY, SIDES, other, out
from poise.data.maker.stage import Stage


def stand(stage: Stage) -> None:
    """Stand about, the weight going from leg to leg."""
    with stage.action("stand"):
        for _ in range(stage.rng.integers(1, 4)):
            side = stage.rng.uniform(-1, 1)
            stage.time += stage.seconds(0.7, 1.8)
            stage.pose(
                stage.time,
                0.004 + 0.02 * stage.rng.random(),
                aside=0.045 * side,
                yaw=stage.rng.normal(0, 5),
                roll=-3 * side,
                side=-3 * side,
                twist=stage.rng.normal(0, 8),
                bend=stage.rng.normal(0, 4),
            )
        settle_down(stage)


def walk(stage: Stage) -> None:
    """Walk on a line or a curve."""
    rng = stage.rng
    speed = rng.uniform(0.6, 1.9)
    length = stage.body.leg * np.clip(0.35 + 0.28 * speed, 0.4, 0.92)
    with stage.action("walk"):
        _steps(
            stage,
            count=int(rng.integers(4, 10)),
            length=length,
            tempo=length / speed,
            curve=rng.choice([0.0, rng.normal(0, 9)]),
            crouch=rng.choice([0.0, 0.0, rng.uniform(0.02, 0.16)]),
            lean=rng.uniform(-2, 6) + 2 * speed,
            lift=rng.choice([0.03, rng.uniform(0.03, 0.2)], p=[0.7, 0.3]),
        )


def walk_backward(stage: Stage) -> None:
    """Walk backward."""
    with stage.action("walk backward"):
        length = stage.body.leg * stage.rng.uniform(0.3, 0.55)
        _steps(
            stage,
            count=int(stage.rng.integers(3, 7)),
            length=length,
            tempo=stage.seconds(0.5, 0.75),
            course=180.0,
            curve=stage.rng.normal(0, 5),
            lean=stage.rng.uniform(-4, 6),
            lift=0.06,
            heel=-18.0,
        )


def sidestep(stage: Stage) -> None:
    """Walk sideways, the feet closing up."""
    with stage.action("sidestep"):
        side = stage.rng.choice([-1.0, 1.0])
        _steps(
            stage,
            count=2 * int(stage.rng.integers(2, 5)),
            length=stage.rng.uniform(0.12, 0.22),
            tempo=stage.seconds(0.32, 0.5),
            course=90.0 * side,
            first="left" if side > 0 else "right",
            crouch=stage.rng.uniform(0, 0.12),
            width=max(0.38, stage.style.width),
            lift=0.05,
            heel=5.0,
        )


def turn(stage: Stage) -> None:
    """Turn on the spot, by steps."""
    with stage.action("turn"):
        side = stage.rng.choice([-1.0, 1.0])
        _steps(
            stage,
            count=int(stage.rng.integers(2, 6)),
            length=0.02,
            tempo=stage.seconds(0.4, 0.6),
            curve=side * stage.rng.uniform(20, 48),
            first="left" if side > 0 else "right",
            lift=0.05,
            heel=8.0,
        )


def stairs(stage: Stage) -> None:
    """Walk up some steps of a stair, along, and down again."""
    with stage.action("stairs"):
        rise = stage.rng.uniform(0.10, 0.19)
        count = int(stage.rng.integers(2, 5))
        ground = stage.floor
        length, tempo = stage.rng.uniform(0.28, 0.36), stage.seconds(0.6, 0.8)
        for step in (rise, 0.0, -rise):
            steps = count if step else int(stage.rng.integers(2, 4))
            _steps(
                stage,
                count=steps,
                length=length if step else 1.4 * length,
                tempo=tempo,
                rise=step,
                lean=8 if step > 0 else 3,
                lift=0.06 + 0.4 * abs(step),
                heel=-10.0 if step else 15.0,
                closing=False,
            )
        _close(stage, tempo)
        stage.floor = ground


def run(stage: Stage) -> None:
    """Run, both feet off the floor between steps."""
    rng = stage.rng
    with stage.action("run"):
        leg = stage.body.leg
        count = int(rng.integers(5, 12))
        tempo = rng.uniform(0.31, 0.39) / stage.style.tempo**0.5
        length = leg * rng.uniform(0.7, 1.5)
        contact = tempo * rng.uniform(0.62, 0.8)
        curve = rng.choice([0.0, rng.normal(0, 6)])
        flight = tempo - contact
        rise = GRAVITY * flight**2 / 8
        first = stage.some_side()[0]
        start = stage.time + 0.25
        lean = rng.uniform(6, 16)
        before = stage.at.copy()
        landed = {"left": stage.time, "right": stage.time}
        stage.pose(stage.time + 0.15, 0.05, pitch=5, bend=3)
        for i in range(count):
            side = first if i % 2 == 0 else other(first)
            s = out(side)
            stage.heading += np.deg2rad(curve)
            ramp = min(1.0, 0.45 + 0.25 * i, 0.35 + 0.3 * (count - 1 - i))
            stage.at = stage.ahead(ramp * length)
            land = start + (i + 1) * tempo
            lift_off = max(land - 2 * tempo + contact, landed[side] + 0.12)
            swing = land - lift_off
            # The foot lands before the hip and leaves the floor behind it.
            place = stage.ahead(0.10 * ramp * length, 0.35 * s * stage.style.width)
            high = ramp * rng.uniform(0.16, 0.30) * stage.style.energy
            stage.step(side, lift_off, land, stage.footing(side, place), high)
            stage.roll(
                side,
                (lift_off - 0.10, 0),
                (lift_off, 42),
                (lift_off + 0.35 * swing, 62 * ramp),
                (land - 0.04, -6),
                (land, -4),
                (land + 0.05, 0),
            )
            landed[side] = land
            middle = (before + stage.at) / 2
            here, stage.at = stage.at, middle
            stage.pose(land, 0.055, yaw=-7 * s, pitch=0.45 * lean, bend=0.55 * lean, twist=16 * s)
            # The highest point lies in the middle of the flight before the landing.
            stage.pose(
                land - flight / 2,
                0.05 - rise / leg,
                pitch=0.45 * lean,
                bend=0.5 * lean,
                yaw=-8 * s,
                twist=18 * s,
                forward=-0.5 * flight / tempo * ramp * length,
            )
            stage.at = here
            stage.pose(
                land + contact / 2,
                0.085,
                pitch=0.5 * lean,
                bend=0.5 * lean,
                roll=-4 * s,
                side=3 * s,
                aside=0.15 * s * stage.style.width,
            )
            stage.swing(land, -s * (20 + 16 * ramp), 80)
            before = here.copy()
            stage.time = land + contact / 2
        stage.time = land + 0.1
        _close(stage, 0.42)


def jump(stage: Stage) -> None:
    """Crouch, jump with both feet, land softly."""
    rng = stage.rng
    height = rng.uniform(0.10, 0.38) * min(1.0, stage.style.energy)
    far = rng.choice([0.0, rng.uniform(-0.3, 0.9)])
    spin = np.deg2rad(rng.choice([0.0, 0.0, 90.0, -90.0, 180.0, -180.0]))
    with stage.action("jump"):
        for _ in range(rng.integers(1, 4)):
            dip = rng.uniform(0.14, 0.34)
            low, off = stage.time + stage.seconds(0.35, 0.6), stage.time + stage.seconds(0.7, 0.85)
            flight = 2 * np.sqrt(2 * height / GRAVITY)
            land = off + flight
            stage.pose(low, dip, pitch=30 * dip / 0.3, bend=28 * dip / 0.3)
            stage.swing(low, -70 * stage.style.energy, 15)
            stage.pose(off - 0.03, 0.0, forward=0.1 * far, pitch=4, bend=0)
            before, facing = stage.at.copy(), stage.heading
            stage.heading += spin
            stage.at = before + far * np.array([np.sin(facing), -np.cos(facing)])
            tuck = rng.uniform(0, 1) * min(1.0, height / 0.3)
            for side in SIDES:
                stage.step(side, off, land, stage.home(side), height)
                # In the air the legs hang from the hips; they look for the floor before they land.
                leg, knee = (6 + 70 * tuck, rng.uniform(2, 14), 4), 12 + 95 * tuck
                stage.loose(side, off + 0.02, leg, 10, -40, plant=1)
                stage.loose(side, off + 0.4 * flight, leg, knee, -35)
                stage.loose(side, off + 0.6 * flight, leg, knee, -25)
                stage.loose(side, land - 0.01, (15, 3, 3), 15, -10, plant=1)
                stage.roll(
                    side,
                    (off - 0.16, 0),
                    (off, 48),
                    (off + flight / 2, 20),
                    (land - 0.02, 24),
                    (land, 20),
                    (land + 0.1, 0),
                )
            landing, turned = stage.at, stage.heading
            for share in (0.2, 0.35, 0.5, 0.65, 0.8):
                rise = 4 * share * (1 - share) * height / stage.body.leg
                stage.at = before + share * (landing - before)
                stage.heading = facing + share * spin
                stage.pose(off + share * flight, -0.02 - rise, pitch=12 * tuck, bend=18 * tuck)
            stage.at, stage.heading = landing, turned
            stage.swing(off + 0.3 * flight, 80 * stage.style.energy, 30)
            absorb = rng.uniform(0.12, 0.28)
            stage.pose(land, 0.03, pitch=8, bend=6)
            stage.pose(land + 0.16, absorb, pitch=60 * absorb, bend=70 * absorb)
            stage.time = land + stage.seconds(0.5, 0.8)
            stage.pose(stage.time, 0.01)
            stage.swing(stage.time, 0, stage.style.elbows)


def hop(stage: Stage) -> None:
    """Hop on one leg, the other drawn up."""
    rng = stage.rng
    side, free = stage.some_side()
    s = out(side)
    with stage.action("hop"):
        over = 0.38 * stage.style.width * s
        start = stage.time + stage.seconds(0.4, 0.6)
        leg = (rng.uniform(-10, 60), rng.uniform(0, 15), 5)
        stage.loose(free, stage.time, (25, 4, 4), 45, -5, plant=1)
        stage.loose(free, start, leg, rng.uniform(50, 110))
        stage.pose(start, 0.03, aside=over, roll=-4 * s, side=4 * s)
        height = rng.uniform(0.04, 0.12)
        flight = 2 * np.sqrt(2 * height / GRAVITY)
        time = start
        for _ in range(rng.integers(2, 6)):
            low, off = time + stage.seconds(0.16, 0.22), time + stage.seconds(0.32, 0.4)
            land = off + flight
            stage.pose(low, 0.09, aside=over, pitch=8, bend=8)
            stage.pose(off, 0.0, aside=over, pitch=3, bend=2)
            stage.at = stage.ahead(rng.uniform(0, 0.25))
            place = stage.ahead(0.0, out(side) * stage.style.width / 2)
            stage.step(side, off, land, stage.footing(side, place), 0.9 * height)
            stage.roll(side, (off - 0.12, 0), (off, 40), (land, 16), (land + 0.1, 0))
            stage.pose(off + flight / 2, -height / stage.body.leg, aside=over, pitch=4, bend=2)
            stage.pose(land, 0.02, aside=over, pitch=5, bend=3)
            time = land
        stage.pose(time + 0.12, 0.07, aside=over, pitch=8, bend=8)
        stage.time = time + 0.3
        stage.pose(stage.time, 0.02, aside=over)
        stage.hold(stage.time)
        # The other foot's track goes to its new home while the leg is still drawn up.
        stage.step(free, start + 0.01, stage.time, stage.home(free), 0.0)
        stage.time += stage.seconds(0.45, 0.7)
        stage.plant(free, stage.time - 0.05)
        settle_down(stage)


def _steps(
    stage: Stage,
    *,
    count: int,
    length: float,
    tempo: float,
    course: float = 0.0,
    curve: float = 0.0,
    rise: float = 0.0,
    crouch: float = 0.0,
    lean: float = 2.0,
    lift: float = 0.04,
    heel: float = 18.0,
    width: float | None = None,
    first: str | None = None,
    closing: bool = True,
) -> None:
    """Walk: `count` steps, one every `tempo` seconds; angles in degrees.

    `course` is where to, seen from where the figure faces; `heel` how far the toes are up when the
    foot lands (negative: it lands on the ball).
    """
    tempo = float(np.clip(tempo, 0.33, 0.9))
    first = first or stage.some_side()[0]
    swing = 0.78 * tempo
    energy = stage.style.energy
    before = stage.at.copy()
    start = stage.time + 0.12
    low = 0.02 + crouch
    width = stage.style.width if width is None else width
    stride = length if course == 0 else 0.0
    for i in range(count):
        side = first if i % 2 == 0 else other(first)
        s = out(side)
        ramp = 0.65 if i in (0, count - 1) else 1.0
        stage.heading += np.deg2rad(curve)
        toward = stage.heading + np.deg2rad(course)
        stage.at = stage.at + ramp * length * np.array([np.sin(toward), -np.cos(toward)])
        stage.floor += rise
        place = stage.ahead(0.0, s * width / 2)
        land = start + (i + 1) * tempo
        off = land - swing
        stage.step(side, off, land, stage.footing(side, place), lift + max(rise, 0) * 0.6)
        push = 18 + 45 * min(1.0, stride)
        stage.roll(
            side,
            (off - 0.35 * tempo, 0),
            (off, push if course != 180 else 0.0),
            (off + 0.4 * swing, 0.6 * push),
            (land - 0.1 * swing, -heel),
            (land, -heel),
            (land + 0.14 * tempo, 0),
        )
        here = stage.at
        sway = 0.22 * s * width
        stage.at = (before + here) / 2
        floor = stage.floor
        stage.floor = floor - max(rise, 0) * 0.7 - min(rise, 0) * 0.2
        stage.pose(
            land,
            low + 0.012,
            yaw=-9 * s * min(stride, 0.8),
            pitch=0.5 * lean,
            bend=0.5 * lean,
            twist=13 * s * min(stride, 0.8) * energy,
        )
        stage.at, stage.floor = here, floor
        stage.pose(
            land + tempo / 2,
            low,
            aside=sway,
            roll=-3.5 * s,
            side=3 * s,
            pitch=0.5 * lean,
            bend=0.5 * lean,
        )
        stage.swing(land, -s * 38 * min(stride, 1.0) * energy, stage.style.elbows + 12)
        before = here
        stage.time = land + tempo / 2
    if closing:
        stage.time = land + 0.22 * tempo
        _close(stage, tempo)


def _close(stage: Stage, tempo: float) -> None:
    """Bring the feet side by side, the one behind first, and come to rest."""
    home = {side: stage.home(side).place for side in ("left", "right")}
    off = {side: np.linalg.norm(stage.score.footing(side).place - home[side]) for side in home}
    start = stage.time
    for side in sorted(home, key=lambda side: -off[side]):
        begin = max(start, stage.score.steps[side][-1].end + 0.12 if stage.score.steps[side] else 0)
        end = begin + max(0.75 * tempo, 0.3)
        stage.step(side, begin, end, stage.home(side), 0.04)
        stage.roll(side, (begin - 0.1, 0), (begin, 16), (end - 0.05, 0))
        start = end + 0.05
        stage.pose(end, 0.02, aside=-0.15 * out(side) * stage.style.width)
    stage.swing(start, 0, stage.style.elbows)
    stage.time = start
    settle_down(stage)


def settle_down(stage: Stage) -> None:
    """Come to rest in a relaxed stand."""
    stage.time += stage.seconds(0.35, 0.6)
    stage.pose(stage.time, 0.006)
