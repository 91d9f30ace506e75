"""The checker that tests/conftest.py puts on every function of poise."""

from beartype import BeartypeConf, beartype

# An int is a fine float, as PEP 484 and every user has it.
checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
