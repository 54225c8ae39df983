"""A hundred million people on one machine: built, checked, rolled up; time a person, share of the memory's floor, peak.

`python benchmarks/hundred_million.py [--people 100000000]` wants 24 GiB for the full size. There is nobody to compare
with at this size, so each step is held against copying as many bytes as it has to read and write at least.
"""

import argparse

import numpy as np
from _measure import copy_seconds, machine, once, peak_gib

from mlmcore.genealogy import Genealogy, IdIndex, build
from mlmcore.genealogy.rollups import group_sum
from mlmcore.simulation import shapes


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100_000_000)
    people: int = parser.parse_args().people
    few = IdIndex.from_keys(shapes.random_keys(100_000, 1))
    small = build(few, shapes.random_recursive(100_000, 1).parent)  # compiles

    print(f"{people:,} people, random recursive tree, edges shuffled; {machine()}")
    print(f"{'':34}{'seconds':>10}{'ns a person':>13}{'times the floor':>17}{'peak GiB':>10}")
    tree = built(people)
    volumes = np.arange(people, dtype=np.int64) % 1000
    group_sum(small, volumes[: len(small)])
    seconds, total = once(lambda: group_sum(tree, volumes))
    report("group volume of everybody", seconds, people, 12, 8)
    assert int(total[0]) == int(volumes.sum())
    del total
    seconds, _ = once(tree.check)
    report("check of the invariants", seconds, people, 16, 0)
    some = np.linspace(0, people - 1, 1_000_000, dtype=np.int32)
    asked = tree.ids.keys[some]
    seconds, found = once(lambda: tree.ids.find(asked))
    assert np.array_equal(found, some)
    print(f"{'1,000,000 ids found (index made)':34}{seconds:>10.2f}")


def built(people: int) -> Genealogy:
    """Ids, then the tree; what is not needed any more is given back before the next step."""
    ids = read_ids(people)
    shape = shapes.shuffled(shapes.random_recursive(people, 1), 2)
    seconds, tree = once(lambda: build(ids, shape.parent, shape.leg))
    report("build", seconds, people, 16 + 8, 16 + 20)
    return tree


def read_ids(people: int) -> IdIndex:
    """Random UUIDs, of which none is there twice."""
    keys = shapes.random_keys(people, 3)
    seconds, ids = once(lambda: IdIndex.from_keys(keys))
    report("ids: no key twice", seconds, people, 16, 0)
    return ids


def report(step: str, seconds: float, people: int, read: int, written: int) -> None:
    """One line: bytes are those that each person costs at least."""
    sample = min(people, 20_000_000)  # beyond any cache, and no second gigabyte at the peak
    floor = copy_seconds(read=read * sample, written=written * sample) * people / sample
    print(f"{step:34}{seconds:>10.2f}{seconds / people * 1e9:>13.1f}{seconds / floor:>17.1f}{peak_gib():>10.1f}")


if __name__ == "__main__":
    main()
