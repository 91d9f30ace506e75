"""Weights as their authors publish them, made ready for use.

>>> lifter = load_published("pretrained_h36m_cpn.bin", "videopose3d")
>>> save_lifter("videopose3d.safetensors", lifter)
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from torch import Tensor

from poise.errors import PoiseError
from poise.files import PathLike, cannot_read, naming
from poise.lifting.framing import Framing
from poise.lifting.torch_files import Stored, read_torch
from poise.lifting.trained import TrainedLifter
from poise.methods import method, names
from poise.skeletons import H36M16, H36M17, HUMANEVA15, Skeleton

# Where the authors of lifters keep the network in their checkpoints.
_PLACES = ("model_pos", "state_dict", "model_state_dict", "model", "network")

_SKELETONS = {len(skeleton): skeleton for skeleton in (H36M17, H36M16, HUMANEVA15)}


def load_published(
    path: PathLike,
    method_name: str,
    *,
    takes: Skeleton | None = None,
    gives: Skeleton | None = None,
    fps: float = 50.0,
    part: str = "",
    **known: Any,
) -> TrainedLifter:
    """A published network as a lifter: its keypoints on the screen, as all of them have it.

    takes, gives: where the number of joints does not say it. 17 are Human3.6M's, so
        pretrained_h36m_detectron_coco.bin needs takes=COCO17.
    fps: of the videos that it was trained on; Human3.6M's by default.
    part: the name of the network in the checkpoint, where it holds several (model_traj).
    known: fields of the method's config that shapes do not say, such as causal=True.
    """
    config, network = load_network(path, method_name, part=part, **known)
    with naming(path):
        takes = takes or _skeleton(getattr(config, "joints_in", config.joints), "takes")
        gives = gives or _skeleton(config.joints, "gives")
        for skeleton, joints in (
            (takes, getattr(config, "joints_in", config.joints)),
            (gives, config.joints),
        ):
            if len(skeleton) != joints:
                raise PoiseError(f"has {joints} joints, but {skeleton.name} has {len(skeleton)}")
    return TrainedLifter(
        method=method_name,
        config=config,
        network=network,
        framing=Framing(kind="screen", confidence=config.features > 2, smoothing=1),
        fps=fps,
        takes=takes,
        gives=gives,
        unit=method(method_name).published_unit,
        about={"published": Path(path).name},
    )


def load_network(
    path: PathLike, method_name: str, *, part: str = "", **known: Any
) -> tuple[Any, Any]:
    """The config and the network, with its weights, ready to answer."""
    chosen = method(method_name)
    state = read_published(path, part=part)
    try:
        with naming(path):
            config, weights = chosen.from_published(state, **known)
            for name, tensor in weights.items():
                if tensor.is_floating_point() and not tensor.isfinite().all():
                    raise PoiseError(f"{name} holds numbers that are not finite: no usable weights")
    except PoiseError as error:
        if other := [name for name in names() if name != method_name and _fits(name, state)]:
            raise PoiseError(f"{error}; they fit {other[0]!r}") from error
        raise
    network = chosen.network(config)
    network.load_state_dict(weights)  # strictly; what old files lack starts at zero
    return config, network.eval()


def read_published(path: PathLike, *, part: str = "") -> dict[str, Tensor]:
    """The state dict in a .bin, .pth, .pt or .safetensors, without running anything in it."""
    if Path(path).suffix == ".safetensors":
        return _read_safetensors(path)
    return read_torch(path, lambda content: _find(content, part))


def _find(content: Any, part: str) -> Mapping[str, Stored]:
    """The state dict in a checkpoint."""
    if not isinstance(content, dict):
        raise PoiseError("holds no state dict; save one: torch.save(network.state_dict(), path)")
    for place in (part,) if part else _PLACES:
        if found := _tensors(content.get(place)):
            return found
    if not part and (found := _tensors(content)):
        return found
    wanted = f"no network called {part!r}" if part else "no state dict"
    held = ", ".join(str(key) for key in list(content)[:8]) or "nothing"
    raise PoiseError(f"holds {wanted}; it holds: {held} (part=… names the right one)")


def _tensors(table: Any) -> dict[str, Stored]:
    if not isinstance(table, dict):
        return {}
    return {str(name): value for name, value in table.items() if isinstance(value, Stored)}


def _read_safetensors(path: PathLike) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        return load(Path(path).read_bytes())
    except OSError as error:
        raise cannot_read(path, error) from error
    except SafetensorError as error:
        raise PoiseError(
            f"{path}: not a .safetensors file, or a damaged one; fetch or copy it again"
        ) from error


def _fits(name: str, state: Mapping[str, Tensor]) -> bool:
    with suppress(PoiseError):
        method(name).from_published(state)
        return True
    return False


def _skeleton(joints: int, argument: str) -> Skeleton:
    if joints not in _SKELETONS:
        raise PoiseError(
            f"has {joints} joints, which no joint set is known for: say {argument}=…, or take the "
            "bare network (poise.lifting.published.load_network)"
        )
    return _SKELETONS[joints]
