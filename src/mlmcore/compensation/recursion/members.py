"""The members of a recursion: their columns, their expressions, and what gathers those columns from others."""

from collections.abc import Collection
from typing import Final, NamedTuple, TypeGuard

from mlmcore.compensation.expressions._mine import crosses_trees, mine
from mlmcore.compensation.expressions.tree import Aggregate, Name, Node, Upward, children, walk
from mlmcore.compensation.plan import AmountBonus, Plan
from mlmcore.compensation.step import Step

__all__ = ["RANKS", "Refusal", "columns_of", "gathered_of", "gathers", "holds_oneself", "nodes_of", "reads", "refused"]

RANKS: Final = ("rank", "rank.now", "rank.best")
"""The columns of people that ranks fill."""

_BY_LAYER: Final = {
    "downline": {"all", "any", "count", "max", "min", "sum", "top"},
    "events": {"all", "any", "count", "max", "min", "sum", "top"},
    "front": {"all", "any", "count", "max", "min", "sum", "top"},
    "group": {"all", "any", "count", "max", "min", "sum", "top"},
    "level": {"all", "any", "count", "max", "min", "sum"},
    "levels": {"all", "any", "count", "max", "min", "sum"},
    "orders": {"all", "any", "count", "max", "min", "sum", "top"},
    "purchases": {"all", "any", "count", "max", "min", "sum", "top"},
}
"""Which functions a recursion computes over which scopes."""
_ADDING: Final = frozenset({"sum", "count", "any", "all"})


def columns_of(member: Step) -> tuple[str, ...]:
    """Return the columns of people that a step fills, as far as others in a recursion may read them."""
    match member.kind:
        case "measure":
            return (member.name,)
        case "rank":
            return RANKS
        case _:
            return (f"{member.name}.earned", f"{member.name}.paid")


def nodes_of(plan: Plan, member: Step) -> tuple[Node, ...]:
    """Return the expressions of people that decide what a step fills."""
    match member.kind:
        case "measure":
            return (plan.measures[member.name].node,)
        case "rank":
            return tuple(rank.requires.node for rank in plan.ranks if rank.requires is not None)
        case _:
            bonus = plan.bonus(member.name)
            assert isinstance(bonus, AmountBonus)  # noqa: S101  (no other kind is part of a recursion)
            asked = (bonus.where, bonus.amount, bonus.qualifies)
            return tuple(expression.node for expression in asked if expression is not None)


def gathered_of(nodes: tuple[Node, ...], columns: Collection[str]) -> tuple[Aggregate | Upward, ...]:
    """Return what gathers values of others that are among some columns, nested ones too, each once.

    Aggregates that read the columns, and `nearest` where its condition does; who is the nearest is otherwise known.
    """
    found = (part for node in nodes for part in walk(node))
    return tuple(dict.fromkeys(part for part in found if gathers(part, columns)))


def gathers(node: Node, columns: Collection[str]) -> TypeGuard[Aggregate | Upward]:
    """Whether a part of an expression, as a whole, is gathered: see `gathered_of`."""
    if isinstance(node, Upward):
        return node.condition is not None and reads(node.condition, columns)
    return isinstance(node, Aggregate) and reads(node, columns)


def holds_oneself(node: Aggregate) -> bool:
    """Whether the person whose scope it is stands in it: in a group, but in no leg of it."""
    return node.scope.kind == "group" and not node.leg


def reads(node: Node, columns: Collection[str]) -> bool:
    """Whether an expression reads one of some columns, of whomever."""
    return any(isinstance(part, Name) and part.subject != "past" and part.name in columns for part in walk(node))


class Refusal(NamedTuple):
    """Why something can't read columns of a recursion, and what to write instead."""

    what: str
    todo: str = "use another function or scope"


def refused(node: Aggregate | Upward, columns: Collection[str]) -> Refusal | None:
    """Say what reads columns of a recursion along one tree and can't be computed there; None where it can."""
    words = _refused(node, columns)
    if words or isinstance(node, Upward) or not crosses_trees(node) or node.scope.kind == "front":
        return Refusal(words) if words else None
    kind, along = node.scope.kind, f"leg= over {node.scope.kind} along the tree {node.scope.tree}"
    if node.function not in _ADDING or kind not in {"downline", "group"}:
        todo = "ask it of the direct children (front), or count, sum, any or all of the downline; "
        return Refusal(f"{node.function}(...) with {along}", todo + "or walk tree=placement, whose legs they are")
    if node.until is not None and reads(node.until, columns):
        todo = "ask it in `where`, or end the descent where something holds that does not read itself"
        return Refusal(f"until= beside {along}", todo)
    return None


def _refused(node: Aggregate | Upward, columns: Collection[str]) -> str:
    inner = [part for one in children(node) for part in gathered_of((one,), columns)]
    if any(mine(part) for part in inner):
        return "`me.` inside an aggregate inside another"
    if isinstance(node, Upward):
        return "`me.` in the condition of nearest(...)" if mine(node) else ""
    kind, own = node.scope.kind, node.scope.kind in {"events", "front", "orders", "purchases"}
    problems = {
        f"{node.function}(...) over {kind}": node.function not in _BY_LAYER.get(kind, ()),
        f"`me.` inside {kind}": bool(mine(node)) and not own,
        f"distinct= over {kind}": node.distinct is not None and not own,
    }
    return next((words for words, holds in problems.items() if holds), "")
