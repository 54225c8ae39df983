"""A command that is repeated: it finds what it made, or it is refused because it would have made something else."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, TypeVar

from mlmcore.domain.errors import ConflictError

__all__ = ["same_or_refused"]

E = TypeVar("E")

_NOTHING: Final[Mapping[str, bool]] = MappingProxyType({})


def same_or_refused(
    stored: E, asked: object, names: Iterable[str], *, there: str, todo: str, also: Mapping[str, bool] = _NOTHING
) -> E:
    """Return what is stored, if it is what is asked for.

    Args:
        stored: What the command made the first time, with all that has happened to it since.
        asked: What it would make now.
        names: The attributes by which the two are the same.
        there: What is there already, for the message: `task 0199... is stored already`.
        todo: What to do instead.
        also: What has no attribute of one name in both, and whether it differs.

    Raises:
        ConflictError: Something differs; it is named.
    """
    differing = [name for name in names if getattr(stored, name) != getattr(asked, name)]
    differing += [name for name, differs in also.items() if differs]
    if differing:
        raise ConflictError(f"{there}, with another {', '.join(differing)}; {todo}")
    return stored
