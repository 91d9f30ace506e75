"""Where each named joint is on one standing adult, 1.75 m tall, arms held a little out.

For pictures only: it shows what a joint's name means, and no number is computed from it.
"""

import numpy as np
from jaxtyping import Float

from poise.errors import PoiseError
from poise.skeletons import Skeleton

Place = tuple[float, float, float]  # metres: to the person's left, forward, up

# The right side is the left side in the mirror. Ankles and feet are turned a little outward and
# the palms face forward, so that a picture from the front shows every joint.
_HIP, _KNEE, _ANKLE = (0.110, 0.0, 0.910), (0.140, 0.02, 0.500), (0.160, -0.03, 0.095)
_BALL, _TOE_TIP = (0.205, 0.11, 0.040), (0.235, 0.18, 0.012)
_SHOULDER, _ELBOW, _WRIST = (0.180, 0.0, 1.420), (0.360, -0.02, 1.205), (0.520, 0.03, 1.015)
_KNUCKLES, _FINGERTIPS = (0.574, 0.05, 0.950), (0.626, 0.06, 0.888)
_PELVIS, _NECK, _CROWN = (0.0, 0.0, 0.945), (0.0, 0.0, 1.465), (0.0, 0.02, 1.750)

_PLACES: dict[str, Place] = {
    "pelvis": _PELVIS,
    "spine": (0.0, 0.0, 1.200),
    "thorax": _NECK,
    "neck": _NECK,
    "nose": (0.0, 0.12, 1.600),
    "head": _CROWN,
    "head_top": _CROWN,
    "left_hip": _HIP,
    "left_knee": _KNEE,
    "left_ankle": _ANKLE,
    "left_heel": (0.145, -0.07, 0.028),
    "left_big_toe": (0.205, 0.18, 0.020),
    "left_small_toe": (0.265, 0.13, 0.020),
    "left_foot_index": _TOE_TIP,
    "left_foot": _BALL,
    "left_toe": _TOE_TIP,
    "left_shoulder": _SHOULDER,
    "left_elbow": _ELBOW,
    "left_wrist": _WRIST,
    "left_hand": _KNUCKLES,
    "left_thumb": (0.580, 0.06, 1.006),
    "left_index": (0.590, 0.05, 0.955),
    "left_pinky": (0.548, 0.03, 0.930),
    "left_eye_inner": (0.018, 0.09, 1.637),
    "left_eye": (0.034, 0.09, 1.640),
    "left_eye_outer": (0.050, 0.08, 1.637),
    "left_ear": (0.078, 0.0, 1.620),
    "left_mouth": (0.028, 0.10, 1.562),
}

# Where a joint set means another place by a name, or has names of its own.
_OWN: dict[str, dict[str, Place]] = {
    "mpi3dhp17": {"head": (0.0, 0.05, 1.600)},
    "mpi3dhp28": {
        "spine": (0.0, 0.0, 1.050),
        "spine2": (0.0, 0.0, 1.160),
        "spine3": (0.0, 0.0, 1.270),
        "spine4": (0.0, 0.0, 1.380),
        "head": (0.0, 0.05, 1.600),
        "left_clavicle": (0.060, 0.0, 1.425),
    },
    "smpl24": {
        "left_hip": (0.075, 0.0, 0.870),
        "spine1": (0.0, 0.0, 1.060),
        "spine2": (0.0, 0.0, 1.190),
        "spine3": (0.0, 0.0, 1.250),
        "left_collar": (0.080, 0.0, 1.390),
        "head": (0.0, 0.03, 1.570),
    },
    "figure27": {
        "lumbar": (0.0, 0.0, 1.050),
        "skull": (0.0, 0.02, 1.575),
        "nose": (0.0, 0.12, 1.625),
        "left_clavicle": (0.030, 0.0, 1.410),
        "left_ball": _BALL,
    },
    # A joint is the end of the bone it is named after.
    "cmu31": {
        "root": _PELVIS,
        "lhipjoint": _HIP,
        "lfemur": _KNEE,
        "ltibia": _ANKLE,
        "lfoot": _BALL,
        "ltoes": _TOE_TIP,
        "lowerback": (0.0, 0.0, 1.075),
        "upperback": (0.0, 0.0, 1.200),
        "thorax": (0.0, 0.0, 1.325),
        "lowerneck": (0.0, 0.0, 1.440),
        "upperneck": (0.0, 0.02, 1.560),
        "head": (0.0, 0.02, 1.680),
        "lclavicle": _SHOULDER,
        "lhumerus": _ELBOW,
        "lradius": _WRIST,
        "lwrist": _KNUCKLES,
        "lhand": (0.602, 0.05, 0.917),
        "lfingers": _FINGERTIPS,
        "lthumb": (0.622, 0.06, 0.964),
    },
    # A joint is the start of the bone it is named after; several bones start at one place. Files
    # of this kind lack the length of the thorax, so that all above it sits lower than it should.
    "cmu38": {
        "hips": _PELVIS,
        "lhipjoint": _PELVIS,
        "lupleg": _HIP,
        "lleg": _KNEE,
        "lfoot": _ANKLE,
        "ltoebase": _BALL,
        "ltoeend": _TOE_TIP,
        "lowerback": _PELVIS,
        "spine": (0.0, 0.0, 1.075),
        "spine1": (0.0, 0.0, 1.200),
        "neck": (0.0, 0.0, 1.200),
        "lshoulder": (0.0, 0.0, 1.200),
        "neck1": (0.0, 0.0, 1.325),
        "head": (0.0, 0.02, 1.440),
        "headend": (0.0, 0.02, 1.560),
        "larm": (0.180, 0.0, 1.290),
        "lforearm": (0.360, -0.02, 1.075),
        "lhand": (0.520, 0.03, 0.885),
        "lfingerbase": (0.574, 0.05, 0.820),
        "lindex": (0.602, 0.05, 0.787),
        "lindexend": (0.626, 0.06, 0.758),
        "lthumb": (0.520, 0.03, 0.885),
        "lthumbend": (0.580, 0.06, 0.876),
    },
}


def reference_figure(skeleton: Skeleton) -> Float[np.ndarray, "joint 3"]:
    """The joints of a standing person who faces +y of the world, z up."""
    places = _PLACES | _OWN.get(skeleton.name, {})
    xyz = np.empty((len(skeleton), 3))
    for joint, name in enumerate(skeleton.joints):
        mirrored = joint in skeleton.right
        own = skeleton.joints[skeleton.mirror[joint]] if mirrored else name
        if own not in places:
            raise PoiseError(f"skeleton {skeleton.name}: no reference figure has joint {name!r}")
        left, forward, up = places[own]
        xyz[joint] = (left if mirrored else -left), forward, up
    return xyz
