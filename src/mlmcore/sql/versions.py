"""Which version of the schema is installed, as its own table `schema_versions` tells, or why that cannot be said.

The first row is the installation: its number, `baseline`, and the digest of the files that were run. Each further row
is a migration with the digest of its file. Digests are compared, because a number alone would not tell a schema that
was installed from a half-finished checkout, or a migration that was changed after it had run.
"""

from collections.abc import Iterator, Sequence

from attrs import frozen

from mlmcore.domain.errors import RefusedError
from mlmcore.sql._running import Connection, has_versions, rows
from mlmcore.sql.query_files import quote_identifier
from mlmcore.sql.scripts import BASELINE, Scripts

__all__ = ["Recorded", "installed_version", "recorded_versions", "refuse_missing"]


@frozen(kw_only=True)
class Recorded:
    """One row of `schema_versions`.

    Attributes:
        version: Its number.
        name: `baseline`, or the migration's.
        digest: Of what was run.
    """

    version: int
    name: str
    digest: str


def refuse_missing(connection: Connection, schema: str) -> None:
    """Refuse a schema in which nothing of ours is installed."""
    if not has_versions(connection, schema):
        raise RefusedError(f"schema {schema!r} is not installed; install it with: mlmcore schema apply")


def recorded_versions(connection: Connection, schema: str) -> tuple[Recorded, ...]:
    """What an installed schema records of itself, by number."""
    words = f"SELECT version, name, digest FROM {quote_identifier(schema)}.schema_versions ORDER BY version"
    return tuple(Recorded(version=row[0], name=row[1], digest=row[2]) for row in rows(connection, words))


def installed_version(schema: str, recorded: Sequence[Recorded], scripts: Scripts) -> int:
    """The version of an installed schema, which these scripts can bring to theirs.

    Raises:
        RefusedError: It is a later version than theirs, or it was not made by scripts that they know; everything that
            does not fit is named.
    """
    if not recorded:
        raise RefusedError(f"schema {schema!r} records no version of itself: its table schema_versions is empty")
    first, *later = recorded
    newest = recorded[-1]
    if newest.version > scripts.version:
        raise RefusedError(
            f"schema {schema!r} is version {newest.version} ({newest.name}), and this mlmcore knows versions up to "
            f"{scripts.version}; use the mlmcore that made it, or a later one"
        )
    if first.name != BASELINE or first.digest not in _baselines(first.version, scripts):
        raise RefusedError(
            f"schema {schema!r} was installed by another version of mlmcore; until 0.1.0 is released the baseline "
            "is edited in place and there is no upgrade: install into a new schema"
        )
    wrong = list(_unknown(first.version, later, scripts))
    if wrong:
        raise RefusedError(
            f"schema {schema!r} was not upgraded by the migrations of this mlmcore: {'; '.join(wrong)}; "
            "use the mlmcore that upgraded it"
        )
    return newest.version


def _baselines(version: int, scripts: Scripts) -> frozenset[str]:
    own = {scripts.digest} if version == scripts.version else set()
    return scripts.released.get(version, frozenset()) | own


def _unknown(first: int, later: Sequence[Recorded], scripts: Scripts) -> Iterator[str]:
    by_number = {row.version: row for row in later}
    known = {migration.number: migration for migration in scripts.migrations}
    for number in range(first + 1, max(by_number, default=first) + 1):
        row, migration = by_number.get(number), known[number]
        if row is None:
            yield f"version {number} is not recorded, and a later one is"
        elif (row.name, row.digest) != (migration.name, migration.digest):
            yield (
                f"version {number} is recorded as {row.name!r} with the digest {row.digest[:12]}, and {migration.file} "
                f"has {migration.digest[:12]}"
            )
