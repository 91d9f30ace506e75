"""One line that says how far long work is, where somebody watches."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_EVERY = 0.1  # seconds between two updates


@contextmanager
def progress() -> Iterator[Callable[[str, float, str], None]]:
    """Yields a function to call with what is being done, the share that is done, and how much.

    The line goes to stderr, and only if that is a terminal; it is wiped out in the end.
    """
    watched, last, longest = sys.stderr.isatty(), 0.0, 0

    def show(what: str, share: float, amount: str) -> None:
        nonlocal last, longest
        now = time.monotonic()
        if not watched or now - last < _EVERY:
            return
        line = f"{what} {100 * share:3.0f} %  {amount}".rstrip()
        longest, last = max(longest, len(line)), now
        print(f"\r{line:<{longest}}", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:
        if longest:
            print(f"\r{'':<{longest}}\r", end="", file=sys.stderr, flush=True)
