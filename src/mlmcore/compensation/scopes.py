"""Aggregates: from an expression's scope to a rollup over a tree, or a reduction of orders by person.

Every aggregate has one value per person, whoever asks; so it is computed once for everybody and remembered, and a
frame takes from it what its rows need. What `where` refuses is never evaluated further; refunds are netted in sums
and skipped elsewhere.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from mlmcore.compensation._distinct import different_below
from mlmcore.compensation._joined import Joined
from mlmcore.compensation._members import members_below, person_frame
from mlmcore.compensation._reduction import (
    NOTHING,
    Reduction,
    as_column,
    has_value,
    or_default,
    reduced,
    refuse_overflow,
)
from mlmcore.compensation._two_trees import sums_in_leg
from mlmcore.compensation._values_of_me import parts_by_value
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions._mine import (
    crosses_trees,
    few_valued,
    fixed,
    is_whole,
    mine,
    needs_pairs,
    separated,
)
from mlmcore.compensation.expressions.evaluate import evaluate, may_fail
from mlmcore.compensation.expressions.tree import Aggregate, Constant, Node, names
from mlmcore.compensation.expressions.types import COUNT
from mlmcore.compensation.frames import Groups, RowsFrame, events_frame, orders_frame, people_frame
from mlmcore.domain.periods import Period
from mlmcore.genealogy import Genealogy, rollups

if TYPE_CHECKING:
    from mlmcore.compensation.frames import Sheet

__all__ = ["Scopes"]

Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.intp]


class Scopes:
    """Computes a run's aggregates."""

    def __init__(self, sheet: "Sheet") -> None:
        self._sheet = sheet
        self._known: dict[tuple[Aggregate, Period], Column] = {}

    def of_people(self, node: Aggregate) -> Column:
        """One value for every person."""
        key = self._key(node)
        if key not in self._known:
            self._known[key] = self._computed(node)
        return self._known[key]

    def of_rows(self, node: Aggregate, frame: RowsFrame) -> Column:
        """One value for each row of a frame: an aggregate that asks something of `me`, who may be somebody else.

        Few-valued columns of `me` become constants, and factors are put outside a sum, so that rollups do the rest;
        only what is neither is asked pair by pair.
        """
        ranks = len(self._sheet.plan.ranks)
        if not is_whole(node) or needs_pairs(node, ranks):
            return self._by_pairs(node, frame)
        few = few_valued(mine(node), ranks)
        values: NDArray[Any] = np.zeros(frame.size, dtype=np.bool_ if node.type.kind == "boolean" else np.int64)
        for rows, constants in parts_by_value(self._sheet, few, frame.persons("me")):
            part: Node = fixed(node, constants)
            if mine(part):
                part = separated(fixed(node, constants)) or part
            found = evaluate(part, frame.some(rows))
            values[rows] = found.values if found.kind == "boolean" else found.at_places(node.type.places).values
        if node.type.kind == "boolean":
            return Column(kind="boolean", values=values)
        return Column.scaled(values, node.type.places, unit=node.type.unit)

    def of_groups(self, node: Aggregate, frame: RowsFrame, groups: Groups) -> Column:
        """One value for every group of orders: `orders` inside an aggregate over customers."""
        persons = {subject: frame.persons(subject)[groups.group] for subject in ("self", "me")}
        orders = orders_frame(self._sheet, groups.order, **persons)
        default = None if node.default is None else evaluate(node.default, frame)
        return reduced(node, orders, groups.group, self._counting(node, groups.order), groups.size, default)

    def hold(self, node: Aggregate, column: Column) -> None:
        """Take the values of an aggregate from outside."""
        self._known[self._key(node)] = column

    def forget(self, node: Aggregate) -> None:
        """Compute an aggregate anew when somebody asks."""
        self._known.pop(self._key(node), None)

    def ends(self, node: Aggregate) -> Bools | None:
        """bool[n]: where an aggregate's descent ends, which is never asked of a root; None where nowhere."""
        if node.until is None or not may_fail(node.until):
            return _condition(node.until, people_frame(self._sheet))
        return self._asked(node, node.until, 1)

    def _key(self, node: Aggregate) -> tuple[Aggregate, Period]:
        return node, self._sheet.span

    def _computed(self, node: Aggregate) -> Column:
        everybody = np.arange(self._sheet.size, dtype=np.int32)
        if (mine(node) and not _is_of_own_rows(node)) or self._is_walked(node):
            return self.of_rows(node, person_frame(self._sheet, everybody, everybody))
        over: dict[str, Callable[[Aggregate], Column]] = {
            "orders": self._over_own_rows,
            "purchases": self._over_own_rows,
            "events": self._over_own_rows,
            "past": self._over_own_rows,
            "customers": self._over_customers,
            "positions": self._over_positions,
        }
        return over.get(node.scope.kind, self._over_tree)(node)

    def _default(self, node: Aggregate) -> Column | None:
        return None if node.default is None else evaluate(node.default, people_frame(self._sheet))

    def _counting(self, node: Aggregate, orders: Ints) -> Bools:
        """Which orders take part as far as refunds are concerned."""
        if node.refunds:  # the loader says so for every sum, and not for the sum that a mean is made of
            return np.ones(len(orders), dtype=np.bool_)
        counting: Bools = self._sheet.rows.orders.refund_of[orders] < 0
        return counting

    def _in_window(self) -> Ints:
        return self._sheet.orders_within(self._sheet.window)

    def _is_walked(self, node: Aggregate) -> bool:
        """Whether no rollup answers, though nothing is asked of who asks: some legs, and different values by level."""
        if needs_pairs(node, len(self._sheet.plan.ranks)):
            return True
        return node.scope.kind in {"front", "level", "levels"} and bool(node.leg or node.distinct is not None)

    def _by_pairs(self, node: Aggregate, frame: RowsFrame) -> Column:
        reduction = Reduction(node, frame.size)
        for rows, members, counting in self._members(node, frame):
            reduction.add(members, rows.astype(np.int32), counting)
        return reduction.column(None if node.default is None else evaluate(node.default, frame))

    def _members(self, node: Aggregate, frame: RowsFrame) -> Iterator[tuple[Rows, RowsFrame, Bools | None]]:
        """What is in a scope, for each row of a frame: the rows, what they ask about, and what of it takes part."""
        whose, me = frame.persons("self"), frame.persons("me")
        match node.scope.kind:
            case "orders" | "purchases" | "events" | "past":
                own, owner, counting = self.own_rows(node)
                rows, items = Joined(owner, self._sheet.size).of(whose)
                members = own.some(items)
                indices = {**members.indices, "self": whose[rows], "me": me[rows]}
                yield rows, evolve(members, indices=indices), counting[items]
            case "customers":
                groups, owner, seen = self._customers(node)
                rows, items = Joined(owner, self._sheet.size).of(whose)
                yield rows, self._customers_frame(groups.some(items), owner[items], me[rows]), seen[items]
            case "positions":
                owner, owners = self._owners
                rows, people = Joined(owner, owners).of(owner[whose])
                yield rows, person_frame(self._sheet, people, me[rows]), None
            case _:
                for rows, members in members_below(self._sheet, node, frame):
                    yield rows, members, None

    def _over_own_rows(self, node: Aggregate) -> Column:
        frame, owner, counting = self.own_rows(node)
        return reduced(node, frame, owner, counting, self._sheet.size, self._default(node))

    def own_rows(self, node: Aggregate) -> tuple[RowsFrame, Ints, Bools]:
        """Somebody's own orders, events or past periods as a frame, whose each is, and which take part."""
        match node.scope.kind:
            case "events":
                return self._events_of(node)
            case "past":
                return self._past_of(node)
            case _:
                orders, owner = self._orders_of(node)
                frame = orders_frame(self._sheet, orders, self=owner, me=owner)
                return frame, owner, self._counting(node, orders)

    def _orders_of(self, node: Aggregate) -> tuple[Ints, Ints]:
        """The orders of the window that are somebody's, and whose: the seller's or the buyer's."""
        table, orders = self._sheet.rows.orders, self._in_window()
        owner = table.seller if node.scope.kind == "orders" else table.buyer
        owner = owner if self._sheet.are_all(orders) else owner[orders]
        somebodys = owner >= 0
        return (orders, owner) if somebodys.all() else (orders[somebodys], owner[somebodys])

    def _events_of(self, node: Aggregate) -> tuple[RowsFrame, Ints, Bools]:
        name, sheet = f"events.{node.scope.events}", self._sheet
        window = sheet.rows.within(sheet.span, name)
        events = np.arange(window.start, window.stop, dtype=np.int32)
        owner = sheet.rows.events[node.scope.events].person[events]
        return events_frame(sheet, name, events, self=owner, me=owner), owner, np.ones(len(events), dtype=np.bool_)

    def _past_of(self, node: Aggregate) -> tuple[RowsFrame, Ints, Bools]:
        """The periods of which every column that is read is known; where none is read, those in which anything is."""
        sheet = self._sheet
        past, rows = sheet.past, node.scope.bounds[0] * sheet.size
        read = {name.name for name in names(node) if name.subject == "past"}
        known = [past[name].there[:rows] for name in (read or past) if len(past[name].there) >= rows]
        there = (np.logical_and if read else np.logical_or).reduce(known)
        index = np.flatnonzero(there).astype(np.int32)
        person = index % np.int32(max(sheet.size, 1))
        frame = RowsFrame(sheet=sheet, size=len(index), indices={"past": index, "self": person, "me": person})
        return frame, person, np.ones(len(index), dtype=np.bool_)

    def _over_customers(self, node: Aggregate) -> Column:
        groups, owner, seen = self._customers(node)
        frame = self._customers_frame(groups, owner, owner)
        return reduced(node, frame, owner, seen, self._sheet.size, self._default(node))

    def _customers(self, node: Aggregate) -> tuple[Groups, Ints, Bools]:
        """Customers with their orders, whose each is, and which take part.

        Customers are distinct by seller; one who appears only by a refund is none, unless refunds take part.
        """
        table, orders = self._sheet.rows.orders, self._in_window()
        orders = orders[(table.buyer[orders] < 0) & (table.customer[orders] >= 0)]
        pairs = np.stack([table.seller[orders], table.customer[orders]], axis=1)
        distinct, inverse = np.unique(pairs, axis=0, return_inverse=True)
        group: Ints = inverse.reshape(-1).astype(np.int32)
        seen = np.zeros(len(distinct), dtype=np.bool_)
        seen[group[self._counting(evolve(node, function="count"), orders)]] = True
        return Groups(group=group, order=orders, size=len(distinct)), distinct[:, 0].astype(np.int32), seen

    def _customers_frame(self, groups: Groups, owner: Ints, me: Ints) -> RowsFrame:
        indices = {"self": owner, "me": me}
        return RowsFrame(sheet=self._sheet, size=groups.size, indices=indices, customers=groups)

    def _over_positions(self, node: Aggregate) -> Column:
        """Everybody of one owner sees the same people, oneself among them; only `default=` is each person's own."""
        owner, owners = self._owners
        frame, everybody = people_frame(self._sheet), np.ones(self._sheet.size, dtype=np.bool_)
        default = self._default(node)
        found = reduced(evolve(node, default=None), frame, owner, everybody, owners, None).take(owner)
        if default is None:
            return found
        counted = evolve(node, function="count", value=None, default=None, type=COUNT)
        counts = reduced(counted, frame, owner, everybody, owners, None).take(owner)
        return evolve(
            found, values=np.where(counts.values == 0, default.at_places(node.type.places).values, found.values)
        )

    @cached_property
    def _owners(self) -> tuple[Ints, int]:
        """int32[n]: a number for whose position each person is, and how many owners there are."""
        name = self._sheet.plan.inputs.owner
        assert name is not None  # noqa: S101  (the checker asks for it where there are positions)
        codes = self._sheet.person[name].values
        own = np.arange(self._sheet.size) + len(self._sheet.person[name].categories)
        _, owner = np.unique(np.where(codes < 0, own, codes), return_inverse=True)
        return owner.reshape(-1).astype(np.int32), int(owner.max(initial=-1)) + 1

    def _tree(self, node: Aggregate) -> tuple[Genealogy, Ints | None]:
        network = self._sheet.rows.network
        name = node.scope.tree or network.default
        return network.tree(name), network.person_of_node[name]

    def _over_tree(self, node: Aggregate) -> Column:
        tree, persons = self._tree(node)
        frame = people_frame(self._sheet)
        where = self._counted(node, frame)
        until = self.ends(node)
        default = self._default(node)
        if node.distinct is not None:
            values = self._codes(node.distinct, frame, where)
            rolled = _different(node, tree, _by_node(values, persons), _by_node(until, persons))
        elif crosses_trees(node):
            return self._in_leg_elsewhere(node, frame, where, until)
        else:
            value = None if node.value is None else _where_needed(node.value, frame, where)
            rolled = _rolled(node, tree, _by_node(value, persons), _by_node(where, persons), _by_node(until, persons))
        nodes = self._sheet.rows.network.node_of_person[node.scope.tree or self._sheet.rows.network.default]
        by_person = rolled if nodes is None else rolled[nodes]
        if node.function in {"max", "min"}:
            empty = by_person == NOTHING
            extreme = np.where(empty, 0, by_person)
            return or_default(node, extreme if node.function == "max" else -extreme, empty, default)
        return as_column(node, by_person)

    def _counted(self, node: Aggregate, frame: RowsFrame) -> Bools | None:
        """Who counts, None for everybody; where that or the value could fail, asked only of those in some scope."""
        value = node.value if node.distinct is None else node.distinct
        asked = [part for part in (node.where, value) if part is not None]
        if node.scope.kind == "group" or not any(map(may_fail, asked)):
            return _condition(node.where, frame)
        return self._asked(node, node.where, node.scope.bounds[0] if node.scope.bounds else 1)

    def _asked(self, node: Aggregate, condition: Node | None, depth: int) -> Bools:
        """Who stands at least so deep in the tree, and meets the condition."""
        network, name = self._sheet.rows.network, node.scope.tree
        nodes, depths = network.node_of_person[name], network.tree(name).depth
        holds = np.asarray((depths if nodes is None else depths[nodes]) >= depth)
        if condition is not None:
            rows = np.flatnonzero(holds)
            holds[rows] = evaluate(condition, people_frame(self._sheet).some(rows)).values
        return holds

    def _codes(self, node: Node, frame: RowsFrame, where: Bools | None) -> Ints64:
        """int64[n]: equal numbers for equal values, -1 for none and for whoever does not count."""
        rows = np.arange(frame.size) if where is None else np.flatnonzero(where)
        column = evaluate(node, frame.some(rows))
        _, codes = np.unique(column.values, return_inverse=True)
        found = np.full(frame.size, -1, dtype=np.int64)
        found[rows] = np.where(has_value(column), codes.reshape(-1), -1)
        return found

    def _in_leg_elsewhere(self, node: Aggregate, frame: RowsFrame, where: Bools | None, until: Bools | None) -> Column:
        """Of those below in one tree, who stand in a leg of the placement tree."""
        there = np.ones(frame.size, dtype=np.bool_) if where is None else where
        value = there if node.value is None else _where_needed(node.value, frame, where)
        asked = ~value if node.function == "all" else value  # who spoils it, or who makes it
        counted = np.where(there, asked.astype(np.int64), 0)
        refuse_overflow(counted)
        found = sums_in_leg(self._sheet, node.scope.tree, counted, until, node.leg)
        if node.function == "any":
            return as_column(node, found > 0)
        return as_column(node, found == 0 if node.function == "all" else found)


def _is_of_own_rows(node: Aggregate) -> bool:
    """Whether it runs over the person's own orders, events or periods, where `me` is whose they are."""
    return node.scope.kind in {"orders", "purchases", "customers", "events", "past"}


def _different(node: Aggregate, tree: Genealogy, codes: Any, until: Any) -> NDArray[Any]:
    """How many different values are in each scope."""
    if not node.leg:
        return different_below(tree, codes, until, own=node.scope.kind == "group")
    of_groups = different_below(tree, codes, until, own=True)
    heads = tree.leg == node.leg if until is None else (tree.leg == node.leg) & ~until
    heads &= tree.parent >= 0
    found = np.zeros(len(tree), dtype=np.int64)
    found[tree.parent[heads]] = of_groups[heads]
    return found


def _rolled(node: Aggregate, tree: Genealogy, value: Any, where: Any, until: Any) -> NDArray[Any]:
    """A rollup for each node; of `max` and `min` (as the largest of the negated values) `NOTHING` over nothing."""
    over = {"where": where, "until": until}
    bounds = _bounds(node)
    match node.function:
        case "count":
            return _rollup(node, "count")(tree, *bounds, **over)
        case "top":
            return _rollup(node, "top")(tree, value, node.k, *bounds, **over)
        case "max":
            return _rollup(node, "max")(tree, value, *bounds, empty=NOTHING, **over)
        case "min":
            return _rollup(node, "max")(tree, -value, *bounds, empty=NOTHING, **over)
        case _:
            return _rollup(node, node.function)(tree, value, *bounds, **over)


def _rollup(node: Aggregate, function: str) -> Callable[..., NDArray[Any]]:
    """A rollup by scope and function: `group_sum`, `levels_count`."""
    scope = "leg" if node.leg else node.scope.kind
    found: Callable[..., NDArray[Any]] = getattr(rollups, f"{scope}_{function}")
    return found


def _bounds(node: Aggregate) -> tuple[int, ...]:
    if node.leg:
        return (node.leg,)
    return node.scope.bounds if node.scope.kind in {"level", "levels"} else ()


def _condition(node: Node | None, frame: RowsFrame) -> Bools | None:
    return None if node is None else np.ascontiguousarray(evaluate(node, frame).values)


def _where_needed(node: Node, frame: RowsFrame, where: Bools | None) -> NDArray[Any]:
    """A value for each row, evaluated only where it counts; nothing elsewhere."""
    if where is None or where.all() or isinstance(node, Constant):
        return np.ascontiguousarray(evaluate(node, frame).values)
    chosen = evaluate(node, frame.some(where)).values
    values = np.zeros(frame.size, dtype=chosen.dtype)
    values[where] = chosen
    return values


def _by_node(values: NDArray[Any] | None, persons: Ints | None) -> NDArray[Any] | None:
    return values if values is None or persons is None else np.ascontiguousarray(values[persons])
