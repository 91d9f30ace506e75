"""How many CPU threads a command uses."""

from poise.errors import PoiseError


def use_threads(count: int | None) -> None:
    """So many; None: as many as torch takes by itself."""
    import torch

    if count is None:
        return
    if count < 1:
        raise PoiseError(f"--threads {count}: at least one thread computes")
    torch.set_num_threads(count)
