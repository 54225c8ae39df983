"""Whole tables as columns, in and out."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # whoever enrols people needs no numpy
    from mlmcore.genealogy.arrow_streams import ArrowStream

__all__ = ["Columns"]


class Columns(Protocol):
    """Tables that pass as columns, over Arrow's C interface: people, customers, products, orders with their items.

    - **Q1** `read` returns a table as it stands in this unit: a row for each entity, in the order of its key, a column
      for each attribute under its own name. The stream may be read any number of times, and holds what it held when it
      was made.
    - **Q2** Ids are UUIDs in 16 bytes, labels and JSON are text, days `date32`, instants `timestamp[us, UTC]`, money,
      volumes and rates `decimal128` with the digits of their column. No value is a float.
    - **Q3** Secrets and password hashes are no columns: they are neither read nor taken (`InputError`).
    - **Q4** The ledger and what was unpaid are read by period (`RefusedError` without one), and are not added.
    - **Q5** `add` stores the rows of several tables, together or not at all, and keeps the promises that `add_many` of
      their repositories keeps: what it has stored is what the same entities would be. A column that is left out, and a
      null, are what the entity has without it.
    - **Q6** Orders come with the items that are given beside them under `order_items`; an item that names none of those
      orders is an `InputError`.
    - **Q7** Types that leave something open are refused (`InputError`): for money a float or a whole number, for an
      instant a timestamp without a zone.
    - **Q8** What is wrong with the columns or their values is told together, up to 100 findings, each with table,
      row (counted from 0) and column or name (`InputError`); nothing is stored then.
    """

    def read(self, table: str, /, *, period_id: str | None = None) -> "ArrowStream":
        """Return a table as columns.

        Args:
            table: `users`, `distributors`, `customers`, `products`, `orders`, `order_items`, `commission_ledger` or
                `commission_unpaid`.
            period_id: Of the last two: which period's.

        Raises:
            RefusedError: The table does not pass as columns, or a period is missing or too much.
            MissingExtraError: nanoarrow is not installed (the extra `arrow`).
        """
        ...

    def add(self, tables: "Mapping[str, ArrowStream]", /) -> dict[str, int]:
        """Store the rows of some tables, and return how many entities of each; items count with their orders."""
        ...
