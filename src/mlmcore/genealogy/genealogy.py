"""One tree of a network as frozen arrays in preorder, and the questions about single nodes.

A node is a position in preorder: a parent comes before its children and a group is a slice, so most answers are an
index or two numbers. The arrays and their invariants G1..G8 are specified in `docs/genealogy/data-model.md`. Making a
genealogy from edges lives in `build`, numbers for all nodes at once in `rollups`, verification in `_invariants`, and
pictures in `drawing`.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final, Self, cast

import numpy as np
from attrs import Attribute, field, frozen

from mlmcore.genealogy._arrays import Bools, Ints32, frozen_int32, input_error, sealed
from mlmcore.genealogy._invariants import require_invariants
from mlmcore.genealogy.drawing import Outline, to_dot, to_mermaid, to_svg, to_text
from mlmcore.genealogy.drawing.outline import Label
from mlmcore.genealogy.ids import IdIndex

__all__ = ["Genealogy", "Leg"]

_NODES_A_STEP: Final = 100
"""How many nodes numpy looks through in the time of one step upward."""


@frozen(kw_only=True)
class Leg:
    """A direct child with its group.

    Attributes:
        number: The place in which the child hangs, from 1; 0 where places have no numbers.
        head: The child's node.
        nodes: The child's group, as a slice of node order.
    """

    number: int
    head: int
    nodes: slice


def _node_array(instance: "Genealogy", attribute: "Attribute[Ints32]", value: Ints32) -> None:
    if value.dtype != np.int32 or value.shape != (len(instance.ids),):
        raise input_error(
            "genealogy.G1",
            f"G1: {attribute.name} is {value.dtype} of shape {value.shape}",
            f"it must be int32 of shape ({len(instance.ids)},)",
        )


@frozen(kw_only=True, eq=False, repr=False)
class Genealogy:
    """Who stands where in one tree; all arrays are int32[n], read-only, in node order.

    Attributes:
        ids: Who each node is.
        parent: The node of the direct upline, -1 for a root.
        depth: How many people stand above.
        subtree_size: How many people the group holds, the person included.
        leg: In which leg of the parent the node hangs, from 1; 0 without a number.
    """

    ids: IdIndex
    parent: Ints32 = field(converter=frozen_int32, validator=_node_array)
    depth: Ints32 = field(converter=frozen_int32, validator=_node_array)
    subtree_size: Ints32 = field(converter=frozen_int32, validator=_node_array)
    leg: Ints32 = field(converter=frozen_int32, validator=_node_array)

    def __len__(self) -> int:
        return len(self.parent)

    def __repr__(self) -> str:
        height = int(self.depth.max()) + 1 if len(self) else 0
        return f"Genealogy({len(self):,} people, {len(self.roots):,} roots, {height:,} deep)"

    @cached_property
    def roots(self) -> Ints32:
        """The nodes without an upline, in the order of their labels."""
        return sealed(np.flatnonzero(self.parent < 0).astype(np.int32))

    def parent_of(self, node: int) -> int:
        """The node of the direct upline, -1 for a root.

        Raises:
            InputError: There is no such node; so from every question here.
        """
        return int(self.parent[self._checked(node)])

    def front(self, node: int) -> Ints32:
        """The direct children, in their order (leg, then label)."""
        at = self._checked(node) + 1  # the roots stand at 0
        return self._children[self._first_child[at] : self._first_child[at + 1]]

    def group(self, node: int) -> slice:
        """The person and everybody below, as a slice of node order."""
        return slice(self._checked(node), self._end(node))

    def descendants(self, node: int) -> slice:
        """Everybody below, as a slice of node order."""
        return slice(self._checked(node) + 1, self._end(node))

    def ancestors(self, node: int) -> Ints32:
        """Everybody above, nearest first."""
        count = int(self.depth[self._checked(node)])
        return sealed(np.fromiter(self._upward(node), dtype=np.int32, count=count))

    def path(self, node: int) -> Ints32:
        """From the root down to the node, both included."""
        return sealed(np.append(self.ancestors(node)[::-1], np.int32(node)))

    def is_below(self, node: int, above: int) -> bool:
        """Whether `node` stands somewhere below `above`; nobody stands below themselves."""
        return self._checked(above) < self._checked(node) < self._end(above)

    def are_below(self, nodes: Ints32, above: int) -> Bools:
        """`is_below` for many nodes: bool[m]."""
        self._check_all(nodes)
        return sealed((nodes > self._checked(above)) & (nodes < self._end(above)))

    def lowest_common_ancestor(self, one: int, other: int) -> int:
        """The nearest node that both stand in the group of, or -1 when they have different roots.

        A person counts as standing in the own group, so of a person and an ancestor it is the ancestor.
        """
        first, second = sorted((self._checked(one), self._checked(other)))
        if second < self._end(first):
            return first
        if int(self.depth[first]) * _NODES_A_STEP < second - first:
            return next((above for above in self._upward(first) if second < self._end(above)), -1)
        between = self.depth[first + 1 : second + 1]  # its shallowest node is a child of the answer
        return int(self.parent[first + 1 + int(between.argmin())])

    def legs(self, node: int) -> tuple[Leg, ...]:
        """The legs of a node, in the order of its front."""
        heads = self.front(node).tolist()
        return tuple(Leg(number=int(self.leg[head]), head=head, nodes=self.group(head)) for head in heads)

    def at_depth(self, depth: int) -> Ints32:
        """The nodes that have exactly `depth` people above them, in node order."""
        if depth < 0 or depth >= len(self._level_start) - 1:
            return self._by_depth[:0]
        return self._by_depth[self._level_start[depth] : self._level_start[depth + 1]]

    def level(self, node: int, down: int) -> Ints32:
        """The nodes exactly `down` steps below a node (0 is the node itself), in node order."""
        nodes = self.at_depth(int(self.depth[self._checked(node)]) + down) if down >= 0 else self._by_depth[:0]
        start, stop = np.searchsorted(nodes, (node, self._end(node)))
        return nodes[start:stop]

    def subtree(self, node: int) -> Self:
        """A genealogy of one group alone, its person the root."""
        nodes = self.group(node)
        parent = self.parent[nodes] - np.int32(node)
        parent[0] = -1
        leg = self.leg[nodes].copy()
        leg[0] = 0
        return type(self)(
            ids=self.ids.between(nodes.start, nodes.stop),
            parent=sealed(parent),
            depth=sealed(self.depth[nodes] - self.depth[node]),
            subtree_size=self.subtree_size[nodes],
            leg=sealed(leg),
        )

    def outline(
        self, max_nodes: int = 100, *, under: int | None = None, levels: int | None = None, label: Label | None = None
    ) -> Outline:
        """What a drawing shows, for formats that are not here; the arguments are those of every drawing.

        Args:
            max_nodes: How many may be drawn: whole levels from the top, then as much of the next as fits. The rest is
                counted where it hangs. Where roots are left over, their count takes one of these places.
            under: Draw the group of this node alone; None: everybody.
            levels: Draw at most so many levels; None: as many as fit.
            label: What to write for a node; asked for those shown only. None: the id.

        Raises:
            InputError: There is no room to draw, no such node, or a label is no text.
        """
        return Outline.of(self, max_nodes, under=under, levels=levels, label=label)

    def to_text(
        self,
        max_lines: int = 40,
        *,
        under: int | None = None,
        levels: int | None = None,
        label: Label | None = None,
        legs: bool = False,
    ) -> str:
        """An indented drawing of at most `max_lines` lines; what does not fit is counted: `ann +1,204 below`.

        Args:
            max_lines: As `max_nodes` of `outline`, and so the other arguments and errors.
            under: See `outline`.
            levels: See `outline`.
            label: See `outline`.
            legs: Whether to write the number of the leg before each label: `2: bob`.
        """
        return to_text(Outline.of(self, max_lines, under=under, levels=levels, label=label), legs=legs)

    def to_dot(
        self, max_nodes: int = 100, *, under: int | None = None, levels: int | None = None, label: Label | None = None
    ) -> str:
        """A drawing for Graphviz, edges labelled with their legs; arguments and errors are those of `outline`."""
        return to_dot(Outline.of(self, max_nodes, under=under, levels=levels, label=label))

    def to_mermaid(
        self, max_nodes: int = 100, *, under: int | None = None, levels: int | None = None, label: Label | None = None
    ) -> str:
        """A drawing as a Mermaid flowchart; arguments and errors are those of `outline`."""
        return to_mermaid(Outline.of(self, max_nodes, under=under, levels=levels, label=label))

    def to_svg(
        self, max_nodes: int = 100, *, under: int | None = None, levels: int | None = None, label: Label | None = None
    ) -> str:
        """A drawing as a self-contained SVG document; arguments and errors are those of `outline`."""
        return to_svg(Outline.of(self, max_nodes, under=under, levels=levels, label=label))

    def _repr_svg_(self) -> str:
        """What a notebook shows: the nearest to the top, never everybody of a big network."""
        return self.to_svg()

    def check(self) -> None:
        """Verify the invariants, each over all nodes.

        Raises:
            InputError: Some do not hold; every finding quotes its number, how many nodes break it and the first.
        """
        require_invariants(self)

    @cached_property
    def _by_depth(self) -> Ints32:
        return sealed(np.argsort(self.depth, kind="stable").astype(np.int32))

    @cached_property
    def _level_start(self) -> Ints32:
        return _starts(self.depth)

    @cached_property
    def _children(self) -> Ints32:
        return sealed(np.argsort(self.parent, kind="stable").astype(np.int32))

    @cached_property
    def _first_child(self) -> Ints32:
        return _starts(self.parent + np.int32(1), len(self) + 1)

    def _end(self, node: int) -> int:
        return node + int(self.subtree_size[node])

    def _upward(self, node: int) -> Iterator[int]:
        parent = memoryview(cast("Any", self.parent))  # indexes faster than an array
        above = parent[node]
        while above >= 0:
            yield above
            above = parent[above]

    def _checked(self, node: int) -> int:
        if not 0 <= node < len(self):  # a negative index would silently mean somebody else
            raise input_error("genealogy.node", f"{node} is no node", f"there are {len(self):,}, from 0")
        return int(node)

    def _check_all(self, nodes: Ints32) -> None:
        if len(nodes):
            self._checked(int(nodes.min()))
            self._checked(int(nodes.max()))


def _starts(codes: Ints32, count: int = 0) -> Ints32:
    """int32[k + 1]: where each code begins in an array sorted by code."""
    ends = np.cumsum(np.bincount(codes, minlength=count))
    return sealed(np.append(0, ends).astype(np.int32))
