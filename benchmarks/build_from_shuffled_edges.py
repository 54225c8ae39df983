"""From edges in any order to a tree that can be asked: ours against dicts and against graph libraries, in one run.

`python benchmarks/build_from_shuffled_edges.py [--people 1000000]`. The input of ours is arrays of 16-byte ids, as a
database or an Arrow stream gives them; the others get the same ids as `bytes` objects in lists, made before the clock
starts. A build ends with everybody in preorder with depth and group size, checked for unknown uplines and for cycles,
which the libraries do not do by themselves.
"""

import argparse
from collections.abc import Sequence

import numpy as np
from _measure import Table, best_of, copy_seconds, have, machine, once

from mlmcore.genealogy import Genealogy, IdIndex, build
from mlmcore.genealogy._arrays import Keys
from mlmcore.simulation import shapes


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000)
    people: int = parser.parse_args().people
    shape = shapes.shuffled(shapes.random_recursive(people, 1), 2)
    keys = shapes.random_keys(people, 3)
    parent_keys = np.where(shape.parent[:, None] < 0, np.uint64(0), keys[shape.parent])
    roots = shape.parent < 0

    table = Table(f"build of {people:,} people from shuffled edges; {machine()}")
    table.add("mlmcore: from keys of children and uplines", best_of(lambda: built(keys, parent_keys, roots), runs=3))
    ids = IdIndex.from_keys(keys)
    table.add("mlmcore: the tree alone, uplines as rows", best_of(lambda: build(ids, shape.parent), runs=3))
    table.add("the same bytes copied (the floor)", copy_seconds(32 * people, 36 * people), "32 bytes in, 36 out each")
    texts, parents = as_bytes(keys), as_bytes(parent_keys)
    edges = [(above, one) for one, above, root in zip(texts, parents, roots.tolist(), strict=True) if not root]
    table.add("plain Python: dict of lists, stack", once(lambda: in_python(texts, edges))[0], "one run")
    if have("networkx"):
        table.add("networkx: add edges, preorder", once(lambda: in_networkx(edges))[0], "no depth, no sizes")
    if have("rustworkx"):
        table.add("rustworkx: dict of ids, edges, order", once(lambda: in_rustworkx(texts, edges))[0], "likewise")
    if have("igraph"):
        table.add("igraph: dict of ids, edges, order", once(lambda: in_igraph(texts, edges))[0], "likewise")
    table.print()


def built(keys: Keys, parent_keys: Keys, roots: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Genealogy:
    """Ids in both columns, as a file or a table holds them."""
    ids = IdIndex.from_keys(keys)
    parent = ids.find(parent_keys)
    assert ((parent < 0) == roots).all()
    return build(ids, parent)


def as_bytes(keys: Keys) -> list[bytes]:
    """One object for each id."""
    data = keys.astype(">u8").tobytes()
    return [data[at : at + 16] for at in range(0, len(data), 16)]


def in_python(ids: Sequence[bytes], edges: Sequence[tuple[bytes, bytes]]) -> dict[bytes, tuple[int, int]]:
    """Preorder by a stack, then sizes backwards: what one would write by hand, without any check."""
    children: dict[bytes, list[bytes]] = {one: [] for one in ids}
    parent = {}
    for above, one in edges:
        children[above].append(one)
        parent[one] = above
    stack = [(one, 0) for one in ids if one not in parent]
    order = []
    while stack:
        one, depth = stack.pop()
        order.append((one, depth))
        stack.extend((child, depth + 1) for child in children[one])
    size = dict.fromkeys(ids, 1)
    for one, _ in reversed(order):
        if one in parent:
            size[parent[one]] += size[one]
    return {one: (depth, size[one]) for one, depth in order}


def in_networkx(edges: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
    """Pure Python with dicts."""
    import networkx as nx  # noqa: PLC0415  (only where it is installed)

    return list(nx.topological_sort(nx.DiGraph(edges)))


def in_rustworkx(ids: Sequence[bytes], edges: Sequence[tuple[bytes, bytes]]) -> list[int]:
    """Nodes are numbers there, so the ids go through a dict."""
    import rustworkx  # noqa: PLC0415

    row = {one: at for at, one in enumerate(ids)}
    graph = rustworkx.PyDiGraph()
    graph.add_nodes_from(range(len(ids)))
    graph.add_edges_from_no_data([(row[above], row[one]) for above, one in edges])
    return list(rustworkx.topological_sort(graph))


def in_igraph(ids: Sequence[bytes], edges: Sequence[tuple[bytes, bytes]]) -> list[int]:
    """Likewise."""
    import igraph  # noqa: PLC0415

    row = {one: at for at, one in enumerate(ids)}
    graph = igraph.Graph(n=len(ids), edges=[(row[above], row[one]) for above, one in edges], directed=True)
    order: list[int] = graph.topological_sorting()
    return order


if __name__ == "__main__":
    main()
