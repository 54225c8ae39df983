"""The slow twin of checked expressions and aggregates: one value at a time, `Fraction`, recursion, lists of dicts.

Written from the language's page. A number is a `Fraction`, a rank its position, a person the id as the user writes
it, an account an `Account`, and none is None. It walks the tree that the loader checked, so that names are resolved
once, and it computes everything else in its own way.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple, Protocol

from mlmcore.compensation.expressions.tree import (
    Aggregate,
    Arithmetic,
    Call,
    Choose,
    Compare,
    Constant,
    Logic,
    Lookup,
    Name,
    Negative,
    Node,
    Not,
    OneOf,
    Ordinal,
    Rounded,
    Upward,
)
from mlmcore.compensation.plan import Plan, ThresholdTable
from reference.engine_moments import key_of, ordinal
from reference.expressions import FUNCTIONS, rounded

Env = Mapping[str, Any]
"""Who and what is at hand, by the tree's subjects: self, me, order, source, level, customer; and just before which
moment (`before`) it is asked, where that is so."""


class Missing(Exception):  # noqa: N818 - what happened, not an error of the twin
    """A value is none where one is needed."""


class Account(NamedTuple):
    """A payee outside the trees."""

    name: str


class World(Protocol):
    """What an expression may ask of the run."""

    plan: Plan
    start: date
    end: date
    company: Mapping[str, Any]

    def person_column(self, name: str, person: str) -> Any:
        """One value of a person."""

    def column_before(self, name: str, person: str, before: Any) -> Any:
        """One value of a person, just before a moment, where there is one."""

    def past_column(self, name: str, person: str, lag: int) -> Any:
        """One value of a person in an earlier period: 0 is the last one."""

    def was_there(self, node: Aggregate, person: str, lag: int) -> bool:
        """Whether an aggregate over past periods has a row of a person in one of them."""

    def order_column(self, name: str, order: Mapping[str, Any]) -> Any:
        """One value of an order."""

    def period_orders(self) -> list[Mapping[str, Any]]:
        """The period's orders."""

    def period_events(self, name: str) -> list[Mapping[str, Any]]:
        """The period's events of a name."""

    def front(self, tree: str, person: str) -> list[str]:
        """Direct children."""

    def upline(self, tree: str, person: str) -> str | None:
        """The direct upline."""

    def leg(self, person: str) -> int:
        """In which leg of the upline a person stands in the placement tree, 0 without a number."""

    def everybody(self) -> list[str]:
        """All people of the run."""


def value(node: Node, env: Env, world: World) -> Any:  # noqa: C901, PLR0911, PLR0912 - a case per kind
    """Return what an expression yields."""
    match node:
        case Constant():
            return _constant(node, world)
        case Name():
            return _name(node, env, world)
        case Negative():
            return -_need(node.item, env, world)
        case Arithmetic():
            return _arithmetic(node, env, world)
        case Compare():
            return _compare(node, env, world)
        case Logic(operator="and"):
            return all(value(item, env, world) for item in node.items)
        case Logic():
            return any(value(item, env, world) for item in node.items)
        case Not():
            return not value(node.item, env, world)
        case Choose():
            return value(node.then if value(node.condition, env, world) else node.other, env, world)
        case OneOf():
            found = value(node.item, env, world)
            return any(found == value(option, env, world) for option in node.options) != node.negated
        case Call():
            return FUNCTIONS[node.function](*(_need(item, env, world) for item in node.items))
        case Rounded():
            mode = node.mode or world.plan.rounding.mode
            return rounded(_need(node.item, env, world), node.places, mode.value)
        case Lookup():
            return _lookup(node, [value(key, env, world) for key in node.keys], world)
        case Aggregate():
            return _aggregate(node, env, world)
        case Upward():
            return _upward(node, env, world)
        case Ordinal():
            return ordinal(node, env, world, value)
        case _:
            raise AssertionError(node)


def _need(node: Node, env: Env, world: World) -> Any:
    found = value(node, env, world)
    if found is None:
        raise Missing(node)
    return found


def _constant(node: Constant, world: World) -> Any:
    if node.type.kind == "number" and node.value is not None:
        assert isinstance(node.value, Decimal)
        return Fraction(node.value)
    if node.type.kind == "person" and node.value is not None:
        assert isinstance(node.value, int)
        return Account(world.plan.accounts[-2 - node.value])
    if node.type.kind == "rank":
        return None if node.value in {None, -1} else node.value
    return node.value


def _name(node: Name, env: Env, world: World) -> Any:  # noqa: PLR0911 - a return per subject
    if node.subject == "run":
        figures = {"period.start": world.start, "period.end": world.end, "level": env.get("level")}
        prefix, _, rest = node.name.partition(".")
        if prefix == "company":
            return world.company[rest] if rest in world.company else _total(rest, world)
        return figures[node.name]
    if node.subject == "past":
        return world.past_column(node.name, env["self"], env["past"])
    if node.subject in {"order", "paid"}:
        return world.order_column(node.name, env[node.subject])
    if node.subject in {"child", "payee"} and env[node.subject] is None:
        return False if node.type.kind == "boolean" else None
    if node.subject in {"seller", "buyer"}:
        whose = env["order"][node.subject]
        if whose is None:
            return False if node.type.kind == "boolean" else None
        return world.column_before(node.name, whose, env.get("before"))
    return world.column_before(node.name, env[node.subject], env.get("before"))


def _total(name: str, world: World) -> Fraction:
    """A column summed over everybody, or over all orders of the period."""
    if name in world.plan.inputs.volumes or name in world.plan.order_columns:
        return sum((world.order_column(name, order) for order in world.period_orders()), Fraction(0))
    return sum((world.person_column(name, person) for person in world.everybody()), Fraction(0))


def _upward(node: Upward, env: Env, world: World) -> Any:
    """Step by step up from the person, until somebody is meant."""
    person = env[node.whose]
    while (person := world.upline(node.tree, person)) is not None:
        above = {"self": person, "me": env.get("me", env[node.whose])}
        if node.condition is None or value(node.condition, above, world):
            return value(node.item, above, world)
    return value(node.default, env, world)


def _arithmetic(node: Arithmetic, env: Env, world: World) -> Fraction:
    left, right = _need(node.left, env, world), _need(node.right, env, world)
    if node.operator == "/":
        if not right and node.zero is not None:
            return _need(node.zero, env, world)  # type: ignore[no-any-return] # rows hold anything
        return left / right  # type: ignore[no-any-return] # as above
    results = {"+": lambda: left + right, "-": lambda: left - right, "*": lambda: left * right}
    return results[node.operator]()  # type: ignore[no-any-return] # as above


def _compare(node: Compare, env: Env, world: World) -> bool:
    left, right = value(node.left, env, world), value(node.right, env, world)
    if "rank" in {node.left.type.kind, node.right.type.kind}:
        left, right = (-1 if side is None else side for side in (left, right))  # none is below all ranks
    if node.operator in {"==", "!="}:
        return bool((left == right) == (node.operator == "=="))
    if left is None or right is None:
        raise Missing(node)
    orders = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}
    return bool(orders[node.operator])


def _lookup(node: Lookup, keys: list[Any], world: World) -> Fraction:
    table = world.plan.tables[node.table]
    if isinstance(table, ThresholdTable):
        if keys[0] is None:
            raise Missing(node)
        return _threshold(table, keys[0])
    texts = tuple(_key(by, key, world.plan) for by, key in zip(table.by, keys, strict=True))
    found = table.rows.get(texts, table.missing)
    if not isinstance(found, Decimal):
        raise Missing(node)
    return Fraction(found)


def _key(by: str, key: Any, plan: Plan) -> str:
    if by == "rank":
        return "" if key is None else plan.rank_ids[key]
    if by == "level":
        return str(int(key))
    return str(key)


def _threshold(table: ThresholdTable, key: Fraction) -> Fraction:
    rows = [(Fraction(start), Fraction(found)) for start, found in table.rows]
    if key < rows[0][0] and table.below is None:
        raise Missing(table)
    below = Fraction(table.below or 0)
    if table.mode == "row":
        return ([below] + [found for start, found in rows if key >= start])[-1]
    total = min(key, rows[0][0]) * below
    for index, (start, rate) in enumerate(rows):
        end = rows[index + 1][0] if index + 1 < len(rows) else max(key, start)
        total += max(Fraction(0), min(key, end) - start) * rate
    return total


def _aggregate(node: Aggregate, env: Env, world: World) -> Any:  # noqa: PLR0911 - a return per function
    rows = [row for row in _rows(node, env, world) if node.where is None or value(node.where, row, world)]
    if node.distinct is not None:
        return Fraction(len({value(node.distinct, row, world) for row in rows} - {None}))
    if node.function == "count":
        return Fraction(len(rows))
    assert node.value is not None
    found = [value(node.value, row, world) for row in rows]
    match node.function:
        case "sum":
            return sum(found, Fraction(0))
        case "any":
            return any(found)
        case "all":
            return all(found)
        case "top":
            return sum(sorted(found, reverse=True)[: node.k], Fraction(0))
        case _:
            if not found:
                return Fraction(0) if node.default is None else value(node.default, env, world)
            return max(found) if node.function == "max" else min(found)


def _rows(node: Aggregate, env: Env, world: World) -> Iterator[Env]:
    """The rows of a scope, each as what is at hand there; `me` stays the person who asked first."""
    person = env["self"]
    env = {**env, "me": env.get("me", person)}
    if node.scope.kind == "past":
        lags = (lag for lag in range(node.scope.bounds[0]) if world.was_there(node, person, lag))
        yield from ({**env, "past": lag} for lag in lags)
        return
    if node.scope.kind in {"orders", "purchases", "customers", "events"}:
        yield from _order_rows(node, env, world)
        return
    for depth, visited in _descent(node, env, world):
        if _in_scope(node, depth) and (not node.leg or _leg(person, visited, world) == node.leg):
            yield {"self": visited, "me": env["me"]}


def _order_rows(node: Aggregate, env: Env, world: World) -> Iterator[Env]:
    if node.scope.kind == "events":
        events = [event for event in world.period_events(node.scope.events) if event["person"] == env["self"]]
        yield from ({**env, "order": event} for event in _before(events, env))
        return
    orders = [order for order in world.period_orders() if node.refunds or order["refund_of"] is None]
    orders = _before(orders, env)
    whose = "buyer" if node.scope.kind == "purchases" else "seller"
    mine = [order for order in orders if order[whose] == env["self"]]
    of_customers = [order for order in mine if order["buyer"] is None and order["customer"] is not None]
    if node.scope.kind == "customers":
        for customer in sorted({order["customer"] for order in of_customers}):
            yield {**env, "customer": customer}
        return
    if env.get("customer") is not None and whose == "seller":
        mine = [order for order in of_customers if order["customer"] == env["customer"]]
    for order in mine:
        yield {**env, "order": order}


def _before(rows: list[Mapping[str, Any]], env: Env) -> list[Mapping[str, Any]]:
    """The rows that stand before the moment at which is asked."""
    return [row for row in rows if env.get("before") is None or key_of(row) < env["before"]]


def _leg(person: str, other: str, world: World) -> int:
    """In which leg of a person's placement somebody stands; 0 for in none, or in one without a number."""
    below, above = other, world.upline("placement", other)
    while above not in {person, None}:
        below, above = str(above), world.upline("placement", str(above))
    return 0 if above is None else world.leg(below)


def _in_scope(node: Aggregate, depth: int) -> bool:
    match node.scope.kind:
        case "group":
            return True
        case "downline":
            return depth >= 1
        case "front":
            return depth == 1
        case "level":
            return depth == node.scope.bounds[0]
        case _:
            return node.scope.bounds[0] <= depth <= node.scope.bounds[1]


def _descent(node: Aggregate, env: Env, world: World) -> Iterator[tuple[int, str]]:
    """Everybody from the person down, with how far below; `until` cuts whoever it holds for, and all below."""
    waiting = [(0, env["self"])]
    while waiting:
        depth, visited = waiting.pop()
        if depth and node.until is not None and value(node.until, {"self": visited, "me": env["me"]}, world):
            continue
        yield depth, visited
        waiting.extend((depth + 1, child) for child in world.front(node.scope.tree, visited))
