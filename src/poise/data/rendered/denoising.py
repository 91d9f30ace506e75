"""Noise of few samples taken out where the picture has no edges."""

import numpy as np
from jaxtyping import Float

_REACH = 2  # pixels
_SKIN, _NORMAL = 0.06, 0.25  # differences of colour and of normal that count as an edge


def calm(
    rendered: Float[np.ndarray, "height width 10"],
) -> tuple[Float[np.ndarray, "height width 3"], Float[np.ndarray, "height width"]]:
    """The picture, premultiplied with its coverage, and the coverage.

    The light is the mean over near pixels of like colour and normal (both exact), the colour stays.
    """
    colour, alpha = rendered[..., :3], np.clip(rendered[..., 3], 0, 1)
    skin, normal = rendered[..., 4:7], rendered[..., 7:10]
    floor = 1e-3
    light = colour / np.maximum(skin, floor)
    height, width = alpha.shape
    reach = _REACH
    total, weights = np.zeros_like(light), np.zeros_like(alpha)
    padded = [
        np.pad(part, ((reach, reach), (reach, reach), (0, 0))) for part in (light, skin, normal)
    ]
    cover = np.pad(alpha, reach)
    for dy in range(2 * reach + 1):
        for dx in range(2 * reach + 1):
            there = (slice(dy, dy + height), slice(dx, dx + width))
            other = [part[there] for part in padded]
            apart = _square(other[1] - skin) / _SKIN**2 + _square(other[2] - normal) / _NORMAL**2
            weight = np.exp(-apart / 2) * cover[there]
            total += weight[..., None] * other[0]
            weights += weight
    mean = np.where(weights[..., None] > 1e-6, total / np.maximum(weights, 1e-6)[..., None], light)
    return mean * np.maximum(skin, 0), alpha


def _square(vectors: Float[np.ndarray, "height width 3"]) -> Float[np.ndarray, "height width"]:
    found: np.ndarray = np.einsum("yxc,yxc->yx", vectors, vectors)
    return found
