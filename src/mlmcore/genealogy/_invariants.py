"""The verification of G2..G7 over all nodes of a genealogy, written apart from the code that builds one.

G1 is checked when a `Genealogy` is made and G8 when an `IdIndex` is.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mlmcore.domain.errors import Finding, InputError
from mlmcore.genealogy._arrays import Bools, Ints64

if TYPE_CHECKING:
    from mlmcore.genealogy.genealogy import Genealogy

__all__ = ["require_invariants"]


def require_invariants(genealogy: "Genealogy") -> None:
    """See `Genealogy.check`."""
    findings = list(_findings(genealogy))
    if findings:
        raise InputError(findings)


def _findings(genealogy: "Genealogy") -> Iterator[Finding]:
    parent, node = genealogy.parent, np.arange(len(genealogy))
    forward = (parent < -1) | (parent >= node)
    yield from _finding(genealogy, "G2", "parent is neither -1 nor a smaller node", forward)
    if forward.any():  # the others would index by these parents
        return
    yield from _finding(genealogy, "G3", "depth is not one more than the parent's", _wrong_depth(genealogy))
    yield from _finding(genealogy, "G4", "subtree_size is not 1 and the sizes below", _wrong_size(genealogy))
    yield from _finding(genealogy, "G5", "the group does not lie inside the parent's", _outside(genealogy))
    wrong_leg = (genealogy.leg < 0) | ((parent < 0) & (genealogy.leg != 0))
    yield from _finding(genealogy, "G6", "leg is negative, or a root has one", wrong_leg)
    yield from _sibling_findings(genealogy)


def _wrong_depth(genealogy: "Genealogy") -> Bools:
    parent, depth = genealogy.parent, genealogy.depth
    return np.not_equal(depth, np.where(parent < 0, 0, depth[parent] + 1))


def _wrong_size(genealogy: "Genealogy") -> Bools:
    below: Ints64 = np.zeros(len(genealogy), dtype=np.int64)
    child = genealogy.parent >= 0
    np.add.at(below, genealogy.parent[child], genealogy.subtree_size[child].astype(np.int64))
    wrong: Bools = genealogy.subtree_size != below + 1
    return wrong


def _outside(genealogy: "Genealogy") -> Bools:
    parent = genealogy.parent
    end = np.arange(len(genealogy)) + genealogy.subtree_size.astype(np.int64)
    outside: Bools = end > np.where(parent < 0, len(genealogy), end[parent])
    return outside


def _sibling_findings(genealogy: "Genealogy") -> Iterator[Finding]:
    """G6 and G7 between each child and the sibling before it."""
    order = np.argsort(genealogy.parent, kind="stable")
    earlier, later = order[:-1], order[1:]
    siblings = genealogy.parent[earlier] == genealogy.parent[later]
    leg, rank = genealogy.leg, genealogy.ids.rank
    same_leg = leg[earlier] == leg[later]
    twice = siblings & same_leg & (leg[later] > 0)
    yield from _finding(genealogy, "G6", "the leg is a sibling's", _at(later[twice], len(genealogy)))
    unordered = siblings & ((leg[earlier] > leg[later]) | (same_leg & (rank[earlier] > rank[later])))
    yield from _finding(
        genealogy, "G7", "siblings are not in the order of leg and label", _at(later[unordered], len(genealogy))
    )


def _at(nodes: NDArray[np.intp], count: int) -> Bools:
    broken = np.zeros(count, dtype=np.bool_)
    broken[nodes] = True
    return broken


def _finding(genealogy: "Genealogy", number: str, rule: str, broken: Bools) -> Iterator[Finding]:
    nodes = np.flatnonzero(broken)
    if len(nodes):
        first = int(nodes[0])
        label = genealogy.ids.label(first)
        what = f"{number}: {rule}, at {len(nodes):,} of {len(genealogy):,} nodes, first at node {first} ({label})"
        yield Finding(code=f"genealogy.{number}", what=what, todo="build the genealogy from its edges again")
