"""What the house expects of a method; the rest (framing, padding, windows, devices) is its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float
from torch import Tensor

Answers = Literal["every frame", "middle frame", "sliding"]
"""For which frames of its input a lifter answers.

every frame: of a window of exactly `frames`. middle frame: one pose for a window of exactly
`frames`. sliding: of a clip of `frames` or more, one pose wherever a window of `frames` fits.
"""

State = Mapping[str, Tensor]
"""A state dict: parameters and buffers by name."""

Arrays = Mapping[str, np.ndarray]


@runtime_checkable  # so that the tests' shape checker can check it
class Lifter(Protocol):
    """A network (nn.Module) from keypoints to poses: root-relative, metres, the camera's axes."""

    frames: int
    answers: Answers

    def __call__(
        self, keypoints: Float[Tensor, "batch time joint_in feature"]
    ) -> Float[Tensor, "batch answered joint 3"]: ...


@dataclass(frozen=True, kw_only=True)
class Result:
    """One published number: what the authors report, not what we measured."""

    data: str  # Human3.6M, HumanEva-I, MPI-INF-3DHP
    input: str  # where the 2D comes from: CPN, ground truth …
    frames: int
    mpjpe_mm: float | None = None
    p_mpjpe_mm: float | None = None


@dataclass(frozen=True, kw_only=True)
class Method:
    """All that the house knows of one published system."""

    name: str
    title: str  # as its authors write it
    paper: str  # venue and year, arXiv number
    config: type  # a frozen dataclass: what the network's shape follows from
    network: Callable[[Any], Any]  # config -> Lifter
    presets: Mapping[str, Any]  # the published sizes: name -> config
    results: tuple[Result, ...]
    licence: str  # of the published code and weights; ours is Apache-2.0
    # A publisher's state dict -> the config that its shapes say, and our state. Keywords are fields
    # of the config that shapes cannot say (heads, causal …) or that the caller insists on.
    from_published: Callable[..., tuple[Any, State]]
    # A config and our state -> the publisher's names, so that weights trained here run there.
    to_published: Callable[[Any, State], State]
    # A vector's meta (its `config` is the publisher's constructor arguments), state and inputs ->
    # our answers under the names of its outputs.
    answer_vector: Callable[[Mapping[str, Any], Arrays, Arrays], Arrays]
