"""Frozen dataclasses to plain values for files, and back; a misspelt field is answered in words.

>>> to_plain(config)
{'joints': 17, 'widths': [3, 3, 3]}
>>> from_plain(Config, {"joints": 17, "widths": [3, 3, 3]}, "the recipe")
Config(joints=17, widths=(3, 3, 3))
"""

from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

from poise.errors import PoiseError, did_you_mean


def to_plain(value: Any) -> Any:
    """Dicts, lists, strings and numbers."""
    import msgspec

    return msgspec.to_builtins(value)


def from_plain(kind: Any, value: Any, what: str) -> Any:
    """A dataclass from plain values, checked against its fields and their types."""
    import msgspec

    _check_names(kind, value, what)
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise PoiseError(f"{what}: {str(error).replace('`$.', '`')}") from None


def _check_names(kind: Any, value: Any, what: str) -> None:
    """msgspec passes over fields it does not know; whoever wrote them meant something."""
    cls = get_origin(kind) or kind
    if not (is_dataclass(cls) and isinstance(value, dict)):
        return
    names = [field.name for field in fields(cls)]
    for name in value:
        if name not in names:
            raise PoiseError(f"{what} has no field {name!r}{did_you_mean(name, names)}")
    parameters = getattr(cls, "__parameters__", ())
    meant = dict(zip(parameters, get_args(kind), strict=False))
    hints = get_type_hints(cls)
    for name in value:
        _check_names(meant.get(hints[name], hints[name]), value[name], f"{what}, {name}")
