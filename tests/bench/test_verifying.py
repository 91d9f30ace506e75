"""Every bundled vector passes; a vector that was tampered with does not."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poise.bench.vector_files import bundled, load_vector, value
from poise.bench.verifying import TOLERANCE, magnitude, verify
from poise.errors import PoiseError
from poise.methods import SCHEMES, described, names

VECTORS = pytest.mark.parametrize("path", bundled(), ids=lambda path: path.stem)


def changed(
    path: Path,
    to: Path,
    arrays: Mapping[str, np.ndarray | None] | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Path:
    """A copy of a vector file with other arrays; None leaves one out."""
    with np.load(path) as file:
        held: dict[str, Any] = dict(file)
    if meta is not None:
        held["meta"] = np.array(json.dumps(json.loads(str(held["meta"])) | dict(meta)))
    held |= arrays or {}
    np.savez(to, **{name: array for name, array in held.items() if array is not None})
    return to


def bundle(name: str) -> Path:
    return next(path for path in bundled() if path.stem == name)


@VECTORS
def test_our_networks_answer_as_their_publishers_do(path: Path) -> None:
    found = verify(path)
    assert found.passed, found
    assert found.difference <= TOLERANCE == found.tolerance == 1e-5
    assert not found.unanswered
    named = described(load_vector(path).method).name
    assert (found.method, found.file) == (named, path.name)


def test_every_method_has_a_vector() -> None:
    held = {described(load_vector(path).method).name for path in bundled()}
    assert held == {*names(), *SCHEMES} - {"tpc+dstformer"}  # whose code nobody has published


@VECTORS
def test_each_output_counts(path: Path, tmp_path: Path) -> None:
    """A little too much in one number of any output is a failure, and that output is named."""
    vector = load_vector(path)
    relative = described(vector.method).relative
    for name, wanted in vector.outputs.items():
        other = wanted.astype(np.float64)
        other.flat[-1] += 3e-5 * (magnitude(wanted) if relative else 1)
        found = verify(changed(path, tmp_path / "a.npz", {f"out.{name}": other}))
        assert not found.passed
        assert found.worst == name
        assert found.difference == pytest.approx(3e-5, abs=1e-5)


@VECTORS
def test_each_input_counts(path: Path, tmp_path: Path) -> None:
    for name, given in load_vector(path).inputs.items():
        # Frames backwards, draws exchanged; joints backwards where there is one frame.
        axes = [axis for axis in range(1, given.ndim) if given.shape[axis] > 1]
        other = np.flip(given, axis=axes[0] if axes else 0)
        found = verify(changed(path, tmp_path / "a.npz", {f"in.{name}": other}))
        if found.passed and np.issubdtype(given.dtype, np.floating):  # a loss: a mean has no order
            found = verify(changed(path, tmp_path / "a.npz", {f"in.{name}": 1.1 * given}))
        assert not found.passed, name


def test_only_networks_that_say_so_are_compared_with_their_magnitudes(tmp_path: Path) -> None:
    for name, output, relative in (
        ("gla-gcn-h36m-f27", "y", True),
        ("simplebaseline-64", "y", False),
    ):
        path = bundle(name)
        wanted = load_vector(path).outputs[output]
        assert verify(path).relative is relative
        other = changed(path, tmp_path / "a.npz", {f"out.{output}": wanted + 0.5})
        greatest = magnitude(wanted + 0.5) if relative else 1
        assert verify(other).difference == pytest.approx(0.5 / greatest, rel=1e-3)
    assert magnitude(np.array([0.5, -0.2])) == magnitude(np.empty(0)) == 1
    assert magnitude(np.array([3.0, -40.0])) == 40


def test_another_weight_is_found(tmp_path: Path) -> None:
    path = bundle("mixste-f9")
    entries = load_vector(path).meta["state"]
    for entry in entries:
        if entry["name"] == "TTEblocks.1.mlp.fc2.bias":
            entry["rule"] = "zero"
    found = verify(changed(path, tmp_path / "a.npz", meta={"state": entries}))
    assert not found.passed
    assert found.worst == "pose3d"  # the first blocks do not see it


def test_an_output_that_nobody_answers_is_no_pass(tmp_path: Path) -> None:
    path = changed(bundle("mixste-f9"), tmp_path / "a.npz", {"out.tte7": np.zeros(3)})
    found = verify(path)
    assert found.unanswered == ("tte7",)
    assert found.difference <= TOLERANCE
    assert not found.passed


def test_answers_of_another_shape_or_without_number_are_no_pass(tmp_path: Path) -> None:
    path = bundle("simplebaseline-64")
    wanted = load_vector(path).outputs["y"]
    found = verify(changed(path, tmp_path / "a.npz", {"out.y": wanted[:, :-1]}))
    assert not found.passed
    assert found.difference == np.inf
    wanted[0, 0] = np.nan
    found = verify(changed(path, tmp_path / "a.npz", {"out.y": wanted}))
    assert not found.passed
    assert np.isnan(found.difference)
    assert found.to_dict()["difference"] is None


def test_nan_is_worse_than_any_difference(tmp_path: Path) -> None:
    path = bundle("mixste-f9")
    held = load_vector(path).outputs
    other = {f"out.{name}": held[name].copy() for name in ("ste0", "tte0")}
    other["out.tte0"][:] += 5
    other["out.ste0"][0, 0, 0] = np.nan
    assert not verify(changed(path, tmp_path / "a.npz", other)).passed


def test_files_that_cannot_be_run_are_refused_in_words(tmp_path: Path, unchecked: None) -> None:
    path, other = bundle("videopose3d-f27"), tmp_path / "a.npz"

    def refusal() -> str:
        with pytest.raises(PoiseError) as caught:
            verify(other)
        assert str(caught.value).startswith(f"{other}: ")
        return str(caught.value)

    changed(path, other, meta={"method": "videopose"})
    assert "no method is called 'videopose'; did you mean 'videopose3d'?" in refusal()
    changed(path, other, meta={"method": None})
    assert "known are simplebaseline" in refusal()
    changed(path, other, meta={"config": {"channels": 3}})
    assert "lacks 'num_joints_in'" in refusal()
    changed(path, other, {"in.x": None})
    assert "lacks 'x'" in refusal()
    changed(path, other, {"in.x": np.zeros((2, 30, 11, 2), np.float32)})
    assert "cannot be run through videopose3d: " in refusal()
    changed(path, other, meta={"state": [{"name": "a", "shape": [3], "rule": "magic"}]})
    assert "the parameter 'a' has no rule called 'magic'" in refusal()
    changed(path, other, meta={"state": [{"name": "a", "shape": [1 << 40], "rule": "small"}]})
    assert "the parameter 'a' has the shape" in refusal()
    changed(path, other, meta={"state": [{"name": "a", "shape": [3], "rule": "stored"}]})
    assert "lacks 'state.a'" in refusal()
    outputs = {f"out.{name}": None for name in load_vector(path).outputs}
    changed(path, other, outputs)
    assert "holds no outputs" in refusal()
    np.savez(other, a=np.zeros(3))
    assert "not a reference vector: it has no `meta`" in refusal()
    np.savez(other, meta=np.array("[1]"))
    assert "its `meta` is not a table" in refusal()
    np.savez(other, meta=np.array("{"))
    assert "damaged" in refusal()
    other.write_bytes(path.read_bytes()[:2000])
    assert "damaged or cut short" in refusal()
    other.write_bytes(b"hello")
    assert "not an .npz file" in refusal()
    np.savez(other, meta=np.array({"method": "mixste"}, dtype=object))
    assert "pickled" in refusal()


def test_values_follow_from_names() -> None:
    """What the published rule gives; a file without stored weights depends on it."""
    weight = value("expand_conv.weight", (4, 3, 2), "weight")
    assert weight.dtype == np.float32
    assert weight.std() == pytest.approx(6**-0.5, rel=0.4)
    assert (value("a", (3,), "small") != value("b", (3,), "small")).all()
    assert value("bn.num_batches_tracked", (), "zero") == 0
    assert (value("bn.running_var", (50,), "variance") >= 1).all()
