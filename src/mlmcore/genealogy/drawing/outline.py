"""What a drawing shows: the nodes nearest to the top that fit, and how many are hidden at each of them.

How it looks is not decided here. Choosing steps from group to group, since each is a slice, and stops when the drawing
is full; so the drawing of a million people costs what it shows, and nothing is sorted by depth.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from operator import index
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
from attrs import frozen

from mlmcore.domain.errors import Finding, InputError
from mlmcore.genealogy.drawing._lines import one_line

if TYPE_CHECKING:
    from mlmcore.genealogy.genealogy import Genealogy

__all__ = ["Label", "Outline"]

Label = Callable[[int], str]
"""Says what to write for a node."""


@frozen(kw_only=True)
class Outline:
    """What is drawn, in preorder; a position in these tuples is a position in the drawing, not a node.

    Those shown, those in `hidden`, the hidden roots and those below them are everybody, each once.

    Attributes:
        nodes: The node of each person shown.
        labels: What is written for each, as one line.
        upline: The position of each one's upline; -1 at the top of the drawing.
        depth: How many stand above each in the drawing.
        leg: In which leg of the upline each hangs; 0 without a number, and at the top of the drawing.
        hidden: How many people are counted at each instead of shown: those of the group whose nearest upline in the
            drawing it is.
        people: How many there are to draw, shown or not.
        hidden_roots: How many roots are not shown.
        hidden_below_roots: How many people stand below those roots.
    """

    nodes: tuple[int, ...]
    labels: tuple[str, ...]
    upline: tuple[int, ...]
    depth: tuple[int, ...]
    leg: tuple[int, ...]
    hidden: tuple[int, ...]
    people: int
    hidden_roots: int = 0
    hidden_below_roots: int = 0

    @classmethod
    def of(
        cls,
        genealogy: "Genealogy",
        max_nodes: int,
        *,
        under: int | None = None,
        levels: int | None = None,
        label: Label | None = None,
    ) -> Self:
        """Choose what a drawing shows: whole levels from the top, then as much of the next as fits, in node order.

        Args:
            genealogy: The tree.
            max_nodes: How many may be drawn. Where roots are left over, their count takes one of these places.
            under: Draw the group of this node alone; None: everybody.
            levels: Draw at most so many levels; None: as many as fit.
            label: What to write for a node; asked for those shown only. None: the id.

        Raises:
            InputError: There is no room to draw, no such node, or a label is no text.
        """
        _check_room(max_nodes, levels)
        drawn = slice(0, len(genealogy)) if under is None else genealogy.group(under)
        top = genealogy.roots if under is None else np.array([under])
        room = max_nodes if len(top) <= max_nodes else max_nodes - 1
        left = top[room:]
        size = memoryview(cast("Any", genealogy.subtree_size))  # indexes faster than an array
        nodes = _chosen(size, top[:room].tolist(), room, levels)
        upline = _uplines(genealogy, nodes)
        return cls(
            nodes=tuple(nodes),
            labels=_labels(genealogy, nodes, label),
            upline=tuple(upline),
            depth=_depths(upline),
            leg=_legs(genealogy, nodes, upline),
            hidden=_hidden(size, nodes, upline),
            people=drawn.stop - drawn.start,
            hidden_roots=len(left),
            hidden_below_roots=drawn.stop - int(left[0]) - len(left) if len(left) else 0,
        )

    def __len__(self) -> int:
        return len(self.nodes)


def _check_room(max_nodes: int, levels: int | None) -> None:
    findings = [
        Finding(code="genealogy.drawing", what=f"nothing fits into {said}", todo="allow at least 1")
        for number, said in ((max_nodes, f"a drawing of {max_nodes}"), (levels, f"{levels} levels"))
        if number is not None and index(number) < 1  # a fraction is a TypeError: what is half a node?
    ]
    if findings:
        raise InputError(findings)


def _chosen(size: Sequence[int], top: list[int], room: int, levels: int | None) -> list[int]:
    """The nodes to draw, in node order; `top` fits already."""
    chosen, level = list(top), top
    while level and len(chosen) < room and (levels is None or levels > 1):
        level = list(islice(chain.from_iterable(_front(size, node) for node in level), room - len(chosen)))
        chosen += level
        levels = None if levels is None else levels - 1
    return sorted(chosen)


def _front(size: Sequence[int], node: int) -> Iterator[int]:
    """The children; each group ends where the next begins."""
    child, end = node + 1, node + size[node]
    while child < end:
        yield child
        child += size[child]


def _uplines(genealogy: "Genealogy", nodes: list[int]) -> list[int]:
    """The position of each node's upline among the nodes; an upline that isn't shown is that of the top."""
    position = {node: at for at, node in enumerate(nodes)}
    return [position.get(above, -1) for above in genealogy.parent[nodes].tolist()] if nodes else []


def _depths(upline: list[int]) -> tuple[int, ...]:
    depth: list[int] = []
    for above in upline:
        depth.append(0 if above < 0 else depth[above] + 1)
    return tuple(depth)


def _legs(genealogy: "Genealogy", nodes: list[int], upline: list[int]) -> tuple[int, ...]:
    return tuple(0 if above < 0 else int(genealogy.leg[node]) for node, above in zip(nodes, upline, strict=True))


def _hidden(size: Sequence[int], nodes: list[int], upline: list[int]) -> tuple[int, ...]:
    hidden = [size[node] - 1 for node in nodes]
    for node, above in zip(nodes, upline, strict=True):
        if above >= 0:
            hidden[above] -= size[node]
    return tuple(hidden)


def _labels(genealogy: "Genealogy", nodes: list[int], label: Label | None) -> tuple[str, ...]:
    said = genealogy.ids.labels(np.array(nodes, dtype=np.int32)) if label is None else list(map(label, nodes))
    findings = [
        Finding(
            code="genealogy.drawing",
            what=f"the label of node {node} ({genealogy.ids.label(node)}) is {type(text).__name__}",
            todo="return a text",
        )
        for node, text in zip(nodes, cast("list[object]", said), strict=True)
        if not isinstance(text, str)
    ]
    if findings:
        raise InputError(findings)
    return tuple(map(one_line, said))
