"""Published names of PoseAug's networks, and ours; its authors have not published any weights."""

from torch import Tensor

from poise.methods.naming import State, renamed

# Our part of the generator: their module, and what they append to each name in it.
_PARTS = {
    "bending": ("BAprocess", ""),
    "stretching": ("BLprocess", "_BL"),
    "turning": ("RTprocess", "_R"),
    "moving": ("RTprocess", "_T"),
}
_JUDGES = {
    "kcs_layer_1": "first",
    "kcs_layer_2": "second",
    "kcs_layer_3": "third",
    "layer_last": "last",
    "layer_pred": "judge",
}


def generator(state: State, stages: int) -> dict[str, Tensor]:
    """Of the generator."""
    table = {}
    for ours, (theirs, suffix) in _PARTS.items():
        norm = "batch_norm1" if suffix == "" else f"batch_norm{suffix}"
        table[f"{theirs}.w1{suffix}"] = f"{ours}.trunk.layers.0"
        table[f"{theirs}.{norm}"] = f"{ours}.trunk.norms.0"
        table[f"{theirs}.w2{suffix}"] = f"{ours}.last"
        for stage in range(stages):
            for half in (1, 2):
                within = f"{theirs}.linear_stages{suffix}.{stage}"
                layer = 2 * stage + half
                table[f"{within}.w{half}"] = f"{ours}.trunk.layers.{layer}"
                table[f"{within}.batch_norm{half}"] = f"{ours}.trunk.norms.{layer}"
    return renamed(state, table)


def pose_judge(state: State) -> dict[str, Tensor]:
    """Of the 3D discriminator."""
    paths = range(1, 6)
    table = {
        f"kcs_path_{path}.{theirs}": f"parts.{path - 1}.{ours}"
        for path in paths
        for theirs, ours in _JUDGES.items()
    }
    return renamed(state, table)


def picture_judge(state: State) -> dict[str, Tensor]:
    """Of the 2D discriminator."""
    table = {f"pose_layer_{number}": f"layers.{number - 1}" for number in range(1, 5)}
    return renamed(state, table | {"layer_last": "layers.4", "layer_pred": "judge"})
