"""Who is in a structure, by slot: ids as in the live layer, and what can be wrong with those that somebody names.

Every key is computed once: hashing a label costs more than finding a place. Findings are collected, nothing is raised.
"""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

import numpy as np

from mlmcore.domain.errors import Findings, InputError
from mlmcore.domain.ids import key_of
from mlmcore.genealogy._arrays import INT32_MAX, Ints32, sealed
from mlmcore.genealogy.ids import IdIndex
from mlmcore.genealogy.live import _findings as live_findings
from mlmcore.genealogy.live._ids import LiveIds
from mlmcore.genealogy.live._volumes import whole
from mlmcore.genealogy.spillover import _findings as say

__all__ = ["NOBODY", "UNKNOWN", "Person", "StructureIds", "key_or_none"]

Person = int | str | UUID
"""A slot, or an id: a label in any spelling, or a UUID."""

NOBODY: Final = -1
UNKNOWN: Final = -2


class StructureIds(LiveIds):
    """Ids by slot, to which some can be added."""

    def __contains__(self, person: object) -> bool:
        key = key_or_none(person)
        return key is not None and self._slot_of(key) >= 0

    def slot(self, person: Person, found: Findings, where: str = "") -> int:
        """The slot of somebody, or `UNKNOWN` with a finding."""
        if isinstance(person, str | UUID):
            key = key_or_none(person)
            slot = NOBODY if key is None else self._slot_of(key)
            if slot < 0:
                found.extend([say.unknown(str(person), len(self), where)])
            return slot if slot >= 0 else UNKNOWN
        return self._checked(person, len(self), found, where)

    def upline(self, person: Person | None, found: Findings, where: str) -> int:
        """As `slot`; `NOBODY` for None."""
        return NOBODY if person is None else self.slot(person, found, where)

    def new_key(self, label: str, found: Findings) -> int:
        """The key of an id that nobody has, or 0 with findings."""
        if len(self) == INT32_MAX:
            found.extend([live_findings.too_many(label)])
        try:
            key = key_of(label).int
        except InputError as error:
            found.extend(error.findings)
            return 0
        self._refuse_taken(label, key, found)
        return key

    def new_keys(self, labels: Sequence[str], found: Findings) -> list[int]:
        """The keys of several ids that nobody has and that differ, or none of them with findings."""
        if len(self) + len(labels) > INT32_MAX:
            found.extend([live_findings.too_many(labels[INT32_MAX - len(self)])])
        try:
            halves = IdIndex.from_labels(labels).keys.tolist()
        except InputError as error:
            found.extend(error.findings)
            return []
        keys = [(high << 64) | low for high, low in halves]
        for label, key in zip(labels, keys, strict=True):
            self._refuse_taken(label, key, found)
        return keys

    def uplines(
        self, labels: Sequence[str], keys: Sequence[int], unders: Sequence[Person | None] | Ints32, found: Findings
    ) -> Ints32:
        """int32[m], read-only: below whom each is placed, `NOBODY` for nobody; with findings for all who are unknown.

        Args:
            labels: Who is to be placed; they get the next slots.
            keys: Their keys; empty where something is wrong with the labels.
            unders: As in `Structure.place_all`.
            found: Takes the findings.
        """
        if len(unders) != len(labels):
            found.extend([say.lengths("uplines", len(unders), len(labels))])
            return sealed(np.zeros(0, dtype=np.int32))
        given = (
            [None if one == NOBODY else one for one in unders.tolist()] if isinstance(unders, np.ndarray) else unders
        )
        coming = dict(zip(keys, range(len(self), len(self) + len(keys)), strict=True))
        slots = [
            NOBODY if person is None else self._upline_of(at, person, coming, labels, found)
            for at, person in enumerate(given)
        ]
        return sealed(np.array(slots, dtype=np.int32))

    def add_keyed(self, labels: Sequence[str], keys: Iterable[int]) -> None:
        """Give the next slots to ids that are well formed and that nobody has yet."""
        self._slot_of_key.update(zip(keys, range(len(self), len(self) + len(labels)), strict=True))
        self._labels.extend(labels)

    def _slot_of(self, key: int) -> int:
        slot = self._slot_of_key.get(key)
        return self._found_at_start(key) if slot is None else slot

    def _checked(self, person: object, known: int, found: Findings, where: str) -> int:
        number = whole(person)
        if number is not None and 0 <= number < known:  # a negative index would silently mean somebody else
            return number
        found.extend([say.no_slot(person, known, where)])
        return UNKNOWN

    def _upline_of(
        self, at: int, person: Person, coming: dict[int, int], labels: Sequence[str], found: Findings
    ) -> int:
        """The slot of the upline of the person at a position; those before have slots already."""
        next_slot = len(self) + at
        if not isinstance(person, str | UUID):
            if type(person) is int and 0 <= person < next_slot:  # before all else: a million are asked for
                return person
            return self._checked(person, next_slot, found, f"person {labels[at]}")
        key = key_or_none(person)
        later = coming.get(key, NOBODY) if key is not None else NOBODY
        if later >= next_slot:
            found.extend([say.late_upline(labels[at], str(person))])
            return UNKNOWN
        return later if later >= 0 else self.slot(person, found, f"person {labels[at]}")

    def _refuse_taken(self, label: str, key: int, found: Findings) -> None:
        slot = self._slot_of(key)
        if slot >= 0:
            found.extend([live_findings.id_taken(label, self.label(slot))])


def key_or_none(person: object) -> int | None:
    """The key of a label or UUID as a number; None for what is no id."""
    if isinstance(person, UUID):
        return person.int
    try:
        return key_of(person).int if isinstance(person, str) else None
    except InputError:
        return None
