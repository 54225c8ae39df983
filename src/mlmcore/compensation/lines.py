"""Where each cent goes: ledger lines, unpaid lines, account lines and missed lines, as columns, a segment per bonus.

A segment holds the lines of one bonus in the engine's order: order date, order id, level, payee, source. Persons and
orders are indices of the run; who they are stands in its network and its orders. How lines come about is not here.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import IntEnum
from typing import Any, Final, Self

import numpy as np
from attrs import Attribute, evolve, field, fields, frozen
from numpy.typing import NDArray

from mlmcore.compensation.columns import exact_decimal
from mlmcore.compensation.rounding import INT64_MAX, largest, round_scaled, sums_by_group, total_of
from mlmcore.domain.errors import Finding, InputError
from mlmcore.domain.exact import RoundingMode

__all__ = [
    "NO_RATE",
    "AccountLines",
    "AccountSegment",
    "LedgerLines",
    "MissedSegment",
    "Reason",
    "Segment",
    "UnpaidLines",
    "UnpaidSegment",
    "at_finer_places",
    "at_same_places",
    "joined",
    "paid_by_person",
]

NO_RATE: Final = int(np.iinfo(np.int64).min)
"""The rate of a line that merges lines of different rates."""

Ints32 = NDArray[np.int32]
Ints64 = NDArray[np.int64]


class Reason(IntEnum):
    """Why an amount is unpaid or missed; the codes are stored in columns, the names in the database."""

    INACTIVE = 1
    NOT_QUALIFIED = 2
    DEPTH = 3
    NO_UPLINE = 4
    BELOW_MINIMUM = 5
    NEGATIVE = 6
    ROUNDING = 7
    BLOCKED = 8
    CAPPED = 9
    EXPIRED = 10

    @property
    def label(self) -> str:
        """As plans and the database write it: `not_qualified`."""
        return self.name.lower()


def _typed(dtype: type[np.generic]) -> Any:
    """A field that holds a read-only array of one type, as long as the others."""

    def convert(values: object) -> NDArray[Any]:
        array = np.ascontiguousarray(values)
        if array.dtype != np.dtype(dtype):
            raise TypeError(f"a {np.dtype(dtype)} array is needed, not {array.dtype}")
        view = array.view()
        view.flags.writeable = False
        return view

    return field(converter=convert, validator=_same_length)


def _same_length(instance: Any, attribute: "Attribute[Any]", value: NDArray[Any]) -> None:
    if value.shape != (len(instance.source),):
        raise ValueError(f"{attribute.name} has the shape {value.shape}, but there are {len(instance.source)} lines")


def _as_they_are(values: Ints32) -> Ints32:
    view = values.view()
    view.flags.writeable = False
    return view


@frozen(kw_only=True, eq=False)
class _Traced:
    """What every segment says about where an amount comes from.

    Attributes:
        bonus: The bonus's id.
        type: The ledger's commission type.
        source: int32: the person from whom a walk started, -1 for none or several.
        order: int32: the run's order, -1 for none or several.
        level: int32: the level paid, -1 for none or several.
        base: int64: money that the rate was taken of, scaled by `base_places`.
        base_places: Decimal places of `base`.
        rate: int64: scaled by `rate_places`; `NO_RATE` where a line merges several.
        rate_places: Decimal places of `rate`.
        brought: int32: of a line that waited, its row in `ID.waiting` of the previous state; -2 and lower where it
            waited since the first, the second, ... sub-period of this run; otherwise -1.
    """

    bonus: str
    type: str
    source: Ints32 = _typed(np.int32)
    order: Ints32 = _typed(np.int32)
    level: Ints32 = _typed(np.int32)
    base: Ints64 = _typed(np.int64)
    base_places: int
    rate: Ints64 = _typed(np.int64)
    rate_places: int
    brought: Ints32 = field(converter=_as_they_are, validator=_same_length)

    @brought.default
    def _of_this_period(self) -> Ints32:
        """All of this period; a broadcast array costs no memory."""
        return np.broadcast_to(np.int32(-1), (len(self.source),))

    def __len__(self) -> int:
        return len(self.source)

    def base_of(self, line: int) -> Decimal:
        """What the rate was taken of, in money."""
        return exact_decimal(int(self.base[line]), self.base_places)

    def rate_of(self, line: int) -> Decimal | None:
        """The rate, or None where the line merges lines of several rates."""
        scaled = int(self.rate[line])
        return None if scaled == NO_RATE else exact_decimal(scaled, self.rate_places)

    def take(self, rows: NDArray[Any]) -> Self:
        """Some of the lines, in the order of `rows` (positions, or a mask)."""
        changed = {}
        for attribute in fields(type(self)):
            value = getattr(self, attribute.name)
            changed[attribute.name] = value[rows] if isinstance(value, np.ndarray) else value
        return type(self)(**changed)


@frozen(kw_only=True, eq=False)
class Segment(_Traced):
    """Ledger lines of one bonus.

    Attributes:
        payee: int32: the person paid.
        amount: int64: minor units.
    """

    payee: Ints32 = _typed(np.int32)
    amount: Ints64 = _typed(np.int64)


@frozen(kw_only=True, eq=False)
class UnpaidSegment(_Traced):
    """What was entitled and not paid, exactly.

    Attributes:
        payee: int32: who would have been paid, -1 above the root.
        amount: int64: money, scaled by `amount_places`; signed for the reasons `rounding` and `negative`.
        amount_places: Decimal places of `amount`.
        reason: uint8: codes of `Reason`.
    """

    payee: Ints32 = _typed(np.int32)
    amount: Ints64 = _typed(np.int64)
    amount_places: int
    reason: NDArray[np.uint8] = _typed(np.uint8)

    def amount_of(self, line: int) -> Decimal:
        """The exact amount."""
        return exact_decimal(int(self.amount[line]), self.amount_places)


@frozen(kw_only=True, eq=False)
class MissedSegment(UnpaidSegment):
    """What somebody lost to somebody else further up; never part of the identity."""


@frozen(kw_only=True, eq=False)
class AccountSegment(_Traced):
    """What went to accounts outside the trees.

    Attributes:
        account: int16: the position in the plan's `accounts`.
        payee: int32: the person whose level it was, -1 for none.
        amount: int64: minor units.
    """

    account: NDArray[np.int16] = _typed(np.int16)
    payee: Ints32 = _typed(np.int32)
    amount: Ints64 = _typed(np.int64)


def paid_by_person(lines: Segment, people: int) -> Ints64:
    """int64[people]: what lines of one bonus pay each person, in minor units.

    Raises:
        InputError: Somebody is paid more than int64 holds.
    """
    try:
        return sums_by_group(lines.amount, lines.payee, people)
    except OverflowError:
        raise _paid_too_much(f"bonus {lines.bonus}") from None


def _paid_too_much(by: str) -> InputError:
    what = f"what somebody is paid by {by} leaves the range of int64"
    return InputError([Finding(code="plan.overflow", what=what, todo="look for a rate or an amount that is mistyped")])


def _total(segments: Iterable[Segment | AccountSegment]) -> int:
    return sum(total_of(segment.amount) for segment in segments)


@frozen
class LedgerLines:
    """All ledger lines of a run.

    Attributes:
        segments: One per bonus, in the order in which the plan has them.
    """

    segments: tuple[Segment, ...]

    def __len__(self) -> int:
        return sum(map(len, self.segments))

    @property
    def total(self) -> int:
        """Everything paid to people, in minor units."""
        return _total(self.segments)

    def by_person(self, people: int) -> Ints64:
        """int64[people]: what each person is paid, in minor units.

        Raises:
            InputError: Somebody is paid more than int64 holds.
        """
        paid = np.zeros(people, dtype=np.int64)
        for segment in self.segments:
            part = paid_by_person(segment, people)
            if largest(paid) + largest(part) > INT64_MAX:
                raise _paid_too_much("all bonuses")
            paid += part
        return paid


@frozen
class UnpaidLines:
    """All unpaid lines of a run, a segment per bonus."""

    segments: tuple[UnpaidSegment, ...]

    def __len__(self) -> int:
        return sum(map(len, self.segments))

    def by_reason(self) -> dict[str, Decimal]:
        """The exact sum of each reason that occurs."""
        sums: dict[str, Decimal] = {}
        for segment in self.segments:
            for reason in Reason:
                rows = segment.reason == reason
                if rows.any():
                    amount = exact_decimal(total_of(segment.amount[rows]), segment.amount_places)
                    sums[reason.label] = sums.get(reason.label, Decimal(0)) + amount
        return sums


@frozen
class AccountLines:
    """All account lines of a run, a segment per bonus.

    Attributes:
        accounts: The plan's accounts, by position.
    """

    segments: tuple[AccountSegment, ...]
    accounts: tuple[str, ...] = ()

    def __len__(self) -> int:
        return sum(map(len, self.segments))

    @property
    def total(self) -> int:
        """Everything paid to accounts, in minor units."""
        return _total(self.segments)

    def by_account(self) -> dict[str, int]:
        """What each account gets, in minor units."""
        sums = dict.fromkeys(self.accounts, 0)
        for segment in self.segments:
            for position, name in enumerate(self.accounts):
                sums[name] += total_of(segment.amount[segment.account == position])
        return sums


def at_same_places(parts: Sequence[Any], numbers: tuple[str, ...] = ("base", "rate", "amount")) -> list[Any]:
    """Segments of one bonus and one kind whose `numbers` have the same decimal places.

    Raises:
        InputError: A number leaves int64 at the places of another segment.
    """
    for name in numbers:
        if hasattr(parts[0], f"{name}_places"):
            places = max(getattr(part, f"{name}_places") for part in parts)
            parts = [_with_places(part, name, places) for part in parts]
    return list(parts)


def _with_places(segment: Any, name: str, places: int) -> Any:
    values, before = getattr(segment, name), getattr(segment, f"{name}_places")
    if before == places:
        return segment
    return evolve(segment, **{name: at_finer_places(name, values, before, places), f"{name}_places": places})


def at_finer_places(name: str, values: Ints64, places: int, wanted: int) -> Ints64:
    """Bases, rates or amounts of lines with more decimal places, beside others that have so many.

    Args:
        name: Which of them, for messages.
        values: int64: scaled by `places`; `NO_RATE` stays what it is.
        places: Their decimal places.
        wanted: At least as many.

    Raises:
        InputError: One leaves int64.
    """
    several = values == NO_RATE
    try:
        scaled = round_scaled(np.where(several, 0, values), places, wanted, RoundingMode.FLOOR)
    except OverflowError:
        what = f"the {name} of a line leaves the range of int64 at {wanted} decimal places, which others have"
        todo = "round base and rate to fewer places"
        raise InputError([Finding(code="plan.overflow", what=what, todo=todo)]) from None
    return np.where(several, NO_RATE, scaled)


def joined(parts: Sequence[Any]) -> Any:
    """One segment out of several of one bonus and one kind, in their order.

    Raises:
        ValueError: They differ in bonus, type or decimal places; a mistake in our own code.
    """
    if len(parts) == 1:
        return parts[0]
    merged = {}
    for attribute in fields(type(parts[0])):
        values = [getattr(part, attribute.name) for part in parts]
        if isinstance(values[0], np.ndarray):
            merged[attribute.name] = np.concatenate(values)
        elif len(set(values)) > 1:
            raise ValueError(f"segments with {attribute.name} {values} cannot be one")
        else:
            merged[attribute.name] = values[0]
    return type(parts[0])(**merged)
