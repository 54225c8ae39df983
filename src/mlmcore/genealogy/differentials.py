"""Upward walks that pay only differences: the stairstep bonus, the discount difference, the infinity bonus.

A walk goes from a start toward the root and remembers the highest rate met. Whoever has a higher one is offered the
difference. Since rates only matter where they rise, everybody is linked to the next higher one above, and a walk costs
its rows, however deep the tree. What a row is worth is not decided here.

Numbered rules, quoted by tests (their source is the plan language, section 5.2):

- **R1** The start is level 0; somebody above stands one level higher than the number strictly between who count. It is
  met only where the first level is 0, and is then asked neither whether it counts nor whether it blocks.
- **R2** Who doesn't count is not met. Who may not be paid is not met either, unless unpaid rates are: then a higher one
  gives a row that is not paid.
- **R3** A higher rate than the highest met gives the difference; from then on it is the highest. Below the lowest
  level the row is not paid.
- **R4** A rate equal to the highest met, and not 0, gives the rate of equals to whoever may be paid from the lowest
  level on, so many times until a higher rate is met.
- **R5** No rate is worth more than the limit, and a walk that has met it ends.
- **R6** A walk ends before whoever counts and blocks, from the first level on. With a limit, what is left of it gives a
  row at that person, or above the root where nobody blocks.
"""

from enum import IntEnum
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.domain.errors import RefusedError
from mlmcore.genealogy._arrays import INT32_MAX, Bools, Ints32, Ints64, readonly
from mlmcore.genealogy._compiled import compiled
from mlmcore.genealogy._kernels import differentials as kernels
from mlmcore.genealogy.genealogy import Genealogy

__all__ = ["DifferenceFigures", "DifferenceRules", "DifferenceWalk", "Met", "walk_differences"]

_link_rates = compiled(kernels.link_rates)
_walk_differences = compiled(kernels.walk_differences)


class Met(IntEnum):
    """What became of a difference."""

    PAID = 0
    PAYS_FAILED = 1
    TOO_LOW = 2
    EQUAL = 3
    BLOCKED = 4
    NO_UPLINE = 5


@frozen(kw_only=True, eq=False)
class DifferenceFigures:
    """What is the same for everybody whom a walk meets; rates are whole numbers of one scale.

    Attributes:
        first_level: The first level at which people are met.
        lowest_level: The first level that is paid.
        limit: No rate is worth more; None for no limit.
        equal_rate: What an equal rate gets.
        equal_generations: How many get it; 0 for none.
        source_counts: Whether the start uses up a level where it counts.
        unpaid_are_met: Whether the rate of somebody who may not be paid is met all the same.
    """

    first_level: int = 1
    lowest_level: int = 0
    limit: int | None = None
    equal_rate: int = 0
    equal_generations: int = 0
    source_counts: bool = False
    unpaid_are_met: bool = False


@frozen(kw_only=True, eq=False)
class DifferenceRules(DifferenceFigures):
    """How a walk meets people; arrays are by node, rates are whole numbers of the figures' scale.

    Attributes:
        counts: bool[n]: who is met and uses up a level.
        pays: bool[n]: who may be paid.
        blocks: bool[n], or None: before whom the walk ends.
        rate: int64[n]: everybody's rate.
    """

    counts: Bools
    pays: Bools
    blocks: Bools | None = None
    rate: Ints64

    def options(self) -> Ints64:
        """The kernel's options."""
        limit = [0, 0] if self.limit is None else [self.limit, 1]
        equal = [self.equal_rate, self.equal_generations]
        switches = [int(self.source_counts), int(self.unpaid_are_met)]
        return np.array([self.first_level, self.lowest_level, *limit, *equal, *switches], dtype=np.int64)


@frozen(kw_only=True, eq=False)
class DifferenceWalk:
    """What many walks met, in the order of the walks and then upward.

    Attributes:
        source: int32[r]: the position of the walk's start.
        node: int32[r]: who is met; -1 above the root.
        level: int32[r].
        rate: int64[r]: the difference, or the rate of an equal.
        outcome: uint8[r]: codes of `Met`.
    """

    source: Ints32
    node: Ints32
    level: Ints32
    rate: Ints64
    outcome: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.source)


def walk_differences(
    tree: Genealogy, start: Ints32, below: Bools, initial: Ints64, rules: DifferenceRules
) -> DifferenceWalk:
    """Walk up from many starts.

    Args:
        tree: The genealogy.
        start: int32[m]: the node at which each walk starts.
        below: bool[m]: whether the walk starts below that node, which is then the first one above it.
        initial: int64[m]: the rate that counts as met at the start of each walk.
        rules: How people are met and paid.

    Raises:
        RefusedError: The walks meet more rates than can be counted.
    """
    limited = rules.rate if rules.limit is None else np.minimum(rules.rate, rules.limit)
    rate = np.ascontiguousarray(limited, dtype=np.int64)
    counts, pays = np.ascontiguousarray(rules.counts), np.ascontiguousarray(rules.pays)
    blocks = np.zeros(len(tree), np.bool_) if rules.blocks is None else np.ascontiguousarray(rules.blocks)
    meets = counts if rules.unpaid_are_met else counts & pays
    links = tuple(np.empty(len(tree), dtype=np.int32) for _ in range(5))
    people = tuple(map(readonly, (counts, pays, blocks, meets, rate)))
    _link_rates(len(tree), tree.parent, *people, *links)
    given = (readonly(np.ascontiguousarray(start)), readonly(np.ascontiguousarray(below)), readonly(initial))
    fixed = (*people, *map(readonly, links), rules.options(), *given)
    offset = np.zeros(len(start) + 1, dtype=np.int64)
    # Twice, to count and to fill, as level walks.
    _walk_differences(len(start), *fixed, 0, offset, *_outputs(0))
    np.cumsum(offset, out=offset)
    total = int(offset[-1])
    if total > INT32_MAX:
        raise RefusedError(f"the walks meet {total:,} rates, more than {INT32_MAX:,}; leave sources out with `where`")
    outputs = _outputs(total)
    _walk_differences(len(start), *fixed, 1, offset, *outputs)
    return DifferenceWalk(**dict(zip(("source", "node", "level", "rate", "outcome"), outputs, strict=True)))


def _outputs(size: int) -> tuple[Any, ...]:
    ints = tuple(np.empty(size, dtype=np.int32) for _ in range(3))
    return (*ints, np.empty(size, dtype=np.int64), np.empty(size, dtype=np.uint8))
