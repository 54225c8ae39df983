"""Check and type the functions that look at one row; aggregates, which look at many, stand in `_aggregates`."""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, cast

from attrs import evolve

from mlmcore.compensation.available import AGGREGATES, FUNCTIONS
from mlmcore.compensation.columns import PLACES_LIMIT
from mlmcore.compensation.expressions._aggregates import check_aggregate, is_scope, literal_level
from mlmcore.compensation.expressions._arguments import given_arguments, keywords
from mlmcore.compensation.expressions._plan_calls import check_plan_call
from mlmcore.compensation.expressions._units import added, combined, divided
from mlmcore.compensation.expressions._upward import check_upward
from mlmcore.compensation.expressions.names import inside_ordinal
from mlmcore.compensation.expressions.syntax import ExpressionError, FunctionCall, Identifier, Literal_, Syntax
from mlmcore.compensation.expressions.tree import Arithmetic, Call, Lookup, Node, Ordinal, Rounded
from mlmcore.compensation.expressions.types import Type, number
from mlmcore.compensation.nearest import nearest
from mlmcore.compensation.plan import KeyTable, ThresholdTable
from mlmcore.domain.decimals import places_of
from mlmcore.domain.exact import RoundingMode

if TYPE_CHECKING:
    from mlmcore.compensation.expressions.check import Checker


def check_call(checker: "Checker", syntax: FunctionCall) -> Node:
    """Type a call, of a function or of an aggregate."""
    name = syntax.name
    if name in AGGREGATES and (name not in {"min", "max"} or (syntax.arguments and is_scope(syntax.arguments[0]))):
        return check_aggregate(checker, syntax)
    if name in checker.namespace.functions:
        return check_plan_call(checker, syntax)
    if name not in _FUNCTIONS:
        known = (*FUNCTIONS, *AGGREGATES, *checker.namespace.functions)
        todo = _FOREIGN.get(name.lower()) or nearest(name, known)
        raise checker.fail(f"unknown function {name!r}", syntax.at, todo)
    return _FUNCTIONS[name](checker, syntax)


def _arguments(checker: "Checker", syntax: FunctionCall, least: int, most: int | None, usage: str) -> list[Node]:
    given = len(syntax.arguments)
    if given < least or (most is not None and given > most):
        raise checker.fail(given_arguments(syntax), syntax.at, f"write {usage}")
    return checker.check_all(syntax.arguments)


def _extreme(checker: "Checker", syntax: FunctionCall) -> Node:
    keywords(checker, syntax)
    items = _arguments(checker, syntax, 2, None, f"{syntax.name}(a, b)")
    return _of_numbers(checker, syntax, items)


def _clamp(checker: "Checker", syntax: FunctionCall) -> Node:
    keywords(checker, syntax)
    items = _arguments(checker, syntax, 3, 3, "clamp(x, low, high)")
    return _of_numbers(checker, syntax, items)


def _of_numbers(checker: "Checker", syntax: FunctionCall, items: list[Node]) -> Node:
    found = checker.number(items[0], f"an argument of {syntax.name}(...)").type
    for item in items[1:]:
        checker.number(item, f"an argument of {syntax.name}(...)")
        together = combined(found, item.type)
        if isinstance(together, str):
            raise checker.fail(together, item.at)
        found = together
    function = cast('Literal["min", "max", "clamp"]', syntax.name)
    return Call(function=function, items=tuple(items), type=evolve(found, optional=False), at=syntax.at)


def _abs(checker: "Checker", syntax: FunctionCall) -> Node:
    keywords(checker, syntax)
    (item,) = _arguments(checker, syntax, 1, 1, "abs(x)")
    checker.number(item, "the argument of abs(...)")
    return Call(function="abs", items=(item,), type=evolve(item.type, optional=False), at=syntax.at)


def _floor(checker: "Checker", syntax: FunctionCall) -> Node:
    keywords(checker, syntax)
    (item,) = _arguments(checker, syntax, 1, 1, "floor(x)")
    checker.number(item, "the argument of floor(...)")
    return Rounded(item=item, places=0, mode=RoundingMode.FLOOR, type=number(item.type.unit), at=syntax.at)


def _round(checker: "Checker", syntax: FunctionCall) -> Node:
    options = keywords(checker, syntax, "mode")
    usage = "round(x, places) or round(x, places, half_up)"
    if len(syntax.arguments) not in {2, 3}:
        raise checker.fail(given_arguments(syntax), syntax.at, f"write {usage}")
    places = _places(checker, syntax.arguments[1])
    mode = syntax.arguments[2] if len(syntax.arguments) == 3 else options.get("mode")
    item = checker.number(checker.check(syntax.arguments[0]), "the first argument of round(...)")
    found = number(item.type.unit, places)
    return Rounded(item=item, places=places, mode=_mode(checker, mode), type=found, at=syntax.at)


def _places(checker: "Checker", syntax: Syntax) -> int:
    value = getattr(checker.check(syntax), "value", None)
    if not isinstance(value, Decimal) or value != value.to_integral_value() or not 0 <= value <= PLACES_LIMIT:
        raise checker.fail(
            "the places of round(...) are no literal", syntax.at, f"write a whole number, 0 to {PLACES_LIMIT}"
        )
    return int(value)


def _mode(checker: "Checker", syntax: Syntax | None) -> RoundingMode | None:
    if syntax is None:
        return None
    modes = [mode.value for mode in RoundingMode]
    value = syntax.name if isinstance(syntax, Identifier) else getattr(syntax, "value", None)
    if not isinstance(value, str) or value not in modes:
        raise checker.fail("the mode of round(...) is none of the modes", syntax.at, f"known: {', '.join(modes)}")
    return RoundingMode(value)


def _ratio(checker: "Checker", syntax: FunctionCall) -> Node:
    usage = "ratio(a, b, zero=VALUE)"
    options = keywords(checker, syntax, "zero")
    if "zero" not in options:
        raise checker.fail(f"{syntax.name}(...) needs zero=: its value where b is 0", syntax.at, f"write {usage}")
    left, right = _arguments(checker, syntax, 2, 2, usage)
    zero = checker.number(checker.check(options["zero"]), "zero= of ratio(...)")
    for node in (left, right):
        checker.number(node, "an argument of ratio(...)")
    return quotient(checker, left, right, zero, syntax.at)


def quotient(checker: "Checker", left: Node, right: Node, zero: Node, at: int) -> Node:
    """Return `left / right`, or `zero` where `right` is 0."""
    worth = checker.context.per_point and (left.type.unit, right.type.unit) == ("money", "points")
    found = divided(left.type, right.type, "ratio") if not worth else Type(kind="number", ratio=True)
    if isinstance(found, Type):
        found = combined(found, zero.type)
    if isinstance(found, str):
        raise checker.fail(found, at)
    found = evolve(found, ratio=True, places=0, optional=False)
    return Arithmetic(operator="/", left=left, right=right, zero=zero, type=found, at=at)


def _dates(checker: "Checker", syntax: FunctionCall) -> Node:
    keywords(checker, syntax)
    count = 1 if syntax.name in {"year", "month", "day"} else 2
    usage = f"{syntax.name}(date)" if count == 1 else f"{syntax.name}(from, to)"
    items = _arguments(checker, syntax, count, count, usage)
    for item in items:
        if item.type.kind != "date":
            raise checker.fail(f"an argument of {syntax.name}(...) must be a date, not {item.type}", item.at)
    return Call(function=syntax.name, items=tuple(items), type=number(), at=syntax.at)  # type: ignore[arg-type] # a name of _FUNCTIONS


def _lookup(checker: "Checker", syntax: FunctionCall) -> Node:
    keywords(checker, syntax)
    first = syntax.arguments[0] if syntax.arguments else None
    if not isinstance(first, Identifier):
        raise checker.fail("lookup(...) needs a table", syntax.at, "write lookup(TABLE, key)")
    table = checker.namespace.tables.get(first.name)
    if table is None and first.name in checker.namespace.broken:
        raise ExpressionError("", "", first.at)
    if table is None:
        raise checker.fail(f"unknown table {first.name!r}", first.at, nearest(first.name, checker.namespace.tables))
    keys = checker.check_all(syntax.arguments[1:])
    if isinstance(table, ThresholdTable):
        return _threshold(checker, table, keys, syntax.at)
    return _keyed(checker, table, keys, syntax.at)


def _threshold(checker: "Checker", table: ThresholdTable, keys: list[Node], at: int) -> Node:
    if len(keys) != 1:
        raise checker.fail(f"table {table.name!r} has one key, not {len(keys)}", at)
    key = checker.number(keys[0], f"the key of {table.name!r}")
    places = max((places_of(value) for _, value in table.rows), default=0)
    if table.below is not None:
        places = max(places, places_of(table.below))
    if table.mode == "marginal":
        checker.number(key, f"the key of the marginal table {table.name!r}", ratio=False)
        floor_places = max((places_of(threshold) for threshold, _ in table.rows), default=0)
        found = number(key.type.unit, places + max(key.type.places, floor_places))
    else:
        found = number(None, places)
    return Lookup(table=table.name, keys=(key,), type=found, at=at)


_KEY_KINDS: Final = {"rank": "rank", "level": "number", "key": "text"}


def _keyed(checker: "Checker", table: KeyTable, keys: list[Node], at: int) -> Node:
    if len(keys) != len(table.by):
        raise checker.fail(
            f"table {table.name!r} has {len(table.by)} keys, not {len(keys)}",
            at,
            f"write lookup({table.name}, {', '.join(table.by)})",
        )
    for key, by in zip(keys, table.by, strict=True):
        if key.type.kind != _KEY_KINDS[by] or key.type.ratio or key.type.places:
            raise checker.fail(f"the key {by!r} of table {table.name!r} can't be {key.type}", key.at)
    values = [*table.rows.values(), *([table.missing] if isinstance(table.missing, Decimal) else [])]
    found = number(None, max(map(places_of, values), default=0))
    return Lookup(table=table.name, keys=tuple(keys), type=found, at=at)


def _rolling(checker: "Checker", syntax: FunctionCall) -> Node:
    """`rolling(n, x)`: x now, and the sum of x over the n - 1 periods before."""
    keywords(checker, syntax)
    if len(syntax.arguments) != 2:
        raise checker.fail(given_arguments(syntax), syntax.at, "write rolling(n, x)")
    if not checker.context.aggregates:
        what = f"rolling(...) means nothing in {checker.context.words}"
        raise checker.fail(what, syntax.at, "make it a measure and name that")
    periods, value = syntax.arguments
    now = checker.number(checker.check(value), "what rolling(...) sums", ratio=False)
    count = literal_level(checker, periods, "a number of periods")
    if count == 1:
        return now
    past = FunctionCall(name="past", arguments=(Literal_(value=Decimal(count - 1), at=periods.at),), at=periods.at)
    before = check_aggregate(checker, FunctionCall(name="sum", arguments=(past, value), at=syntax.at))
    found = cast("Type", added(now.type, before.type, "+"))  # the past of a column is of its unit
    return Arithmetic(operator="+", left=now, right=before, type=found, at=syntax.at)


def _position(checker: "Checker", syntax: FunctionCall) -> Node:
    keywords(checker, syntax)
    if len(syntax.arguments) != 1:
        raise checker.fail(given_arguments(syntax), syntax.at, "write position(CONDITION), or position(true)")
    if not checker.context.ordinals:
        what = f"position(...) means nothing in {checker.context.words}"
        raise checker.fail(what, syntax.at, "a bonus on orders or events reads it, in where, base or rate")
    inner = checker.within(inside_ordinal(checker.context))
    condition = inner.boolean(inner.check(syntax.arguments[0]), "what position(...) counts")
    return Ordinal(item=condition, type=number(), at=syntax.at)


_FOREIGN: Final[dict[str, str]] = {
    **dict.fromkeys(("if", "iif", "when"), "write A if CONDITION else B"),
    "and": "write a and b",
    "or": "write a or b",
    "not": "write not a",
    **dict.fromkeys(("average", "avg"), "write mean(SCOPE, x, default=VALUE)"),
    **dict.fromkeys(("ceil", "ceiling"), "write round(x, 0, ceiling)"),
    **dict.fromkeys(("int", "trunc"), "write round(x, 0, down)"),
    "rounddown": "write round(x, places, down)",
    "roundup": "write round(x, places, up)",
    **dict.fromkeys(("countif", "sumif"), "write where=CONDITION in count(...) or sum(...)"),
    "vlookup": "write lookup(TABLE, key)",
}
"""Functions of spreadsheets and other languages, and what is written here."""

_FUNCTIONS: Final[dict[str, Callable[["Checker", FunctionCall], Node]]] = {
    "abs": _abs,
    "clamp": _clamp,
    "day": _dates,
    "days_between": _dates,
    "floor": _floor,
    "full_months_between": _dates,
    "lookup": _lookup,
    "max": _extreme,
    "min": _extreme,
    "month": _dates,
    "months_between": _dates,
    "nearest": check_upward,
    "position": _position,
    "ratio": _ratio,
    "rolling": _rolling,
    "round": _round,
    "sponsor": check_upward,
    "year": _dates,
}
