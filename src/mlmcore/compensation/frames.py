"""Rows over which a run evaluates expressions: who a name means in each of them.

A run's columns grow step by step in a `Sheet`: order columns, measures, ranks, what bonuses publish. A `RowsFrame` is
a view of it: so many rows, and for each subject of the language (the person, the source, the order, the seller, ...)
which person or order each row means.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation._joined import Joined
from mlmcore.compensation.arranged import Arranged, take_or_none
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions._mine import mine
from mlmcore.compensation.expressions.frame import needed
from mlmcore.compensation.expressions.tree import Aggregate, Name, Ordinal, Subject, Upward
from mlmcore.compensation.history import past_of
from mlmcore.compensation.moments import Moments, measure_before, ordinals
from mlmcore.compensation.plan import Plan, Rounding, Table
from mlmcore.compensation.previous import previous_columns
from mlmcore.compensation.rounding import INT64_MAX, largest
from mlmcore.domain.errors import Finding, InputError
from mlmcore.domain.periods import Period

__all__ = ["RowsFrame", "Sheet", "Starts", "events_frame", "orders_frame", "people_frame", "run_frame"]

Ints = NDArray[np.int32]
Indices = Mapping[str, Ints | None]

_OF_PEOPLE: Final = frozenset({"self", "me", "source", "payee", "seller", "buyer", "child"})


class Sheet:
    """What a run knows so far.

    Attributes:
        plan: The plan.
        rows: The inputs, in order.
        person: Columns of people by name.
        order: Columns of orders by name, over all orders of `rows`.
        figures: What bonuses publish about the run as a whole, by full name: columns of one row.
        event: Columns of events, by `events.NAME` and then by name.
        past: Columns of people in past periods, by name.
        span: Whose orders and events aggregates see: the period, or a shorter or longer one for which a bonus runs.
        waiting: The lines that wait, by bonus, as `bonuses._waiting` keeps them.
        refunds: What refunds take back, by bonus, as `bonuses._refunds` keeps it.
        scopes: Computes aggregates, and remembers them.
        above: Finds people above.
        moments: Computes aggregates as of moments, and remembers what they need.
        standing: Which version of a tree walks use at the moment, by tree; its own name where it has but one.
    """

    def __init__(self, plan: Plan, rows: Arranged) -> None:
        from mlmcore.compensation._above import Above  # noqa: PLC0415  (they need each other)
        from mlmcore.compensation.scopes import Scopes  # noqa: PLC0415  (as above)

        self.plan = plan
        self.rows = rows
        self.person: dict[str, Column] = _built_in_people(rows)
        self.order: dict[str, Column] = _built_in_orders(rows)
        self.figures: dict[str, Column] = {}
        self.event: dict[str, dict[str, Column]] = _built_in_events(rows)
        self.past = past_of(plan, rows)
        self.span = rows.period
        self.waiting: dict[str, Any] = {}
        self.refunds: dict[str, Any] = {}
        self.scopes: Scopes = Scopes(self)
        self.above = Above(self)
        self.moments = Moments(self)
        self.standing: dict[str, str] = {}
        self.person.update(previous_columns(plan, rows, run_frame(self)))

    @property
    def size(self) -> int:
        """How many people there are."""
        return len(self.rows.network)

    def uplines(self, tree: str) -> Ints:
        """int32[n]: the direct upline of each person in a tree, -1 for none."""
        network = self.rows.network
        parent, nodes, persons = network.tree(tree).parent, network.node_of_person[tree], network.person_of_node[tree]
        if nodes is None or persons is None:
            return parent
        above = parent[nodes]
        return np.where(above < 0, np.int32(-1), persons[above])

    def total(self, ref: Name) -> Column:
        """`company.NAME`: a column summed over everybody, or over all orders of the window, as a column of one row.

        Raises:
            InputError: Somebody has no value, or the sum leaves int64.
        """
        name = ref.name.removeprefix("company.")
        if name in self.person:
            column, frame = self.person[name], people_frame(self)
        else:
            frame = orders_frame(self, self.orders_within(self.window))
            column = frame.column(evolve(ref, subject="order", name=name))
        values = needed(column, frame).values
        fits = largest(values) * len(values) <= INT64_MAX
        total = int(values.sum(dtype=np.int64)) if fits else sum(values.tolist())
        if abs(total) > INT64_MAX:
            what = f"{ref.name} leaves the range of int64"
            raise InputError([Finding(code="plan.overflow", what=what, todo="use fewer decimal places")])
        return Column.scaled(np.array([total], dtype=np.int64), column.places, unit=column.unit)

    def walked(self, tree: str | None) -> str:
        """The name of the tree that a walk goes up now: a bonus's, or the plan's, in the version of the day."""
        name = tree or self.plan.tree
        return self.standing.get(name, name)

    @property
    def window(self) -> slice:
        """The orders of the span."""
        return self.rows.within(self.span)

    @cached_property
    def everybody(self) -> Ints:
        """int32[n]: each person; a frame of these very positions copies no column."""
        return _every(self.size)

    @cached_property
    def every_order(self) -> Ints:
        """int32[m]: each order; likewise."""
        return _every(len(self.rows.orders))

    def orders_within(self, window: slice) -> Ints:
        """The positions of some orders that stand together."""
        everything = (window.start, window.stop) == (0, len(self.rows.orders))
        return self.every_order if everything else np.arange(window.start, window.stop, dtype=np.int32)

    def are_all(self, rows: Ints) -> bool:
        """Whether these are everybody or every order, in their order."""
        return rows is self.everybody or rows is self.every_order

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is computed meanwhile about people and the run, and the span, are forgotten afterwards."""
        kept = self.person, self.figures, self.span
        self.person, self.figures = dict(self.person), dict(self.figures)
        try:
            yield
        finally:
            self.person, self.figures, self.span = kept

    def dated(self, name: str) -> Mapping[str, Column]:
        """Columns of `orders` or `events.NAME`."""
        return self.order if name == "orders" else self.event[name]


@frozen(kw_only=True, eq=False)
class RowsFrame:
    """Some rows; see `expressions.frame.Frame`.

    Attributes:
        sheet: Where columns come from.
        size: How many rows.
        indices: For each subject, the person (or order) of each row, -1 for none; None for everybody in order.
        level: int32[size]: the level about to be paid, in a walk's rate.
        customers: The frame is inside an aggregate over customers: groups of orders, by row.
        of: What the subject `order` means: `orders` or `events.NAME`.
        moment: int64[size]: the place just before which columns are taken; None where they are the period's.
        starts: Finds from whom a bonus starts in each row of `of`, for `position`.
    """

    sheet: Sheet
    size: int
    indices: Indices
    level: Ints | None = None
    customers: "Groups | None" = None
    of: str = "orders"
    moment: NDArray[np.int64] | None = None
    starts: "Callable[[], Starts] | None" = None

    @property
    def period(self) -> Period:
        """The period of the run."""
        return self.sheet.rows.period

    @property
    def rounding(self) -> Rounding:
        """The plan's rounding."""
        return self.sheet.plan.rounding

    @property
    def rank_ids(self) -> tuple[str, ...]:
        """The plan's rank ids, lowest first."""
        return self.sheet.plan.rank_ids

    def table(self, name: str) -> Table:
        """One of the plan's tables."""
        return self.sheet.plan.tables[name]

    def column(self, ref: Name) -> Column:
        """A column by name."""
        if ref.subject == "run":
            return self._of_the_run(ref)
        if ref.subject == "past":
            return self._taken(self.sheet.past[ref.name].column, "past")
        if self.moment is not None and ref.subject in _OF_PEOPLE and ref.name in self.sheet.plan.measures:
            return self._before(ref)
        source = self.sheet.dated(self.of) if ref.subject in {"order", "paid"} else self.sheet.person
        return self._taken(source[ref.name], ref.subject)

    def persons(self, subject: Subject) -> Ints:
        """int32[size]: which person each row means."""
        index = self.indices[subject]
        return np.arange(self.size, dtype=np.int32) if index is None else index

    def aggregate(self, node: Aggregate) -> Column:
        """An aggregate's value for each row's person."""
        if self.moment is not None and node.scope.kind in {"orders", "purchases", "events"}:
            return self.sheet.moments.aggregate(self, node)
        if self.customers is not None and node.scope.kind == "orders":
            return self.sheet.scopes.of_groups(node, self, self.customers)
        if "me" in self.indices and mine(node):
            return self.sheet.scopes.of_rows(node, self)
        return self._taken(self.sheet.scopes.of_people(node), "self")

    def ordinal(self, node: Ordinal) -> Column:
        """Which of the person's orders or events each row is."""
        assert self.starts is not None  # noqa: S101  (the checker asks for them)
        return self._taken(self.starts().ordinals(node), "order")

    def uplines(self, node: Upward) -> "tuple[NDArray[np.bool_], RowsFrame]":
        """Which rows have somebody above, and those people as a frame."""
        whose = self.persons(node.whose)
        me = self.persons("me") if "me" in self.indices else whose
        found = self.sheet.above.of_rows(node, whose, me)
        there = found >= 0
        indices = {"self": found[there], "me": me[there]}
        return there, RowsFrame(sheet=self.sheet, size=int(there.sum()), indices=indices)

    def row_name(self, row: int) -> str:
        """Which row this is, for messages."""
        word = "order" if self.of == "orders" else f"event {self.of.partition('.')[2]}"
        named = {"order": (word, self.sheet.rows.dated(self.of).ids), "self": ("person", self.sheet.rows.network.ids)}
        for subject, (word, ids) in named.items():
            if subject in self.indices:
                chosen = self.indices[subject]
                position = row if chosen is None else int(chosen[row])
                if position >= 0:
                    return f"{word} {ids.label(position)!r}"
        return "the run"

    def some(self, rows: NDArray[Any]) -> "RowsFrame":
        """Some of the rows, in their order."""
        everything = np.arange(self.size, dtype=np.int32)
        chosen = {name: (everything if index is None else index)[rows] for name, index in self.indices.items()}
        groups = None if self.customers is None else self.customers.some(rows)
        level = None if self.level is None else self.level[rows]
        moment = None if self.moment is None else self.moment[rows]
        size = len(everything[rows])
        return evolve(self, size=size, indices=chosen, level=level, customers=groups, moment=moment)

    def _before(self, ref: Name) -> Column:
        """A measure of the people of a subject, just before each row's moment; none where there is nobody."""
        whose = self.indices[ref.subject]
        assert whose is not None  # noqa: S101  (rows with a moment have people of their own)
        assert self.moment is not None  # noqa: S101  (only rows with a moment ask)
        there = np.flatnonzero(whose >= 0)
        indices = {"self": whose[there]}
        asked = RowsFrame(sheet=self.sheet, size=len(there), indices=indices, moment=self.moment[there])
        place = np.full(self.size, -1, dtype=np.int32)
        place[there] = np.arange(len(there), dtype=np.int32)
        return take_or_none(measure_before(asked, ref.name), place)

    def _of_the_run(self, ref: Name) -> Column:
        if ref.name == "level":
            level = np.zeros(self.size, dtype=np.int32) if self.level is None else self.level
            return Column.scaled(level.astype(np.int64), 0)
        if ref.name in self.sheet.figures:
            return self.sheet.figures[ref.name].repeat(self.size)
        name = ref.name.removeprefix("company.")
        declared = self.sheet.plan.inputs.company.get(name)
        if declared is None:
            return self.sheet.total(ref).repeat(self.size)
        value = self.sheet.rows.company[name]
        return _company_column(value, declared.kind, declared.unit, declared.places).repeat(self.size)

    def _taken(self, column: Column, subject: Subject) -> Column:
        index = self.indices[subject]
        return column if index is None or self.sheet.are_all(index) else take_or_none(column, index)


@frozen(kw_only=True, eq=False)
class Starts:
    """The rows from which a bonus starts in its span, for `position`.

    Attributes:
        rows: As a frame: `order` is the order or event, `self` the person from whom it starts; no refunds.
        size: How many rows the whole table has.
        original: int32[size]: whose ordinal a row has: its own, or of a refund that of the order it takes back.
    """

    rows: RowsFrame
    size: int
    original: Ints

    def ordinals(self, node: Ordinal) -> Column:
        """`position(...)` of each row of the table; 0 where it is no row of the span."""
        found = ordinals(self.rows, node)
        values = np.zeros(self.size, dtype=np.int64)
        values[self.rows.indices["order"]] = found.values
        return Column.scaled(values[self.original], 0)


@frozen(kw_only=True, eq=False)
class Groups:
    """Orders in groups, one group per row: the customers of a seller.

    Attributes:
        group: int32[k]: the row of each order.
        order: int32[k]: the order.
        size: How many rows.
    """

    group: Ints
    order: Ints
    size: int

    def some(self, rows: NDArray[Any]) -> "Groups":
        """The groups of some rows, of which one may stand there several times."""
        positions = np.arange(self.size, dtype=np.int32)[rows]
        group, items = Joined(self.group, self.size).of(positions)
        return Groups(group=group.astype(np.int32), order=self.order[items], size=len(positions))


def people_frame(sheet: Sheet) -> RowsFrame:
    """Everybody: a person is `self`."""
    return RowsFrame(sheet=sheet, size=sheet.size, indices={"self": None})


def orders_frame(sheet: Sheet, orders: Ints | None, **more: Ints | None) -> RowsFrame:
    """Some orders (None for all) with their sellers and buyers; `more` are further subjects."""
    table = sheet.rows.orders
    rows = sheet.every_order if orders is None else orders
    seller, buyer = (column if sheet.are_all(rows) else column[rows] for column in (table.seller, table.buyer))
    return RowsFrame(sheet=sheet, size=len(rows), indices={"order": orders, "seller": seller, "buyer": buyer, **more})


def events_frame(sheet: Sheet, name: str, events: Ints, **more: Ints | None) -> RowsFrame:
    """Some events of `events.NAME`; `more` are further subjects."""
    return RowsFrame(sheet=sheet, size=len(events), indices={"order": events, **more}, of=name)


def run_frame(sheet: Sheet) -> RowsFrame:
    """One row: what is the same for everybody."""
    return RowsFrame(sheet=sheet, size=1, indices={})


def _every(size: int) -> Ints:
    rows = np.arange(size, dtype=np.int32)
    rows.setflags(write=False)
    return rows


def _built_in_people(rows: Arranged) -> dict[str, Column]:
    count = len(rows.network)
    return {
        **rows.people.attributes,
        "id": Column.persons(np.arange(count, dtype=np.int32)),
        "status": rows.people.status,
        "joined": Column.days(rows.people.joined),
    }


def _built_in_orders(rows: Arranged) -> dict[str, Column]:
    orders = rows.orders
    codes = np.array([-1, *range(len(orders.customers))], dtype=np.int32)
    return {
        **orders.volumes,
        "date": Column.days(orders.date),
        "seller": Column.persons(orders.seller),
        "buyer": Column.persons(orders.buyer),
        "customer": Column(kind="text", values=codes[orders.customer + 1], categories=tuple(orders.customers)),
    }


def _built_in_events(rows: Arranged) -> dict[str, dict[str, Column]]:
    return {
        f"events.{name}": {**events.columns, "date": Column.days(events.date)} for name, events in rows.events.items()
    }


def _company_column(value: object, kind: str, unit: Any, places: int) -> Column:
    match kind, value:
        case "number", Decimal() | int():
            return Column.numbers([value], unit=unit, places=places)
        case "boolean", bool():
            return Column.booleans([value])
        case "text", str():
            return Column.texts([value])
        case _:
            return Column.dates([value if isinstance(value, date) else None])
