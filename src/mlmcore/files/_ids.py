"""The ids of a table: what is wrong with them, and those that are sound.

By the sound ones what refers to them can be judged, while others are wrong.
"""

from contextlib import suppress
from uuid import UUID

from attrs import evolve

from mlmcore.domain.errors import Findings, InputError
from mlmcore.domain.ids import key_of
from mlmcore.files._table import Table
from mlmcore.genealogy import IdIndex, Places

__all__ = ["find_wrong_ids", "sound_ids"]


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
