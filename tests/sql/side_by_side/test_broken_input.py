"""What is malicious or broken is stored as it is, or refused with an error of ours that leaves nothing behind."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from mlmcore.domain.crm import Contact
from mlmcore.domain.errors import MlmError
from mlmcore.domain.money import Money
from mlmcore.domain.people import Distributor, User
from mlmcore.domain.sales import Product
from mlmcore.repositories.protocols import UnitOfWork
from operations.company import ReversingCipher
from sql.side_by_side._pair import Pair, paired

NewDatabase = Callable[[], AbstractContextManager[str]]

_HOSTILE = [
    "Robert'); DROP TABLE users; --",
    "%s %(name)s {schema}",
    "\\N\t\\.\r\n",
    '"; SELECT 1; $$',
    "<script>alert(1)</script>",
    "\u202eelbatirev\u200b\ufeff",
    "🦄 名前 e\u0301",
]
_USER = User(email="ann@example.com")
_CONTACT = Contact(owner_id=_USER.id, name="Bob")
_PERSON = Distributor(user_id=_USER.id, distributor_number="D-1", join_date=date(2026, 1, 1))
_PRODUCT = Product(sku="S-1", name="Tea", price=Money.of("25.00", "USD"), currency="USD", pv=Decimal(20))


def _changed(entity: Any, **changes: Any) -> Any:
    """What no type checker would let pass."""
    return evolve(entity, **changes)


@pytest.fixture
def pair(new_database: NewDatabase) -> Iterator[Pair]:
    """Both stores, with one user."""
    with new_database() as dsn, paired(dsn, ReversingCipher()) as pair:
        pair.do(lambda unit: unit.users.add(_USER))
        yield pair


class TestHostileText:
    """What looks like SQL, like a driver's placeholder, or like the end of a COPY is text and nothing else."""

    def test_one_by_one_and_in_bulk_it_comes_back_as_it_went_in(self, pair: Pair) -> None:
        """Names, notes, tags, numbers, and what is asked for by them."""
        contacts = [Contact(owner_id=_USER.id, name=text, notes=text, tags=(text,)) for text in _HOSTILE]
        products = [evolve(_PRODUCT, id=contact.id, sku=contact.name, name=contact.name) for contact in contacts]

        def store(unit: UnitOfWork) -> None:
            for contact in contacts:
                unit.contacts.add(contact)
            unit.products.add_many(products)

        pair.do(store)

        for contact, product in zip(contacts, products, strict=True):
            stored = pair.do(lambda unit, key=contact.id: unit.contacts.get(key))  # type: ignore[misc]
            found = pair.do(lambda unit, sku=product.sku: unit.products.find_by_sku(sku))  # type: ignore[misc]
            assert (stored.name, stored.notes, stored.tags) == (contact.name, contact.notes, contact.tags)
            assert (found.id, found.name) == (product.id, product.name)

    def test_ten_megabytes_of_notes_are_notes(self, pair: Pair) -> None:
        """A text column has no length; a name has."""
        notes = "ab\u00e9\n" * 2_000_000

        assert pair.do(lambda unit: unit.contacts.add(evolve(_CONTACT, notes=notes))).notes == notes
        assert pair.do(lambda unit: unit.contacts.add(evolve(_CONTACT, name=notes))) is None

    @pytest.mark.parametrize("text", ["a\0b", "\ud800", "\udfff\ud800"])
    def test_what_no_database_holds_is_refused(self, pair: Pair, text: str) -> None:
        """In a name, a tag, a document, one by one and in bulk; nothing is stored."""
        kinds: list[Callable[[], Any]] = [
            lambda: evolve(_CONTACT, name=text),
            lambda: evolve(_CONTACT, tags=("ok", text)),
            lambda: evolve(_PERSON, attributes={"country": text}),
            lambda: evolve(_PERSON, attributes={text: "NO"}),
        ]
        for kind in kinds:
            with pytest.raises(MlmError):
                kind()

        assert pair.do(lambda unit: unit.contacts.list_by_owner(_USER.id)) == ()


class TestBrokenValues:
    """Dates, numbers and labels out of range."""

    @pytest.mark.parametrize(
        "broken",
        [
            lambda: evolve(_CONTACT, next_follow_up=datetime(9999, 12, 31, tzinfo=UTC)),
            lambda: evolve(_CONTACT, next_follow_up=datetime(2026, 1, 1)),  # noqa: DTZ001
            lambda: evolve(_CONTACT, lead_score=-1),
            lambda: evolve(_CONTACT, lead_score=2**31),
            lambda: evolve(_PERSON, join_date=date(9999, 12, 31)),
            lambda: evolve(_PRODUCT, price=Money.of("-0.01", "USD")),
            lambda: evolve(_PRODUCT, price=Money(10**18, "USD")),
            lambda: evolve(_PRODUCT, pv=Decimal("0.001")),
            lambda: evolve(_PRODUCT, pv=Decimal("NaN")),
            lambda: evolve(_PRODUCT, pv=Decimal("1e30")),
        ],
    )
    def test_an_entity_cannot_even_be_made(self, broken: Callable[[], Any]) -> None:
        """So no store ever sees it."""
        with pytest.raises(MlmError):
            broken()

    @pytest.mark.parametrize(
        "broken",
        [
            lambda: _changed(_CONTACT, status="nonsense"),
            lambda: _changed(_PRODUCT, pv=0.5),
            lambda: _changed(_PRODUCT, price=25.0),
            lambda: _changed(_CONTACT, owner_id="ann"),
        ],
    )
    def test_a_value_of_another_type_is_a_mistake_of_the_program(self, broken: Callable[[], Any]) -> None:
        """An unknown label, a float, a text for an id."""
        with pytest.raises(TypeError):
            broken()

    def test_one_broken_row_of_many_leaves_nothing(self, pair: Pair) -> None:
        """A bulk load is all or nothing, also where only the store can see what is wrong."""
        sound = [evolve(_PRODUCT, id=Contact(owner_id=_USER.id, name="x").id, sku=f"S-{at}") for at in range(50)]
        twice = [*sound, evolve(sound[0], id=_PRODUCT.id)]

        assert pair.do(lambda unit: unit.products.add_many(twice)) is None
        assert pair.do(lambda unit: unit.products.page(limit=1000)) == ()
