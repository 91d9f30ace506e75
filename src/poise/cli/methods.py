"""`poise methods`: the published methods that are here."""

import json as json_format
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from poise.tables import table

if TYPE_CHECKING:
    from poise.methods import Method

_SHORT = {"ground truth": "GT"}


def methods(
    name: Annotated[
        str | None, tyro.conf.Positional, tyro.conf.arg(metavar="[NAME]", help_behavior_hint="")
    ] = None,
    *,
    json: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
) -> None:
    """List the published methods that are here: size, cost, published numbers, licence.

    MFLOP are per answered frame, 2 for a multiplication with its addition. The numbers are their
    authors', not ours; the licence is of their code and weights. With a name, that method's card.

    Example: poise methods videopose3d

    Args:
        name: Of one method.
        json: For programs.
    """
    from poise.methods import METHODS, card, method

    if name and not json:
        print(card(name).rstrip())
        return
    facts = [fact for each in ([name] if name else METHODS) for fact in _facts(method(each))]
    if json:
        print(json_format.dumps(facts, indent=2, ensure_ascii=False))
        return
    header = ("method", "preset", "frames", "parameters", "MFLOP/frame", "H36M, mm", "licence")
    print(table(map(_row, facts), header=header))
    print("\nH36M: published MPJPE on Human3.6M, by where the 2D comes from; GT: ground truth")
    print("more about one: poise methods NAME")


def _facts(method: "Method") -> Iterator[dict[str, Any]]:
    """All there is to say of each preset."""
    from poise.bench.counting import flops_per_frame, parameters

    for preset, config in method.presets.items():
        yield {
            "method": method.name,
            "title": method.title,
            "paper": method.paper,
            "preset": preset,
            "frames": config.frames,
            "parameters": parameters(method, config),
            "flops_per_frame": flops_per_frame(method, config),
            "config": asdict(config),
            "results": [asdict(found) for found in method.results if found.frames == config.frames],
            "licence": method.licence,
        }


def _row(fact: dict[str, Any]) -> tuple[object, ...]:
    published = (
        f"{_SHORT.get(result['input'], result['input'])} {result['mpjpe_mm']:.1f}"
        for result in fact["results"]
        if result["data"] == "Human3.6M" and result["mpjpe_mm"]
    )
    return (
        fact["method"],
        fact["preset"],
        fact["frames"],
        f"{fact['parameters'] / 1e6:.2f} M",
        fact["flops_per_frame"] / 1e6,
        ", ".join(published) or "-",
        fact["licence"],
    )
