"""From a lifted motion and its 2D track to what the solve weighs: places, rays, and their sigma."""

import logging
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Bool, Float

from poise.anatomy.figure import SIDES, Proportions, out
from poise.body.contacts import PLANTABLE
from poise.body.evidence import Evidence, Sight
from poise.conversions import convert
from poise.errors import PoiseError
from poise.motion import Keypoints, Motion
from poise.skeletons import FIGURE27, H36M17

_log = logging.getLogger(__name__)

_SIGMA = 0.01  # m, of joints that nobody says how sure they are
_LEAST_SIGMA = 0.005
_ROOT_SEEN = 0.10  # m, of a root's path that was found from pixels
_ROOT_GIVEN = 0.005  # and of one from anywhere else
_PIXEL = 8.0  # of a keypoint's error, in an image whose longer side has 1000 pixels
_LEAST_CONFIDENCE = 0.3

_LEVEL = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # R_camera_world of a level camera


def knows_up(motion: Motion) -> bool:
    """Whether the motion is in the world, or its camera's pose is known."""
    camera = motion.camera
    return motion.frame == "world" or (camera is not None and camera.T_camera_world is not None)


def in_world(motion: Motion) -> Motion:
    """The motion on joints of the figure, in a world with z up."""
    if not set(motion.skeleton.joints) <= set(FIGURE27.joints):
        motion = convert(motion, H36M17)
    if motion.frame == "world":
        return motion
    if motion.placed and knows_up(motion):
        return motion.to_world()
    return replace(
        motion,
        xyz=motion.xyz @ _LEVEL,
        frame="world",
        camera=None,
        assumed=(*motion.assumed, "up is the camera's own up: its pose is not known"),
    )


def gather(
    motion: Motion, track: Keypoints | None, figure: Proportions, kept: Bool[np.ndarray, " time"]
) -> Evidence:
    """The evidence of the frames that are kept; nothing stands yet."""
    xyz = motion.xyz[kept].astype(np.float64)
    root = motion.skeleton.root_of(xyz)
    known = np.isfinite(xyz).all(axis=-1) & np.isfinite(root).all(axis=-1)[:, None]
    sigma = np.full(xyz.shape[:2], _SIGMA)
    if motion.sigma is not None:
        sigma = np.where(np.isfinite(motion.sigma[kept]), motion.sigma[kept], np.inf)
    weight = np.where(known, np.maximum(sigma, _LEAST_SIGMA) ** -2.0, 0.0)
    seen = known.any(axis=1)
    spread = np.full(len(xyz), _ROOT_SEEN)
    if track is None:
        own = sigma[:, list(motion.skeleton.root)].max(axis=1)
        spread = np.maximum(_ROOT_GIVEN, np.where(np.isfinite(own), own, _ROOT_SEEN))
    return Evidence(
        times=torch.from_numpy(motion.times[kept].astype(np.float64)),
        joints=tuple(FIGURE27.index(name) for name in motion.skeleton.joints),
        places=torch.from_numpy(np.where(known[..., None], xyz - root[:, None], 0.0)),
        weight=torch.from_numpy(weight),
        seen=torch.from_numpy(seen.astype(np.float64)),
        root=torch.from_numpy(np.where(seen[:, None], root, 0.0)),
        root_weight=torch.from_numpy(np.where(seen, spread**-2.0, 0.0)),
        sight=None if track is None else _sight(motion, track, figure, kept),
        floor=0.0,
        planted=torch.zeros((len(xyz), len(PLANTABLE)), dtype=torch.float64),
        locked=False,
    )


def _sight(
    motion: Motion, track: Keypoints, figure: Proportions, kept: Bool[np.ndarray, " time"]
) -> Sight | None:
    """Where the track's points lie on the body, and their rays."""
    camera = motion.camera
    if camera is None or camera.T_camera_world is None or not motion.placed:
        _log.warning("the keypoints do not count: nobody knows where the motion's camera stands")
        return None
    if len(track) != len(motion) or not np.allclose(track.times, motion.times, atol=1e-4):
        raise PoiseError("the keypoints and the motion have different timestamps")
    if (camera.width, camera.height) != track.image_size:
        raise PoiseError("the keypoints are of images of another size than the motion's camera")
    body = convert(track, H36M17)
    points = [
        (name, np.zeros(3), body.xy[kept, place], body.score[kept, place])
        for place, name in enumerate(body.skeleton.joints)
    ]
    points += _extremities(track, figure, kept)
    pixels = np.stack([xy for _, _, xy, _ in points], axis=1).astype(np.float64)
    score = np.stack([score for *_, score in points], axis=1).astype(np.float64)
    rays = camera.rays(pixels)
    seen = np.isfinite(rays).all(axis=-1) & (score > _LEAST_CONFIDENCE)
    error = _PIXEL * max(track.image_size) / 1000 / camera.fx
    T = camera.T_camera_world
    return Sight(
        joints=tuple(FIGURE27.index(name) for name, *_ in points),
        offsets=torch.from_numpy(np.stack([offset for _, offset, *_ in points])),
        rays=torch.from_numpy(np.where(seen[..., None], rays, 0.0)),
        weight=torch.from_numpy(np.where(seen, (score / error) ** 2, 0.0)),
        R_camera_world=torch.from_numpy(T[:3, :3].astype(np.float64)),
        t_camera_world=torch.from_numpy(T[:3, 3].astype(np.float64)),
    )


Point = tuple[str, Float[np.ndarray, "3"], Float[np.ndarray, "time 2"], Float[np.ndarray, " time"]]


def _extremities(
    track: Keypoints, figure: Proportions, kept: Bool[np.ndarray, " time"]
) -> list[Point]:
    """Heels, toes and hands, which detectors see and lifters do not."""
    names = track.skeleton.joints
    found: list[Point] = []
    for side in SIDES:
        toe = np.array([0.0, -1.45 * figure.ball, -0.8 * figure.ankle])  # toes are before the ball
        hand = np.array([out(side) * figure.hand, 0.0, 0.0])
        heel = np.array([0.0, figure.heel, -0.7 * figure.ankle])  # its back, not its sole
        for joint, offset, words in (
            ("ankle", heel, ("heel",)),
            ("ankle", toe, ("foot_index",)),
            ("ankle", toe, ("big_toe",)),
            ("wrist", hand, ("index", "pinky")),
        ):
            sources = [f"{side}_{word}" for word in words]
            if set(sources) <= set(names):
                places = [names.index(name) for name in sources]
                xy = track.xy[kept][:, places].mean(axis=1)
                score = track.score[kept][:, places].min(axis=1)
                found.append((f"{side}_{joint}", offset, xy, score))
    return found


def never_seen(motion: Motion) -> list[str]:
    """Joints that no frame tells, in words."""
    unseen = ~np.isfinite(motion.xyz).all(axis=-1).any(axis=0)
    names = [motion.skeleton.joints[place].replace("_", " ") for place in np.flatnonzero(unseen)]
    if not names:
        return []
    return [f"{', '.join(names)}: never seen, so held as people usually hold them"]


def filled(
    motion: Motion, kept: Bool[np.ndarray, " time"], figure: Proportions
) -> dict[str, Float[np.ndarray, "kept 3"]]:
    """Where to start: every joint of h36m17 by name, unknown ones from frames around or at rest."""
    rest = _at_rest(figure)
    frames = np.arange(int(kept.sum()))
    joints: dict[str, np.ndarray] = {}
    at = {name: place for place, name in enumerate(motion.skeleton.joints)}
    for place in H36M17.order:
        name = H36M17.joints[place]
        xyz = motion.xyz[kept][:, at[name]].astype(np.float64) if name in at else None
        known = np.zeros(len(frames), bool) if xyz is None else np.isfinite(xyz).all(axis=-1)
        parent = H36M17.parents[place]
        above = joints[H36M17.joints[parent]] if parent >= 0 else np.zeros((len(frames), 3))
        if xyz is None or not known.any():
            offset = rest[name] - (rest[H36M17.joints[parent]] if parent >= 0 else 0)
            joints[name] = above + offset
            continue
        arm = xyz - above
        joints[name] = above + np.stack(
            [np.interp(frames, frames[known], arm[known, axis]) for axis in range(3)], axis=1
        )
    return joints


def _at_rest(figure: Proportions) -> dict[str, Float[np.ndarray, "3"]]:
    """Joints of the T pose, but with hanging arms."""
    offsets = figure.offsets()
    places: dict[str, np.ndarray] = {}
    for place in FIGURE27.order:
        name = FIGURE27.joints[place]
        parent = FIGURE27.parents[place]
        offset = offsets[place]
        if name.endswith(("elbow", "wrist")):
            offset = np.array([0.1, 0.0, -1.0]) * np.linalg.norm(offset)
        places[name] = offset + (places[FIGURE27.joints[parent]] if parent >= 0 else 0)
    return places
