"""Something slow, done a few steps ahead in a thread of its own."""

import threading
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from queue import SimpleQueue
from typing import TypeVar

from poise.errors import PoiseError

T = TypeVar("T")

_PATIENCE = 3.0  # seconds: a pipe that nobody writes to cannot be interrupted, only left behind


def ahead(items: Iterator[T], count: int) -> Generator[T]:
    """The same items, up to `count` of them made before they are asked for.

    What goes wrong while making them comes out here. Closing this iterator ends and closes `items`.

    >>> for picture in ahead(video.pictures(), 8):
    ...     look_at(picture)
    """
    if count < 1:
        raise PoiseError(f"ahead: {count} items is no lead; give 1 or more")
    return _ahead(items, count)


def _ahead(items: Iterator[T], count: int) -> Generator[T]:
    made: SimpleQueue[tuple[T] | BaseException | None] = SimpleQueue()
    room = threading.Semaphore(count)
    stopped = threading.Event()

    def make() -> None:
        # A generator is closed in the thread that runs it: only there it is not in use.
        try:
            with ExitStack() as stack:
                if isinstance(items, Generator):
                    stack.enter_context(closing(items))
                while room.acquire() and not stopped.is_set():
                    made.put((next(items),))
        except StopIteration:
            made.put(None)
        except BaseException as error:  # anything: the consumer is who must know
            made.put(error)

    thread = threading.Thread(target=make, name="ahead", daemon=True)
    thread.start()
    try:
        while (item := made.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            room.release()
            yield item[0]
    finally:
        stopped.set()
        room.release()
        thread.join(_PATIENCE)
