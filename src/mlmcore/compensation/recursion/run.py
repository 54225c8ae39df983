"""A recursion along one tree: everybody of one depth at once, whoever is read first."""

from collections.abc import Collection, Iterator, Mapping
from graphlib import TopologicalSorter

import numpy as np

from mlmcore.compensation.expressions._mine import mine
from mlmcore.compensation.expressions.tree import Aggregate, Name, Node, Upward, children, names, walk
from mlmcore.compensation.frames import RowsFrame, Sheet
from mlmcore.compensation.recursion.few import Few
from mlmcore.compensation.recursion.layers import layers_of
from mlmcore.compensation.recursion.live import texts_in
from mlmcore.compensation.recursion.members import columns_of, gathered_of, gathers, holds_oneself, nodes_of
from mlmcore.compensation.recursion.units import unit_of
from mlmcore.compensation.step import Step

__all__ = ["take_recursion"]

Part = Step | Aggregate | Upward
"""What is filled: a measure, the ranks, a bonus, or what gathers their values from others."""


def take_recursion(sheet: Sheet, step: Step) -> None:
    """Compute the columns of a recursion, for everybody, and publish them in the sheet.

    Args:
        sheet: What the run knows.
        step: The recursion. Of a bonus only `ID.earned` is found; its lines follow, from columns that are then known.

    Raises:
        InputError: Something cannot be computed.
    """
    columns = {column: member for member in step.members for column in columns_of(member)}
    nodes = tuple(node for member in step.members for node in nodes_of(sheet.plan, member))
    order = _in_order(sheet, (*step.members, *gathered_of(nodes, columns)), columns)
    texts = texts_in(sheet, nodes, (given for name, given in sheet.rows.given.items() if name in columns))
    units = [unit_of(sheet, part, texts) for part in order]
    for unit in units:
        unit.publish(sheet)
    known = _hold_known(sheet, nodes, columns)
    network = sheet.rows.network
    for layer in layers_of(network.tree(step.tree), network.person_of_node[step.tree], step.way or "down"):
        frame = RowsFrame(sheet=sheet, size=len(layer.rows), indices={"self": layer.rows})
        few = Few.of(layer)
        for unit in units:
            if few is None or not unit.fill_few(few):
                unit.fill(layer, frame)
    for unit in units:
        unit.publish(sheet)
    for upward in (*known, *(part for part in order if isinstance(part, Upward))):
        sheet.above.hold(upward, None)


def _hold_known(sheet: Sheet, nodes: tuple[Node, ...], columns: Collection[str]) -> list[Upward]:
    """Find once, for everybody, who stands above as far as that reads no column of the recursion."""
    found = [part for node in nodes for part in walk(node) if isinstance(part, Upward)]
    known = [part for part in dict.fromkeys(found) if not gathers(part, columns) and not mine(part)]
    everybody = np.arange(sheet.size, dtype=np.int32)
    for part in known:
        sheet.above.hold(part, sheet.above.of_rows(part, everybody, everybody))
    return known


def _in_order(sheet: Sheet, parts: tuple[Part, ...], columns: Mapping[str, Step]) -> tuple[Part, ...]:
    """What is filled, each after what it reads of the same person; the loader has shown that this has a beginning."""
    reads_first = {part: tuple(_read_of_oneself(sheet, part, columns)) for part in parts}
    return tuple(TopologicalSorter(reads_first).static_order())


def _read_of_oneself(sheet: Sheet, part: Part, columns: Mapping[str, Step]) -> Iterator[Part]:
    if isinstance(part, Step):
        for node in nodes_of(sheet.plan, part):
            yield from _own(node, columns)
        return
    if isinstance(part, Upward):
        return
    if part.default is not None:
        yield from _own(part.default, columns)
    inside = [node for node in (part.value, part.where) if node is not None]
    if part.scope.kind in {"events", "orders", "purchases"} or holds_oneself(part):
        for node in inside:
            yield from _own(node, columns)
    for name in (one for node in inside for one in names(node) if one.subject == "me" and one.name in columns):
        yield columns[name.name]


def _own(node: Node, columns: Mapping[str, Step]) -> Iterator[Part]:
    """What an expression reads of the person: columns, and aggregates as a whole."""
    if isinstance(node, Name) and node.subject != "past" and node.name in columns:
        yield columns[node.name]
    elif gathers(node, columns):
        yield node
    if isinstance(node, Upward):
        yield from _own(node.default, columns)
    elif not isinstance(node, Aggregate):
        for part in children(node):
            yield from _own(part, columns)
