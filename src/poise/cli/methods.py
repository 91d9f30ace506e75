"""`poise methods`: the published methods that are here."""

import json as json_format
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from poise.tables import table

if TYPE_CHECKING:
    from poise.methods import Method, Scheme

_SHORT = {"ground truth": "GT", "CPN, optimised": "UAO"}


def methods(
    name: Annotated[
        str | None, tyro.conf.Positional, tyro.conf.arg(metavar="[NAME]", help_behavior_hint="")
    ] = None,
    *,
    json: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
) -> None:
    """List the published methods that are here: size, cost, published numbers, licence.

    Weights in millions, GFLOP a window; in brackets, both as the authors have them. As they do, we
    count linear layers and convolutions, 2 for a multiplication with its addition. The millimetres
    are theirs; the licence is of their code and weights. With a name, that method's card. An
    hourglass goes around any lifter of tokens: hot+ktpformer, tpc+mhformer and so on.

    Example: poise methods videopose3d

    Args:
        name: Of one method.
        json: For programs.
    """
    from poise.methods import SCHEMES, Scheme, card, described, names

    if name and not json:
        print(card(name).rstrip())
        return
    chosen = [described(each) for each in ([name] if name else [*names(), *SCHEMES])]
    schemes = [each for each in chosen if isinstance(each, Scheme)]
    facts = [_facts(each) for each in chosen]
    if json:
        print(json_format.dumps(facts, indent=2, ensure_ascii=False))
        return
    header = ("method", "preset", "weights, M", "GFLOP", "H36M, mm", "licence")
    print(table([row for fact in facts for row in _rows(fact)], header=header))
    print("\nWays to adapt any of them to other people and cameras (poise adapt):\n")
    print(table([(each.name, each.paper, each.licence) for each in schemes]))
    print("\nH36M: published MPJPE on Human3.6M, by where the 2D comes from; GT: ground truth;")
    print("UAO: CPN's, optimised by where the root is")
    print("NC: not for commercial use; none, unknown: ask the authors; patents: see its card")
    print("more about one: poise methods NAME")


def _facts(one: "Method | Scheme") -> dict[str, Any]:
    """All there is to say; a scheme has no presets, for it is no network."""
    from poise.methods import Method

    return {
        "method": one.name,
        "title": one.title,
        "paper": one.paper,
        "licence": one.licence,
        "results": [asdict(found) for found in one.results],
        "presets": _presets(one) if isinstance(one, Method) else [],
    }


def _presets(method: "Method") -> list[dict[str, Any]]:
    """The published sizes, and what each costs."""
    from poise.bench.counting import flops_of_layers, flops_per_frame, parameters
    from poise.methods.contract import Size

    return [
        {
            "preset": preset,
            "frames": config.frames,
            "parameters": parameters(method, config),
            "flops_per_frame": flops_per_frame(method, config),
            "flops_of_layers": flops_of_layers(method, config),
            "published": asdict(method.sizes.get(preset, Size())),
            "config": asdict(config),
        }
        for preset, config in method.presets.items()
    ]


def _rows(fact: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    """A line for each preset, with the published numbers for as many frames."""
    for preset in fact["presets"]:
        published = [
            f"{_SHORT.get(result['input'], result['input'])} {result['mpjpe_mm']:.1f}"
            for result in fact["results"]
            if (result["data"], result["frames"]) == ("Human3.6M", preset["frames"])
            and result["preset"] in ("", preset["preset"])
        ]
        yield (
            fact["method"],
            preset["preset"],
            _beside(f"{preset['parameters'] / 1e6:.2f}", preset["published"]["parameters_m"]),
            _beside(f"{preset['flops_of_layers'] / 1e9:.4g}", preset["published"]["gflops"]),
            ", ".join(published if len(published) < 3 else (published[0], published[-1])) or "-",
            _licence(fact["licence"]),
        )


def _beside(ours: str, published: float | None) -> str:
    """Our number, and the authors' where they tell it."""
    return ours if published is None else f"{ours} ({published:.4g})"


def _licence(words: str) -> str:
    """Of the published code and weights, shorter."""
    for long, short in (("CC BY-NC 4.0", "NC"), ("none stated", "none"), (", around ", " + ")):
        words = words.replace(long, short)
    return words
