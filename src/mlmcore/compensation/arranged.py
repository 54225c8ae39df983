"""A run's inputs in the one order in which a run sees them, whatever the order of the rows.

People stand in the preorder of the plan's default tree, orders by date and then id. Whoever joined after the period
is not in the run. What is wrong with the content is found here, all at once: an order of somebody who is not in the
run, a refund that names no order, a negative volume that is no refund, a tree or a column that the plan declares and
the inputs lack.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Any, Final

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from mlmcore.compensation._standing import Versions, edges_by_tree
from mlmcore.compensation.columns import Column, no_values
from mlmcore.compensation.inputs import NONE, Company, Edges, Events, Given, Orders, People, RunInputs, State
from mlmcore.compensation.plan import InputColumn, Plan
from mlmcore.domain.enums import PeriodKind
from mlmcore.domain.errors import Findings
from mlmcore.domain.periods import Period
from mlmcore.genealogy import IdIndex, Network, build_network_with_rows
from mlmcore.genealogy.grouped import rows_by
from mlmcore.genealogy.threads import taken

__all__ = ["Arranged", "arrange", "day_number", "days_seen", "first_day_kept"]

_EPOCH: Final = date(1970, 1, 1)
_DAYS_COUNTED: Final = 2**16
Ints = NDArray[np.int32]


@frozen(kw_only=True, eq=False)
class Arranged:
    """Everything that a run reads besides the plan, in order.

    Attributes:
        period: The period.
        network: Who stands where; a person's index is the position in `network.ids`.
        people: By person.
        orders: By date, then id; people in them are persons.
        events: By name; each by date, then id.
        company: One figure each.
        previous: By person; whoever is new has none.
        had_before: bool[n]: whether the person has a previous state at all.
        given: What is given instead of computed, by name; rows are persons.
        versions: Which tree of the network holds on which day, where the plan asks for the tree of the order's day.
    """

    period: Period
    network: Network
    people: People
    orders: Orders
    events: Mapping[str, Events]
    company: Company
    previous: State
    had_before: NDArray[np.bool_]
    given: Mapping[str, Given]
    versions: Versions = field(factory=Versions)

    def dated(self, name: str) -> Orders | Events:
        """The rows of `orders` or `events.NAME`."""
        return self.orders if name == "orders" else self.events[name.partition(".")[2]]

    @property
    def dated_count(self) -> int:
        """How many orders and events there are in all."""
        return len(self.orders) + sum(map(len, self.events.values()))

    def places(self, name: str) -> NDArray[np.int64]:
        """int64[m]: the place of each order, or event of a name, among all of them: by date, then id.

        Where those are the same an order stands before an event, and events by their name.
        """
        return self._places[name]

    @cached_property
    def _places(self) -> dict[str, NDArray[np.int64]]:
        names = ["orders", *(f"events.{name}" for name in sorted(self.events))]
        tables = [self.dated(name) for name in names]
        if len(tables) == 1:
            return {"orders": np.arange(len(self.orders), dtype=np.int64)}
        labels = [label for table in tables for label in table.ids.labels(range(len(table)))]
        rank = {label: place for place, label in enumerate(sorted(set(labels)))}
        ids = np.array([rank[label] for label in labels], dtype=np.int64)
        sizes = [len(table) for table in tables]
        which = np.repeat(np.arange(len(tables)), sizes)
        order = np.lexsort((which, ids, np.concatenate([table.date for table in tables])))
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        return dict(zip(names, np.split(place, np.cumsum(sizes)[:-1]), strict=True))

    def within(self, period: Period, name: str = "orders") -> slice:
        """The orders, or other dated rows, of a span of days; they stand together."""
        first, end = np.searchsorted(self.dated(name).date, [day_number(period.start), day_number(period.end)])
        return slice(int(first), int(end))


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def arrange(plan: Plan, inputs: RunInputs) -> Arranged:
    """Bring inputs into a run's order.

    Raises:
        InputError: Everything that is wrong with their content.
    """
    findings = Findings()
    _check_declared(plan, inputs, findings)
    findings.raise_if_any()
    kept = np.flatnonzero(inputs.people.joined < day_number(inputs.period.end)).astype(np.int32)
    new_row = np.full(len(inputs.people), NONE, dtype=np.int32)
    new_row[kept] = np.arange(len(kept), dtype=np.int32)
    end = day_number(inputs.period.end)
    stand, versions = edges_by_tree(plan, inputs, end, inputs.orders.date[inputs.orders.date < end], findings)
    edges = {name: _edges(inputs, name, stand[name], kept, new_row, findings) for name in stand}
    findings.raise_if_any()
    everybody = len(kept) == len(inputs.people)
    ids = inputs.people.ids if everybody else inputs.people.ids.take(kept)
    built = build_network_with_rows(ids, edges, plan.tree)
    network, rows, person_of_row = built.network, built.row_of_person, built.person_of_row
    if not everybody:
        rows = kept[rows]
        person_of_row = np.full(len(inputs.people), NONE, dtype=np.int32)
        person_of_row[kept] = built.person_of_row
    given = {name: _given(inputs, name, person_of_row, findings) for name in inputs.given}
    orders = _orders(plan, inputs, person_of_row, findings)
    events = {name: _events(plan, inputs, name, person_of_row, findings) for name in plan.event_columns}
    findings.raise_if_any()
    return Arranged(
        period=inputs.period,
        network=network,
        people=_people(inputs.people, network.ids, rows),
        orders=orders,
        events=events,
        company=inputs.company,
        previous=_previous(inputs.previous, network.ids),
        had_before=inputs.previous.ids.find(network.ids.keys) >= 0,
        given=given,
        versions=versions,
    )


def _check_declared(plan: Plan, inputs: RunInputs, findings: Findings) -> None:
    given = {
        "tree": (plan.tree_names, inputs.trees),
        "attribute": (plan.inputs.attributes, inputs.people.attributes),
        "volume": (plan.inputs.volumes, inputs.orders.volumes),
        "order column": (plan.inputs.order_columns, inputs.orders.volumes),
        "company figure": (plan.inputs.company, inputs.company),
        "events": (plan.event_columns, inputs.events),
    }
    for word, (declared, present) in given.items():
        for name in declared:
            if name not in present:
                what = f"the plan declares the {word} {name!r}, and the inputs have none"
                findings.add(
                    code="inputs.missing", what=what, todo="give it, or take it out of [inputs]", path="inputs"
                )
    _check_kinds(plan.inputs.attributes, inputs.people.attributes, findings)
    _check_kinds({**plan.inputs.volumes, **plan.inputs.order_columns}, inputs.orders.volumes, findings)
    for event, declared_columns in plan.inputs.events.items():
        if event in inputs.events:
            _check_event(event, declared_columns, inputs.events[event], findings)


def _check_event(event: str, declared: Mapping[str, InputColumn], events: Events, findings: Findings) -> None:
    for name in declared:
        if name not in events.columns:
            what = f"the plan declares the column {name!r} of {event}, and the inputs have none"
            findings.add(code="inputs.missing", what=what, todo="give it, or take it out of [inputs]", path="inputs")
    _check_kinds(declared, events.columns, findings)


def _check_kinds(declared: Mapping[str, InputColumn], given: Mapping[str, Column], findings: Findings) -> None:
    for name, wanted in declared.items():
        column = given.get(name)
        if column is not None and (column.kind, column.unit) != (wanted.kind, wanted.unit):
            words = wanted.unit or wanted.kind
            what = f"{name!r} is {column.unit or column.kind}, and the plan declares {words}"
            findings.add(code="inputs.kind", what=what, todo="give it as declared", path="inputs")


def _edges(
    inputs: RunInputs, name: str, edges: Edges, kept: Ints, new_row: Ints, findings: Findings
) -> tuple[Ints, Ints]:
    """A tree over those who are in the run; nobody in it stands below somebody who joins only after the period."""
    ids = inputs.people.ids
    if len(kept) == len(ids):
        return edges.parent, edges.leg
    parent, leg = edges.parent[kept], edges.leg[kept]
    inside = (parent >= 0) & (parent < len(new_row))
    moved = np.where(inside, new_row[np.where(inside, parent, 0)] if len(new_row) else parent, parent).astype(np.int32)
    for row in np.flatnonzero(inside & (moved < 0)).tolist():
        what = f"the upline {ids.label(int(parent[row]))} joined after the period"
        todo = "give the tree as it stood at the period's end"
        findings.add(code="inputs.upline", what=what, todo=todo, path=f"{name}: person {ids.label(int(kept[row]))}")
    return moved, leg


def _given(inputs: RunInputs, name: str, person_of_row: Ints, findings: Findings) -> Given:
    """What is given, of persons; nothing is given for somebody who is not in the run."""
    given = inputs.given[name]
    persons = person_of_row[given.rows] if len(person_of_row) else given.rows
    for row in given.rows[persons < 0].tolist():
        what, todo = f"{name} is given, and the person joined after the period", "leave it out"
        path = f"person {inputs.people.ids.label(row)}"
        findings.add(code="inputs.given", what=what, todo=todo, path=path)
    return Given(rows=persons, values=given.values) if (persons >= 0).all() else given


def _people(people: People, ids: IdIndex, rows: Ints) -> People:
    return People(
        ids=ids,
        status=people.status.take(rows),
        joined=people.joined[rows],
        attributes={name: column.take(rows) for name, column in people.attributes.items()},
    )


def _previous(state: State, ids: IdIndex) -> State:
    row = state.ids.find(ids.keys)
    return State(
        ids=ids,
        carried={name: take_or_none(column, row) for name, column in state.carried.items()},
        best_rank=take_or_none(state.best_rank, row),
        rows=state.rows,
    )


def take_or_none(column: Column, rows: Ints) -> Column:
    """Some rows of a column; -1 gives none (false, of a boolean)."""
    missing = rows < 0
    if not missing.any():
        return column.take(rows)
    if not len(column):
        return _nothing(column, len(rows))
    taken = column.take(np.where(missing, 0, rows))
    if column.kind == "number":
        absent = missing if taken.absent is None else missing | taken.absent
        return evolve(taken, values=np.where(missing, 0, taken.values), absent=absent)
    nothing = no_values(column.kind, 1)[0]
    return evolve(taken, values=np.where(missing, nothing, taken.values).astype(taken.values.dtype))


def _nothing(column: Column, size: int) -> Column:
    absent = np.ones(size, dtype=np.bool_) if column.kind == "number" else None
    return evolve(column, values=no_values(column.kind, size), absent=absent)


def _orders(plan: Plan, inputs: RunInputs, person_of_row: Ints, findings: Findings) -> Orders:
    orders = inputs.orders
    seen = _seen(plan, inputs)
    _find_wrong(orders, seen, person_of_row, plan, findings)
    findings.raise_if_any()
    rows = _by_date_and_id(orders, seen)
    new_row = np.full(len(orders), NONE, dtype=np.int32)
    new_row[rows] = np.arange(len(rows), dtype=np.int32)
    return Orders(
        ids=orders.ids.take(rows),
        date=taken(orders.date, rows),
        seller=_moved(orders.seller, rows, person_of_row),
        buyer=_moved(orders.buyer, rows, person_of_row),
        customer=np.full(len(rows), NONE, np.int32) if _are_nobody(orders.customer) else taken(orders.customer, rows),
        customers=list(orders.customers),
        refund_of=_moved(orders.refund_of, rows, new_row),
        volumes={name: column.take(rows) for name, column in orders.volumes.items()},
    )


def _events(plan: Plan, inputs: RunInputs, name: str, person_of_row: Ints, findings: Findings) -> Events:
    """The events of one name that a run sees; those of somebody who is not in it go to the findings."""
    events = inputs.events[name]
    first, end = days_seen(plan, inputs.period)
    seen = np.flatnonzero((events.date >= first) & (events.date < end))
    for row in seen[(events.person[seen] < 0) | _unknown(events.person[seen], person_of_row)].tolist():
        what, todo = "its person is not in the run", "the person must have joined by the period's end"
        findings.add(code="inputs.event", what=what, todo=todo, path=f"event {name} {events.ids.label(row)}")
    rows = _by_date_and_id(events, seen)
    return Events(
        ids=events.ids.take(rows),
        date=events.date[rows],
        person=_moved(events.person, rows, person_of_row),
        columns={column: values.take(rows) for column, values in events.columns.items()},
    )


def _by_date_and_id(orders: Orders | Events, seen: NDArray[np.intp]) -> Ints:
    """The orders that are seen, by date, then id."""
    date = _those(orders.date, seen)
    first, last = (int(date.min()), int(date.max())) if len(date) else (0, 0)
    if len(seen) == len(orders) and last - first < _DAYS_COUNTED:
        return rows_by(date - np.int32(first), last - first + 1, orders.ids.in_order)
    # One sort of one number, since no two have the same.
    return seen[np.argsort(date.astype(np.int64) * len(orders) + orders.ids.rank[seen])].astype(np.int32)


def _those(values: NDArray[Any], seen: NDArray[np.intp]) -> NDArray[Any]:
    """The values of the rows that are seen; nothing is copied where those are all."""
    return values if len(seen) == len(values) else values[seen]


def _moved(indices: Ints, rows: Ints, new: Ints) -> Ints:
    """The new index of what some rows mean, of nobody nobody."""
    if _are_nobody(indices):
        return np.full(len(rows), NONE, dtype=np.int32)
    return taken(np.append(new, np.int32(NONE)), taken(indices, rows))


def _are_nobody(indices: Ints) -> bool:
    """Whether nothing is meant anywhere: most often no order is a refund, and no customer has a name."""
    return int(indices.max(initial=NONE)) < 0


def _seen(plan: Plan, inputs: RunInputs) -> NDArray[np.intp]:
    """The orders of the period and of its sub-periods, and the originals of refunds among them."""
    orders = inputs.orders
    first, end = days_seen(plan, inputs.period)
    seen = (orders.date >= first) & (orders.date < end)
    originals = orders.refund_of[seen]
    seen[originals[(originals >= 0) & (originals < len(orders))]] = True
    return np.flatnonzero(seen)


def days_seen(plan: Plan, period: Period) -> tuple[int, int]:
    """From the first day of the period, or of an earlier one for which a bonus runs in it, up to the period's end."""
    kinds = {PeriodKind(bonus.every) for bonus in plan.bonuses if bonus.every is not None}
    starts = [part.start for kind in kinds for part in period.subperiods(kind)]
    return day_number(min([period.start, *starts])), day_number(period.end)


def first_day_kept(plan: Plan, period: Period) -> int:
    """The first day of which a later period may see events: of the longer periods that bonuses have, the one under way.

    It is the period's end, from which on nothing has happened, where no bonus looks back.
    """
    kinds = {PeriodKind(bonus.every) for bonus in plan.bonuses if bonus.every is not None}
    starts = [Period.containing(period.end, kind, period.timezone).start for kind in kinds]
    return day_number(min([period.end, *starts]))


def _find_wrong(orders: Orders, seen: NDArray[np.intp], person_of_row: Ints, plan: Plan, findings: Findings) -> None:
    for row in seen[_unknown(_those(orders.seller, seen), person_of_row)].tolist():
        _find(orders, row, findings, "its seller is not in the run", "the seller must have joined by the period's end")
    buyer = _those(orders.buyer, seen)
    for row in seen[(buyer >= 0) & _unknown(buyer, person_of_row)].tolist():
        _find(orders, row, findings, "its buyer is not in the run", "the buyer must have joined by the period's end")
    for row, what, todo in _wrong_refunds(orders, seen):
        _find(orders, row, findings, what, todo)
    for name in plan.inputs.volumes:
        for row, what, todo in _wrong_signs(orders, seen, name):
            _find(orders, row, findings, what, todo)


def _wrong_refunds(orders: Orders, seen: NDArray[np.intp]) -> Iterator[tuple[int, str, str]]:
    """Refunds that are not the reverse of an order: of whom it was, when it was, what it was."""
    refunds = seen[_those(orders.refund_of, seen) >= 0]
    for row, original in zip(refunds.tolist(), orders.refund_of[refunds].tolist(), strict=True):
        if original >= len(orders):
            yield row, f"refund_of is {original}, and there are {len(orders)} orders", "name the original's row"
            continue
        label = orders.ids.label(original)
        if orders.refund_of[original] >= 0:
            yield row, f"it refunds {label}, which is a refund itself", "name the order"
        if orders.date[original] > orders.date[row]:
            yield row, f"it is dated before {label}, the order that it refunds", "correct one of the dates"
        for whose in ("seller", "buyer"):
            people = getattr(orders, whose)
            if people[original] != people[row]:
                yield row, f"its {whose} is not the {whose} of {label}, the order that it refunds", "give the same"


def _wrong_signs(orders: Orders, seen: NDArray[np.intp], name: str) -> Iterator[tuple[int, str, str]]:
    values = _those(orders.volumes[name].values, seen)
    if _are_nobody(orders.refund_of) and int(values.min(initial=0)) >= 0:
        return
    refund = _those(orders.refund_of, seen) >= 0
    for row in seen[~refund & (values < 0)].tolist():
        yield row, f"{name} is negative, and it names no order that it refunds", "name it in refund_of"
    for row in seen[refund & (values > 0)].tolist():
        yield row, f"it is a refund, and its {name} is positive", "a refund has negative volumes"


def _unknown(indices: Ints, person_of_row: Ints) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (indices >= 0) & (indices < len(person_of_row))
    if (person_of_row >= 0).all():
        return ~inside
    found = np.where(inside, person_of_row[np.where(inside, indices, 0)] if len(person_of_row) else NONE, NONE)
    unknown: NDArray[np.bool_] = found < 0
    return unknown


def _find(orders: Orders, row: int, findings: Findings, what: str, todo: str) -> None:
    findings.add(code="inputs.order", what=what, todo=todo, path=f"order {orders.ids.label(row)}")
