"""What can be known of somebody just before an order or event, and what changes from one moment to the next.

Known then is what is made of a person's own orders and events, which stand strictly before it, of attributes, and of
what earlier periods handed on. Whatever asks other people, or adds up what is still to come, is not.
"""

from collections.abc import Mapping
from typing import Final

from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.tree import Aggregate, Name, Node, Upward, asked, children, names
from mlmcore.compensation.plan import Plan

__all__ = ["changes_by_moment", "ranks_are_given", "typed_columns", "unknown_before"]

_OWN: Final = frozenset({"orders", "purchases", "events"})
_RANKS: Final = frozenset({"rank", "rank.now", "rank.best"})


def changes_by_moment(node: Node, plan: Plan) -> bool:
    """Whether an expression about a person may be worth another thing just before each order or event."""
    return any(
        part.scope.kind in _OWN if isinstance(part, Aggregate) else part.name in plan.measures
        for part in asked(node)
        if isinstance(part, Aggregate | Name)
    )


def unknown_before(node: Node, plan: Plan, typed: Mapping[str, Expression]) -> str:
    """Say what in an expression can't be known just before an order or event; "" where all of it can.

    Args:
        node: The expression.
        plan: The plan that it stands in.
        typed: The plan's measures and order columns, as far as they are typed.
    """
    match node:
        case Name():
            return _name(node, plan, typed)
        case Upward():
            return "it asks somebody above"
        case Aggregate() if node.scope.kind == "past":
            return _past(node, plan, typed)
        case Aggregate():
            return _aggregate(node, plan, typed)
        case _:
            parts = (unknown_before(part, plan, typed) for part in children(node))
            return next(filter(None, parts), "")


def typed_columns(plan: Plan) -> dict[str, Expression]:
    """The columns that a plan computes before any bonus: those of orders, and measures."""
    return {**plan.order_columns, **plan.measures}


def ranks_are_given(plan: Plan) -> bool:
    """Whether everybody's rank is an attribute, and so known from the beginning."""
    return plan.rank_rule is not None and plan.rank_rule.source == "attribute"


def _name(node: Name, plan: Plan, typed: Mapping[str, Expression]) -> str:
    if node.subject == "run":
        known = not node.name.startswith("company.") or node.name.removeprefix("company.") in plan.inputs.company
        return "" if known else f"{node.name} sums what is not known yet"
    if node.subject in {"order", "paid"}:
        return _order_column(node.name, plan, typed)
    if node.subject == "past" or _is_given(node.name, plan):
        return ""
    measure = typed.get(node.name)
    if measure is None:
        return f"{node.name} is made of more than a person's own orders and events"
    if measure.checked is None:
        return ""
    problem = unknown_before(measure.checked, plan, typed)
    return f"in {node.name} {problem}" if problem else ""


def _order_column(name: str, plan: Plan, typed: Mapping[str, Expression]) -> str:
    """An order has its columns from the beginning, unless one is made of what its people have in the whole period."""
    column = typed.get(name) if name in plan.order_columns else None
    if column is None or column.checked is None:
        return ""
    for part in names(column.checked):
        if part.subject in {"seller", "buyer"} and not _is_given(part.name, plan):
            return f"{name} reads {part.subject}.{part.name}, as it is in the period"
        problem = _order_column(part.name, plan, typed) if part.subject == "order" else ""
        problem = problem or (_name(part, plan, typed) if part.subject == "run" else "")
        if problem:
            return f"in {name} {problem}"
    return ""


def _is_given(name: str, plan: Plan) -> bool:
    """Whether a column of people is there from the beginning: an attribute, or what the period before handed on."""
    built_in = name in {"id", "status", "joined", *plan.inputs.attributes} or name.startswith("previous.")
    return built_in or (name in _RANKS and ranks_are_given(plan))


def _aggregate(node: Aggregate, plan: Plan, typed: Mapping[str, Expression]) -> str:
    words = f"{node.function}(...) over {node.scope.kind}"
    if node.scope.kind not in _OWN:
        return f"{words} looks at more than a person's own orders and events"
    if node.function == "top" or node.distinct is not None:
        return f"{words} can't be told event by event"
    for part in (node.value, node.where):
        for name in () if part is None else names(part):
            problem = _inside(name, plan, typed)
            if problem:
                return f"{words} reads {name.name}, {problem}"
    return "" if node.default is None else unknown_before(node.default, plan, typed)


def _past(node: Aggregate, plan: Plan, typed: Mapping[str, Expression]) -> str:
    """What is closed is known; what it is compared with, of who asks, has one value for the whole period."""
    for part in (node.value, node.where, node.distinct):
        for name in () if part is None else names(part):
            if name.subject == "me" and not _is_given(name.name, plan):
                return f"{node.function}(...) over past reads me.{name.name}, which changes with each event"
    return "" if node.default is None else unknown_before(node.default, plan, typed)


def _inside(name: Name, plan: Plan, typed: Mapping[str, Expression]) -> str:
    """What an aggregate asks of each row must be known from the beginning, or it would be another at each moment."""
    if name.subject in {"order", "run"}:
        problem = _name(name, plan, typed)
        return f"and {problem}" if problem else ""
    return "" if _is_given(name.name, plan) else "which changes with each event"
