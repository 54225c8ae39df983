"""Lines that wait from one period to the next: below a minimum that is carried, or for the condition of a deferral.

They are kept as rows by id, since people and orders have other indices in the next period: with their source, order,
level, base, rate and amount, the period that they come from, and for how many periods they have waited. Whoever is not
in the run keeps what waits for them. When a line may leave is not decided here.
"""

from collections.abc import Collection
from decimal import Decimal
from functools import cache
from typing import Any, Final, Literal

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation._row_names import WAITING, row_name
from mlmcore.compensation.bonuses._found import Found, Payable, at_places, stacked
from mlmcore.compensation.columns import Column, exact_decimal
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.inputs import CarriedRows
from mlmcore.compensation.lines import NO_RATE
from mlmcore.compensation.plan import AnyBonus
from mlmcore.compensation.rounding import total_of
from mlmcore.domain.errors import Finding, InputError
from mlmcore.domain.money import currency_places
from mlmcore.genealogy import IdIndex

__all__ = [
    "Kept",
    "State",
    "Waiting",
    "joined_numbers",
    "joined_texts",
    "labels_of",
    "optional_numbers",
    "stacked_lines",
    "waiting_of",
]

State = Literal["minimum", "deferred"]
Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]

_STATES: Final[tuple[State, ...]] = ("minimum", "deferred")
_TEXTS: Final = ("state", "payee", "source", "order", "period")
_NUMBERS: Final = ("level", "base", "rate", "amount", "age")


@frozen(kw_only=True, eq=False)
class Kept:
    """Lines that wait, and for how many periods each has.

    Attributes:
        lines: The lines; people in them are in the run.
        age: int64: 0 in the period in which it began to wait.
    """

    lines: Payable
    age: Ints64

    def some(self, rows: NDArray[np.generic]) -> "Kept":
        """Some of them."""
        return Kept(lines=self.lines.some(rows), age=self.age[rows])


def waiting_of(sheet: Sheet, bonus: AnyBonus) -> "Waiting":
    """What waits for a bonus in this run: one for all that is done to the bonus."""
    if bonus.id not in sheet.waiting:
        sheet.waiting[bonus.id] = Waiting(sheet, bonus)
    found: Waiting = sheet.waiting[bonus.id]
    return found


class Waiting:
    """What waits for one bonus, while a run goes on.

    Args:
        sheet: What the run knows.
        bonus: The bonus.

    Attributes:
        brought: What the period before handed on, in money.

    Raises:
        InputError: The rows are not as a run hands them on.
    """

    def __init__(self, sheet: Sheet, bonus: AnyBonus) -> None:
        self._sheet = sheet
        self._dated = bonus.dated or "orders"
        self._before = sheet.rows.previous.rows.get(row_name(bonus.id, WAITING), _no_rows())
        self._refuse_other_columns(bonus)
        self.brought = self._money(total_of(self._number("amount")))
        self._absent = np.zeros(0, dtype=np.intp)
        self._kept: dict[State, Kept] = dict.fromkeys(_STATES, _nothing_kept())
        if len(self._before):
            self._take_over()

    def take(self, state: State) -> Kept:
        """Everything of people in the run that waits in one way; it waits no more unless it is kept again."""
        kept = self._kept[state]
        self._kept[state] = kept.some(np.zeros(0, dtype=np.intp))
        return kept

    def keep(self, state: State, lines: Payable, age: Ints64) -> None:
        """Let lines wait on, or begin to; a line of nothing does not wait."""
        before, some = self._kept[state], lines.minor != 0
        lines, age = lines.some(some), age[some]
        together = stacked_lines([before.lines, lines])
        self._kept[state] = Kept(lines=together, age=np.concatenate([before.age, age]))

    def identities(self, rows: list[int]) -> set[Any]:
        """Some of the lines that were handed in, by id: payee, source, order and level."""
        return {self.identity(row) for row in rows}

    def identity(self, row: int) -> tuple[Any, ...]:
        """A line that was handed in, by id: payee, source, order and level."""
        return tuple(self._before.columns[name].value(row) for name in ("payee", "source", "order", "level"))

    def gone(self) -> set[Any]:
        """The lines of people in the run that waited for a larger sum, and wait for it no more."""
        state, payee = self._text("state"), self._found("payee", self._sheet.rows.network.ids)
        came = {self.identity(row) for row in np.flatnonzero((state == "minimum") & (payee >= 0)).tolist()}
        brought = self.waits("minimum").brought
        return came - self.identities(brought[brought >= 0].tolist())

    def order_of(self, row: int) -> str | None:
        """The id of the order that a line was of which was handed in; None where it was of none."""
        order = self._before.columns["order"].value(row)
        return None if order is None else str(order)

    def are_of(self, rows: Ints, orders: Collection[str]) -> NDArray[np.bool_]:
        """Which of some lines that were handed in were of some orders, by id."""
        column = self._before.columns["order"]
        codes = [code for code, text in enumerate(column.categories) if text in orders]
        return np.isin(column.values[rows], codes)

    def waits(self, state: State) -> Payable:
        """The lines of people in the run that wait in one way."""
        return self._kept[state].lines

    @property
    def carried(self) -> Decimal:
        """What is handed on, in money."""
        minor = sum(total_of(kept.lines.minor) for kept in self._kept.values())
        return self._money(minor + total_of(self._number("amount")[self._absent]))

    def handed_on(self) -> CarriedRows | None:
        """The rows for the next period; None where nothing waits."""
        if not len(self._absent) and not any(len(kept.age) for kept in self._kept.values()):
            return None
        parts = [self._still_absent(), *(self._rows(state, kept) for state, kept in self._kept.items())]
        parts = [part for part in parts if len(part["state"])]
        columns = {name: joined_texts([part[name] for part in parts]) for name in _TEXTS}
        columns |= {name: joined_numbers([part[name] for part in parts]) for name in _NUMBERS}
        return CarriedRows(columns=columns)

    def _take_over(self) -> None:
        """Read the rows that were handed in: of people in the run by state, and which rows are of nobody in it."""
        payee = self._found("payee", self._sheet.rows.network.ids)
        self._absent = np.flatnonzero(payee < 0)
        state, order = self._text("state"), self._in_order()
        for name in _STATES:
            rows = order[(state[order] == name) & (payee[order] >= 0)]
            self._kept[name] = self._read(rows, payee[rows])

    def _money(self, minor: int) -> Decimal:
        return exact_decimal(minor, currency_places(self._sheet.plan.currency))

    def _refuse_other_columns(self, bonus: AnyBonus) -> None:
        columns, name = self._before.columns, f"previous.{row_name(bonus.id, WAITING)}"
        missing = [key for key in (*_TEXTS, *_NUMBERS) if key not in columns]
        if missing:
            what = f"the rows have no column {', '.join(missing)}"
            raise InputError([Finding(code="inputs.previous", what=what, todo="give what a run handed on", path=name)])
        money = currency_places(self._sheet.plan.currency)
        if len(self._before) and columns["amount"].places != money:
            what = (
                f"amounts have {columns['amount'].places} decimal places, and {self._sheet.plan.currency} has {money}"
            )
            raise InputError([Finding(code="inputs.previous", what=what, todo="give minor units", path=name)])

    def _text(self, name: str) -> NDArray[np.object_]:
        column = self._before.columns[name]
        texts: NDArray[np.object_] = np.array([*column.categories, ""], dtype=object)
        return np.asarray(texts[column.values])

    def _number(self, name: str) -> Ints64:
        return self._before.columns[name].values

    def _found(self, name: str, ids: IdIndex) -> Ints:
        """The index of each row's person, -1 where there is none in this run."""
        column = self._before.columns[name]
        known = ids.find_labels(list(column.categories)) if column.categories else np.zeros(0, dtype=np.int32)
        return np.asarray(np.concatenate([known, [-1]]).astype(np.int32)[column.values])

    def _in_order(self) -> NDArray[np.intp]:
        """The rows in an order that is their own, whatever their order is: those that have waited longest first."""
        texts = [np.unique(self._text(name), return_inverse=True)[1] for name in ("source", "order", "period", "payee")]
        numbers = [self._number(name) for name in ("amount", "rate", "base", "level")]
        return np.lexsort((*numbers, *texts, -self._number("age")))

    def _read(self, rows: NDArray[np.intp], payee: Ints) -> Kept:
        base, rate, level = (self._before.columns[name] for name in ("base", "rate", "level"))
        nobody = np.full(len(rows), -1, dtype=np.int32)
        found = Found(
            payee=payee,
            whose=payee,
            source=self._found("source", self._sheet.rows.network.ids)[rows],
            order=nobody,
            level=np.where(level.is_absent, -1, level.values)[rows].astype(np.int32),
            base=base.values[rows],
            base_places=base.places,
            rate=np.where(rate.is_absent, NO_RATE, rate.values)[rows],
            rate_places=rate.places,
            reason=np.zeros(len(rows), dtype=np.uint8),
            missed=np.zeros(len(rows), dtype=np.bool_),
        )
        lines = Payable(found=found, minor=self._number("amount")[rows], brought=rows.astype(np.int32))
        return Kept(lines=lines, age=self._number("age")[rows] + 1)

    def _still_absent(self) -> dict[str, Column]:
        """Rows of people who are not in the run: a period older, otherwise as they are."""
        columns = {name: self._before.columns[name].take(self._absent) for name in (*_TEXTS, *_NUMBERS)}
        return {**columns, "age": Column.scaled(columns["age"].values + 1, 0)}

    def _rows(self, state: State, kept: Kept) -> dict[str, Column]:
        """Lines as rows: those that were brought keep the ids under which they came."""
        found, brought, count = kept.lines.found, kept.lines.brought, len(kept.age)
        own = np.where(brought >= 0, brought, 0)
        there = brought >= 0
        network, orders = self._sheet.rows.network.ids, self._sheet.rows.dated(self._dated).ids
        money = currency_places(self._sheet.plan.currency)
        return {
            "state": Column(kind="text", values=np.zeros(count, dtype=np.int32), categories=(state,)),
            "payee": labels_of(network, found.payee),
            "source": self._as_before("source", there, own, labels_of(network, found.source)),
            "order": self._as_before("order", there, own, labels_of(orders, found.order)),
            "period": self._as_before("period", there, own, _everywhere(self._sheet.rows.period.id, count)),
            "level": optional_numbers(found.level.astype(np.int64), found.level < 0, 0),
            "base": Column.scaled(found.base, found.base_places, unit="money"),
            "rate": optional_numbers(found.rate, found.rate == NO_RATE, found.rate_places),
            "amount": Column.scaled(kept.lines.minor, money, unit="money"),
            "age": Column.scaled(kept.age, 0),
        }

    def _as_before(self, name: str, there: NDArray[np.bool_], own: NDArray[Any], new: Column) -> Column:
        """A text column: as it was handed in where a line was brought, otherwise new."""
        if not there.any():
            return new
        both = joined_texts([self._before.columns[name], new])
        rows = np.where(there, own, len(self._before) + np.arange(len(there)))
        return both.take(rows)


def stacked_lines(parts: list[Payable]) -> Payable:
    """Lines of one bonus, one after the other, at one number of decimal places."""
    founds = at_places([part.found for part in parts])
    return Payable(
        found=stacked(founds[0], founds),
        minor=np.concatenate([part.minor for part in parts]),
        brought=np.concatenate([part.brought for part in parts]),
    )


@cache
def _no_rows() -> CarriedRows:
    texts = {name: Column.texts([]) for name in _TEXTS}
    numbers = {name: Column.scaled(np.zeros(0, dtype=np.int64), 0) for name in _NUMBERS}
    return CarriedRows(columns={**texts, **numbers})


@cache
def _nothing_kept() -> Kept:
    return Kept(lines=Payable(found=Found.nothing(), minor=np.zeros(0, np.int64)), age=np.zeros(0, np.int64))


def _used(column: Column) -> list[str]:
    return [column.categories[code] for code in np.unique(column.values).tolist() if code >= 0]


def labels_of(ids: IdIndex, index: Ints) -> Column:
    """Indices as texts, -1 as none."""
    used, code = np.unique(index, return_inverse=True)
    there = used >= 0
    categories = tuple(ids.labels(used[there]))
    codes = np.cumsum(there) - 1
    values = np.where(there, codes, -1)[code.reshape(-1)].astype(np.int32)
    return Column(kind="text", values=values, categories=categories)


def _everywhere(text: str, count: int) -> Column:
    return Column(kind="text", values=np.zeros(count, dtype=np.int32), categories=(text,))


def optional_numbers(values: Ints64, absent: NDArray[np.bool_], places: int) -> Column:
    """Numbers, some of them absent."""
    column = Column.scaled(np.where(absent, np.int64(0), values), places)
    return evolve(column, absent=absent) if absent.any() else column


def joined_texts(columns: list[Column]) -> Column:
    """Text columns, one after the other."""
    categories = tuple(dict.fromkeys(text for column in columns for text in column.categories))
    place = {text: code for code, text in enumerate(categories)}
    parts = []
    for column in columns:
        codes = np.array([*(place[text] for text in column.categories), -1], dtype=np.int32)
        parts.append(codes[column.values])
    return Column(kind="text", values=np.concatenate(parts), categories=categories)


def joined_numbers(columns: list[Column]) -> Column:
    """Number columns, one after the other."""
    places = max(column.places for column in columns)
    absent = np.concatenate([column.is_absent for column in columns])
    values = np.concatenate([column.at_places(places).values for column in columns])
    joined = Column.scaled(values, places, unit=columns[-1].unit)
    return evolve(joined, absent=absent) if absent.any() else joined
