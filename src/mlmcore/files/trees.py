"""The trees of a people file without a plan: its ids, its tree columns and legs, or everything that is wrong with them.

Whatever else the file holds (status, dates, attributes) is a plan's business and is not looked at here. What is found
is said in the words of `mlmcore run`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.domain.errors import Findings, InputError
from mlmcore.files._fields import read_whole_numbers
from mlmcore.files._ids import find_wrong_ids, positions
from mlmcore.files._table import Table, read_table
from mlmcore.genealogy import Genealogy, IdIndex, Places, build, build_from_labels

__all__ = ["TREES", "PeopleTrees", "TreeFacts", "read_trees"]

TREES: Final = ("sponsor", "placement", "enroller")
"""The columns that are trees, in the order in which they are told."""

_NUMBERED: Final = "placement"
"""The only tree whose legs the column `leg` numbers."""


@frozen(kw_only=True, eq=False)
class PeopleTrees:
    """What a people file says about who stands where.

    Attributes:
        people: How many there are.
        trees: The trees that were asked for, by column.
        unread: The columns that played no part, in the order of the file.
    """

    people: int
    trees: Mapping[str, Genealogy]
    unread: Sequence[str]


@frozen(kw_only=True)
class TreeFacts:
    """The size of one tree. Of several people who are equally deep or wide, the first by label is named.

    Attributes:
        roots: How many people have no upline.
        deepest: Who has the most people above; None where nobody is there.
        above: How many these are.
        widest: Who has the most people directly below; None where nobody has any.
        front: How many these are.
        legs: How many people hang in a leg of each number; of those without a number nothing.
    """

    roots: int
    deepest: str | None
    above: int
    widest: str | None
    front: int
    legs: Mapping[int, int]

    @classmethod
    def of(cls, tree: Genealogy) -> "TreeFacts":
        """Look at a tree."""
        front = np.bincount(tree.parent[tree.parent >= 0], minlength=len(tree))
        numbers, counts = np.unique(tree.leg[tree.leg > 0], return_counts=True)
        widest = int(front.max(initial=0))
        return cls(
            roots=len(tree.roots),
            deepest=_first_of_the_largest(tree.ids, tree.depth) if len(tree) else None,
            above=int(tree.depth.max(initial=0)),
            widest=_first_of_the_largest(tree.ids, front) if widest else None,
            front=widest,
            legs=dict(zip(numbers.tolist(), counts.tolist(), strict=True)),
        )


def read_trees(path: Path, names: Sequence[str] = ()) -> PeopleTrees:
    """Read some trees of a people file.

    Args:
        path: A CSV file with a column `id`.
        names: Which of `TREES`; none: each whose column the file has.

    Raises:
        InputError: The file cannot be read, lacks a column, or anything is wrong with an id, a leg or a tree: cycles,
            unknown uplines, ids given twice, people who are their own upline. All at once, each with its line.
    """
    findings = Findings()
    wanted = tuple(dict.fromkeys(names))
    table = read_table(path, required=["id", *wanted], known=_AnyColumn(), findings=findings)
    trees: dict[str, Genealogy] = {}
    unread: list[str] = []
    if table is not None:
        wanted = wanted or _tree_columns(table, findings)
        trees = _built(table, wanted, findings)
        read = {"id", *wanted, *(["leg"] if _NUMBERED in wanted else [])}
        unread = [name for name in table.columns if name not in read]
    findings.raise_if_any()
    return PeopleTrees(people=0 if table is None else len(table), trees=trees, unread=unread)


class _AnyColumn(Collection[str]):
    """Every name is that of a column that may be there; those that mean something here are listed."""

    _NAMES: Final = ("id", *TREES, "leg")

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self._NAMES)

    def __len__(self) -> int:
        return len(self._NAMES)


def _tree_columns(table: Table, findings: Findings) -> tuple[str, ...]:
    names = tuple(name for name in TREES if name in table.columns)
    if not names:
        what = f"none of the columns {', '.join(table.columns)} is a tree"
        todo = f"name one {', '.join(TREES[:-1])} or {TREES[-1]}"
        findings.add(code="files.missing-column", what=what, todo=todo, file=table.file, line=1)
    return names


def _built(table: Table, names: Sequence[str], findings: Findings) -> dict[str, Genealogy]:
    """Each tree in which nothing is wrong.

    Where rows could not be read, their people only seem to be missing from the trees, so nothing is said about those.
    """
    legs = read_whole_numbers(table, "leg", findings) if _NUMBERED in names else []
    ids = find_wrong_ids(table, findings)
    trees = {}
    for name in names if table.whole else ():
        numbers = legs if name == _NUMBERED else [0] * len(table)
        try:
            trees[name] = _tree(table, name, ids, numbers)
        except InputError as error:
            # Every tree shows the ids that are wrong, which are found already.
            findings.extend(item for item in error.findings if not item.code.startswith("ids."))
    return trees


def _tree(table: Table, name: str, ids: IdIndex | None, legs: Sequence[int]) -> Genealogy:
    uplines = table.column(name)
    places = Places(file=table.file, lines=table.lines, tree=name)
    parent = None if ids is None else positions(ids, uplines)
    if ids is None or parent is None or any(uplines[row] for row in np.flatnonzero(parent < 0).tolist()):
        return build_from_labels(table.column("id"), uplines, legs, places)  # slower, and finds orphans too
    return build(ids, parent, np.array(legs, dtype=np.int32), places)


def _first_of_the_largest(ids: IdIndex, values: NDArray[np.int32] | NDArray[np.intp]) -> str:
    nodes = np.flatnonzero(values == values.max())
    return ids.label(int(nodes[ids.rank[nodes].argmin()]))
