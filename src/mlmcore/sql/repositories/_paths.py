"""The closure rows of a tree, made from arrays: read the parents, walk them in memory, send the rows by binary COPY.

A tree whose rows are most of the table is loaded without indexes and keys, which are put back afterwards exactly as
they were; any other is loaded with them in place. Everything happens in a savepoint of the unit's transaction, under
the tree's lock. What a single enrolment or move does to the rows is the triggers' work.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.domain.enums import GenealogyTree
from mlmcore.genealogy import Genealogy
from mlmcore.genealogy.closure import ClosureRows, closure_rows
from mlmcore.repositories.carried import uuid_of
from mlmcore.repositories.network_rules import PathFault, paths_error
from mlmcore.sql import bulk
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._rows import bulk as silent
from mlmcore.sql.repositories._tree_rows import ids_of, tree_of, tree_rows

__all__ = ["STRIP_FROM", "Paths", "path_blocks"]

STRIP_FROM: Final = 5_000
"""From how many people on a tree may be loaded without indexes and keys. Dropping and making seven of them costs some
30 ms, and until the transaction ends nobody else reads distributors; a row loaded beside them saves 20 microseconds."""

_CROWD_FROM: Final = 1_000
_CROWD: Final = 4
"""From how many new people on, and at up to how many stored ones for each new one, all rows of a tree are made anew: a
row that a trigger adds costs some 30 times one that is made from arrays."""

_ROWS_AT_ONCE: Final = 500_000
_STORED: Final = {"ancestor": "uuid", "descendant": "uuid", "depth": "int4", "leg": "int4"}


class Paths:
    """The kept rows of one tree after the other."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._session = context.session

    def keep(self, tree: GenealogyTree, keep: bool) -> int:
        """Keep a tree's rows from now on, or stop; return how many it then has."""
        with self._session.savepoint():
            stripped = self._lock([tree], strip=keep)
            self._session.run("paths_keep", {"trees": [tree.value], "keep": keep})
            if keep:
                return self._make([tree], stripped=stripped)
            self._session.run("paths_delete", {"trees": [tree.value]})
            return 0

    def rebuild(self, tree: GenealogyTree) -> int:
        """Make a tree's rows again from the parents; return how many there are."""
        with self._session.savepoint():
            return self._make([tree], stripped=self._lock([tree], strip=True))

    @contextmanager
    def made_afterwards(self, coming: int) -> Iterator[None]:
        """While many people come, compared with those who are there, keep no rows; make them when the block ends."""
        trees = self._crowded(coming)
        if not trees:
            yield
            return
        stripped = self._lock(trees, strip=True, coming=coming)
        self._pause(trees, pause=True)
        yield
        self._pause(trees, pause=False)
        self._make(trees, stripped=stripped)

    def check(self, tree: GenealogyTree, *, kept: bool) -> None:
        """Compare a tree's rows with its parents.

        Raises:
            StorageError: They differ.
        """
        genealogy = self._read(tree)
        stored = bulk.read_blocks(self._session.copy_out("paths_read", {"tree": tree.value}), _STORED)
        faults = list(_faults(genealogy, _Rows.stored(genealogy, stored), _Rows.derived(genealogy, kept=kept)))
        if faults:
            raise paths_error(tree, [self._named(genealogy, *fault) for fault in faults])

    def _crowded(self, coming: int) -> list[GenealogyTree]:
        """The trees whose rows are rather made all anew when so many people come; none at a higher isolation."""
        if coming < _CROWD_FROM:
            return []
        self._session.run("paths_lock_makers")  # before the people are looked at, as in `_lock`
        if not self._session.rows("paths_crowded", {"coming": _CROWD * coming})[0]["crowded"]:
            return []
        return [GenealogyTree(row["tree"]) for row in self._session.rows("paths_kept")]

    def _pause(self, trees: Sequence[GenealogyTree], *, pause: bool) -> None:
        # Nobody else sees it, so it is nothing for the audit log.
        with silent(self._context, None, 0):
            self._session.run("paths_keep", {"trees": [tree.value for tree in trees], "keep": not pause})

    def _lock(self, trees: Sequence[GenealogyTree], *, strip: bool, coming: int = 0) -> bool:
        """Keep everybody else out of some trees; return whether the table is to be stripped."""
        # One after the other: two who have both read the tables would each wait for the other to let go of them.
        self._session.run("paths_lock_makers")
        # Tables before trees: an enrolment that waits for a tree holds the table of people already.
        names = [tree.value for tree in trees]
        stripped = strip and bool(
            self._session.rows("paths_may_strip", {"trees": names, "coming": coming, "least": STRIP_FROM})[0]["may"]
        )
        if stripped:
            self._session.run("paths_lock_people")
        for name in names:
            self._session.run("paths_lock", {"tree": name})
        return stripped

    def _make(self, trees: Sequence[GenealogyTree], *, stripped: bool) -> int:
        self._session.run("paths_delete", {"trees": [tree.value for tree in trees]})
        definitions = self._session.rows("paths_strip")[0]["definitions"] if stripped else None
        rows = sum(self._load(tree, self._read(tree)) for tree in trees)
        if definitions is not None:
            self._session.run("paths_dress", {"definitions": definitions})
        return rows

    def _read(self, tree: GenealogyTree) -> Genealogy:
        rows = tree_rows(self._session, tree)
        return tree_of(rows, ids_of(rows))

    def _load(self, tree: GenealogyTree, genealogy: Genealogy) -> int:
        return self._session.copy_in("paths_load", bulk.stream(path_blocks(tree, genealogy)))

    def _named(self, genealogy: Genealogy, kind: str, count: int, ancestor: int, descendant: int) -> PathFault:
        keys = [uuid_of(genealogy.ids.keys[node]) for node in (ancestor, descendant)]
        found = self._session.rows("network_numbers", {"ids": keys})
        numbers = {row["user_id"]: row["distributor_number"] for row in found}
        return PathFault(kind=kind, count=count, ancestor=numbers[keys[0]], descendant=numbers[keys[1]])


def path_blocks(tree: GenealogyTree, genealogy: Genealogy) -> Iterator[bytes]:
    """The rows of a tree as blocks of a binary COPY: id, ancestor, descendant, depth, tree, leg of the ancestor."""
    wire = genealogy.ids.keys.astype(">u8").view(np.uint8).reshape(-1, 16)
    words = np.random.PCG64()
    label = bulk.constant_field(tree.value.encode())
    for rows in closure_rows(genealogy, rows_max=_ROWS_AT_ONCE):
        for chosen in _with_and_without_leg(rows):
            leg = rows.leg[chosen]
            fields = [
                _random_ids(words, len(leg)),
                bulk.Field(width=16, values=wire[rows.ancestor[chosen]]),
                bulk.Field(width=16, values=wire[rows.descendant[chosen]]),
                bulk.integer_field(rows.depth[chosen]),
                label,
                bulk.integer_field(leg) if leg[0] else bulk.null_field(),
            ]
            yield bulk.encode_block(fields, len(leg))


def _with_and_without_leg(rows: ClosureRows) -> Iterator[Any]:
    """The rows in parts that are alike in whether there is a leg: a block has NULL in every row or in none."""
    there = rows.leg > 0
    if there.all():
        return iter([slice(None)] if len(there) else [])
    return (chosen for chosen in (np.flatnonzero(there), np.flatnonzero(~there)) if len(chosen))


def _random_ids(words: np.random.PCG64, count: int) -> bulk.Field:
    """Random UUIDs (version 4) with the rows: made by the server they cost 5 microseconds each."""
    raw = np.asarray(words.random_raw(2 * count), dtype=np.uint64).reshape(count, 2)
    raw[:, 0] = raw[:, 0] & np.uint64(0xFFFFFFFFFFFF0FFF) | np.uint64(0x4000)
    raw[:, 1] = raw[:, 1] & np.uint64(0x3FFFFFFFFFFFFFFF) | np.uint64(0x8000000000000000)
    return bulk.key_field(raw)


@frozen(kw_only=True, eq=False)
class _Rows:
    """Rows as numbers that sort and compare, in ascending order of the pair.

    Attributes:
        pair: int64[m]: descendant node and ancestor node.
        depth: int32[m].
        leg: int32[m].
    """

    pair: NDArray[np.int64]
    depth: NDArray[np.int32]
    leg: NDArray[np.int32]

    @classmethod
    def stored(cls, genealogy: Genealogy, rows: Any) -> "_Rows":
        """What the table holds."""
        ancestor, descendant = genealogy.ids.find(rows["ancestor"]), genealogy.ids.find(rows["descendant"])
        return cls._sorted(ancestor, descendant, rows["depth"], rows["leg"])

    @classmethod
    def derived(cls, genealogy: Genealogy, *, kept: bool) -> "_Rows":
        """What follows from the parents."""
        chunks = list(closure_rows(genealogy)) if kept else []
        none = np.zeros(0, dtype=np.int32)
        columns = (
            [none, *(getattr(chunk, name) for chunk in chunks)] for name in ("ancestor", "descendant", "depth", "leg")
        )
        return cls._sorted(*(np.concatenate(column) for column in columns))

    @classmethod
    def _sorted(cls, ancestor: Any, descendant: Any, depth: Any, leg: Any) -> "_Rows":
        pair = descendant.astype(np.int64) << 32 | ancestor
        order = np.argsort(pair, kind="stable")
        return cls(pair=pair[order], depth=depth[order], leg=leg[order])


def _faults(genealogy: Genealogy, stored: _Rows, derived: _Rows) -> Iterator[tuple[str, int, int, int]]:
    """Kind, count, and ancestor and descendant of the first, by descendant."""
    _, here, there = np.intersect1d(stored.pair, derived.pair, assume_unique=True, return_indices=True)
    same = (stored.depth[here] == derived.depth[there]) & (stored.leg[here] == derived.leg[there])
    kinds = {
        "missing": np.delete(derived.pair, there),
        "superfluous": np.delete(stored.pair, here),
        "wrong": stored.pair[here[~same]],
    }
    for kind, pairs in kinds.items():
        if len(pairs):
            yield kind, len(pairs), int(pairs[0] & 0xFFFFFFFF), int(pairs[0] >> 32)
