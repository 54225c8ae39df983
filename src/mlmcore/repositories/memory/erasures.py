"""Erasing people in memory."""

from collections.abc import Callable, Collection, Mapping
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from mlmcore.domain.personal import PERSONAL, SECRET, blank_value
from mlmcore.repositories.erasing import ERASE, KEY_COLUMN, blanks, checked_erasure, erase_document
from mlmcore.repositories.memory._audit import write_audit
from mlmcore.repositories.memory._context import Context
from mlmcore.repositories.memory._rows import Rows, Table

__all__ = ["MemoryErasures"]


def _key_of(table: str) -> Callable[[Any], UUID]:
    return attrgetter(KEY_COLUMN.get(table, "id"))


_UNIQUES: Final[Mapping[str, Mapping[str, Callable[[Any], Any]]]] = {"users": {"email": lambda row: row.email.lower()}}
_TABLES: Final[Mapping[str, Table[Any]]] = {
    name: Table(name=name, entity=name, key=_key_of(name), uniques=_UNIQUES.get(name, {}))
    for name in sorted({*PERSONAL, *SECRET})
}


class MemoryErasures:
    """Erases people; see `protocols.Erasures`."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def erase(
        self,
        table: str,
        key: UUID,
        rows: Mapping[str, Collection[UUID]],
        /,
        *,
        reason: str,
        keep: Collection[str] = (),
    ) -> Mapping[str, int]:
        """Erase what is personal in some rows."""
        checked_erasure(table, key, rows, reason, keep)
        counts = {name: self._blank(name, set(keys), keep) for name, keys in rows.items()}
        self._forget(rows)
        write_audit(self._context, table, key, ERASE, erase_document(counts, reason, keep))
        return counts

    def find(self, table: str, key: UUID, /) -> Mapping[str, int] | None:
        """Return how many rows of each table were erased with a person, or None where nobody was."""
        for row in self._context.state.read("audit_logs").values():
            if (row.entity_type, row.entity_id, row.action) == (table, key, ERASE):
                counts: Mapping[str, int] = row.after_data["rows"]
                return counts
        return None

    def _blank(self, table: str, keys: set[UUID], keep: Collection[str]) -> int:
        stored = Rows(self._context, _TABLES[table])
        return sum(
            stored.blank(key, {name: blank_value(blank, key) for name, blank in blanks(table, keep).items()})
            for key in sorted(keys)
        )

    def _forget(self, rows: Mapping[str, Collection[UUID]]) -> None:
        gone = {(name, key) for name, keys in rows.items() for key in keys}
        personal = self._context.state.write("audit_personal")
        for at in [at for at, row in personal.items() if (row.entity_type, row.entity_id) in gone]:
            del personal[at]
