"""Reference vectors: what a published network answers for known weights and a known input.

A vector file is one .npz. It does not hold the weights; it holds their names and shapes, and every
value follows from the name by the rule below. So a file stays small, and two implementations
that agree on it agree on architecture, parameter names and arithmetic.

    vector = load_vector("ktpformer-f27.npz")
"""

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from poise.errors import PoiseError
from poise.files import PathLike, naming, read_arrays

Arrays = dict[str, np.ndarray]

FOLDER = Path(__file__).parent / "vectors"
"""Those that come with poise."""

_MOST_VALUES = 500_000_000  # of one parameter: a file that asks for more is damaged


@dataclass(frozen=True, eq=False, kw_only=True)
class Vector:
    """The content of one file; `state` is under the publisher's own parameter names."""

    meta: dict[str, Any]  # `method`, `config`: the publisher's constructor arguments, `notes`
    state: Arrays
    inputs: Arrays
    outputs: Arrays

    @property
    def method(self) -> str:
        """Its method's name; of files that are about several lifters, with the lifter's."""
        name, config = str(self.meta.get("method")), self.meta.get("config")
        lifter = config.get("lifter") if isinstance(config, dict) else None
        return name if lifter is None else f"{name}: {lifter}"


def bundled() -> list[Path]:
    """The files that come with poise."""
    return sorted(FOLDER.glob("*.npz"))


def load_vector(path: PathLike) -> Vector:
    """Read a vector file; anything else is refused in words."""
    _, arrays = read_arrays(path)
    if "meta" not in arrays:
        raise PoiseError(f"{path}: not a reference vector: it has no `meta`")
    with naming(path):
        meta = json.loads(str(arrays["meta"]))
        if not isinstance(meta, dict):
            raise PoiseError("not a reference vector: its `meta` is not a table")
        state = {entry["name"]: _tensor(entry, arrays) for entry in meta["state"]}
    return Vector(
        meta=meta, state=state, inputs=_within(arrays, "in."), outputs=_within(arrays, "out.")
    )


def value(name: str, shape: tuple[int, ...], rule: str) -> np.ndarray:
    """The one value that a parameter of this name, shape and rule has."""
    rng = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))
    noise = rng.standard_normal(shape)
    match rule:
        case "weight":  # scaled by fan-in, so that deep networks keep their signal
            fan_in = int(np.prod(shape[1:])) if len(shape) > 1 else shape[0]
            return (noise / np.sqrt(max(fan_in, 1))).astype(np.float32)
        case "scale":  # a norm layer's weight
            return (1 + 0.1 * noise).astype(np.float32)
        case "small":  # a bias, a running mean, an embedding
            return (0.1 * noise).astype(np.float32)
        case "variance":
            return (1 + 0.1 * np.abs(noise)).astype(np.float32)
        case "zero":
            return np.zeros(shape, dtype=np.int64)
    raise PoiseError(f"the parameter {name!r} has no rule called {rule!r}")


def _tensor(entry: dict[str, Any], arrays: Arrays) -> np.ndarray:
    name, shape, rule = entry["name"], tuple(entry["shape"]), entry["rule"]
    if rule == "stored":
        return arrays[f"state.{name}"]
    if np.prod(shape, dtype=float) > _MOST_VALUES:
        raise PoiseError(f"damaged: the parameter {name!r} has the shape {shape}")
    return value(name, shape, rule)


def _within(arrays: Arrays, start: str) -> Arrays:
    return {
        name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)
    }
