"""A person to draw: the reference figure, walking."""

import numpy as np

from poise.motion import Motion
from poise.render.reference_figure import reference_figure
from poise.skeletons import H36M17


def swing(xyz: np.ndarray, joints: list[str], pivot: str, angle: np.ndarray) -> None:
    """Turn a limb forward and back about its upper end, in place; x is across the body."""
    where = [H36M17.index(joint) for joint in joints]
    arm = xyz[:, where] - xyz[:, [H36M17.index(pivot)]]
    sin, cos = np.sin(angle)[:, None], np.cos(angle)[:, None]
    y, z = arm[..., 1].copy(), arm[..., 2].copy()
    xyz[:, where, 1] += cos * y - sin * z - y
    xyz[:, where, 2] += sin * y + cos * z - z


def walking(seconds: float = 2.0) -> Motion:
    """A stiff walk along +y, 30 fps."""
    times = np.arange(round(seconds * 30)) / 30
    xyz = np.repeat(reference_figure(H36M17)[None], len(times), axis=0)
    for side, phase in (("left", 0.0), ("right", np.pi)):
        leg = 0.45 * np.sin(2 * np.pi * times + phase)
        swing(xyz, [f"{side}_knee", f"{side}_ankle"], f"{side}_hip", leg)
        swing(xyz, [f"{side}_elbow", f"{side}_wrist"], f"{side}_shoulder", -leg)
    xyz[..., 1] += 1.3 * times[:, None]
    return Motion(xyz=xyz, skeleton=H36M17, fps=30, frame="world", placed=True)


def standing() -> Motion:
    """One frame of the reference figure, which faces +y with its left hand at -x."""
    xyz = reference_figure(H36M17)[None]
    return Motion(xyz=xyz, skeleton=H36M17, fps=30, frame="world", placed=True)
