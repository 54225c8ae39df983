"""Columns in memory: from entities and into entities."""

from collections.abc import Iterable, Mapping
from typing import Any

from mlmcore.genealogy.arrow_streams import ArrowStream
from mlmcore.repositories.columnar.shapes import Shape
from mlmcore.repositories.columnar.store import TakesMany, add_columns, checked_shape
from mlmcore.repositories.columnar.writing import entities_to_arrow
from mlmcore.repositories.memory._context import Context
from mlmcore.repositories.memory.ledger import MemoryLedger
from mlmcore.repositories.memory.people import MemoryCustomers, MemoryDistributors, MemoryUsers
from mlmcore.repositories.memory.sales import MemoryOrders, MemoryProducts

__all__ = ["MemoryColumns"]


class MemoryColumns:
    """Columns; see `protocols.Columns`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._ledger = MemoryLedger(context)
        self._repositories: dict[str, TakesMany] = {
            "users": MemoryUsers(context),
            "distributors": MemoryDistributors(context),
            "customers": MemoryCustomers(context),
            "products": MemoryProducts(context),
            "orders": MemoryOrders(context),
        }

    def read(self, table: str, /, *, period_id: str | None = None) -> ArrowStream:
        """Return a table as columns."""
        shape = checked_shape(table, period_id)
        rows = sorted(self._rows(shape, period_id), key=lambda row: getattr(row, shape.key))
        return entities_to_arrow(shape, rows)

    def add(self, tables: Mapping[str, ArrowStream], /) -> dict[str, int]:
        """Store the rows of some tables."""
        with self._context.state.savepoint():
            return add_columns(tables, self._repositories)

    def _rows(self, shape: Shape, period_id: str | None) -> Iterable[Any]:
        if period_id is None:
            # As they lie there, secrets blanked: no column is one, and no cipher is asked.
            return self._context.state.read(shape.table).values()
        if shape.table == "commission_ledger":
            return self._ledger.list_by_period(period_id)
        return self._ledger.list_unpaid(period_id)
