"""The command line: quick, and one line for each error."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

import poise
from poise.cli import main
from poise.errors import PoiseError


def poise_process(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "poise", *words], capture_output=True, text=True, check=False
    )


@pytest.mark.budget
@pytest.mark.parametrize("words", [["--help"], ["data", "make", "--help"], ["--version"]])
def test_help_comes_at_once(words: Sequence[str]) -> None:
    poise_process("--version")  # compiles
    start = time.perf_counter()
    assert poise_process(*words).returncode == 0
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_the_overview_has_every_command(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(words) == 0
    shown = capsys.readouterr().out
    assert all(f"poise {name} " in shown for name in main.COMMANDS)
    assert max(map(len, shown.splitlines())) <= 100


@pytest.mark.parametrize("words", [["data"], ["data", "--help"]])
def test_a_group_shows_its_own_commands(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(words) == 0
    shown = capsys.readouterr().out
    assert "poise data make" in shown
    assert "poise doctor" not in shown


@pytest.mark.parametrize("name", main.COMMANDS)
def test_every_command_explains_itself_with_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main.run([*name.split(), "--help"])
    assert stop.value.code == 0
    assert f"Example: poise {name} " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["dat"], "did you mean 'data'?"),
        (["data", "mak"], "did you mean 'data make'?"),
        (["doctr", "--json"], "did you mean 'doctor'?"),
        (["--hepl"], "`poise --help` lists all"),
        (["make", "a.npz"], "did you mean 'poise data make'?"),
        (["e"], "`poise --help` lists all"),
    ],
)
def test_an_unknown_command_is_answered_with_the_nearest(
    words: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(words) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("poise: error: there is no command")
    assert hint in shown
    assert shown.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("data show", "missing from poise data show: PATH"),
        ("data make", "missing from poise data make: OUT.npz"),
        ("data show x.npz --foo", "unrecognized options: --foo"),
        (
            "data show x.npz --framse 1:2",
            "unrecognized options: --framse, 1:2; perhaps you meant: ",
        ),
        ("data show x.npz y.npz", "unrecognized options: y.npz"),
        ("data show x.npz --out", "missing value for argument '--out'"),
        ("data show x.npz --view sied", "invalid choice 'sied' for argument '--view'"),
        ("data make x.npz --seconds long", "error parsing --seconds: could not convert string"),
        ("data make x.npz --seed 1.5", "error parsing --seed: invalid literal"),
        ("doctor --json yes", "unrecognized options: yes"),
    ],
)
def test_a_wrong_use_is_one_line_with_its_remedy(
    words: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(words.split()) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"poise: error: {told}")
    command = " ".join(words.split()[: 1 if words.startswith("doctor") else 2])
    assert shown.err.endswith(f"; see poise {command} --help\n")
    assert shown.err.count("\n") == 1
    assert not set("─│╭╯") & set(shown.err)


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])  # other boxes are drawn in each
@pytest.mark.parametrize("color", ["0", "1"])
def test_a_wrong_use_is_one_line_on_every_terminal(encoding: str, color: str) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "poise", "doctor", "--jsn"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "FORCE_COLOR": color, "PYTHONIOENCODING": encoding},
    )
    assert answer.stderr == (
        "poise: error: unrecognized options: --jsn; perhaps you meant: --json; "
        "see poise doctor --help\n"
    )


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["--version"]) == 0
    assert capsys.readouterr().out == f"poise {poise.__version__}\n"


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """A command that raises what the list holds."""
    errors: list[BaseException] = []

    def command() -> None:
        """Fail."""
        raise errors[0]

    module = type(sys)("failing")
    module.command = command  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "failing", module)
    monkeypatch.setitem(main.COMMANDS, "fail", ("failing:command", "fails"))
    return errors


def test_an_error_is_one_line_and_2(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(PoiseError("walk.bvh: line 3:\n  not a number"))
    assert main.run(["fail"]) == 2
    assert capsys.readouterr().err == "poise: error: walk.bvh: line 3: not a number\n"


def test_what_the_system_refuses_is_one_line_and_2(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(OSError(36, "File name too long", "a.bvh"))
    assert main.run(["fail"]) == 2
    assert capsys.readouterr().err == "poise: error: a.bvh: File name too long\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only where there is a full device")
def test_output_that_cannot_be_written_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "poise", "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == "poise: error: output: No space left on device\n"


def test_stopping_is_one_line_and_130(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(KeyboardInterrupt())
    assert main.run(["fail"]) == 130
    assert capsys.readouterr().err == "\npoise: stopped\n"


def test_a_bug_is_not_hidden(failing: list[BaseException]) -> None:
    failing.append(ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        main.run(["fail"])


def test_a_reader_that_has_seen_enough_hears_no_complaint() -> None:
    writer = subprocess.Popen(
        [sys.executable, "-m", "poise", "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    assert writer.stderr is not None
    writer.stdout.close()
    complaint = writer.stderr.read()
    writer.stderr.close()
    assert writer.wait() == 141
    assert complaint == ""


def test_the_module_is_the_command() -> None:
    assert poise_process("data", "info", "nowhere.bvh").returncode == 2
