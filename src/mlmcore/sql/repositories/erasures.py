"""Erasing people: personal values and secrets leave rows that stay, a whole table's at a time."""

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from mlmcore.domain.personal import WORD, Blank, erased_address
from mlmcore.repositories.erasing import ERASE, KEY_COLUMN, blanks, checked_erasure, erase_document
from mlmcore.sql.mapping import json_text
from mlmcore.sql.query_files import Query
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._rows import bulk

__all__ = ["SqlErasures"]

_ADDRESS: Final = erased_address(UUID(int=0)).split(str(UUID(int=0)))


class SqlErasures:
    """Erases people; see `protocols.Erasures`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._session = context.session

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
        counts = {}
        with bulk(self._context, None, 0):
            for name, keys in rows.items():
                ids = list(keys)
                counts[name] = self._session.run(_blanking(name, keep), {"ids": ids})
                self._session.run("erasures_forget", {"table": name, "ids": ids})
            document = json_text(erase_document(counts, reason, keep))
            self._session.run("erasures_record", {"table": table, "id": key, "action": ERASE, "document": document})
        return counts

    def find(self, table: str, key: UUID, /) -> Mapping[str, int] | None:
        """Return how many rows of each table were erased with a person, or None where nobody was."""
        rows = self._session.rows("erasures_find", {"table": table, "id": key, "action": ERASE})
        return dict(rows[0]["rows"]) if rows else None


def _blanking(table: str, keep: Collection[str]) -> Query:
    """The statement that blanks rows of a table: the names are ours, not the host's."""
    key = KEY_COLUMN.get(table, "id")
    first, last = _ADDRESS
    words = {
        Blank.NOTHING: "NULL",
        Blank.WORD: f"'{WORD}'",
        Blank.OBJECT: "'{}'",
        Blank.ADDRESS: f"'{first}' || {key} || '{last}'",
    }
    settings = ", ".join(f"{name} = {words[blank]}" for name, blank in blanks(table, keep).items())
    text = f"UPDATE {{schema}}.{table} SET {settings} WHERE {key} = ANY (%(ids)s)"
    return Query(name=f"{table}: erase", purpose=f"blank what is personal in rows of {table}", text=text)
