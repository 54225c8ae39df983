"""Small helpers about arrays: making them read-only, and refusing those of a wrong shape or type.

Nothing here knows what a genealogy is.
"""

from typing import Any, Final, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from mlmcore.domain.errors import Finding, InputError

__all__ = [
    "INT32_MAX",
    "Bools",
    "Ints32",
    "Ints64",
    "Keys",
    "as_int32",
    "frozen_array",
    "frozen_int32",
    "input_error",
    "inverse_of",
    "largest_absolute",
    "readonly",
    "sealed",
    "sum_of_absolutes",
]

Ints32 = NDArray[np.int32]
Ints64 = NDArray[np.int64]
Bools = NDArray[np.bool_]
Keys = NDArray[np.uint64]

_INT64_MAX: Final = int(np.iinfo(np.int64).max)

T = TypeVar("T", bound=np.generic)  # Python 3.11 has no syntax for it

INT32_MAX: Final = int(np.iinfo(np.int32).max)


def input_error(code: str, what: str, todo: str = "") -> InputError:
    """One finding about an argument, as an error."""
    return InputError([Finding(code=code, what=what, todo=todo)])


def sealed(array: NDArray[T]) -> NDArray[T]:
    """Make an array of ours read-only, in place."""
    array.setflags(write=False)
    return array


def inverse_of(permutation: NDArray[Any]) -> Ints32:
    """int32[n], read-only: where each of 0..n-1 stands in a permutation of them."""
    inverse = np.empty(len(permutation), dtype=np.int32)
    inverse[permutation] = np.arange(len(permutation), dtype=np.int32)
    return sealed(inverse)


def readonly(array: NDArray[T]) -> NDArray[T]:
    """A read-only view of somebody else's array; kernels compile once for it, whoever brings it."""
    view = array.view()
    return sealed(view)


def frozen_int32(array: Ints32) -> Ints32:
    """`frozen_array` for one type, as a converter that a type checker can follow."""
    return frozen_array(array)


def frozen_array(array: NDArray[T]) -> NDArray[T]:
    """The array itself if nobody can write to it, otherwise a read-only copy; contiguous."""
    if not array.flags.writeable and array.flags.c_contiguous:
        return array
    return sealed(array.copy(order="C"))


def as_int32(values: object, name: str, length: int) -> Ints32:
    """Whole numbers as int32, in one dimension.

    Args:
        values: An integer array, or a sequence of integers.
        name: What the array is called in an error.
        length: How many there must be.

    Raises:
        InputError: They are no whole numbers, do not fit int32, or are too few or too many.
    """
    array = np.asarray(values)
    if array.size == 0 and not isinstance(values, np.ndarray):
        array = array.astype(np.int32)
    if array.ndim != 1 or len(array) != length:
        raise input_error(
            "genealogy.length",
            f"{name} has the shape {array.shape}, but there are {length} ids",
            "give one number for each id, in the same order",
        )
    if array.dtype.kind not in "iu":
        raise input_error("genealogy.dtype", f"{name} holds {array.dtype}", "give whole numbers (int32)")
    if array.dtype != np.int32 and array.size:
        _refuse_beyond_int32(array, name)
    return cast("Ints32", array.astype(np.int32, copy=False))


def _refuse_beyond_int32(array: NDArray[Any], name: str) -> None:
    for number in (int(array.min()), int(array.max())):
        if not -INT32_MAX - 1 <= number <= INT32_MAX:
            raise input_error("genealogy.int32", f"{name} holds {number}, which does not fit int32")


def largest_absolute(values: Ints64) -> int:
    """How far the furthest value is from 0; 0 of nothing."""
    return max(int(values.max()), -int(values.min())) if len(values) else 0


def sum_of_absolutes(values: Ints64) -> int:
    """The sum of the absolute values, exact: where it may leave int64, the upper and lower halves are added apart."""
    if largest_absolute(values) * len(values) <= _INT64_MAX:
        return int(np.abs(values).sum(dtype=np.int64))
    negative = values < 0
    high = np.where(negative, -(values >> 32), values >> 32)
    low = np.where(negative, -(values & 0xFFFFFFFF), values & 0xFFFFFFFF)
    return (int(high.sum()) << 32) + int(low.sum())
