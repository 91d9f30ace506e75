"""Bodies on any tree of joints, in any order, with the poses that angles are bad at."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from hypothesis import strategies as st

from poise.data.maker import improvise
from poise.geometry.kinematics import forward
from poise.geometry.rotations import quaternion_to_matrix
from poise.motion import Body, Contact, Motion
from poise.skeletons import Skeleton


@cache
def dancer(seed: int = 0, action: str = "walk", seconds: float = 3.0) -> Body:
    """A made figure that moves, with a contact and a bridged second to tell of."""
    body = improvise([0, seed], seconds, (action,), 30.0).body
    return replace(
        body, contacts=(Contact(0.2, 0.5, "left_ball"),), bridged=((1.0, 1.5),), model="figure"
    )


def posed(
    skeleton: Skeleton, offsets: np.ndarray, rotations: np.ndarray, path: np.ndarray, fps: float
) -> Body:
    """The body with these numbers, its joints where they belong."""
    root = skeleton.order[0]
    arms = np.broadcast_to(offsets, (len(path), len(skeleton), 3)).copy()
    arms[:, root] = path
    xyz, _ = forward(quaternion_to_matrix(rotations), arms, skeleton)
    motion = Motion(xyz=xyz, skeleton=skeleton, fps=fps, frame="world", placed=True)
    return Body(motion=motion, rotations=rotations, offsets=offsets, model="any")


@dataclass(frozen=True)
class Recipe:
    """What a random body is made of; not made while hypothesis draws, as beartype draws too."""

    parents: tuple[int, ...]
    frames: int
    fps: float
    stretching: bool  # whether bones change their length
    steep: int  # how near (ten to this power) half the rotations are to a quarter turn
    seed: int

    def body(self) -> Body:
        """The body."""
        rng = np.random.default_rng(self.seed)
        joints, frames = len(self.parents), self.frames
        skeleton = Skeleton("any", tuple(f"joint {i}" for i in range(joints)), self.parents)
        offsets = rng.uniform(-0.4, 0.4, (frames, joints, 3) if self.stretching else (joints, 3))
        offsets[..., skeleton.order[0], :] = 0
        turns = rng.normal(size=(frames, joints, 4))
        quarter = np.array([1, 1, 0, 0]) + rng.normal(size=turns.shape) * 10.0**self.steep
        turns = np.where(rng.random((frames, joints, 1)) < 0.5, quarter, turns)
        turns /= np.linalg.norm(turns, axis=-1, keepdims=True)
        return posed(skeleton, offsets, turns, rng.uniform(-3, 3, (frames, 3)), self.fps)


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    """Up to twelve joints, parents also after their children; rotations often a quarter turn."""
    joints = draw(st.integers(1, 12))
    place = draw(st.permutations(range(joints)))  # where the n-th joint that we make is stored
    parents = [-1] * joints
    for made in range(1, joints):
        parents[place[made]] = place[draw(st.integers(max(0, made - 3), made - 1))]
    return Recipe(
        tuple(parents),
        draw(st.integers(1, 6)),
        draw(st.sampled_from([24.0, 25.0, 29.97, 30.0, 59.94, 60.0, 120.0])),
        draw(st.booleans()),
        draw(st.integers(-7, -1)),
        draw(st.integers(0, 2**32 - 1)),
    )


REFUSED: dict[str, tuple[Callable[[Body], Body], str]] = {
    "unknown frames": (
        lambda body: replace(
            body,
            motion=replace(body.motion, xyz=_hidden(body.motion.xyz)),
            rotations=_hidden(body.rotations),
        ),
        "20 of .* frames are unknown \\(NaN\\), the first is frame 10.*gaps.bridged",
    ),
    "uneven frames": (
        lambda body: replace(
            body, motion=replace(body.motion, times=body.motion.times**1.1, fps=30)
        ),
        "not evenly spaced in time.*resample",
    ),
    "the camera's frame": (
        lambda body: replace(body, motion=replace(body.motion, frame="camera")),
        "lives in its camera's frame.*to_world",
    ),
    "a bone of no known length": (
        lambda body: replace(body, offsets=_hidden(body.offsets, 5, 6)),
        "the length of nose's bone is not known",
    ),
}
"""What no rig file can hold, and what is said about it."""


def _hidden(values: np.ndarray, start: int = 10, stop: int = 30) -> np.ndarray:
    hidden = values.copy()
    hidden[start:stop] = np.nan
    return hidden
