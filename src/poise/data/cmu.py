"""The 17 joints of Human3.6M from each kind of file in which CMU's motion is found.

>>> motion = to_h36m17(read_amc("02/02_01.amc"))

Limbs are joints of the files, spine and thorax weighted means of them. No file has a nose, and
only some a crown: they follow from where the head looks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from poise.conversions import CMU38_TO_H36M17, Conversion, Weights
from poise.data.asf import Asf, asf_of
from poise.errors import PoiseError
from poise.files import PathLike
from poise.geometry.axes import z_up
from poise.geometry.rotations import multiply, quaternion_to_matrix
from poise.motion import Body, Motion
from poise.skeletons import CMU38, H36M17

Vectors = Float[np.ndarray, "time 3"]

NOSE_FORWARD_M = 0.085  # the nose stands as far before the line from the head's base to the crown
NOSE_UP = 0.15  # and as far up that line, as a share of its length
# A mean of CMU's subjects, for BVHs that lack the bone and come without their subject's skeleton.
_THORAX_M = np.array([0.0, 0.0, 0.117])
# A file's y axis points along the world's z here, and its z axis against the world's y.
_UP, _FORWARD = np.array([0.0, 0.0, 1.0]), np.array([0.0, -1.0, 0.0])


@dataclass(frozen=True)
class _Rig:
    """How one kind of file names the joints, and how to tell where the head looks."""

    marks: frozenset[str]  # joints that no other kind has
    places: Mapping[str, Weights]
    head: str  # the joint at the head's base
    look: Callable[[Body], tuple[Vectors, Vectors]]  # from the base to the crown; forward


def to_h36m17(body: Body, asf: Asf | PathLike | None = None) -> Motion:
    """A body read from ASF/AMC, exponential maps, or an iClone, Daz or cgspeed BVH, on 17 joints.

    `asf` gives the cgspeed BVHs the thorax bone that they lack (see `with_thorax`).
    """
    if is_cgspeed(body):
        body = with_thorax(body, asf)
    rig = _rig(body)
    if rig is None:
        raise PoiseError(
            f"which joints of skeleton {body.motion.skeleton.name} are hips, knees and so on is "
            "not known: only those of CMU's motion in ASF/AMC, iClone, Daz and cgspeed files are"
        )
    conversion = Conversion(body.motion.skeleton, H36M17, rig.places)
    motion = conversion(body.motion)
    crown, forward = rig.look(body)
    xyz = motion.xyz.copy()
    base = _at(body, rig.head)
    xyz[:, H36M17.index("head")] = base + crown
    xyz[:, H36M17.index("nose")] = base + NOSE_UP * crown + NOSE_FORWARD_M * forward
    nose = f"the nose stands {1000 * NOSE_FORWARD_M:.0f} mm before the head: the file has no face"
    return replace(motion, xyz=xyz, assumed=(*motion.assumed, nose))


def knows(body: Body) -> bool:
    """Whether `to_h36m17` knows the joints of this body."""
    return is_cgspeed(body) or _rig(body) is not None


def is_cgspeed(body: Body) -> bool:
    """Whether it comes from a cgspeed BVH, whose end sites and thorax matter to `to_h36m17`."""
    return set(body.motion.skeleton.joints) >= _CGSPEED


def with_thorax(body: Body, asf: Asf | PathLike | None = None) -> Body:
    """A cgspeed BVH (read with its end sites) on CMU38, its missing thorax bone put back.

    In these files neck and shoulders stand where the thorax begins, 0.117 m too low.
    """
    motion = body.motion
    if motion.skeleton.parents != CMU38.parents:
        raise PoiseError(
            "this BVH is of CMU's cgspeed kind, but its joints are not those 38; read it with "
            "read_bvh(path, end_sites=True)"
        )
    bone = _THORAX_M
    if asf is not None:
        asf = asf_of(asf)
        if asf.skeleton != CMU38:
            raise PoiseError("the thorax bone is to come from an ASF that has not CMU's 31 bones")
        bone = z_up(asf.offsets)[CMU38.index("neck")]
    body = replace(body, motion=replace(motion, skeleton=CMU38))
    shift = _world_turn(body, "spine1") @ bone
    above = [CMU38.index(name) for name in ("neck", "lshoulder", "rshoulder")]
    offsets = body.offsets.copy()
    offsets[..., above, :] += bone
    for joint in CMU38.order:
        if CMU38.parents[joint] in above:
            above.append(joint)
    xyz = motion.xyz.copy()
    xyz[:, above] += shift[:, None]
    why = "its subject's" if asf is not None else "a mean subject's"
    told = f"the thorax bone, which the file lacks, is {why}"
    assumed = (*motion.assumed, told)
    return replace(body, motion=replace(body.motion, xyz=xyz, assumed=assumed), offsets=offsets)


def _rig(body: Body) -> _Rig | None:
    joints = set(body.motion.skeleton.joints)
    return next((rig for rig in _RIGS if rig.marks <= joints), None)


def _at(body: Body, joint: str) -> Vectors:
    return body.motion.xyz[:, body.motion.skeleton.index(joint)]


def _world_turn(body: Body, joint: str) -> Float[np.ndarray, "time 3 3"]:
    """The rotation of one joint in the world, from those above it: `Body.pose` turns them all."""
    skeleton = body.motion.skeleton
    index = skeleton.index(joint)
    turn = body.rotations[:, index]
    while (index := skeleton.parents[index]) >= 0:
        turn = multiply(body.rotations[:, index], turn)
    return quaternion_to_matrix(turn)


def _unit(vectors: Vectors) -> Vectors:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def _across(vectors: Vectors, axis: Vectors) -> Vectors:
    """The part of each vector at a right angle to a unit axis."""
    return vectors - (vectors * axis).sum(axis=-1, keepdims=True) * axis


def _look_cmu38(body: Body) -> tuple[Vectors, Vectors]:
    crown = _at(body, "headend") - _at(body, "head")
    return crown, _unit(_across(_world_turn(body, "head") @ _FORWARD, _unit(crown)))


def _look_daz(body: Body) -> tuple[Vectors, Vectors]:
    turn = _world_turn(body, "head")
    return 0.11 * (turn @ _UP), turn @ _FORWARD


def _look_iclone(body: Body) -> tuple[Vectors, Vectors]:
    """The eyes lie 45 degrees up and forward of the head's joint; the neck tells which is up."""
    left, right, head = (_at(body, f"CC_Base_{name}") for name in ("L_Eye", "R_Eye", "Head"))
    sideways = _unit(left - right)
    eyes = _unit(_across((left + right) / 2 - head, sideways))
    third = np.cross(sideways, eyes)
    one, other = (eyes + third) / np.sqrt(2), (eyes - third) / np.sqrt(2)
    neck = head - _at(body, "CC_Base_NeckTwist01")
    nearer = ((one - other) * neck).sum(axis=-1, keepdims=True) > 0
    return 0.092 * np.where(nearer, one, other), np.where(nearer, other, one)


def _limbs(left: str, right: str, **names: str) -> dict[str, Weights]:
    sides = (("left", left), ("right", right))
    limbs: dict[str, Weights] = {
        f"{side}_{ours}": {mark + its: 1.0} for side, mark in sides for ours, its in names.items()
    }
    hips = [next(iter(limbs[f"{side}_hip"])) for side, _ in sides]
    return limbs | {"pelvis": dict.fromkeys(hips, 0.5)}


_CGSPEED = {"LHipJoint", "LowerBack", "LeftUpLeg", "LeftFingerBase"}
_RIGS = (
    _Rig(
        frozenset(CMU38.joints),
        {joint: weights for joint, weights in CMU38_TO_H36M17.recipe.items() if joint != "nose"},
        "head",
        _look_cmu38,
    ),
    _Rig(
        frozenset({"CC_Base_Hip", "CC_Base_Head"}),
        _limbs(
            "CC_Base_L_",
            "CC_Base_R_",
            hip="Thigh",
            knee="Calf",
            ankle="Foot",
            shoulder="Upperarm",
            elbow="Forearm",
            wrist="Hand",
        )
        | {
            "spine": {"CC_Base_Spine01": 1 / 3, "CC_Base_Spine02": 2 / 3},
            "thorax": {"CC_Base_L_Clavicle": 0.5, "CC_Base_R_Clavicle": 0.5},
        },
        "CC_Base_Head",
        _look_iclone,
    ),
    _Rig(
        frozenset({"abdomen", "chest", "lShldr", "rShldr"}),
        _limbs(
            "l",
            "r",
            hip="Thigh",
            knee="Shin",
            ankle="Foot",
            shoulder="Shldr",
            elbow="ForeArm",
            wrist="Hand",
        )
        | {
            "spine": {"abdomen": 0.7, "chest": 0.3},
            "thorax": {"neck": 0.5, "lCollar": 0.25, "rCollar": 0.25},
        },
        "head",
        _look_daz,
    ),
)
