"""The ids of a table: what is wrong with them, and those that are sound.

By the sound ones what refers to them can be judged, while others are wrong.
"""

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from mlmcore.domain.errors import Findings, InputError
from mlmcore.domain.ids import key_of
from mlmcore.files._table import Table
from mlmcore.genealogy import IdIndex, Places

__all__ = ["find_wrong_ids", "positions", "sound_ids"]


def find_wrong_ids(table: Table, findings: Findings) -> IdIndex | None:
    """Note every id that is none or stands twice; the ids where there is none of these."""
    try:
        return IdIndex.from_labels(table.column("id"), Places(file=table.file, lines=table.lines))
    except InputError as error:
        # An id may be anybody's here, a person's or an order's.
        findings.extend(
            evolve(item, path=f"id {item.path.removeprefix('person ')}".rstrip()) for item in error.findings
        )
        return None


def sound_ids(table: Table) -> IdIndex:
    """Every id of the table that is one, in its first spelling."""
    labels: dict[UUID, str] = {}
    for label in table.column("id"):
        with suppress(ValueError):
            labels.setdefault(key_of(label), label)
    return IdIndex.from_labels(list(labels.values()))


def positions(ids: IdIndex, labels: Sequence[str]) -> NDArray[np.int32]:
    """int32: where each label stands in `ids`; -1 where the field is empty or names nobody.

    Nearly every label is spelt as it stands there; only for the others is a key worked out, which costs more.
    """
    exact = {label: position for position, label in enumerate(ids.labels(range(len(ids))))}
    found = np.array([exact.get(label, -1) for label in labels], dtype=np.int32)
    others = [row for row in np.flatnonzero(found < 0).tolist() if labels[row]]
    if others:
        found[others] = ids.find_labels([labels[row] for row in others])
    return found
