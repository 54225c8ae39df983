"""Who stands above somebody, as `sponsor` and `nearest` mean it, for many rows at once."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation._members import person_frame
from mlmcore.compensation._values_of_me import parts_by_value
from mlmcore.compensation.expressions._mine import few_valued, fixed, mine
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.tree import Node, Upward
from mlmcore.compensation.frames import people_frame
from mlmcore.genealogy.nearest import nearest_above

if TYPE_CHECKING:
    from mlmcore.compensation.frames import Sheet

__all__ = ["Above"]

Ints = NDArray[np.int32]


class Above:
    """Finds people above in a run's trees."""

    def __init__(self, sheet: "Sheet") -> None:
        self._sheet = sheet
        self._held: dict[Upward, Ints] = {}

    def hold(self, node: Upward, above: Ints | None) -> None:
        """Take from outside whom a `nearest` means for each person, int32[n], or, with None, find them again."""
        if above is None:
            self._held.pop(node, None)
        else:
            self._held[node] = above

    def held(self, node: Upward) -> Ints | None:
        """int32[n]: what `hold` was given, or None."""
        return self._held.get(node)

    def of_rows(self, node: Upward, whose: Ints, me: Ints) -> Ints:
        """Whom a `sponsor` or `nearest` means.

        Args:
            node: The expression.
            whose: int32[m]: above whom; -1 for nobody.
            me: int32[m]: who asks.

        Returns:
            int32[m]: the person, -1 for nobody.
        """
        if node in self._held:
            return _of(self._held[node], whose)
        if node.condition is None:
            return _of(self._sheet.uplines(node.tree), whose)
        asked = mine(node.condition)
        if len(few_valued(asked, len(self._sheet.plan.ranks))) < len(asked):
            return self._step_by_step(node, node.condition, whose, me)
        found = np.full(len(whose), -1, dtype=np.int32)
        for rows, values in parts_by_value(self._sheet, asked, me):
            found[rows] = _of(self._nearest(fixed(node.condition, values), node.tree), whose[rows])
        return found

    def _nearest(self, condition: Node, name: str) -> Ints:
        """int32[n]: the first person above each for whom a condition holds that asks nothing of who asks."""
        network = self._sheet.rows.network
        tree, nodes, persons = network.tree(name), network.node_of_person[name], network.person_of_node[name]
        holds = evaluate(condition, people_frame(self._sheet)).values
        if nodes is None or persons is None:
            return nearest_above(tree, np.ascontiguousarray(holds))
        return _of(persons, nearest_above(tree, np.ascontiguousarray(holds[persons]))[nodes])

    def _step_by_step(self, node: Upward, condition: Node, whose: Ints, me: Ints) -> Ints:
        """Up from everybody, one step at a time, until the condition holds."""
        uplines = self._sheet.uplines(node.tree)
        found = _of(uplines, whose)
        waiting = np.flatnonzero(found >= 0)
        while len(waiting):
            holds = evaluate(condition, person_frame(self._sheet, found[waiting], me[waiting])).values
            waiting = waiting[~holds]
            found[waiting] = uplines[found[waiting]]
            waiting = waiting[found[waiting] >= 0]
        return found


def _of(people: Ints, positions: Ints) -> Ints:
    """The people at some positions; -1 for nobody."""
    if not len(people):
        return np.full(len(positions), -1, dtype=np.int32)
    return np.where(positions < 0, np.int32(-1), people[positions])
