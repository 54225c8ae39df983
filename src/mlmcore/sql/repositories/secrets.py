"""Secrets, sealed anew a page at a time.

The statements are written out from the columns, since their shape is the same for every table that holds secrets.
"""

from collections.abc import Mapping
from typing import Any, Final

from mlmcore.domain.commissions import Payout
from mlmcore.domain.people import User, UserProfile
from mlmcore.domain.sales import Customer
from mlmcore.repositories.paging import checked_limit
from mlmcore.repositories.protocols.secrets import Resealed, SealedPlace
from mlmcore.repositories.resealing import SEALED_TABLES, checked_cipher, current_key, naming
from mlmcore.repositories.secrets import SECRET_COLUMNS, Cipher
from mlmcore.sql.mapping import Columns, columns_of
from mlmcore.sql.query_files import Query
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._rows import bulk

__all__ = ["SqlSecrets"]

_TYPES: Final[Mapping[str, Any]] = {
    "customers": Customer,
    "payouts": Payout,
    "user_profiles": UserProfile,
    "users": User,
}
_KEYS: Final[Mapping[str, str]] = {"user_profiles": "user_id"}


class SqlSecrets:
    """Secrets; see `protocols.Secrets`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._session = context.session

    def reseal(self, after: SealedPlace | None, limit: int, /) -> Resealed:
        """Seal the next rows anew."""
        checked_limit(limit)
        cipher = checked_cipher(self._context.cipher)
        done, place = 0, after
        with self._session.savepoint():
            for table in (name for name in SEALED_TABLES if after is None or name >= after.table):
                start = after.key if after is not None and after.table == table else None
                found = self._page(table, start, current_key(cipher), limit - done + 1)  # one more says: there is more
                page = found[: limit - done]
                self._write(table, page, cipher)
                place = SealedPlace(table=table, key=page[-1]["key"]) if page else place
                done += len(page)
                if len(found) > len(page):
                    return Resealed(rows=done, after=place)
        return Resealed(rows=done, after=None)

    def count_by_key(self) -> dict[tuple[str, str], int]:
        """Return how many rows hold a secret that is sealed under a key, by table and key id, in that order."""
        counts = {}
        for table in SEALED_TABLES:
            for row in self._session.rows(_counting(table)):
                counts[table, row["key"]] = row["rows"]
        return counts

    def _page(self, table: str, start: Any, current: str, limit: int) -> list[dict[str, Any]]:
        parameters = {"current": current, "after": start, "limit": limit}
        return self._session.rows(_reading(table, later=start is not None), parameters)

    def _write(self, table: str, rows: list[dict[str, Any]], cipher: Cipher) -> None:
        if not rows:
            return
        columns, anew = _columns(table), []
        for row in rows:
            with naming(table, row["key"]):
                anew.append({"key": row["key"], **columns.resealed(row, cipher)})
        with bulk(self._context, table, len(rows)):
            self._session.run_many(_writing(table), anew)


def _columns(table: str) -> Columns:
    return columns_of(table, _TYPES[table])


def _secret(table: str) -> list[str]:
    return sorted(SECRET_COLUMNS[table])


def _key(table: str) -> str:
    return _KEYS.get(table, "id")


def _keys_of(table: str) -> str:
    """The ids of the keys under which a row's secrets are sealed, as rows of their own."""
    parts = [f"SELECT envelope ->> 'key' AS key FROM {_columns(table).envelopes(name)}" for name in _secret(table)]
    return " UNION ".join(parts)


def _reading(table: str, *, later: bool) -> Query:
    key, names = _key(table), ", ".join(_secret(table))
    start = f"{key} > %(after)s AND " if later else ""
    text = f"""
        SELECT {key} AS key, {names} FROM {{schema}}.{table}
        WHERE {start}EXISTS (SELECT FROM ({_keys_of(table)}) AS sealed WHERE sealed.key <> %(current)s)
        ORDER BY {key} LIMIT %(limit)s FOR NO KEY UPDATE
    """
    return Query(name=f"{table}: to reseal", purpose="rows that another key seals", text=text)


def _writing(table: str) -> Query:
    columns = _columns(table)
    settings = ", ".join(f"{name} = {columns.placeholder(name)}" for name in _secret(table))
    text = f"UPDATE {{schema}}.{table} SET {settings} WHERE {_key(table)} = %(key)s"
    return Query(name=f"{table}: reseal", purpose="write what was sealed anew", text=text)


def _counting(table: str) -> Query:
    text = f"""
        SELECT sealed.key COLLATE "C" AS key, count(*) AS rows
        FROM {{schema}}.{table} CROSS JOIN LATERAL ({_keys_of(table)}) AS sealed
        GROUP BY 1 ORDER BY 1
    """
    return Query(name=f"{table}: keys", purpose="which key seals how many rows", text=text)
