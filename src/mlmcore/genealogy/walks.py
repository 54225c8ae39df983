"""Upward walks from many starts at once: the level walk, on which unilevels, generations and fast starts are paid.

A walk goes from a start toward the root. The level of somebody above is one more than the number of people strictly
between who count. Each level that is offered gives a row: who stands there, and what became of the level. What a row
is worth is not decided here. Everybody is linked to the next person above of whom a walk takes notice, so that a walk
does not visit those who neither count nor stop it.

Numbered rules, quoted by tests (their source is the plan language, section 5.1):

- **W1** The start is level 0; it gives a row only where the first level is 0, and is then not asked whether it counts.
- **W2** Somebody above gives a row only if they count (or the uncounted may be paid), from the first level on.
- **W3** A level is used up by whoever counts and takes it, paid or not; where unpaid levels go on, only by who is paid,
  and below the first level by everybody who counts.
- **W4** A level that is not offered gives no row; past the last level the walk ends.
- **W5** Of what refuses, the first speaks: `pays`, then `depth`, then the missing rate.
- **W6** The walk ends before or after whoever stops it; the start is not asked. Levels beyond are then not offered.
- **W7** A walk that comes out at the root offers the levels that are not used up, to nobody; the start's own, too, is
  used up where it counts, since an upline would not be offered it either.
"""

from enum import IntEnum
from typing import Any, Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.domain.errors import RefusedError
from mlmcore.genealogy._arrays import INT32_MAX, Ints32, sealed
from mlmcore.genealogy._compiled import compiled
from mlmcore.genealogy._kernels.walks import link_under, walk_levels
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.nearest import nearest_above

__all__ = ["UNLIMITED", "LevelRules", "LevelWalk", "Outcome", "walk"]

UNLIMITED: Final = INT32_MAX
"""The level that stands for no limit."""

_STEPS_GUESSED: Final = 8
_walk_levels, _link_under = compiled(walk_levels), compiled(link_under)

Bools = NDArray[np.bool_]


class Outcome(IntEnum):
    """What became of a level."""

    PAID = 0
    PAYS_FAILED = 1
    TOO_DEEP = 2
    NO_RATE = 3
    NO_UPLINE = 4
    PASSED_PAYS_FAILED = 5
    PASSED_TOO_DEEP = 6
    PASSED_NO_RATE = 7


@frozen(kw_only=True, eq=False)
class LevelRules:
    """How a walk counts and pays; all arrays by node.

    Attributes:
        counts: bool[n]: who uses up a level.
        pays: bool[n]: who may be paid.
        stops: bool[n], or None: at whom the walk ends.
        stop_before: Whether it ends before that person is considered, or after.
        depth: int32[n], or None: up to which level each person is paid.
        rate_row: int32[n]: each person's row of `has_rate`.
        has_rate: bool[rows, width]: whether there is a rate at each level; the last column serves all levels beyond it.
        offered: bool[width]: whether a level is offered at all; likewise.
        first_level: The first level that is paid.
        last_level: The level after which the walk ends.
        last_above_root: The last level offered above the root, 0 for none.
        unpaid_goes_on: Whether a level that is not paid is offered further up.
        source_counts: Whether the start uses up a level where it counts.
        pay_uncounted: Whether somebody who doesn't count may be paid.
    """

    counts: Bools
    pays: Bools
    stops: Bools | None = None
    stop_before: bool = True
    depth: Ints32 | None = None
    rate_row: Ints32
    has_rate: Bools
    offered: Bools
    first_level: int = 1
    last_level: int = UNLIMITED
    last_above_root: int = 0
    unpaid_goes_on: bool = False
    source_counts: bool = False
    pay_uncounted: bool = False

    @property
    def noticed(self) -> Bools | None:
        """bool[n]: of whom a walk takes notice; others neither count nor end it nor are paid. None: of everybody."""
        noticed = self.counts if self.stops is None else self.counts | self.stops
        return None if self.pay_uncounted or noticed.all() else np.ascontiguousarray(noticed)

    def options(self) -> NDArray[np.int64]:
        """The kernel's options."""
        stop = 0 if self.stops is None else 1 if self.stop_before else 2
        numbers = [self.first_level, self.last_level, len(self.offered), self.last_above_root]
        switches = [self.unpaid_goes_on, self.source_counts, self.pay_uncounted]
        return np.array([*numbers, *map(int, switches), stop], dtype=np.int64)


@frozen(kw_only=True, eq=False)
class LevelWalk:
    """The levels offered by many walks, in the order of the walks and then upward.

    Attributes:
        source: int32[r]: the position of the walk's start.
        node: int32[r]: who stands there; -1 above the root.
        child: int32[r]: who stands directly below on the path; -1 for nobody.
        level: int32[r].
        outcome: uint8[r]: codes of `Outcome`.
    """

    source: Ints32
    node: Ints32
    child: Ints32
    level: Ints32
    outcome: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.source)


def walk(tree: Genealogy, start: Ints32, below: Bools, rules: LevelRules) -> LevelWalk:
    """Walk up from many starts.

    Args:
        tree: The genealogy.
        start: int32[m]: the node at which each walk starts.
        below: bool[m]: whether the walk starts below that node, which is then the first one above it.
        rules: How levels are counted and paid.

    Raises:
        RefusedError: The walks offer more levels than can be counted.
    """
    count = len(tree)
    nowhere = np.zeros(count, dtype=np.bool_)
    fixed: tuple[Any, ...] = (
        *_links(tree, rules),
        np.ascontiguousarray(rules.counts),
        np.ascontiguousarray(rules.pays),
        nowhere if rules.stops is None else np.ascontiguousarray(rules.stops),
        np.full(count, UNLIMITED, dtype=np.int32) if rules.depth is None else np.ascontiguousarray(rules.depth),
        np.ascontiguousarray(rules.rate_row),
        np.ascontiguousarray(rules.has_rate).reshape(-1),
        np.ascontiguousarray(rules.offered),
        rules.options(),
        np.ascontiguousarray(start),
        np.ascontiguousarray(below),
    )
    size = len(start) * _STEPS_GUESSED
    offset = np.zeros(len(start) + 1, dtype=np.int64)
    # Twice, to count and to fill: a guess at the number of rows would be wrong for somebody's tree.
    _walk_levels(size, *fixed, 0, offset, *_outputs(0))
    np.cumsum(offset, out=offset)
    total = int(offset[-1])
    if total > INT32_MAX:
        raise RefusedError(f"the walks offer {total:,} levels, more than {INT32_MAX:,}; limit the depth")
    source, node, child, level, outcome = _outputs(total)
    _walk_levels(size, *fixed, 1, offset, source, node, child, level, outcome)
    return LevelWalk(source=source, node=node, child=child, level=level, outcome=outcome)


def _links(tree: Genealogy, rules: LevelRules) -> tuple[Ints32, Ints32]:
    """The next node above of which walks take notice, and who stands directly below it on the way, for every node."""
    noticed = rules.noticed
    if noticed is None:
        return tree.parent, sealed(np.arange(len(tree), dtype=np.int32))
    under = np.empty(len(tree), dtype=np.int32)
    _link_under(len(tree), tree.parent, noticed, under)
    return nearest_above(tree, noticed), sealed(under)


def _outputs(size: int) -> tuple[Any, ...]:
    ints = tuple(np.empty(size, dtype=np.int32) for _ in range(4))
    return (*ints, np.empty(size, dtype=np.uint8))
