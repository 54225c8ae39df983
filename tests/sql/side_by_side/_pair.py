"""One company in two stores: whatever is done is done in memory and in PostgreSQL, and must come out the same.

Both stores begin with what the schema brings. A step is a function over a unit of work; it runs in a unit of its own
in each store, at the same instant and with the same new ids, and either both keep it and return the same, or both
refuse it with the same kind of error, in the same words. Ids that the database makes itself may differ, but each always
stands for the same one of the other store.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import count, zip_longest
from typing import Any
from uuid import UUID

import attrs
import psycopg
from attrs import define, field, frozen

from mlmcore.domain import ids
from mlmcore.domain.errors import BrokenReferenceError, InputError, MlmError
from mlmcore.repositories.memory import MemoryStore
from mlmcore.repositories.protocols import Actor, UnitOfWork, UnitOfWorkFactory
from mlmcore.repositories.secrets import Cipher
from mlmcore.sql.session import PsycopgSession
from mlmcore.sql.unit_of_work import SqlStore

__all__ = ["Pair", "Step", "meant", "paired"]

Step = Callable[[UnitOfWork], Any]

_NAMES = re.compile(r" names (.*), which is not stored in \w+$")
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


@frozen
class _Refused:
    """A step that ended in an error of ours."""

    kind: type[MlmError]
    codes: tuple[str, ...]
    text: str

    @classmethod
    def of(cls, error: MlmError) -> "_Refused":
        """What a program and a reader see of an error."""
        findings = error.findings if isinstance(error, InputError) else ()
        return cls(type(error), (error.code, *(finding.code for finding in findings)), str(error))


@define
class _Twins:
    """Which id of one store is which of the other."""

    of_memory: dict[UUID, UUID] = field(factory=dict)

    def check(self, in_memory: Any, in_sql: Any, where: str = "result") -> None:
        """Fail where two values differ in more than the ids that the stores made."""
        if isinstance(in_memory, UUID):
            assert self.of_memory.setdefault(in_memory, in_sql) == in_sql, f"{where}: {in_memory} and {in_sql}"
            return
        assert type(in_memory) is type(in_sql), f"{where}: in memory {in_memory!r}, in PostgreSQL {in_sql!r}"
        if isinstance(in_memory, _Refused):
            self._check_refused(in_memory, in_sql)
        elif isinstance(in_memory, Mapping):
            self._check_mapping(in_memory, in_sql, where)
        elif isinstance(in_memory, tuple | list):
            assert len(in_memory) == len(in_sql), f"{where}: {_first_difference(in_memory, in_sql)}"
            for at, (mine, theirs) in enumerate(zip(in_memory, in_sql, strict=True)):
                self.check(mine, theirs, f"{where}[{at}]")
        elif attrs.has(type(in_memory)):
            for item in attrs.fields(type(in_memory)):
                self.check(getattr(in_memory, item.name), getattr(in_sql, item.name), f"{where}.{item.name}")
        else:
            # A refusal may be stored, too: why a standing order could not be placed.
            told = _as_told(in_memory, in_sql) if isinstance(in_memory, str) else in_memory
            assert told == in_sql, f"{where}: in memory {in_memory!r}, in PostgreSQL {in_sql!r}"

    def _check_refused(self, in_memory: _Refused, in_sql: _Refused) -> None:
        said = f"in memory {in_memory}, in PostgreSQL {in_sql}"
        assert (in_memory.kind, in_memory.codes) == (in_sql.kind, in_sql.codes), said
        both = _NAMES.search(in_memory.text) and _NAMES.search(in_sql.text)
        if both and in_memory.kind is BrokenReferenceError:
            return  # of several references that are not there, each store names one
        told = _as_told(in_memory.text, in_sql.text)
        assert _ID.sub("?", told) == _ID.sub("?", in_sql.text), said
        for mine, theirs in zip(_ID.findall(told), _ID.findall(in_sql.text), strict=True):
            self.check(UUID(mine), UUID(theirs), said)

    def _check_mapping(self, in_memory: Mapping[Any, Any], in_sql: Mapping[Any, Any], where: str) -> None:
        only = sorted(map(str, set(in_memory) ^ set(in_sql)))
        assert not only, f"{where}: only one store has {only}"
        for key in in_memory:
            if key != "sha256":  # salted, by chance
                self.check(meant(in_memory[key]), meant(in_sql[key]), f"{where}.{key}")


class Pair:
    """A store in memory and one in PostgreSQL that hold the same.

    Args:
        connection: Owned by the pair's units.
        cipher: Seals secrets in both.
    """

    def __init__(self, connection: "psycopg.Connection[Any]", cipher: Cipher) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=UTC)
        self._twins = _Twins()
        self._steps = 0
        self.sql = SqlStore(PsycopgSession(connection, owns_connection=True), cipher=cipher)
        self.memory = MemoryStore(clock=lambda: self._now, cipher=cipher)
        self._begin_alike()

    def do(self, step: Step, actor: Actor | None = None) -> Any:
        """Run a step in both stores.

        Returns:
            What it returned in memory; None where it was refused.
        """
        self._steps += 1
        in_sql = self._attempt(self.sql, step, actor)
        in_memory = self._attempt(self.memory, step, actor)
        self._twins.check(in_memory, in_sql)
        return None if isinstance(in_memory, _Refused) else in_memory

    def _attempt(self, store: UnitOfWorkFactory, step: Step, actor: Actor | None) -> Any:
        try:
            with _ids_from(self._steps), store(actor or Actor()) as unit:
                self._now = unit.now
                return step(unit)
        except MlmError as error:
            return _Refused.of(error)

    def _begin_alike(self) -> None:
        with self.sql() as unit:
            ranks, users = unit.ranks.list_all(), unit.users.page(limit=1000)
            self._now = unit.now if users[0].updated_at is None else users[0].updated_at
        with self.memory() as unit:
            for rank in ranks:
                unit.ranks.add(rank)
            unit.users.add_many(users)
        self.memory.state.write("audit_logs").clear()  # the schema's own rows leave none


@contextmanager
def _ids_from(start: int) -> Iterator[None]:
    """Let `new_id()` count in this block, so that both stores and every repetition of a history have the same ids."""
    numbers = count(start << 32)
    kept = ids._uuid7, ids._MADE
    ids._MADE = ids._Made()  # type: ignore[misc]  # ids before this block are greater
    ids._uuid7 = lambda: lambda: UUID(int=(0x7 << 76) | (0x2 << 62) | next(numbers))  # type: ignore[assignment]
    try:
        yield
    finally:
        ids._uuid7, ids._MADE = kept  # type: ignore[misc]


@contextmanager
def paired(dsn: str, cipher: Cipher) -> Iterator[Pair]:
    """A pair over a database of its own."""
    with psycopg.connect(dsn) as connection:
        yield Pair(connection, cipher)


def _first_difference(in_memory: Sequence[Any], in_sql: Sequence[Any]) -> str:
    pairs = list(zip_longest(in_memory, in_sql))
    at = next(at for at, (mine, theirs) in enumerate(pairs) if mine != theirs)
    counts = f"{len(in_memory)} in memory, {len(in_sql)} in PostgreSQL"
    return f"{counts}; first [{at}]: in memory {pairs[at][0]!r}, in PostgreSQL {pairs[at][1]!r}"


def _as_told(in_memory: str, in_sql: str) -> str:
    """What memory says, with as little of *who* as the database was told (`repositories.sentences`)."""
    kind = in_sql.partition(": ")[0]
    return f"{kind}: {in_memory.partition(': ')[2]}" if in_memory.startswith(f"{kind} ") else in_memory


def meant(value: Any) -> Any:
    """What a text of an audit row stands for, if it is an id or an instant, which each store may spell its own way."""
    for read in (UUID, datetime.fromisoformat):
        with suppress(ValueError):
            return read(value) if isinstance(value, str) else value
    return value
