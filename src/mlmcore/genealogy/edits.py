"""A new genealogy from an old one: people added in bulk, one moved with the whole group, several moved at once.

Nothing is changed in place. The result is that of `build` over the same edges, to the byte; but groups that stay
together are kept together, so that nothing of the old tree is sorted again. What is wrong with an edit is put in words
in `_edit_findings`; trees that change all the time live in `live`, and trees at a date in `dated`.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from attrs import frozen

from mlmcore.domain.errors import Findings, InputError
from mlmcore.genealogy import _edit_findings as say
from mlmcore.genealogy._arrays import Ints32, Ints64, as_int32, input_error, inverse_of, sealed
from mlmcore.genealogy.build import Built, build_with_rows
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.ids import IdIndex, read_ids
from mlmcore.genealogy.ids._keys import check_size
from mlmcore.genealogy.ids._texts import Labels, texts_of
from mlmcore.genealogy.places import Places

__all__ = ["Edited", "add_leaves", "add_leaves_from_labels", "move", "move_many"]

_NO_PLACES: Final = Places()
_NOBODY: Final = -1


@frozen(kw_only=True, eq=False)
class Edited:
    """A genealogy that was made from another, and where everybody stands in it.

    Attributes:
        genealogy: The new tree.
        node_of_old: int32[n], read-only: the new node of each node of the old tree.
        node_of_added: int32[m], read-only: the node of each person who was added, in the order given.
    """

    genealogy: Genealogy
    node_of_old: Ints32
    node_of_added: Ints32


def add_leaves(
    tree: Genealogy, ids: IdIndex, parent: Ints32, leg: Ints32 | None = None, places: Places = _NO_PLACES
) -> Edited:
    """Add people below those of a tree, below each other, or as roots.

    >>> from mlmcore.genealogy import IdIndex, build_from_labels
    >>> tree = build_from_labels(["ann", "cid"], ["", "ann"])
    >>> grown = add_leaves(tree, IdIndex.from_labels(["bob", "dan"]), np.array([0, 2], dtype=np.int32))
    >>> print(grown.genealogy.to_text())
    ann
      bob
        dan
      cid

    Args:
        tree: The old tree, of n people; nobody who stands there moves.
        ids: Who is added, m people.
        parent: int32[m]: the direct upline: a node of the old tree, or n + k for the k-th person who is added, before
            or after; -1 for a root.
        leg: int32[m]: the leg of the upline, from 1; 0 without a number. None: all 0.
        places: File and lines of the added people, for findings.

    Raises:
        InputError: Everybody who stands in the tree already, every upline out of range, everybody who is their own
            upline, every cycle, every leg out of range or of a root, every leg in which two people would hang; or,
            before that, arrays of another length or type, or more people than a genealogy holds.
    """
    check_size(len(tree) + len(ids))
    parent = as_int32(parent, "parent", len(ids))
    leg = np.zeros(len(ids), dtype=np.int32) if leg is None else as_int32(leg, "leg", len(ids))
    findings = say.added(tree, ids, parent, leg, places)
    if findings:
        raise InputError(findings)
    return _added(tree, ids, parent, leg)


def add_leaves_from_labels(
    tree: Genealogy,
    labels: Labels,
    parents: Labels | Sequence[str | None],
    legs: Sequence[int] | Ints32 | None = None,
    places: Places = _NO_PLACES,
) -> Edited:
    """As `add_leaves`, by the ids that users write.

    Args:
        tree: The old tree.
        labels: Who is added.
        parents: The id of each one's direct upline in any spelling, somebody of the tree or among the added; empty, or
            None in a sequence, for a root.
        legs: As in `add_leaves`.
        places: File and lines of the added people, for findings.

    Raises:
        InputError: As from `add_leaves`, and every malformed id, every id given twice, and every unknown upline.
    """
    texts, uplines = texts_of(labels), texts_of(parents)
    if len(uplines) != len(texts):
        raise input_error(
            "genealogy.length", f"there are {len(texts)} ids and {len(uplines)} uplines", "give one for each"
        )
    leg = np.zeros(len(texts), dtype=np.int32) if legs is None else as_int32(legs, "leg", len(texts))
    check_size(len(tree) + len(texts))
    read = read_ids(texts, places)
    places = places.take(read.rows.tolist())
    old, new = tree.ids.find_texts(uplines)[read.rows], read.ids.find_texts(uplines)[read.rows]
    parent = np.where(old >= 0, old, np.where(new >= 0, new + np.int32(len(tree)), np.int32(_NOBODY)))
    unknown = [(row, uplines.text(int(read.rows[row]))) for row in np.flatnonzero(parent < 0).tolist()]
    orphans = say.orphans(read.ids, [(row, upline) for row, upline in unknown if upline], places)
    leg = _without_legs(leg[read.rows], [row for row, upline in unknown if upline])
    findings = [*read.findings, *orphans, *say.added(tree, read.ids, parent, leg, places)]
    if findings:
        raise InputError(findings)
    return _added(tree, read.ids, parent, leg)


def move(tree: Genealogy, node: int, under: int, leg: int = 0) -> Edited:
    """Move a person with the whole group below another upline.

    >>> from mlmcore.genealogy import build_from_labels
    >>> tree = build_from_labels(["ann", "bob", "cid", "dan"], ["", "ann", "ann", "bob"])
    >>> print(move(tree, node=1, under=3).genealogy.to_text())
    ann
      cid
        bob
          dan

    Args:
        tree: The old tree.
        node: Who moves.
        under: The new direct upline, a node of the old tree; -1: the person becomes a root.
        leg: The leg of the new upline, from 1; 0 without a number. It is never taken over from the old place.

    Returns:
        The new tree, an equal one where the person stood there already.

    Raises:
        InputError: There are no such nodes, the upline is the person or stands in the person's group (with the path
            that would close the loop), or the leg is out of range, a root's, or taken; all at once.
    """
    findings = say.moved(tree, node, under, leg)
    if findings:
        raise InputError(findings)
    return _moved(tree, int(node), int(under), int(leg))


def move_many(tree: Genealogy, nodes: Ints32, under: Ints32, leg: Ints32 | None = None) -> Edited:
    """Move several people at once, each with the group that is left below; what counts is the result alone.

    Two people may so change places, which no order of single moves allows. It costs as much as `build`.

    Args:
        tree: The old tree.
        nodes: int32[k]: who moves; nobody twice.
        under: int32[k]: the new direct upline of each, a node of the old tree; -1 for a root.
        leg: int32[k]: the leg of the new upline, from 1; 0 without a number. None: all 0.

    Raises:
        InputError: Nodes that are none, somebody who moves twice; or else every cycle and everything about legs that
            `build` refuses in the result.
    """
    nodes = as_int32(nodes, "nodes", len(nodes))
    under = as_int32(under, "under", len(nodes))
    leg = np.zeros(len(nodes), dtype=np.int32) if leg is None else as_int32(leg, "leg", len(nodes))
    findings = Findings()
    findings.extend(say.no_nodes(tree, nodes.tolist(), under.tolist()))
    findings.extend(say.moved_twice(tree, nodes))
    findings.raise_if_any()
    parent, legs = tree.parent.copy(), tree.leg.copy()
    parent[nodes], legs[nodes] = under, leg
    built = build_with_rows(tree.ids, parent, legs)
    return Edited(genealogy=built.genealogy, node_of_old=inverse_of(built.row_of_node), node_of_added=_none())


@frozen(kw_only=True, eq=False)
class _Tops:
    """The added people who hang below an old one or are roots, in the preorder of those who are added.

    Attributes:
        row: Which of the added each is.
        parent: Node of the old tree, or -1.
        leg: In which leg.
        rank: Place of the label among the labels of all, old and added.
        depth: How many people stand above.
        size: How many people come with each, the person included.
    """

    row: Ints32
    parent: Ints32
    leg: Ints32
    rank: Ints32
    depth: Ints32
    size: Ints32


def _added(tree: Genealogy, ids: IdIndex, parent: Ints32, leg: Ints32) -> Edited:
    """Sound people into a sound tree: each new group goes in as a whole, before some old node."""
    count, joined = len(tree), tree.ids.joined(ids)
    among, is_top = say.among_added(parent, count)
    grown = build_with_rows(ids, among, np.where(is_top, np.int32(0), leg))
    tops = _tops(tree, grown, parent, leg, joined.rank[count:])
    point = _points(tree, tops, joined.rank)
    first = _first_places(tops, point)
    place_of_old = np.arange(count) + np.cumsum(_sums(point, tops.size, count + 1))[:count]
    places_in_order = np.arange(len(ids)) + np.repeat(first - grown.genealogy.roots, tops.size)
    place_of_added, depth_of_added = np.empty(len(ids), np.int32), np.empty(len(ids), np.int32)
    place_of_added[grown.row_of_node] = places_in_order
    depth_of_added[grown.row_of_node] = grown.genealogy.depth + np.repeat(tops.depth, tops.size)
    size_of_added = np.empty(len(ids), np.int32)
    size_of_added[grown.row_of_node] = grown.genealogy.subtree_size
    place = sealed(np.concatenate((place_of_old, place_of_added)).astype(np.int32))
    genealogy = _arranged(
        joined,
        place,
        parent=np.concatenate((tree.parent, parent)),
        depth=np.concatenate((tree.depth, depth_of_added)),
        size=np.concatenate((tree.subtree_size + _growth(tree, tops), size_of_added)),
        leg=np.concatenate((tree.leg, leg)),
    )
    return Edited(genealogy=genealogy, node_of_old=place[:count], node_of_added=place[count:])


def _tops(tree: Genealogy, grown: Built, parent: Ints32, leg: Ints32, rank: Ints32) -> _Tops:
    heads = grown.genealogy.roots
    row = grown.row_of_node[heads]
    above = parent[row]
    depth = np.zeros(len(row), dtype=np.int32)
    depth[above >= 0] = tree.depth[above[above >= 0]] + 1
    size = grown.genealogy.subtree_size[heads]
    return _Tops(row=row, parent=above, leg=leg[row], rank=rank[row], depth=depth, size=size)


def _points(tree: Genealogy, tops: _Tops, rank: Ints32) -> Ints64:
    """int64[t]: the old node before which each group goes in: behind the sibling before, or right below the upline."""
    touched = np.zeros(len(tree) + 1, dtype=np.bool_)
    touched[tops.parent] = True  # -1 marks the last place, and there the roots find it
    siblings = np.flatnonzero(touched[tree.parent])
    parent = np.concatenate((tree.parent[siblings], tops.parent))
    order = np.lexsort(
        (np.concatenate((rank[siblings], tops.rank)), np.concatenate((tree.leg[siblings], tops.leg)), parent)
    )
    is_new, parent = order >= len(siblings), parent[order].astype(np.int64)
    old = np.where(is_new, _NOBODY, np.arange(len(order)))
    before = np.maximum.accumulate(old)[is_new]
    point, below = parent[is_new] + 1, before >= 0
    below[below] = parent[before[below]] == parent[is_new][below]
    nearest = siblings[order[before[below]]]
    point[below] = nearest + tree.subtree_size[nearest]
    points = np.empty(len(tops.row), dtype=np.int64)
    points[order[is_new] - len(siblings)] = point
    return points


def _first_places(tops: _Tops, point: Ints64) -> Ints64:
    """int64[t]: the new node of each top.

    Where several groups go in before one old node, the deeper comes first: it belongs to a group that ends there. Of
    one depth all have one upline, and are siblings in their order.
    """
    order = np.lexsort((tops.rank, tops.leg, -tops.depth, point))
    sizes = tops.size[order].astype(np.int64)
    first = np.empty(len(order), dtype=np.int64)
    first[order] = point[order] + np.cumsum(sizes) - sizes
    return first


def _growth(tree: Genealogy, tops: _Tops) -> Ints32:
    """int32[n]: how many people each old group gains: what hangs below anybody in its slice."""
    hung = tops.parent >= 0
    until = np.zeros(len(tree) + 1, dtype=np.int64)
    np.cumsum(_sums(tops.parent[hung], tops.size[hung], len(tree)), out=until[1:])
    node = np.arange(len(tree))
    gained: Ints64 = until[node + tree.subtree_size] - until[node]
    return gained.astype(np.int32)


def _sums(at: Ints32 | Ints64, amounts: Ints32, length: int) -> Ints64:
    """int64[length]: the amounts added up where they belong (`bincount` would do it in floats)."""
    sums = np.zeros(length, dtype=np.int64)
    np.add.at(sums, at, amounts.astype(np.int64))
    return sums


def _moved(tree: Genealogy, node: int, under: int, leg: int) -> Edited:
    """A sound move: the group is cut out as one slice and put in as one slice."""
    group, count = tree.group(node), int(tree.subtree_size[node])
    point = _point(tree, node, under, leg)
    place = np.arange(len(tree), dtype=np.int32)
    if point >= group.stop:
        place[group.stop : point] -= np.int32(count)
        place[group] += np.int32(point - group.stop)
    else:
        place[point : group.start] += np.int32(count)
        place[group] -= np.int32(group.start - point)
    parent, depth, size, legs = (array.copy() for array in (tree.parent, tree.depth, tree.subtree_size, tree.leg))
    parent[node], legs[node] = under, leg
    depth[group] += np.int32((0 if under < 0 else int(tree.depth[under]) + 1) - int(tree.depth[node]))
    size[tree.ancestors(node)] -= np.int32(count)
    if under >= 0:
        size[tree.path(under)] += np.int32(count)
    sealed(place)
    genealogy = _arranged(tree.ids, place, parent=parent, depth=depth, size=size, leg=legs)
    return Edited(genealogy=genealogy, node_of_old=place, node_of_added=_none())


def _point(tree: Genealogy, node: int, under: int, leg: int) -> int:
    """The old node before which a moved group goes in; not inside the group, at most at its end."""
    siblings = np.flatnonzero(tree.parent == under)  # the person may be one; right behind is where the group stands
    legs, rank = tree.leg[siblings], tree.ids.rank
    before = siblings[(legs < leg) | ((legs == leg) & (rank[siblings] < rank[node]))]
    return int(before[-1] + tree.subtree_size[before[-1]]) if len(before) else under + 1


def _arranged(ids: IdIndex, place: Ints32, *, parent: Ints32, depth: Ints32, size: Ints32, leg: Ints32) -> Genealogy:
    """Rows whose place in preorder is known; `parent` by row."""
    row_of_node = inverse_of(place)
    upline = parent.take(row_of_node)
    return Genealogy(
        ids=ids.reorder(row_of_node),
        parent=sealed(np.where(upline < 0, np.int32(_NOBODY), place.take(upline, mode="wrap"))),
        depth=sealed(depth.take(row_of_node)),
        subtree_size=sealed(size.take(row_of_node)),
        leg=sealed(leg.take(row_of_node)),
    )


def _none() -> Ints32:
    return sealed(np.zeros(0, dtype=np.int32))


def _without_legs(leg: Ints32, rows: Sequence[int]) -> Ints32:
    """Legs of an unknown upline are no finding of their own."""
    kept = leg.copy()
    kept[list(rows)] = np.minimum(kept[list(rows)], 0)
    return kept
