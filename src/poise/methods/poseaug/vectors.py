"""Reference vectors of PoseAug, answered by ours: operators, networks, losses."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from poise import metrics
from poise.methods.contract import Arrays
from poise.methods.poseaug import bones, losses, weights
from poise.methods.poseaug.config import Config
from poise.methods.poseaug.model import Generator, PictureJudge, PoseJudge
from poise.methods.published_camera import project
from poise.skeletons import H36M16

Tensors = Mapping[str, Tensor]
Answers = dict[str, Any]


@torch.no_grad()
def answer_vector(_method: Any, meta: Mapping[str, Any], state: Arrays, inputs: Arrays) -> Arrays:
    """The outputs of one of the four files."""
    answer = _FILES[meta["method"]]
    given = {name: torch.from_numpy(array) for name, array in inputs.items()}
    held = {name: torch.from_numpy(array) for name, array in state.items()}
    return {name: np.asarray(value) for name, value in answer(meta["config"], held, given).items()}


def _operators(config: Mapping[str, Any], _state: Tensors, given: Tensors) -> Answers:
    pose, of = given["pose"], H36M16
    vectors = bones.bone_vectors(pose, of)
    lengths, directions = bones.lengths_and_directions(pose, of)
    bent, change = bones.bend(pose, given["ba_offset"], of)
    stretched = bones.stretch(bent, given["blr"], of)
    turn = bones.rotation(given["axis_angle"])
    moved = bones.turn_about(stretched, turn, stretched[:, :1]) + given["translation"]
    templates = given["bone_templates"][given["swap_index"]][..., None]
    unit = bones.joined(directions, of)
    angles = bones.part_angles(unit, of)
    answers = {
        "bone_vec": vectors,
        "bone_len": lengths,
        "bone_unit": directions,
        "pose_from_bones": bones.joined(vectors, of),
        "ba_diff": change,
        "pose_ba": bent,
        "pose_bl": stretched,
        "rotation": turn,
        "pose_rt": moved,
        "pose_swap": bones.with_lengths(pose, templates, of),
        "kcs_pose": unit,
    }
    seen = {"proj": (pose, False), "proj_linear": (pose, True)}
    seen["proj_clamped"] = (given["pose_clamp"], False)
    for name, (poses, linear) in seen.items():
        answers[name] = project(poses[:, None], given["cam"], linear)[:, 0]
    for number, part in enumerate(("lh", "rh", "ll", "rl", "hb")):
        answers[f"kcs_{part}"] = angles[:, number]
    return answers | _scores(given)


def _scores(given: Tensors) -> Answers:
    """PCK and AUC count the root, which is always right."""
    near = [(given[name] - given[name][:, :1]).numpy() for name in ("pose", "other")]
    pose, other = near
    pred = given["pred"].numpy()
    return {
        "mpjpe": metrics.mpjpe(pred, pose),
        "p_mpjpe": metrics.p_mpjpe(pred, pose),
        "p_mpjpe_far": metrics.p_mpjpe(other, pose),
        "pck150": metrics.pck(pred, pose, root=None),
        "auc": metrics.auc(pred, pose, root=None),
        "pck150_far": metrics.pck(other, pose, root=None),
        "auc_far": metrics.auc(other, pose, root=None),
    }


def _generator(config: Mapping[str, Any], state: Tensors, given: Tensors) -> Answers:
    """With running statistics, then with those of the batch, which moves the running ones."""
    ours = Config(
        joints=config["input_size"] // 3,
        width=config["width"],
        stages=config["stages"],
        noise=config["noise"],
        most_stretch=config["blr_tanhlimit"],
    )
    network = Generator(ours)
    network.load_state_dict(weights.generator(state, ours.stages))
    noise = torch.stack([given[f"noise_{part}"] for part in ("ba", "bl", "r", "t")])
    answers: Answers = {}
    for mode in ("eval", "train"):
        made = network.train(mode == "train")(given["pose"][:, None], noise)
        answers |= {
            f"{mode}.pose_ba": made.bent[:, 0],
            f"{mode}.ba_diff": made.change[:, 0],
            f"{mode}.pose_bl": made.stretched[:, 0],
            f"{mode}.blr": made.ratios,
            f"{mode}.pose_rt": made.moved[:, 0],
            f"{mode}.r": made.axis_angle,
            f"{mode}.t": made.place[:, None],
        }
    norm: Any = network.bending.trunk.norms[0]
    answers["train.bn_running_mean"] = norm.running_mean
    answers["train.bn_running_var"] = norm.running_var
    return answers


def _judges(config: Mapping[str, Any], state: Tensors, given: Tensors) -> Answers:
    ours = Config(joints=config["joints"], width=config["kcs_channel"])
    in_space, in_picture = PoseJudge(ours).eval(), PictureJudge(ours).eval()
    in_space.load_state_dict(weights.pose_judge(_within(state, "d3d.")))
    in_picture.load_state_dict(weights.picture_judge(_within(state, "d2d.")))
    return {"d3d": in_space(given["pose3d"]), "d2d": in_picture(given["pose2d"])}


def _losses(config: Mapping[str, Any], _state: Tensors, given: Tensors) -> Answers:
    before, bent, moved = (
        losses.errors(given[f"pred_{pose}"], given[f"gt_{pose}"], H36M16)
        for pose in ("origin", "ba", "rt")
    )
    back = losses.feedback(before, bent, moved, done=config["epoch"] / config["epochs"])
    change = losses.change(given["ba_diff"], given["blr"])
    fooled = losses.made_as_real(given["d_real"], given["d_fake"])
    judged = (losses.IN_PICTURE + losses.IN_SPACE) * fooled
    return {
        "feedback": back,
        "diff": change,
        "g_adv": fooled,
        "d_loss": losses.real_from_made(given["d_real"], given["d_fake"]),
        "g_total_same_adv": judged + losses.CHANGED * change + back,
    }


def _within(state: Tensors, prefix: str) -> dict[str, Tensor]:
    return {n.removeprefix(prefix): value for n, value in state.items() if n.startswith(prefix)}


_FILES: dict[str, Callable[[Mapping[str, Any], Tensors, Tensors], Answers]] = {
    "poseaug-ops": _operators,
    "poseaug-generator": _generator,
    "poseaug-discriminators": _judges,
    "poseaug-losses": _losses,
}
