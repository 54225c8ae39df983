"""Whole columns go into PostgreSQL without entities, and leave what those would: the same rows, legs, paths, errors."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NoReturn

import pyarrow as pa  # type: ignore[import-untyped]  # untyped
import pytest
from attrs import evolve

from mlmcore.domain.enums import GenealogyTree
from mlmcore.domain.errors import MlmError
from mlmcore.domain.ids import key_of
from mlmcore.domain.money import Money
from mlmcore.repositories.columnar.reading import read_entities
from mlmcore.repositories.columnar.shapes import ADDABLE, SHAPES
from mlmcore.repositories.columnar.writing import entities_to_arrow
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.sql import bulk_rows
from mlmcore.sql.repositories import columns
from mlmcore.sql.session import Session
from mlmcore.sql.unit_of_work import SqlStore
from sql.month._stage import seeded
from sql.repositories.conftest import owning_session

Company = Mapping[str, Sequence[Any]]


class Undone(Exception):  # noqa: N818  (nothing went wrong)
    """What was done is not to stay."""


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    """One kind of connection: the contracts run over all of them."""
    with owning_session(database, "psycopg") as made:
        yield made


@pytest.fixture
def company() -> Company:
    """A network of some people, two of whom and a product have all that a column may hold."""
    made = seeded(people=40, orders=60)
    users, people, products = list(made.users), list(made.distributors), list(made.products)
    odd = "a\tb\n\\N\\. ünï \U0001f600 \"q\" 'p' {1,2}"
    users[0] = evolve(users[0], phone="+1 555\\n", login_attempts=3, last_login=datetime(2999, 12, 31, tzinfo=UTC))
    people[3] = evolve(people[3], notes=odd, attributes={"club": odd, "list": [1, None, True, {"x": "1.50"}]})
    people[4] = evolve(people[4], personal_pv=Decimal("-9999999999999999.99"), qualification_date=date(1900, 1, 1))
    products[0] = evolve(
        products[0], images=("", odd, "NULL"), dimensions={}, weight=Decimal("999999.99"), description="", cost=None
    )
    customers = [
        evolve(one, shipping_addresses=({"city": odd}, {}), billing_address={"a": [odd]}) if at == 0 else one
        for at, one in enumerate(made.customers)
    ]
    return {
        "users": users,
        "distributors": people[::-1],
        "customers": customers,
        "products": products,
        "orders": made.orders,
        "order_items": [item for order in made.orders for item in order.items],
    }


def as_columns(given: Company) -> dict[str, Any]:
    """A stream for each table."""
    return {table: entities_to_arrow(SHAPES[table], rows) for table, rows in given.items()}


def by_entities(unit: UnitOfWork, given: Company) -> None:
    """The same, one repository after the other."""
    for table in ADDABLE[:-1]:
        getattr(unit, table).add_many(given[table])


@contextmanager
def without_entities(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Columns may not become entities."""

    def refused(*_: object) -> NoReturn:
        raise AssertionError("entities were made")

    with monkeypatch.context() as patched:
        patched.setattr(columns, "entities_of", refused)
        yield


def stored(unit: UnitOfWork) -> list[Any]:
    """Everything that a load leaves behind."""
    tables = read_entities({table: unit.columns.read(table) for table in ADDABLE})
    tables = {table: [without_stamps(row, unit.now) for row in rows] for table, rows in tables.items()}
    audit = [(row.entity_type, row.action, row.after_data) for row in unit.audit.list_by_actor(None)]
    return [tables, sorted(audit, key=str)]


def without_stamps(row: Any, now: datetime) -> Any:
    """A row without the instants that are the unit's."""
    names = [name for name in ("created_at", "updated_at") if getattr(row, name, None) == now]
    items = {"items": tuple(without_stamps(item, now) for item in row.items)} if hasattr(row, "items") else {}
    return evolve(row, **dict.fromkeys(names), **items)


def outcome(session: Session, load: Callable[[UnitOfWork], object]) -> list[Any] | str:
    """What is stored after a load, or why it was refused; nothing of it stays."""
    found: list[list[Any] | str] = []

    def loaded(unit: UnitOfWork) -> NoReturn:
        try:
            with session.savepoint():
                load(unit)
            for tree in (GenealogyTree.SPONSOR, GenealogyTree.PLACEMENT):
                unit.trees.check_paths(tree)
            found.append(stored(unit))
        except MlmError as error:
            found.append(f"{type(error).__name__}: {error}")
        raise Undone

    with pytest.raises(Undone), SqlStore(session)() as unit:
        loaded(unit)
    return found[0]


class TestColumnsByCopy:
    def test_leave_what_entities_leave(
        self, session: Session, company: Company, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Rows to the last digit, sponsors' legs, paths, and an audit row for each table; in blocks of any size."""
        monkeypatch.setattr(bulk_rows, "_BLOCK", 7)
        with without_entities(monkeypatch):
            found = outcome(session, lambda unit: unit.columns.add(as_columns(company)))

        assert found == outcome(session, lambda unit: by_entities(unit, company))
        assert isinstance(found, list)
        assert len(found[0]["orders"]) == 60

    def test_new_people_join_those_who_are_there(
        self, session: Session, company: Company, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Their sponsors' legs go on where they were."""
        people = company["distributors"][::-1]
        first = {**company, "distributors": people[:20], "customers": [], "products": [], "orders": []}
        rest = {"distributors": people[20:]}

        def load(unit: UnitOfWork) -> None:
            by_entities(unit, first)
            unit.columns.add(as_columns(rest))

        def load_entities(unit: UnitOfWork) -> None:
            by_entities(unit, first)
            unit.distributors.add_many(rest["distributors"])

        with without_entities(monkeypatch):
            found = outcome(session, load)

        assert found == outcome(session, load_entities)
        assert isinstance(found, list)

    @pytest.mark.parametrize(
        ("table", "changes"),
        [
            ("users", {"email": "D000001@EXAMPLE.com"}),
            ("distributors", {"distributor_number": None}),
            ("distributors", {"sponsor_id": key_of("nobody")}),
            ("distributors", {"user_id": key_of("nobody")}),
            ("distributors", {"rank_id": "emperor"}),
            ("customers", {"distributor_id": key_of("nobody")}),
            ("products", {"currency": "EUR", "price": Money.of(1, "EUR"), "cost": None}),
        ],
    )
    def test_what_the_database_refuses_it_refuses_alike(
        self, session: Session, company: Company, table: str, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With the same words."""
        rows = list(company[table])
        taken = {name: getattr(rows[0], name) if value is None else value for name, value in changes.items()}
        wrong = {**company, table: [*rows[:-1], evolve(rows[-1], **taken)]}
        with without_entities(monkeypatch):
            found = outcome(session, lambda unit: unit.columns.add(as_columns(wrong)))

        assert found == outcome(session, lambda unit: by_entities(unit, wrong))
        assert isinstance(found, str)

    def test_what_does_not_lie_there_plainly_comes_in_all_the_same(self, session: Session, company: Company) -> None:
        """A UUID in braces, which is one too."""
        users = pa.table(as_columns(company)["users"])
        braced = pa.array([f"{{{user.id}}}" for user in company["users"]])
        users = users.set_column(0, "id", braced)

        found = outcome(session, lambda unit: unit.columns.add({**as_columns(company), "users": users}))

        assert found == outcome(session, lambda unit: by_entities(unit, company))
