"""The `poise` command: finds what was asked for, imports only that, and says errors in one line."""

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

import poise
from poise.errors import PoiseError, did_you_mean

COMMANDS: dict[str, tuple[str, str]] = {
    # words: (where the function is, what it does)
    "data make": ("poise.cli.data_make:make", "make motion of any length, without recordings"),
    "data get": ("poise.cli.data_get:get", "download a public data set"),
    "data prepare": ("poise.cli.data_prepare:prepare", "film the open benchmark ahead of time"),
    "data info": ("poise.cli.data_info:info", "say what a file or a folder holds"),
    "data show": ("poise.cli.data_show:show", "draw a file's motion as a picture or an animation"),
    "doctor": ("poise.cli.doctor:doctor", "check what is installed here, and what works"),
}

_USAGE, _STOPPED, _PIPE_CLOSED = 2, 130, 141  # as shells know them


def main() -> None:
    """Run the command of this process."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and answer its exit status."""
    try:
        status = _dispatch(list(arguments))
        sys.stdout.flush()  # here, where a closed pipe is still caught
        return status
    except PoiseError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        print("\npoise: stopped", file=sys.stderr)
        return _STOPPED
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough. Python would complain when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED


def _dispatch(words: list[str]) -> int:
    if words[:1] == ["--version"]:
        print(f"poise {poise.__version__}")
        return 0
    for count in (2, 1):
        name = " ".join(words[:count])
        if name in COMMANDS:
            return _call(name, words[count:])
    group = next((f"{word} " for word in words[:1] if f"{word} " in " ".join(COMMANDS)), "")
    asked = words[1:] if group else words
    if not asked or asked[0] in ("-h", "--help"):
        print(_overview([name for name in COMMANDS if name.startswith(group)]))
        return 0
    return _fail(_unknown(group + asked[0]))


def _call(name: str, arguments: list[str]) -> int:
    from poise.cli.usage import parse

    place, _, function = COMMANDS[name][0].partition(":")
    command: Callable[..., int | None] = getattr(import_module(place), function)
    return parse(command, f"poise {name}", arguments)() or 0


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

    groups = dict.fromkeys(name.split()[0] for name in COMMANDS)
    hint = did_you_mean(asked, [*COMMANDS, *groups])
    return f"there is no command 'poise {asked}'{hint}; `poise --help` lists all"


def _fail(message: str) -> int:
    print(f"poise: error: {' '.join(message.split())}", file=sys.stderr)
    return _USAGE
