"""The driver's errors become ours: what was refused, whose row it was, and what to do.

One place, so that an application catches the same error from memory and from PostgreSQL, and reads the same sentence
where both tell of the same fact (`repositories.sentences`). The server says which constraint refused a row;
`sql.constraints` says what that constraint keeps. Of the row only its key is shown: neither secrets nor personal data
belong into a message. The driver's error stays as the cause. Passing failures say so (`TransientError`).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

import psycopg

from mlmcore.domain.errors import (
    BrokenReferenceError,
    ConflictError,
    IllegalMoveError,
    MlmError,
    RefusedError,
    StorageError,
    TransientError,
)
from mlmcore.repositories.sentences import entity_of, not_stored, stored_already, taken
from mlmcore.sql.constraints import Constraint, demand, schema_constraints, schema_tables

__all__ = ["translated", "translating", "translating_sqlalchemy"]

_BY_STATE: dict[str, type[MlmError]] = {
    "23001": BrokenReferenceError,
    "23503": BrokenReferenceError,
    "23505": ConflictError,
    "23P01": ConflictError,
    "23502": RefusedError,
    "23514": RefusedError,
    "P0001": RefusedError,
    "0A000": RefusedError,
    "25P03": TransientError,
    "40001": TransientError,
    "40P01": TransientError,
    "55P03": TransientError,
    "57014": TransientError,
    "57P01": TransientError,
    "57P02": TransientError,
    "57P03": TransientError,
    "57P05": TransientError,
}
_BY_CLASS: dict[str, type[MlmError]] = {"08": TransientError, "53": TransientError, "22": RefusedError}

_ROW_IN_DETAIL: Final = frozenset({"23502", "23514", "44000"})
_MOVE: Final = "_move_check"
_ILLEGAL: Final = re.compile(
    r"(?P<machine>[^:]+) (?P<who>[^ :]+): (?P<source>\w+) cannot become (?P<target>\w+); "
    r"from \w+ it can become (?:nothing: it is final|(?P<legal>.*))"
)
_RAISED_BY_OURSELVES: Final = "exec_stmt_raise"
_NO_PARTITION: Final = "ExecFindPartition"
_NOT_NULL: Final = "23502"
_NOT_INSTALLED: Final = frozenset({"3F000", "42P01"})

# What the server's details hold in every language: `Key (a, b)=(1, 2)`, a row `(1, 2, ...)`, `(a, b) = (1, 2)`.
_KEY: Final = re.compile(r"\((?P<columns>.*?)\)=\((?P<values>.*)\)[^)]*$")
_FIRST_OF_ROW: Final = re.compile(r"\((?P<key>[^,()]{1,50})[,)]")
_PARTITION_KEY: Final = re.compile(r"\((?P<column>\w+)\) = \((?P<value>.*)\)")
_SOME_COLUMNS: Final = ") = ("
_RANGE: Final = re.compile(r"\[(\d{4}-\d\d-\d\d),(\d{4}-\d\d-\d\d)\)")

_INSTEAD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "commission_periods": "a period stays; what is wrong in it is put right by adjustments in the open period",
        "commission_plans": "a plan's version stays; install another",
        "commission_runs": "a run stays; calculating again replaces it",
        "customers": "a customer is not deleted: set status 'inactive', or erase the personal data",
        "distributors": "a distributor is not deleted: set status 'terminated', or erase the personal data",
        "orders": "an order is not deleted: cancel or refund it",
        "products": "a product is not deleted: set status 'discontinued'",
        "users": "a user is not deleted: set status 'inactive', or erase the personal data",
    }
)
"""By table: what is done in place of deleting a row that others name."""


@contextmanager
def translating() -> Iterator[None]:
    """Let whatever the driver raises in this block come out as one of our errors."""
    try:
        yield
    except psycopg.Error as error:
        raise translated(error) from error


@contextmanager
def translating_sqlalchemy() -> Iterator[None]:
    """The same for what SQLAlchemy makes of the driver's errors, and for its pool that has nothing to lend."""
    import sqlalchemy.exc  # noqa: PLC0415  (whoever has no SQLAlchemy connection need not load it)

    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:
        raise (translated(error.orig) if isinstance(error.orig, psycopg.Error) else StorageError(str(error))) from error
    except sqlalchemy.exc.TimeoutError as error:
        raise TransientError(str(error)) from error


def translated(error: psycopg.Error) -> MlmError:
    """Our error for one of the driver's."""
    if (error.diag.constraint_name or "").endswith(_MOVE):
        return _illegal_move(error)
    state = error.sqlstate or ""
    kind = _BY_STATE.get(state) or _BY_CLASS.get(state[:2]) or _without_state(error)
    said = _own_sentence(error) or _servers_words(error)
    return kind(f"{said}; try the whole transaction again" if issubclass(kind, TransientError) else said)


def _illegal_move(error: psycopg.Error) -> MlmError:
    """Of a state that does not follow; the trigger writes its sentence by one pattern."""
    said = _servers_words(error)
    found = _ILLEGAL.fullmatch(said)
    if found is None:
        return RefusedError(said)
    legal = found["legal"].split(", ") if found["legal"] else ()
    return IllegalMoveError(found["machine"], found["source"], found["target"], legal, found["who"])


def _without_state(error: psycopg.Error) -> type[MlmError]:
    if error.sqlstate is not None:
        return StorageError
    if isinstance(error, psycopg.DataError):  # the driver itself cannot send such a value
        return RefusedError
    lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return TransientError if lost else StorageError


def _servers_words(error: psycopg.Error) -> str:
    said = error.diag.message_primary or str(error).strip() or type(error).__name__
    parts = [said, _detail(error), error.diag.message_hint]
    return "; ".join(part.strip().rstrip(".") for part in parts if part)


def _detail(error: psycopg.Error) -> str:
    # The server's details of a check or of a NOT NULL show the whole row that failed; our own functions' do not.
    shows_row = error.sqlstate in _ROW_IN_DETAIL and error.diag.source_function != _RAISED_BY_OURSELVES
    return "" if shows_row else error.diag.message_detail or ""


def _own_sentence(error: psycopg.Error) -> str:
    """What we say of a row that the schema itself refused; "" for all else, our own functions' errors among it."""
    if error.diag.source_function == _RAISED_BY_OURSELVES:
        return ""
    if error.sqlstate in _NOT_INSTALLED:
        return (
            f"{_servers_words(error)}; install the schema first (`mlmcore schema apply`), or name the one that is there"
        )
    if error.diag.source_function == _NO_PARTITION:
        return _no_partition(error)
    if error.sqlstate == _NOT_NULL:
        return f"{_who(error)}: {error.diag.column_name} must be given" if _our_table(error) else ""
    constraint = _constraint(error)
    if constraint is None:
        return ""
    return _BY_KIND[constraint.kind](constraint, error)


def _constraint(error: psycopg.Error) -> Constraint | None:
    # A partition's key is named after the parent's, with the partition's suffix.
    name = error.diag.constraint_name or ""
    known = schema_constraints()
    if name in known:
        return known[name]
    table = _our_table(error)
    return known.get(f"{table}_pkey") if name.startswith(f"{table}_pkey") else None


def _our_table(error: psycopg.Error) -> str:
    """The table of the row that failed, where it is one of ours; a partition counts as its parent."""
    name = error.diag.table_name or ""
    return max(
        (table for table in schema_tables() if name == table or name.startswith(f"{table}_")), key=len, default=""
    )


def _who(error: psycopg.Error) -> str:
    """What kind of row failed, with its key where the server shows the row: the first column is the key's."""
    detail = error.diag.message_detail or ""
    # A role that may not read the table is shown the columns that it wrote.
    found = None if _SOME_COLUMNS in detail else _FIRST_OF_ROW.search(detail)
    key = f" {found['key']}" if found and found["key"] != "null" else ""
    return entity_of(_our_table(error)) + key


def _of_key(constraint: Constraint, error: psycopg.Error) -> str:
    columns, values = _key_in_detail(error)
    # What a partitioned table has in its key besides the id says where the row lies, and not which it is.
    shown = values[:1] if columns[:1] == ("id",) else values
    return stored_already(entity_of(constraint.table), " ".join(shown)) if values else ""


def _of_unique(constraint: Constraint, error: psycopg.Error) -> str:
    _, values = _key_in_detail(error)
    return taken(entity_of(constraint.table), constraint.name, constraint.columns, values) if values else ""


def _of_reference(constraint: Constraint, error: psycopg.Error) -> str:
    """Two facts under one name: the row names what is not there, or what is to go is named by the row."""
    columns, values = _key_in_detail(error)
    entity, value = entity_of(constraint.table), ", ".join(values)
    if not columns:
        return ""
    if columns != constraint.refers_to_columns:
        return not_stored(entity, ", ".join(constraint.columns), value, constraint.refers_to)
    instead = _INSTEAD.get(constraint.refers_to, "first let nothing name it")
    named_by = f"{constraint.table}.{', '.join(constraint.columns)}"
    return f"{entity_of(constraint.refers_to)} {value} is still named by {named_by}; {instead}"


def _of_check(constraint: Constraint, error: psycopg.Error) -> str:
    return f"{_who(error)}: {demand(constraint)}"


def _of_exclusion(constraint: Constraint, error: psycopg.Error) -> str:
    spans = [
        f"{first} to {date.fromisoformat(after) - timedelta(days=1)}"
        for first, after in _RANGE.findall(error.diag.message_detail or "")
    ]
    kind = constraint.name.removeprefix(f"{constraint.table}_").removesuffix("_excl")
    shown = f": {' and '.join(spans)}" if spans else ""
    return f"{entity_of(constraint.table)}: another {kind} shares days with it{shown}"


_BY_KIND: Final[Mapping[str, Callable[[Constraint, psycopg.Error], str]]] = MappingProxyType(
    {
        "PRIMARY KEY": _of_key,
        "UNIQUE": _of_unique,
        "FOREIGN KEY": _of_reference,
        "CHECK": _of_check,
        "EXCLUDE": _of_exclusion,
    }
)


def _key_in_detail(error: psycopg.Error) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns and values of the key in the server's detail; to a role that may not read the table it shows none."""
    found = _KEY.search(error.diag.message_detail or "")
    if found is None:
        return (), ()
    return tuple(found["columns"].split(", ")), tuple(found["values"].split(", "))


def _no_partition(error: psycopg.Error) -> str:
    # It arrives as a check violation that names no constraint.
    found = _PARTITION_KEY.search(error.diag.message_detail or "")
    which = f" for {found['column']} {found['value']}" if found else ""
    return f"{error.diag.table_name} has no partition{which}; store its period first"
