"""Where on the body the joints lie that no bone begins at: how `anatomy.POINTS` came about.

Human3.6M's spine, thorax, nose and head are points that nobody can feel with a finger. Lifters here
learn what they are from mocap17, so on the body they lie where that motion has them.
"""

from collections.abc import Iterable

import numpy as np
import torch

from poise.conversions import convert
from poise.data.rendered.anatomy import Points, bones, trunk_scale
from poise.data.rendered.fitting import fit
from poise.data.rendered.posing import limbs, pose
from poise.motion import Motion
from poise.skeletons import H36M17

# By eye and by mocap17's definitions. The head's are for a level gaze: in walking clips the line
# from nose to head leans 30 degrees back from the vertical. A second pass from the result of the
# first would not settle: points, trunk size and posture of the neck can make up for each other.
GUESS: Points = {
    "spine": ("spine03", (0.0, -0.003, 0.06)),
    "thorax": ("spine01", (0.0, -0.043, 0.134)),
    "nose": ("head", (0.0, -0.085, -0.013)),
    "head": ("head", (0.0, -0.028, 0.087)),
}


def calibrate(motions: Iterable[Motion]) -> Points:
    """Each point's mean place in the frame of its bone, over bodies fitted to these motions."""
    found: dict[str, list[np.ndarray]] = {name: [] for name in GUESS}
    for number, motion in enumerate(motions):
        phenotype = {"gender": float(number % 2), "age": 0.67, "muscle": 0.55, "weight": 0.45}
        fitted = fit(motion, phenotype, points=GUESS)
        heads = fitted.body.heads
        places, turns = pose(fitted.angles, fitted.path, fitted.upright, heads, limbs(heads))
        wanted = torch.tensor(convert(motion, H36M17).xyz, dtype=torch.float32)
        for name, (bone, _) in GUESS.items():
            index = bones()[bone]
            away = wanted[:, H36M17.index(name)] - places[:, index]
            local = (turns[:, index].mT @ away[..., None])[..., 0] / trunk_scale(heads)
            found[name].append(local.mean(dim=0).numpy())
    points = {}
    for name, (bone, _) in GUESS.items():
        _, y, z = np.mean(found[name], axis=0).round(4).tolist()  # in the middle between the sides
        points[name] = (bone, (0.0, y, z))
    return points
