"""The solved skeleton as it moves over the floor: the page moves it, without a script."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from poise.motion import Body
from poise.render.canvas import Color
from poise.render.views import View, heading, look_from
from poise.report.markup import Html, joined, tag
from poise.report.solid_bones import bone_lengths, limbs, outline, shapes, side_of, underside
from poise.report.stretch import Stretch
from poise.report.wording import clock

_WIDTH = 960.0
_TALLEST = 0.6  # of the width
_LARGEST = 210.0  # units for a metre
_EDGE = 14.0
_AROUND = 0.45  # metres of floor around everything on it
_TRAVELS = 0.8  # metres of path, from which on its direction is the one to look across
_AHEAD = {True: 74.0, False: 42.0}  # degrees from straight ahead, with a path and without one
_UP = 17.0  # degrees
_GHOSTS, _APART = 7, 0.75  # poses along the path, and metres between them
_FOOT, _SHADOW = 0.05, 0.26  # metres: the mark of a heel or a ball; what lies beneath the root
_PALE = "0.4"


@dataclass(frozen=True, eq=False)
class _Stage:
    """A piece of the world on the page."""

    view: View
    scale: float
    origin: Float[np.ndarray, "2"]

    def at(self, xyz: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 2"]:
        return self.view(xyz)[..., :2] * [self.scale, -self.scale] + self.origin


def moving_figure(body: Body, stretch: Stretch, accent: Color, name: str) -> Html:
    """The body in motion, over the floor with the root's path and the places where feet stand.

    `name` sets the drawing's parts apart from those of others on the page.
    """
    along = _direction(body, stretch)
    floor = _floor(stretch, along)
    view = look_from(along, _AHEAD[bool(np.ptp(_root(body, stretch) @ along) >= _TRAVELS)], _UP)
    shown = view(np.concatenate([stretch.joints.reshape(-1, 3), floor.reshape(-1, 3)]))[:, :2]
    low, high = shown.min(axis=0), shown.max(axis=0)
    room = np.array([_WIDTH, _TALLEST * _WIDTH]) - 2 * _EDGE
    scale = min(*(room / (high - low)), _LARGEST)
    height = float(high[1] - low[1]) * scale + 2 * _EDGE
    left = _WIDTH / 2 - float(low[0] + high[0]) / 2 * scale
    stage = _Stage(view, scale, np.array([left, float(high[1]) * scale + _EDGE]))
    bones = shapes(
        stage.at(stretch.joints),
        body.motion.skeleton,
        bone_lengths(stretch.joints, body.motion.skeleton),
        scale,
    )
    ghosts = _ghosts(body, stretch)
    several = len(ghosts) > 1
    return tag(
        "svg",
        _ground(stage, floor),
        _path(stage, body, stretch, accent),
        _steps(stage, body, stretch),
        _shadow(stage, body, stretch),
        [_ghost(body, bones[pose], "ghost" if several else "ghost alone") for pose in ghosts],
        [_moment(stage, body, stretch, pose) for pose in ghosts if several],
        _figure(body, stretch, view, bones, name),
        viewBox=f"0 0 {_WIDTH:g} {height:.0f}",
        class_="ground moving",
        role="img",
        aria_label=f"The solved skeleton moves over the floor, {_told(stretch)}",
    )


def _told(stretch: Stretch) -> str:
    return f"from {stretch.times[0]:.1f} s to {stretch.times[-1]:.1f} s"


def _root(body: Body, stretch: Stretch) -> Float[np.ndarray, "pose 3"]:
    return body.motion.skeleton.root_of(stretch.joints) * [1, 1, 0]


def _direction(body: Body, stretch: Stretch) -> Float[np.ndarray, "3"]:
    """Which way it goes, or faces if it goes nowhere."""
    root = _root(body, stretch)
    _, _, axes = np.linalg.svd(root - root.mean(axis=0), full_matrices=True)
    if np.ptp(root @ axes[0]) < _TRAVELS:
        return heading(body.motion[stretch.first :])
    along = axes[0] * [1, 1, 0]
    return along * (np.sign(along @ (root[-1] - root[0])) or 1) / np.linalg.norm(along)


def _floor(stretch: Stretch, along: Float[np.ndarray, "3"]) -> Float[np.ndarray, "line 2 3"]:
    """Lines of a grid beneath everything, along the way and across it."""
    axes = np.stack([along[:2], [-along[1], along[0]]])
    on = stretch.joints[..., :2] @ axes.T
    low, high = on.min(axis=(0, 1)) - _AROUND, on.max(axis=(0, 1)) + _AROUND
    step = 0.5 if (high - low).max() < 7 else 1.0
    low, high = np.floor(low / step) * step, np.ceil(high / step) * step
    lines = []
    for axis in (0, 1):
        for place in np.arange(low[axis], high[axis] + step / 2, step):
            ends = np.tile([place, place], (2, 1)).astype(float)
            ends[:, 1 - axis] = low[1 - axis], high[1 - axis]
            lines.append(np.column_stack([ends @ axes, np.zeros(2)]))
    return np.stack(lines)


def _ground(stage: _Stage, floor: Float[np.ndarray, "line 2 3"]) -> Html:
    drawn = "".join(f"M{a:.1f} {b:.1f}L{c:.1f} {d:.1f}" for (a, b), (c, d) in stage.at(floor))
    return tag("path", d=drawn, class_="grid")


def _path(stage: _Stage, body: Body, stretch: Stretch, accent: Color) -> Html | None:
    points = stage.at(_root(body, stretch))
    if len(points) < 2:
        return None
    d = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return tag("path", d=d, class_="walked", stroke="#{:02x}{:02x}{:02x}".format(*accent))


def _steps(stage: _Stage, body: Body, stretch: Stretch) -> list[Html]:
    """Where feet stand: pale all the time, and strong while they do."""
    skeleton, motion = body.motion.skeleton, body.motion
    if motion.frame != "world" or not motion.placed:
        return []
    drawn = []
    for contact in (contact for contact in body.contacts if contact in stretch):
        joint = skeleton.index(contact.joint)
        meanwhile = (stretch.times >= contact.start) & (stretch.times <= contact.stop)
        near = int(np.abs(stretch.times - (contact.start + contact.stop) / 2).argmin())
        standing = meanwhile if meanwhile.any() else np.array([near])
        place = stretch.joints[standing, joint].mean(axis=0) * [1, 1, 0]
        drawn.append(
            tag(
                "ellipse",
                stretch.switching("opacity", meanwhile, "1", _PALE),
                **_disc(stage, place, _FOOT),
                opacity="1" if meanwhile[0] else _PALE,
                class_=f"step {side_of(skeleton, joint)}",
            )
        )
    return drawn


def _disc(stage: _Stage, place: Float[np.ndarray, "3"], radius: float) -> dict[str, float]:
    """A circle on the floor, as an ellipse."""
    x, y = stage.at(place)
    flat = abs(float(stage.view.axes[2, 2]))  # 1 from above, 0 from the side
    return {"cx": x, "cy": y, "rx": radius * stage.scale, "ry": radius * stage.scale * flat}


def _shadow(stage: _Stage, body: Body, stretch: Stretch) -> Html:
    """A soft disc beneath the root."""
    places = stage.at(_root(body, stretch))
    return tag(
        "ellipse",
        [
            stretch.moving(name, [f"{value:.1f}" for value in places[:, axis]])
            for axis, name in enumerate(("cx", "cy"))
        ],
        **_disc(stage, _root(body, stretch)[0], _SHADOW),
        class_="shadow live",
    )


def _ghosts(body: Body, stretch: Stretch) -> list[int]:
    """Poses that stay, far enough from each other not to be a crowd."""
    root = _root(body, stretch)
    count = len(stretch.times)
    chosen: list[int] = []
    for pose in dict.fromkeys(np.linspace(0, count - 1, _GHOSTS).round().astype(int).tolist()):
        if all(np.linalg.norm(root[pose] - root[other]) > _APART for other in chosen):
            chosen.append(pose)
    return chosen


def _ghost(body: Body, bones: Float[np.ndarray, "bone 4 2"], kind: str) -> Html:
    skeleton = body.motion.skeleton
    drawn = []
    for limb in (limb for limb in limbs(skeleton).values() if limb):
        side = side_of(skeleton, skeleton.bones[limb[0]][1])
        drawn.append(tag("path", d=outline(bones[list(limb)]), class_=f"solid {side}"))
    return tag("g", drawn, transform="scale(.1)", class_=kind)


def _moment(stage: _Stage, body: Body, stretch: Stretch, pose: int) -> Html:
    """When a pose that stays was taken, below its feet."""
    below = stage.at(stretch.joints[pose])[:, 1].max()
    x, _ = stage.at(_root(body, stretch)[pose])
    return tag(
        "text", clock(float(stretch.times[pose]), 0.1), x=x, y=below + 16, class_="small moment"
    )


def _figure(
    body: Body,
    stretch: Stretch,
    view: View,
    bones: Float[np.ndarray, "pose bone 4 2"],
    name: str,
) -> Html:
    """The trunk, and the limbs behind it or before it: each is there twice, and seen once."""
    skeleton = body.motion.skeleton
    near = view(stretch.joints)[..., 2]
    ends = np.array(skeleton.bones)[:, 1]
    parts: dict[str, Html] = {}
    before: dict[str, Bool[np.ndarray, " pose"]] = {}
    groups = {limb: list(places) for limb, places in limbs(skeleton).items() if places}
    middle = near[:, ends[groups["trunk"]]].mean(axis=1) if "trunk" in groups else near.mean(axis=1)
    for limb, places in groups.items():
        side = side_of(skeleton, int(ends[places[0]]))
        parts[limb] = joined(
            _moved(stretch, [outline(pose[places]) for pose in bones], f"solid {side}"),
            _moved(stretch, [underside(pose[places]) for pose in bones], "shade"),
        )
        before[limb] = near[:, ends[places]].mean(axis=1) >= middle
    kept = {limb: f"{name}-{limb.replace('_', '-')}" for limb in parts}
    order = [limb for limb in parts if limb != "trunk"]
    return tag(
        "g",
        tag("defs", [tag("g", parts[limb], id=kept[limb]) for limb in order]),
        [_seen(stretch, kept[limb], ~before[limb]) for limb in order],
        parts.get("trunk"),
        [_seen(stretch, kept[limb], before[limb]) for limb in order],
        transform="scale(.1)",
        class_="live",
    )


def _moved(stretch: Stretch, drawn: Sequence[str], kind: str) -> Html:
    return tag("path", stretch.moving("d", drawn), d=drawn[0], class_=kind)


def _seen(stretch: Stretch, kept: str, there: Bool[np.ndarray, " pose"]) -> Html | None:
    if not there.any():
        return None
    first = "visible" if there[0] else "hidden"
    switch = stretch.switching("visibility", there, "visible", "hidden")
    return tag("use", switch, href=f"#{kept}", visibility=first)
