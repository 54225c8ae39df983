"""One table in memory: keys, unique values, references, states, secrets and audit rows, the same for every entity.

What is special about an aggregate stands in its repository; what every table keeps stands here, so that no repository
can forget it. A `Table` says what holds for a table, `Rows` keeps it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from decimal import Context as Arithmetic
from decimal import Decimal
from functools import cache
from typing import Any, Final, Generic, TypeVar

import attrs
from attrs import evolve, field, frozen

from mlmcore.domain.entities import column_names
from mlmcore.domain.errors import BrokenReferenceError, ConflictError, NotFoundError, TransientError
from mlmcore.domain.machines import Machine
from mlmcore.domain.validators import decimal_places
from mlmcore.repositories.aggregate import AggregateVerbs
from mlmcore.repositories.lost_updates import refuse_stale
from mlmcore.repositories.memory._audit import audit_bulk, audit_insert, audit_update
from mlmcore.repositories.memory._context import Context
from mlmcore.repositories.paging import checked_limit
from mlmcore.repositories.secrets import SECRET_COLUMNS, open_json, seal_json
from mlmcore.repositories.sentences import not_stored, stored_already, taken

__all__ = ["Aggregate", "Rows", "Table"]

_WIDE: Final = Arithmetic(prec=30)
"""Holds every column's decimals; the host's own context may hold fewer."""

E = TypeVar("E", bound=attrs.AttrsInstance)


@frozen(kw_only=True)
class Table(Generic[E]):
    """What holds for one table.

    Attributes:
        name: The table's, as in the database.
        entity: What a row is called in messages.
        key: Returns a row's key.
        uniques: Names of the unique columns, joined by `_` as in the constraint's name, to a function that returns
            their value, None where it may repeat.
        references: Column to the table that it names.
        machines: Column to the state machine that it follows.
        audited: Under which table's name changes leave audit rows; the table's own when left out.
        instants: Further columns that are the unit's instant where the entity has none (A4).
        guard: Refuses an update of what is written once: called with the row before and after.
    """

    name: str
    entity: str
    key: Callable[[E], Any]
    uniques: Mapping[str, Callable[[E], Any]] = field(factory=dict)
    references: Mapping[str, str] = field(factory=dict)
    machines: Mapping[str, Machine[Any]] = field(factory=dict)
    audited: str = ""
    instants: tuple[str, ...] = ()
    guard: Callable[[E, E], None] = lambda before, after: None


class Rows(Generic[E]):
    """The rows of one table in one unit of work."""

    def __init__(self, context: Context, table: Table[E]) -> None:
        self._context = context
        self.table = table
        self._secret = sorted(SECRET_COLUMNS.get(table.name, ()))

    def get(self, key: Any) -> E:
        """Return a row (A1)."""
        found = self.find(key)
        if found is None:
            raise NotFoundError(self.table.entity, key if isinstance(key, tuple) else [key])
        return found

    def find(self, key: Any) -> E | None:
        """Return a row, or None (A1)."""
        stored: E | None = self._all().get(key)
        return None if stored is None else self._opened(key, stored)

    def lock(self, key: Any) -> E:
        """Return a row, which no other unit locks until this one ends.

        Raises:
            TransientError: Another unit has locked it, or changed anything since this one began.
        """
        found = self.get(key)
        if not self.try_lock(key):
            raise TransientError(f"another unit of work holds {self._who(key)}; try again when it has ended")
        return found

    def try_lock(self, key: Any) -> bool:
        """Lock a row, and return whether no other unit had.

        Raises:
            TransientError: Another unit has changed anything since this one began.
        """
        return self._context.hold(self._who(key))

    def find_by(self, unique: str, value: Any) -> E | None:
        """Return the row with a unique value, or None."""
        key = self._index(unique).get(value)
        return None if key is None else self.find(key)

    def values(self) -> Iterable[E]:
        """Return all rows, in the order of writing."""
        return [self._opened(key, row) for key, row in self._all().items()]

    def select(self, where: Callable[[E], bool], order: Callable[[E], Any] | None = None) -> tuple[E, ...]:
        """Return the rows for which a condition holds, in order (of the key when left out)."""
        chosen = [row for row in self._all().values() if where(row)]
        return tuple(self._opened(self.table.key(row), row) for row in sorted(chosen, key=order or self.table.key))

    def page(self, after: Any, limit: int, where: Callable[[E], bool] | None = None) -> tuple[E, ...]:
        """Return the next rows by key (A7), of all or of those for which a condition holds."""
        checked_limit(limit)
        rows = self._all()
        keys = sorted(key for key in rows if (after is None or key > after) and (where is None or where(rows[key])))
        return tuple(self.get(key) for key in keys[:limit])

    def add(self, entity: E) -> E:
        """Store a new row (A2 to A4, A9)."""
        self._refuse_taken(self.table.key(entity), entity)  # before the references, as the database does
        self.check_references(entity)
        return self.insert(entity)

    def add_many(self, entities: Sequence[E], *, audit: bool = True) -> None:
        """Store many rows, in any order, all or nothing (A8)."""
        with self._context.state.savepoint():
            stored = [self.insert(entity, audit=False) for entity in entities]
            for row in stored:
                self.check_references(row)
            if audit and stored:
                audit_bulk(self._context, self.table.audited or self.table.name, len(stored))

    def insert(self, entity: E, *, audit: bool = True) -> E:
        """Store a new row whose references somebody else checks."""
        key = self.table.key(entity)
        self._refuse_taken(key, entity)
        stored = self._stamped(entity, created=True)
        envelopes = self._envelopes(stored)
        self._put(key, stored, envelopes)
        if audit:
            audit_insert(self._context, self.table.audited or self.table.name, key, self._columns(stored))
        return stored

    def update(self, entity: E) -> E:
        """Replace a stored row (A4 to A6, A9, A14)."""
        key = self.table.key(entity)
        before = self.get(key)
        entity = self._with_instants(entity, before)
        if self._same(before, entity):
            return before
        refuse_stale(self._who(key), read=_updated_at(entity), stored=_updated_at(before), now=self._context.now)
        for column, machine in self.table.machines.items():
            old, new = getattr(before, column), getattr(entity, column)
            if old != new:
                machine.check(old, new)
        self.table.guard(before, entity)
        self._check_uniques(key, entity)
        self.check_references(entity)
        stored = self._stamped(entity, created=False, before=before)
        envelopes = self._envelopes(stored)
        self._drop_uniques(before)
        self._put(key, stored, envelopes)
        audit_update(self._context, self.table.name, key, self._columns(before), self._columns(stored))
        return stored

    def overwrite(self, entity: E) -> None:
        """Replace a stored row whose unique values stay, without any check or audit row: for columns that we derive."""
        key = self.table.key(entity)
        self._context.state.write(self.table.name)[key] = self._blanked(entity)

    def blank(self, key: Any, changes: Mapping[str, Any]) -> bool:
        """Put other values in a stored row, and nothing in place of secrets, without any check or audit row."""
        before = self._all().get(key)
        if before is None:
            return False
        sealed = self._context.state.read(f"{self.table.name}.sealed").get(key, {})
        kept = {name: envelope for name, envelope in sealed.items() if name not in changes}
        entity = _changed(before, changes)
        if kept != sealed or not self._same(before, entity):
            self._drop_uniques(before)
            self._put(key, self._stamped(entity, created=False, before=before), kept)
        return True

    def remove(self, entities: Iterable[E]) -> None:
        """Take rows out that a successor replaces; nothing else ever removes a row."""
        for entity in entities:
            self._drop_uniques(entity)
            del self._context.state.write(self.table.name)[self.table.key(entity)]

    def check_references(self, entity: E) -> None:
        """Refuse a row that names something that is not stored (A3)."""
        for column, table in self.table.references.items():
            value = getattr(entity, column)
            if value is None or value in self._context.state.read(table):
                continue
            raise BrokenReferenceError(not_stored(self._who(self.table.key(entity)), column, value, table))

    def _all(self) -> Mapping[Any, E]:
        return self._context.state.read(self.table.name)

    def _index(self, unique: str) -> Mapping[Any, Any]:
        return self._context.state.read(f"{self.table.name}.{unique}")

    def _who(self, key: Any) -> str:
        return f"{self.table.entity} {_shown(key)}"

    def _refuse_taken(self, key: Any, entity: E) -> None:
        if key in self._all():
            raise ConflictError(stored_already(self.table.entity, _shown(key)))
        self._check_uniques(key, entity)

    def _check_uniques(self, key: Any, entity: E) -> None:
        for unique, value_of in self.table.uniques.items():
            value = value_of(entity)
            holder = None if value is None else self._index(unique).get(value)
            if holder is not None and holder != key:
                constraint = f"{self.table.name}_{unique}_key"
                values = value if isinstance(value, tuple) else (value,)
                raise ConflictError(taken(self._who(key), constraint, [unique], values))

    def _put(self, key: Any, entity: E, envelopes: Mapping[str, Any]) -> None:
        state, name = self._context.state, self.table.name
        state.write(name)[key] = self._blanked(entity)
        for unique, value_of in self.table.uniques.items():
            value = value_of(entity)
            if value is not None:
                state.write(f"{name}.{unique}")[value] = key
        if envelopes or key in state.read(f"{name}.sealed"):
            state.write(f"{name}.sealed")[key] = envelopes

    def _drop_uniques(self, entity: E) -> None:
        for unique, value_of in self.table.uniques.items():
            value = value_of(entity)
            if value is not None:
                self._context.state.write(f"{self.table.name}.{unique}").pop(value)

    def _stamped(self, entity: E, *, created: bool, before: E | None = None) -> E:
        names = {item.name for item in attrs.fields(type(entity))}
        stamps: dict[str, Any] = {**_as_columns_hold_it(entity)}
        if "created_at" in names:
            given = getattr(entity if created else before, "created_at")  # noqa: B009 - mypy knows no such attribute
            stamps["created_at"] = given or self._context.now
        if "updated_at" in names:
            stamps["updated_at"] = self._context.now
        if created:
            stamps.update({name: self._context.now for name in self.table.instants if getattr(entity, name) is None})
        return _changed(entity, stamps)

    def _with_instants(self, entity: E, before: E) -> E:
        """Instants that the store once filled in stay, where the entity leaves them out."""
        left_out = [name for name in self.table.instants if getattr(entity, name) is None]
        return _changed(entity, {name: getattr(before, name) for name in left_out})

    def _same(self, before: E, entity: E) -> bool:
        old, new = self._columns(before), self._columns(entity)
        return all(old[name] == new[name] for name in new if name not in ("created_at", "updated_at"))

    def _columns(self, entity: E) -> dict[str, Any]:
        return {name: getattr(entity, name) for name in column_names(type(entity))}

    def _envelopes(self, entity: E) -> dict[str, Any]:
        clear = {name: getattr(entity, name) for name in self._secret}
        return {
            name: seal_json(self._context.cipher, value, column=f"{self.table.name}.{name}")
            for name, value in clear.items()
            if value
        }

    def _blanked(self, entity: E) -> E:
        entity = _with_own_json(entity)
        return _changed(entity, dict.fromkeys(self._secret))

    def _opened(self, key: Any, stored: E) -> E:
        stored = _with_own_json(stored)
        if not self._secret:
            return stored
        envelopes = self._context.state.read(f"{self.table.name}.sealed").get(key, {})
        clear = {
            name: open_json(self._context.cipher, envelope, column=f"{self.table.name}.{name}")
            for name, envelope in envelopes.items()
        }
        clear = {name: tuple(value) if isinstance(value, list) else value for name, value in clear.items()}
        return _changed(stored, clear)


class Aggregate(AggregateVerbs[E]):
    """An aggregate of one table of this store."""

    _rows: Rows[E]


def _as_columns_hold_it(entity: attrs.AttrsInstance) -> dict[str, Decimal]:
    """The decimals that have other places than their columns: the database shows all of them."""
    units = {name: Decimal(1).scaleb(-places) for name, places in decimal_places(type(entity)).items()}
    numbers = {name: getattr(entity, name) for name in units}
    return {
        name: number.quantize(units[name], context=_WIDE)
        for name, number in numbers.items()
        if number is not None and not number.same_quantum(units[name])
    }


def _updated_at(entity: object) -> datetime | None:
    found: datetime | None = getattr(entity, "updated_at", None)
    return found


def _shown(key: Any) -> str:
    return " ".join(str(part) for part in key) if isinstance(key, tuple) else str(key)


def _with_own_json(entity: E) -> E:
    """Return an entity that shares no mapping with this one: mappings are the only part of it that can change."""
    own = {name: deepcopy(value) for name in _json_names(type(entity)) if (value := getattr(entity, name))}
    return _changed(entity, own)


def _changed(entity: E, changes: Mapping[str, Any]) -> E:
    return evolve(entity, **changes) if changes else entity  # type: ignore[misc]  # mypy cannot evolve a type variable


@cache
def _json_names(entity_type: type[attrs.AttrsInstance]) -> tuple[str, ...]:
    return tuple(item.name for item in attrs.fields(entity_type) if "Mapping" in str(item.type))
