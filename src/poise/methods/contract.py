"""What the house expects of a method; the rest (framing, padding, windows, devices) is its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from poise.methods.naming import State, check, known_fields, stripped

Answers = Literal["every frame", "middle frame", "sliding"]
"""For which frames of its input a lifter answers.

every frame: of a window of exactly `frames`. middle frame: one pose for a window of exactly
`frames`. sliding: of a clip of `frames` or more, one pose wherever a window of `frames` fits.
"""

Arrays = Mapping[str, np.ndarray]

Unit = Literal["metres", "picture"]


@runtime_checkable  # so that the tests' shape checker can check it
class Lifter(Protocol):
    """A network (nn.Module) from keypoints to poses: root-relative, metres, the camera's axes."""

    frames: int
    answers: Answers

    def __call__(
        self, keypoints: Float[Tensor, "batch time joint_in feature"]
    ) -> Float[Tensor, "batch answered joint 3"]: ...


Tokens = Float[Tensor, "batch time token channel"]
"""One or more tokens for each frame: of its joints, in most networks."""


@runtime_checkable
class TokenLifter(Lifter, Protocol):
    """A lifter that is `embed`, then each of `blocks`, then `head`: what the hourglass goes around.

    `head` answers for every frame that it is given, or for the middle one: `head_answers`.
    """

    config: Any
    head_answers: Answers

    @property
    def blocks(self) -> Sequence[Callable[[Tokens], Tokens]]: ...

    def embed(self, keypoints: Float[Tensor, "batch time joint_in feature"]) -> Tokens: ...

    def head(self, tokens: Tokens) -> Float[Tensor, "batch answered joint 3"]: ...


@runtime_checkable
class Pools(Protocol):
    """A token lifter that says what tells its frames apart; others mean their tokens' mean."""

    def pool(self, tokens: Tokens) -> Float[Tensor, "batch time feature"]: ...


@runtime_checkable
class Shortens(Protocol):
    """A token lifter with parts as long as its window, which are made anew for fewer frames."""

    def shorten(self, number: int, frames: int) -> None:
        """From block `number` on, and in the head, `frames` frames come."""


@runtime_checkable
class Attends(Protocol):
    """Attention that can tell who was attended to (as poise.nn.transformer.Attention does)."""

    watched: bool  # set it, and `paid` is kept
    paid: Float[Tensor, "sequence frame"] | None


@runtime_checkable
class AttendsOverFrames(Protocol):
    """A token lifter whose blocks let frames attend to one another."""

    def attention_over_frames(self, number: int) -> Sequence[Attends]:
        """Those of block `number`; their rows are (batch, token), batch first."""
        ...


@runtime_checkable
class Doubts(Lifter, Protocol):
    """A lifter that also says how far off each of its joints may be."""

    def with_doubt(
        self, keypoints: Float[Tensor, "batch time joint_in feature"]
    ) -> tuple[Float[Tensor, "batch answered joint 3"], Float[Tensor, "batch answered joint"]]:
        """Its answer, and the logarithm of the distance (m) that it expects each joint to be off.

        That is the scale of a likelihood like Laplace's, which `Loss.likelihood` teaches.
        """
        ...


class Lesson(NamedTuple):  # as a tuple, so that it passes between processes
    """What a network says while it learns, and what it should have said."""

    predicted: Float[Tensor, "batch frame joint 3"]
    target: Float[Tensor, "batch frame joint 3"]
    inside: Bool[Tensor, "batch frame"]  # False: before or after the clip, which counts nothing
    log_scale: Float[Tensor, "batch frame joint"] | None = None  # of a network that doubts


@runtime_checkable
class Learns(Protocol):
    """A lifter that learns otherwise than it answers: of other frames, or with its target known."""

    learns: Answers  # for which frames it needs a target

    def learn(
        self,
        keypoints: Float[Tensor, "batch time joint_in feature"],
        target: Float[Tensor, "batch frame joint 3"],
        inside: Bool[Tensor, "batch frame"],
    ) -> Lesson: ...


@runtime_checkable
class LooksTwice(Protocol):
    """A lifter that wants a clip and its mirror image at once, to do something together."""

    def look_twice(
        self,
        keypoints: Float[Tensor, "batch time joint_in feature"],
        mirrored: Float[Tensor, "batch time joint_in feature"],
        turn_back: Callable[[Tensor], Tensor],
    ) -> Float[Tensor, "batch answered opinion joint 3"]:
        """Two or more opinions about the clip; `turn_back` mirrors poses (..., joint, 3)."""
        ...


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large a published network is by its authors' own words."""

    parameters_m: float | None = None  # millions
    gflops: float | None = None  # a window; 2 for a multiplication with its addition


@dataclass(frozen=True, kw_only=True)
class Result:
    """One published number: what the authors report, not what we measured."""

    data: str  # Human3.6M, HumanEva-I, MPI-INF-3DHP
    input: str  # where the 2D comes from: CPN, ground truth …
    frames: int
    preset: str = ""  # where several see as many frames
    mpjpe_mm: float | None = None
    p_mpjpe_mm: float | None = None


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """All that the house knows of a published way to train lifters, which is no network itself."""

    name: str
    title: str
    paper: str
    results: tuple[Result, ...]  # their preset is the lifter
    licence: str
    # As Method's; there is no method to hand over, but the scheme itself.
    answer_vector: Callable[["Scheme", Mapping[str, Any], Arrays, Arrays], Arrays]
    given_outputs: tuple[str, ...] = ()
    relative: bool = False


@dataclass(frozen=True, kw_only=True)
class Method:
    """All that the house knows of one published network."""

    name: str
    title: str  # as its authors write it
    paper: str  # venue and year, arXiv number
    config: Any  # a frozen dataclass: what the network's shape follows from
    network: Callable[[Any], Any]  # config -> Lifter
    presets: Mapping[str, Any]  # the published sizes: name -> config
    results: tuple[Result, ...]
    sizes: Mapping[str, Size] = field(default_factory=dict)  # by preset, where they are published
    licence: str  # of the published code and weights; ours is Apache-2.0
    # A publisher's state dict -> the config that its shapes say. Keywords are fields of the config
    # that shapes cannot say (heads, causal …) or that the caller insists on.
    read_config: Callable[..., Any]
    # A config and a publisher's state -> ours.
    to_ours: Callable[[Any, State], dict[str, Tensor]]
    # A config and our state -> the publisher's, so that weights trained here run there.
    to_published: Callable[[Any, State], dict[str, Tensor]]
    # The method itself, a vector's meta (its `config` is the publisher's constructor arguments),
    # state and inputs -> our answers under the names of its outputs.
    answer_vector: Callable[["Method", Mapping[str, Any], Arrays, Arrays], Arrays]
    # Outputs that are handed over with the inputs: what follows from them is decided by rounding.
    given_outputs: tuple[str, ...] = ()
    # Whether its vectors are compared by the share of each output's greatest magnitude, where that
    # is above 1: of networks whose numbers grow with depth, and their rounding with them.
    relative: bool = False
    # In what its published weights answer (networks that are trained here: in metres). picture:
    # half the picture's width, so that nothing says how large the person is.
    published_unit: Unit = "metres"
    # Whether the weights of one window length can be made to serve another, by interpolation.
    stretches: bool = False
    # A publisher's state, of a file that may leave out what is not learned -> with all of it.
    made_whole: Callable[[State], dict[str, Tensor]] = dict

    def loaded(self, state: Arrays, **known: Any) -> Any:
        """The network with a publisher's weights, ready to answer."""
        tensors = {name: torch.from_numpy(array) for name, array in state.items()}
        config, ours = self.from_published(tensors, **known)
        network = self.network(config).eval()
        network.load_state_dict(ours)
        return network

    def from_published(self, state: State, **known: Any) -> tuple[Any, dict[str, Tensor]]:
        """The config and our state of a publisher's state dict; the first mismatch is said."""
        known_fields(self.config, known, self.name)
        state = self.made_whole(stripped(state))
        config = self.read_config(state, **known)
        check(state, config, self.network, self.to_published, self.name)
        return config, self.to_ours(config, state)
