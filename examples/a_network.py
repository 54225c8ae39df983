"""A sponsor tree from a list of edges: who stands below whom, and what a whole group sold.

Run it with the base install: `python examples/a_network.py`. The rows may stand in any order; the result is the same.
"""

import numpy as np

from mlmcore.genealogy import build_from_labels
from mlmcore.genealogy.rollups import front_count, group_sum

SPONSORS = {"ann": "", "bob": "ann", "cid": "ann", "dan": "bob", "eve": "bob", "fay": "dan"}
PV = {"ann": 120, "bob": 80, "cid": 200, "dan": 40, "eve": 0, "fay": 60}


def main() -> None:
    """Build the tree, ask it, and roll the volume up."""
    tree = build_from_labels(list(SPONSORS), list(SPONSORS.values()))
    print("The network:")
    print(tree.to_text())

    fay, bob = (int(node) for node in tree.ids.positions(["fay", "bob"]))
    print("Upline of fay, nearest first:", ", ".join(tree.ids.labels(tree.ancestors(fay))))
    print("Is fay below bob?", "yes" if tree.is_below(fay, bob) else "no")

    everybody = tree.ids.labels(np.arange(len(tree)))
    personal = np.array([PV[name] for name in everybody], dtype=np.int64)
    group, front = group_sum(tree, personal), front_count(tree)
    print("\nperson  personal  group  front line")
    for node, name in enumerate(everybody):
        print(f"{name:<8}{personal[node]:>8}{group[node]:>7}{front[node]:>12}")


if __name__ == "__main__":
    main()
