"""Published weights of lifters with an hourglass around them, and ours."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from poise.errors import PoiseError
from poise.methods.contract import Method
from poise.methods.hot.config import Config
from poise.methods.naming import State, axes, renamed, reverse

_LIFTER = "lifter."

# What the hourglass has of its own; all else is the lifter's, under the lifter's published names.
_NAMES = {
    "x_token": "recovering.places",
    "cross_attention.linear_q": "recovering.query",
    "cross_attention.linear_k": "recovering.key",
    "cross_attention.linear_v": "recovering.value",
    "cross_attention.proj": "recovering.project",
}
_SLOTS = "pos_embed_token"  # of several cuts, which nobody has published, numbered from the second


def read_config(
    inner: Method, published: Mapping[str, tuple[str, int, int]] | None, state: State, **known: Any
) -> Config[Any]:
    """The config that shapes say; for what they do not say, what is published for this lifter."""
    own = {name: known.pop(name) for name in list(known) if name in Config.__dataclass_fields__}
    _, rest = _parted(state)
    lifter = inner.read_config(rest, **known)
    if "recover" not in own:
        own["recover"] = "attention" if "x_token" in state else "none"
    if "tokens" not in own and _SLOTS in state:
        own["tokens"] = tuple(
            axes(state, name, 3, "hot")[1] for name in sorted(state) if name.startswith(_SLOTS)
        )
    if published:
        _, layer, kept = next(iter(published.values()))
        own = {"layers": (layer,), "tokens": (kept,)} | own
    for name in ("layers", "tokens"):
        if name not in own:
            raise PoiseError(
                f"hot+{inner.name}: shapes do not say {name}; say before which blocks frames are "
                "left out and how many stay, such as layers=(3,), tokens=(81,)"
            )
    return Config(lifter=lifter, **own)


def to_ours(inner: Method, config: Config[Any], state: State) -> dict[str, Tensor]:
    """A publisher's state under our names."""
    own, rest = _parted(state)
    ours = {
        f"{_LIFTER}{name}": tensor for name, tensor in inner.to_ours(config.lifter, rest).items()
    }
    slots = {name: own.pop(name) for name in list(own) if name.startswith(_SLOTS)}
    for number, name in enumerate(sorted(slots)):
        ours[f"slots.{number}"] = slots[name][:, :, None]
    return ours | renamed(own, _NAMES)


def to_published(inner: Method, config: Config[Any], state: State) -> dict[str, Tensor]:
    """Ours under the publisher's names."""
    lifter = {
        name.removeprefix(_LIFTER): tensor
        for name, tensor in state.items()
        if name.startswith(_LIFTER)
    }
    found = dict(inner.to_published(config.lifter, lifter))
    own = {name: tensor for name, tensor in state.items() if not name.startswith(_LIFTER)}
    for number in range(len(config.tokens) if config.recover == "attention" else 0):
        name = _SLOTS if number == 0 else f"{_SLOTS}.{number}"
        found[name] = own.pop(f"slots.{number}").squeeze(2)
    return found | renamed(own, reverse(_NAMES))


def _parted(state: State) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The hourglass's own, and the lifter's."""
    own = {
        name: tensor
        for name, tensor in state.items()
        if name.startswith((_SLOTS, "x_token", "cross_attention."))
    }
    return own, {name: tensor for name, tensor in state.items() if name not in own}
