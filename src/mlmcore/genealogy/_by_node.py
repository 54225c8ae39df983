"""Arrays by node as callers hand them in: of the right type and length, or refused.

A wrong length would read out of range in a kernel, and a float or a 0 for a no would pass unnoticed; so nothing is
converted but narrower whole numbers.
"""

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from mlmcore.genealogy._arrays import Bools, Ints64, input_error, readonly
from mlmcore.genealogy.genealogy import Genealogy

__all__ = ["checked_mask", "checked_values"]


def checked_values(tree: Genealogy, values: object) -> Ints64:
    """Whole numbers as int64[n], contiguous and read-only; a copy only where they are not so already.

    Raises:
        InputError: They are no array of signed whole numbers, or not one for each node.
    """
    if not isinstance(values, np.ndarray) or values.dtype.kind != "i":
        todo = "give int64: whole numbers of the smallest unit"
        raise input_error("genealogy.dtype", f"the values are {_kind(values)}", todo)
    _check_length(tree, values, "the values")
    return readonly(np.ascontiguousarray(values, dtype=np.int64))


def checked_mask(tree: Genealogy, mask: object, name: str) -> Bools:
    """bool[n], contiguous and read-only.

    Args:
        tree: The genealogy.
        mask: What the caller gave.
        name: What the mask is called in an error.

    Raises:
        InputError: It is no array of bool, or not one for each node.
    """
    if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
        raise input_error("genealogy.dtype", f"{name} is {_kind(mask)}", "give bool, one for each node")
    _check_length(tree, mask, name)
    return readonly(np.ascontiguousarray(cast("Bools", mask)))


def _kind(given: object) -> str:
    return str(given.dtype) if isinstance(given, np.ndarray) else type(given).__name__


def _check_length(tree: Genealogy, array: NDArray[Any], name: str) -> None:
    if array.shape != (len(tree),):
        raise input_error(
            "genealogy.length",
            f"{name}: shape {array.shape}, but the genealogy has {len(tree):,} nodes",
            "give one for each node, in node order",
        )
