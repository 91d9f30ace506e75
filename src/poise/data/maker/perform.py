"""A score and a body make a performance: solved, kept inside all joint limits, feet in place."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from poise.data.maker.arms import solve_arm
from poise.data.maker.figure import SIDES, Proportions, within
from poise.data.maker.legs import (
    Foot,
    bend_ankle,
    bend_leg,
    cover,
    heel_to_raise,
    hip_place,
    loose_leg,
    lower_to_reach,
    roll_sole,
)
from poise.data.maker.pose import LIMBS, pointing, rotation
from poise.data.maker.score import DEFAULTS, Curve, Score, Track
from poise.geometry.kinematics import forward
from poise.geometry.rotations import (
    about,
    matrix_to_quaternion,
    matrix_to_vector,
    vector_to_matrix,
)
from poise.motion import Body, Motion
from poise.skeletons import FIGURE27

# How far the skin is from the joint, for lying on the floor: metres.
_FLESH = {
    "pelvis": 0.10,
    "lumbar": 0.10,
    "spine": 0.10,
    "skull": 0.08,
    "head": 0.06,
    "nose": 0.01,
    "shoulder": 0.07,
    "hip": 0.09,
    "knee": 0.055,
    "ankle": 0.045,
    "heel": 0.0,
    "ball": 0.0,
}
_HAND_OVER_FLOOR = 0.04  # wrists and elbows stay above this
_TOUCHING = [
    (joint, _FLESH[name])
    for joint, name in enumerate(
        name.removeprefix("left_").removeprefix("right_") for name in FIGURE27.joints
    )
    if name in _FLESH
]
_ANGLES = [
    name for name in DEFAULTS if not name.endswith(("root", "rest", "plant", "grip", "hold"))
]


@dataclass(frozen=True)
class Performance:
    """What was performed: the body, and when which part of which foot stood on the floor."""

    body: Body
    contacts: dict[str, Bool[np.ndarray, " time"]]  # by joint: left_heel, left_ball, ...
    labels: tuple[tuple[float, float, str], ...]  # from, to (s), what was done


def perform(score: Score, figure: Proportions, seconds: float, fps: float = 30.0) -> Performance:
    """Play a score."""
    times = np.arange(round(seconds * fps)) / fps
    channel = score.sample(times)
    for name in _ANGLES:
        channel[name] = np.deg2rad(channel[name])
    local = np.tile(np.eye(3), (len(times), len(FIGURE27), 1, 1))
    _torso(channel, local)
    _arms(channel, local)
    root = channel["root"].copy()
    tracks = {side: score.feet(side, times) for side in SIDES}
    feet = {side: _foot(side, tracks[side], channel, figure) for side in SIDES}
    stands = {side: tracks[side][2] for side in SIDES}
    offsets = figure.offsets()

    # First as written, then with the pelvis where floor and legs want it.
    _legs(channel, local, root, feet, figure, fps)
    root[:, 2] += _settle(local, offsets, root, channel["rest"][:, 0], fps)
    root[:, 2] -= _sink(channel, local, root, feet, stands, figure, fps)
    for _ in range(3):  # a raised heel moves the ankle, which moves the shin
        _raise_heels(channel, local, root, feet, stands, figure, fps)
        feet = {side: _foot(side, tracks[side], channel, figure) for side in SIDES}
    _legs(channel, local, root, feet, figure, fps)
    xyz, world = _stand_up(local, offsets, root)
    _hands(channel, local, xyz, world, figure, fps)
    xyz, world = _stand_up(local, offsets, root)
    _palms(local, xyz, world, figure)
    xyz, world = _stand_up(local, offsets, root)

    motion = Motion(
        xyz=xyz.astype(np.float32),
        skeleton=FIGURE27,
        fps=fps,
        frame="world",
        placed=True,
        times=times,
    )
    body = Body(
        motion=motion,
        rotations=matrix_to_quaternion(local).astype(np.float32),
        offsets=offsets.astype(np.float32),
        model="figure",
    )
    return Performance(body, _contacts(channel, stands), tuple(score.labels))


def _torso(channel: dict[str, Curve], local: np.ndarray) -> None:
    yaw, pitch, roll, spin = np.moveaxis(channel["turn"], -1, 0)
    pelvis = about("z", yaw) @ about("x", pitch) @ about("y", roll) @ about("z", spin)
    local[:, FIGURE27.index("pelvis")] = pelvis
    lumbar = within("lumbar", channel["lumbar"] + channel["upper_lumbar"])
    spine = within("spine", channel["spine"] + channel["upper_spine"])
    local[:, FIGURE27.index("lumbar")] = rotation("lumbar", lumbar)
    local[:, FIGURE27.index("spine")] = rotation("spine", spine)
    local[:, FIGURE27.index("thorax")] = rotation("neck", within("neck", channel["neck"]))
    local[:, FIGURE27.index("skull")] = rotation("head", within("head", channel["head"]))


def _arms(channel: dict[str, Curve], local: np.ndarray) -> None:
    for side in SIDES:
        for part in ("clavicle", "shoulder", "elbow", "wrist"):
            kind = LIMBS[part]
            turn = rotation(kind, within(kind, channel[f"{side}_{kind}"]), side)
            local[:, FIGURE27.index(f"{side}_{part}")] = turn


def _foot(side: str, track: Track, channel: dict[str, Curve], figure: Proportions) -> Foot:
    place, heading, _ = track
    return roll_sole(place, heading, channel[f"{side}_roll"][:, 0], figure)


def _legs(
    channel: dict[str, Curve],
    local: np.ndarray,
    root: np.ndarray,
    feet: dict[str, Foot],
    figure: Proportions,
    fps: float,
) -> None:
    """Rotations of the legs: by their angles, by their feet, or between the two."""
    pelvis = local[:, FIGURE27.index("pelvis")]
    for side in SIDES:
        hip, knee, ankle = (FIGURE27.index(f"{side}_{part}") for part in ("hip", "knee", "ankle"))
        place = hip_place(side, root, pelvis, figure)
        plant = channel[f"{side}_plant"]
        target = feet[side]
        free = plant[:, 0] <= 0
        if (plant < 1).any():
            angles_of = {kind: channel[f"{side}_{kind}"] for kind in ("leg", "knee", "ankle")}
            reach = _frames(0.15, fps)
            rests = channel["rest"][:, 0]
            loose = loose_leg(side, pelvis, place, angles_of, figure, rests, reach)
            target = _between(loose.foot, target, plant)
        local[:, hip], local[:, knee], shin = bend_leg(side, pelvis, place, target, figure)
        if free.any():  # exactly the angles that were asked for, knee direction included
            local[free, hip], local[free, knee] = loose.hip[free], loose.knee[free]
            shin[free] = loose.shin[free]
        local[:, ankle] = bend_ankle(side, shin, target)


def _between(loose: Foot, planted: Foot, weight: np.ndarray) -> Foot:
    turn = matrix_to_vector(np.swapaxes(loose.axes, -1, -2) @ planted.axes)
    axes = loose.axes @ vector_to_matrix(weight * turn)
    return Foot(loose.ankle + weight * (planted.ankle - loose.ankle), axes)


def _settle(
    local: np.ndarray, offsets: np.ndarray, root: np.ndarray, rest: np.ndarray, fps: float
) -> np.ndarray:
    """How far the pelvis must rise for the body to lie on the floor, or at least not in it."""
    xyz, _ = _stand_up(local, offsets, root)
    clearance = np.min([xyz[:, joint, 2] - flesh for joint, flesh in _TOUCHING], axis=0)
    down = -rest * np.maximum(clearance, 0)
    return down + cover(np.maximum(-(clearance + down), 0), _frames(0.10, fps))


def _sink(
    channel: dict[str, Curve],
    local: np.ndarray,
    root: np.ndarray,
    feet: dict[str, Foot],
    stands: dict[str, np.ndarray],
    figure: Proportions,
    fps: float,
) -> np.ndarray:
    """How far the pelvis must sink for the standing feet to be in reach."""
    pelvis = local[:, FIGURE27.index("pelvis")]
    needed = np.zeros(len(root))
    for side in SIDES:
        carries = stands[side] * (channel[f"{side}_plant"][:, 0] >= 1)
        hip = hip_place(side, root, pelvis, figure)
        needed = np.maximum(needed, lower_to_reach(hip, feet[side].ankle, carries, figure))
    return cover(needed, _frames(0.10, fps))


def _raise_heels(
    channel: dict[str, Curve],
    local: np.ndarray,
    root: np.ndarray,
    feet: dict[str, Foot],
    stands: dict[str, np.ndarray],
    figure: Proportions,
    fps: float,
) -> None:
    """Where a shin leans further than its ankle bends, the heel leaves the floor."""
    pelvis = local[:, FIGURE27.index("pelvis")]
    for side in SIDES:
        place = hip_place(side, root, pelvis, figure)
        _, _, shin = bend_leg(side, pelvis, place, feet[side], figure)
        carries = stands[side] * (channel[f"{side}_plant"][:, 0] > 0)
        needed = heel_to_raise(side, shin, feet[side]) * carries
        channel[f"{side}_roll"] = (
            channel[f"{side}_roll"] + cover(needed, _frames(0.10, fps))[:, None]
        )


def _hands(
    channel: dict[str, Curve],
    local: np.ndarray,
    xyz: np.ndarray,
    world: np.ndarray,
    figure: Proportions,
    fps: float,
) -> None:
    """Hands that stay at their holds, and hands and elbows that do not go through the floor."""
    for side in SIDES:
        shoulder, elbow, wrist = (
            xyz[:, FIGURE27.index(f"{side}_{part}")] for part in ("shoulder", "elbow", "wrist")
        )
        held = wrist + channel[f"{side}_grip"] * (channel[f"{side}_hold"] - wrist)
        reach = _frames(0.15, fps)
        rise = cover(np.maximum(_HAND_OVER_FLOOR - held[:, 2], 0), reach)
        tuck = cover(np.maximum(_HAND_OVER_FLOOR - elbow[:, 2], 0), reach)
        changed = (channel[f"{side}_grip"][:, 0] > 0) | (rise > 0) | (tuck > 0)
        if not changed.any():
            continue
        up = np.array([0.0, 0.0, 1.0])
        axes = np.swapaxes(world[:, FIGURE27.index(f"{side}_clavicle")], -1, -2)
        wanted = held + rise[:, None] * up - shoulder
        bend = elbow - (shoulder + wrist) / 2 + 2 * tuck[:, None] * up
        arm, flexion = solve_arm(side, _turned(axes, wanted), _turned(axes, bend), figure)
        for part, kind, found in (("shoulder", "arm", arm), ("elbow", "elbow", flexion)):
            turn = rotation(kind, found, side)
            local[changed, FIGURE27.index(f"{side}_{part}")] = turn[changed]


def _palms(local: np.ndarray, xyz: np.ndarray, world: np.ndarray, figure: Proportions) -> None:
    """Hands that lie on the floor instead of going through it."""
    for side in SIDES:
        wrist, hand, elbow = (
            FIGURE27.index(f"{side}_{part}") for part in ("wrist", "hand", "elbow")
        )
        through = xyz[:, hand, 2] < 0
        if not through.any():
            continue
        way = xyz[through, hand] - xyz[through, wrist]
        down = np.clip(-xyz[through, wrist, 2] / figure.hand, -0.99, 0.99)
        level = way[:, :2] / np.maximum(np.linalg.norm(way[:, :2], axis=-1, keepdims=True), 1e-6)
        flat = np.column_stack([level * np.sqrt(1 - down**2)[:, None], down])
        forearm = np.swapaxes(world[through, elbow], -1, -2)
        bent = within("wrist", pointing(_turned(forearm, flat), side))
        local[through, wrist] = rotation("wrist", bent, side)


def _turned(axes: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    return (axes @ vectors[..., None])[..., 0]


def _stand_up(
    local: np.ndarray, offsets: np.ndarray, root: np.ndarray
) -> tuple[Float[np.ndarray, "time joint 3"], Float[np.ndarray, "time joint 3 3"]]:
    placed = np.tile(offsets, (len(root), 1, 1))
    placed[:, FIGURE27.index("pelvis")] = root
    return forward(local, placed, FIGURE27)


def _contacts(
    channel: dict[str, Curve], stands: dict[str, np.ndarray]
) -> dict[str, Bool[np.ndarray, " time"]]:
    found = {}
    for side in SIDES:
        down = (stands[side] > 0) & (channel[f"{side}_plant"][:, 0] >= 1)
        roll = channel[f"{side}_roll"][:, 0]
        found[f"{side}_ball"] = down & (roll >= 0)
        found[f"{side}_heel"] = down & (roll <= 0)
    return found


def _frames(seconds: float, fps: float) -> int:
    return max(1, round(seconds * fps))
