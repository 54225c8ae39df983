"""One table over a session: the statements that have one shape for every entity, written out from its columns.

Whatever means more than *this row* stands as a named query in a `.sql` file. Here are only `get`, `page`, `add`,
`update` and the bulk load, built from the columns of an entity, so that no repository spells twenty columns three
times.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import Any, Final, Generic, TypeVar, cast

import attrs
from attrs import evolve, field, frozen

from mlmcore.domain.errors import NotFoundError
from mlmcore.domain.machines import Machine
from mlmcore.repositories.aggregate import AggregateVerbs
from mlmcore.repositories.lost_updates import refuse_stale
from mlmcore.repositories.paging import checked_limit
from mlmcore.sql.mapping import Columns, columns_of, copy_line
from mlmcore.sql.query_files import Query
from mlmcore.sql.repositories._context import Context

__all__ = ["Aggregate", "Rows", "Table", "bulk"]

E = TypeVar("E", bound=attrs.AttrsInstance)

_AS_THEY_ARE: Final[Mapping[str, Any]] = {}


@frozen(kw_only=True, eq=False)
class Table(Generic[E]):
    """What holds for one table.

    Attributes:
        name: The table's.
        entity: What a row is called in messages.
        type: The class of its rows.
        key: The columns of its primary key.
        machines: Column to the state machine that it follows.
        instants: Columns, besides the stamps, that are the unit's instant where an entity leaves them out.
        guard: Refuses an update of what is written once: called with the row before and after.
    """

    name: str
    entity: str
    type: type[E]
    key: tuple[str, ...] = ("id",)
    machines: Mapping[str, Machine[Any]] = field(factory=dict)
    instants: tuple[str, ...] = ()
    guard: Callable[[E, E], None] = lambda before, after: None

    @property
    def columns(self) -> Columns:
        """Its columns."""
        return columns_of(self.name, self.type)

    def select(self, rest: str) -> Query:
        """A query of whole rows; `rest` follows the table's name."""
        listed = ", ".join(self.columns.names)
        return self._query("select", f"SELECT {listed} FROM {{schema}}.{self.name} {rest}")

    def insert(self, instead: Mapping[str, str] = _AS_THEY_ARE) -> Query:
        """The statement that stores one row and returns it; some columns may be expressions of SQL's."""
        columns = self.columns
        names = ", ".join(columns.names)
        values = ", ".join(instead.get(name) or columns.placeholder(name) for name in columns.names)
        return self._query(
            "insert", f"INSERT INTO {{schema}}.{self.name} ({names}) VALUES ({values}) RETURNING {names}"
        )

    def update(self, changed: Sequence[str]) -> Query:
        """The statement that changes some columns of one row and returns it."""
        columns = self.columns
        settings = ", ".join(f"{name} = {columns.placeholder(name)}" for name in changed)
        text = f"UPDATE {{schema}}.{self.name} SET {settings} WHERE {self.by_key} RETURNING {', '.join(columns.names)}"
        return self._query("update", text)

    def copy(self) -> Query:
        """The statement that loads many rows as text."""
        return self._query("copy", f"COPY {{schema}}.{self.name} ({', '.join(self.columns.names)}) FROM STDIN")

    @property
    def by_key(self) -> str:
        """The condition that picks one row."""
        return " AND ".join(f"{name} = %({name})s" for name in self.key)

    def _query(self, verb: str, text: str) -> Query:
        return Query(name=f"{self.name}: {verb}", purpose=f"{verb} rows of {self.name}", text=text)


class Rows(Generic[E]):
    """The rows of one table in one unit of work."""

    def __init__(self, context: Context, table: Table[E]) -> None:
        self._context = context
        self._session = context.session
        self.table = table

    def get(self, *key: Any) -> E:
        """Return a row (A1)."""
        found = self.find(*key)
        if found is None:
            raise NotFoundError(self.table.entity, key)
        return found

    def find(self, *key: Any) -> E | None:
        """Return a row, or None (A1)."""
        return self.one(f"WHERE {self.table.by_key}", self._key(key))

    def get_for_update(self, *key: Any) -> E:
        """Return a row, which nobody else changes until the transaction ends (A5)."""
        # Keys never change; FOR UPDATE would wait for everybody who has just written a row that refers to this one.
        found = self.one(f"WHERE {self.table.by_key} FOR NO KEY UPDATE", self._key(key))
        if found is None:
            raise NotFoundError(self.table.entity, key)
        return found

    def one(self, rest: str, parameters: Mapping[str, Any]) -> E | None:
        """Return the only row that a condition picks, or None."""
        found = self.many(rest, parameters)
        return found[0] if found else None

    def many(self, rest: str, parameters: Mapping[str, Any] | None = None) -> tuple[E, ...]:
        """Return the rows that a condition picks, in the order that it states."""
        rows = self._session.rows(self.table.select(rest), parameters or {})
        return tuple(self._entity(row) for row in rows)

    def page(
        self,
        after: Any,
        limit: int,
        *,
        key: str | None = None,
        where: str = "true",
        parameters: Mapping[str, Any] | None = None,
    ) -> tuple[E, ...]:
        """Return the next rows by key (A7)."""
        checked_limit(limit)
        column = key or self.table.key[0]
        start = "true" if after is None else f"{column} > %(after)s"
        rest = f"WHERE {where} AND {start} ORDER BY {column} LIMIT %(limit)s"
        return self.many(rest, {**(parameters or {}), "after": after, "limit": limit})

    def entities(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[E]:
        """Return the entities behind rows that a named query read."""
        return (self._entity(row) for row in rows)

    def add(self, entity: E, instead: Mapping[str, str] = _AS_THEY_ARE, **columns: Any) -> E:
        """Store a new row and return it (A2 to A4, A9); `columns` instead of what the entity holds.

        Args:
            entity: The row.
            instead: Columns that the statement itself works out, as expressions of SQL's over the others' parameters.
            columns: Columns with other values.
        """
        return self._entity(self.insert(entity, columns, instead))

    def insert(
        self, entity: E, columns: Mapping[str, Any] = _AS_THEY_ARE, instead: Mapping[str, str] = _AS_THEY_ARE
    ) -> Mapping[str, Any]:
        """Store a new row and return its columns, where they do not hold the currency of its money."""
        row = self._new_row(entity, columns)
        with self._session.savepoint():
            return self._session.rows(self.table.insert(instead), row)[0]

    def add_many(self, entities: Sequence[E], columns: Sequence[Mapping[str, Any]] = (), *, audit: bool = True) -> None:
        """Store many rows by COPY, in any order, all or nothing, with one audit row (A8).

        Args:
            entities: The rows.
            columns: For each, columns instead of what it holds; or for none.
            audit: Whether it leaves an audit row; otherwise whoever calls writes one.
        """
        if not entities:
            return
        names = self.table.columns.names
        others = columns or repeat(_AS_THEY_ARE, len(entities))
        rows = (self._new_row(entity, other) for entity, other in zip(entities, others, strict=True))
        lines = (copy_line([row[name] for name in names]) for row in rows)
        with bulk(self._context, self.table.name if audit else None, len(entities)):
            self._session.copy_in(self.table.copy(), lines)

    def update(self, entity: E) -> E:
        """Replace a stored row (A4 to A6, A9, A14)."""
        before = self.get_for_update(*(getattr(entity, name) for name in self.table.key))
        entity = self._with_instants(entity, before)
        changed = self._changed(before, entity)
        if not changed:
            return before
        self._refuse_stale(before, entity)
        self._check_moves(before, entity)
        self.table.guard(before, entity)
        stamps = {"updated_at": self._context.now} if self._has("updated_at") else {}
        stamped: E = evolve(cast("Any", entity), **stamps)
        with self._session.savepoint():
            rows = self._session.rows(self.table.update([*changed, *stamps]), self._row(stamped))
        return self._entity(rows[0])

    def _with_instants(self, entity: E, before: E) -> E:
        """Instants that the store once filled in stay, where the entity leaves them out."""
        left_out = [name for name in self.table.instants if getattr(entity, name) is None]
        kept: E = evolve(cast("Any", entity), **{name: getattr(before, name) for name in left_out})
        return kept

    def _refuse_stale(self, before: E, after: E) -> None:
        if self._has("updated_at"):
            read, stored = (getattr(entity, "updated_at") for entity in (after, before))  # noqa: B009 - as in `_has`
            shown = " ".join([self.table.entity, *(str(getattr(after, name)) for name in self.table.key)])
            refuse_stale(shown, read=read, stored=stored, now=self._context.now)

    def _check_moves(self, before: E, after: E) -> None:
        for column, machine in self.table.machines.items():
            machine.check(getattr(before, column), getattr(after, column))

    def _changed(self, before: E, after: E) -> list[str]:
        stamps = {"created_at", "updated_at"}
        names = [name for name in self.table.columns.names if name not in stamps]
        return [name for name in names if getattr(before, name) != getattr(after, name)]

    def _new_row(self, entity: E, columns: Mapping[str, Any]) -> dict[str, Any]:
        # Not by evolving the entity: its validators ran when it was made, and cost more than everything else here.
        names = [name for name in ("created_at", *self.table.instants) if self._has(name)]
        stamps: dict[str, Any] = {name: self._context.now for name in names if getattr(entity, name) is None}
        if self._has("updated_at"):
            stamps["updated_at"] = self._context.now
        return {**self._row(entity), **stamps, **columns}

    def _has(self, name: str) -> bool:
        return name in self.table.columns.forms

    def _key(self, key: Sequence[Any]) -> dict[str, Any]:
        return dict(zip(self.table.key, key, strict=True))

    def _row(self, entity: E) -> dict[str, Any]:
        return self.table.columns.row(entity, self._context.cipher)

    def _entity(self, row: Mapping[str, Any]) -> E:
        found: E = self.table.columns.entity_of(row, self._context.cipher)
        return found


class Aggregate(AggregateVerbs[E]):
    """An aggregate of one table of this store."""

    _rows: Rows[E]


@contextmanager
def bulk(context: Context, table: str | None, rows: int) -> Iterator[None]:
    """A savepoint in which row triggers of audit and totals keep still, with one audit row for the whole at its end.

    Args:
        context: The unit's.
        table: The table for the audit row, or None for no audit row.
        rows: How many rows it will say.
    """
    session = context.session
    with session.savepoint():
        before = session.rows("bulk_setting")[0]
        session.rows("bulk_set", {"bulk": "on"})
        yield
        session.rows("bulk_set", before)
        if table is not None:
            session.run("audit_bulk", {"table": table, "rows": rows})
