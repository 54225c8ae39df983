"""What a condition of a walk asks about: the person reached alone, or also the source, the order, the level, the payee.

Of the person alone it is asked once for everybody; of a pair it is asked on the way, and so is what a person had just
before the order that is walked. In `counts`, `payee.` is the
person whose level is asked: then levels are counted anew for every payee, which is quick only where everything that is
asked of the payee is one ordered comparison of ranks.
"""

from collections.abc import Iterator
from typing import Final

from attrs import frozen

from mlmcore.compensation._just_before import changes_by_moment
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.tree import Compare, Logic, Name, Node, asked
from mlmcore.compensation.plan import Plan, SourceBonus

__all__ = [
    "RankCount",
    "asks_moment",
    "asks_on_the_way",
    "asks_whoever_is_reached",
    "own_names",
    "rank_count",
    "reads_pair",
    "reads_payee",
]

_OF_PAIR: Final = frozenset({"source", "order", "buyer", "seller", "child", "payee"})
_OF_PAYEE: Final = frozenset({"payee", "child"})
_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@frozen(kw_only=True)
class RankCount:
    """A condition of which only one ordered comparison of ranks is asked of the payee.

    Attributes:
        gates: What must hold besides, of the person between.
        own: The rank of the person between.
        asked: The payee's.
        operator: `own operator asked`.
    """

    gates: tuple[Node, ...]
    own: Name
    asked: Name
    operator: str


def asks_on_the_way(bonus: SourceBonus, plan: Plan, *conditions: Expression | None) -> bool:
    """Whether some clause of a walk is asked of pairs: of more than the person, or just before the order."""
    nodes = [one.node for one in conditions if one is not None]
    return any(reads_pair(node) or asks_moment(bonus, plan, node) for node in nodes)


def asks_moment(bonus: SourceBonus, plan: Plan, node: Node) -> bool:
    """Whether a clause of a walk is another just before each order or event."""
    return bonus.as_of is not None and changes_by_moment(node, plan)


def reads_pair(node: Node) -> bool:
    """Whether a condition asks more than the person reached."""
    return any(name.subject in _OF_PAIR or name.name == "level" for name in own_names(node))


def reads_payee(node: Node) -> bool:
    """Whether a `counts` asks about the person whose level is asked, or whoever stands below them on the path."""
    return any(name.subject in _OF_PAYEE for name in own_names(node))


def rank_count(node: Node) -> RankCount | None:
    """Return a `counts` as a comparison of ranks with the payee's, beside what is asked of the person between."""
    items = node.items if isinstance(node, Logic) and node.operator == "and" else (node,)
    asking = [item for item in items if reads_payee(item)]
    if len(asking) != 1 or not isinstance(asking[0], Compare):
        return None
    left, right, operator = asking[0].left, asking[0].right, asking[0].operator
    if not isinstance(left, Name) or not isinstance(right, Name) or left.type.kind != "rank":
        return None
    if left.subject == "payee":
        left, right, operator = right, left, _TURNED.get(operator, operator)  # type: ignore[assignment]  # of the four
    if (left.subject, right.subject) != ("self", "payee") or operator not in _TURNED:
        return None
    gates = tuple(item for item in items if item is not asking[0])
    return RankCount(gates=gates, own=left, asked=right, operator=operator)


def asks_whoever_is_reached(node: Node) -> bool:
    """Whether a rate or amount asks the person reached, so that above the root, where nobody is, it has no value."""
    of_person = {"self", *_OF_PAYEE}
    return any(part.subject in of_person if isinstance(part, Name) else True for part in asked(node))


def own_names(node: Node) -> Iterator[Name]:
    """The columns of the pair's own frame, each once: what is asked of others as a whole is asked of the person."""
    return (part for part in asked(node) if isinstance(part, Name))
