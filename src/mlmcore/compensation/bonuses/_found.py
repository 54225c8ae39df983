"""What a kind of bonus hands in: a row per level or person, each with base, rate and what became of it.

`Found` is what was offered; `Payable` is the part of it that is paid, once it is rounded. How rows become lines stands
in `_money`.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from mlmcore.compensation.lines import at_finer_places
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.rounding import INT64_MAX, largest, sums_by_group
from mlmcore.domain.errors import Finding, InputError

__all__ = [
    "ACCOUNTS",
    "Found",
    "Payable",
    "account_of",
    "at_places",
    "exact_product",
    "group_sums",
    "stacked",
    "sum_too_large",
]

Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

ACCOUNTS: Final = -2
"""The payee that is account 0; account k is -2 - k, as in a person column."""


@frozen(kw_only=True, eq=False)
class Found:
    """What a bonus found; all arrays are of one length, a row per level or person.

    Attributes:
        payee: int32: the person; -1 for nobody (above the root); -2 - k for account k.
        whose: int32: the person whose level or amount it was, also where an account is paid; -1 for nobody.
        source: int32: the person from whom the walk started, -1 for none.
        order: int32: the order, -1 for none.
        level: int32: -1 for none.
        base: int64: money, scaled by `base_places`.
        base_places: Decimal places of `base`.
        rate: int64, scaled by `rate_places`.
        rate_places: Decimal places of `rate`.
        reason: uint8: 0 is paid, otherwise a code of `Reason`.
        missed: bool: lost to somebody further up: shown, but not part of the identity.
        amount: int64: the amounts, scaled by `amount_places`, where they are not base times rate: a rate that is an
            unrounded division, or a cap inside the bonus. None: base times rate, exactly.
        amount_places: Decimal places of `amount`.
    """

    payee: Ints
    whose: Ints
    source: Ints
    order: Ints
    level: Ints
    base: Ints64
    base_places: int
    rate: Ints64
    rate_places: int
    reason: NDArray[np.uint8]
    missed: Bools
    amount: Ints64 | None = None
    amount_places: int = 0

    @classmethod
    def nothing(cls) -> "Found":
        """No rows."""
        none, wide = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64)
        return cls(
            payee=none,
            whose=none,
            source=none,
            order=none,
            level=none,
            base=wide,
            base_places=0,
            rate=wide,
            rate_places=0,
            reason=np.zeros(0, dtype=np.uint8),
            missed=np.zeros(0, dtype=np.bool_),
        )

    def __len__(self) -> int:
        return len(self.payee)

    @property
    def places(self) -> int:
        """Decimal places of the exact amounts."""
        return self.base_places + self.rate_places if self.amount is None else self.amount_places

    def exact(self) -> Ints64:
        """The exact amounts, scaled by `places`.

        Raises:
            InputError: One leaves int64.
        """
        return exact_product(self.base, self.rate) if self.amount is None else self.amount

    def some(self, rows: NDArray[np.generic]) -> "Found":
        """Some of the rows: a mask, or positions."""
        if rows.dtype == np.bool_:
            if rows.all():
                return self
            rows = np.flatnonzero(rows)  # once, instead of once for every column
        arrays = {name: getattr(self, name)[rows] for name in _arrays(self)}
        return evolve(self, **arrays)


def exact_product(one: Ints64, other: Ints64 | np.int64) -> Ints64:
    """The product of scaled integers.

    Raises:
        InputError: It leaves int64.
    """
    if largest(one) * largest(np.atleast_1d(other)) > INT64_MAX:
        what = "an amount leaves the range of int64 before it is rounded"
        raise InputError([Finding(code="plan.overflow", what=what, todo="round the base or the rate to fewer places")])
    product: Ints64 = one * other
    return product


_ARRAYS: Final = ("payee", "whose", "source", "order", "level", "base", "rate", "reason", "missed")


def _arrays(found: Found) -> tuple[str, ...]:
    return _ARRAYS if found.amount is None else (*_ARRAYS, "amount")


@frozen(kw_only=True, eq=False)
class Payable:
    """Rows that are paid, and their rounded amounts.

    Attributes:
        found: The rows.
        minor: int64: what each is paid, in minor units.
        brought: int32: of a line that waited, its row among those of the previous state, or since which sub-period
            of this run (see `_spans`); -1 for a line that did not wait.
    """

    found: Found
    minor: Ints64
    brought: Ints = field()

    @brought.default
    def _of_this_period(self) -> Ints:
        return np.broadcast_to(np.int32(-1), (len(self.minor),))

    def __len__(self) -> int:
        return len(self.minor)

    def some(self, rows: NDArray[np.generic]) -> "Payable":
        """Some of the rows: a mask, or positions."""
        if rows.dtype == np.bool_ and rows.all():
            return self
        return Payable(found=self.found.some(rows), minor=self.minor[rows], brought=self.brought[rows])


def account_of(plan: Plan, word: str) -> int | None:
    """The payee that an option's `account:NAME` stands for; None for any other word."""
    name = word.removeprefix("account:")
    return ACCOUNTS - plan.accounts.index(name) if name != word else None


def stacked(like: Found, parts: Sequence[Found]) -> Found:
    """Rows of several findings of one bonus, one after the other; none of `like`, which says of what kind they are."""
    nothing = like.some(np.zeros(0, dtype=np.intp))
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in (nothing, *parts)]) for name in _arrays(like)
    }
    return evolve(nothing, **arrays)


def at_places(parts: Sequence[Found]) -> list[Found]:
    """Findings of one bonus whose bases and rates have the same numbers of decimal places, for lines that are rounded.

    Raises:
        InputError: A number leaves int64 at the places of another one.
    """
    base, rate = max(part.base_places for part in parts), max(part.rate_places for part in parts)
    return [
        evolve(
            part,
            base=at_finer_places("base", part.base, part.base_places, base),
            base_places=base,
            rate=at_finer_places("rate", part.rate, part.rate_places, rate),
            rate_places=rate,
            amount=None,
            amount_places=0,
        )
        for part in parts
    ]


def group_sums(values: Ints64, group: NDArray[Any], size: int) -> Ints64:
    """Sum by group, exactly.

    Raises:
        InputError: A sum leaves int64.
    """
    try:
        return sums_by_group(values, group, size)
    except OverflowError:
        raise sum_too_large() from None


def sum_too_large() -> InputError:
    """Of what somebody has, or some group: no int64 holds it exactly."""
    what = "a sum of amounts leaves the range of int64 before it is rounded"
    return InputError([Finding(code="plan.overflow", what=what, todo="round the base or the rate to fewer places")])
