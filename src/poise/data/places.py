"""Where data is kept on this machine."""

import os
import sys
from pathlib import Path

from poise.errors import PoiseError


def data_folder() -> Path:
    """The folder for data: `POISE_DATA`, or poise's own in the platform's cache folder."""
    named = os.environ.get("POISE_DATA")
    try:
        if named:
            return Path(named).expanduser()
        home = Path.home()
    except RuntimeError as error:
        raise PoiseError(
            f"where data belongs is not known ({error}); set POISE_DATA to a folder of yours"
        ) from error
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else home / "AppData" / "Local") / "poise"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "poise"
    cache = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG rules: a path that is not absolute is to be ignored.
    return (Path(cache) if Path(cache).is_absolute() else home / ".cache") / "poise"
