"""The loops that bring people into preorder; see `build`."""

from mlmcore.genealogy._arrays import Ints32

__all__ = ["offset_siblings", "peel", "place"]


def peel(parent: Ints32, open_children: Ints32, size: Ints32, order: Ints32, done: Ints32) -> None:
    """Take people off a forest, a child before its upline, and add up the sizes of their groups.

    Whoever is never taken off stands on a cycle: everybody below a cycle goes, and nobody on it can.

    Args:
        parent: int32[n], read: the upline's row, -1 for none; nothing else is assumed about it.
        open_children: int32[n], read and written: in, how many children each has; out, how many were never taken off.
        size: int32[n], read and written: in, 1 everywhere; out, the size of each group.
        order: int32[n], written: the rows in the order in which they were taken off.
        done: int32[1], written: how many were.
    """
    filled = 0
    for row in range(len(parent)):
        if open_children[row] == 0:
            order[filled] = row
            filled += 1
    taken = 0
    while taken < filled:
        row = order[taken]
        taken += 1
        upline = parent[row]
        if upline >= 0:
            size[upline] += size[row]
            open_children[upline] -= 1
            if open_children[upline] == 0:
                order[filled] = upline
                filled += 1
    done[0] = filled


def offset_siblings(in_order: Ints32, parent: Ints32, size: Ints32, filled: Ints32, offset: Ints32) -> None:
    """Find how many people stand in the groups of the siblings before each person.

    Args:
        in_order: int32[n], read: rows, siblings in their order, whoever stands between them.
        parent: int32[n], read: the upline's row, -1 for none.
        size: int32[n], read: the size of each group.
        filled: int32[n + 1], read and written: in, 0 everywhere; out, the sizes of all groups under each upline, the
            roots' in front.
        offset: int32[n], written.
    """
    for at in range(len(in_order)):
        row = in_order[at]
        upline = parent[row] + 1
        offset[row] = filled[upline]
        filled[upline] += size[row]


def place(order: Ints32, parent: Ints32, offset: Ints32, position: Ints32, depth: Ints32) -> None:
    """Give everybody a position in preorder, an upline before the children.

    Args:
        order: int32[n], read: rows, every child before its upline (as `peel` leaves them).
        parent: int32[n], read: the upline's row, -1 for none.
        offset: int32[n], read: how many people stand in the groups of the siblings before this row.
        position: int32[n], written: the row's place in preorder.
        depth: int32[n], written: how many people stand above the row.
    """
    for at in range(len(order) - 1, -1, -1):
        row = order[at]
        upline = parent[row]
        if upline < 0:
            position[row] = offset[row]
            depth[row] = 0
        else:
            position[row] = position[upline] + 1 + offset[row]
            depth[row] = depth[upline] + 1
