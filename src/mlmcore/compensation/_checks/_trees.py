"""What a tree that the plan makes must and may say; what its formulas may read stands in `_known_before`."""

from collections.abc import Iterator
from typing import Final

from attrs import evolve

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._checks._known_before import known_before
from mlmcore.compensation._choices import explained
from mlmcore.compensation._sheet import Sheet
from mlmcore.compensation.expressions import names
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.nearest import nearest
from mlmcore.compensation.plan import DerivedTree, Plan
from mlmcore.genealogy.spillover.structure import WIDTH_MAX

__all__ = ["check_tree"]

_WHEN: Final = "places are given before anything is computed"
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
        where=known_before(sheet.condition(tree.where, names.PLACED), plan, sheet, _WHEN),
        order=known_before(_ordered(tree.order, sheet), plan, sheet, _WHEN),
        volume=None if tree.volume is None else _brought(tree.volume, plan, sheet),
    )


def _brought(volume: Expression, plan: Plan, sheet: Sheet) -> Expression:
    return known_before(sheet.number(volume, names.PLACED), plan, sheet, _WHEN)


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
