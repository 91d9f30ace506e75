"""A simple skinned figure around the bones of a body: an artist's mannequin.

On the joints of FIGURE27, under whatever names, it is a person; on any other tree of joints every
bone is a capsule.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from poise.export.figure_roles import figure_roles
from poise.export.rig_ready import Rig, leaf_ends
from poise.export.surfaces import Surface, chain_weights, limb, lofted, skinned, smooth, together

Vector = Float[np.ndarray, "3"]

_FRONT = np.array([0.0, -1.0, 0.0])
_UP = np.array([0.0, 0.0, 1.0])
_ASIDE = np.array([1.0, 0.0, 0.0])
_LIKE_M = 1.36  # from the ankle to the base of the neck: the stature the girths below belong to

# Key rings: share of the way along the bone, reach to both sides, forward and backward in metres.
Keys = Sequence[tuple[float, float, float, float]]
_TRUNK: Keys = (
    (-0.16, 0.040, 0.056, 0.064),
    (-0.10, 0.105, 0.085, 0.100),
    (0.00, 0.152, 0.103, 0.122),
    (0.10, 0.156, 0.106, 0.115),
    (0.24, 0.142, 0.103, 0.096),
    (0.38, 0.136, 0.102, 0.090),
    (0.52, 0.146, 0.110, 0.098),
    (0.68, 0.164, 0.122, 0.110),
    (0.80, 0.168, 0.118, 0.110),
    (0.89, 0.160, 0.102, 0.102),
    (0.95, 0.150, 0.084, 0.090),
    (1.00, 0.126, 0.064, 0.076),
    (1.04, 0.090, 0.053, 0.065),
    (1.08, 0.064, 0.048, 0.058),
    (1.11, 0.053, 0.045, 0.054),
)
_NECK: Keys = ((-0.35, 0.066, 0.062, 0.066), (0.3, 0.052, 0.052, 0.056), (1.0, 0.051, 0.05, 0.055))
_UPPER_ARM: Keys = (
    (0.00, 0.053, 0.053, 0.053),
    (0.20, 0.052, 0.052, 0.052),
    (0.50, 0.046, 0.047, 0.047),
    (0.85, 0.038, 0.040, 0.040),
    (1.00, 0.037, 0.039, 0.039),
)
_FOREARM: Keys = (
    (0.00, 0.037, 0.039, 0.039),
    (0.22, 0.040, 0.043, 0.043),
    (0.60, 0.031, 0.035, 0.035),
    (1.00, 0.021, 0.027, 0.027),
)
_THIGH: Keys = (
    (0.00, 0.084, 0.090, 0.092),
    (0.20, 0.083, 0.088, 0.092),
    (0.55, 0.068, 0.074, 0.074),
    (0.90, 0.053, 0.056, 0.056),
    (1.00, 0.051, 0.054, 0.055),
)
_SHIN: Keys = (
    (0.00, 0.051, 0.054, 0.055),
    (0.12, 0.050, 0.047, 0.058),
    (0.30, 0.054, 0.045, 0.068),
    (0.60, 0.041, 0.037, 0.050),
    (0.90, 0.031, 0.032, 0.036),
    (1.00, 0.032, 0.034, 0.038),
)
"""Girths of a slim adult of either sex, drawn by eye."""

# Height over the skull joint; reach to both sides, to the face and to the back of the head.
_HEAD = np.array(
    [
        (-0.090, 0.010, 0.070, -0.034),
        (-0.087, 0.026, 0.079, -0.018),
        (-0.070, 0.046, 0.088, 0.018),
        (-0.042, 0.057, 0.091, 0.052),
        (-0.008, 0.066, 0.090, 0.082),
        (0.030, 0.073, 0.091, 0.098),
        (0.065, 0.075, 0.087, 0.102),
        (0.095, 0.069, 0.073, 0.093),
        (0.118, 0.053, 0.051, 0.073),
        (0.132, 0.034, 0.026, 0.050),
        (0.138, 0.012, 0.000, 0.026),
    ]
)
# How far before the ankle (of its distance to the ball); half width, height over the sole.
_FOOT = np.array(
    [
        (-0.52, 0.006, 0.018, 0.008),
        (-0.50, 0.018, 0.038, 0.003),
        (-0.40, 0.029, 0.062, 0.0),
        (-0.15, 0.034, 0.088, 0.0),
        (0.15, 0.036, 0.090, 0.0),
        (0.50, 0.040, 0.066, 0.0),
        (0.85, 0.046, 0.046, 0.0),
        (1.10, 0.047, 0.038, 0.0),
        (1.40, 0.040, 0.031, 0.0),
        (1.58, 0.026, 0.025, 0.003),
        (1.66, 0.008, 0.017, 0.008),
    ]
)


def mannequin(rig: Rig) -> Surface:
    """The figure in the rest pose, the lowest joint on the floor."""
    roles = figure_roles(rig.skeleton, rig.rest)
    return _bones(rig) if roles is None else _Person(rig, roles).surface()


def _unit(vector: Vector) -> Vector:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)


class _Person:
    """The figure's parts, one after the other."""

    def __init__(self, rig: Rig, roles: dict[str, int]) -> None:
        self.roles = roles
        self.places = rig.standing()
        shank = self.at("left_ankle") - self.at("left_knee")
        thigh = self.at("left_knee") - self.at("left_hip")
        trunk = self.at("thorax") - self.at("pelvis")
        self.girth = sum(float(np.linalg.norm(part)) for part in (shank, thigh, trunk)) / _LIKE_M
        self.parts: list[Surface] = []

    def at(self, role: str) -> Vector:
        return self.places[self.roles[role]]

    def surface(self) -> Surface:
        self._trunk()
        self._head()
        for side in ("left", "right"):
            self._arm(side)
            self._hand(side)
            self._leg(side)
            self._foot(side)
        return together(self.parts)

    def _wide(self, keys: Keys, factor: float = 1.0) -> Keys:
        scale = self.girth * factor
        return [(at, scale * side, scale * fore, scale * aft) for at, side, fore, aft in keys]

    def _add(
        self,
        drawn: tuple[Float[np.ndarray, "vertex 3"], Int[np.ndarray, "face 3"]],
        roles: Sequence[str],
        weights: Float[np.ndarray, "vertex joint"],
        dark: bool = False,
    ) -> None:
        joints = [self.roles[role] for role in roles]
        self.parts.append(skinned(*drawn, joints, weights, dark=dark))

    def _rigid(
        self,
        drawn: tuple[Float[np.ndarray, "vertex 3"], Int[np.ndarray, "face 3"]],
        role: str,
        dark: bool = False,
    ) -> None:
        self._add(drawn, [role], np.ones((len(drawn[0]), 1)), dark)

    def _ball(self, role: str, radius: float) -> None:
        """A ball at a joint, which also hides the fold of a bent limb."""
        centre, r = self.at(role), radius * self.girth
        keys = [(share, r, r, r) for share in (0.0, 1.0)]
        drawn = limb(centre, centre + _UP * 1e-4, _FRONT, keys, rings=2, sides=14)
        self._rigid(drawn, role, dark=True)

    def _trunk(self) -> None:
        low, high = self.at("pelvis"), self.at("thorax")
        wide = float(np.linalg.norm(self.at("left_hip") - self.at("right_hip"))) / 0.20
        broad = float(np.linalg.norm(self.at("left_shoulder") - self.at("right_shoulder"))) / 0.36
        keys = [
            (at, side * (wide if at < 0.3 else broad) / self.girth, fore, aft)
            for at, side, fore, aft in _TRUNK
        ]
        drawn = limb(low, high, _FRONT, self._wide(keys), rings=24, square=2.4, sides=24, cap=0.4)
        vertices = drawn[0]
        axis = _unit(high - low)
        place = (vertices - low) @ axis

        def along(role: str) -> float:
            return float((self.at(role) - low) @ axis)

        stations = [
            (0.0, 1.0),
            (along("lumbar") * 0.7, 0.09),
            (along("spine"), 0.12),
            (along("thorax"), 0.03),
        ]
        weights = chain_weights(place, stations)
        # Above the chest and towards the shoulders, the collarbones carry along.
        aside = np.abs((vertices - low) @ _unit(self.at("left_hip") - self.at("right_hip")))
        reach = aside / max(float(np.abs(self.at("left_shoulder")[0] - low[0])), 1e-3)
        high_up = np.clip((place / along("thorax") - 0.62) / 0.25, 0, 1)
        share = np.clip((reach - 0.25) / 0.6, 0, 1) * high_up * 0.85
        left = (vertices - low) @ (self.at("left_hip") - self.at("right_hip")) > 0
        clavicles = [weights[:, 2] * share * which for which in (left, ~left)]
        weights[:, 2] -= sum(clavicles)
        weights = np.concatenate([weights, np.stack(clavicles, axis=-1)], axis=-1)
        roles = ["pelvis", "lumbar", "spine", "thorax", "left_clavicle", "right_clavicle"]
        self._add(drawn, roles, weights)

    def _head(self) -> None:
        neck, skull = self.at("thorax"), self.at("skull")
        drawn = limb(neck, skull, _FRONT, self._wide(_NECK), rings=5)
        place = (drawn[0] - neck) @ _unit(skull - neck)
        length = float(np.linalg.norm(skull - neck))
        stations = [(-1.0, 1.0), (0.0, 0.06), (length, 0.05)]
        self._add(drawn, ["spine", "thorax", "skull"], chain_weights(place, stations), dark=True)
        top = self.girth
        if "head" in self.roles:
            top = float(np.linalg.norm(self.at("head") - skull)) / 0.11
        scale = 0.6 * self.girth + 0.4 * top  # heads differ less than the joint on top of them
        at, *reach = (scale * smooth(_HEAD, 18)).T
        centres = skull + at[:, None] * _UP
        drawn = lofted(centres, _ASIDE, _FRONT, np.stack(reach, axis=-1), square=2.15)
        self._rigid(drawn, "skull")
        nose = [(0.0, 0.006, 0.006, 0.006), (0.8, 0.011, 0.013, 0.013), (1.0, 0.011, 0.012, 0.012)]
        high = skull + scale * (0.030 * _UP + 0.086 * _FRONT)
        low = skull + scale * (-0.012 * _UP + 0.094 * _FRONT)
        self._rigid(limb(high, low, _FRONT, self._wide(nose), rings=5, sides=10), "skull")

    def _arm(self, side: str) -> None:
        names = [f"{side}_{part}" for part in ("shoulder", "elbow", "wrist")]
        self._joined(names, (_UPPER_ARM, _FOREARM), _FRONT, 0.07)
        self._ball(names[1], 0.0435)

    def _leg(self, side: str) -> None:
        names = [f"{side}_{part}" for part in ("hip", "knee", "ankle")]
        self._joined(names, (_THIGH, _SHIN), _FRONT, 0.10)
        self._ball(names[1], 0.0600)

    def _joined(
        self, names: Sequence[str], keys: tuple[Keys, Keys], forward: Vector, fold: float
    ) -> None:
        """Two bones of a limb; the second takes over around the joint between them."""
        for part, (start, end) in enumerate([names[:2], names[1:]]):
            a, b = self.at(start), self.at(end)
            drawn = limb(a, b, forward, self._wide(keys[part]), rings=9)
            place = (drawn[0] - a) @ _unit(b - a)
            length = float(np.linalg.norm(b - a))
            if part == 0:
                stations = [(-1.0, 1.0), (length, fold * self.girth)]
                self._add(drawn, names[:2], chain_weights(place, stations))
            else:
                stations = [(-1.0, 1.0), (0.0, fold * self.girth), (length, 0.03 * self.girth)]
                self._add(drawn, names, chain_weights(place, stations))

    def _hand(self, side: str) -> None:
        wrist, elbow = self.at(f"{side}_wrist"), self.at(f"{side}_elbow")
        way = wrist - elbow
        if f"{side}_hand" in self.roles:
            way = self.at(f"{side}_hand") - wrist
        along = _unit(way) * 0.09 * self.girth
        palm: Keys = (
            (-0.10, 0.014, 0.022, 0.022),
            (0.25, 0.016, 0.030, 0.032),
            (0.90, 0.015, 0.040, 0.038),
            (1.10, 0.013, 0.039, 0.037),
            (1.65, 0.010, 0.031, 0.031),
            (1.85, 0.007, 0.020, 0.022),
        )
        drawn = limb(wrist, wrist + along, _FRONT, self._wide(palm), rings=9, square=2.5, sides=12)
        place = (drawn[0] - wrist) @ _unit(along)
        knuckles = (0.09 * self.girth, 0.04)
        roles, stations = [f"{side}_wrist"], [(-1.0, 1.0)]
        if f"{side}_hand" in self.roles:
            roles, stations = [*roles, f"{side}_hand"], [*stations, knuckles]
        self._add(drawn, roles, chain_weights(place, stations), dark=True)
        thumb: Keys = (
            (0, 0.014, 0.014, 0.014),
            (0.6, 0.012, 0.012, 0.012),
            (1, 0.008, 0.008, 0.008),
        )
        root = wrist + 0.28 * along + 0.022 * self.girth * _FRONT
        tip = root + 0.62 * along + 0.040 * self.girth * _FRONT - 0.008 * self.girth * _UP
        drawn = limb(root, tip, _UP, self._wide(thumb), rings=6, sides=10)
        self._rigid(drawn, f"{side}_wrist", dark=True)

    def _foot(self, side: str) -> None:
        ankle = self.at(f"{side}_ankle")
        sole = float(self.places[:, 2].min())
        ahead, length = _FRONT, 0.13 * self.girth
        if f"{side}_ball" in self.roles:
            level = (self.at(f"{side}_ball") - ankle) * [1, 1, 0]
            ahead, length = _unit(level), float(np.linalg.norm(level))
        at, half, top, bottom = smooth(_FOOT, 16).T * [
            [length],
            [self.girth],
            [self.girth],
            [self.girth],
        ]
        tall = max(float(ankle[2]) - sole, 1e-3) / (0.08 * self.girth)
        top, bottom = top * min(tall, 1.3), bottom
        centres = ankle * [1, 1, 0] + at[:, None] * ahead
        centres[:, 2] = sole + (top + bottom) / 2
        aside = np.cross(_UP, ahead)
        reach = np.stack([half, (top - bottom) / 2, (top - bottom) / 2], axis=-1)
        drawn = lofted(centres, aside, _UP, reach, square=2.5)
        roles, stations = [f"{side}_ankle"], [(-1.0, 1.0)]
        if f"{side}_ball" in self.roles:
            roles = [*roles, f"{side}_ball"]
            stations = [*stations, (length, 0.05 * self.girth)]
        weights = chain_weights((drawn[0] - ankle) @ ahead, stations)
        self._add(drawn, roles, weights, dark=True)


def _bones(rig: Rig) -> Surface:
    """Every bone a capsule, every joint a ball: for trees of joints of any kind."""
    places = rig.standing()
    parts = []
    ends = [(parent, places[parent], places[child]) for parent, child in rig.skeleton.bones]
    ends += [(joint, places[joint], places[joint] + end) for joint, end in leaf_ends(rig).items()]
    size = float(np.ptp([point for _, *both in ends for point in both], axis=0).max())
    for joint, a, b in ends:
        length = float(np.linalg.norm(b - a))
        if length < 1e-4:
            continue
        r = float(np.clip(0.12 * length, 0.006 * size, 0.022 * size))
        keys = [
            (0.0, r, r, r),
            (0.3, 1.25 * r, 1.25 * r, 1.25 * r),
            (1.0, 0.7 * r, 0.7 * r, 0.7 * r),
        ]
        side = _FRONT if abs(_unit(b - a) @ _FRONT) < 0.9 else _UP
        vertices, faces = limb(a, b, side, keys, rings=5, sides=10)
        parts.append(skinned(vertices, faces, [joint], np.ones((len(vertices), 1))))
    return together(parts)
