"""The 17 joints from all kinds of CMU's files: the reference, the pack, and the repaired BVH."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from motion_files import (
    amc_frames,
    amc_text,
    asf_text,
    bvh_text,
    cmu_bones,
    frames_for,
    person,
    write,
)
from poise.data.asf_amc import read_amc, read_asf
from poise.data.bvh import read_bvh
from poise.data.cmu import knows, to_h36m17, with_thorax
from poise.data.expmap import read_expmap
from poise.data.loading import load
from poise.errors import PoiseError
from poise.motion import Body, Motion
from poise.skeletons import CMU38, H36M17


@pytest.fixture
def cmu(real_data: Path) -> Path:
    return real_data / "cmu"


def test_every_kind_of_file_agrees_with_the_reference(
    cmu: Path, vector: Callable[[str], tuple]
) -> None:
    _, _, _, expected = vector("mocap-to-17")
    running = cmu / "expmap/train/running/running_2.txt"
    bodies = {
        "amc_02_03": (read_amc(cmu / "amc/02/02_03.amc"), [0, 80, 160]),
        "iclone_007_01": (read_bvh(cmu / "bvh-iclone/007/007_01.bvh"), [0, 80, 150]),
        "daz_10_03": (read_bvh(cmu / "bvh-daz/10_03.bvh"), [1, 180, 360]),
        "expmap_running_2_on_asf02": (read_expmap(running, cmu / "amc/02/02.asf"), [1, 90, 180]),
    }
    assert bodies.keys() == expected.keys()
    for name, (body, frames) in bodies.items():
        motion = to_h36m17(body)
        assert motion.skeleton == H36M17
        assert motion.placed
        assert motion.frame == "world"
        np.testing.assert_allclose(
            motion.xyz[frames], expected[name], atol=1e-6, rtol=0, err_msg=name
        )


FOLDERS = {"asf/amc": "amc", "bvh-iclone": "bvh-iclone", "bvh-daz": "bvh-daz", "expmap": "expmap"}


def raw_file(cmu: Path, clip: dict[str, Any]) -> Path | None:
    """The file that a clip of the pack was made from, if it is here."""
    *folders, name = clip["file"].split("/")
    stem = name.partition(".")[0]
    for path in sorted((cmu / FOLDERS[clip["source"]]).rglob(f"{stem}.*")):
        if not path.name.endswith(".asf") and (
            clip["source"] != "expmap" or folders[0] in path.parts
        ):
            return path
    return None


def on_floor(motion: Motion) -> Motion:
    """As the pack was made where a file's heights mean nothing: the lower ankle at 0.07 m."""
    ankles = [H36M17.index("left_ankle"), H36M17.index("right_ankle")]
    lowest = np.percentile(motion.xyz[:, ankles, 2].min(axis=1), 1)
    return replace(motion, xyz=motion.xyz + np.array([0, 0, 0.07 - lowest], np.float32))


def test_the_clips_of_the_pack_are_those_of_their_files(real_data: Path, cmu: Path) -> None:
    index = json.loads((real_data / "mocap17/index.json").read_text())
    seen: dict[str, int] = {}
    with np.load(real_data / "mocap17/cmu17.npz") as pack:
        for clip in index["clips"]:
            path = raw_file(cmu, clip)
            if path is None or clip["native_frames"] > 3000:
                continue
            number = clip["skeleton"][3:]
            asf = cmu / "amc" / number / f"{number}.asf"
            body = (
                read_amc(path)
                if clip["source"] == "asf/amc"
                else read_expmap(path, asf)
                if clip["source"] == "expmap"
                else read_bvh(path)
            )
            start = clip["native_start"]
            motion = to_h36m17(body)[start : start + clip["native_frames"]]
            if clip["source"] in ("expmap", "bvh-iclone"):
                motion = on_floor(motion)
            step = clip["native_fps"] // clip["fps"]
            # The pack is rounded to 1/8192 m.
            np.testing.assert_allclose(
                motion.xyz[::step], pack[clip["key"]], atol=0.52 / 8192, rtol=0, err_msg=clip["key"]
            )
            seen[clip["source"]] = seen.get(clip["source"], 0) + 1
    assert seen == {"asf/amc": 19, "bvh-iclone": 5, "bvh-daz": 1, "expmap": 2}


def test_the_cgspeed_bvh_is_repaired_to_the_original(cmu: Path) -> None:
    original = to_h36m17(read_amc(cmu / "amc/01/01_01.amc.gz"))
    body = read_bvh(cmu / "bvh-cgspeed/01_01.bvh.gz", end_sites=True)
    asf = read_asf(cmu / "amc/01/01.asf")
    repaired = to_h36m17(body, asf)
    np.testing.assert_allclose(repaired.xyz[1:], original.xyz, atol=1e-5)
    named = cmu / "amc/01/01.asf"
    bvh = cmu / "bvh-cgspeed/01_01.bvh.gz"
    np.testing.assert_array_equal(load(bvh, "h36m17", asf=named).xyz, repaired.xyz)
    # Without its subject's skeleton: a mean thorax, and that is told.
    near = to_h36m17(body)
    np.testing.assert_allclose(near.xyz[1:], original.xyz, atol=0.005)
    assert "the thorax bone, which the file lacks, is a mean subject's" in near.assumed
    whole = with_thorax(body, asf)
    assert whole.motion.skeleton == CMU38
    neck = CMU38.index("neck")
    np.testing.assert_allclose(whole.offsets[neck], [0.0023, -0.0027, 0.1165], atol=1e-4)
    with pytest.raises(PoiseError, match="end_sites=True"):
        to_h36m17(read_bvh(cmu / "bvh-cgspeed/01_01.bvh.gz"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Body:
    """A body on CMU's bones with random shape and motion."""
    folder = tmp_path_factory.mktemp("made")
    bones = cmu_bones(3)
    write(folder / "07.asf", asf_text(bones))
    return read_amc(write(folder / "07_01.amc", amc_text(amc_frames(bones, 5, 3))))


def test_the_nose_stands_before_the_head_at_a_right_angle(made: Body) -> None:
    motion = to_h36m17(made)
    base = made.motion.xyz[:, CMU38.index("head")]
    crown = motion.xyz[:, H36M17.index("head")] - base
    nose = motion.xyz[:, H36M17.index("nose")] - base - 0.15 * crown
    np.testing.assert_allclose(np.linalg.norm(nose, axis=-1), 0.085, atol=1e-5)
    np.testing.assert_allclose((nose * crown).sum(axis=-1), 0, atol=1e-5)
    assert any("the nose stands" in words for words in motion.assumed)


def test_unknown_joints_are_refused_in_words(tmp_path: Path) -> None:
    body = read_bvh(write(tmp_path / "a.bvh", bvh_text(person(), frames_for(person(), 2))))
    assert not knows(body)
    with pytest.raises(PoiseError, match="which joints of skeleton bvh are hips"):
        to_h36m17(body)
