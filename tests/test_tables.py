"""Plain tables."""

from poise.tables import table


def test_a_table_aligns_its_columns() -> None:
    assert table([("walk", 12), ("run", 3)], header=("action", "clips")).splitlines() == [
        "action  clips",
        "walk       12",
        "run         3",
    ]
    assert table([]) == ""
