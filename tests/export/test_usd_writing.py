"""USD as we write it: opened, validated and posed by usd-core; packed; and without usd-core."""

import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from any_bodies import REFUSED, Recipe, dancer, recipes
from poise.errors import PoiseError
from poise.export.usd import write_usd
from poise.geometry.axes import Up, y_up
from poise.motion import Body
from poise.skeletons import FIGURE27


@pytest.fixture(autouse=True)
def usd_core(request: pytest.FixtureRequest) -> None:
    if "without" not in request.node.name:
        pytest.importorskip("pxr", reason="usd-core is not installed")


def posed(path: Path, person: str, frame: float) -> tuple[list[str], np.ndarray]:
    """Joint names and places as UsdSkel has them at a time code, in the stage's axes."""
    from pxr import Usd, UsdSkel

    stage = Usd.Stage.Open(str(path))
    skeleton = UsdSkel.Skeleton.Get(stage, f"/poise/{person}/{person}_skeleton")
    cache = UsdSkel.Cache()
    cache.Populate(UsdSkel.Root.Get(stage, f"/poise/{person}"), Usd.PrimDefaultPredicate)
    query = cache.GetSkelQuery(skeleton)
    matrices = query.ComputeJointSkelTransforms(Usd.TimeCode(frame))
    names = list(skeleton.GetJointNamesAttr().Get())
    return names, np.array([list(matrix.ExtractTranslation()) for matrix in matrices])


def complaints(path: Path) -> list[str]:
    """What all of usd-core's validators say of a stage."""
    from pxr import Usd, UsdValidation

    registry = UsdValidation.ValidationRegistry()
    context = UsdValidation.ValidationContext(registry.GetOrLoadAllValidators())
    return [error.GetMessage() for error in context.Validate(Usd.Stage.Open(str(path)))]


@settings(max_examples=25, deadline=None)
@given(recipe=recipes(), up=st.sampled_from("yz"))
def test_any_body_stands_where_it_should(
    tmp_path_factory: pytest.TempPathFactory, recipe: Recipe, up: Up
) -> None:
    body = recipe.body()
    path = tmp_path_factory.mktemp("usd") / "a.usda"
    write_usd(path, [body], up=up, figure=recipe.seed % 2 == 0)
    expected = y_up(body.pose()[0]) if up == "y" else body.pose()[0]
    for frame in range(len(body)):
        names, found = posed(path, "person_1", frame)
        # In the order that USD wants, parents before their children.
        order = [body.motion.skeleton.index(name) for name in names]
        assert sorted(order) == list(range(len(order)))
        np.testing.assert_allclose(found, expected[frame][order], atol=1e-5, rtol=0)
    assert complaints(path) == []


@pytest.mark.parametrize("up", ["y", "z"])
def test_the_stage_says_how_it_is_measured(tmp_path: Path, up: Up) -> None:
    from pxr import Usd, UsdGeom

    write_usd(tmp_path / "a.usda", [dancer()], up=up)
    stage = Usd.Stage.Open(str(tmp_path / "a.usda"))
    assert UsdGeom.GetStageMetersPerUnit(stage) == 1
    assert UsdGeom.GetStageUpAxis(stage) == up.upper()
    assert (stage.GetTimeCodesPerSecond(), stage.GetFramesPerSecond()) == (30, 30)
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (0, len(dancer()) - 1)
    assert str(stage.GetDefaultPrim().GetPath()) == "/poise"


@pytest.mark.parametrize("kind", ["usda", "usd", "usdc", "usdz"])
def test_every_kind_holds_everybody_and_is_without_error(tmp_path: Path, kind: str) -> None:
    motion = dancer().motion
    late = replace(dancer(), motion=replace(motion, times=motion.times + 0.2))
    path = tmp_path / f"a.{kind}"
    write_usd(path, [dancer(), late])
    for person, mark, frame in (("person_1", "", 40), ("person_2", "person_2_", 46)):
        names, found = posed(path, person, frame)
        order = [names.index(f"{mark}{joint}") for joint in FIGURE27.joints]
        np.testing.assert_allclose(found[order], y_up(dancer().pose()[0][40]), atol=1e-5)
    assert complaints(path) == []
    data = path.read_bytes()
    write_usd(path, [dancer(), late])
    assert path.read_bytes() == data


def test_a_package_lies_as_usd_wants_it(tmp_path: Path) -> None:
    write_usd(tmp_path / "a.usdz", [dancer()])
    with zipfile.ZipFile(tmp_path / "a.usdz") as package:
        (entry,) = package.infolist()
    assert entry.compress_type == zipfile.ZIP_STORED
    data = (tmp_path / "a.usdz").read_bytes()
    start = data.index(b"PXR-USDC")
    assert start % 64 == 0


def test_what_is_known_beyond_the_motion_is_told(tmp_path: Path) -> None:
    from pxr import Usd

    odd = 'said "so"\n and \\ thus'
    body = replace(dancer(), motion=replace(dancer().motion, assumed=(odd,)))
    write_usd(tmp_path / "a.usda", [body])
    stage = Usd.Stage.Open(str(tmp_path / "a.usda"))
    told = stage.GetPrimAtPath("/poise/person_1").GetCustomData()
    assert list(told["assumed"]) == ['said "so"  and \\ thus']
    assert [tuple(span) for span in told["bridged"]] == [(1.0, 1.5)]
    assert [tuple(span) for span in told["contacts"]["left_ball"]] == [(0.2, 0.5)]
    assert told["rest_pose"] == "all rotations identity"


def _named(body: Body, first: str, second: str) -> Body:
    skeleton = replace(body.motion.skeleton, joints=(first, second, *FIGURE27.joints[2:]))
    return replace(body, motion=replace(body.motion, skeleton=skeleton))


def test_names_that_usd_does_not_know_are_kept_beside(tmp_path: Path) -> None:
    from pxr import Usd, UsdSkel

    write_usd(tmp_path / "a.usda", [_named(dancer(), "mixamorig:Hips", "mixamorig Hips")])
    stage = Usd.Stage.Open(str(tmp_path / "a.usda"))
    skeleton = UsdSkel.Skeleton.Get(stage, "/poise/person_1/person_1_skeleton")
    assert list(skeleton.GetJointNamesAttr().Get())[:2] == ["mixamorig:Hips", "mixamorig Hips"]
    joints = list(skeleton.GetJointsAttr().Get())
    assert joints[:2] == ["mixamorig_Hips", "mixamorig_Hips/mixamorig_Hips_2"]
    assert complaints(tmp_path / "a.usda") == []


def test_packed_kinds_are_refused_without_usd_core_and_text_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pxr", None)
    for kind in ("usd", "usdc", "usdz"):
        with pytest.raises(PoiseError, match=f"a.{kind}: .*usd-core.*pip install 'poise.usd.'"):
            write_usd(tmp_path / f"a.{kind}", [dancer()])
    assert not list(tmp_path.iterdir())
    write_usd(tmp_path / "a.usda", [dancer()])
    assert (tmp_path / "a.usda").read_text().startswith("#usda 1.0\n")


@pytest.mark.parametrize("reason", REFUSED)
def test_what_no_rig_holds_is_refused_in_words(
    tmp_path: Path, reason: str, unchecked: None
) -> None:
    spoil, words = REFUSED[reason]
    with pytest.raises(PoiseError, match=f"a.usda: .*{words}"):
        write_usd(tmp_path / "a.usda", [spoil(dancer())])
    assert not list(tmp_path.iterdir())


def test_wrong_options_are_said_in_words(tmp_path: Path, unchecked: None) -> None:
    with pytest.raises(PoiseError, match="up is 'y' or 'z', not 'x'"):
        write_usd(tmp_path / "a.usda", [dancer()], up="x")  # type: ignore[arg-type]
    with pytest.raises(PoiseError, match=r"a.txt: a USD file ends in .usda, .usd, .usdc, .usdz"):
        write_usd(tmp_path / "a.txt", [dancer()])
