"""The slow twin of `as_of = "event"` and `position(COND)`: everything before a row is looked through anew, each time.

A moment is the key of an order or event: date, id, and the name of its table, `""` for orders, which come first. What
is known just before it is asked with that key at hand (`before`), and every aggregate over a person's own rows leaves
out the rows whose key is not smaller.
"""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from mlmcore.compensation.expressions.tree import Aggregate, Name, Node, Ordinal, Upward, walk
from mlmcore.compensation.plan import Plan

__all__ = ["MomentRefused", "key_of", "made_of_own_rows", "ordinal", "originals_key"]

Key = tuple[date, str, str]
Row = Mapping[str, Any]


class MomentRefused(Exception):  # noqa: N818 - what happened, not an error of the twin
    """A refund takes back what depends on a moment of another span."""


def key_of(row: Row) -> Key:
    """Where an order or event stands among all of them."""
    return row["date"], row["id"], row.get("event", "")


def originals_key(world: Any, row: Row) -> Key:
    """The moment of a row; of a refund that takes back what its original paid, that of the original."""
    return key_of(original_of(world, row))


def original_of(world: Any, row: Row) -> Row:
    """The row itself, or the order that it takes back."""
    if not world.takes_back or row.get("refund_of") is None:
        return row
    return next(order for order in world.orders if order["id"] == row["refund_of"])


def made_of_own_rows(node: Node, plan: Plan) -> bool:
    """Whether an expression about a person is known just before an order."""
    parts = list(walk(node))
    scopes = {part.scope.kind for part in parts if isinstance(part, Aggregate)}
    if scopes - {"orders", "purchases", "events", "past"} or any(isinstance(part, Upward | Ordinal) for part in parts):
        return False
    return all(_is_own(part, plan) for part in parts if isinstance(part, Name))


def _is_own(name: Name, plan: Plan) -> bool:
    if name.subject == "past" or name.name.startswith("previous."):
        return True
    if name.subject == "order" and name.name in plan.order_columns:
        return made_of_own_rows(plan.order_columns[name.name].node, plan)
    if name.name in plan.measures:
        return made_of_own_rows(plan.measures[name.name].node, plan)
    if name.name.partition(".")[0] == "rank":
        return plan.rank_rule is not None and plan.rank_rule.source == "attribute"
    return name.subject in {"order", "run"} or name.name in {"id", "status", "joined", *plan.inputs.attributes}


def ordinal(node: Ordinal, env: Mapping[str, Any], world: Any, value: Any) -> Fraction:
    """The how-manieth of its person's rows an order or event is for which a condition holds; 0 where it does not."""
    asked = original_of(world, env["order"])
    if asked.get("refund_of") is not None:
        return Fraction(0)
    rows = [row for row in env["starts"] if row["order"].get("refund_of") is None]
    mine = [row for row in rows if row["source"] == _whose(env, asked)]

    def holds(row: Mapping[str, Any]) -> bool:
        return bool(value(node.item, {**row, "self": row["source"], "paid": asked}, world))

    before = [row for row in mine if key_of(row["order"]) <= key_of(asked)]
    itself = [row for row in before if key_of(row["order"]) == key_of(asked)]
    return Fraction(sum(map(holds, before)) if itself and holds(itself[0]) else 0)


def _whose(env: Mapping[str, Any], asked: Row) -> Any:
    """The person from whom the row that is asked starts."""
    return next((row["source"] for row in env["starts"] if key_of(row["order"]) == key_of(asked)), None)
