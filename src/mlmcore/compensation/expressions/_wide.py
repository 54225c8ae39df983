"""Integer arrays that are never wrong: int64 while the bounds allow it, Python ints (object arrays) beyond.

Used for what no column has to hold: the two sides of a comparison, a numerator and a denominator. Bounds are
checked before numpy computes, since numpy wraps around in silence.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation.rounding import INT64_MAX, largest

Wide = NDArray[Any]
"""int64, or object holding Python ints."""


def add(left: Wide, right: Wide) -> Wide:
    """Return the sum."""
    left, right = _fitting(left, right, largest(left) + largest(right))
    return left + right


def subtract(left: Wide, right: Wide) -> Wide:
    """Return the difference."""
    left, right = _fitting(left, right, largest(left) + largest(right))
    return left - right


def multiply(left: Wide, right: Wide) -> Wide:
    """Return the product."""
    left, right = _fitting(left, right, largest(left) * largest(right))
    return left * right


def scale(values: Wide, factor: int) -> Wide:
    """Return the product with one positive factor."""
    if factor == 1:
        return values
    if values.strides == (0,) and len(values) > 1:  # one value, broadcast
        return np.broadcast_to(scale(values[:1], factor).reshape(()), values.shape)
    if factor > INT64_MAX or values.dtype == object:
        return values.astype(object) * factor
    return multiply(values, np.broadcast_to(np.int64(factor), values.shape))


def negate(values: Wide) -> Wide:
    """Return the opposite."""
    return subtract(np.zeros(values.shape, dtype=np.int64), values)


def where(condition: NDArray[np.bool_], then: Wide, other: Wide) -> Wide:
    """Choose row by row."""
    if then.dtype != other.dtype:
        then, other = then.astype(object), other.astype(object)
    return np.where(condition, then, other)


def truth(values: Any) -> NDArray[np.bool_]:
    """Return a comparison's outcome as booleans, also where object arrays were compared."""
    return np.asarray(values, dtype=np.bool_)


def first_outside(values: Wide) -> int | None:
    """Return the first row that int64 can't hold, or None."""
    if values.dtype != object:
        return None
    outside = truth((values > INT64_MAX) | (values < -INT64_MAX))
    return int(np.argmax(outside)) if outside.any() else None


def _fitting(left: Wide, right: Wide, bound: int) -> tuple[Wide, Wide]:
    if object not in {left.dtype, right.dtype} and bound <= INT64_MAX:
        return left, right
    return left.astype(object), right.astype(object)
