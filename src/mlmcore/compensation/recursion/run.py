"""A recursion along one tree: everybody of one depth at once, whoever is read first."""

from collections.abc import Iterator, Mapping

from mlmcore.compensation.expressions.tree import Aggregate, Name, Node, Upward, children, names
from mlmcore.compensation.frames import RowsFrame, Sheet
from mlmcore.compensation.recursion.layers import layers_of
from mlmcore.compensation.recursion.live import texts_in
from mlmcore.compensation.recursion.members import columns_of, gathered_of, gathers, nodes_of
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
    network = sheet.rows.network
    for layer in layers_of(network.tree(step.tree), network.person_of_node[step.tree], step.way or "down"):
        frame = RowsFrame(sheet=sheet, size=len(layer.rows), indices={"self": layer.rows})
        for unit in units:
            unit.fill(layer, frame)
    for unit in units:
        unit.publish(sheet)


def _in_order(sheet: Sheet, parts: tuple[Part, ...], columns: Mapping[str, Step]) -> tuple[Part, ...]:
    """What is filled, each after what it reads of the same person; the loader has shown that this has a beginning."""
    done: dict[Part, None] = {}
    waiting = list(reversed(parts))
    while waiting:
        part = waiting[-1]
        ahead = [one for one in _read_of_oneself(sheet, part, columns) if one not in done]
        if part in done or not ahead:
            done[waiting.pop()] = None
        else:
            waiting.extend(ahead)
    return tuple(done)


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
    if part.scope.kind in {"events", "group", "orders", "purchases"}:
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
