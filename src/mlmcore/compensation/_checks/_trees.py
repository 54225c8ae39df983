"""What a tree that the plan makes must and may say, and what its formulas may read.

Places are given before anything is computed, so the formulas read what is known of a person alone: attributes, what was
carried, their own orders, and measures made of nothing else.
"""

from collections.abc import Iterator
from typing import Final

from attrs import evolve

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._choices import explained
from mlmcore.compensation._sheet import Sheet
from mlmcore.compensation.expressions import names
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.tree import Aggregate, Name, Node, Upward, children
from mlmcore.compensation.nearest import nearest
from mlmcore.compensation.plan import DerivedTree, Plan
from mlmcore.genealogy.spillover.structure import WIDTH_MAX

__all__ = ["check_tree", "needed_for_places"]

_OWN_SCOPES: Final = frozenset({"orders", "purchases"})
_TODO: Final = "read attributes, `joined`, `previous.NAME`, a person's own orders, or measures made of these"
_MISSING: Final = "is missing"


def check_tree(tree: DerivedTree, plan: Plan, sheet: Sheet) -> DerivedTree:
    """Check a tree and return it typed; after everything else of the plan was typed.

    Args:
        tree: The tree.
        plan: The plan, its measures and order columns typed where they are right.
        sheet: Types expressions against what the plan declares.
    """
    _check_keys(tree, plan, sheet)
    return evolve(
        tree,
        where=_own(sheet.condition(tree.where, names.PLACED), plan, sheet),
        order=_own(_ordered(tree.order, sheet), plan, sheet),
        volume=None if tree.volume is None else _own(sheet.number(tree.volume, names.PLACED), plan, sheet),
    )


def needed_for_places(plan: Plan) -> set[str]:
    """The measures and order columns that the formulas of a checked plan's trees read, directly or through others."""
    waiting = [found for tree in plan.trees.values() for found in (tree.where, tree.order, tree.volume) if found]
    found: set[str] = set()
    while waiting:
        for name in _columns(waiting.pop().node):
            computed = plan.measures.get(name) or plan.order_columns.get(name)
            if computed is not None and name not in found:
                found.add(name)
                waiting.append(computed)
    return found


def _check_keys(tree: DerivedTree, plan: Plan, sheet: Sheet) -> None:
    for key, what, todo in (*_wrong_uplines(tree, plan), *_wrong_shapes(tree)):
        sheet.wrong(tree.place, what, todo, key=key, code="plan.missing" if what == _MISSING else "plan.value")


def _wrong_uplines(tree: DerivedTree, plan: Plan) -> Iterator[tuple[str, str, str]]:
    """Key, what is wrong, and what to do, of who comes below whom."""
    if not plan.inputs.trees:
        yield "", "no tree is given from which it could be made", 'write trees = ["sponsor"] in [inputs]'
    if tree.name in plan.inputs.trees:
        yield "", f"{tree.name!r} is given by [inputs] trees", "rename one of them"
    if tree.tree is not None and tree.tree not in plan.inputs.trees:
        yield "tree", f"{tree.tree!r} is no tree that is given", nearest(tree.tree, plan.inputs.trees)
    if tree.tree is not None and tree.under == "root":
        yield "tree", 'means nothing with under = "root"', "leave it out"
    if tree.full == "up" and tree.under == "root":
        yield "full", '"up" means nothing with under = "root"', 'write "wait" or "error"'


def _wrong_shapes(tree: DerivedTree) -> Iterator[tuple[str, str, str]]:
    """The same of the structure itself."""
    if not 1 <= tree.width <= WIDTH_MAX:
        yield "width", f"{tree.width} is no whole number from 1 to {WIDTH_MAX}", "a binary has 2"
    if tree.depth is not None and tree.full is None:
        yield "full", _MISSING, explained(choices.FULL)
    if tree.depth is None and tree.full is not None:
        yield "full", "means nothing without `depth`: such a structure is never full", "leave it out"
    if tree.placed == "weaker_leg" and tree.volume is None:
        yield "volume", _MISSING, 'what each person brings to the legs above: volume = "previous.lifetime"'
    if tree.placed != "weaker_leg" and tree.volume is not None:
        yield "volume", f'means nothing with placed = "{tree.placed}"', "leave it out"


def _ordered(order: Expression, sheet: Sheet) -> Expression:
    checked = sheet.column(order, names.PLACED)
    if checked.checked is not None and checked.type.kind not in {"number", "date"}:
        sheet.wrong(order.place, f"{order.text!r} is {checked.type}, and people are placed by a date or a number")
        return evolve(checked, checked=None)
    return checked


def _own(expression: Expression, plan: Plan, sheet: Sheet) -> Expression:
    """Refuse what is not known before anything is computed."""
    if expression.checked is None:
        return expression
    problem = next(_problems(expression.checked, plan, set()), "")
    if problem:
        what = f"{problem}, and places are given before anything is computed"
        sheet.wrong(expression.place, what, _TODO)
        return evolve(expression, checked=None)
    return expression


def _problems(node: Node, plan: Plan, seen: set[str]) -> Iterator[str]:
    """Why a formula cannot be asked yet, through all the columns that it reads."""
    if isinstance(node, Aggregate) and node.scope.kind not in _OWN_SCOPES:
        yield f"`{node.scope.kind}` looks at other people"
    if isinstance(node, Upward):
        yield "it looks at somebody above"
    if isinstance(node, Name):
        yield from _of_name(node.name, plan, seen)
    for child in children(node):
        yield from _problems(child, plan, seen)


def _of_name(name: str, plan: Plan, seen: set[str]) -> Iterator[str]:
    bonus = name.partition(".")[0]
    if name.partition(".")[0] == "rank" or any(bonus == known.id for known in plan.bonuses):
        yield f"{name!r} is known only later"
    computed = plan.measures.get(name) or plan.order_columns.get(name)
    if computed is not None and computed.checked is not None and name not in seen:
        seen.add(name)
        yield from (f"{name!r} reads more than that: {problem}" for problem in _problems(computed.node, plan, seen))


def _columns(node: Node) -> Iterator[str]:
    if isinstance(node, Name):
        yield node.name
    for child in children(node):
        yield from _columns(child)
