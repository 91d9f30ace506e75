"""`poise data info`: what a file or a folder holds."""

import json as json_format
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import tyro

from poise.tables import table

_MOST_ACTIONS = 15


def info(
    path: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="PATH")],
    *,
    json: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
) -> None:
    """Say what a file or a folder holds: frames, joints, units, and what had to be assumed.

    Motion (.bvh, .amc, .npz), 2D keypoints, a library, a folder of motion, the mocap17 pack, or
    views of the open benchmark.

    Example: poise data info walk.bvh

    Args:
        path: The file or folder.
        json: For programs.
    """
    from poise.data.describing import describe

    facts = describe(path)
    if json:
        print(json_format.dumps(facts, indent=2, ensure_ascii=False))
        return
    facts.pop("keys", None)  # of which a library has hundreds
    tables = {name: facts.pop(name) for name in ("splits", "actions") if facts.get(name)}
    print(table(_lines(facts)))
    for name, rows in tables.items():
        shown = list(rows.items())[:_MOST_ACTIONS]
        header = (name.removesuffix("s"), *shown[0][1])
        print("\n" + table(((key, *row.values()) for key, row in shown), header=header))
        if len(rows) > len(shown):
            print(f"and {len(rows) - len(shown)} more: --json lists them all")


def _lines(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, value); sentences have a line each."""
    for name, value in facts.items():
        sentences = isinstance(value, list) and all(isinstance(item, str) for item in value)
        for place, item in enumerate(value if sentences and value else [value]):
            yield ("" if place else _label(name), _words(item))


def _label(name: str) -> str:
    words, _, unit = name.rpartition("_")
    shown = {"m": "m", "percent": "%"}.get(unit)
    return f"{words.replace('_', ' ')} ({shown})" if shown else name.replace("_", " ")


def _words(value: Any) -> str:
    match value:
        case [] | dict() if not value:
            return "none"
        case list():
            return ", ".join(map(_words, value))
        case dict():
            return ", ".join(f"{name}: {_words(item)}" for name, item in value.items())
        case float():
            return f"{value:g}" if value < 1e6 else f"{value:.0f}"
        case _:
            return str(value)
