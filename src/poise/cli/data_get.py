"""`poise data get`: public data from its publisher."""

from pathlib import Path
from typing import Annotated

import tyro

from poise.cli.progress import progress


def get(
    name: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="NAME")],
    *,
    out: Annotated[Path | None, tyro.conf.arg(metavar="FOLDER", help_behavior_hint="")] = None,
    source: Annotated[
        str | None, tyro.conf.arg(name="from", metavar="ADDRESS", help_behavior_hint="")
    ] = None,
) -> None:
    """Download a public data set, or verify the one that is there; stopped work can be resumed.

    Known is cmu, the CMU Graphics Lab Motion Capture Database (about 1 GB unpacked).

    Example: poise data get cmu --out data

    Args:
        name: Which data set.
        out: The folder to put it in; without it, poise's own data folder.
        source: Another address of the same zip, or of the folder it is in, or a zip on this disk.
    """
    from poise.data import download
    from poise.data.places import data_folder

    about = download.dataset(name)
    print(f"{about.title}, {about.home}\nlicence: {about.licence}\ncredit: {about.credit}")
    with progress() as show:

        def tell(what: str, done: int, total: int | None) -> None:
            size = f"{done / 1e6:,.1f} MB" + (f" of {total / 1e6:,.1f} MB" if total else "")
            show(what, done / total if total else 0.0, size)

        place = download.get(name, out or data_folder(), source=source, progress=tell)
    print(f"verified: {place}")
