"""What a run is given: people, tree edges, orders, events, company figures and the state before, all as columns.

Row order is anything here. The engine reads nothing else, so a run can be repeated from these values alone. Shapes
and types are checked when the values are made, since a wrong one is a mistake of the caller's code; what is wrong
with the *content* (an order of somebody unknown, a refund that names no order) is found in `canonical`, all at once,
where rows are also brought into the one order in which a run sees them.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, Self

import numpy as np
from attrs import Attribute, field, frozen
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column
from mlmcore.domain.periods import Period
from mlmcore.genealogy import IdIndex

__all__ = ["NONE", "CarriedRows", "Edges", "Events", "Given", "Moves", "Orders", "People", "RunInputs", "State"]

NONE: Final = -1
"""The index that stands for nobody or nothing."""

Ints = NDArray[np.int32]
Company = Mapping[str, Decimal | int | bool | str | date]


def _columns(columns: Mapping[str, Column]) -> Mapping[str, Column]:
    return MappingProxyType(dict(columns))


def _int32(values: object) -> Ints:
    array = np.asarray(values)
    if array.size == 0:
        array = array.astype(np.int32)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise TypeError(f"whole numbers in one dimension are needed, not {array.dtype} of shape {array.shape}")
    if array.dtype != np.int32 and array.size:
        limits = np.iinfo(np.int32)
        if int(array.min()) < limits.min or int(array.max()) > limits.max:
            raise TypeError("a whole number does not fit int32")
    frozen_array = array.astype(np.int32)
    frozen_array.flags.writeable = False
    return frozen_array


def _as_long_as_ids(instance: Any, attribute: "Attribute[Any]", value: Any) -> None:
    lengths = {name: len(column) for name, column in value.items()} if isinstance(value, Mapping) else {"": len(value)}
    for name, length in lengths.items():
        if length != len(instance.ids):
            words = f"{attribute.name}[{name!r}]" if name else attribute.name
            raise ValueError(f"{words} has {length} rows, but there are {len(instance.ids)} ids")


def _texts(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(items)


def _trees(trees: "Mapping[str, Edges]") -> "Mapping[str, Edges]":
    return MappingProxyType(dict(trees))


def _moves(moves: "Mapping[str, Moves]") -> "Mapping[str, Moves]":
    return MappingProxyType(dict(moves))


def _events(events: "Mapping[str, Events]") -> "Mapping[str, Events]":
    return MappingProxyType(dict(events))


def _rows(rows: "Mapping[str, CarriedRows]") -> "Mapping[str, CarriedRows]":
    return MappingProxyType(dict(rows))


def _givens(givens: "Mapping[str, Given]") -> "Mapping[str, Given]":
    return MappingProxyType(dict(givens))


def _figures(items: Company) -> Company:
    return MappingProxyType(dict(items))


def _indices(instance: Any, attribute: "Attribute[Ints]", value: Ints) -> None:
    _as_long_as_ids(instance, attribute, value)
    if len(value) and int(value.min()) < NONE:
        raise ValueError(f"{attribute.name} holds {int(value.min())}; nobody is -1")


@frozen(kw_only=True, eq=False)
class People:
    """Who may be in the run.

    Attributes:
        ids: Who each row is.
        status: Text column.
        joined: int32[n]: days since 1970-01-01 in the plan's timezone.
        attributes: What the plan declares about people, by name.
    """

    ids: IdIndex
    status: Column = field(validator=_as_long_as_ids)
    joined: Ints = field(converter=_int32, validator=_as_long_as_ids)
    attributes: Mapping[str, Column] = field(factory=dict, converter=_columns, validator=_as_long_as_ids)

    @status.validator
    def _is_text(self, attribute: "Attribute[Column]", value: Column) -> None:
        if value.kind != "text":
            raise TypeError(f"{attribute.name} must be a text column, not {value.kind}")

    def __len__(self) -> int:
        return len(self.ids)


@frozen(kw_only=True, eq=False)
class Edges:
    """One tree: who stands directly above whom.

    Attributes:
        parent: int32[n]: the row of people of the direct upline, -1 for none.
        leg: int32[n]: the leg of the upline in which the person hangs, from 1; 0 without a number.
    """

    parent: Ints = field(converter=_int32)
    leg: Ints = field(converter=_int32)

    @leg.default
    def _no_legs(self) -> Ints:
        return np.zeros(len(self.parent), dtype=np.int32)

    @leg.validator
    def _same_length(self, attribute: "Attribute[Ints]", value: Ints) -> None:
        if len(value) != len(self.parent):
            raise ValueError(f"{attribute.name} has {len(value)} rows, parent has {len(self.parent)}")


@frozen(kw_only=True, eq=False)
class Moves:
    """Who moved within one tree: from a day on, that day included, a person hangs below another upline.

    Attributes:
        person: int32[k]: the row of people of who moved; rows in any order.
        since: int32[k]: the day, in days since 1970-01-01 in the plan's timezone.
        parent: int32[k]: the row of people of the new direct upline, -1 for none.
        leg: int32[k]: the leg of the new upline, from 1; 0 without a number.
    """

    person: Ints = field(converter=_int32)
    since: Ints = field(converter=_int32)
    parent: Ints = field(converter=_int32)
    leg: Ints = field(converter=_int32)

    @leg.default
    def _no_legs(self) -> Ints:
        return np.zeros(len(self.person), dtype=np.int32)

    def __attrs_post_init__(self) -> None:
        for name in ("since", "parent", "leg"):
            if len(getattr(self, name)) != len(self):
                raise ValueError(f"{name} has {len(getattr(self, name))} rows, person has {len(self)}")
        if len(self) and (int(self.person.min()) < 0 or int(self.parent.min()) < NONE):
            raise ValueError("person holds who is nobody, or parent less than -1")

    def __len__(self) -> int:
        return len(self.person)


@frozen(kw_only=True, eq=False)
class Orders:
    """What was sold, and what was given back: a refund is an order with negative volumes that names its original.

    Attributes:
        ids: Who each order is; its labels decide ties.
        date: int32[m]: days since 1970-01-01 in the plan's timezone.
        seller: int32[m]: the row of people credited.
        buyer: int32[m]: the row of people who bought, -1 for a customer's order.
        customer: int32[m]: a code per customer, -1 where unknown.
        customers: The text of each customer's code; empty where no texts are known.
        refund_of: int32[m]: the row of the order that this one takes back, -1 for an order.
        volumes: The declared volumes and further declared columns, by name.
    """

    ids: IdIndex
    date: Ints = field(converter=_int32, validator=_as_long_as_ids)
    seller: Ints = field(converter=_int32, validator=_indices)
    buyer: Ints = field(converter=_int32, validator=_indices)
    customer: Ints = field(converter=_int32, validator=_indices)
    customers: tuple[str, ...] = field(default=(), converter=_texts)
    refund_of: Ints = field(converter=_int32, validator=_indices)
    volumes: Mapping[str, Column] = field(factory=dict, converter=_columns, validator=_as_long_as_ids)

    @buyer.default
    def _customers_buy(self) -> Ints:
        return np.full(len(self.ids), NONE, dtype=np.int32)

    @customer.default
    def _unknown_customers(self) -> Ints:
        return np.full(len(self.ids), NONE, dtype=np.int32)

    @refund_of.default
    def _no_refunds(self) -> Ints:
        return np.full(len(self.ids), NONE, dtype=np.int32)

    @classmethod
    def none(cls) -> Self:
        """No orders at all."""
        return cls(ids=IdIndex.from_labels([]), date=[], seller=[])

    def __len__(self) -> int:
        return len(self.ids)


@frozen(kw_only=True, eq=False)
class Events:
    """Further dated rows by person: cycles of a board, sign-ups, points of a contest.

    Attributes:
        ids: Who each event is; its labels decide ties.
        date: int32[m]: days since 1970-01-01 in the plan's timezone.
        person: int32[m]: the row of people whose it is.
        columns: What the plan declares about them, by name.
    """

    ids: IdIndex
    date: Ints = field(converter=_int32, validator=_as_long_as_ids)
    person: Ints = field(converter=_int32, validator=_indices)
    columns: Mapping[str, Column] = field(factory=dict, converter=_columns, validator=_as_long_as_ids)

    def __len__(self) -> int:
        return len(self.ids)


@frozen(kw_only=True, eq=False)
class CarriedRows:
    """Rows that are handed on and are no column of people: a fund, lines that wait, what was paid once.

    Attributes:
        columns: By name, all of one length; people, orders and accounts in them are texts, by id.
    """

    columns: Mapping[str, Column] = field(converter=_columns)

    @columns.validator
    def _of_one_length(self, _: "Attribute[Mapping[str, Column]]", columns: Mapping[str, Column]) -> None:
        if len({len(column) for column in columns.values()}) > 1:
            lengths = ", ".join(f"{name} {len(column)}" for name, column in columns.items())
            raise ValueError(f"the columns have different lengths: {lengths}")
        for name, column in columns.items():
            if column.kind in {"person", "rank"}:
                raise TypeError(f"{name} is a {column.kind}, which means nothing in the next period; give ids as texts")

    def __len__(self) -> int:
        return max((len(column) for column in self.columns.values()), default=0)


@frozen(kw_only=True, eq=False)
class State:
    """What the period before hands to this one.

    Attributes:
        ids: Whom the columns are about; whoever is new this period is absent.
        carried: By name, as the plan's `[carry]` declares.
        best_rank: Text column of rank ids, the highest ever held; none where nobody held one.
        rows: What is handed on and is no column of people, by the name of what keeps it.
    """

    ids: IdIndex
    carried: Mapping[str, Column] = field(factory=dict, converter=_columns, validator=_as_long_as_ids)
    best_rank: Column = field(validator=_as_long_as_ids)
    rows: Mapping[str, CarriedRows] = field(factory=dict, converter=_rows)

    @best_rank.default
    def _no_ranks(self) -> Column:
        return Column.texts([None] * len(self.ids))

    @classmethod
    def empty(cls) -> Self:
        """Before the first period."""
        return cls(ids=IdIndex.from_labels([]))


@frozen(kw_only=True, eq=False)
class Given:
    """A column's values for some people, given instead of computed.

    Attributes:
        rows: int32[k]: rows of people, each once.
        values: k rows: a measure's values, or the ids of ranks as texts.
    """

    rows: Ints = field(converter=_int32)
    values: Column = field()

    @rows.validator
    def _each_once(self, attribute: "Attribute[Ints]", rows: Ints) -> None:
        if len(rows) and int(rows.min()) < 0:
            raise ValueError(f"{attribute.name} holds {int(rows.min())}, which is nobody")
        if len(np.unique(rows)) != len(rows):
            raise ValueError(f"{attribute.name} holds a person twice")

    @values.validator
    def _one_for_each(self, attribute: "Attribute[Column]", values: Column) -> None:
        if len(values) != len(self.rows):
            raise ValueError(f"{attribute.name} has {len(values)} rows, but there are {len(self.rows)} people")


@frozen(kw_only=True, eq=False)
class RunInputs:
    """Everything that a run reads besides the plan.

    Attributes:
        period: The period to calculate.
        people: Who may be in it.
        trees: Edges by tree; those that the plan declares. Each person stands where the person stood before the first
            of the moves that are given; without moves, where the person stands at the period's end.
        orders: What was sold in the period and in its sub-periods that began before it, and the originals of refunds.
        events: Further dated rows by person, by name; those that the plan declares, of the same days as the orders.
        company: One figure each, as the plan declares.
        previous: What the period before handed on.
        given: Measures, and `rank`, that some people have whatever the formula says, by name; for tests of plans.
        moves: By tree, who moved when. Those up to the period's end lead to the tree of its end.
    """

    period: Period
    people: People
    trees: Mapping[str, Edges] = field(converter=_trees)
    orders: Orders = field(factory=Orders.none)
    events: Mapping[str, Events] = field(factory=dict, converter=_events)
    company: Company = field(factory=dict, converter=_figures)
    previous: State = field(factory=State.empty)
    given: Mapping[str, Given] = field(factory=dict, converter=_givens)
    moves: Mapping[str, Moves] = field(factory=dict, converter=_moves)

    @trees.validator
    def _as_many_as_people(self, _: "Attribute[Mapping[str, Edges]]", trees: Mapping[str, Edges]) -> None:
        for name, edges in trees.items():
            if len(edges.parent) != len(self.people):
                raise ValueError(
                    f"the tree {name!r} has {len(edges.parent)} rows, but there are {len(self.people)} people"
                )

    @given.validator
    def _of_people(self, _: "Attribute[Mapping[str, Given]]", givens: Mapping[str, Given]) -> None:
        for name, given in givens.items():
            if len(given.rows) and int(given.rows.max()) >= len(self.people):
                raise ValueError(
                    f"{name!r} is given for row {int(given.rows.max())}, but there are {len(self.people)} people"
                )

    @moves.validator
    def _within_people(self, _: "Attribute[Mapping[str, Moves]]", all_moves: Mapping[str, Moves]) -> None:
        for name, moves in all_moves.items():
            highest = max((int(rows.max()) for rows in (moves.person, moves.parent) if len(rows)), default=NONE)
            if highest >= len(self.people):
                raise ValueError(f"moves[{name!r}] name row {highest}, but there are {len(self.people)} people")
