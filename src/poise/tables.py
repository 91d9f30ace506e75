"""Plain tables for the terminal and for reports."""

from collections.abc import Iterable, Sequence


def table(rows: Iterable[Sequence[object]], header: Sequence[str] = ()) -> str:
    """Aligned columns, numbers to the right; lines do not end in blanks.

    >>> print(table([("walk", 12), ("run", 3)], header=("action", "clips")))
    action  clips
    walk       12
    run         3
    """
    values = [list(row) for row in rows]
    words = [[_word(value) for value in row] for row in values]
    lines = ([list(header)] if header else []) + words
    if not lines:
        return ""
    columns = range(len(lines[0]))
    widths = [max(len(line[column]) for line in lines) for column in columns]
    right = [
        bool(values) and all(isinstance(row[column], int | float) for row in values)
        for column in columns
    ]
    return "\n".join(
        "  ".join(
            word.rjust(width) if to_the_right else word.ljust(width)
            for word, width, to_the_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def _word(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)
