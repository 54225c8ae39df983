"""What every store does alike with columns: which periods are asked for, and into which repositories entities go."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from mlmcore.domain.errors import RefusedError
from mlmcore.genealogy.arrow_streams import ArrowStream
from mlmcore.repositories.columnar.reading import read_entities
from mlmcore.repositories.columnar.shapes import BY_PERIOD, Shape, shape_of

__all__ = ["TakesMany", "add_columns", "add_entities", "checked_shape"]


class TakesMany(Protocol):
    """A repository that stores many entities at once."""

    def add_many(self, entities: Any, /) -> None:
        """Store many entities."""
        ...


def checked_shape(table: str, period_id: str | None) -> Shape:
    """The shape of a table that is to be read.

    Raises:
        RefusedError: There is no such table, or it is read by period and none is named, or the other way round.
    """
    shape = shape_of(table)
    if table in BY_PERIOD and period_id is None:
        raise RefusedError(f"{table} is read period by period; name one: read({table!r}, period_id='2026-03')")
    if table not in BY_PERIOD and period_id is not None:
        raise RefusedError(f"{table} knows no periods; leave period_id={period_id!r} out")
    return shape


def add_columns(tables: Mapping[str, ArrowStream], repositories: Mapping[str, TakesMany]) -> dict[str, int]:
    """Store the rows of some tables, each table's in the repository of that name.

    Returns:
        How many entities of each table were stored; items count with their orders.
    """
    return add_entities(read_entities(tables), repositories)


def add_entities(entities: Mapping[str, Sequence[Any]], repositories: Mapping[str, TakesMany]) -> dict[str, int]:
    """Store the entities of some tables, each table's in the repository of that name, and return how many of each."""
    for table, of_table in entities.items():
        repositories[table].add_many(of_table)
    return {table: len(of_table) for table, of_table in entities.items()}
