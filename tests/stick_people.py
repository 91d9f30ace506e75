"""Stick people who walk before a camera, and what a poor detector makes of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from poise.cameras import Camera, look_at
from poise.detect.detections import Detections
from poise.skeletons import BLAZEPOSE33

FPS = 30.0
CAMERA = Camera.from_field_of_view(1280, 720, horizontal_deg=66).at(
    look_at((0, -6, 1.5), (0, 0, 1))
)
MIRROR = list(BLAZEPOSE33.mirror)
_GROUPS = {
    "legs": ("hip", "knee", "ankle", "heel", "foot"),
    "arms": ("shoulder", "elbow", "wrist", "pinky", "thumb", "left_index", "right_index"),
}

Path = Callable[[np.ndarray], np.ndarray]  # times -> places on the floor (time, 2)


@dataclass(frozen=True, kw_only=True)
class Walker:
    """One person: where they walk, when they are there, how they look."""

    path: Path
    yaw: Callable[[np.ndarray], np.ndarray] | None = None  # rad; None: they look where they go
    height: float = 1.75
    step: float = 0.0  # phase of the gait
    broad: float = 1.0  # shoulders and hips, against the usual
    present: tuple[float, float] = (-np.inf, np.inf)  # s


def straight(start: ArrayLike, velocity: ArrayLike) -> Path:
    return lambda t: np.asarray(start, float) + t[:, None] * np.asarray(velocity, float)


def body(walker: Walker, times: np.ndarray) -> np.ndarray:
    """The 33 joints in the world, (time, 33, 3)."""
    place = walker.path(times)
    ahead = walker.path(times + 0.01) - walker.path(times - 0.01)
    speed = np.hypot(*ahead.T) / 0.02
    yaw = np.arctan2(ahead[:, 1], ahead[:, 0]) if walker.yaw is None else walker.yaw(times)
    h, swing = walker.height, np.minimum(speed / 1.3, 1.3)
    phase = 2 * np.pi * 0.9 * times + walker.step
    joints = np.zeros((len(times), 33, 3))  # forward, left, up

    def put(name: str, forward: Any, left: float, up: Any) -> None:
        joints[:, BLAZEPOSE33.index(name), 0] = forward
        joints[:, BLAZEPOSE33.index(name), 1] = left
        joints[:, BLAZEPOSE33.index(name), 2] = up

    put("nose", 0.06 * h, 0, 0.93 * h)
    for side, sign in (("left", 1), ("right", -1)):
        leg = 0.45 * swing * np.sin(phase + (0 if sign > 0 else np.pi))
        bend = 0.5 * swing * np.clip(np.cos(phase + (0 if sign > 0 else np.pi)), 0, None)
        arm = -0.8 * leg
        hip, shoulder = 0.055 * walker.broad * sign * h, 0.1 * walker.broad * sign * h
        for name, out in (("inner", 0.012), ("outer", 0.03)):
            put(f"{side}_eye_{name}", 0.05 * h, sign * out * h, 0.945 * h)
        put(f"{side}_eye", 0.05 * h, sign * 0.02 * h, 0.945 * h)
        put(f"{side}_ear", 0, sign * 0.04 * h, 0.935 * h)
        put(f"{side}_mouth", 0.05 * h, sign * 0.015 * h, 0.91 * h)
        put(f"{side}_shoulder", 0, shoulder, 0.81 * h)
        elbow = 0.16 * h * np.sin(arm), 0.81 * h - 0.16 * h * np.cos(arm)
        put(f"{side}_elbow", elbow[0], shoulder * 1.1, elbow[1])
        for name, along in (("wrist", 0.15), ("pinky", 0.19), ("index", 0.2), ("thumb", 0.18)):
            reach = elbow[0] + along * h * np.sin(arm + 0.3)
            put(f"{side}_{name}", reach, shoulder * 1.1, elbow[1] - along * h * np.cos(arm + 0.3))
        put(f"{side}_hip", 0, hip, 0.52 * h)
        knee = 0.245 * h * np.sin(leg), 0.52 * h - 0.245 * h * np.cos(leg)
        put(f"{side}_knee", knee[0], hip, knee[1])
        foot = knee[0] + 0.245 * h * np.sin(leg - bend), knee[1] - 0.245 * h * np.cos(leg - bend)
        put(f"{side}_ankle", foot[0], hip, foot[1])
        put(f"{side}_heel", foot[0] - 0.03 * h, hip, foot[1] - 0.025 * h)
        put(f"{side}_foot_index", foot[0] + 0.1 * h, hip, foot[1] - 0.03 * h)
    cos, sin = np.cos(yaw)[:, None], np.sin(yaw)[:, None]
    x = place[:, :1] + cos * joints[..., 0] - sin * joints[..., 1]
    y = place[:, 1:] + sin * joints[..., 0] + cos * joints[..., 1]
    return np.stack([x, y, joints[..., 2]], axis=-1)


@dataclass(frozen=True)
class Scene:
    """What there is to see."""

    xy: np.ndarray  # (person, time, 33, 2) px
    depth: np.ndarray  # (person, time) m
    size: np.ndarray  # (person, time) px
    there: np.ndarray  # (person, time) bool
    times: np.ndarray

    @property
    def centre(self) -> np.ndarray:
        return self.xy[:, :, [11, 12, 23, 24]].mean(axis=2)


def film(walkers: Sequence[Walker], seconds: float, fps: float = FPS) -> Scene:
    times = np.arange(round(seconds * fps)) / fps
    in_camera = [CAMERA.to_camera(body(walker, times)) for walker in walkers]
    depth = np.stack([xyz[..., 2].mean(axis=1) for xyz in in_camera])
    heights = np.array([walker.height for walker in walkers])[:, None]
    return Scene(
        xy=np.stack([CAMERA.project(xyz) for xyz in in_camera]),
        depth=depth,
        size=CAMERA.fy * heights / depth,
        there=np.stack([(times >= w.present[0]) & (times < w.present[1]) for w in walkers]),
        times=times,
    )


def hidden(scene: Scene, reach: float = 0.22) -> np.ndarray:
    """(person, time): behind whom each is hidden, or -1."""
    centre, count = scene.centre, len(scene.xy)
    behind = np.full(scene.depth.shape, -1)
    for own in range(count):
        for other in range(count):
            if other != own:
                away = np.hypot(*(centre[own] - centre[other]).T) / scene.size[other]
                covered = (away < reach) & (scene.depth[own] > scene.depth[other])
                behind[own, covered & scene.there[other] & scene.there[own]] = other
    return behind


@dataclass(frozen=True, kw_only=True)
class Detector:
    """How poor it is."""

    noise: float = 0.008  # heights
    missed: float = 0.0  # share of sightings
    twice: float = 0.0  # share of sightings found twice
    ghosts: float = 0.0  # a frame
    jumps: float = 0.0  # share of frames of a crossing in which the skeleton is the hidden one's
    hide: bool = True


def detect(scene: Scene, how: Detector, seed: int = 0) -> Detections:
    rng = np.random.default_rng(seed)
    behind = hidden(scene) if how.hide else np.full(scene.depth.shape, -1)
    people, frames = scene.depth.shape
    jump = _bursts(rng, (people, frames), how.jumps, 4)
    slow = np.zeros((people, 33, 2))
    xy, score, frame = [], [], []
    for t in range(frames):
        found = []
        slow = 0.8 * slow + 0.6 * rng.normal(size=slow.shape)
        for person in range(people):
            seen = scene.there[person, t] and behind[person, t] < 0
            if not seen or rng.random() < how.missed:
                continue
            covers = np.flatnonzero(behind[:, t] == person)
            who = int(covers[0]) if len(covers) and jump[person, t] else person
            jitter = 0.7 * slow[person] + 0.7 * rng.normal(size=(33, 2))
            pose = scene.xy[who, t] + how.noise * scene.size[who, t] * jitter
            found.append((pose, 0.9))
            if rng.random() < how.twice:
                again = pose + 0.02 * scene.size[who, t] * rng.normal(size=(33, 2))
                found.append((again, 0.8))
        if rng.random() < how.ghosts:
            pose = scene.xy[0, t] - scene.xy[0, t].mean(axis=0)
            found.append((pose + rng.uniform((100, 100), (1180, 620)), 0.5))
        for place in rng.permutation(len(found)):
            xy.append(found[place][0])
            score.append(np.full(33, found[place][1]))
            frame.append(t)
    return Detections(
        xy=np.array(xy, np.float32).reshape(-1, 33, 2),
        score=np.array(score, np.float32).reshape(-1, 33),
        frame=np.array(frame, np.int64),
        times=scene.times,
        skeleton=BLAZEPOSE33,
        image_size=(1280, 720),
        fps=FPS if len(scene.times) < 2 else float(1 / np.diff(scene.times).mean()),
        camera=CAMERA,
    )


def _bursts(
    rng: np.random.Generator, shape: tuple[int, int], share: float, length: int
) -> np.ndarray:
    starts = rng.random(shape) < share / length
    return np.stack([np.convolve(row, np.ones(length))[: shape[1]] > 0 for row in starts])


def group(name: str) -> list[int]:
    """The joints of the legs, of the arms, or all."""
    if name == "all":
        return list(range(33))
    chosen = [
        j for j, joint in enumerate(BLAZEPOSE33.joints) if any(w in joint for w in _GROUPS[name])
    ]
    return [j for j in chosen if name == "legs" or "foot" not in BLAZEPOSE33.joints[j]]
