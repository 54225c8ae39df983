"""Columns that are being filled: everybody's, of which a recursion writes one layer after the other."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column, no_values
from mlmcore.compensation.expressions.tree import Constant, Name, Node, walk
from mlmcore.compensation.expressions.types import Type
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.inputs import Given

__all__ = ["Live", "texts_in"]


class Live:
    """A column of everybody, being filled."""

    def __init__(self, found: Type, size: int, categories: tuple[str, ...] = ()) -> None:
        self._type = found
        self._values = no_values(found.kind, size)
        self._absent = np.ones(size, dtype=np.bool_) if found.kind == "number" and found.optional else None
        self._categories = categories
        self._codes = {text: code for code, text in enumerate(categories)}

    def put(self, rows: NDArray[Any], column: Column) -> None:
        """Write some people's values."""
        if column.kind == "number":
            column = column.at_places(self._type.places)
        self._values[rows] = self._coded(column)
        if self._absent is not None:
            self._absent[rows] = column.is_absent

    def put_one(self, person: int, value: Any) -> None:
        """Write one person's value, a number at the column's places; None for none, of a number that may be none."""
        if self._absent is not None:
            self._absent[person] = value is None
        self._values[person] = 0 if value is None else value

    def read(self) -> Column:
        """The column, in which later writing is seen; ask again once all is written, since a column remembers sums."""
        return Column(
            kind=self._type.kind,
            values=self._values,
            unit=self._type.unit,
            places=self._type.places,
            categories=self._categories,
            absent=self._absent,
        )

    def _coded(self, column: Column) -> NDArray[Any]:
        if column.kind != "text" or column.categories == self._categories:
            return column.values
        codes = np.array([*(self._codes[text] for text in column.categories), -1], dtype=np.int32)
        found: NDArray[Any] = codes[column.values]
        return found


def texts_in(sheet: Sheet, nodes: Iterable[Node], given: Iterable[Given]) -> tuple[str, ...]:
    """Return every text that formulas could come to, as far as they read columns that are known, in order.

    Args:
        sheet: What is known.
        nodes: The formulas.
        given: What is given instead of their values.
    """
    found = {text for one in given for text in one.values.categories}
    for part in (part for node in nodes for part in walk(node)):
        if isinstance(part, Constant) and isinstance(part.value, str):
            found.add(part.value)
        elif isinstance(part, Name) and part.type.kind == "text":
            known = sheet.order if part.subject == "order" else sheet.person
            found.update(known[part.name].categories if part.name in known else ())
    return tuple(sorted(found))
