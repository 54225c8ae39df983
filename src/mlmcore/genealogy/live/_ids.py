"""Who stands in each slot of the live layer: the index of the starting tree, and a dict of those who came later.

A single id is found in about two microseconds: `IdIndex.find` answers for a million at a time and is slow for one.
Nothing here knows about trees.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import Any, cast
from uuid import UUID

import numpy as np

from mlmcore.domain.errors import InputError
from mlmcore.domain.ids import key_of
from mlmcore.genealogy._arrays import Ints32
from mlmcore.genealogy.ids import IdIndex

__all__ = ["LiveIds"]


class LiveIds:
    """Ids by slot, to which some can be added; slots are never renumbered."""

    def __init__(self, start: IdIndex) -> None:
        self._start = start
        self._labels: list[str] = []
        self._slot_of_key: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._start) + len(self._labels)

    def find(self, person: str | UUID) -> int:
        """The slot of a label, in any spelling, or of a UUID; -1 where it is unknown or is no id."""
        try:
            key = person.int if isinstance(person, UUID) else key_of(person).int
        except InputError:
            return -1
        slot = self._slot_of_key.get(key)
        return self._found_at_start(key) if slot is None else slot

    def find_labels(self, labels: Sequence[str]) -> Ints32:
        """The slot of each label, -1 where it is unknown or is no id."""
        slots = self._start.find_labels(labels)
        if self._labels:
            for at in np.flatnonzero(slots < 0).tolist():
                slots[at] = self.find(labels[at])
        return slots

    def labels(self, slots: Ints32) -> list[str]:
        """What users call these slots."""
        late = slots >= len(self._start)
        named = np.empty(len(slots), dtype=np.object_)
        named[~late] = self._start.labels(slots[~late])
        named[late] = [self._labels[slot - len(self._start)] for slot in slots[late].tolist()]
        return cast("list[str]", named.tolist())

    def label(self, slot: int) -> str:
        """What users call this slot."""
        late = slot - len(self._start)
        return self._labels[late] if late >= 0 else self._start.label(slot)

    def sort_keys(self, slots: list[int]) -> list[int] | list[str]:
        """What puts several slots in the order of their labels: ranks where they are known, or else the labels."""
        if max(slots, default=0) < len(self._start):
            return [self._rank[slot] for slot in slots]
        return self.labels(np.array(slots, dtype=np.int32))

    def add(self, label: str) -> None:
        """Give the next slot to an id that is well formed and that nobody has yet."""
        self._slot_of_key[key_of(label).int] = len(self)
        self._labels.append(label)

    def frozen(self) -> IdIndex:
        """All ids in slot order."""
        if not self._labels:
            return self._start
        late = IdIndex.from_labels(self._labels)
        plain = IdIndex.from_keys(late.keys)
        if plain.labels(np.arange(len(plain))) == self._labels:  # UUIDs: an index without labels stays one
            late = plain
        return self._start.joined(late)

    def _found_at_start(self, key: int) -> int:
        high, low, slots = self._by_key
        upper, lower = key >> 64, key & 0xFFFFFFFFFFFFFFFF
        first = bisect_left(high, upper)
        last = bisect_right(high, upper, first)
        at = bisect_left(low, lower, first, last)
        return int(slots[at]) if at < last and low[at] == lower else -1

    @cached_property
    def _rank(self) -> memoryview:
        return memoryview(cast("Any", self._start.rank))

    @cached_property
    def _by_key(self) -> tuple[Any, Any, Any]:
        """The starting ids in the order of their keys, as views that index faster than arrays: halves and slots."""
        keys = self._start.keys
        order = np.argsort(keys[:, 0]).astype(np.int32)
        if (keys[order[1:], 0] == keys[order[:-1], 0]).any():  # seldom, and three times as slow
            order = np.lexsort((keys[:, 1], keys[:, 0])).astype(np.int32)
        high, low = np.ascontiguousarray(keys[order, 0]), np.ascontiguousarray(keys[order, 1])
        return memoryview(cast("Any", high)), memoryview(cast("Any", low)), memoryview(cast("Any", order))
