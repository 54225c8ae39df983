"""What an aggregate asks of the person who asks: `me.` inside it, and what that costs.

Without `me.` an aggregate has one value per person, whoever asks, and is rolled up for everybody at once. With `me.`
it has one for each pair of who asks and whose scope it is. Two shapes come down to rollups all the same: a column
of few values (a rank, a condition) is taken as a constant, one rollup for each value; and in a sum a factor is put
outside. What is neither looks at every pair of people, which over a whole group is not near-linear.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import product
from typing import Final, TypeVar, cast

from attrs import evolve

from mlmcore.compensation.expressions._units import added, multiplied
from mlmcore.compensation.expressions.tree import (
    Aggregate,
    Arithmetic,
    Choose,
    Compare,
    Constant,
    Name,
    Negative,
    Node,
    Upward,
    names,
    replaced,
    walk,
)
from mlmcore.compensation.expressions.types import BOOLEAN, COUNT, Type

__all__ = ["PLACEMENT", "crosses_trees", "few_valued", "fixed", "is_whole", "mine", "needs_pairs", "separated"]

PLACEMENT: Final = "placement"
"""The tree whose legs `leg=` means."""
_ROLLUPS_MAX: Final = 64
"""How many rollups one aggregate may take for the values of `me.` columns, if there is more than one such column."""
_ADDING: Final = frozenset({"sum", "count", "any", "all"})

N = TypeVar("N", bound=Node)
Term = tuple[Node | None, Node | None]
"""A product: a part that reads only `me.`, and a part that reads none of it; None for 1."""


def mine(node: Node) -> tuple[Name, ...]:
    """Return the columns that an expression reads of the person who asks, each once."""
    return tuple(name for name in names(node) if name.subject == "me")


def is_whole(node: Aggregate) -> bool:
    """Whether the scope has no bound in depth."""
    return node.scope.kind in {"group", "downline"}


def crosses_trees(node: Aggregate) -> bool:
    """Whether it asks for a leg of the placement tree and walks another one."""
    return bool(node.leg) and node.scope.tree != PLACEMENT


def needs_pairs(node: Aggregate, ranks: int) -> bool:
    """Whether an aggregate must look at every pair of people of a whole group.

    Args:
        node: The aggregate.
        ranks: How many ranks the plan has.
    """
    if not is_whole(node):
        return False
    if crosses_trees(node) and (node.function not in _ADDING or node.distinct is not None):
        return True
    few = few_valued(mine(node), ranks)
    rest = fixed(node, {name: _some_value(name) for name in few})
    return bool(mine(rest)) and separated(rest) is None


def few_valued(columns: Iterable[Name], ranks: int) -> tuple[Name, ...]:
    """Return the columns that are ranks or conditions, as long as their values together are few."""
    found: list[Name] = []
    rollups = 1
    for name in columns:
        values = {"rank": ranks + 1, "boolean": 2}.get(name.type.kind, 0)
        if values and (not found or rollups * values <= _ROLLUPS_MAX):
            found.append(name)
            rollups *= values
    return tuple(found)


def fixed(node: N, values: Mapping[Name, Constant]) -> N:
    """Return an expression with some columns of the person who asks as constants."""
    return cast("N", replaced(node, lambda part: values.get(part) if isinstance(part, Name) else None))


def separated(node: Aggregate) -> Node | None:
    """Return a sum with its factors of `me.` outside, or None where they can't be put there.

    `sum(group, x * me.rate + y)` becomes `me.rate * sum(group, x) + sum(group, y)`; where nobody is in the scope it
    is 0, and nothing is asked.
    """
    elsewhere = [part for part in (node.where, node.until, node.default) if part is not None]
    if node.function != "sum" or node.value is None or any(map(mine, elsewhere)):
        return None
    terms = _terms(node.value)
    if terms is None:
        return None
    total: Node | None = None
    for factor, own in terms:
        summed = _summed(node, own)
        part = summed if factor is None else _product(factor, summed)
        total = part if total is None else _sum(total, part)
    assert total is not None  # noqa: S101  (an expression has at least one term)
    nothing = Constant(type=total.type, value=_ZERO, at=node.at)
    return Choose(condition=_anybody(node), then=total, other=nothing, type=total.type, at=node.at)


def _some_value(name: Name) -> Constant:
    return Constant(type=name.type, value=None if name.type.kind == "rank" else False)


def _terms(node: Node) -> list[Term] | None:  # noqa: PLR0911 - a return per shape
    """A value as a sum of products, or None where it is none."""
    if not mine(node):
        return [(None, node)]
    if _is_factor(node):
        return [(node, None)]
    if isinstance(node, Negative):
        return _negated(_terms(node.item))
    if not isinstance(node, Arithmetic) or node.operator == "/":
        return None
    left, right = _terms(node.left), _terms(node.right)
    if left is None or right is None:
        return None
    if node.operator == "*":
        return [(_both(one[0], two[0]), _both(one[1], two[1])) for one, two in product(left, right)]
    return left + (_negated(right) or [] if node.operator == "-" else right)


_ZERO: Final = Decimal(0)


def _is_factor(node: Node) -> bool:
    """Whether it reads nothing but `me.` and what is the same for everybody."""
    parts = list(walk(node))
    asks = any(isinstance(part, Aggregate | Upward) for part in parts)
    return not asks and all(part.subject in {"me", "run"} for part in parts if isinstance(part, Name))


def _negated(terms: list[Term] | None) -> list[Term] | None:
    if terms is None:
        return None
    minus = Constant(type=COUNT, value=Decimal(-1))
    return [(factor, minus if own is None else Negative(item=own, type=own.type, at=own.at)) for factor, own in terms]


def _both(one: Node | None, two: Node | None) -> Node | None:
    if one is None or two is None:
        return two if one is None else one
    return _product(one, two)


def _product(one: Node, two: Node) -> Node:
    found = multiplied(one.type, two.type, "*")
    assert isinstance(found, Type)  # noqa: S101  (the product that it comes from was typed already)
    return Arithmetic(operator="*", left=one, right=two, type=found, at=one.at)


def _sum(one: Node, two: Node) -> Node:
    found = added(one.type, two.type, "+")
    assert isinstance(found, Type)  # noqa: S101  (as above)
    return Arithmetic(operator="+", left=one, right=two, type=found, at=one.at)


def _summed(node: Aggregate, own: Node | None) -> Aggregate:
    """The sum over the scope of a part that asks nothing of who asks; of 1, the count."""
    if own is None:
        return evolve(node, function="count", value=None, type=COUNT)
    kind = evolve(own.type, optional=False)
    return evolve(node, value=evolve(own, type=kind), type=kind)


def _anybody(node: Aggregate) -> Node:
    nothing = Constant(type=COUNT, value=_ZERO, at=node.at)
    return Compare(operator=">", left=_summed(node, None), right=nothing, type=BOOLEAN, at=node.at)
