"""What an installed schema needs from time to time: the audit log's partitions for the months to come.

Whoever forgets it loses nothing: rows of a month without a partition go to the default one, `installer.status` says so,
and making the month moves them.
"""

from typing import Any, Final

import psycopg
from attrs import frozen
from psycopg.rows import dict_row

from mlmcore.domain.errors import RefusedError
from mlmcore.sql._running import Connection, enter, path_kept, refuse_name
from mlmcore.sql.query_files import named_query
from mlmcore.sql.translate import translating
from mlmcore.sql.versions import refuse_missing

__all__ = ["AHEAD_MAX", "Partitions", "make_partitions"]

Cursor = psycopg.Cursor[dict[str, Any]]

AHEAD_MAX: Final = 120
"""The most months that are made ahead."""


@frozen(kw_only=True)
class Partitions:
    """What was made.

    Attributes:
        made: The partitions' names, by month.
        moved: How many rows they took over from the default partition.
    """

    made: tuple[str, ...]
    moved: int


def make_partitions(connection: Connection, schema: str = "mlmcore", *, ahead: int) -> Partitions:
    """Make the audit log's partitions for this month, some after it, and each whose rows strayed.

    Locks the log only where one is missing, and then until the transaction ends.

    Args:
        connection: Idle: the work is committed. Inside a transaction: it is a savepoint, and the host commits.
        schema: The schema's name, unquoted.
        ahead: For how many months after this one, in UTC.

    Raises:
        RefusedError: Nothing is installed there, or so many months are not made.
    """
    refuse_name(schema)
    if not 0 <= ahead <= AHEAD_MAX:
        raise RefusedError(f"partitions are made for 0 to {AHEAD_MAX} months ahead, not {ahead}")
    with translating(), connection.transaction(), path_kept(connection):
        refuse_missing(connection, schema)
        enter(connection, schema)
        with connection.cursor(row_factory=dict_row) as cursor:
            strays = _strays(cursor)
            months = [row["month"] for row in cursor.execute(_text("audit_months"), {"ahead": ahead})]
            made = [cursor.execute(_text("audit_make"), {"month": month}).fetchall()[0]["name"] for month in months]
            return Partitions(made=tuple(made), moved=strays - _strays(cursor))


def _strays(cursor: Cursor) -> int:
    return sum(int(row["count"]) for row in cursor.execute(_text("audit_strays")))


def _text(query: str) -> bytes:
    return named_query(query).text.encode()
