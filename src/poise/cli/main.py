"""The `poise` command: finds what was asked for, imports only that, and says errors in one line."""

import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

import poise
from poise.errors import PoiseError, did_you_mean

COMMANDS: dict[str, tuple[str, str]] = {
    # words: (where the function is, what it does)
    "lift": ("poise.cli.lift:lift", "turn a video into 3D motion of everybody in it"),
    "solve": ("poise.cli.solve:solve", "make bodies of motion, or again after an edit of contacts"),
    "angles": ("poise.cli.angles:angles", "measure joint angles and gait, for movement science"),
    "retarget": ("poise.cli.retarget:retarget", "carry motion over to a character of your own"),
    "export": ("poise.cli.export:export", "write motion for Blender, Unity, Unreal, OpenSim ..."),
    "data make": ("poise.cli.data_make:make", "make motion of any length, without recordings"),
    "data get": ("poise.cli.data_get:get", "download a public data set"),
    "data prepare": ("poise.cli.data_prepare:prepare", "film the open benchmark ahead of time"),
    "data info": ("poise.cli.data_info:info", "say what a file or a folder holds"),
    "data show": ("poise.cli.data_show:show", "draw a file's motion as a picture or an animation"),
    "train lift": ("poise.cli.train_lift:train_lift", "train a lifter on motion"),
    "adapt": ("poise.cli.adapt:adapt", "adapt a lifter to your own videos, without labels"),
    "methods": ("poise.cli.methods:methods", "list the published methods that are here"),
    "verify": ("poise.cli.verify:verify", "check our networks against their publishers' answers"),
    "eval": ("poise.cli.evaluate:evaluate", "score lifters on the open benchmark"),
    "calibrate": ("poise.cli.calibrate:calibrate", "find how far a lifter is off, for sigma"),
    "doctor": ("poise.cli.doctor:doctor", "check what is installed here, and what works"),
}

_GROUPS = tuple(dict.fromkeys(name.split()[0] for name in COMMANDS if " " in name))

_USAGE, _STOPPED, _PIPE_CLOSED = 2, 130, 141  # as shells know them


def main() -> None:
    """Run the command of this process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # absent where a shell has closed it
            stream.reconfigure(errors="replace")  # no terminal is too old for a file's name
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and answer its exit status."""
    try:
        status = _dispatch(list(arguments))
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where a closed pipe is still caught
        return status
    except PoiseError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        print("\npoise: stopped", file=sys.stderr)
        return _STOPPED
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough. Python would complain when it flushes.
        _drop_output()
        return _PIPE_CLOSED
    except OSError as error:  # what the system refuses: a name too long, a full disk, no permission
        _drop_output()
        place = f"{str(error.filename)[:200]}: " if error.filename else "output: "
        return _fail(f"{place}{error.strerror or error}")


def _drop_output() -> None:
    """What is not written yet goes nowhere, or Python would complain again as it ends."""
    with suppress(OSError, AttributeError):  # a stdout without a file, or none at all
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _dispatch(words: list[str]) -> int:
    if words[:1] == ["--version"]:
        print(f"poise {poise.__version__}")
        return 0
    for count in (2, 1):
        name = " ".join(words[:count])
        if name in COMMANDS:
            return _call(name, words[count:])
    group = words[0] if words and words[0] in _GROUPS else ""
    asked = words[1:] if group else words
    if not asked or asked[0] in ("-h", "--help", "help"):
        print(_overview([name for name in COMMANDS if name.startswith(group)]))
        return 0
    return _fail(_unknown(f"{group} {asked[0]}".strip()))


def _call(name: str, arguments: Sequence[str]) -> int:
    from poise.cli.usage import Command, OneOf, parse

    place, _, function = COMMANDS[name][0].partition(":")
    command: Command | OneOf = getattr(import_module(place), function)
    prog = f"poise {name}"
    if isinstance(command, OneOf):
        command, prog, arguments = command.choose(prog, arguments)
    return parse(command, prog, arguments)() or 0


def _overview(names: list[str]) -> str:
    width = max(map(len, names))
    return "\n".join(
        [
            "From video, photos or 2D keypoints to clean 3D human motion.",
            "",
            *(f"  poise {name:<{width}}   {COMMANDS[name][1]}" for name in names),
            "",
            f"Each explains itself, with an example: poise {names[0]} --help",
        ]
    )


def _unknown(asked: str) -> str:
    within = [name for name in COMMANDS if name.split()[-1] == asked]  # `poise show` for data show
    if within:
        hint = f"; did you mean 'poise {within[0]}'?"
    else:
        hint = did_you_mean(asked, [*COMMANDS, *_GROUPS], list_all=False)
    return f"there is no command 'poise {asked}'{hint}; `poise --help` lists all"


def _fail(message: str) -> int:
    print(f"poise: error: {' '.join(message.split())}", file=sys.stderr)
    return _USAGE
