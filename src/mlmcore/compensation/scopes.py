"""Aggregates: from an expression's scope to a rollup over a tree, or a reduction of orders by person.

Every aggregate has one value per person, whoever asks; so it is computed once for everybody and remembered, and a
frame takes from it what its rows need. What `where` refuses is never evaluated further; refunds are netted in sums
and skipped elsewhere.
"""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.tree import Aggregate, Constant, Node, Upward
from mlmcore.compensation.expressions.types import COUNT
from mlmcore.compensation.frames import Groups, RowsFrame, orders_frame, people_frame
from mlmcore.compensation.rounding import INT64_MAX, largest
from mlmcore.domain.errors import Finding, InputError
from mlmcore.genealogy import Genealogy, rollups
from mlmcore.genealogy.nearest import nearest_above

if TYPE_CHECKING:
    from mlmcore.compensation.frames import Sheet

__all__ = ["Scopes"]

Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

_NOTHING: Final = -INT64_MAX - 1  # the one int64 that no column holds


class Scopes:
    """Computes a run's aggregates."""

    def __init__(self, sheet: "Sheet") -> None:
        self._sheet = sheet
        self._known: dict[tuple[Aggregate, int, int], Column] = {}

    def of_people(self, node: Aggregate) -> Column:
        """One value for every person."""
        window = self._sheet.window
        key = (node, window.start, window.stop)
        if key not in self._known:
            self._known[key] = self._computed(node)
        return self._known[key]

    def of_groups(self, node: Aggregate, groups: Groups) -> Column:
        """One value for every group of orders: `orders` inside an aggregate over customers."""
        frame = orders_frame(self._sheet, groups.order)
        frame = evolve(frame, indices={**frame.indices, "self": frame.indices["seller"]})
        default = None if node.default is None else evaluate(node.default, _groups_frame(self._sheet, groups))
        return _reduced(node, frame, groups.group, self._counting(node, groups.order), groups.size, default)

    def above(self, node: Upward) -> Ints:
        """int32[n]: who stands above each person as `sponsor` or `nearest` means it, -1 for nobody."""
        network = self._sheet.rows.network
        tree, persons = network.tree(node.tree), network.person_of_node[node.tree]
        above = tree.parent
        if node.condition is not None:
            holds = evaluate(node.condition, people_frame(self._sheet)).values
            above = nearest_above(tree, np.ascontiguousarray(holds if persons is None else holds[persons]))
        nodes = network.node_of_person[node.tree]
        if persons is None or nodes is None:
            return above
        by_person = above[nodes]
        return np.where(by_person < 0, np.int32(-1), persons[by_person])

    def _computed(self, node: Aggregate) -> Column:
        match node.scope.kind:
            case "orders" | "purchases":
                return self._over_orders(node)
            case "customers":
                return self._over_customers(node)
            case "front":
                return self._over_front(node)
            case "positions":
                return self._over_positions(node)
            case _:
                return self._over_tree(node)

    def _default(self, node: Aggregate) -> Column | None:
        return None if node.default is None else evaluate(node.default, people_frame(self._sheet))

    def _counting(self, node: Aggregate, orders: Ints) -> Bools:
        """Which orders take part as far as refunds are concerned."""
        if node.refunds:  # the loader says so for every sum, and not for the sum that a mean is made of
            return np.ones(len(orders), dtype=np.bool_)
        counting: Bools = self._sheet.rows.orders.refund_of[orders] < 0
        return counting

    def _in_window(self) -> Ints:
        return np.arange(self._sheet.window.start, self._sheet.window.stop, dtype=np.int32)

    def _over_orders(self, node: Aggregate) -> Column:
        table, orders = self._sheet.rows.orders, self._in_window()
        owner = (table.seller if node.scope.kind == "orders" else table.buyer)[orders]
        orders, owner = orders[owner >= 0], owner[owner >= 0]
        frame = orders_frame(self._sheet, orders, self=owner, me=owner)
        return _reduced(node, frame, owner, self._counting(node, orders), self._sheet.size, self._default(node))

    def _over_customers(self, node: Aggregate) -> Column:
        """Customers are distinct by seller; one who appears only by a refund is none, unless refunds take part."""
        table, orders = self._sheet.rows.orders, self._in_window()
        orders = orders[(table.buyer[orders] < 0) & (table.customer[orders] >= 0)]
        pairs = np.stack([table.seller[orders], table.customer[orders]], axis=1)
        distinct, group = np.unique(pairs, axis=0, return_inverse=True)
        group = group.reshape(-1).astype(np.int32)
        seen = np.zeros(len(distinct), dtype=np.bool_)
        seen[group[self._counting(evolve(node, function="count"), orders)]] = True
        groups = Groups(group=np.asarray(group, dtype=np.int32), order=orders, size=len(distinct))
        owner = distinct[:, 0].astype(np.int32)
        frame = RowsFrame(sheet=self._sheet, size=len(distinct), indices={"self": owner}, customers=groups)
        return _reduced(node, frame, owner, seen, self._sheet.size, self._default(node))

    def _over_front(self, node: Aggregate) -> Column:
        tree, persons = self._tree(node)
        nodes = np.flatnonzero(tree.parent >= 0)
        child, upline = _persons(persons, nodes), _persons(persons, tree.parent[nodes])
        frame = RowsFrame(sheet=self._sheet, size=len(nodes), indices={"self": child, "me": upline})
        counting = np.ones(len(nodes), dtype=np.bool_)
        if node.until is not None:
            counting &= ~evaluate(node.until, frame).values
        return _reduced(node, frame, upline, counting, self._sheet.size, self._default(node))

    def _over_positions(self, node: Aggregate) -> Column:
        """Everybody of one owner sees the same people, oneself among them; only `default=` is each person's own."""
        owner, owners = self._owners
        frame, everybody = people_frame(self._sheet), np.ones(self._sheet.size, dtype=np.bool_)
        default = self._default(node)
        found = _reduced(evolve(node, default=None), frame, owner, everybody, owners, None).take(owner)
        if default is None:
            return found
        counted = evolve(node, function="count", value=None, default=None, type=COUNT)
        counts = _reduced(counted, frame, owner, everybody, owners, None).take(owner)
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
        where = _condition(node.where, frame)
        until = _condition(node.until, frame)
        default = self._default(node)
        value = None if node.value is None else _where_needed(node.value, frame, where)
        rolled = _rolled(node, tree, _by_node(value, persons), _by_node(where, persons), _by_node(until, persons))
        nodes = self._sheet.rows.network.node_of_person[node.scope.tree or self._sheet.rows.network.default]
        by_person = rolled if nodes is None else rolled[nodes]
        if node.function in {"max", "min"}:
            empty = by_person == _NOTHING
            extreme = np.where(empty, 0, by_person)
            return _or_default(node, extreme if node.function == "max" else -extreme, empty, default)
        return _as_column(node, by_person)


def _rolled(node: Aggregate, tree: Genealogy, value: Any, where: Any, until: Any) -> NDArray[Any]:
    """A rollup for each node; of `max` and `min` (as the largest of the negated values) `_NOTHING` over nothing."""
    over = {"where": where, "until": until}
    bounds = _bounds(node)
    match node.function:
        case "count":
            return _rollup(node, "count")(tree, *bounds, **over)
        case "top":
            return _rollup(node, "top")(tree, value, node.k, *bounds, **over)
        case "max":
            return _rollup(node, "max")(tree, value, *bounds, empty=_NOTHING, **over)
        case "min":
            return _rollup(node, "max")(tree, -value, *bounds, empty=_NOTHING, **over)
        case _:
            return _rollup(node, node.function)(tree, value, *bounds, **over)


def _rollup(node: Aggregate, function: str) -> Callable[..., NDArray[Any]]:
    """A rollup by scope and function: `group_sum`, `levels_count`."""
    found: Callable[..., NDArray[Any]] = getattr(rollups, f"{node.scope.kind}_{function}")
    return found


def _bounds(node: Aggregate) -> tuple[int, ...]:
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


def _persons(persons: Ints | None, nodes: NDArray[Any]) -> Ints:
    return nodes.astype(np.int32) if persons is None else persons[nodes]


def _groups_frame(sheet: "Sheet", groups: Groups) -> RowsFrame:
    owner = np.full(groups.size, -1, dtype=np.int32)
    owner[groups.group] = sheet.rows.orders.seller[groups.order]
    return RowsFrame(sheet=sheet, size=groups.size, indices={"self": owner}, customers=groups)


def _reduced(
    node: Aggregate, frame: RowsFrame, owner: Ints, counting: Bools, size: int, default: Column | None
) -> Column:
    """Reduce rows by owner.

    Args:
        node: What to compute.
        frame: The rows.
        owner: int32[rows]: whose each row is.
        counting: bool[rows]: which rows take part at all.
        size: How many owners there are.
        default: What an empty `min` gives each owner.
    """
    rows = np.flatnonzero(counting)
    if node.where is not None:
        rows = rows[evaluate(node.where, frame.some(rows)).values]
    owner = owner[rows]
    counts = np.bincount(owner, minlength=size).astype(np.int64)
    if node.function == "count":
        return _as_column(node, counts)
    assert node.value is not None  # noqa: S101  (the checker gives every other function a value)
    values = np.ascontiguousarray(evaluate(node.value, frame.some(rows)).values)
    if node.function in {"any", "all"}:
        return _as_column(node, _held(values, owner, counts, node.function))
    if node.function in {"max", "min"}:
        return _or_default(node, _extreme(node, values, owner, size), counts == 0, default)
    return _as_column(node, _summed(node, values, owner, counts))


def _held(values: Bools, owner: Ints, counts: Ints64, function: str) -> Bools:
    holding = np.bincount(owner[values], minlength=len(counts))
    held: Bools = holding > 0 if function == "any" else holding == counts
    return held


def _extreme(node: Aggregate, values: Ints64, owner: Ints, size: int) -> Ints64:
    highest = node.function == "max"
    found = np.full(size, _NOTHING if highest else INT64_MAX, dtype=np.int64)
    (np.maximum if highest else np.minimum).at(found, owner, values)
    return found


def _summed(node: Aggregate, values: Ints64, owner: Ints, counts: Ints64) -> Ints64:
    """The sum of each owner's values, or of the `k` largest."""
    if node.function == "top":
        by_value = np.lexsort((-values, owner))
        values, owner = values[by_value], owner[by_value]
        place = np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner]
        values, owner = values[place < node.k], owner[place < node.k]
    _refuse_overflow(values)
    sums = np.zeros(len(counts), dtype=np.int64)
    np.add.at(sums, owner, values)
    return sums


def _refuse_overflow(values: Ints64) -> None:
    if largest(values) * len(values) > INT64_MAX and sum(map(abs, values.tolist())) > INT64_MAX:
        what = "a sum of orders leaves the range of int64"
        raise InputError([Finding(code="plan.overflow", what=what, todo="use fewer decimal places")])


def _as_column(node: Aggregate, values: NDArray[Any]) -> Column:
    if node.type.kind == "boolean":
        return Column(kind="boolean", values=values.astype(np.bool_))
    places = 0 if node.function == "count" else _value_places(node)
    return Column.scaled(values.astype(np.int64), places, unit=node.type.unit).at_places(node.type.places)


def _value_places(node: Aggregate) -> int:
    return 0 if node.value is None else node.value.type.places


def _or_default(node: Aggregate, values: Ints64, empty: Bools, default: Column | None) -> Column:
    """An extreme, and over nothing the default; without one, 0."""
    found = _as_column(node, np.where(empty, 0, values))
    given = 0 if default is None else default.at_places(node.type.places).values
    return evolve(found, values=np.where(empty, given, found.values))
