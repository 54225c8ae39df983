"""Ids: the mapping between what users write and positions 0..n-1, both ways, without a dict.

A position has a 16-byte key, which is what is compared, and a label, which is what is shown and what decides ties.
Keys are two unsigned 64-bit halves, so that a million UUIDs are one array; lookup is a binary search over their
mixed halves. Nothing here knows about trees. Invariant G8 of the data model (no two positions with one key) is
kept here, by every way of making an `IdIndex`.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final, Self
from uuid import UUID

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from mlmcore.domain.errors import Finding, InputError
from mlmcore.domain.ids import key_of
from mlmcore.genealogy._arrays import INT32_MAX, Ints32, Keys, as_int32, frozen_array, input_error, sealed
from mlmcore.genealogy.places import Places

__all__ = ["IdIndex"]

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
    def from_labels(cls, labels: Sequence[str], places: Places = _NO_PLACES) -> Self:
        """Ids as users write them; the key of each is `mlmcore.domain.ids.key_of`.

        >>> ids = IdIndex.from_labels(["bob", "ann"])
        >>> ids.positions(["ann", "bob"]).tolist()
        [1, 0]

        Args:
            labels: One text for each position.
            places: File and lines of the labels, for findings.

        Raises:
            InputError: Every empty or padded label, every label given twice, and every two spellings of one UUID.
        """
        keys, findings = read_labels(labels, places)
        if findings:
            raise InputError(findings)
        return cls(sealed(keys), sealed(_objects(labels)))

    @classmethod
    def from_uuids(cls, uuids: Sequence[UUID]) -> Self:
        """Ids that are UUIDs; their labels are their canonical texts.

        Raises:
            InputError: A UUID is given twice.
        """
        return cls.from_keys(_keys_of_uuids(uuids))

    @classmethod
    def from_keys(cls, keys: Keys, labels: Sequence[str] | None = None) -> Self:
        """Ids as arrays of keys.

        Args:
            keys: uint64[n, 2], high and low halves of the 16 bytes read as big-endian numbers.
            labels: The text of each key where users wrote one; otherwise the key's UUID text.

        Raises:
            InputError: The shape or type is another one, a key is given twice, or there is not one label for each.
        """
        _check_keys(keys)
        if labels is not None and len(labels) != len(keys):
            raise input_error("ids.length", f"there are {len(keys)} keys and {len(labels)} labels", "give one for each")
        index = cls(frozen_array(keys), None if labels is None else sealed(_objects(labels)))
        findings = _twice(index.keys, index.labels, _NO_PLACES, np.arange(len(keys)))
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
        _check_keys(keys)
        mixed = _mixed(keys)
        found = np.full(len(keys), -1, dtype=np.int32)
        undecided = np.argsort(mixed)  # neighbours search neighbours, so the cache helps: twice as fast
        slot = np.empty(len(keys), dtype=np.intp)
        slot[undecided] = np.searchsorted(self._sorted_mix, mixed[undecided])
        while len(undecided):  # more than one round only where two mixed keys collide
            undecided = undecided[slot[undecided] < len(self)]
            undecided = undecided[self._sorted_mix[slot[undecided]] == mixed[undecided]]
            candidate = self._by_mix[slot[undecided]]
            same = (self.keys[candidate] == keys[undecided]).all(axis=1)
            found[undecided[same]] = candidate[same]
            undecided = undecided[~same]
            slot[undecided] += 1
        return found

    def positions(self, labels: Sequence[str]) -> Ints32:
        """The position of each label; any spelling of a UUID will do.

        Returns:
            int32[m].

        Raises:
            InputError: Some are unknown; the message lists the first twenty and counts the rest.
        """
        found = self.find_labels(labels)
        unknown = list(dict.fromkeys(labels[at] for at in np.flatnonzero(found < 0).tolist()))
        if unknown:
            rest = f" and {len(unknown) - _LISTED:,} more" if len(unknown) > _LISTED else ""
            listed = ", ".join(repr(label) for label in unknown[:_LISTED])
            word = "id" if len(unknown) == 1 else "ids"
            raise input_error("ids.unknown", f"unknown {word} {listed}{rest}", f"{len(self):,} ids are known")
        return found

    def find_labels(self, labels: Sequence[str]) -> Ints32:
        """The position of each label, or -1 where it is unknown or is no id at all."""
        uuids = [_key_or_none(label) for label in labels]
        known = np.array([key is not None for key in uuids], dtype=np.bool_)
        found = np.full(len(uuids), -1, dtype=np.int32)
        found[known] = self.find(_keys_of_uuids([key for key in uuids if key is not None]))
        return found

    def label(self, position: int) -> str:
        """What the user calls this position.

        Raises:
            InputError: There is no such position.
        """
        return self.labels(np.array([position]))[0]

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
            raise input_error("ids.position", f"{int(outside[0])} is no position", f"there are {len(self):,}, from 0")
        if self._labels is not None:
            return list(self._labels[chosen.astype(np.intp)])
        return _uuid_texts(self.keys[chosen.astype(np.intp)])

    @cached_property
    def rank(self) -> Ints32:
        """int32[n]: the place of each label among all labels in the order of their code points, from 0."""
        if self._known_rank is not None:
            return self._known_rank
        if self._labels is None:  # the order of UUID texts is the order of their keys
            order = np.lexsort((self.keys[:, 1], self.keys[:, 0]))
        else:
            order = np.array(sorted(range(len(self)), key=self._labels.tolist().__getitem__), dtype=np.intp)
        rank = np.empty(len(self), dtype=np.int32)
        rank[order] = np.arange(len(self), dtype=np.int32)
        return sealed(rank)

    def reorder(self, permutation: Ints32) -> Self:
        """The same ids in another order.

        Args:
            permutation: int[n]: the old position of each new one; every position once.

        Raises:
            InputError: It is no permutation.
        """
        chosen = as_int32(permutation, "the permutation", len(self))
        if not np.array_equal(np.sort(chosen), np.arange(len(self))):
            raise input_error("ids.permutation", "the permutation does not hold every position once")
        return type(self)(
            sealed(self.keys[chosen]),
            None if self._labels is None else sealed(self._labels[chosen]),
            sealed(self.rank[chosen]),
        )

    def between(self, start: int, stop: int) -> Self:
        """The ids of positions `start` to `stop - 1`, as an index of their own; copies no keys."""
        return type(self)(self.keys[start:stop], None if self._labels is None else self._labels[start:stop])

    def take(self, positions: Ints32) -> Self:
        """The ids of some positions, each at most once, as an index of their own."""
        return type(self)(
            sealed(self.keys[positions]), None if self._labels is None else sealed(self._labels[positions])
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
        everybody = (one.labels(np.arange(len(one))) for one in (self, other))
        return type(self)(keys, sealed(_objects([label for labels in everybody for label in labels])))

    @cached_property
    def _by_mix(self) -> Ints32:
        return sealed(np.argsort(_mixed(self.keys)).astype(np.int32))

    @cached_property
    def _sorted_mix(self) -> NDArray[np.uint64]:
        return sealed(_mixed(self.keys)[self._by_mix])


def read_labels(labels: Sequence[str], places: Places) -> tuple[Keys, list[Finding]]:
    """The keys of labels, and everything that is wrong with the labels.

    Returns:
        uint64[n, 2] (zero where a label is no id), and the findings.
    """
    uuids = [_key_or_none(label) for label in labels]
    findings = [
        places.finding(row, "", "ids.malformed", f"{_shown(labels[row])} is no id", _ID_RULE)
        for row, key in enumerate(uuids)
        if key is None
    ]
    keys = _keys_of_uuids([UUID(int=0) if key is None else key for key in uuids])
    rows = np.array([row for row, key in enumerate(uuids) if key is not None], dtype=np.intp)
    return keys, findings + _twice(keys, lambda chosen: [labels[row] for row in chosen], places, rows)


def first_rows(keys: Keys, labels: Sequence[str]) -> NDArray[np.intp]:
    """The rows whose label is an id, the first of each key only, in their order."""
    good = np.array([row for row, label in enumerate(labels) if _key_or_none(label) is not None], dtype=np.intp)
    _, first = np.unique(keys[good], axis=0, return_index=True)
    return good[np.sort(first)]


def _twice(
    keys: Keys, labels: Callable[[Ints32 | NDArray[np.intp]], list[str]], places: Places, rows: NDArray[np.intp]
) -> list[Finding]:
    """One finding for each key that stands in several of `rows`, in the order of its first row."""
    order = np.argsort(_mixed(keys[rows]), kind="stable")
    mixed = _mixed(keys[rows])[order]
    if not (mixed[1:] == mixed[:-1]).any():
        return []
    order = rows[np.lexsort((keys[rows, 1], keys[rows, 0]))]  # stable: rows of one key stay in their order
    starts = np.flatnonzero(np.append(True, (keys[order[1:]] != keys[order[:-1]]).any(axis=1)))
    groups = [group for group in np.split(order, starts[1:]) if len(group) > 1]
    return [
        _one_key(group.tolist(), labels(group), places) for group in sorted(groups, key=lambda group: int(group[0]))
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


def _mixed(keys: Keys) -> NDArray[np.uint64]:
    """uint64[n]: both halves of each key, mixed so that different keys seldom agree (wrapping is meant)."""
    mixed = keys[:, 0] * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(32)
    mixed += keys[:, 1]
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def _check_keys(keys: object) -> None:
    if not isinstance(keys, np.ndarray) or keys.dtype != np.uint64 or keys.ndim != 2 or keys.shape[1] != 2:
        raise input_error("ids.keys", "keys must be uint64[n, 2]", "give the high and the low half of each key")
    check_size(len(keys))


def check_size(count: int) -> None:
    """Refuse more ids than a position of int32 can name.

    Raises:
        InputError: There are too many.
    """
    if count > INT32_MAX:
        raise input_error("ids.size", f"{count:,} ids are more than a genealogy holds ({INT32_MAX:,})")


def _keys_of_uuids(uuids: Sequence[UUID]) -> Keys:
    """uint64[n, 2], writable."""
    check_size(len(uuids))
    return np.frombuffer(b"".join(key.bytes for key in uuids), dtype=">u8").astype(np.uint64).reshape(-1, 2)


def _uuid_texts(keys: Keys) -> list[str]:
    digits = keys.astype(">u8").tobytes().hex()
    return [
        f"{digits[at : at + 8]}-{digits[at + 8 : at + 12]}-{digits[at + 12 : at + 16]}"
        f"-{digits[at + 16 : at + 20]}-{digits[at + 20 : at + 32]}"
        for at in range(0, len(digits), 32)
    ]


def _key_or_none(label: object) -> UUID | None:
    try:
        return key_of(label) if isinstance(label, str) else None
    except ValueError:
        return None


def _shown(label: object) -> str:
    return "an empty text" if label == "" else repr(label)


def _objects(labels: Sequence[str]) -> NDArray[np.object_]:
    array = np.empty(len(labels), dtype=np.object_)
    array[:] = list(labels)
    return array
