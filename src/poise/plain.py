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


def is_of(value: Any, kind: Any) -> bool:
    """Whether a value is of a dataclass, or of a generic one with its parameters filled in."""
    cls = get_origin(kind) or kind
    if not isinstance(value, cls):
        return False
    hints, meant = get_type_hints(cls), _meant(kind)
    return all(
        is_of(getattr(value, name), meant[hint]) for name, hint in hints.items() if hint in meant
    )


def kind_words(kind: Any) -> str:
    """Such a type, in words."""
    words = f"{(get_origin(kind) or kind).__module__}.Config"
    return f"{words} around a {kind_words(inside[0])}" if (inside := get_args(kind)) else words


def _meant(kind: Any) -> dict[Any, Any]:
    """What the parameters of a generic dataclass are filled in with."""
    parameters = getattr(get_origin(kind) or kind, "__parameters__", ())
    return dict(zip(parameters, get_args(kind), strict=False))


def _check_names(kind: Any, value: Any, what: str) -> None:
    """msgspec passes over fields it does not know; whoever wrote them meant something."""
    cls = get_origin(kind) or kind
    if not (is_dataclass(cls) and isinstance(value, dict)):
        return
    names = [field.name for field in fields(cls)]
    for name in value:
        if name not in names:
            raise PoiseError(f"{what} has no field {name!r}{did_you_mean(name, names)}")
    meant, hints = _meant(kind), get_type_hints(cls)
    for name in value:
        _check_names(meant.get(hints[name], hints[name]), value[name], f"{what}, {name}")
