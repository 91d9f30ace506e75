"""The one error that users see: what is wrong, where, and what to do about it."""


class PoiseError(Exception):
    """Something the user can act on, said in one line; the commands print it and exit with 2."""
