"""What all tests share: the shape checker, and where reference vectors and real data lie."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import jaxtyping
import pytest

if "PYTEST_XDIST_WORKER" in os.environ:  # as many workers as cores: more threads only wait
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# Every function of poise checks the shapes that its signature states, in tests only.
jaxtyping.install_import_hook("poise", "typecheck.checked")

HERE = Path(__file__).parent


@pytest.fixture
def unchecked() -> Iterator[None]:
    """For tests of what users are told about wrong shapes: they run without the checker."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture(scope="session")
def vector() -> Callable[[str], tuple]:
    """Reads one reference vector by its name as (meta, state, inputs, outputs)."""

    def read(name: str) -> tuple:
        from poise.bench.vector_files import load_vector  # after the shape checker is in place

        found = load_vector(HERE / "vectors" / f"{name}.npz")
        return found.meta, found.state, found.inputs, found.outputs

    return read


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the real motion (`cmu/`, `mocap17/`), which is not part of the project."""
    places = [HERE.parents[1] / "shared" / "data"]
    if "POISE_DATA" in os.environ:
        places.insert(0, Path(os.environ["POISE_DATA"]))
    for place in places:
        if (place / "mocap17" / "cmu17.npz").exists():
            return place
    pytest.skip("real CMU motion is not here: set POISE_DATA to the folder that has mocap17/, cmu/")
