"""From edges in any order to a `Genealogy`, or to everything that is wrong with them.

Whatever the order of the rows, the result is the same: preorder, roots by label, siblings by leg and then label.
Nothing recurses: a chain of a million people is as good as a star. Which rules of the trade an edge must keep (who may
sponsor whom, how many legs a matrix has) is decided elsewhere.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.domain.errors import Finding, InputError
from mlmcore.genealogy._arrays import Ints32, as_int32, input_error, inverse_of, readonly, sealed
from mlmcore.genealogy._compiled import compiled
from mlmcore.genealogy._edges import edge_findings, read_edges
from mlmcore.genealogy._kernels import building
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.ids import IdIndex, read_ids
from mlmcore.genealogy.ids._texts import Labels, Texts, texts_of
from mlmcore.genealogy.places import Places

__all__ = [
    "Built",
    "Edge",
    "build",
    "build_from_edges",
    "build_from_labels",
    "build_from_texts",
    "build_with_rows",
    "check_edges",
    "check_parents",
]

Edge = tuple[str, str | None] | tuple[str, str | None, int]
"""Who, under whom (None or an empty text for a root), and perhaps in which leg."""

_NO_PLACES: Final = Places()
_ORPHAN_TODO: Final = "add that person, correct the id, or leave the upline empty for a root"

_peel = compiled(building.peel)
_offset_siblings = compiled(building.offset_siblings)
_place = compiled(building.place)


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
    examined = _examined(ids, parent, leg, places)
    if examined.findings:
        raise InputError(examined.findings)
    return _arranged(examined)


def build_from_labels(
    labels: Labels,
    parents: Labels | Sequence[str | None],
    legs: Sequence[int] | Ints32 | None = None,
    places: Places = _NO_PLACES,
) -> Genealogy:
    """Arrange people who name each other by the ids that users write.

    >>> print(build_from_labels(["ann", "cid", "bob"], ["", "ann", "ann"]).to_text())
    ann
      bob
      cid

    Args:
        labels: Who each row is: a sequence of `str`, or a numpy array of text.
        parents: The id of each row's direct upline, in any spelling; empty, or None in a sequence, for a root.
        legs: As in `build`.
        places: File and lines of the rows, for findings.

    Raises:
        InputError: As from `build`, and every malformed id, every id given twice, and every unknown upline.
    """
    return build_from_texts(texts_of(labels), texts_of(parents), legs, places).genealogy


def build_from_edges(rows: Iterable[Edge], places: Places = _NO_PLACES) -> Genealogy:
    """Arrange people from any iterable of edges, which is read once.

    >>> print(build_from_edges((child, upline) for upline, child in [("ann", "bob"), (None, "ann")]).to_text())
    ann
      bob

    Args:
        rows: Who, under whom, and perhaps in which leg; some may have a leg and others none.
        places: File and lines of the rows, for findings.

    Raises:
        InputError: As from `build_from_labels`; or, before that, every row of another shape or type.
    """
    edges = read_edges(rows, places)
    return build_from_labels(edges.labels, edges.parents, edges.legs, places)


def check_edges(
    labels: Labels,
    parents: Labels | Sequence[str | None],
    legs: Sequence[int] | Ints32 | None = None,
    places: Places = _NO_PLACES,
) -> tuple[Finding, ...]:
    """Look at edges without building: everything for which `build_from_labels` would refuse them, in its order.

    >>> [str(finding) for finding in check_edges(["ann", "bob"], ["", "zed"])]
    ["person bob: the upline 'zed' is unknown; add that person, correct the id, or leave the upline empty for a root"]

    Raises:
        InputError: The columns have different lengths or hold something else than texts and whole numbers.
    """
    return _sorted(_read(texts_of(labels), texts_of(parents), legs, places).findings)


def check_parents(
    ids: IdIndex, parent: Ints32, leg: Ints32 | None = None, places: Places = _NO_PLACES
) -> tuple[Finding, ...]:
    """Look at edges between rows without building: everything for which `build` would refuse them, in its order.

    Raises:
        InputError: The arrays have another length or type.
    """
    return _sorted(_examined(ids, parent, leg, places).findings)


def build_from_texts(
    labels: Texts, parents: Texts, legs: Sequence[int] | Ints32 | None, places: Places = _NO_PLACES
) -> Built:
    """As `build_from_labels`, of columns that know what they are, with the row that each node was."""
    read = _read(labels, parents, legs, places)
    if read.findings:
        raise InputError(read.findings)
    return _arranged(read)


@frozen(kw_only=True, eq=False)
class _Peeled:
    """What taking the forest apart from below has shown; all arrays are by row."""

    size: Ints32
    order: Ints32
    on_cycle: NDArray[np.intp]


@frozen(kw_only=True, eq=False)
class _Examined:
    """Edges that were looked at; all arrays are by row."""

    ids: IdIndex
    parent: Ints32
    leg: Ints32
    peeled: _Peeled
    findings: list[Finding]


def _read(labels: Texts, parents: Texts, legs: Sequence[int] | Ints32 | None, places: Places) -> _Examined:
    """The edges between the rows that have an id of their own, and everything that is wrong with all rows."""
    if len(parents) != len(labels):
        raise input_error(
            "genealogy.length", f"there are {len(labels)} ids and {len(parents)} uplines", "give one for each"
        )
    leg = None if legs is None else as_int32(legs, "leg", len(labels))
    read = read_ids(labels, places)
    uplines = read.ids.find_texts(parents)
    if len(read.rows) < len(labels):
        uplines, leg = uplines[read.rows], None if leg is None else leg[read.rows]
        places = places.take(read.rows.tolist())
    orphans = [at for at in np.flatnonzero(uplines < 0).tolist() if parents.text(int(read.rows[at]))]
    if leg is not None and orphans:
        leg = leg.copy()
        leg[orphans] = np.minimum(leg[orphans], 0)  # their legs are no roots' legs, though -1 stands for them meanwhile
    examined = _examined(read.ids, uplines, leg, places)
    unknown = [_unknown(read.ids.label(at), at, parents.text(int(read.rows[at])), places) for at in orphans]
    return evolve(examined, findings=[*read.findings, *unknown, *examined.findings])


def _examined(ids: IdIndex, parent: Ints32, leg: Ints32 | None, places: Places) -> _Examined:
    parent = readonly(as_int32(parent, "parent", len(ids)))
    leg = readonly(np.zeros(len(ids), dtype=np.int32) if leg is None else as_int32(leg, "leg", len(ids)))
    rows = np.arange(len(ids), dtype=np.int32)
    usable = (parent >= -1) & (parent < len(ids)) & (parent != rows)
    peeled = _peeled(parent if usable.all() else sealed(np.where(usable, parent, np.int32(-1))))
    findings = edge_findings(ids, parent, leg, peeled.on_cycle, places)
    return _Examined(ids=ids, parent=parent, leg=leg, peeled=peeled, findings=findings)


def _peeled(parent: Ints32) -> _Peeled:
    count = len(parent)
    open_children = np.bincount(parent[parent >= 0], minlength=count).astype(np.int32)
    size, order, done = np.ones(count, np.int32), np.empty(count, np.int32), np.zeros(1, np.int32)
    _peel(count, parent, open_children, size, order, done)
    return _Peeled(size=size, order=sealed(order[: done[0]]), on_cycle=np.flatnonzero(open_children))


def _arranged(edges: _Examined) -> Built:
    ids, parent, leg, peeled = edges.ids, edges.parent, edges.leg, edges.peeled
    count = len(parent)
    position, depth = np.empty(count, np.int32), np.empty(count, np.int32)
    offset, filled = np.empty(count, np.int32), np.zeros(count + 1, np.int32)
    _offset_siblings(count, _siblings_in_order(leg, ids.in_order), parent, peeled.size, filled, offset)
    _place(count, peeled.order, parent, offset, position, depth)
    row_of_node = inverse_of(position)
    upline = parent.take(row_of_node)
    genealogy = Genealogy(
        ids=ids.permuted(row_of_node),
        parent=sealed(np.where(upline < 0, np.int32(-1), position.take(upline, mode="wrap"))),
        depth=sealed(depth.take(row_of_node)),
        subtree_size=sealed(peeled.size.take(row_of_node)),
        leg=sealed(leg.take(row_of_node)),
    )
    return Built(genealogy=genealogy, row_of_node=row_of_node)


def _siblings_in_order(leg: Ints32, in_order: Ints32) -> Ints32:
    """All rows by leg, then by label: so siblings stand in their order, whatever stands between them."""
    if not leg.any():
        return in_order
    return sealed(in_order.take(np.argsort(leg.take(in_order), kind="stable")))


def _unknown(label: str, row: int, upline: object, places: Places) -> Finding:
    return places.finding(row, label, "genealogy.orphan", f"the upline {upline!r} is unknown", _ORPHAN_TODO)


def _sorted(findings: list[Finding]) -> tuple[Finding, ...]:
    return InputError(findings).findings if findings else ()
