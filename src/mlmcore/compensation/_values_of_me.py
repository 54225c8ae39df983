"""Rows by the values of few-valued columns of the person who asks: `me.rank`, `me.active`."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation.expressions.tree import Constant, Name

if TYPE_CHECKING:
    from mlmcore.compensation.frames import Sheet

__all__ = ["parts_by_value"]

Ints = NDArray[np.int32]


def parts_by_value(
    sheet: "Sheet", columns: Sequence[Name], me: Ints
) -> Iterator[tuple[NDArray[np.intp], dict[Name, Constant]]]:
    """Rows that agree in some columns of the person who asks, and those columns as constants.

    Args:
        sheet: What the run knows.
        columns: Ranks and conditions, none or some.
        me: int32[m]: who asks in each row.
    """
    values = [sheet.person[name.name].values[me].astype(np.int64) for name in columns]
    if not values:
        yield np.arange(len(me)), {}
        return
    different, part = np.unique(np.stack(values, axis=1), axis=0, return_inverse=True)
    for number, combination in enumerate(different.tolist()):
        constants = {name: _constant(name, value) for name, value in zip(columns, combination, strict=True)}
        yield np.flatnonzero(part.reshape(-1) == number), constants


def _constant(name: Name, value: int) -> Constant:
    if name.type.kind == "boolean":
        return Constant(type=name.type, value=bool(value), at=name.at)
    return Constant(type=name.type, value=None if value < 0 else value, at=name.at)
