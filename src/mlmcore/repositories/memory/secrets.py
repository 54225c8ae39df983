"""Secrets in memory, sealed anew."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from attrs import evolve, fields_dict

from mlmcore.repositories.memory._audit import audit_bulk
from mlmcore.repositories.memory._context import Context
from mlmcore.repositories.paging import checked_limit
from mlmcore.repositories.protocols.secrets import Resealed, SealedPlace
from mlmcore.repositories.resealing import SEALED_TABLES, checked_cipher, current_key, naming
from mlmcore.repositories.secrets import open_json, seal_json

__all__ = ["MemorySecrets"]

Envelopes = Mapping[str, Mapping[str, str]]


class MemorySecrets:
    """Secrets; see `protocols.Secrets`."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reseal(self, after: SealedPlace | None, limit: int, /) -> Resealed:
        """Seal the next rows anew."""
        checked_limit(limit)
        current = current_key(checked_cipher(self._context.cipher))
        places = [
            place
            for place, envelopes in self._sealed()
            if (after is None or place > after) and any(sealed["key"] != current for sealed in envelopes.values())
        ]
        page = places[:limit]
        with self._context.state.savepoint():
            for place in page:
                self._reseal(place)
            for table, rows in sorted(Counter(place.table for place in page).items()):
                audit_bulk(self._context, table, rows)
        return Resealed(rows=len(page), after=page[-1] if len(places) > limit else None)

    def count_by_key(self) -> dict[tuple[str, str], int]:
        """Return how many rows hold a secret that is sealed under a key, by table and key id, in that order."""
        counts = Counter(
            (place.table, key)
            for place, envelopes in self._sealed()
            for key in {sealed["key"] for sealed in envelopes.values()}
        )
        return dict(sorted(counts.items()))

    def _sealed(self) -> list[tuple[SealedPlace, Envelopes]]:
        rows: list[tuple[SealedPlace, Envelopes]] = [
            (SealedPlace(table=table, key=key), envelopes)
            for table in SEALED_TABLES
            for key, envelopes in self._context.state.read(f"{table}.sealed").items()
            if envelopes
        ]
        return sorted(rows, key=lambda row: row[0])

    def _reseal(self, place: SealedPlace) -> None:
        sealed = self._context.state.write(f"{place.table}.sealed")
        with naming(place.table, place.key):
            sealed[place.key] = {
                name: self._anew(envelope, f"{place.table}.{name}") for name, envelope in sealed[place.key].items()
            }
        self._touch(place.table, place.key)

    def _anew(self, envelope: Any, column: str) -> Any:
        cipher = self._context.cipher
        return seal_json(cipher, open_json(cipher, envelope, column=column), column=column)

    def _touch(self, table: str, key: UUID) -> None:
        rows = self._context.state.write(table)
        if "updated_at" in fields_dict(type(rows[key])):
            rows[key] = evolve(rows[key], updated_at=self._context.now)
