"""The loop that writes closure rows: flat, dumb, over arrays; see `closure` for what the rows mean."""

from mlmcore.genealogy._arrays import Ints32, Ints64

__all__ = ["write_closure"]


def write_closure(
    parent: Ints32,
    leg: Ints32,
    state: Ints64,
    out_ancestor: Ints32,
    out_descendant: Ints32,
    out_depth: Ints32,
    out_leg: Ints32,
) -> None:
    """Write the next rows; there must be as many left as the outputs are long.

    Copying the run of the parent, shifted by one, was no faster than walking up: the path of one node is still in the
    cache at the next, and a run may have ended in a chunk that is gone.

    Args:
        parent: int32[n], read: the parent's node, -1 for none.
        leg: int32[n], read: the leg of the parent in which each node hangs.
        state: int64[4], read and written: whose run it is, the ancestor of the next row (-1: the run is at its end),
            who stands below that ancestor on the path, and the depth of the last row.
        out_ancestor: int32[r], written.
        out_descendant: int32[r], written.
        out_depth: int32[r], written.
        out_leg: int32[r], written.
    """
    node, above, child, steps = state[0], state[1], state[2], state[3]
    for at in range(len(out_ancestor)):
        while above < 0:
            node += 1
            child = node
            above = parent[node]
            steps = 0
        steps += 1
        out_ancestor[at] = above
        out_descendant[at] = node
        out_depth[at] = steps
        out_leg[at] = leg[child]
        child = above
        above = parent[above]
    state[0], state[1], state[2], state[3] = node, above, child, steps
