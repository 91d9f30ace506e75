"""A motion carried over to a rig: turned, scaled to its legs, its feet back on the floor.

>>> done = retarget(body, read_rig("character.glb").rig)
>>> done.body
Body(retargeted, Motion(240x65x3 m, glb, 30 fps, world frame, placed))
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError
from poise.geometry.kinematics import relative
from poise.geometry.rotations import matrix_to_quaternion
from poise.motion import Body, Contact, Motion
from poise.retarget.anatomy import ankle_height, facing, is_standing, leg_length
from poise.retarget.carrying import Turns, carry, follow
from poise.retarget.feet import (
    Sole,
    bent,
    flat_toes,
    lowered,
    planted,
    reach_of,
    soles_down,
    toes_of,
    worth_it,
)
from poise.retarget.matching import Mapped, Match, match
from poise.retarget.names import PARTS, SIDES
from poise.retarget.rig import Rig, rig_in_frame, rig_of_body

_OWN_TOES = 1e-3  # of a matrix: a source whose toes turn by more against the foot bends them itself


@dataclass(frozen=True, eq=False, kw_only=True)
class Retargeted:
    """The motion on the rig's own skeleton, and which bone got which part."""

    body: Body
    match: Match
    scale: float  # of the way walked, by the legs' lengths
    notes: tuple[str, ...]


def retarget(body: Body, rig: Rig, own: Mapped | None = None, *, feet: bool = True) -> Retargeted:
    """The motion of a body on a rig of other bones, rest pose and proportions.

    `own` says which bone is which part where names do not. `feet` keeps feet that stood from
    sliding on legs of another length.
    """
    body = _whole(body)
    source = rig_of_body(body)
    try:
        have = match(source)
    except PoiseError as error:
        raise PoiseError(f"the motion's own skeleton: {error}") from error
    want = match(rig, own)
    xyz, turned = body.pose()
    notes = (*rig.assumed, *want.notes)
    if not is_standing(source, have):
        source = rig_in_frame(body, 0)
        turned = turned @ np.swapaxes(source.turns, -1, -2)
        notes += (
            "in the zero pose of the motion's skeleton all bones lie along one axis: its first "
            "frame is taken for the rest pose",
        )
    given = carry(source, have, turned, rig, want)
    scale = leg_length(rig, want) / leg_length(source, have)
    middle = xyz[:, [have.limbs["left_hip"], have.limbs["right_hip"]]].mean(axis=1)
    # Everybody starts where they were; heights count from the ankles that stand on the floor.
    path = middle[0] + scale * (middle - middle[0])
    path[:, 2] = scale * (middle[:, 2] - ankle_height(source, have)) + ankle_height(rig, want)
    pose = _Pose(rig, want, given, path)
    if feet and body.contacts:
        pose.plant(source, have, body.contacts, body.motion.times)
    return Retargeted(
        body=_body(pose, body, have, source, notes), match=want, scale=scale, notes=notes
    )


class _Pose:
    """The rig in all frames: turns of the bones that have a part, and where the hips are."""

    def __init__(self, rig: Rig, found: Match, given: dict[int, Turns], path: np.ndarray) -> None:
        self.rig, self.match, self.given = rig, found, given
        self.path = path  # of the middle of both hip joints

    def world(self) -> tuple[Float[np.ndarray, "time bone 3"], Float[np.ndarray, "time bone 3 3"]]:
        """Where every bone begins, and how it has turned since the rest pose."""
        rig, pelvis = self.rig, self.match.pelvis
        turned = follow(self.given, rig, len(self.path))
        places = np.empty(turned.shape[:-1])
        for bone in rig.skeleton.order:
            parent = rig.skeleton.parents[bone]
            if parent < 0:
                places[:, bone] = rig.places[bone]
            else:
                arm = rig.places[bone] - rig.places[parent]
                places[:, bone] = places[:, parent] + turned[:, parent] @ arm
        thighs = [self.match.limbs["left_hip"], self.match.limbs["right_hip"]]
        shift = self.path - places[:, thighs].mean(axis=1)
        moving = set(rig.below(pelvis)) | set(rig.between(rig.mover(pelvis), pelvis))
        places[:, sorted(moving)] += shift[:, None]
        return places, turned

    def plant(
        self, source: Rig, have: Match, contacts: tuple[Contact, ...], times: np.ndarray
    ) -> None:
        """Feet that stood in the source stand here."""
        places, turned = self.world()
        limbs, front = self.match.limbs, -facing(self.rig, self.match)[:, 1]
        soles = soles_down(source, have, self.rig, self.match, contacts, times)
        goals: dict[str, np.ndarray] = {}
        drop = np.zeros(len(times))
        for side in SIDES:
            ankle = limbs.get(f"{side}_ankle")
            if ankle is None or not soles[side]:
                continue
            self._bend_toes(side, have, soles[side], turned, times)
            moved = planted(places[:, ankle], turned[:, ankle], soles[side], times)
            if not worth_it(moved):
                continue
            goals[side] = places[:, ankle] + moved
            hip, knee = places[:, limbs[f"{side}_hip"]], places[:, limbs[f"{side}_knee"]]
            reach = reach_of(hip, knee, places[:, ankle])
            standing = np.any([sole.down for sole in soles[side]], axis=0)
            drop = np.maximum(drop, lowered(hip, goals[side], reach, standing, times))
        down = np.array([0, 0, 1]) * drop[:, None]
        self.path = self.path - down
        for side, goal in goals.items():
            upper, lower = limbs[f"{side}_hip"], limbs[f"{side}_knee"]
            foot = limbs[f"{side}_ankle"]
            leg = [places[:, joint] - down for joint in (upper, lower, foot)]
            thigh, shin = bent(leg[0], leg[1], leg[2], goal, turned[:, upper] @ front)
            self.given[upper] = thigh @ turned[:, upper]
            self.given[lower] = shin @ turned[:, lower]
            # What stands on the floor keeps its turn, also where no part told the foot's.
            self.given[foot] = turned[:, foot]

    def _bend_toes(
        self, side: str, have: Match, soles: list[Sole], turned: np.ndarray, times: np.ndarray
    ) -> None:
        """Toes stay on the floor while the heel rises, unless the source has toes of its own."""
        ankle, front = self.match.limbs[f"{side}_ankle"], -facing(self.rig, self.match)[:, 1]
        bone = self.match.limbs.get(f"{side}_ball")
        own = self.given.get(bone) if bone is not None and f"{side}_ball" in have.limbs else None
        if own is not None and np.abs(own - turned[:, ankle]).max() > _OWN_TOES:
            return
        for toe in toes_of(self.rig, self.match, side):
            self.given[toe] = flat_toes(turned[:, ankle], front, soles[-1].down, times)


def _whole(body: Body) -> Body:
    """A body in the world, without gaps."""
    motion = body.motion
    if motion.frame != "world" or not motion.placed:
        raise PoiseError(
            "the motion is not placed in the world, so its feet have no floor; lift it with its "
            "path, or place it with Motion.to_world"
        )
    if np.isfinite(motion.xyz).all() and np.isfinite(body.rotations).all():
        return body
    from poise.export.gaps import bridged

    return bridged(body)


def _body(pose: _Pose, body: Body, have: Match, source: Rig, notes: tuple[str, ...]) -> Body:
    rig = pose.rig
    places, turned = pose.world()
    bones = rig.skeleton
    local = matrix_to_quaternion(relative(turned, bones))
    offsets = np.zeros(rig.places.shape)
    for parent, child in bones.bones:
        offsets[child] = rig.places[child] - rig.places[parent]
    mover, root = rig.mover(pose.match.pelvis), bones.order[0]
    if mover != root:
        offsets = np.tile(offsets, (len(places), 1, 1))
        arm = places[:, mover] - places[:, bones.parents[mover]]
        above = turned[:, bones.parents[mover]]
        offsets[:, mover] = (np.swapaxes(above, -1, -2) @ arm[..., None])[..., 0]
    motion = Motion(
        xyz=places.astype(np.float32),
        skeleton=bones,
        fps=body.motion.fps,
        frame="world",
        placed=True,
        times=body.motion.times,
        assumed=(*body.motion.assumed, *notes),
    )
    return Body(
        motion=motion,
        rotations=local.astype(np.float32),
        offsets=offsets.astype(np.float32),
        model="retargeted",
        contacts=_contacts(body, have, source, pose.match, bones.joints),
        bridged=body.bridged,
    )


def _contacts(
    body: Body, have: Match, source: Rig, want: Match, names: tuple[str, ...]
) -> tuple[Contact, ...]:
    """The same stands, of those of the rig's joints that stand."""
    there = {
        source.skeleton.joints[joint]: names[want.limbs[part]]
        for part, joint in have.limbs.items()
        if part in want.limbs
    }
    # A heel has no part: it stands where the rig has one of that name, as our own has.
    there |= {name: name for name in source.skeleton.joints if "heel" in name and name in names}
    told = (one for one in body.contacts if one.joint in there)
    return tuple(sorted({replace(one, joint=there[one.joint]) for one in told}))


def parts_of(found: Match, names: tuple[str, ...]) -> Mapping[str, str]:
    """The names of a rig's bones by part, in the order of the body."""
    joints = found.joints()
    rows = {part: [names[joint] for joint in joints if joints[joint] == part] for part in PARTS}
    return {part: ", ".join(bones) for part, bones in rows.items() if bones}
