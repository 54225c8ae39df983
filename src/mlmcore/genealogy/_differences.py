"""What differs between two trees: who joined, who left, and who stands elsewhere.

People are the same where their keys are, whatever their nodes and however their labels are spelled. How the trees came
about is not asked: they may be of two dates, or from two sources.
"""

from collections.abc import Iterator
from functools import cached_property
from itertools import chain, islice

import numpy as np
from attrs import field, frozen

from mlmcore.genealogy._arrays import Bools, Ints32, frozen_int32, input_error, sealed
from mlmcore.genealogy.genealogy import Genealogy

__all__ = ["Differences", "differences"]

_UPLINE_LEFT = -2
"""Stands for an upline that is not there any more, and so is no node of the later tree."""


@frozen(kw_only=True, eq=False, repr=False)
class Differences:
    """What happened between two trees; all arrays are int32, read-only, and in the order of their nodes.

    Somebody moved whose upline is another person, or none where there was one, or one where there was none, or who
    hangs in another leg. Whoever is carried along below somebody else has not moved.

    Attributes:
        earlier: The one tree.
        later: The other.
        joined: int32[j]: nodes of the later tree who are not in the earlier.
        left: int32[l]: nodes of the earlier tree who are not in the later.
        moved_before: int32[k]: nodes, in the earlier tree, of those who moved.
        moved_after: int32[k]: nodes of the same people in the later tree; in their order.
    """

    earlier: Genealogy
    later: Genealogy
    joined: Ints32 = field(converter=frozen_int32)
    left: Ints32 = field(converter=frozen_int32)
    moved_before: Ints32 = field(converter=frozen_int32)
    moved_after: Ints32 = field(converter=frozen_int32)

    @cached_property
    def parent_before(self) -> Ints32:
        """int32[k]: nodes, in the earlier tree, of the uplines whom those who moved left; -1 for a root."""
        return sealed(self.earlier.parent[self.moved_before])

    @cached_property
    def parent_after(self) -> Ints32:
        """int32[k]: nodes, in the later tree, of the uplines to whom they moved; -1 for a root."""
        return sealed(self.later.parent[self.moved_after])

    @cached_property
    def leg_before(self) -> Ints32:
        """int32[k]: the legs in which those who moved hung; 0 without a number."""
        return sealed(self.earlier.leg[self.moved_before])

    @cached_property
    def leg_after(self) -> Ints32:
        """int32[k]: the legs in which they hang now."""
        return sealed(self.later.leg[self.moved_after])

    def __len__(self) -> int:
        return len(self.joined) + len(self.left) + len(self.moved_after)

    def __repr__(self) -> str:
        return f"Differences({len(self.joined):,} joined, {len(self.left):,} left, {len(self.moved_after):,} moved)"

    def to_text(self, lines_max: int = 40) -> str:
        """One line for each difference: who joined, who left, who moved; what does not fit is counted.

        Args:
            lines_max: How many lines there may be, at least 1.

        Raises:
            InputError: There is room for no line.
        """
        if lines_max < 1:
            raise input_error("differences.lines", f"{lines_max} lines are too few", "give at least 1")
        shown = lines_max if len(self) <= lines_max else lines_max - 1
        lines = list(islice(self._lines(), shown))
        if len(self) > shown:
            lines.append(f"and {len(self) - shown:,} more" if shown else f"{len(self):,} differences")
        return "\n".join(lines) or "no difference"

    def _lines(self) -> Iterator[str]:
        return chain(self._joined_lines(), self._left_lines(), self._moved_lines())

    def _joined_lines(self) -> Iterator[str]:
        for node in map(int, self.joined):
            below = "as a root" if self.later.parent[node] < 0 else f"below {_place(self.later, node)}"
            yield f"{self.later.ids.label(node)} joined {below}"

    def _left_lines(self) -> Iterator[str]:
        for node in map(int, self.left):
            yield f"{self.earlier.ids.label(node)} left {_place(self.earlier, node)}"

    def _moved_lines(self) -> Iterator[str]:
        for before, after in zip(map(int, self.moved_before), map(int, self.moved_after), strict=True):
            places = f"from {_place(self.earlier, before)} to {_place(self.later, after)}"
            yield f"{self.later.ids.label(after)} moved {places}"


def differences(earlier: Genealogy, later: Genealogy) -> Differences:
    """Compare two trees, person by person, by their keys.

    >>> from mlmcore.genealogy import build_from_labels
    >>> before = build_from_labels(["ann", "bob", "dan"], ["", "ann", "bob"], [0, 1, 2])
    >>> after = build_from_labels(["ann", "bob", "dan"], ["", "ann", "ann"], [0, 1, 2])
    >>> print(differences(before, after).to_text())
    dan moved from bob (leg 2) to ann (leg 2)
    """
    later_node = later.ids.find(earlier.ids.keys)
    is_new = np.ones(len(later), dtype=np.bool_)
    is_new[later_node[later_node >= 0]] = False
    before = np.flatnonzero(_moved(earlier, later, later_node)).astype(np.int32)
    after = later_node[before]
    order = np.argsort(after)
    return Differences(
        earlier=earlier,
        later=later,
        joined=sealed(np.flatnonzero(is_new).astype(np.int32)),
        left=sealed(np.flatnonzero(later_node < 0).astype(np.int32)),
        moved_before=sealed(before[order]),
        moved_after=sealed(after[order]),
    )


def _moved(earlier: Genealogy, later: Genealogy, later_node: Ints32) -> Bools:
    """bool[n] by node of the earlier tree: who is in both and has another upline or leg in the later."""
    upline = later_node.take(earlier.parent, mode="wrap")  # of a root: of somebody, and not looked at
    upline = np.where(earlier.parent < 0, np.int32(-1), np.where(upline < 0, np.int32(_UPLINE_LEFT), upline))
    here = np.flatnonzero(later_node >= 0)
    there = later_node[here]
    moved = np.zeros(len(earlier), dtype=np.bool_)
    moved[here] = (upline[here] != later.parent[there]) | (earlier.leg[here] != later.leg[there])
    return moved


def _place(tree: Genealogy, node: int) -> str:
    """The upline and the leg in words."""
    upline, leg = int(tree.parent[node]), int(tree.leg[node])
    if upline < 0:
        return "the top"
    return tree.ids.label(upline) + (f" (leg {leg})" if leg else "")
