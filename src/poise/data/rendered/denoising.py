"""Noise of few samples taken out where the picture has no edges."""

from itertools import product

import numpy as np
from jaxtyping import Float

_STEPS = (1, 2, 4)  # pixels between the nine that a mean is over, round by round
_CENTRE = (0.25, 0.5, 0.25)
_SKIN, _NORMAL = 0.06, 0.25  # differences of colour and of normal that count as an edge


def calm(
    rendered: Float[np.ndarray, "height width 10"],
) -> tuple[Float[np.ndarray, "height width 3"], Float[np.ndarray, "height width"]]:
    """The picture, premultiplied with its coverage, and the coverage.

    The light is the mean over near pixels of like colour and normal (both exact), the colour stays.
    """
    colour, alpha = rendered[..., :3], np.clip(rendered[..., 3], 0, 1)
    skin, normal = rendered[..., 4:7], rendered[..., 7:10]
    light = colour / np.maximum(skin, 1e-3)
    for step in _STEPS:
        light = _mean(light, skin, normal, alpha, step)
    return light * np.maximum(skin, 0), alpha


def _mean(
    light: Float[np.ndarray, "height width 3"],
    skin: Float[np.ndarray, "height width 3"],
    normal: Float[np.ndarray, "height width 3"],
    alpha: Float[np.ndarray, "height width"],
    step: int,
) -> Float[np.ndarray, "height width 3"]:
    height, width = alpha.shape
    total, weights = np.zeros_like(light), np.zeros_like(alpha)
    lights, skins, normals = (
        np.pad(part, ((step, step), (step, step), (0, 0))) for part in (light, skin, normal)
    )
    cover = np.pad(alpha, step)
    for down, right in product(range(3), range(3)):
        there = (
            slice(down * step, down * step + height),
            slice(right * step, right * step + width),
        )
        apart = _square(skins[there] - skin) / _SKIN**2
        apart += _square(normals[there] - normal) / _NORMAL**2
        weight = np.exp(-apart / 2) * cover[there]
        weight *= np.float32(_CENTRE[down] * _CENTRE[right])
        total += weight[..., None] * lights[there]
        weights += weight
    found = total / np.maximum(weights, 1e-6)[..., None]
    return np.where(weights[..., None] > 1e-6, found, light)


def _square(vectors: Float[np.ndarray, "height width 3"]) -> Float[np.ndarray, "height width"]:
    found: np.ndarray = np.einsum("yxc,yxc->yx", vectors, vectors)
    return found
