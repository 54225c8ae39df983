"""Group volume of everybody: one rollup against what one might use instead, over the same tree, in one run.

`python benchmarks/group_volume.py [--people 1000000] [--shape random_recursive]`; others than plain Python and numpy
need the extra `bench`. Every opponent gets the data in its own form before the clock starts (said as "loaded in"), and
has to come out at the same numbers. PostgreSQL's queries are measured in `closure_on_postgres.py`.
"""

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
from _measure import Table, best_of, copy_seconds, have, machine, once
from numpy.typing import NDArray

from mlmcore.genealogy import Genealogy, IdIndex, build
from mlmcore.genealogy.rollups import group_sum
from mlmcore.simulation import shapes

Ints64 = NDArray[np.int64]
SHAPES: dict[str, Callable[[int], shapes.Shape]] = {
    "chain": shapes.chain,
    "star": shapes.star,
    "random_recursive": lambda people: shapes.random_recursive(people, 1),
    "preferential": lambda people: shapes.preferential(people, 1),
    "power_leg": lambda people: shapes.power_leg(people, max(1, people * 7 // 100), 1),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--shape", choices=sorted(SHAPES), default="random_recursive")
    asked = parser.parse_args()
    shape = SHAPES[asked.shape](asked.people)
    tree = build(IdIndex.from_keys(shapes.random_keys(asked.people, 2)), shape.parent, shape.leg)
    volumes = np.random.default_rng(3).integers(0, 100_000, asked.people)
    expected = group_sum(tree, volumes)

    table = Table(f"group volume of {tree!r}, {asked.shape}; {machine()}")
    table.add("mlmcore: group_sum", best_of(lambda: group_sum(tree, volumes)))
    floor = copy_seconds(read=12 * len(tree), written=8 * len(tree))
    table.add("the same bytes copied (the floor)", floor, "8 + 4 bytes read, 8 written for each person")
    in_python(table, tree, volumes, expected)
    in_numpy_by_levels(table, tree, volumes, expected)
    for module, opponent in (
        ("rustworkx", in_rustworkx),
        ("igraph", in_igraph),
        ("networkx", in_networkx),
        ("duckdb", in_duckdb),
    ):
        if have(module):
            opponent(table, tree, volumes, expected)
    table.print()


def in_python(table: Table, tree: Genealogy, volumes: Ints64, expected: Ints64) -> None:
    """Lists, in the same order: as good as plain Python can be."""
    parent: list[int] = tree.parent.tolist()
    values: list[int] = volumes.tolist()

    def rolled() -> list[int]:
        total = values.copy()
        for node in range(len(total) - 1, -1, -1):
            upline = parent[node]
            if upline >= 0:
                total[upline] += total[node]
        return total

    assert rolled() == expected.tolist()
    table.add("plain Python over lists, same order", best_of(rolled, runs=3))


def in_numpy_by_levels(table: Table, tree: Genealogy, volumes: Ints64, expected: Ints64) -> None:
    """From the deepest level up, each level in one addition."""
    levels = [tree.at_depth(depth) for depth in range(int(tree.depth.max()), 0, -1)]

    def rolled() -> Ints64:
        total = volumes.copy()
        for nodes in levels:
            np.add.at(total, tree.parent[nodes], total[nodes])
        return total

    seconds, total = once(rolled)
    assert np.array_equal(total, expected)
    table.add("numpy, level by level", min(seconds, best_of(rolled, runs=3)), f"{len(levels):,} levels")


def in_rustworkx(table: Table, tree: Genealogy, volumes: Ints64, expected: Ints64) -> None:
    """It has no rollup: its topological order, and the sums in Python."""
    import rustworkx  # noqa: PLC0415  (only where it is installed)

    child = np.flatnonzero(tree.parent >= 0)
    edges = list(zip(tree.parent[child].tolist(), child.tolist(), strict=True))

    def loaded() -> Any:
        graph = rustworkx.PyDiGraph()
        graph.add_nodes_from(range(len(tree)))
        graph.add_edges_from_no_data(edges)
        return graph

    load, graph = once(loaded)
    _in_their_order(table, "rustworkx: topological order, sums in Python", load, tree, volumes, expected,
                    lambda: list(rustworkx.topological_sort(graph))[::-1])  # fmt: skip


def in_igraph(table: Table, tree: Genealogy, volumes: Ints64, expected: Ints64) -> None:
    """It has no rollup either: likewise."""
    import igraph  # noqa: PLC0415

    child = np.flatnonzero(tree.parent >= 0)
    edges = np.stack([tree.parent[child], child.astype(np.int32)], axis=1)
    load, graph = once(lambda: igraph.Graph(n=len(tree), edges=edges, directed=True))
    _in_their_order(table, "igraph: topological order, sums in Python", load, tree, volumes, expected,
                    lambda: graph.topological_sorting(mode="in"))  # fmt: skip


def in_networkx(table: Table, tree: Genealogy, volumes: Ints64, expected: Ints64) -> None:
    """Pure Python with dicts."""
    import networkx as nx  # noqa: PLC0415

    child = np.flatnonzero(tree.parent >= 0)

    def loaded() -> Any:
        graph = nx.DiGraph()
        graph.add_nodes_from(range(len(tree)))
        graph.add_edges_from(zip(tree.parent[child].tolist(), child.tolist(), strict=True))
        return graph

    load, graph = once(loaded)
    _in_their_order(table, "networkx: topological order, sums in Python", load, tree, volumes, expected,
                    lambda: list(nx.topological_sort(graph))[::-1])  # fmt: skip


def in_duckdb(table: Table, tree: Genealogy, volumes: Ints64, expected: Ints64) -> None:
    """A recursive query: everybody's volume to everybody above."""
    import duckdb  # noqa: PLC0415

    if int(tree.depth.sum(dtype=np.int64)) > 60_000_000:
        print("(duckdb: left out, its query makes a row for each person and everybody above)")
        return
    database = duckdb.connect()
    columns = {"node": np.arange(len(tree)), "parent": tree.parent, "volume": volumes}
    database.register("columns", columns)
    load, _ = once(lambda: database.execute("CREATE TABLE people AS SELECT * FROM columns"))
    query = """
        WITH RECURSIVE up (node, volume) AS (
            SELECT node, volume FROM people
            UNION ALL
            SELECT p.parent, up.volume FROM up JOIN people AS p ON p.node = up.node WHERE p.parent >= 0
        )
        SELECT node, sum(volume)::BIGINT AS volume FROM up GROUP BY node ORDER BY node"""
    seconds, total = once(lambda: database.execute(query).fetchnumpy()["volume"])
    assert np.array_equal(np.asarray(total), expected)
    table.add("DuckDB: recursive query", seconds, f"loaded in {load:.3f} s; one run")


def _in_their_order(
    table: Table,
    name: str,
    load: float,
    tree: Genealogy,
    volumes: Ints64,
    expected: Ints64,
    order: Callable[[], list[int]],
) -> None:
    parent: list[int] = tree.parent.tolist()
    values: list[int] = volumes.tolist()

    def rolled() -> list[int]:
        total = values.copy()
        for node in order():
            upline = parent[node]
            if upline >= 0:
                total[upline] += total[node]
        return total

    seconds, total = once(rolled)
    assert total == expected.tolist()
    table.add(name, seconds, f"loaded in {load:.3f} s; one run")


if __name__ == "__main__":
    main()
