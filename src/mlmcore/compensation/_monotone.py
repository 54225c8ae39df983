"""Whether a cycle of ranks is monotone: more rank for anybody never means less for anybody.

Then there is a least solution, reached from no rank for everybody by computing until nothing changes, whatever the
order. It is judged from the shape of the expressions, once they are typed: a part that reads no column of the cycle is
as it is; every other must not fall when what it reads rises, or, on the other side of a comparison or below a `not`,
must not rise.
"""

from collections.abc import Collection, Iterator
from decimal import Decimal

from attrs import frozen

from mlmcore.compensation._signs import never_negative
from mlmcore.compensation.expressions.tree import (
    Aggregate,
    Arithmetic,
    Call,
    Choose,
    Compare,
    Constant,
    Logic,
    Lookup,
    Name,
    Negative,
    Node,
    Not,
    OneOf,
    Rounded,
    Upward,
    walk,
)
from mlmcore.compensation.plan import Plan, ThresholdTable

__all__ = ["Cycle", "Falls"]


@frozen(kw_only=True)
class Falls:
    """A part of an expression that may fall when a rank rises.

    Attributes:
        at: Its position in the text, counted from 1.
        what: Why.
    """

    at: int
    what: str


@frozen(kw_only=True)
class Cycle:
    """The columns that read one another.

    Attributes:
        plan: The plan.
        columns: Their names, `rank`, `rank.now` and `rank.best` among them.
        known: Columns that are never negative.
    """

    plan: Plan
    columns: Collection[str]
    known: Collection[str]

    def falls(self, node: Node, *, rising: bool = True) -> Falls | None:
        """Return the first part that breaks the rule, or None.

        Args:
            node: An expression of the cycle.
            rising: Whether it must not fall when the columns rise; else it must not rise.
        """
        if not self._reads(node):
            return None
        return next(self._problems(node, rising), None)

    def _reads(self, node: Node | None) -> bool:
        if node is None:
            return False
        return any(isinstance(part, Name) and part.name in self.columns for part in walk(node))

    def _problems(self, node: Node, rising: bool) -> Iterator[Falls]:  # noqa: C901, PLR0912 - a case per kind of node
        match node:
            case Name():
                if not rising:
                    yield Falls(at=node.at, what=f"a higher {node.name} counts against it")
            case Compare(operator=">=" | ">"):
                yield from self._all(rising, node.left)
                yield from self._all(not rising, node.right)
            case Compare(operator="<=" | "<"):
                yield from self._all(not rising, node.left)
                yield from self._all(rising, node.right)
            case Not() | Negative():
                yield from self._all(not rising, node.item)
            case Logic() | Call(function="min" | "max" | "clamp"):
                yield from self._all(rising, *node.items)
            case Rounded():
                yield from self._all(rising, node.item)
            case Arithmetic():
                yield from self._arithmetic(node, rising)
            case Choose() if not self._reads(node.condition):
                yield from self._all(rising, node.then, node.other)
            case Choose(then=Constant(value=Decimal() as then), other=Constant(value=Decimal() as other)):
                yield from self._all(rising == (then >= other), node.condition)
            case Lookup() if self._never_falls(node):
                yield from self._all(rising, *node.keys)
            case Upward() if not self._reads(node.condition):
                yield from self._all(rising, node.item, node.default)
            case Aggregate() if node.distinct is None:
                yield from self._aggregate(node, rising)
            case _:
                yield Falls(at=node.at, what=f"{_words(node)} need not rise with a rank")

    def _all(self, rising: bool, *nodes: Node) -> Iterator[Falls]:
        for node in nodes:
            if self._reads(node):
                yield from self._problems(node, rising)

    def _arithmetic(self, node: Arithmetic, rising: bool) -> Iterator[Falls]:
        match node.operator:
            case "+":
                yield from self._all(rising, node.left, node.right)
            case "-":
                yield from self._all(rising, node.left)
                yield from self._all(not rising, node.right)
            case "*" if self._positive(node.left) and self._positive(node.right):
                yield from self._all(rising, node.left, node.right)
            case "/" if not self._reads(node.right) and self._positive(node.right) and node.zero is None:
                yield from self._all(rising, node.left)
            case _:
                yield Falls(at=node.at, what=f"`{node.operator}` with what may be negative need not rise with a rank")

    def _aggregate(self, node: Aggregate, rising: bool) -> Iterator[Falls]:
        if node.value is not None:
            yield from self._all(rising, node.value)
        if not (self._reads(node.where) or self._reads(node.until)):
            return
        lessens = node.value is not None and not self._positive(node.value)
        if node.function == "min" or (node.function in {"sum", "max", "top"} and lessens):
            yield Falls(at=node.at, what=f"{node.function}(...) over people chosen by rank need not rise with a rank")
            return
        more = rising if node.function != "all" else not rising
        for chosen, wanted in ((node.where, more), (node.until, not more)):
            if chosen is not None:
                yield from self._all(wanted, chosen)

    def _positive(self, node: Node) -> bool:
        return never_negative(node, self.plan, self.known)

    def _never_falls(self, node: Lookup) -> bool:
        table = self.plan.tables[node.table]
        if not isinstance(table, ThresholdTable):
            return False
        values = [value for _, value in table.rows]
        values = values if table.below is None else [table.below, *values]
        if table.mode == "marginal":
            return all(value >= 0 for value in values)
        return values == sorted(values)


def _words(node: Node) -> str:  # noqa: PLR0911 - as above
    """A part of an expression, as its writer would call it."""
    match node:
        case Compare():
            return f"`{node.operator}`"
        case Choose():
            return "`if`"
        case OneOf():
            return "`in`"
        case Call():
            return f"{node.function}(...)"
        case Lookup():
            return f"lookup({node.table}, ...)"
        case Upward():
            return "nearest(...) whose condition reads a rank"
        case Aggregate():
            return f"{node.function}(...) with distinct="
        case _:
            return "this part"
