"""Aggregates over a few people, put together one by one; see `few`.

Conditions are numbers here, 0 and 1, and a smallest value is the largest of the opposite ones, as in `descent`.
"""

from collections.abc import Callable
from operator import add
from typing import Any, Final

from mlmcore.compensation._reduction import NOTHING
from mlmcore.compensation.expressions._mine import mine
from mlmcore.compensation.expressions.tree import Aggregate
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.recursion.few import FEW, Unsure, asked, bounded

__all__ = ["Tally"]

_NEUTRAL: Final = {"all": 1, "max": NOTHING, "min": NOTHING}
_JOIN: Final[dict[str, Callable[[int, int], int]]] = {
    "all": min,
    "any": max,
    "count": add,
    "max": max,
    "min": max,
    "sum": add,
}


class Tally:
    """One aggregate over people, asked person by person.

    Attributes:
        neutral: What nobody comes to.
        join: Puts two results together.
        until: Where the descent ends, or None.
    """

    def __init__(self, sheet: Sheet, node: Aggregate) -> None:
        self._node = node
        self._where = None if node.where is None else asked(sheet, node.where)
        self._value = None if node.value is None else asked(sheet, node.value)
        self._default = None if node.default is None else asked(sheet, node.default)
        self._sign = -1 if node.function == "min" else 1
        self._boolean = node.type.kind == "boolean"
        self._factor = 1 if node.value is None else 10 ** (node.type.places - node.value.type.places)
        self._default_factor = 1 if node.default is None else 10 ** (node.type.places - node.default.type.places)
        self.neutral = _NEUTRAL.get(node.function, 0)
        self.join = _JOIN[node.function]
        self.until = None if node.until is None else asked(sheet, node.until)

    @staticmethod
    def can(node: Aggregate) -> bool:
        """Whether an aggregate is put together from one number for each person and level, whoever asks."""
        levels = node.scope.bounds[-1] if node.scope.bounds else 1
        simple = node.function in _JOIN and levels <= FEW and node.distinct is None and not node.leg
        return simple and not mine(node)

    def own(self, person: int) -> int:
        """What somebody brings."""
        if self._where is not None and not self._where(person):
            return self.neutral
        if self._value is None:
            return 1
        value = self._value(person)
        if value is None:
            raise Unsure
        return self._sign * int(value)

    def value(self, found: int, person: int) -> Any:
        """The aggregate's value for a person, at the places of its type."""
        if self._boolean:
            return found != 0
        if found == NOTHING:
            return 0 if self._default is None else self._needed(self._default(person)) * self._default_factor
        return bounded(self._sign * found * self._factor)

    @staticmethod
    def _needed(value: Any) -> int:
        if value is None:
            raise Unsure
        return int(value)
