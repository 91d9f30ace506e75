"""From typed words to a call of a command; a wrong use becomes one line, as every other error."""

import io
import re
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from functools import partial, wraps

from poise.errors import PoiseError

Command = Callable[..., int | None]


@dataclass(frozen=True)
class OneOf:
    """A command for each of several names, which are its first word."""

    what: str  # that the names are of
    names: Callable[[], Sequence[str]]
    command: Callable[[str], Command]

    def choose(self, prog: str, words: Sequence[str]) -> tuple[Command, str, Sequence[str]]:
        """The command that is meant, what it is called, and the rest of the words."""
        names = self.names()
        if words[:1] in (["-h"], ["--help"]):
            print(f"{prog} {self.what.upper()} [OPTIONS]\n\nEach {self.what} explains itself:\n")
            print("\n".join(f"  {prog} {name} --help" for name in names))
            print(f"\nExample: {prog} {names[0]}")
            raise SystemExit(0)
        if not words or words[0].startswith("-"):
            raise PoiseError(f"{prog}: name a {self.what} first, one of {', '.join(names)}")
        return self.command(words[0]), f"{prog} {words[0]}", words[1:]


_COLOR = r"\x1b\[[\d;]*m"
_RULE = set("─│╭╮╰╯- ")
_HELP_INDENT = 8  # where tyro puts the help text of what it names


def parse(command: Command, prog: str, words: Sequence[str]) -> Callable[[], int | None]:
    """The command with its arguments, ready to be called; help is printed and ends the process."""
    import tyro

    @wraps(command)
    def bound(*arguments: object, **options: object) -> Callable[[], int | None]:
        return partial(command, *arguments, **options)

    # tyro draws a box around what is wrong and exits; it offers the words in no other way. Only
    # the parsing is listened to: what the command itself says goes where it belongs.
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            return tyro.cli(bound, prog=prog, args=words)
    except SystemExit as stop:
        if not stop.code:
            raise
        raise PoiseError(f"{_in_one_line(said.getvalue())}; see {prog} --help") from None


def _in_one_line(box: str) -> str:
    """What a box of tyro's says, without its title, its frame and the help text in it."""
    sections: list[list[str]] = [[]]
    for line in re.sub(_COLOR, "", box).splitlines()[1:]:
        if set(line) <= _RULE:
            sections.append([])
        else:
            sections[-1].append(line.strip("│").rstrip())
    told = []
    for lines in filter(None, sections):
        start = _indent(lines[0])
        words = [line.strip() for line in lines if _indent(line) - start < _HELP_INDENT]
        text = " ".join(words).rstrip(".")
        if not text.startswith(("For full helptext", "Argument helptext")):
            told.append(text[:1].lower() + text[1:])
    return "; ".join(told)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
