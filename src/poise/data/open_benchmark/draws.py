"""Random numbers named by a text and made of uniforms, which are the same on every machine."""

import zlib

import numpy as np
from jaxtyping import Float


def seed(text: str) -> int:
    """The CRC-32 of a text."""
    return zlib.crc32(text.encode("utf-8"))


def rng(text: str) -> np.random.Generator:
    """The generator that belongs to a text; only its `random` is portable, so draw nothing else."""
    return np.random.Generator(np.random.PCG64(seed(text)))


def gaussian(u: Float[np.ndarray, "*n 2"]) -> Float[np.ndarray, "*n"]:
    """Normal numbers from pairs of uniforms (Box and Muller)."""
    return rayleigh(u[..., 0]) * np.cos(2 * np.pi * u[..., 1])


def rayleigh(u: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    """The length of a normal 2D vector, from a uniform."""
    return np.sqrt(-2 * np.log1p(-u))


def direction(u: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n 2"]:
    """A unit vector of the plane, from a uniform."""
    return np.stack([np.cos(2 * np.pi * u), np.sin(2 * np.pi * u)], axis=-1)
