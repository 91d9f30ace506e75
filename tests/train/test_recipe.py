"""Recipes: to a file and back, and everything in them that cannot be."""

import json
from dataclasses import replace
from typing import Any

import pytest

from poise.errors import PoiseError
from poise.lifting import Framing
from poise.methods.mixste import Config as MixSTE
from poise.methods.simplebaseline import Config as SimpleBaseline
from poise.plain import to_plain
from poise.train import RECIPES, Loss, Optimiser, Recipe, Schedule, Views, recipe
from poise.train.recipe import first_difference, read_recipe
from tiny_trainings import recipe as tiny


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_survives_a_file(name: str) -> None:
    text = json.dumps(to_plain(RECIPES[name]))
    assert read_recipe(json.loads(text), "it") == RECIPES[name]


def test_a_recipe_has_a_name() -> None:
    assert recipe("mixste") is RECIPES["mixste"]
    with pytest.raises(PoiseError, match="no recipe is called 'mixst'; did you mean 'mixste'"):
        recipe("mixst")


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("stesp",), 5, "the file has no field 'stesp'; did you mean 'steps'?"),
        (("optimiser", "rte"), 1, "the file, optimiser has no field 'rte'; did you mean 'rate'?"),
        (("network", "chanels"), 1, "the file, network has no field 'chanels'; did you mean"),
        (("steps",), "many", "the file: Expected `int`, got `str` - at `steps`"),
        (("network", "frames"), 2.5, "the file: Expected `int`, got `float` - at `network.frames`"),
        (("views", "cameras"), ["C"], "the file: Invalid enum value 'C' - at `views.cameras"),
        (("precision",), "8-true", "the file: Invalid enum value '8-true' - at `precision`"),
        (("steps",), 0, "steps and batch are 1 or more"),
        (("method",), "mixst", "no method is called 'mixst'; did you mean 'mixste'?"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(place: tuple[str, ...], value: Any, said: str) -> None:
    plain = to_plain(RECIPES["mixste"])
    inner = plain
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    with pytest.raises(PoiseError) as error:
        read_recipe(plain, "the file")
    assert said in str(error.value)


@pytest.mark.parametrize("plain", [None, [], "mixste", {"steps": 5}])
def test_what_is_no_recipe_says_so(plain: Any) -> None:
    with pytest.raises(PoiseError, match="the file does not name its method"):
        read_recipe(plain, "the file")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"steps": 0}, "steps and batch are 1 or more"),
        ({"batch": 0}, "steps and batch are 1 or more"),
        ({"validate": -1}, "validate is a number of steps, 0 for never"),
        ({"seed": -1}, "seed is -1; 0 or more"),
        ({"average": 1.0}, "average is 1.0; 0 for none, else below 1"),
        ({"optimiser": Optimiser(rate=0)}, "optimiser.rate is above 0"),
        ({"optimiser": Optimiser(rate=float("nan"))}, "optimiser.rate is above 0"),
        (
            {"optimiser": Optimiser(kind="ranger", amsgrad=True)},
            "optimiser.amsgrad is of adamw, ranger has none",
        ),
        ({"optimiser": Optimiser(clip=-1)}, "optimiser.decay and optimiser.clip are 0 or more"),
        ({"schedule": Schedule(every=0)}, "schedule.every 1 or more"),
        ({"schedule": Schedule(factor=1.5)}, "are shares of the rate, up to 1"),
        ({"schedule": Schedule(norm_momentum=0.0)}, "schedule.norm_momentum is above 0"),
        (
            {"loss": Loss(velocity=-1)},
            "loss.velocity, loss.steadiness and loss.scaled are 0 or more",
        ),
        (
            {"loss": Loss(likelihood=True, square=True)},
            "loss.likelihood is of distances, and may be below 0: it takes neither loss.square",
        ),
        ({"loss": Loss(likelihood=True, times_itself=True)}, "nor loss.times_itself"),
        ({"window": 5}, "window is 5 frames; mixste sees 9"),
        (
            {"framing": Framing(kind="screen")},
            "this framing makes 3 features of a joint, and the network takes 6; "
            "set network.features to 3",
        ),
        (
            {"network": SimpleBaseline(features=6)},
            "the network is a poise.methods.simplebaseline.config.Config, and mixste takes a "
            "poise.methods.mixste.config.Config",
        ),
    ],
)
def test_what_cannot_be_trained_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(PoiseError) as error:
        tiny(**changes)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"noisy": 2}, "noisy_share is a share"),
        ({"cameras": ()}, "kinds is empty"),
        ({"levels": (2, 1)}, "must grow from 0"),
        ({"backwards": -0.5}, "views: backwards is a share"),
        ({"batches": 0}, "views: frames and batches are 1 or more"),
    ],
)
def test_views_that_cannot_be_filmed_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(PoiseError, match=said):
        Views(**changes)


def test_a_window_may_be_longer_than_the_network_sees() -> None:
    assert tiny("sliding").frames == 9
    assert tiny("sliding", window=20).frames == 20


def test_the_first_difference_says_both_values() -> None:
    one: Recipe[MixSTE] = tiny()
    assert first_difference(one, tiny()) is None
    assert first_difference(one, tiny(seed=3)) == "seed is 0 there and 3 here"
    rates = replace(one, optimiser=replace(one.optimiser, clip=2.0))
    assert first_difference(one, rates) == "optimiser.clip is 1.0 there and 2.0 here"
    other = replace(one, network=replace(one.network, heads=4))
    assert first_difference(one, other) == "network.heads is 2 there and 4 here"
    assert "method is 'mixste' there" in str(first_difference(one, tiny("sliding")))
