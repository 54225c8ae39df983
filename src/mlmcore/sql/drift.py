"""What differs between a schema as it should be and as it is, object by object.

The expected side is a picture of the catalogue, taken of a fresh installation. Partitions come with periods and
months, so they are held against the rule for them and against their tables; owners and what they may do, against the
role that installed. What a host adds without changing how anything works, privileges of its roles and comments, is told
where it is asked for. Tablespaces and storage parameters are the host's business and are not compared.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import ndiff
from typing import Final, Literal

import psycopg
from attrs import frozen
from psycopg.rows import dict_row

from mlmcore.sql._running import Connection, enter, path_kept, value
from mlmcore.sql.catalogue import picture
from mlmcore.sql.query_files import named_query

__all__ = ["Drift", "drift_from"]

_LINES_SHOWN: Final = 10
_PARTITIONS: Final = ("drift_missing_partitions", "drift_in_partitions")


@frozen(kw_only=True)
class Drift:
    """One object that is not as it should be.

    Attributes:
        what: Kind and name: `trigger users.tr_users_audit`.
        how: Missing, extra, or different.
        expected: Its definition as it should be, "" where there should be none.
        found: Its definition as it is, "" where there is none.
    """

    what: str
    how: Literal["missing", "extra", "different"]
    expected: str = ""
    found: str = ""

    def __str__(self) -> str:
        compared = ndiff(self.expected.splitlines(), self.found.splitlines())
        lines = [line for line in compared if line.startswith(("- ", "+ "))]
        more = [f"  ({len(lines) - _LINES_SHOWN} more lines)"] if len(lines) > _LINES_SHOWN else []
        shown = [f"  {line}" for line in lines[:_LINES_SHOWN]]
        legend = " (- expected, + found)" if self.how == "different" else ""
        return "\n".join([f"{self.what}: {self.how}{legend}", *shown, *more])


def drift_from(
    expected: Mapping[str, str], connection: Connection, schema: str, *, additions: bool = False
) -> tuple[Drift, ...]:
    """Find what differs.

    Args:
        expected: A picture of how it should be.
        connection: Inside a transaction.
        schema: The name of an installed schema.
        additions: Tell also what a host may add: privileges of its roles, and comments.
    """
    listed = tuple(_differences(expected, picture(connection, schema)))
    asked = [*_PARTITIONS, "drift_in_rights", "drift_in_settings", *(["drift_by_additions"] if additions else [])]
    try:
        with connection.transaction():
            return (*listed, *_queried(asked, connection, schema))
    except psycopg.ProgrammingError:
        # These rules stand on tables and functions of ours; where one is gone, the list says so already.
        if listed:
            return listed
        raise


def _differences(expected: Mapping[str, str], found: Mapping[str, str]) -> Iterator[Drift]:
    for what in sorted({*expected, *found}):
        if what not in found:
            yield Drift(what=what, how="missing", expected=expected[what])
        elif what not in expected:
            yield Drift(what=what, how="extra", found=found[what])
        elif expected[what] != found[what]:
            yield Drift(what=what, how="different", expected=expected[what], found=found[what])


def _queried(queries: Sequence[str], connection: Connection, schema: str) -> list[Drift]:
    with path_kept(connection), connection.cursor(row_factory=dict_row) as cursor:
        enter(connection, schema)
        zone = value(connection, "SELECT current_setting('TimeZone')")
        _set_zone(connection, "UTC")  # bounds are written in the session's zone
        rows = [row for query in queries for row in cursor.execute(named_query(query).text.encode()).fetchall()]
        _set_zone(connection, zone)
    return [Drift(**row) for row in rows]


def _set_zone(connection: Connection, zone: str) -> None:
    connection.execute("SELECT set_config('TimeZone', %s, true)", [zone])
