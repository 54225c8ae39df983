"""What formulas may read that are asked before anything is computed: those of trees and boards that the plan makes.

They read what is known of a person alone: attributes, what was carried, their own orders, and measures made of nothing
else.
"""

from collections.abc import Iterator
from typing import Final

from attrs import evolve

from mlmcore.compensation._sheet import Sheet
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.tree import Aggregate, Name, Node, Upward, children
from mlmcore.compensation.plan import Plan

__all__ = ["known_before", "needed_before"]

_OWN_SCOPES: Final = frozenset({"orders", "purchases"})
_TODO: Final = "read attributes, `joined`, `previous.NAME`, a person's own orders, or measures made of these"


def known_before(expression: Expression, plan: Plan, sheet: Sheet, when: str) -> Expression:
    """Refuse what is not known before anything is computed; the expression is then untyped.

    Args:
        expression: As typed.
        plan: The plan, its measures and order columns typed where they are right.
        sheet: Takes what is wrong.
        when: When it is asked, in words.
    """
    if expression.checked is None:
        return expression
    problem = next(_problems(expression.checked, plan, set()), "")
    if problem:
        sheet.wrong(expression.place, f"{problem}, and {when}", _TODO)
        return evolve(expression, checked=None)
    return expression


def needed_before(plan: Plan) -> set[str]:
    """The measures and order columns behind the formulas of a checked plan's trees and boards, at whatever remove."""
    waiting = [found for tree in plan.trees.values() for found in (tree.where, tree.order, tree.volume) if found]
    waiting += [found for board in plan.boards.values() for found in (board.where, board.entries)]
    found: set[str] = set()
    while waiting:
        for name in _columns(waiting.pop().node):
            computed = plan.measures.get(name) or plan.order_columns.get(name)
            if computed is not None and name not in found:
                found.add(name)
                waiting.append(computed)
    return found


def _problems(node: Node, plan: Plan, seen: set[str]) -> Iterator[str]:
    """Why a formula cannot be asked yet, through all the columns that it reads."""
    if isinstance(node, Aggregate) and node.scope.kind == "events":
        yield f"`events.{node.scope.events}` is known only later"
    elif isinstance(node, Aggregate) and node.scope.kind not in _OWN_SCOPES:
        yield f"`{node.scope.kind}` looks at other people"
    if isinstance(node, Upward):
        yield "it looks at somebody above"
    if isinstance(node, Name):
        yield from _of_name(node.name, plan, seen)
    for child in children(node):
        yield from _problems(child, plan, seen)


def _of_name(name: str, plan: Plan, seen: set[str]) -> Iterator[str]:
    first, _, rest = name.partition(".")
    if first == "rank" or any(first == known.id for known in plan.bonuses):
        yield f"{name!r} is known only later"
    if first == "company" and rest not in plan.inputs.company:
        yield f"{name!r} looks at other people"
    computed = plan.measures.get(name) or plan.order_columns.get(name)
    if computed is not None and computed.checked is not None and name not in seen:
        seen.add(name)
        yield from (f"{name!r} reads more than that: {problem}" for problem in _problems(computed.node, plan, seen))


def _columns(node: Node) -> Iterator[str]:
    if isinstance(node, Name):
        yield node.name
    for child in children(node):
        yield from _columns(child)
