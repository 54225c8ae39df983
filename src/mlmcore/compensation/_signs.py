"""Whether the loader can show that a number never falls below zero, so that `negative` need not be chosen."""

from collections.abc import Collection, Mapping
from decimal import Decimal

from mlmcore.compensation.expressions.tree import (
    Aggregate,
    Arithmetic,
    Call,
    Choose,
    Constant,
    Lookup,
    Name,
    Node,
    Ordinal,
    Rounded,
    Upward,
)
from mlmcore.compensation.plan import Plan, ThresholdTable


def never_negative(node: Node, plan: Plan, known: Collection[str]) -> bool:  # noqa: C901, PLR0911 - a case per kind
    """Whether a number is shown to be zero or more; `known` are the columns for which that was shown."""

    def shown(part: Node) -> bool:
        return never_negative(part, plan, known)

    match node:
        case Constant():
            return isinstance(node.value, Decimal) and node.value >= 0
        case Name():
            now = node.subject != "past"  # what was handed on may be another plan's
            return (now and node.name.removeprefix("company.") in known) or node.name == "level"
        case Arithmetic():
            parts = (node.left, node.right) if node.zero is None else (node.left, node.right, node.zero)
            return node.operator != "-" and all(map(shown, parts))
        case Choose():
            return shown(node.then) and shown(node.other)
        case Rounded():
            return shown(node.item)
        case Call():
            return _call(node, plan, known)
        case Ordinal():
            return True
        case Aggregate():
            return _aggregate(node, plan, known)
        case Lookup():
            return _lookup(node, plan, known)
        case Upward():
            return shown(node.item) and shown(node.default)
        case _:
            return False


def never_negative_together(formulas: Mapping[str, Node], plan: Plan, known: Collection[str]) -> set[str]:
    """Of columns that read one another, those shown to be zero or more.

    Each is taken to be so until its formula can't show it; what is left holds, since whoever is read comes first.
    """
    shown = {name for name, node in formulas.items() if node.type.kind == "number"}
    while failing := [name for name in shown if not never_negative(formulas[name], plan, {*known, *shown})]:
        shown.difference_update(failing)
    return shown


def columns_never_negative(plan: Plan) -> set[str]:
    """The columns of a checked plan that are shown to be zero or more, found in the order of its steps."""
    formulas = {name: expression.node for name, expression in (*plan.order_columns.items(), *plan.measures.items())}
    known: set[str] = set()
    for step in plan.steps:
        names = [one.name for one in (step.members or (step,)) if one.kind in {"order_column", "measure"}]
        known |= never_negative_together({name: formulas[name] for name in names}, plan, known)
    return known


def _call(node: Call, plan: Plan, known: Collection[str]) -> bool:
    shown = [never_negative(item, plan, known) for item in node.items]
    match node.function:
        case "max":
            return any(shown)
        case "min":
            return all(shown)
        case "clamp":
            return shown[1]
        case "abs" | "year" | "month" | "day":
            return True
        case _:
            return False


def _aggregate(node: Aggregate, plan: Plan, known: Collection[str]) -> bool:
    if node.function == "count":
        return True
    parts = [part for part in (node.value, node.default) if part is not None]
    return all(never_negative(part, plan, known) for part in parts)


def _lookup(node: Lookup, plan: Plan, known: Collection[str]) -> bool:
    table = plan.tables[node.table]
    if isinstance(table, ThresholdTable):
        values = [value for _, value in table.rows] + ([] if table.below is None else [table.below])
        marginal = table.mode != "marginal" or never_negative(node.keys[0], plan, known)
        return marginal and all(value >= 0 for value in values)
    missing = [table.missing] if isinstance(table.missing, Decimal) else []
    return all(value >= 0 for value in (*table.rows.values(), *missing))
