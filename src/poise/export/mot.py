"""OpenSim motion files (.mot): coordinates of its full-body models over time.

Names and signs are those of the Rajagopal (2016) model, which also has arms, or of gait2392. Their
ground has x forward, y up, z to the right: whoever faces -y here walks along x there. Where a sign
or a zero differs from `poise.angles`, `_COORDINATES` says so.
"""

from typing import Literal

import numpy as np
from jaxtyping import Float

from poise.angles import AngleTable, joint_angles
from poise.angles.definitions import ARM, BODY
from poise.angles.sequences import turns, without_jumps
from poise.errors import PoiseError
from poise.files import PathLike, write_aside
from poise.geometry.rotations import quaternion_to_matrix
from poise.motion import Body
from poise.skeletons import FIGURE27

Model = Literal["rajagopal2016", "gait2392"]

# Coordinate: (angle of poise.angles, sign, degrees added). `{}` is l or r.
_COORDINATES: dict[str, tuple[str, int, float]] = {
    "hip_flexion_{}": ("hip_flexion_{}", 1, 0.0),
    "hip_adduction_{}": ("hip_adduction_{}", 1, 0.0),
    "hip_rotation_{}": ("hip_rotation_{}", 1, 0.0),  # internal
    "knee_angle_{}": ("knee_flexion_{}", 1, 0.0),  # gait2392: flexion is negative
    "ankle_angle_{}": ("ankle_dorsiflexion_{}", 1, 0.0),
    "lumbar_extension": ("trunk_flexion", -1, 0.0),  # backwards
    "lumbar_bending": ("trunk_bending", -1, 0.0),  # to the right
    "lumbar_rotation": ("trunk_rotation", 1, 0.0),  # to the left
    "elbow_flex_{}": ("elbow_flexion_{}", 1, 0.0),
    "pro_sup_{}": ("forearm_pronation_{}", 1, 90.0),  # from palms that face forward
    "wrist_flex_{}": ("wrist_flexion_{}", 1, 0.0),
    "wrist_dev_{}": ("wrist_deviation_{}", 1, 0.0),  # ulnar
}
_LEG = ("hip_flexion_{}", "hip_adduction_{}", "hip_rotation_{}", "knee_angle_{}", "ankle_angle_{}")
_BACK = ("lumbar_extension", "lumbar_bending", "lumbar_rotation")
_FOREARM = ("elbow_flex_{}", "pro_sup_{}", "wrist_flex_{}", "wrist_dev_{}")


def write_mot(path: PathLike, body: Body, *, model: Model = "rajagopal2016") -> None:
    """Write a body's pose as coordinates of an OpenSim model, degrees and metres.

    `pelvis_tx`, `_ty` and `_tz` are where the middle of the hips is; the models' own pelvis lies
    some 7 cm above and before it. Coordinates that a figure cannot know (subtalar, toes, patella)
    are left out, and OpenSim takes its defaults for them.
    """
    columns = mot_columns(body, model)
    values = np.stack([body.motion.times, *columns.values()], axis=-1)
    _check_known(body, values)
    about = [
        "Coordinates",
        "version=1",
        f"nRows={len(values)}",
        f"nColumns={values.shape[1]}",
        "inDegrees=yes",
        "",
        f"Coordinates of {model}; angles in degrees, lengths in metres.",
        *(
            f"Filled in, nobody was seen: {start:.3f} to {stop:.3f} s."
            for start, stop in body.bridged
        ),
        "endheader",
        "\t".join(["time", *columns]),
    ]
    rows = ("\t".join(f"{value:.8f}" for value in row) for row in values)
    with write_aside(path) as scratch:
        scratch.write_text("\n".join([*about, *rows, ""]), encoding="ascii", newline="\n")


def mot_columns(
    body: Body, model: Model = "rajagopal2016"
) -> dict[str, Float[np.ndarray, " time"]]:
    """Every coordinate of the model that a figure knows, by name; in degrees, places in metres."""
    if body.motion.frame != "world" or not body.motion.placed:
        raise PoiseError(
            "a .mot file says where somebody is above a floor; this body is not placed in a world"
        )
    table = joint_angles(body)
    columns = _pelvis(body)
    for side in "rl":
        columns |= {name.format(side): _column(table, name, side, model) for name in _LEG}
    columns |= {name: _column(table, name, "", model) for name in _BACK}
    if model == "rajagopal2016":
        for side in "rl":
            columns |= _arm(body, side)
            columns |= {name.format(side): _column(table, name, side, model) for name in _FOREARM}
    return columns


def _column(table: AngleTable, name: str, side: str, model: Model) -> Float[np.ndarray, " time"]:
    angle, sign, added = _COORDINATES[name]
    if model == "gait2392" and name.startswith("knee"):
        sign = -sign
    return sign * table[angle.format(side)] + added


def _pelvis(body: Body) -> dict[str, Float[np.ndarray, " time"]]:
    """OpenSim turns the pelvis by tilt, list and rotation in this order, so they are not ours."""
    turn = BODY.T @ _local(body, "pelvis") @ BODY
    angles = np.rad2deg(_unwrapped(turns(turn, "zxy")))
    place = body.motion.root.astype(np.float64) @ BODY
    names = ("pelvis_tilt", "pelvis_list", "pelvis_rotation", "pelvis_tx", "pelvis_ty", "pelvis_tz")
    return dict(zip(names, np.concatenate([angles, place], axis=-1).T, strict=True))


def _arm(body: Body, side: str) -> dict[str, Float[np.ndarray, " time"]]:
    """Flexion, adduction and internal rotation against the thorax: not the ISB's sequence."""
    word = {"l": "left", "r": "right"}[side]
    turn = _local(body, f"{word}_clavicle") @ _local(body, f"{word}_shoulder")
    if side == "l":
        mirror = np.diag([-1.0, 1.0, 1.0])
        turn = mirror @ turn @ mirror
    angles = np.rad2deg(_unwrapped(turns(BODY.T @ turn @ ARM, "zxy")))
    names = (f"arm_flex_{side}", f"arm_add_{side}", f"arm_rot_{side}")
    return dict(zip(names, angles.T, strict=True))


def _local(body: Body, joint: str) -> Float[np.ndarray, "time 3 3"]:
    return quaternion_to_matrix(body.rotations[:, FIGURE27.index(joint)].astype(np.float64))


def _unwrapped(angles: Float[np.ndarray, "time 3"]) -> Float[np.ndarray, "time 3"]:
    return np.stack([without_jumps(angle) for angle in angles.T], axis=-1)


def _check_known(body: Body, values: Float[np.ndarray, "time n"]) -> None:
    unknown = np.flatnonzero(~np.isfinite(values).all(axis=-1))
    if len(unknown):
        time = body.motion.times[unknown[0]]
        raise PoiseError(
            f"in {len(unknown)} of {len(values)} frames, the first at {time:.2f} s, nobody was "
            "seen, and a .mot file has no mark for that; fill them: poise.export.bridged(body)"
        )
