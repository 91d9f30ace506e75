"""The solver: from the curves of a score to the rotations of a figure, step by step.

Each step reads what the ones before it left and improves the pose in place: all frames at once.
"""

import numpy as np
from jaxtyping import Float

from poise.anatomy.figure import GRAVITY, SIDES, Proportions, within
from poise.anatomy.pose import LIMBS, TORSO, pointing, rotation
from poise.data.maker.arms import solve_arm
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
from poise.data.maker.score import DEFAULTS, Curve, Score, Series, spans
from poise.geometry.kinematics import forward
from poise.geometry.rotations import about, matrix_to_vector, vector_to_matrix
from poise.skeletons import FIGURE27

Points = Float[np.ndarray, "time 3"]
Turns = Float[np.ndarray, "time 3 3"]

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
_TOUCHING = [
    (joint, _FLESH[part])
    for joint, part in enumerate(name.rpartition("_")[2] for name in FIGURE27.joints)
    if part in _FLESH
]
_HAND_OVER_FLOOR = 0.04  # wrists and elbows stay above this, metres
_EASE = 0.10  # seconds over which the pelvis and the heels give way
_EASE_LIMBS = 0.15  # and arms and loose legs, which go further

# Channels that are angles: degrees in the score, radians here.
_ANGLES = [
    name for name in DEFAULTS if not name.endswith(("root", "rest", "plant", "grip", "hold"))
]


class Solver:
    """One performance being solved: curves, rotations relative to the parents, the pelvis' path."""

    def __init__(self, score: Score, figure: Proportions, times: Series, fps: float) -> None:
        self.figure, self.fps = figure, fps
        self.curves = score.sample(times)
        for name in _ANGLES:
            self.curves[name] = np.deg2rad(self.curves[name])
        self.tracks = {side: score.feet(side, times) for side in SIDES}
        self.offsets = figure.offsets()
        self.local = np.tile(np.eye(3), (len(times), len(FIGURE27), 1, 1))
        self.root = self.curves["root"].copy()

    def bend_torso(self) -> None:
        """Pelvis, spine, neck and head by their angles."""
        yaw, pitch, roll, spin = np.moveaxis(self.curves["turn"], -1, 0)
        pelvis = about("z", yaw) @ about("x", pitch) @ about("y", roll) @ about("z", spin)
        self._joint("pelvis")[:] = pelvis
        angles = {
            "lumbar": self.curves["lumbar"] + self.curves["upper_lumbar"],
            "spine": self.curves["spine"] + self.curves["upper_spine"],
            "neck": self.curves["neck"],
            "head": self.curves["head"],
        }
        for joint, kind in TORSO.items():
            self._joint(joint)[:] = rotation(kind, within(kind, angles[kind]))

    def bend_arms(self) -> None:
        """Arms by their angles."""
        for side in SIDES:
            for part in ("clavicle", "shoulder", "elbow", "wrist"):
                kind = LIMBS[part]
                angles = within(kind, self.curves[f"{side}_{kind}"])
                self._joint(f"{side}_{part}")[:] = rotation(kind, angles, side)

    def bend_legs(self) -> None:
        """Legs by their angles, by their feet, or between the two."""
        for side in SIDES:
            hip, weight = self._hip(side), self.curves[f"{side}_plant"]
            foot = self._foot(side)
            free = weight[:, 0] <= 0
            if (weight < 1).any():
                loose = loose_leg(
                    side,
                    self._joint("pelvis"),
                    hip,
                    {kind: self.curves[f"{side}_{kind}"] for kind in ("leg", "knee", "ankle")},
                    self.figure,
                    self.curves["rest"][:, 0],
                    self._frames(_EASE_LIMBS),
                )
                foot = _between(loose.foot, foot, weight)
            thigh, knee, shin = bend_leg(side, self._joint("pelvis"), hip, foot, self.figure)
            if free.any():  # exactly the angles that were asked for, knee direction included
                thigh[free], knee[free], shin[free] = (
                    turn[free] for turn in (loose.hip, loose.knee, loose.shin)
                )
            self._joint(f"{side}_hip")[:] = thigh
            self._joint(f"{side}_knee")[:] = knee
            self._joint(f"{side}_ankle")[:] = bend_ankle(side, shin, foot)

    def lie_on_floor(self) -> None:
        """The pelvis rises or sinks until a resting body touches the floor; none goes through."""
        xyz, _ = self.stand_up()
        clearance = np.min([xyz[:, joint, 2] - flesh for joint, flesh in _TOUCHING], axis=0)
        down = -self.curves["rest"][:, 0] * np.maximum(clearance, 0)
        self.root[:, 2] += down + self._cover(np.maximum(-(clearance + down), 0))

    def sink_to_reach(self) -> None:
        """The pelvis sinks until every standing foot is within reach of its leg."""
        needed = np.zeros(len(self.root))
        for side in SIDES:
            ankle = self._foot(side).ankle
            carries = self.stands(side)
            lower = lower_to_reach(self._hip(side), ankle, carries, self.figure)
            needed = np.maximum(needed, lower)
        self.root[:, 2] -= self._cover(needed)

    def raise_heels(self) -> None:
        """Where a shin leans further than its ankle bends, the heel leaves the floor."""
        for _ in range(3):  # a raised heel moves the ankle, which moves the shin
            for side in SIDES:
                foot, pelvis = self._foot(side), self._joint("pelvis")
                _, _, shin = bend_leg(side, pelvis, self._hip(side), foot, self.figure)
                carries = self.tracks[side][2] * (self.curves[f"{side}_plant"][:, 0] > 0)
                needed = self._cover(heel_to_raise(side, shin, foot) * carries)
                self.curves[f"{side}_roll"] = self.curves[f"{side}_roll"] + needed[:, None]

    def fall_freely(self) -> None:
        """Between leaving the floor and landing the pelvis is on a parabola, as gravity has it."""
        stands = np.max([self.tracks[side][2] for side in SIDES], axis=0)
        flying = (stands == 0) & (self.curves["rest"][:, 0] == 0)
        for first, stop in spans(flying):
            if first == 0 or stop == len(flying):
                continue
            begin, end = self.root[first - 1, 2], self.root[stop, 2]
            time = np.arange(stop - first + 2) / self.fps
            rise = GRAVITY / 2 * time * (time[-1] - time)
            path = begin + (end - begin) * time / time[-1] + rise
            self.root[first:stop, 2] = path[1:-1]

    def place_hands(self) -> None:
        """Hands stay at their holds; hands and elbows do not go through the floor."""
        xyz, world = self.stand_up()
        up = np.array([0.0, 0.0, 1.0])
        for side in SIDES:
            shoulder, elbow, wrist = (
                xyz[:, FIGURE27.index(f"{side}_{part}")] for part in ("shoulder", "elbow", "wrist")
            )
            grip = self.curves[f"{side}_grip"]
            held = wrist + grip * (self.curves[f"{side}_hold"] - wrist)
            rise, tuck = (
                self._cover(np.maximum(_HAND_OVER_FLOOR - joint[:, 2], 0), _EASE_LIMBS)
                for joint in (held, elbow)
            )
            changed = (grip[:, 0] > 0) | (rise > 0) | (tuck > 0)
            if not changed.any():
                continue
            axes = np.swapaxes(world[:, FIGURE27.index(f"{side}_clavicle")], -1, -2)
            wanted = held + rise[:, None] * up - shoulder
            bend = elbow - (shoulder + wrist) / 2 + 2 * tuck[:, None] * up
            arm, flexion = solve_arm(side, _turned(axes, wanted), _turned(axes, bend), self.figure)
            for part, kind, angles in (("shoulder", "arm", arm), ("elbow", "elbow", flexion)):
                self._joint(f"{side}_{part}")[changed] = rotation(kind, angles, side)[changed]

    def lay_palms(self) -> None:
        """Hands that would go through the floor lie on it."""
        xyz, world = self.stand_up()
        for side in SIDES:
            wrist, hand, elbow = (
                FIGURE27.index(f"{side}_{part}") for part in ("wrist", "hand", "elbow")
            )
            through = xyz[:, hand, 2] < 0
            if not through.any():
                continue
            way = xyz[through, hand] - xyz[through, wrist]
            down = np.clip(-xyz[through, wrist, 2] / self.figure.hand, -0.99, 0.99)
            level = way[:, :2] / np.maximum(np.linalg.norm(way[:, :2], axis=-1), 1e-6)[:, None]
            flat = np.column_stack([level * np.sqrt(1 - down**2)[:, None], down])
            forearm = np.swapaxes(world[through, elbow], -1, -2)
            bent = within("wrist", pointing(_turned(forearm, flat), side))
            self.local[through, wrist] = rotation("wrist", bent, side)

    def stand_up(
        self,
    ) -> tuple[Float[np.ndarray, "time joint 3"], Float[np.ndarray, "time joint 3 3"]]:
        """Where all joints are now, and how they are turned in the world."""
        placed = np.tile(self.offsets, (len(self.root), 1, 1))
        placed[:, FIGURE27.index("pelvis")] = self.root
        return forward(self.local, placed, FIGURE27)

    def stands(self, side: str) -> Series:
        """1 where the foot stands, 0 where it steps or hangs."""
        return self.tracks[side][2] * (self.curves[f"{side}_plant"][:, 0] >= 1)

    def _joint(self, name: str) -> Turns:
        return self.local[:, FIGURE27.index(name)]

    def _hip(self, side: str) -> Points:
        return hip_place(side, self.root, self._joint("pelvis"), self.figure)

    def _foot(self, side: str) -> Foot:
        place, heading, _ = self.tracks[side]
        return roll_sole(place, heading, self.curves[f"{side}_roll"][:, 0], self.figure)

    def _cover(self, needed: Series, seconds: float = _EASE) -> Series:
        return cover(needed, self._frames(seconds))

    def _frames(self, seconds: float) -> int:
        return max(1, round(seconds * self.fps))


def _between(loose: Foot, planted: Foot, weight: Curve) -> Foot:
    turn = matrix_to_vector(np.swapaxes(loose.axes, -1, -2) @ planted.axes)
    axes = loose.axes @ vector_to_matrix(weight * turn)
    return Foot(loose.ankle + weight * (planted.ankle - loose.ankle), axes)


def _turned(axes: Turns, vectors: Points) -> Points:
    return (axes @ vectors[..., None])[..., 0]
