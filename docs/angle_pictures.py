"""Draws which joint angle is which: python docs/angle_pictures.py"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from poise.anatomy.figure import Proportions
from poise.anatomy.pose import LIMBS, TORSO, rotation
from poise.angles import AngleTable, joint_angles
from poise.geometry.rotations import about, matrix_to_quaternion
from poise.motion import Body, Motion
from poise.render.canvas import GROUND, INK, MUTED, Canvas, mix, save_png
from poise.render.figures import draw_figure
from poise.render.views import View, look_from
from poise.skeletons import FIGURE27

IMAGE = Path(__file__).parent / "images" / "angles.png"

_PANEL, _SCALE, _TOP = (330, 452), 224.0, 30
_ARC = (197, 62, 84)
_FACING = np.array([0.0, -1.0, 0.0])
_SIDE, _FRONT = look_from(_FACING, 90, 0), look_from(_FACING, 0, 0)
_ABOVE = look_from(_FACING, 0, 89.9)

Vector = Float[np.ndarray, "3"]
Way = tuple[str, Vector]  # a direction in the axes of a joint, or of the world


@dataclass(frozen=True)
class Mark:
    """One angle: an arc about a joint, from where it is 0 to where it is."""

    name: str  # in the table of angles
    at: str
    zero: Way
    now: Way
    radius: float  # metres
    nudge: tuple[float, float] = (0.0, 0.0)  # of the words, pixels
    anchor: str = "lm"  # of the words, Pillow's


@dataclass(frozen=True)
class Panel:
    title: str
    view: View
    pose: Mapping[str, Sequence[float]]  # degrees, as poise.anatomy.pose has them
    marks: Sequence[Mark]
    turned_deg: float = 0.0  # the whole figure, about the vertical
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    scale: float = _SCALE
    shift: tuple[float, float] = (0.0, 0.0)  # pixels


def _v(x: float, y: float, z: float) -> Vector:
    return np.array([x, y, z], np.float64)


UP, DOWN, AHEAD, LEFT, RIGHT = (_v(0, 0, 1), _v(0, 0, -1), _v(0, -1, 0), _v(1, 0, 0), _v(-1, 0, 0))

_HANG = {"left_shoulder": (-80, 0, 0), "right_shoulder": (-80, 0, 0)}

PANELS = (
    Panel(
        "from the side",
        _SIDE,
        {
            "left_shoulder": (-83, -25, 0),
            "right_shoulder": (-80, -12, 0),
            "left_elbow": (15,),
            "right_elbow": (20,),
            "right_hip": (42, 0, 0),
            "right_knee": (62,),
            "right_ankle": (14, 0, 0),
            "left_hip": (-16, 0, 0),
            "left_knee": (8,),
            "left_ankle": (4, 0, 0),
        },
        (
            Mark(
                "hip_flexion_r",
                "right_hip",
                ("pelvis", DOWN),
                ("right_hip", DOWN),
                0.24,
                (-62, 2),
                "rm",
            ),
            Mark("knee_flexion_r", "right_knee", ("right_hip", DOWN), ("right_knee", DOWN), 0.20),
            Mark(
                "ankle_dorsiflexion_r",
                "right_ankle",
                ("right_knee", AHEAD),
                ("right_ankle", AHEAD),
                0.17,
                (2, -8),
            ),
        ),
        shift=(-28, 0),
    ),
    Panel(
        "from the side",
        _SIDE,
        _HANG
        | {
            "lumbar": (16, 0, 0),
            "spine": (16, 0, 0),
            "thorax": (14, 0, 0),
            "skull": (10, 0, 0),
            "right_shoulder": (-62, 72, 0),
            "right_elbow": (66,),
            "right_wrist": (30, 0),
            "left_shoulder": (-86, -14, 0),
            "left_elbow": (10,),
            "right_hip": (12, 0, 0),
            "left_hip": (12, 0, 0),
        },
        (
            Mark("pelvis_tilt", "pelvis", ("", UP), ("pelvis", UP), 0.20, (-20, 0), "rm"),
            Mark("trunk_flexion", "spine", ("pelvis", UP), ("spine", UP), 0.21, (-22, 6), "rm"),
            Mark("neck_flexion", "thorax", ("spine", UP), ("skull", UP), 0.24, (-14, -14)),
            Mark(
                "elbow_flexion_r",
                "right_elbow",
                ("right_shoulder", RIGHT),
                ("right_elbow", RIGHT),
                0.15,
                (2, 10),
            ),
        ),
        pitch_deg=12.0,
    ),
    Panel(
        "from the front",
        _FRONT,
        {
            "lumbar": (0, 9, 0),
            "spine": (0, 9, 0),
            "thorax": (0, -12, 0),
            "skull": (0, -8, 0),
            "left_shoulder": (8, 0, 0),
            "right_shoulder": (-100, 0, 0),
            "right_hip": (0, 20, 0),
            "left_hip": (0, 8, 0),
        },
        (
            Mark(
                "hip_adduction_r",
                "right_hip",
                ("pelvis", DOWN),
                ("right_hip", DOWN),
                0.34,
                (-34, -12),
                "rm",
            ),
            Mark("pelvis_obliquity", "pelvis", ("", LEFT), ("pelvis", LEFT), 0.30, (-4, 10)),
            Mark(
                "trunk_bending",
                "spine",
                ("pelvis", UP),
                ("spine", UP),
                0.20,
                (-34, -4),
                "rm",
            ),
            Mark(
                "shoulder_elevation_l",
                "left_shoulder",
                ("spine", DOWN),
                ("left_shoulder", LEFT),
                0.15,
                (-22, 16),
            ),
        ),
        roll_deg=8.0,
        shift=(4, 0),
    ),
    Panel(
        "from above",
        _ABOVE,
        {
            "lumbar": (0, 0, 12),
            "spine": (0, 0, 12),
            "thorax": (0, 0, 18),
            "skull": (0, 0, 14),
            "left_shoulder": (0, 38, 0),
            "right_shoulder": (-70, 0, 0),
            "right_hip": (2, 4, 18),
            "left_hip": (2, 4, 0),
        },
        (
            Mark("pelvis_rotation", "pelvis", ("", AHEAD), ("pelvis", AHEAD), 0.66, (-44, 18)),
            Mark("trunk_rotation", "pelvis", ("pelvis", AHEAD), ("spine", AHEAD), 0.52, (-4, 18)),
            Mark("neck_rotation", "skull", ("spine", AHEAD), ("skull", AHEAD), 0.34, (2, 2)),
            Mark(
                "shoulder_plane_l",
                "left_shoulder",
                ("spine", LEFT),
                ("left_shoulder", LEFT),
                0.24,
                (-30, -26),
                "mm",
            ),
        ),
        turned_deg=14.0,
        scale=224.0,
        shift=(-30, -258),
    ),
)


def draw_angles() -> None:
    """Four figures with the angles of their joints."""
    width, height = _PANEL
    canvas = Canvas(width * len(PANELS), height + _TOP)
    for place, panel in enumerate(PANELS):
        _draw(canvas, panel, np.array([width * (place + 0.5), _TOP + height - 52.0]))
    save_png(canvas.finish(), IMAGE)


def _body(panel: Panel) -> Body:
    local = np.tile(np.eye(3), (1, len(FIGURE27), 1, 1))
    for joint, degrees in panel.pose.items():
        side, _, part = joint.rpartition("_")
        kind = LIMBS[part] if side else TORSO[joint]
        angles = np.deg2rad(np.array([degrees], np.float64))
        local[:, FIGURE27.index(joint)] = rotation(kind, angles, side or "left")
    turn, pitch, roll = np.deg2rad([panel.turned_deg, panel.pitch_deg, panel.roll_deg])
    local[:, 0] = about("z", turn) @ about("y", roll) @ about("x", pitch)
    rest = Motion(
        xyz=np.zeros((1, len(FIGURE27), 3)),
        skeleton=FIGURE27,
        fps=30,
        frame="world",
        placed=True,
    )
    return Body(
        motion=rest,
        rotations=matrix_to_quaternion(local),
        offsets=Proportions().offsets(),
        model="figure",
    )


def _draw(canvas: Canvas, panel: Panel, ground: Float[np.ndarray, "2"]) -> None:
    body = _body(panel)
    xyz, world = (array[0] for array in body.pose())
    xyz = xyz - [0, 0, xyz[:, 2].min()]
    angles = joint_angles(body)

    def place(points: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 2"]:
        seen = panel.view(points)[..., :2]
        return ground + panel.shift + seen * [panel.scale, -panel.scale]

    canvas.text((ground[0], 36), panel.title, 17, MUTED, anchor="ms")
    if panel.view is not _ABOVE:
        line = np.array([[-118.0, 0.0], [118.0, 0.0]])
        canvas.line(line + ground + panel.shift, GROUND, 2)
    nearness = panel.view(xyz)[:, 2]
    draw_figure(canvas, place(xyz), FIGURE27, panel.scale, nearness, limb=0.036, head=0.09)
    for mark in panel.marks:
        center = xyz[FIGURE27.index(mark.at)]
        zero, now = (_world(way, world) for way in (mark.zero, mark.now))
        _draw_mark(canvas, place, center, zero, now, mark, angles)


def _world(way: Way, world: Float[np.ndarray, "joint 3 3"]) -> Vector:
    joint, direction = way
    return world[FIGURE27.index(joint)] @ direction if joint else direction


def _draw_mark(
    canvas: Canvas,
    place: Callable[[Float[np.ndarray, "*n 3"]], Float[np.ndarray, "*n 2"]],
    center: Vector,
    zero: Vector,
    now: Vector,
    mark: Mark,
    angles: AngleTable,
) -> None:
    between = np.arccos(np.clip(zero @ now, -1, 1))
    shares = np.linspace(0, 1, 24)[:, None]
    arc = np.sin((1 - shares) * between) * zero + np.sin(shares * between) * now
    path = place(center + mark.radius * arc / np.sin(between))
    start = place(center)
    canvas.line([start, place(center + 1.12 * mark.radius * zero)], mix((250, 250, 247), INK, 0.45))
    canvas.line(path[:-3], _ARC, 2.2, round_ends=False)
    canvas.arrow(path[-5], path[-1], _ARC, 2.0)
    middle = path[len(path) // 2]
    out = (middle - start) / np.linalg.norm(middle - start)
    at = middle + 9 * out + mark.nudge
    words = f"{mark.name} {angles[mark.name][0]:.0f}\N{DEGREE SIGN}"
    canvas.text(at, words, 12.5, _ARC, anchor=mark.anchor)


if __name__ == "__main__":
    draw_angles()
