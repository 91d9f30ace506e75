"""The cameras of the laboratories where Human3.6M and HumanEva were filmed.

>>> camera = h36m_camera("S9", "54138969")
"""

import json
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from jaxtyping import Float

from poise.cameras import Camera, rigid
from poise.errors import PoiseError, did_you_mean
from poise.geometry.rotations import quaternion_to_matrix

HUMANEVA_IMAGE = (640, 480)


def h36m_camera(subject: str, camera: int | str) -> Camera:
    """One of Human3.6M's four cameras, by its place 0..3 or its name, as it stood for a subject."""
    lens, pose = _found("h36m", subject, camera)
    (fx, fy), (cx, cy) = lens["focal_length"], lens["center"]
    p1, p2 = lens["tangential_distortion"]
    return Camera(
        width=lens["res_w"],
        height=lens["res_h"],
        fx=fx,
        fy=fy,
        cx=cx,
        cy=cy,
        radial=tuple(lens["radial_distortion"]),
        tangential=(p1, p2),
        lens="h36m",
        T_camera_world=_pose(pose),
    )


def humaneva_pose(subject: str, camera: int | str) -> Float[np.ndarray, "4 4"]:
    """Where one of HumanEva's cameras C1, C2, C3 stood (T_camera_world).

    Its lens is only in the calibration files that come with the data set.
    """
    return _pose(_found("humaneva", subject, camera)[1])


def humaneva_camera(
    subject: str, camera: int | str, intrinsics: Float[np.ndarray, "3 3"]
) -> Camera:
    """The same camera with the matrix K of the calibration that came with the data set."""
    pose = humaneva_pose(subject, camera)
    return Camera.from_intrinsics(intrinsics, *HUMANEVA_IMAGE, T_camera_world=pose)


def _found(lab: str, subject: str, camera: int | str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A camera's own numbers, and those of its place."""
    table = _table(lab)
    names = [entry["id"] for entry in table["cameras"]]
    places = table["extrinsics"].get(subject)
    if places is None:
        hint = did_you_mean(subject, list(table["extrinsics"]))
        raise PoiseError(f"{lab}: no camera poses for subject {subject!r}{hint}")
    index = names.index(camera) if camera in names else camera
    if not isinstance(index, int) or not 0 <= index < len(names):
        raise PoiseError(
            f"{lab}: no camera {camera!r}; known are 0 to {len(names) - 1}, or {', '.join(names)}"
        )
    return table["cameras"][index], places[index]


def _pose(entry: dict[str, Any]) -> Float[np.ndarray, "4 4"]:
    # The files place the camera in the world, in mm; a Camera takes the world to the camera.
    q = np.array(entry["orientation"])
    R = quaternion_to_matrix(q / np.linalg.norm(q)).T
    return rigid(R, -R @ np.array(entry["translation"]) / 1000)


@cache
def _table(lab: str) -> dict[str, Any]:
    text = resources.files("poise.data").joinpath(f"{lab}_cameras.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    return table
