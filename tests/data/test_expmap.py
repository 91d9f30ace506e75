"""Exponential-map files: their row-vector convention against a slow twin, and bad files."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from motion_files import Bone, asf_text, cmu_bones, expmap_text, write
from poise.data.asf import Asf, read_asf
from poise.data.asf_amc import read_amc
from poise.data.expmap import expmap_length, looks_like_expmap, read_expmap
from poise.errors import PoiseError
from poise.geometry.axes import z_up
from poise.skeletons import CMU38


def slow_expmap(root: np.ndarray, vectors: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """With row vectors, as the files' makers have it: x' = x R, and a child's R stands left."""
    xyz = np.zeros((len(root), len(CMU38), 3))
    for frame in range(len(root)):
        turned: dict[int, np.ndarray] = {}
        for joint in CMU38.order:
            parent = CMU38.parents[joint]
            own = Rotation.from_rotvec(vectors[frame, joint]).as_matrix()
            turned[joint] = own if parent < 0 else own @ turned[parent]
            xyz[frame, joint] = (
                root[frame] if parent < 0 else xyz[frame, parent] + offsets[joint] @ turned[parent]
            )
    return xyz


def random_angles(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    root = rng.uniform(-20, 20, (count, 3)).round(5)
    return root, rng.normal(0, 1.5, (count, len(CMU38), 3)).round(6)


@pytest.fixture(scope="module")
def asf(tmp_path_factory: pytest.TempPathFactory) -> Asf:
    return read_asf(write(tmp_path_factory.mktemp("asf") / "a.asf", asf_text(cmu_bones())))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**16), packed=st.booleans())
def test_any_angles_agree_with_the_slow_twin(
    tmp_path_factory: pytest.TempPathFactory, asf: Asf, seed: int, packed: bool
) -> None:
    root, vectors = random_angles(3, seed)
    path = tmp_path_factory.mktemp("expmap") / "a.txt"
    body = read_expmap(write(path, expmap_text(root, vectors), packed), asf)
    expected = slow_expmap(root * asf.metres, vectors, asf.offsets)
    np.testing.assert_allclose(body.motion.xyz, z_up(expected), atol=1e-5, rtol=0)
    assert expmap_length(path) == (3, 120)


def test_what_the_file_does_not_say_is_told(tmp_path: Path, asf: Asf) -> None:
    path = write(tmp_path / "a.txt", expmap_text(*random_angles(2)))
    body = read_expmap(path, asf)
    assert len(body.motion.assumed) == 2
    assert body.motion.fps == 120
    assert read_expmap(path, asf, native_fps=30).motion.fps == 30
    assert looks_like_expmap(path.read_text())
    assert not looks_like_expmap("1,2,3\n")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: "", "holds no frames"),
        (lambda text: text[:-40], "line 3: "),
        (lambda text: text.replace(",", ",nan,", 1).replace(",", "", 1), "line 1: "),
        (lambda text: text.replace("\n", "\n1,", 1), "line 2: 118 numbers, where 117 belong"),
        (lambda text: text.replace("\n", "\nx", 1), "line 2: 'x"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    tmp_path: Path, asf: Asf, change: Callable[[str], str], words: str
) -> None:
    path = write(tmp_path / "a.txt", change(expmap_text(*random_angles(3))))
    with pytest.raises(PoiseError, match=r"a\.txt") as refusal:
        read_expmap(path, asf)
    assert words in str(refusal.value)


def test_another_skeleton_is_refused(tmp_path: Path) -> None:
    other = write(tmp_path / "a.asf", asf_text([Bone("arm", "root", (1, 0, 0), 2.0)]))
    path = write(tmp_path / "a.txt", expmap_text(*random_angles(2)))
    with pytest.raises(PoiseError, match="these angles are for CMU's 31 bones"):
        read_expmap(path, other)


def test_a_real_file_holds_the_motion_of_the_trial_it_was_made_from(real_data: Path) -> None:
    """train/walking_1 is trial 02_01, after a first frame in the zero pose."""
    path = real_data / "cmu/expmap/train/walking/walking_1.txt.gz"
    body = read_expmap(path, real_data / "cmu/amc/02/02.asf")
    original = read_amc(real_data / "cmu/amc/02/02_01.amc")
    assert len(body) == len(original) + 1
    limbs = [CMU38.index(name) for name in ("lfoot", "rfoot", "lhand", "rhand", "head")]
    relative, wanted = body[1:].motion.relative().xyz, original.motion.relative().xyz
    # Its thighs were zeroed about one degree apart from the skeleton's: 12 mm at the feet.
    np.testing.assert_allclose(relative[:, limbs], wanted[:, limbs], atol=0.015)
