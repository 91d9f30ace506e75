"""The examples in the docstrings of the benchmark, the filming and the scores run."""

import doctest
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from few_clips import few_clips, stroll
from poise import metrics
from poise.bench import open_benchmark_scores
from poise.data import filming, open_benchmark
from poise.data.open_benchmark import tracks

OBJECTS = [
    filming,
    filming.film,
    filming.poses_of,
    filming.windows,
    metrics,
    open_benchmark,
    open_benchmark.cached_views,
    open_benchmark.official,
    open_benchmark.segments,
    open_benchmark.views,
    open_benchmark_scores.evaluate,
    tracks.Track,
]


@pytest.mark.parametrize("thing", OBJECTS, ids=lambda thing: thing.__name__)
def test_examples_run(thing: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POISE_DATA", str(tmp_path))
    train, test = few_clips({"a": stroll(300)}, split="train"), few_clips({"b": stroll(40, 1)})
    known = {
        name: value
        for module in (filming, open_benchmark, open_benchmark_scores)
        for name, value in vars(module).items()
        if not name.startswith("_")
    }
    poses = np.random.default_rng(0).normal(size=(2, 9, 17, 3))
    known |= {
        "library": train | test,
        "generator": torch.Generator().manual_seed(0),
        "lift": lambda keypoints: np.zeros((len(keypoints), 17, 3)),
        "replace": replace,
        "torch": torch,
        "predicted": poses[0],
        "target": poses[1],
    }
    assert thing.__doc__ is not None
    examples = doctest.DocTestParser().get_examples(thing.__doc__)
    assert examples
    for example in examples:
        exec(compile(example.source, thing.__name__, "exec"), known)
