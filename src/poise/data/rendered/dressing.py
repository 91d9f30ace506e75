"""Skin, hair and clothes: a colour for every vertex, and how far cloth stands off the body."""

import numpy as np
import torch
from jaxtyping import Float

from poise.data.rendered.anatomy import SIDES, Build, anny, bones
from poise.data.rendered.people import Person

Values = Float[np.ndarray, " vertex"]

_CLOTH_M = {"shirt": 0.017, "trousers": 0.014, "shoes": 0.010, "hair": 0.013}  # off the skin


def dress(
    person: Person, body: Build
) -> tuple[Float[torch.Tensor, "vertex 3"], Float[np.ndarray, "vertex 3"]]:
    """The vertices of the dressed body at rest, and their colours."""
    rest = body.vertices.double().numpy()
    worn = _worn(person, body, rest)
    colours = np.tile(np.array(person.skin), (len(rest), 1))
    _paint_face(colours, person, body, rest)
    for name, share in worn.items():
        colours += share[:, None] * (np.array(getattr(person, name)) - colours)
    thick = np.zeros(len(rest))
    for name, share in worn.items():
        thick = np.where(share > 0, _CLOTH_M[name], thick)
    if person.long_hair:
        thick += 0.008 * worn["hair"]
    # A shirt lies on the shoulders and hangs free below the chest.
    low, high = (body.heads[bones()[name]][2].item() for name in ("spine03", "clavicle.L"))
    hangs = np.clip((high - rest[:, 2]) / (high - low), 0.35, 1.0)
    thick = np.where(worn["shirt"] > 0, thick * hangs, thick)
    dressed = rest + _smooth(thick)[:, None] * _normals(rest)
    return torch.tensor(dressed, dtype=torch.float32), colours


def _worn(person: Person, body: Build, rest: np.ndarray) -> dict[str, Values]:
    """How much each vertex is covered by what, 0 or 1; the later lies over the earlier."""
    index, heads = bones(), body.heads.double().numpy()
    along = _along_limbs(rest, heads)
    neck = heads[index["neck01"]]
    waist = heads[index["root"]][2] + 0.045
    arms, legs = (
        _weight("upperarm", "lowerarm", "wrist", "finger", "metacarpal"),
        _weight("upperleg", "lowerleg", "foot", "toe"),
    )
    feet, head = _weight("foot", "toe"), _weight("head", "neck02", "neck03", "eye")
    trunk = (arms < 0.5) & (head < 0.5)
    # A round neckline, lower in front.
    collar = neck[2] + 0.012 - 0.045 * np.clip((neck[1] - rest[:, 1]) / 0.08, 0, 1)
    collar += 0.35 * np.clip(np.abs(rest[:, 0]) - 0.055, 0, 0.2)
    ankles = np.mean([heads[index[f"foot.{mark}"]][2] for _, mark in SIDES])
    worn = {
        "trousers": ((trunk & (rest[:, 2] < waist)) | (legs >= 0.5))
        & (along["leg"] < person.legs)
        & (feet < 0.5),
        "shirt": (trunk & (rest[:, 2] > waist - 0.065) & (rest[:, 2] < collar))
        | ((arms >= 0.5) & (along["arm"] < person.sleeves)),
        "shoes": (feet >= 0.3) & (rest[:, 2] < ankles + 0.035),
        "hair": _scalp(rest, heads, person.long_hair),
    }
    return {name: share.astype(np.float64) for name, share in worn.items()}


def _along_limbs(rest: np.ndarray, heads: np.ndarray) -> dict[str, Values]:
    """How far down its arm or leg a vertex is: 0 shoulder or hip, 1 elbow or knee, 2 the end."""
    index = bones()
    found = {}
    for name, chain in (
        ("arm", ("upperarm01", "lowerarm01", "wrist")),
        ("leg", ("upperleg01", "lowerleg01", "foot")),
    ):
        here = np.zeros(len(rest))
        for _, mark in SIDES:
            on_side = rest[:, 0] > 0 if mark == "L" else rest[:, 0] < 0
            a, b, c = (heads[index[f"{bone}.{mark}"]] for bone in chain)
            first = (rest - a) @ (b - a) / ((b - a) @ (b - a))
            second = (rest - b) @ (c - b) / ((c - b) @ (c - b))
            way = np.where(second > 0, 1 + second, np.minimum(first, 1))
            here = np.where(on_side, way, here)
        found[name] = here
    return found


def _from_eyes(rest: np.ndarray, heads: np.ndarray) -> np.ndarray:
    """Places on the head, seen from between the eyes, in metres of a head of usual size."""
    index = bones()
    left, right, base = (heads[index[name]] for name in ("eye.L", "eye.R", "head"))
    middle = (left + right) / 2
    usual = np.linalg.norm(middle - base) / 0.087
    return (rest - middle) / usual


def _scalp(rest: np.ndarray, heads: np.ndarray, long: bool) -> np.ndarray:
    seen = _from_eyes(rest, heads)
    back = [-0.05, 0.03, 0.06, 0.085, 0.115, 0.15, 0.30]
    line = [0.068, 0.062, 0.040, 0.012, -0.02, -0.055, -0.06]
    if long:
        line = [0.075, 0.060, 0.020, -0.05, -0.11, -0.15, -0.16]
    above = seen[:, 2] > np.interp(seen[:, 1], back, line)
    ears = (np.abs(seen[:, 0]) > 0.069) & (np.abs(seen[:, 2] + 0.01) < 0.045)
    return above & (_weight("head", "neck") > 0.5) & ~ears


def _paint_face(colours: np.ndarray, person: Person, body: Build, rest: np.ndarray) -> None:
    heads = body.heads.double().numpy()
    seen = _from_eyes(rest, heads)
    x, y, z = np.abs(seen[:, 0]), seen[:, 1], seen[:, 2]
    skin = np.array(person.skin)
    front = y < 0.035
    brow = front & (x > 0.010) & (x < 0.052) & (np.abs(z - 0.021 + 0.25 * (x - 0.03)) < 0.006)
    colours[brow] = 0.35 * skin + 0.65 * np.array(person.hair)
    lips = front & (x < 0.026) & (np.abs(z + 0.073) < 0.009 * (1 - (x / 0.03) ** 2)) & (y < 0.012)
    colours[lips] = skin * [0.85, 0.50, 0.50]
    for _, mark in SIDES:
        eye = _weight(f"eye.{mark}") > 0.5
        centre = rest[eye].mean(axis=0)
        away = np.hypot(rest[:, 0] - centre[0], rest[:, 2] - centre[2])
        iris = eye & (away < 0.0062) & (rest[:, 1] < centre[1])
        colours[eye] = 0.62
        colours[iris] = (0.03, 0.02, 0.015)


def _weight(*starts: str) -> Values:
    """How much a vertex belongs to the bones whose names begin so."""
    body = anny()
    chosen = torch.tensor([label.startswith(starts) for label in body.bone_labels])
    share = body.vertex_bone_weights * chosen[body.vertex_bone_indices]
    found: np.ndarray = share.sum(dim=1).double().numpy()
    return found


def _smooth(values: Values, rounds: int = 2) -> Values:
    """The mean over neighbours, so that hems taper off."""
    faces = anny().faces.numpy()
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = np.concatenate([edges, edges[:, ::-1]])
    count = np.bincount(edges[:, 0], minlength=len(values)) + 1
    for _ in range(rounds):
        near = np.bincount(edges[:, 0], values[edges[:, 1]], minlength=len(values))
        values = (values + near) / count
    return values


def _normals(vertices: np.ndarray) -> np.ndarray:
    faces = anny().faces.numpy()
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    of_faces = np.cross(b - a, c - a)
    found = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(found, faces[:, corner], of_faces)
    unit: np.ndarray = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
    return unit
