"""`import poise` is quick and brings nothing heavy."""

import subprocess
import sys

import pytest

import poise

_MEASURE = """
import sys, time
before = set(sys.modules)
start = time.perf_counter()
import poise
print(time.perf_counter() - start, *{name.partition(".")[0] for name in set(sys.modules) - before})
"""


def imported() -> tuple[float, set[str]]:
    answer = subprocess.run(
        [sys.executable, "-c", _MEASURE], capture_output=True, text=True, check=True
    )
    seconds, *modules = answer.stdout.split()
    return float(seconds), set(modules)


def test_nothing_heavy_comes_along() -> None:
    _, modules = imported()
    assert "poise" in modules
    assert not modules & {"torch", "numpy", "scipy", "PIL", "tyro", "jaxtyping"}


@pytest.mark.budget
def test_it_is_quick() -> None:
    imported()  # compiles
    seconds, _ = imported()
    assert seconds < 0.3


@pytest.mark.parametrize("name", poise.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(poise, name) is not None
    assert name in dir(poise)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        poise.lod  # noqa: B018
