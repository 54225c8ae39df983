"""What can be known of somebody just before an order or event, and what can't: the checks of `as_of = "event"`."""

from collections.abc import Iterator, Mapping
from typing import Final

from attrs import fields

from mlmcore.compensation._sheet import Sheet
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.tree import Aggregate, Name, Node, Upward, children, names, walk
from mlmcore.compensation.plan import AnyBonus, DifferentialBonus, Plan

__all__ = ["check_as_of"]

_OF_THE_PERIOD: Final = frozenset({"when", "minimum", "point_value"})
"""Keys that are about the period or the payee's sum, and are read at its end either way."""
_OF_EVERYBODY: Final = frozenset({"counts", "pays", "stop_at", "depth", "blocked_by", "minimum_level", "limit"})
"""Keys of walks that are asked of everybody once, not for each order anew."""
_BY_RANK: Final = ("rates_by_rank", "rate_by_rank")
_OWN: Final = frozenset({"orders", "purchases", "events"})
_TODO: Final = "read a person's own orders, events, attributes and previous state, or leave out as_of"


def check_as_of(bonus: AnyBonus, plan: Plan, measures: Mapping[str, Expression], sheet: Sheet) -> None:
    """Report what `as_of = "event"` reads and what can't be known just before an order or event.

    Args:
        bonus: The bonus, typed.
        plan: The plan that it stands in.
        measures: The plan's measures, as far as they are typed.
        sheet: Takes what is wrong.
    """
    if bonus.as_of is None:
        return
    if bonus.dated is None:
        sheet.wrong(bonus.place_of("as_of"), "means nothing without orders or events", "leave it out")
        return
    if any(getattr(bonus, key, None) is not None for key in _BY_RANK):
        what = "ranks are the period's, and not known just before each order or event"
        sheet.wrong(bonus.place_of("rates"), what, "write one list of rates, or leave out as_of")
    for key, node in _read(bonus):
        everybody = key in _OF_EVERYBODY or (key == "rate" and isinstance(bonus, DifferentialBonus))
        problem = _not_given(node, plan) if everybody else _not_of_a_moment(node, plan, measures)
        if problem:
            sheet.wrong(bonus.place_of(key), f"it is taken just before each order or event, and {problem}", _TODO)


def _read(bonus: AnyBonus) -> Iterator[tuple[str, Node]]:
    """Yield the checked expressions of a bonus with the key under which each stands."""
    for attribute in fields(type(bonus)):
        value = getattr(bonus, attribute.name)
        parts = (value,) if isinstance(value, Expression) else value
        for part in parts if isinstance(parts, tuple) and attribute.name not in _OF_THE_PERIOD else ():
            if isinstance(part, Expression) and part.checked is not None:
                yield attribute.name, part.checked


def _not_given(node: Node, plan: Plan) -> str:
    """Say what of a walk's condition is no column of the order, no attribute and no previous state."""
    for part in walk(node):
        if isinstance(part, Aggregate | Upward):
            return "a walk asks it of everybody once: sums there are not available in this version"
        if isinstance(part, Name) and part.subject not in {"run", "order"} and not _is_given(part.name, plan):
            return f"a walk asks it of everybody once: {part.name} there is not available in this version"
    return ""


def _not_of_a_moment(node: Node, plan: Plan, measures: Mapping[str, Expression]) -> str:
    """Say what in an expression can't be known just before an event; "" where all of it can."""
    match node:
        case Name():
            return _name(node, plan, measures)
        case Upward():
            return "it asks somebody above"
        case Aggregate() if node.scope.kind == "past":
            return "" if node.default is None else _not_of_a_moment(node.default, plan, measures)
        case Aggregate():
            return _aggregate(node, plan, measures)
        case _:
            parts = (_not_of_a_moment(part, plan, measures) for part in children(node))
            return next(filter(None, parts), "")


def _name(node: Name, plan: Plan, measures: Mapping[str, Expression]) -> str:
    if node.subject == "run":
        known = not node.name.startswith("company.") or node.name.removeprefix("company.") in plan.inputs.company
        return "" if known else f"{node.name} sums what is not known yet"
    if node.subject in {"order", "paid", "past"} or _is_given(node.name, plan):
        return ""
    measure = measures.get(node.name)
    if measure is None:
        return f"{node.name} is made of more than a person's own orders and events"
    if measure.checked is None:
        return ""
    problem = _not_of_a_moment(measure.checked, plan, measures)
    return f"in {node.name} {problem}" if problem else ""


def _is_given(name: str, plan: Plan) -> bool:
    """Whether a column of people is there from the beginning: an attribute, or what the period before handed on."""
    return name in {"id", "status", "joined", *plan.inputs.attributes} or name.startswith("previous.")


def _aggregate(node: Aggregate, plan: Plan, measures: Mapping[str, Expression]) -> str:
    words = f"{node.function}(...) over {node.scope.kind}"
    if node.scope.kind not in _OWN:
        return f"{words} looks at more than a person's own orders and events"
    if node.function == "top" or node.distinct is not None:
        return f"{words} can't be told event by event"
    inner = [part for part in (node.value, node.where) if part is not None]
    for part in inner:
        for name in names(part):
            if name.subject not in {"order", "run"} and not _is_given(name.name, plan):
                return f"{words} reads {name.name}, which changes with each event"
    return "" if node.default is None else _not_of_a_moment(node.default, plan, measures)
