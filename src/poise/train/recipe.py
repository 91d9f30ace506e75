"""Everything that decides what a training gives, in one value; a checkpoint carries it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from math import inf
from typing import Any, Generic, Literal, TypeVar

from poise.data.filming import PHONE, FilmingRecipe
from poise.data.open_benchmark import camera_kind
from poise.errors import PoiseError
from poise.lifting.framing import Framing
from poise.methods import method
from poise.plain import from_plain, is_of, kind_words
from poise.skeletons import H36M16, H36M17, Skeleton

Network = TypeVar("Network")  # the method's Config

_FILMED = {len(skeleton): skeleton for skeleton in (H36M17, H36M16)}


@dataclass(frozen=True, kw_only=True)
class Views:
    """How the motion is filmed; the defaults are the open benchmark's advice."""

    cameras: tuple[Literal["std", "A", "B", "phone"], ...] = ("std",)  # kinds, as likely as others
    half: Literal["all", "even", "odd"] = "all"  # of the clips, for the benchmark's shift track
    noisy: float = 0.6  # share of the views that a noisy detector sees; others are exact
    levels: tuple[float, float] = (0.5, 1.5)  # of the noise
    bones: float = 0.06  # spread of the logarithm of each limb group's length
    bodies: tuple[float, float] = (0.92, 1.12)  # sizes
    mirrored: float = 0.5  # share of the views
    backwards: float = 0.0  # share of the views in which time runs backwards
    exchanged: float = 0.0  # share of the views with the arms of another view's person
    frames: int = 81  # of a view, from which windows are taken; no shorter than a window
    batches: int = 16  # that take a window from each view, before others are filmed

    def __post_init__(self) -> None:
        self.filming()  # says what is wrong with the rest
        if self.frames < 1 or self.batches < 1:
            raise PoiseError("views: frames and batches are 1 or more")
        if not 0 <= self.backwards <= 1:
            raise PoiseError("views: backwards is a share, between 0 and 1")

    def filming(self) -> FilmingRecipe:
        """The same for the camera crew."""
        return FilmingRecipe(
            kinds=tuple(
                PHONE if name == PHONE.name else camera_kind(name) for name in self.cameras
            ),
            noisy_share=self.noisy,
            levels=self.levels,
            bone_spread=self.bones,
            body_sizes=self.bodies,
            mirrored_share=self.mirrored,
            exchanged_share=self.exchanged,
        )


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What is minimised: the mean distance of a joint from where it should be, and more."""

    joints: Literal["equal", "mixste"] = "equal"  # their weights: mixste counts wrists four times
    square: bool = False  # the mean square of each coordinate in place of the distance
    # In place of the distance, how likely it is by the doubt of a network that has any (UAO).
    likelihood: bool = False
    velocity: float = 0.0  # times the error of the movement from frame to frame
    scaled: float = 0.0  # times the distance that is left after the best scale (MotionBERT)
    steadiness: float = 0.0  # times the square of the movement itself (MixSTE's temporal term)
    # MixSTE and its kin hand the loss itself to backward: its gradient times its own value.
    times_itself: bool = False


@dataclass(frozen=True, kw_only=True)
class Optimiser:
    """AdamW, which is Adam without weight decay; or Ranger, GLA-GCN's."""

    kind: Literal["adamw", "ranger"] = "adamw"
    rate: float = 1e-3
    decay: float = 0.01  # of weights; biases, norms and positions are left alone
    amsgrad: bool = False  # of AdamW
    clip: float = 1.0  # the norm of the gradient; 0: never clipped


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The learning rate over the steps."""

    shape: Literal["cosine", "exponential"] = "cosine"
    warmup: int = 200  # steps from 0 to the full rate
    last: float = 0.01  # cosine: the share of the rate in the end
    factor: float = 0.95  # exponential: what the rate is multiplied by ...
    every: int = 1500  # ... after so many steps, an epoch of the papers
    fifth: float | None = None  # exponential: the factor after every fifth epoch (MHFormer: 0.5)
    norm_momentum: float | None = None  # of batch norms in the end, from 0.1 (VideoPose3D: 0.001)


@dataclass(frozen=True, kw_only=True)
class Recipe(Generic[Network]):
    """One training. The same recipe on the same motion gives the same weights."""

    method: str
    network: Network
    steps: int
    batch: int = 256  # windows in a step, of all processes together
    window: int | None = None  # frames; None: as many as the network sees at once
    framing: Framing = field(default_factory=Framing)
    views: Views = field(default_factory=Views)
    loss: Loss = field(default_factory=Loss)
    optimiser: Optimiser = field(default_factory=Optimiser)
    schedule: Schedule = field(default_factory=Schedule)
    average: float = 0.998  # of the weights over the steps; the average is what is used. 0: none
    precision: Literal["32-true", "bf16-mixed", "16-mixed"] = "32-true"
    validate: int = 1000  # steps between two validations; 0: only the last weights are kept
    seed: int = 0

    def __post_init__(self) -> None:
        kind = method(self.method).config
        if not is_of(self.network, kind):
            raise PoiseError(
                f"recipe: the network is a {type(self.network).__module__}.Config, and "
                f"{self.method} takes a {kind_words(kind)}"
            )
        for wrong, words in self._wrongs():
            if wrong:
                raise PoiseError(f"recipe: {words}")

    def _wrongs(self) -> Iterator[tuple[bool, str]]:
        """What may be wrong, whether it is, and what to say then."""
        rates, schedule, loss = self.optimiser, self.schedule, self.loss
        takes, sees = getattr(self.network, "features", None), getattr(self.network, "frames", 0)
        makes = self.framing.features
        joints_in, joints = _joints(self.network)
        yield self.steps < 1 or self.batch < 1, "steps and batch are 1 or more"
        yield self.validate < 0, "validate is a number of steps, 0 for never"
        yield self.seed < 0, f"seed is {self.seed}; 0 or more"
        yield not 0 <= self.average < 1, f"average is {self.average}; 0 for none, else below 1"
        yield not 0 < rates.rate < inf, "optimiser.rate is above 0"
        yield (
            not (0 <= rates.decay < inf and 0 <= rates.clip < inf),
            "optimiser.decay and optimiser.clip are 0 or more",
        )
        yield (
            rates.amsgrad and rates.kind != "adamw",
            "optimiser.amsgrad is of adamw, ranger has none",
        )
        yield (
            schedule.warmup < 0 or schedule.every < 1,
            "schedule.warmup is 0 or more steps, schedule.every 1 or more",
        )
        yield (
            not (0 <= schedule.last <= 1 and 0 < schedule.factor <= 1)
            or (schedule.fifth is not None and not 0 < schedule.fifth <= 1),
            "schedule.last, schedule.factor and schedule.fifth are shares of the rate, up to 1",
        )
        momentum = schedule.norm_momentum
        yield (
            momentum is not None and not 0 < momentum <= 1,
            "schedule.norm_momentum is above 0 and at most 1",
        )
        yield (
            not all(0 <= each < inf for each in (loss.velocity, loss.steadiness, loss.scaled)),
            "loss.velocity, loss.steadiness and loss.scaled are 0 or more",
        )
        yield (
            loss.likelihood and (loss.square or loss.times_itself),
            "loss.likelihood is of distances, and may be below 0: it takes neither loss.square "
            "nor loss.times_itself",
        )
        yield (
            makes != takes,
            (
                f"this framing makes {makes} features of a joint, and the network takes {takes}; "
                f"set network.features to {makes}"
            ),
        )
        yield (
            joints_in != joints or joints not in _FILMED,
            (
                f"people are filmed with the 17 joints of h36m17 or the 16 of h36m16, and this "
                f"network takes {joints_in} and answers for {joints}"
            ),
        )
        yield (
            self.window is not None and self.window < sees,
            f"window is {self.window} frames; {self.method} sees {sees}",
        )

    @property
    def frames(self) -> int:
        """How long a window of training is."""
        sees: int = getattr(self.network, "frames")  # noqa: B009  # every method's Config has it
        return self.window or sees

    @property
    def skeleton(self) -> Skeleton:
        """The joints that the network is shown and answers for, by how many they are."""
        return _FILMED[_joints(self.network)[1]]


def _joints(network: Any) -> tuple[int, int]:
    """How many come in, and how many are answered for."""
    return getattr(network, "joints_in", network.joints), network.joints


def recipe_of(network: Any) -> Any:
    """The type of recipes for networks of this Config, which is known only while we run."""
    generic: Any = Recipe
    return generic[network]


def read_recipe(plain: Any, what: str) -> Recipe[Any]:
    """The recipe that `to_plain` made plain; `what` says where it stood."""
    if not isinstance(plain, dict) or "method" not in plain:
        raise PoiseError(f"{what} does not name its method")
    recipe = from_plain(recipe_of(method(plain["method"]).config), plain, what)
    assert isinstance(recipe, Recipe)
    return recipe


def first_difference(one: Any, other: Any, within: str = "") -> str | None:
    """Where two recipes differ first: the field, and what each has there."""
    if type(one) is type(other) and is_dataclass(one):
        for item in fields(one):
            place = f"{within}.{item.name}".lstrip(".")
            found = first_difference(getattr(one, item.name), getattr(other, item.name), place)
            if found:
                return found
        return None
    return None if one == other else f"{within} is {one!r} there and {other!r} here"
