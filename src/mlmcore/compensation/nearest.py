"""The second half of a message about an unknown name, also where nothing is known."""

from collections.abc import Collection

from mlmcore.domain import errors


def nearest(name: str, known: Collection[str]) -> str:
    """Return the name that was probably meant, or what there is.

    >>> nearest("persnal", ["personal", "group_volume"])
    "did you mean 'personal'?"
    >>> nearest("bonus_table", [])
    'there is none'
    """
    return errors.nearest(name, set(known)) if known else "there is none"
