"""Packages that only rendering needs, and what to do where they are missing."""

from importlib import import_module
from typing import Any

from poise.errors import PoiseError


def needed(package: str) -> Any:
    """A package of the extra `synthetic`."""
    try:
        return import_module(package)
    except ImportError as error:
        raise PoiseError(
            f"rendered film needs {package}, which is not installed; pip install 'poise[synthetic]'"
        ) from error
