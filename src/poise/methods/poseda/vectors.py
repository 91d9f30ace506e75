"""Reference vectors of PoseDA: the alignment, which is all that its authors released."""

from collections.abc import Mapping
from typing import Any

import torch

from poise.methods.contract import Arrays
from poise.methods.poseda.alignment import align_published, project


def answer_vector(_method: Any, _meta: Mapping[str, Any], _state: Arrays, inputs: Arrays) -> Arrays:
    """Poses, their roots, and what the same row's camera sees of them."""
    given = {name: torch.from_numpy(array) for name, array in inputs.items()}
    poses = align_published(given["source_3d"], given["target_2d"], given["camera"], given["index"])
    seen = project(poses[:, None], given["camera"])[:, 0]
    return {"pose": poses.numpy(), "root": poses[:, 0].numpy(), "projected": seen.numpy()}
