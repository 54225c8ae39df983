"""From edges in any order to a `Genealogy`, or to everything that is wrong with them.

Whatever the order of the rows, the result is the same: preorder, roots by label, siblings by leg and then label.
Nothing recurses: a chain of a million people is as good as a star. Which rules of the trade an edge must keep (who may
sponsor whom, how many legs a matrix has) is decided elsewhere.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.domain.errors import Finding, InputError
from mlmcore.genealogy import _kernels
from mlmcore.genealogy._arrays import Ints32, as_int32, input_error, readonly, sealed
from mlmcore.genealogy._compiled import compiled
from mlmcore.genealogy._edges import edge_findings
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.ids import IdIndex, first_rows, read_labels
from mlmcore.genealogy.places import Places

__all__ = ["Built", "build", "build_from_labels", "build_with_rows"]

_NO_PLACES: Final = Places()
_ORPHAN_TODO: Final = "add that person, correct the id, or leave the upline empty for a root"

_peel = compiled(_kernels.peel)
_place = compiled(_kernels.place)


@frozen(kw_only=True, eq=False)
class Built:
    """A genealogy, and where its people stood in the input.

    Attributes:
        genealogy: The tree.
        row_of_node: int32[n], read-only: the row of the input that each node was.
    """

    genealogy: Genealogy
    row_of_node: Ints32


def build(ids: IdIndex, parent: Ints32, leg: Ints32 | None = None, places: Places = _NO_PLACES) -> Genealogy:
    """Arrange people under their uplines.

    Args:
        ids: Who each row is.
        parent: int32[n]: the row of the direct upline, -1 for a root.
        leg: int32[n]: the leg of the upline in which the person hangs, from 1; 0 without a number. None: all 0.
        places: File and lines of the rows, for findings.

    Returns:
        The genealogy; its `ids` are in node order, so node i need not be row i (see `build_with_rows`).

    Raises:
        InputError: Every cycle with its path, everybody who is their own upline, every upline out of range, every
            leg out of range, every leg of a root, and every leg in which two people hang.
    """
    return build_with_rows(ids, parent, leg, places).genealogy


def build_with_rows(ids: IdIndex, parent: Ints32, leg: Ints32 | None = None, places: Places = _NO_PLACES) -> Built:
    """As `build`, with the row that each node was."""
    parent, leg, peeled, findings = _examined(ids, parent, leg, places)
    if findings:
        raise InputError(findings)
    return _arranged(ids, parent, leg, peeled)


def build_from_labels(
    labels: Sequence[str], parents: Sequence[str], legs: Sequence[int] | None = None, places: Places = _NO_PLACES
) -> Genealogy:
    """Arrange people who name each other by the ids that users write.

    >>> print(build_from_labels(["ann", "cid", "bob"], ["", "ann", "ann"]).to_text())
    ann
      bob
      cid

    Args:
        labels: Who each row is.
        parents: The id of each row's direct upline, empty for a root.
        legs: As in `build`.
        places: File and lines of the rows, for findings.

    Raises:
        InputError: As from `build`, and every malformed id, every id given twice, and every unknown upline.
    """
    _require_length(parents, "uplines", len(labels))
    keys, findings = read_labels(labels, places)
    rows = first_rows(keys, labels)
    ids = IdIndex.from_keys(keys[rows], [labels[row] for row in rows.tolist()])
    places = places.take(rows.tolist())
    parent, orphans = _uplines(ids, [parents[row] for row in rows.tolist()], places)
    leg = None if legs is None else as_int32(legs, "leg", len(labels))[rows]
    parent, leg, peeled, wrong = _examined(ids, parent, leg, places)
    if findings or orphans or wrong:
        raise InputError([*findings, *orphans, *wrong])
    return _arranged(ids, parent, leg, peeled).genealogy


@frozen(kw_only=True, eq=False)
class _Peeled:
    """What taking the forest apart from below has shown; all arrays are by row."""

    size: Ints32
    order: Ints32
    on_cycle: NDArray[np.intp]


def _examined(
    ids: IdIndex, parent: Ints32, leg: Ints32 | None, places: Places
) -> tuple[Ints32, Ints32, _Peeled, list[Finding]]:
    parent = readonly(as_int32(parent, "parent", len(ids)))
    leg = readonly(np.zeros(len(ids), dtype=np.int32) if leg is None else as_int32(leg, "leg", len(ids)))
    rows = np.arange(len(ids), dtype=np.int32)
    usable = (parent >= -1) & (parent < len(ids)) & (parent != rows)
    peeled = _peeled(parent if usable.all() else sealed(np.where(usable, parent, np.int32(-1))))
    return parent, leg, peeled, edge_findings(ids, parent, leg, peeled.on_cycle, places)


def _peeled(parent: Ints32) -> _Peeled:
    count = len(parent)
    open_children = np.bincount(parent[parent >= 0], minlength=count).astype(np.int32)
    size, order, done = np.ones(count, np.int32), np.empty(count, np.int32), np.zeros(1, np.int32)
    _peel(count, parent, open_children, size, order, done)
    return _Peeled(size=size, order=sealed(order[: done[0]]), on_cycle=np.flatnonzero(open_children))


def _arranged(ids: IdIndex, parent: Ints32, leg: Ints32, peeled: _Peeled) -> Built:
    count = len(parent)
    position, depth = np.empty(count, np.int32), np.empty(count, np.int32)
    offset = _offsets(_sibling_order(parent, leg, ids.rank), parent, peeled.size)
    _place(count, peeled.order, parent, offset, position, depth)
    row_of_node = np.empty(count, np.int32)
    row_of_node[position] = np.arange(count, dtype=np.int32)
    upline = parent[row_of_node]
    genealogy = Genealogy(
        ids=ids.reorder(row_of_node),
        parent=sealed(np.where(upline < 0, np.int32(-1), position[upline]).astype(np.int32) if count else upline),
        depth=sealed(depth[row_of_node]),
        subtree_size=sealed(peeled.size[row_of_node]),
        leg=sealed(leg[row_of_node]),
    )
    return Built(genealogy=genealogy, row_of_node=sealed(row_of_node))


def _sibling_order(parent: Ints32, leg: Ints32, rank: Ints32) -> NDArray[np.intp]:
    """All rows: roots first, then by upline; among siblings by leg, then by label."""
    by_label = np.empty(len(rank), dtype=np.intp)
    by_label[rank] = np.arange(len(rank))
    place_below = ((parent.astype(np.int64) + 1) << 31) | leg  # 63 bits: legs are not negative
    return by_label[np.argsort(place_below[by_label], kind="stable")]


def _offsets(order: NDArray[np.intp], parent: Ints32, size: Ints32) -> Ints32:
    """int32[n] by row: how many people stand in the groups of the siblings before."""
    if not len(order):
        return np.zeros(0, dtype=np.int32)
    before = np.cumsum(size[order], dtype=np.int64) - size[order]
    ordered = parent[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    lengths = np.diff(np.append(starts, len(order)))
    offset = np.empty(len(order), dtype=np.int32)
    offset[order] = before - np.repeat(before[starts], lengths)
    return sealed(offset)


def _uplines(ids: IdIndex, parents: Sequence[str], places: Places) -> tuple[Ints32, list[Finding]]:
    """The row of each upline, and one finding for each that is unknown (its row becomes a root meanwhile)."""
    rows = ids.find_labels(parents)
    missing = [row for row in np.flatnonzero(rows < 0).tolist() if parents[row]]
    findings = [
        places.finding(row, ids.label(row), "genealogy.orphan", f"the upline {parents[row]!r} is unknown", _ORPHAN_TODO)
        for row in missing
    ]
    return rows, findings


def _require_length(values: Sequence[object], name: str, length: int) -> None:
    if len(values) != length:
        raise input_error("genealogy.length", f"there are {length} ids and {len(values)} {name}", "give one for each")
