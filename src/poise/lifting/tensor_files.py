"""Tensors and a description in one .safetensors: no pickle, never half-written."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from poise.errors import PoiseError
from poise.files import PathLike, cannot_read, cannot_write, write_aside

Tensors = Mapping[str, Tensor]

_OS_ERROR = re.compile(r"os error (\d+)")  # as the Rust of safetensors writes it


def save_tensors(path: PathLike, schema: str, about: Mapping[str, Any], tensors: Tensors) -> None:
    """Write tensors and a JSON-able `about`, the same bytes for the same content."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    text = json.dumps({"schema": schema, **about}, sort_keys=True)
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with write_aside(path) as scratch:
        try:
            save_file(whole, scratch, metadata={"poise": text})
        except SafetensorError as error:  # of a full disk, say: the system's words are in it
            words = str(error)
            number = int(found[1]) if (found := _OS_ERROR.search(words)) else 0
            raise cannot_write(path, OSError(number, words)) from error


def load_tensors(path: PathLike, *schemas: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read what `save_tensors` wrote under one of these schemas, as (about, tensors)."""
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    try:
        with path.open("rb"):
            pass  # safetensors' own words for a missing file name no file
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get("poise")
            about = json.loads(text) if text else {}
            _check_schema(path, about, schemas)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except OSError as error:
        raise cannot_read(path, error) from error
    except (SafetensorError, ValueError) as error:
        raise PoiseError(
            f"{path}: not a .safetensors file, or a damaged one; copy or make it again"
        ) from error
    return about, tensors


def _check_schema(path: Path, about: Any, schemas: tuple[str, ...]) -> None:
    if not isinstance(about, dict) or "schema" not in about:
        raise PoiseError(
            f"{path}: was not written by poise, so it does not say which network it is for; "
            "published weights are read with their method's name (poise.lifting.load_published)"
        )
    if about["schema"] not in schemas:
        raise PoiseError(
            f"{path}: holds {about['schema']}, where {' or '.join(schemas)} is expected"
        )
