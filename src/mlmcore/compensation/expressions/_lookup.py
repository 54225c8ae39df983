"""Find rows of a plan's tables for whole columns of keys."""

from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column, scaled_integer
from mlmcore.compensation.expressions import _wide
from mlmcore.compensation.expressions._problems import Named, problem
from mlmcore.compensation.plan import KeyTable, ThresholdTable
from mlmcore.compensation.rounding import INT64_MAX, divide
from mlmcore.domain.decimals import places_of
from mlmcore.domain.exact import RoundingMode


def integers(values: list[Decimal], places: int) -> list[int]:
    """Scale decimals to whole numbers, exactly."""
    return [scaled_integer(value, places) for value in values]


def threshold_row(table: ThresholdTable, top: _wide.Wide, bottom: _wide.Wide, frame: Named) -> NDArray[np.intp]:
    """Return the row that each fraction reaches; -1 below the first.

    A fraction reaches a threshold of p places exactly when its floor at p places does.
    """
    places = max((places_of(threshold) for threshold, _ in table.rows), default=0)
    thresholds = np.array(integers([threshold for threshold, _ in table.rows], places), dtype=np.int64)
    scaled = _wide.scale(top, 10**places)
    if scaled.dtype == object:
        floors = np.clip(scaled // bottom, -INT64_MAX, INT64_MAX).astype(np.int64)
    else:
        floors = divide(scaled, bottom, RoundingMode.FLOOR)
    found = np.searchsorted(thresholds, floors, side="right") - 1
    if table.below is None and (found < 0).any():
        row = int(np.argmax(found < 0))
        raise problem(
            f"a value is below the first threshold of table {table.name!r}",
            frame,
            row,
            "give the table `below`",
        )
    rows: NDArray[np.intp] = found
    return rows


def row_values(table: ThresholdTable, found: NDArray[np.intp], places: int) -> NDArray[np.int64]:
    """Return each row's value at so many places."""
    below = table.below if table.below is not None else Decimal(0)
    values = np.array(integers([*(value for _, value in table.rows), below], places), dtype=np.int64)
    return values[found]


def marginal(table: ThresholdTable, values: NDArray[np.int64], places: int, frame: Named) -> tuple[_wide.Wide, int]:
    """Return the amounts over the brackets and their decimal places.

    What lies between two thresholds is taken at the lower one's rate, what lies below the first at `below`.
    """
    threshold_row(table, values, np.full(values.shape, 10**places, dtype=np.int64), frame)
    rates = [value for _, value in table.rows] + ([table.below] if table.below is not None else [])
    rate_places = max(map(places_of, rates), default=0)
    floor_places = max(places, *(places_of(threshold) for threshold, _ in table.rows))
    wide = _wide.scale(values, 10 ** (floor_places - places))
    floors = integers([threshold for threshold, _ in table.rows], floor_places)
    total = _wide.multiply(_least(wide, floors[0]), _all(wide, integers([table.below or Decimal(0)], rate_places)[0]))
    for row, (_, rate) in enumerate(table.rows):
        part = _wide.subtract(wide, _all(wide, floors[row]))
        part = _wide.where(_wide.truth(part < 0), np.zeros(part.shape, dtype=np.int64), part)
        if row + 1 < len(floors):
            part = _least(part, floors[row + 1] - floors[row])
        total = _wide.add(total, _wide.multiply(part, _all(part, integers([rate], rate_places)[0])))
    return total, floor_places + rate_places


def _all(like: _wide.Wide, value: int) -> _wide.Wide:
    return np.broadcast_to(np.array(value, dtype=np.int64), like.shape)


def _least(values: _wide.Wide, most: int) -> _wide.Wide:
    return _wide.where(_wide.truth(values > most), _all(values, most), values)


def keyed(
    table: KeyTable, keys: list[Column], rank_ids: tuple[str, ...], places: int, frame: Named
) -> NDArray[np.int64]:
    """Return the values that one or two keys find, at so many places."""
    labels = [sorted({key[index] for key in table.rows}) for index in range(len(table.by))]
    values = np.zeros([len(names) + 1 for names in labels], dtype=np.int64)
    present = np.zeros(values.shape, dtype=np.bool_)
    for key, value in table.rows.items():
        cell = tuple(names.index(part) for names, part in zip(labels, key, strict=True))
        values[cell], present[cell] = scaled_integer(value, places), True
    if isinstance(table.missing, Decimal):
        values[~present] = scaled_integer(table.missing, places)
        present[:] = True
    codes = [_codes(key, names, rank_ids) for key, names in zip(keys, labels, strict=True)]
    if len(codes) == 1:  # looked up once for each of what a key may be, not for each row
        [(rows, code)] = codes
        values, present = values[code], present[code]
        at: tuple[NDArray[Any], ...] = (rows,)
    else:
        at = tuple(code[rows] for rows, code in codes)
    if not present.all() and not present[at].all():
        row = int(np.argmin(present[at]))
        words = ", ".join(key.text(row) for key in keys)
        raise problem(f"table {table.name!r} has no row for {words}", frame, row, "add the row, or set `missing`")
    result: NDArray[np.int64] = values[at]
    return result


def _codes(key: Column, labels: list[str], rank_ids: tuple[str, ...]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """What a key is in each row, as a number, and for each such number its place among the labels.

    The last place, which holds nothing, is that of all that no label names.
    """
    nothing = len(labels)
    if key.kind == "number":
        return _level_codes(key.values, labels, nothing), np.arange(nothing + 1)
    names = rank_ids if key.kind == "rank" else key.categories
    place = {label: index for index, label in enumerate(labels)}
    return key.values, np.array([*(place.get(name, nothing) for name in names), nothing], dtype=np.intp)


def _level_codes(values: NDArray[np.int64], labels: list[str], nothing: int) -> NDArray[Any]:
    levels = np.array([int(label) for label in labels], dtype=np.int64)
    order = np.argsort(levels)
    spot = np.minimum(np.searchsorted(levels[order], values), len(levels) - 1)
    return np.where(levels[order][spot] == values, order[spot], nothing)
