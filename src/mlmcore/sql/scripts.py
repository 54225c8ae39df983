"""The SQL of one version of the library: the baseline, and the migrations that lead to it from earlier ones.

A fresh installation runs the baseline, which is always the whole schema as it is now, readable from top to bottom. An
installation that is there runs the migrations that it has not seen: `migrations/NNNN_name.sql`, numbered from 2 on,
because 1 is the first baseline. That both ways lead to the same schema is shown by a test. Nothing here speaks to a
database.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from attrs import field, frozen

from mlmcore.sql.statements import Statement, split_statements

__all__ = ["BASELINE", "Migration", "Scripts", "packaged_scripts", "read_scripts"]

BASELINE: Final = "baseline"
"""What a fresh installation is called in `schema_versions`, whatever its number."""

_DEMO_USERS: Final = "900_demo_users.sql"
_MIGRATION: Final = re.compile(r"(?P<number>\d{4})_(?P<name>[a-z0-9_]+)\.sql")
_RELEASED: Final = re.compile(r"(?P<version>\d+) +(?P<digest>[0-9a-f]{64})")
_ENDS_TRANSACTION: Final = re.compile(r"(BEGIN|START|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE)\b", re.IGNORECASE)
_FIRST: Final = 1


@frozen(kw_only=True)
class Migration:
    """One step from a version of the schema to the next.

    Attributes:
        number: The version that it leads to.
        name: What it is about.
        text: Its statements, as the file has them.
    """

    number: int
    name: str
    text: str

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.number:04}_{self.name}.sql"

    @property
    def digest(self) -> str:
        """By which a recorded migration is known to be this one."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def statements(self) -> list[Statement]:
        """Its statements, in order."""
        return list(split_statements(self.text, self.file))


def _refuse_gaps(_: object, __: object, migrations: Sequence[Migration]) -> None:
    numbers = [migration.number for migration in migrations]
    if numbers != list(range(_FIRST + 1, _FIRST + 1 + len(numbers))):
        raise ValueError(f"migrations are numbered from {_FIRST + 1} on without a gap, not {numbers}")


@frozen(kw_only=True)
class Scripts:
    """All SQL of one version of the library.

    Attributes:
        baseline: The files of a fresh installation, text by name, in order.
        demo_users: The file with the demo users, text by name.
        migrations: In order.
        released: Digests of the baselines of earlier versions, by version.
    """

    baseline: Mapping[str, str]
    demo_users: Mapping[str, str] = field(factory=dict)
    migrations: tuple[Migration, ...] = field(default=(), validator=_refuse_gaps)
    released: Mapping[int, frozenset[str]] = field(factory=dict)

    @property
    def version(self) -> int:
        """The version that a fresh installation has, and an upgraded one."""
        return self.migrations[-1].number if self.migrations else _FIRST

    @property
    def digest(self) -> str:
        """The baseline's."""
        texts = "\0".join(f"{file}\0{text}" for file, text in self.baseline.items())
        return hashlib.sha256(texts.encode()).hexdigest()

    def after(self, version: int) -> tuple[Migration, ...]:
        """The migrations that an installation of some version has not seen."""
        return tuple(migration for migration in self.migrations if migration.number > version)

    def statements(self, texts: Mapping[str, str]) -> list[Statement]:
        """The statements of some files, in order."""
        return [statement for file, text in texts.items() for statement in split_statements(text, file)]


@cache
def packaged_scripts() -> Scripts:
    """The scripts of this version of the library."""
    return read_scripts(files("mlmcore.sql"))


def read_scripts(folder: Traversable) -> Scripts:
    """Scripts from a folder that holds `schema/` and `migrations/`.

    Raises:
        ValueError: A file's name or a line of `baselines.txt` has another shape, a migration ends its transaction by
            itself, or numbers are left out; the first of these, since they are mistakes in our own files.
    """
    schema = {entry.name: entry.read_text(encoding="utf-8") for entry in _sql_files(folder / "schema")}
    migrations = folder / "migrations"
    return Scripts(
        baseline={name: text for name, text in schema.items() if name != _DEMO_USERS},
        demo_users={name: text for name, text in schema.items() if name == _DEMO_USERS},
        migrations=tuple(_migration(entry) for entry in _sql_files(migrations)),
        released=_released((migrations / "baselines.txt").read_text(encoding="utf-8")),
    )


def _sql_files(folder: Traversable) -> Iterator[Traversable]:
    yield from sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda item: item.name)


def _migration(entry: Traversable) -> Migration:
    named = _MIGRATION.fullmatch(entry.name)
    if named is None:
        raise ValueError(f"{entry.name} is no migration's name; they are called like 0002_what_it_does.sql")
    migration = Migration(number=int(named["number"]), name=named["name"], text=entry.read_text(encoding="utf-8"))
    for statement in migration.statements():
        if _ENDS_TRANSACTION.match(statement.text):
            raise ValueError(
                f"{statement.file}:{statement.line}: a migration is one transaction, and not its own to end"
            )
    return migration


def _released(text: str) -> dict[int, frozenset[str]]:
    found: dict[int, frozenset[str]] = {}
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        read = _RELEASED.fullmatch(line.strip())
        if read is None:
            raise ValueError(f"baselines.txt: {line!r} is not VERSION DIGEST")
        version = int(read["version"])
        found[version] = found.get(version, frozenset()) | {read["digest"]}
    return found
