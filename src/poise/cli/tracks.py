"""Which tracks of the open benchmark a command is to use."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from poise.errors import PoiseError

if TYPE_CHECKING:
    from poise.data.open_benchmark import Track


def chosen_tracks(names: Iterable[str], split: str | None) -> "dict[str, Track]":
    """Tracks by their names, of this split in place of their own if one is asked for."""
    from poise.data import open_benchmark

    chosen = {name: open_benchmark.track(name) for name in names}
    if not chosen:
        raise PoiseError(f"--tracks: name at least one of {', '.join(open_benchmark.TRACKS)}")
    if split is None:
        return chosen
    return {name: replace(track, split=split) for name, track in chosen.items()}
