"""What the commands that lift offer of refining."""

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from poise.lifting import Refinement

Refine = Literal["none", "uao"]


def chosen_refinement(
    refine: Refine, iterations: int | None, milliseconds: float | None
) -> "Refinement | None":
    """None: answers stay as the lifter has them."""
    from poise.errors import PoiseError
    from poise.lifting import Refinement

    if refine == "none":
        if iterations is not None or milliseconds is not None:
            raise PoiseError("a budget for refining goes with --refine uao")
        return None
    usual = Refinement()
    return Refinement(
        iterations=usual.iterations if iterations is None else iterations,
        milliseconds=milliseconds,
    )
