"""What one question costs, and what one change costs the live layer, in a tree of a million.

`python benchmarks/questions_and_live.py [--people 1000000]`. Questions are held against the same question asked of a
list of parents in plain Python, changes against a full recalculation, which is what keeps numbers right without a live
layer.
"""

import argparse
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from _measure import Table, best_of, machine

from mlmcore.genealogy import Genealogy, IdIndex, build
from mlmcore.genealogy.live import LiveGenealogy
from mlmcore.genealogy.rollups import group_sum
from mlmcore.simulation import shapes

ASKED = 2_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000)
    people: int = parser.parse_args().people
    print(f"{people:,} people, {ASKED:,} questions each, the time of one; {machine()}")
    kinds = {
        "random recursive": shapes.random_recursive(people, 1),
        "power leg": shapes.power_leg(people, max(1, people * 7 // 100), 1),
    }
    for name, shape in kinds.items():
        tree = build(IdIndex.from_keys(shapes.random_keys(people, 2)), shape.parent, shape.leg)
        nodes = np.random.default_rng(3).integers(1, people, ASKED).tolist()
        ask(name, tree, nodes)
        change(name, tree, nodes)


def ask(name: str, tree: Genealogy, nodes: Sequence[int]) -> None:
    """Questions about one person, and about two."""
    parent = tree.parent.tolist()
    deep = int(tree.depth.max())
    few = nodes[:20] if deep > 1000 else nodes  # plain Python takes minutes there
    pairs = list(zip(few, reversed(few), strict=True))
    questions: list[tuple[str, Callable[[], None], Callable[[], None]]] = [
        ("is one below the other", lambda: each(pairs, tree.is_below), lambda: each(pairs, below_in(parent))),
        ("everybody above", lambda: one(few, tree.ancestors), lambda: one(few, above_in(parent))),
        (
            "lowest common ancestor",
            lambda: each(pairs, tree.lowest_common_ancestor),
            lambda: each(pairs, common_in(parent)),
        ),
    ]
    for question, ours, theirs in questions:
        table = Table(f"{question}: {name}, up to {deep:,} deep")
        table.add("mlmcore", best_of(ours, runs=3) / len(few))
        table.add("plain Python over a list of parents", best_of(theirs, runs=1) / len(few))
        table.print()


def change(name: str, tree: Genealogy, nodes: Sequence[int]) -> None:
    """Changes of a live tree."""
    volumes = np.random.default_rng(4).integers(0, 1000, len(tree))
    live = LiveGenealogy(tree, {"pv": volumes})
    deep = np.argsort(-tree.depth, kind="stable")[:ASKED].tolist()
    joined = iter(range(10**9))
    table = Table(f"one change, all group volumes right afterwards: {name}, up to {int(tree.depth.max()):,} deep")
    table.add("live: an order of somebody", best_of(lambda: one(nodes, lambda at: live.order(at, pv=3))) / ASKED)
    table.add("live: an order of the deepest", best_of(lambda: one(deep, lambda at: live.order(at, pv=3)), 3) / ASKED)
    table.add(
        "live: somebody joins",
        best_of(lambda: one(nodes, lambda at: live.join(f"new {next(joined)}", at, 1000 + next(joined)))) / ASKED,
    )
    moves = [(at, 0 if live.parent(at) != 0 else -1) for at in nodes]
    table.add("live: somebody moves to the root and back", best_of(lambda: there_and_back(live, moves), 3) / ASKED)
    table.add("a full recalculation", best_of(lambda: group_sum(tree, volumes)))
    table.print()
    live.check()


def there_and_back(live: LiveGenealogy, moves: Iterable[tuple[int, int]]) -> None:
    """Each person to the root and back to where they stood."""
    for person, _ in moves:
        under, leg = live.parent(person), live.leg(person)
        live.move(person, None)
        live.move(person, under, leg)


def one(nodes: Iterable[int], asked: Callable[[int], Any]) -> None:
    """Ask of one after the other."""
    for node in nodes:
        asked(node)


def each(pairs: Iterable[tuple[int, int]], asked: Callable[[int, int], Any]) -> None:
    """Ask of one pair after the other."""
    for first, second in pairs:
        asked(first, second)


def above_in(parent: Sequence[int]) -> Callable[[int], list[int]]:
    """Everybody above, by following a list."""

    def above(node: int) -> list[int]:
        found = []
        while (node := parent[node]) >= 0:
            found.append(node)
        return found

    return above


def below_in(parent: Sequence[int]) -> Callable[[int, int], bool]:
    """Whether one stands below another, by following a list."""

    def below(node: int, top: int) -> bool:
        while (node := parent[node]) >= 0:
            if node == top:
                return True
        return False

    return below


def common_in(parent: Sequence[int]) -> Callable[[int, int], int]:
    """The lowest common ancestor, by a set of all above."""
    above = above_in(parent)

    def common(first: int, second: int) -> int:
        there = {first, *above(first)}
        return next((node for node in [second, *above(second)] if node in there), -1)

    return common


if __name__ == "__main__":
    main()
