"""The log: whole lines, no step twice, and the same numbers for TensorBoard."""

import json
import sys
from pathlib import Path

import pytest

from poise.errors import PoiseError
from poise.train.journal import Journal


def lines(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_a_line_for_each_writing(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "new" / "run")
    journal.write(50, loss=0.5, rate=1e-3)
    journal.write(100, loss=0.25)
    assert lines(tmp_path / "new" / "run") == [
        {"step": 50, "loss": 0.5, "rate": 1e-3},
        {"step": 100, "loss": 0.25},
    ]


def test_who_goes_on_drops_what_will_be_written_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for step in (50, 100, 150):
        journal.write(step, loss=1.0)
    Journal(tmp_path, step=120).write(150, loss=2.0)
    assert [(line["step"], line["loss"]) for line in lines(tmp_path)] == [
        (50, 1.0),
        (100, 1.0),
        (150, 2.0),
    ]
    Journal(tmp_path)
    assert lines(tmp_path) == []


@pytest.mark.parametrize("end", ['{"step": 100, "lo', "\x00\x00", "7\n", '"step"\n', "[]\n"])
def test_half_a_line_of_a_killed_process_is_dropped(tmp_path: Path, end: str) -> None:
    journal = Journal(tmp_path)
    journal.write(50, loss=1.0)
    with journal.path.open("a") as file:
        file.write(end)
    Journal(tmp_path, step=99).write(100, loss=2.0)
    assert [line["step"] for line in lines(tmp_path)] == [50, 100]


def test_tensorboard_gets_every_number_once(tmp_path: Path) -> None:
    event_accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator"
    )
    journal = Journal(tmp_path, tensorboard=True)
    for step in (50, 100):
        journal.write(step, loss=1 / step, validation={"exact": {"mpjpe_mm": step, "who": "S1"}})
    journal.close()
    again = Journal(tmp_path, step=50, tensorboard=True)
    again.write(100, loss=7.0)
    again.close()
    board = event_accumulator.EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert board.Tags()["scalars"] == ["loss", "validation/exact/mpjpe_mm"]
    assert [(e.step, e.value) for e in board.Scalars("loss")] == [
        (50, pytest.approx(0.02)),
        (100, 7.0),
    ], "step 100 is written again, not twice"


def test_a_missing_tensorboard_names_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(PoiseError, match=r"pip install 'poise\[tensorboard\]'"):
        Journal(tmp_path, tensorboard=True)


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("only where there is a full device")
    journal = Journal(tmp_path)
    journal.path = Path("/dev/full")
    with pytest.raises(PoiseError, match="/dev/full: cannot write: the disk is full"):
        journal.write(50, loss=1.0)
