"""Ids: the mapping between what users write and positions 0..n-1, both ways, without a dict.

A position has a 16-byte key, which is what is compared, and a label, which is what is shown and what decides ties.
Keys are two unsigned 64-bit halves (`_keys`), so that a million UUIDs are one array; lookup is a binary search over
their mixed halves. In which forms texts come, and what they mean, lives in `_texts`. Nothing here knows about trees.
Invariant G8 of the data model (no two positions with one key) is kept here, by every way of making an `IdIndex`.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Final, Self
from uuid import UUID

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from mlmcore.domain.errors import Finding, InputError
from mlmcore.genealogy._arrays import Ints32, Keys, as_int32, frozen_array, input_error, inverse_of, sealed
from mlmcore.genealogy.ids._keys import UuidColumn, check_keys, check_size, key_order, keys_of, mixed, same_keys
from mlmcore.genealogy.ids._texts import Labels, ReadTexts, Texts, objects, read_texts, texts_of, uuid_labels
from mlmcore.genealogy.places import Places
from mlmcore.genealogy.threads import taken

__all__ = ["IdIndex", "ReadIds", "read_ids", "uuid_keys"]

_LISTED: Final = 20
"""How many unknown ids an error lists before it counts the rest."""
_NO_PLACES: Final = Places()
_ID_RULE: Final = "an id is not empty and has no white space around it"


@frozen(eq=False, repr=False)
class IdIndex:
    """Who stands at which position.

    Make one with `from_labels`, `from_uuids` or `from_keys`.

    Attributes:
        keys: uint64[n, 2], read-only: the high and the low half of each key.
    """

    keys: Keys
    _labels: NDArray[np.object_] | None = field(default=None)
    _known_rank: Ints32 | None = field(default=None)

    @classmethod
    def from_labels(cls, labels: Labels, places: Places = _NO_PLACES) -> "IdIndex":
        """Ids as users write them; the key of each is `mlmcore.domain.ids.key_of`.

        >>> ids = IdIndex.from_labels(["bob", "ann"])
        >>> ids.positions(["ann", "bob"]).tolist()
        [1, 0]

        Args:
            labels: One text for each position: a sequence of `str`, or a numpy array of text, or of bytes in UTF-8.
            places: File and lines of the labels, for findings.

        Raises:
            InputError: Every empty or padded label, every label given twice, and every two spellings of one UUID.
        """
        read = read_ids(texts_of(labels), places)
        if read.findings:
            raise InputError(read.findings)
        return read.ids

    @classmethod
    def from_uuids(cls, uuids: UuidColumn) -> "IdIndex":
        r"""Ids that are UUIDs; their labels are their canonical texts.

        >>> IdIndex.from_uuids(bytes(15) + b"\x07").label(0)
        '00000000-0000-0000-0000-000000000007'

        Args:
            uuids: UUIDs, or 16 bytes of each one after the other, or uint8[n, 16].

        Raises:
            InputError: A UUID is given twice, there is something else among them, or bytes are left over.
        """
        return cls.from_keys(keys_of(uuids))

    @classmethod
    def from_keys(cls, keys: Keys, labels: Sequence[str] | None = None) -> "IdIndex":
        """Ids as arrays of keys.

        Args:
            keys: uint64[n, 2], high and low halves of the 16 bytes read as big-endian numbers.
            labels: The text of each key where users wrote one; otherwise the key's UUID text.

        Raises:
            InputError: The shape or type is another one, a key is given twice, or there is not one label for each.
        """
        check_keys(keys)
        if labels is not None and len(labels) != len(keys):
            raise input_error("ids.length", f"there are {len(keys)} keys and {len(labels)} labels", "give one for each")
        index = IdIndex(frozen_array(keys), None if labels is None else sealed(objects(labels)))
        findings = [_one_key(group, index.labels(group), _NO_PLACES) for group in index.repeated()]
        if findings:
            raise InputError(findings)
        return index

    def __len__(self) -> int:
        return len(self.keys)

    def __repr__(self) -> str:
        shown = ", ".join(self.labels(np.arange(min(3, len(self)))))
        return f"IdIndex({len(self):,} ids{': ' + shown if shown else ''}{', ...' if len(self) > 3 else ''})"

    def find(self, keys: Keys) -> Ints32:
        """The position of each key, or -1 where a key is unknown.

        Args:
            keys: uint64[m, 2].

        Returns:
            int32[m].

        Raises:
            InputError: The shape or type is another one.
        """
        check_keys(keys)
        found = np.full(len(keys), -1, dtype=np.int32)
        if not len(self):
            return found
        by_mix, sorted_mix = self._lookup
        wanted = mixed(keys)
        order = np.argsort(wanted)  # neighbours search neighbours, so the cache helps: ten times as fast
        slot = np.minimum(np.searchsorted(sorted_mix, wanted.take(order)), len(self) - 1)
        found[order] = by_mix.take(slot)
        other = ~same_keys(self.keys.take(found, axis=0), keys)  # `take` is ten times as fast as brackets for rows
        found[other] = -1
        self._find_behind(order[other.take(order)], wanted, keys, found)
        return found

    def positions(self, labels: Labels) -> Ints32:
        """The position of each label; any spelling of a UUID will do.

        Returns:
            int32[m].

        Raises:
            InputError: Some are unknown; the message lists the first twenty and counts the rest.
        """
        texts = texts_of(labels)
        found = self.find_texts(texts)
        unknown = list(dict.fromkeys(texts.text(at) for at in np.flatnonzero(found < 0).tolist()))
        if unknown:
            rest = f" and {len(unknown) - _LISTED:,} more" if len(unknown) > _LISTED else ""
            listed = ", ".join(repr(label) for label in unknown[:_LISTED])
            word = "id" if len(unknown) == 1 else "ids"
            raise input_error("ids.unknown", f"unknown {word} {listed}{rest}", f"{len(self):,} ids are known")
        return found

    def find_labels(self, labels: Labels) -> Ints32:
        """The position of each label, or -1 where it is unknown or is no id at all."""
        return self.find_texts(texts_of(labels))

    def find_texts(self, texts: Texts) -> Ints32:
        """As `find_labels`, of a column that knows what it is."""
        read = read_texts(texts)
        if read.sound.all():
            return self.find(read.keys)
        found = np.full(len(texts), -1, dtype=np.int32)
        found[read.sound] = self.find(read.keys[read.sound])
        return found

    def label(self, position: int) -> str:
        """What the user calls this position.

        Raises:
            InputError: There is no such position.
        """
        if not 0 <= position < len(self):
            raise self._no_position(position)
        if self._labels is not None:
            return str(self._labels[position])
        high, low = self.keys[position].tolist()
        return str(UUID(int=high << 64 | low))

    def labels(self, positions: object) -> list[str]:
        """What the user calls these positions.

        Args:
            positions: Integers 0..n-1, an array or a sequence.

        Raises:
            InputError: One of them is no position.
        """
        chosen = np.asarray(positions)
        outside = chosen[(chosen < 0) | (chosen >= len(self))]
        if len(outside):
            raise self._no_position(int(outside[0]))
        if self._labels is not None:
            return list(self._labels[chosen.astype(np.intp)])
        return uuid_labels(self.keys.take(chosen.astype(np.intp), axis=0))

    @property
    def are_uuids(self) -> bool:
        """Whether every label is the canonical text of its key, so that the keys say everything."""
        return self._labels is None

    @cached_property
    def rank(self) -> Ints32:
        """int32[n]: the place of each label among all labels in the order of their code points, from 0."""
        return inverse_of(self.in_order) if self._known_rank is None else self._known_rank

    @cached_property
    def in_order(self) -> Ints32:
        """int32[n]: all positions in the order of their labels, by code points."""
        if self._known_rank is not None:
            return inverse_of(self._known_rank)
        if self._labels is None:  # the order of UUID texts is the order of their keys
            return sealed(key_order(self.keys).astype(np.int32))
        return sealed(np.array(sorted(range(len(self)), key=self._labels.tolist().__getitem__), dtype=np.int32))

    def reorder(self, permutation: Ints32) -> Self:
        """The same ids in another order.

        Args:
            permutation: int[n]: the old position of each new one; every position once.

        Raises:
            InputError: It is no permutation.
        """
        chosen = as_int32(permutation, "the permutation", len(self))
        if not _is_permutation(chosen):
            raise input_error("ids.permutation", "the permutation does not hold every position once")
        return self.permuted(chosen)

    def permuted(self, permutation: Ints32) -> Self:
        """As `reorder`, by what is known to be a permutation."""
        return type(self)(
            sealed(taken(self.keys, permutation)),
            None if self._labels is None else sealed(self._labels[permutation]),
            sealed(taken(self.rank, permutation)),
        )

    def between(self, start: int, stop: int) -> Self:
        """The ids of positions `start` to `stop - 1`, as an index of their own; copies no keys."""
        return type(self)(self.keys[start:stop], None if self._labels is None else self._labels[start:stop])

    def take(self, positions: Ints32 | NDArray[np.intp]) -> Self:
        """The ids of some positions, each at most once, as an index of their own."""
        return type(self)(
            sealed(taken(self.keys, positions)),
            None if self._labels is None else sealed(self._labels[positions]),
        )

    def joined(self, other: Self) -> Self:
        """The ids of both, those of `other` behind these.

        >>> IdIndex.from_labels(["ann"]).joined(IdIndex.from_labels(["bob"])).labels([0, 1])
        ['ann', 'bob']

        Raises:
            InputError: Some ids stand in both (all of them, by label), or there are more than a genealogy holds.
        """
        check_size(len(self) + len(other))
        found = self.find(other.keys)
        both = np.flatnonzero(found >= 0)
        if len(both):
            raise InputError(map(_in_both, self.labels(found[both]), other.labels(both)))
        keys = sealed(np.concatenate((self.keys, other.keys)))
        if self._labels is None and other._labels is None:
            return type(self)(keys)
        mine, theirs = self._texts(), other._texts()
        rank = _joined_rank(mine, self.rank, theirs, other.rank)
        return type(self)(keys, sealed(np.concatenate((mine, theirs))), sealed(rank))

    def repeated(self) -> list[list[int]]:
        """The positions of each key that stands in several, in the order of the first; empty, as G8 wants it."""
        _, sorted_mix = self._lookup
        if not (sorted_mix[1:] == sorted_mix[:-1]).any():
            return []
        order = np.lexsort((self.keys[:, 1], self.keys[:, 0]))  # stable: positions of one key stay in their order
        ordered = self.keys.take(order, axis=0)
        ends = np.flatnonzero(~same_keys(ordered[1:], ordered[:-1])) + 1
        groups = [group.tolist() for group in np.split(order, ends) if len(group) > 1]
        return sorted(groups)

    @cached_property
    def _lookup(self) -> tuple[Ints32, NDArray[np.uint64]]:
        """int32[n]: the positions in the order of their mixed keys; uint64[n]: these mixed keys in order."""
        unsorted = mixed(self.keys)
        by_mix = np.argsort(unsorted)
        return sealed(by_mix.astype(np.int32)), sealed(unsorted.take(by_mix))

    def _find_behind(self, undecided: NDArray[np.intp], wanted: NDArray[np.uint64], keys: Keys, found: Ints32) -> None:
        """Where mixed keys collide, the right one may stand behind the first."""
        by_mix, sorted_mix = self._lookup
        slot = np.searchsorted(sorted_mix, wanted[undecided])
        while len(undecided):
            slot += 1
            inside = slot < len(self)
            inside[inside] = sorted_mix[slot[inside]] == wanted[undecided[inside]]
            undecided, slot = undecided[inside], slot[inside]
            candidate = by_mix[slot]
            same = same_keys(self.keys[candidate], keys[undecided])
            found[undecided[same]] = candidate[same]
            undecided, slot = undecided[~same], slot[~same]

    def _texts(self) -> NDArray[np.object_]:
        return objects(uuid_labels(self.keys)) if self._labels is None else self._labels

    def _no_position(self, position: int) -> InputError:
        return input_error("ids.position", f"{position} is no position", f"there are {len(self):,}, from 0")


@frozen(kw_only=True, eq=False)
class ReadIds:
    """Which rows of an input have an id of their own.

    Attributes:
        ids: The ids of these rows: the first row of each key.
        rows: intp[m]: these rows, in their order.
        findings: What is wrong with the others.
    """

    ids: IdIndex
    rows: NDArray[np.intp]
    findings: list[Finding]


def uuid_keys(texts: Labels) -> Keys:
    """The keys of ids as users write them, without an object for each: what `IdIndex.from_keys` and `find` take.

    >>> uuid_keys(np.array(["00000000-0000-0001-0000-00000000000F"])).tolist()
    [[1, 15]]

    Args:
        texts: As in `IdIndex.from_labels`. Canonical UUIDs, in either case, are read by arithmetic; any other text is
            an id too, and costs as much as `mlmcore.domain.ids.key_of`.

    Returns:
        uint64[n, 2]. A key alone gives back the canonical text in lower case; where other text is to be kept, make
        the index with `from_labels`.

    Raises:
        InputError: Every empty or padded text.
    """
    column = texts_of(texts)
    read = read_texts(column)
    findings = _malformed(column, read, _NO_PLACES)
    if findings:
        raise InputError(findings)
    return sealed(read.keys)


def read_ids(texts: Texts, places: Places) -> ReadIds:
    """The ids of texts, and everything that is wrong with them."""
    read = read_texts(texts)
    labels = None if read.canonical else sealed(texts.all())
    rows, ids = np.arange(len(texts)), IdIndex(sealed(read.keys), labels)
    if not read.sound.all():
        rows = np.flatnonzero(read.sound)
        ids = ids.take(rows)
    repeated = ids.repeated()
    findings = _malformed(texts, read, places) + [
        _one_key(rows[group].tolist(), ids.labels(group), places) for group in repeated
    ]
    if repeated:
        first = np.ones(len(ids), dtype=np.bool_)
        first[[position for group in repeated for position in group[1:]]] = False
        rows, ids = rows[first], ids.take(np.flatnonzero(first))
    return ReadIds(ids=ids, rows=rows, findings=findings)


def _malformed(texts: Texts, read: ReadTexts, places: Places) -> list[Finding]:
    return [
        places.finding(row, "", "ids.malformed", f"{_row(row, places)}{_shown(texts.text(row))} is no id", _ID_RULE)
        for row in np.flatnonzero(~read.sound).tolist()
    ]


def _one_key(rows: list[int], labels: list[str], places: Places) -> Finding:
    spellings = list(dict.fromkeys(labels))
    where = ", ".join(places.name(row) for row in rows[:_LISTED]) + (", ..." if len(rows) > _LISTED else "")
    if len(spellings) == 1:
        what, code = f"the id is given {len(rows):,} times ({where})", "ids.twice"
    else:
        texts = " and ".join(repr(text) for text in spellings[:_LISTED])
        what, code = f"{texts} are one id in {len(spellings)} spellings ({where})", "ids.spellings"
    return places.finding(rows[-1], spellings[-1], code, what, "every id stands once; remove one, or rename it")


def _in_both(mine: str, theirs: str) -> Finding:
    spelled = "" if mine == theirs else f", as {mine!r}"
    return _NO_PLACES.finding(0, theirs, "ids.twice", f"the id is there already{spelled}", "give another one")


def _joined_rank(mine: NDArray[np.object_], my_rank: Ints32, theirs: NDArray[np.object_], their_rank: Ints32) -> Ints32:
    """int32[n + m]: the ranks of two columns of labels together; only the second is compared one by one."""
    my_order, their_order = np.argsort(my_rank), np.argsort(their_rank)
    before = np.searchsorted(mine[my_order], theirs[their_order])
    later = np.cumsum(np.bincount(before, minlength=len(mine) + 1))[my_rank]
    rank = np.concatenate((my_rank + later, their_rank))
    rank[len(mine) + their_order] += before
    return rank.astype(np.int32)


def _is_permutation(positions: Ints32) -> bool:
    """Whether every position stands there once; marking them is much faster than sorting them."""
    seen = np.zeros(len(positions), dtype=np.bool_)
    inside = bool(((positions >= 0) & (positions < len(positions))).all())
    if inside:
        seen[positions] = True
    return inside and bool(seen.all())


def _row(row: int, places: Places) -> str:
    """Where a nameless row stands, unless its line says so already."""
    return f"{places.name(row)}: " if places.lines is None else ""


def _shown(label: object) -> str:
    if label is None:
        return "nothing"
    return "an empty text" if label == "" else repr(label)
