"""Check and type aggregates: which scope, which keywords, and what names mean inside.

`count(SCOPE, COND)` becomes a count with `where`, and `mean` a sum over a count, so the engine knows seven
functions with one shape.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, cast

from attrs import evolve

from mlmcore.compensation.available import (
    AGGREGATE_KEYWORDS,
    SCOPES,
)
from mlmcore.compensation.expressions._arguments import given_arguments, tree_named
from mlmcore.compensation.expressions._mine import PLACEMENT, crosses_trees, mine, needs_pairs
from mlmcore.compensation.expressions._units import combined
from mlmcore.compensation.expressions.names import (
    EVENTS,
    Context,
    inside_customers,
    inside_events,
    inside_orders,
    inside_past,
    inside_people,
    over_nothing_of,
)
from mlmcore.compensation.expressions.syntax import FunctionCall, Identifier, Literal_, Syntax, identifiers
from mlmcore.compensation.expressions.tree import Aggregate, Arithmetic, Logic, Node, Scope, ScopeKind
from mlmcore.compensation.expressions.types import BOOLEAN, COUNT, Type
from mlmcore.compensation.nearest import nearest

if TYPE_CHECKING:
    from mlmcore.compensation.expressions.check import Checker

OF_ORDERS: Final = ("customers", "orders", "purchases")
DESCENDING: Final = ("downline", "group", "level", "levels")
DECLARE_EVENTS: Final = "declare them: a table [inputs.events.NAME] with their columns"
LEVEL_LIMIT: Final = 1000
"""The deepest level that `level(k)` and `levels(a, b)` reach."""


_GROUP_OF_ORDERS: Final = (
    "orders that belong together, those of one party say, are given as one event each: [inputs.events.NAME]"
)


def is_scope(syntax: Syntax) -> bool:
    """Whether a first argument names a scope, so that `max(front, x)` is an aggregate and `max(a, b)` is not."""
    name = syntax.name.partition(".")[0] if isinstance(syntax, (Identifier, FunctionCall)) else ""
    return name in SCOPES


def _reads_order(syntax: FunctionCall) -> bool:
    """Whether rows are compared with the order at hand, which no measure could do."""
    return any(one.name.startswith("order.") for one in identifiers(syntax))


def check_aggregate(checker: "Checker", syntax: FunctionCall) -> Node:
    """Type an aggregate."""
    if not checker.context.aggregates:
        raise checker.fail(
            f"{syntax.name}(...) over a scope means nothing in {checker.context.words}",
            syntax.at,
            _GROUP_OF_ORDERS if _reads_order(syntax) else "make it a measure and name that",
        )
    k, arguments = _top(checker, syntax) if syntax.name == "top" else (0, syntax.arguments)
    if not arguments:
        raise checker.fail(f"{syntax.name}(...) needs a scope", syntax.at, f"known: {', '.join(SCOPES)}")
    options = _keywords(checker, syntax)
    scope = _scope(checker, arguments[0], options.pop("tree", None))
    _check_fit(checker, syntax, scope)
    inner = checker.within(_inside(checker.context, scope))
    base = Aggregate(
        function="count",
        scope=scope,
        where=_condition(inner, options.get("where"), "where="),
        until=_condition(inner, options.get("until"), "until="),
        leg=_leg(checker, options.get("leg"), scope),
        refunds=_refunds(checker, options.get("refunds"), default=syntax.name == "sum"),
        type=COUNT,
        at=syntax.at,
    )
    if syntax.name == "count":
        counted = _count(inner, syntax, arguments, base)
        return _affordable(checker, evolve(counted, distinct=_distinct(inner, options.get("distinct"))))
    value = _value(inner, syntax, arguments)
    if syntax.name in {"any", "all"}:
        inner.boolean(value, f"what {syntax.name}(...) asks")
        word = cast('Literal["any", "all"]', syntax.name)
        return _affordable(checker, evolve(base, function=word, value=value, type=BOOLEAN))
    inner.number(value, f"what {syntax.name}(...) takes", ratio=False)
    value = evolve(value, type=evolve(value.type, optional=False))
    if syntax.name == "mean":
        _affordable(checker, base)
        return _mean(checker, base, value, _default(checker, syntax, options, value))
    over_nothing = checker.within(over_nothing_of(checker.context))
    default = _default(over_nothing, syntax, options, value) if syntax.name in {"min", "max"} else None
    found = value.type if default is None else cast("Type", combined(value.type, default.type))
    function = cast('Literal["sum", "max", "min", "top"]', syntax.name)
    return _affordable(checker, evolve(base, function=function, value=value, default=default, k=k, type=found))


def _affordable(checker: "Checker", node: Aggregate) -> Aggregate:
    """Refuse what looks at every pair of people, unless the plan says `slow = true`."""
    if checker.namespace.slow or not needs_pairs(node, len(checker.namespace.rank_ids)):
        return node
    what = f"{node.function}(...) over {node.scope.kind} looks at everybody below everybody: "
    if crosses_trees(node) and not mine(node):
        what += f"`leg=` along another tree than {PLACEMENT} takes sum, count, any or all"
    else:
        what += "`me.` is no rank, no condition and no factor in a sum"
    raise checker.fail(what, node.at, "ask front, level(k) or levels(a, b), or write slow = true in [plan]")


def _top(checker: "Checker", syntax: FunctionCall) -> tuple[int, tuple[Syntax, ...]]:
    first = syntax.arguments[0] if syntax.arguments else None
    value = first.value if isinstance(first, Literal_) else None
    if not isinstance(value, Decimal) or value != value.to_integral_value() or not 1 <= value <= LEVEL_LIMIT:
        raise checker.fail(
            "the first argument of top(...) is no literal",
            syntax.at,
            "write top(k, SCOPE, x), k a whole number",
        )
    return int(value), syntax.arguments[1:]


def _keywords(checker: "Checker", syntax: FunctionCall) -> dict[str, Syntax]:
    for key, value in syntax.keywords:
        if key not in AGGREGATE_KEYWORDS:
            compared = key in checker.namespace.names()
            todo = f"a comparison is written {key} == ..." if compared else nearest(key, AGGREGATE_KEYWORDS)
            raise checker.fail(f"{syntax.name}(...) knows no keyword {key!r}", value.at, todo)
    return dict(syntax.keywords)


def _scope(checker: "Checker", syntax: Syntax, tree: Syntax | None) -> Scope:
    name = syntax.name if isinstance(syntax, (Identifier, FunctionCall)) else ""
    if name.partition(".")[0] == "events":
        return _events(checker, syntax, name, tree)
    if name not in SCOPES:
        raise checker.fail(
            f"{name!r} is no scope" if name else "a scope was expected", syntax.at, nearest(name, SCOPES)
        )
    kind = cast("ScopeKind", name)
    if name in OF_ORDERS:
        if tree is not None:
            raise checker.fail(f"tree= means nothing over {name}", tree.at, "leave it out")
        return Scope(kind=kind, bounds=_bounds(checker, syntax, 0))
    if name == "positions":
        return _positions(checker, syntax, tree)
    if name == "past":
        return _past(checker, syntax, tree)
    bounds = _bounds(checker, syntax, {"level": 1, "levels": 2}.get(name, 0))
    return Scope(kind=kind, bounds=bounds, tree=tree_named(checker, tree))


def _events(checker: "Checker", syntax: Syntax, name: str, tree: Syntax | None) -> Scope:
    if tree is not None:
        raise checker.fail(f"tree= means nothing over {name}", tree.at, "leave it out")
    event, known = name.partition(".")[2], [f"{EVENTS}{one}" for one in checker.namespace.events]
    if event not in checker.namespace.events:
        what, todo = "the plan declares no such events", nearest(name, known) if known else DECLARE_EVENTS
        raise checker.fail(f"{name!r}: {what}", syntax.at, todo)
    return Scope(kind="events", bounds=_bounds(checker, syntax, 0), events=event)


def _past(checker: "Checker", syntax: Syntax, tree: Syntax | None) -> Scope:
    if tree is not None:
        raise checker.fail("tree= means nothing over past", tree.at, "leave it out")
    history = checker.namespace.history
    bounds = _bounds(checker, syntax, 1, "write past(n)")
    if bounds[0] > max(history.values(), default=0):
        kept = f"the plan keeps {max(history.values())} at most" if history else "the plan keeps none"
        what = f"past({bounds[0]}) asks for {bounds[0]} periods, and {kept}"
        raise checker.fail(what, syntax.at, f"write NAME = {bounds[0]} in [history] for each column that is asked")
    return Scope(kind="past", bounds=bounds)


def _positions(checker: "Checker", syntax: Syntax, tree: Syntax | None) -> Scope:
    if tree is not None:
        raise checker.fail("tree= means nothing over positions", tree.at, "leave it out")
    if not checker.namespace.owned:
        raise checker.fail(
            "nothing says whose a position is", syntax.at, 'write owner = "ATTRIBUTE" in [inputs], a text attribute'
        )
    return Scope(kind="positions", bounds=_bounds(checker, syntax, 0))


def _bounds(checker: "Checker", syntax: Syntax, count: int, usage: str = "") -> tuple[int, ...]:
    arguments = syntax.arguments if isinstance(syntax, FunctionCall) else ()
    if len(arguments) != count or (isinstance(syntax, FunctionCall) and (syntax.keywords or not count)):
        usage = usage or {0: "write it without brackets", 1: "write level(k)", 2: "write levels(a, b)"}[count]
        raise checker.fail("the scope has the wrong arguments", syntax.at, usage)
    words = "a level" if not usage else "a number of periods"
    bounds = tuple(literal_level(checker, argument, words) for argument in arguments)
    if len(bounds) == 2 and bounds[0] > bounds[1]:
        raise checker.fail(f"levels({bounds[0]}, {bounds[1]}) is empty", syntax.at, "write the smaller one first")
    return bounds


def literal_level(checker: "Checker", syntax: Syntax, words: str = "a level") -> int:
    """Read a number of levels or periods: a literal or a parameter."""
    value = checker.check(syntax)
    number = getattr(value, "value", None)
    if not isinstance(number, Decimal) or number != number.to_integral_value() or not 1 <= number <= LEVEL_LIMIT:
        raise checker.fail(
            f"{words} must be a literal or a parameter", syntax.at, f"write a whole number, 1 to {LEVEL_LIMIT}"
        )
    return int(number)


def _check_fit(checker: "Checker", syntax: FunctionCall, scope: Scope) -> None:
    given = dict(syntax.keywords)
    if "until" in given and scope.kind not in DESCENDING:
        raise checker.fail(f"until= means nothing over {scope.kind}", given["until"].at, "write where=")
    if "refunds" in given and scope.kind not in OF_ORDERS:
        raise checker.fail(f"refunds= means nothing over {scope.kind}", given["refunds"].at, "leave it out")
    if "distinct" in given and syntax.name != "count":
        what = f"distinct= means nothing in {syntax.name}(...): only count(...) counts equal values once"
        raise checker.fail(what, given["distinct"].at, f"leave it out, or write count({scope.kind}, distinct=...)")
    if "default" in given and syntax.name not in {"min", "max", "mean"}:
        raise checker.fail(f"{syntax.name}(...) needs no default=", given["default"].at, "leave it out")


def _inside(context: Context, scope: Scope) -> Context:
    if scope.kind == "past":
        return inside_past(context, scope.bounds[0])
    if scope.kind == "events":
        return inside_events(context, scope.events)
    if scope.kind == "customers":
        return inside_customers(context)
    if scope.kind in OF_ORDERS:
        return inside_orders(context)
    return inside_people(context)


def _condition(inner: "Checker", syntax: Syntax | None, words: str) -> Node | None:
    return None if syntax is None else inner.boolean(inner.check(syntax), words)


def _refunds(checker: "Checker", syntax: Syntax | None, *, default: bool) -> bool:
    if syntax is None:
        return default
    if not isinstance(syntax, Literal_) or not isinstance(syntax.value, bool):
        raise checker.fail("refunds= must be true or false", syntax.at)
    return syntax.value


def _leg(checker: "Checker", syntax: Syntax | None, scope: Scope) -> int:
    """The leg that `leg=` names; 0 without it."""
    if syntax is None:
        return 0
    if scope.kind not in {"front", *DESCENDING}:
        raise checker.fail(f"leg= means nothing over {scope.kind}", syntax.at, "leave it out")
    if PLACEMENT not in checker.namespace.trees:
        what = f"leg= asks for a leg of the tree {PLACEMENT!r}, and there is none"
        raise checker.fail(what, syntax.at, f'declare it: trees = ["{PLACEMENT}"] in [inputs]')
    number = getattr(checker.check(syntax), "value", None)
    if not isinstance(number, Decimal) or number != number.to_integral_value() or not 1 <= number <= LEVEL_LIMIT:
        raise checker.fail("a leg must be a literal or a parameter", syntax.at, "write a whole number: 1 left, 2 right")
    return int(number)


def _distinct(inner: "Checker", syntax: Syntax | None) -> Node | None:
    """What `count` counts the different values of."""
    if syntax is None:
        return None
    node = inner.check(syntax)
    return inner.number(node, "distinct=", ratio=False) if node.type.kind == "number" else node


def _count(inner: "Checker", syntax: FunctionCall, arguments: tuple[Syntax, ...], base: Aggregate) -> Aggregate:
    if len(arguments) == 1:
        return base
    condition = inner.boolean(_value(inner, syntax, arguments), "what count(...) counts by")
    if base.where is None:
        return evolve(base, where=condition)
    both = Logic(operator="and", items=(base.where, condition), type=BOOLEAN, at=condition.at)
    return evolve(base, where=both)


def _value(inner: "Checker", syntax: FunctionCall, arguments: tuple[Syntax, ...]) -> Node:
    if len(arguments) != 2:
        usage = "top(k, SCOPE, x)" if syntax.name == "top" else f"{syntax.name}(SCOPE, x)"
        raise inner.fail(given_arguments(syntax), syntax.at, f"write {usage}")
    return inner.check(arguments[1])


def _default(checker: "Checker", syntax: FunctionCall, options: dict[str, Syntax], value: Node) -> Node | None:
    if "default" not in options:
        if syntax.name == "max":
            return None
        raise checker.fail(
            f"{syntax.name}(...) needs default=: its value over nothing",
            syntax.at,
            f"write {syntax.name}(SCOPE, x, default=VALUE)",
        )
    default = checker.number(checker.check(options["default"]), "default=", ratio=False)
    if isinstance(problem := combined(value.type, default.type), str):
        raise checker.fail(problem, default.at)
    return evolve(default, type=evolve(default.type, optional=False))


def _mean(checker: "Checker", base: Aggregate, value: Node, default: Node | None) -> Node:
    total = _affordable(checker, evolve(base, function="sum", value=value, type=value.type))
    found = Type(kind="number", unit=value.type.unit, ratio=True)
    return Arithmetic(operator="/", left=total, right=base, zero=default, type=found, at=base.at)
