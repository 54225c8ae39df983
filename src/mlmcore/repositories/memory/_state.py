"""One version of everything that is stored: tables as dicts, copied before their first change.

A committed state is never changed again. A unit of work forks it, changes copies of the tables that it touches, and
swaps the whole in when it ends; a savepoint does the same inside a unit. What a row means is not known here.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

__all__ = ["State"]

Rows = Mapping[Any, Any]


class State:
    """Tables by name, each a dict from key to row in the order of writing."""

    def __init__(self, tables: Mapping[str, Rows] | None = None) -> None:
        self._tables: dict[str, Rows] = dict(tables or {})
        self._own: set[str] = set()
        self._touched: set[str] = set()

    @property
    def changed(self) -> bool:
        """Whether anything was written since the fork."""
        return bool(self._touched)

    def read(self, table: str) -> Rows:
        """Return a table, to be read only."""
        return self._tables.get(table, {})

    def write(self, table: str) -> MutableMapping[Any, Any]:
        """Return a table that may be changed: a copy, until this state has its own."""
        if table not in self._own:
            self._tables[table] = dict(self._tables.get(table, {}))
            self._own.add(table)
            self._touched.add(table)
        rows = self._tables[table]
        assert isinstance(rows, dict)  # noqa: S101 - for the type checker: own tables are dicts
        return rows

    def fork(self) -> "State":
        """Return a state of its own that begins as this one."""
        return State(self._tables)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what the block wrote if it raises."""
        tables, touched = dict(self._tables), set(self._touched)
        self._own = set()
        try:
            yield
        except BaseException:
            self._tables, self._own, self._touched = tables, set(), touched
            raise

    def as_dict(self) -> dict[str, dict[Any, Any]]:
        """Return all tables that hold something, for comparing two states by value."""
        return {name: dict(rows) for name, rows in sorted(self._tables.items()) if rows}
