"""Entities to plain data and back: without loss, and with everything that is wrong at once."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.entity_strategies import entities
from domain.sound_entities import ANN, NOON, sound, usd
from mlmcore.domain.converter import make_converter
from mlmcore.domain.entities import ENTITIES
from mlmcore.domain.enums import PaymentStatus, UserStatus
from mlmcore.domain.errors import InputError
from mlmcore.domain.money import Money
from mlmcore.domain.people import Distributor, User
from mlmcore.domain.periods import Period
from mlmcore.domain.rates import Rate
from mlmcore.domain.sales import Order, OrderItem

CONVERTER = make_converter()


def refusal(data: object, kind: type[Any]) -> str:
    """What is said about data that is no such thing."""
    with pytest.raises(InputError) as caught:
        CONVERTER.structure(data, kind)
    return str(caught.value)


def plain(kind: type[Any], **changes: Any) -> dict[str, Any]:
    """A sound entity as plain data but for what a test changes."""
    return {**CONVERTER.unstructure(sound(kind)), **changes}


class TestThereAndBack:
    """Through JSON."""

    @pytest.mark.parametrize("kind", ENTITIES.values(), ids=lambda kind: kind.__name__)
    @settings(max_examples=20)
    @given(data=st.data())
    def test_every_entity_comes_back_as_it_was(self, kind: type[Any], data: st.DataObject) -> None:
        """Whatever is in it."""
        entity = data.draw(entities(kind))

        written = json.dumps(CONVERTER.unstructure(entity), allow_nan=False)

        assert CONVERTER.structure(json.loads(written), kind) == entity

    @pytest.mark.parametrize(
        ("value", "written"),
        [
            (Money.of("12.3", "USD"), {"amount": "12.30", "currency": "USD"}),
            (Money.of(5, "JPY"), {"amount": "5", "currency": "JPY"}),
            (Rate.of("0.0500"), "0.05"),
            (Decimal("1E+3"), "1000"),
            (Decimal("0.00000001"), "0.00000001"),
            (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
            (date(2026, 3, 1), "2026-03-01"),
            (datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC), "2026-03-01T12:00:00.000005+00:00"),
            (UserStatus.ACTIVE, "active"),
        ],
    )
    def test_values_are_written_without_loss(self, value: Any, written: object) -> None:
        """Decimals as text, without an exponent."""
        assert CONVERTER.unstructure(value) == written
        assert CONVERTER.structure(written, type(value)) == value

    def test_a_period_is_written_as_its_days(self) -> None:
        """With its zone."""
        period = Period.parse("2026-W09", "America/New_York")

        assert CONVERTER.structure(CONVERTER.unstructure(period), Period) == period

    def test_what_is_made_already_is_taken_as_it_is(self) -> None:
        """So that a host can mix."""
        item = sound(OrderItem)

        assert CONVERTER.structure(plain(Order, items=[item], subtotal=usd(50)), Order).items == (item,)

    def test_what_is_left_out_has_its_default(self) -> None:
        """As when it is made in Python."""
        made = CONVERTER.structure(
            {"user_id": str(ANN), "distributor_number": "D-1", "join_date": "2026-03-01"}, Distributor
        )

        assert made == sound(Distributor)


class TestWhatIsRefused:
    """Nothing is guessed: each thing by its path, in the words of whoever refused it."""

    @pytest.mark.parametrize(
        ("kind", "changes", "message"),
        [
            (OrderItem, {"pv": 40.0}, "order_item.pv: 40.0 is a float; write a decimal as text"),
            (OrderItem, {"pv": True}, "order_item.pv: True is a boolean; write a decimal as text"),
            (OrderItem, {"pv": "1e3"}, "order_item.pv: '1e3' is not a decimal; write it out: 1000"),
            (OrderItem, {"pv": None}, "order_item.pv: nothing stands here; write a decimal as text"),
            (
                OrderItem,
                {"pv": "0.125"},
                "order_item.pv: pv is 0.125; it must be rounded to at most 2 decimal places before it comes here",
            ),
            (
                OrderItem,
                {"unit_price": {"amount": 25.0, "currency": "USD"}},
                "order_item.unit_price.amount: 25.0 is a float; write a decimal as text",
            ),
            (
                OrderItem,
                {"unit_price": "25.00"},
                """order_item.unit_price: '25.00' is text; write {"amount": "12.34", "currency": "USD"}""",
            ),
            (
                OrderItem,
                {"unit_price": {"amount": "25.001", "currency": "USD"}},
                (
                    "order_item.unit_price: 25.001 USD is finer than USD, whose smallest unit is 0.01; "
                    "round it before it comes here"
                ),
            ),
            (
                OrderItem,
                {"unit_price": {"amount": "25", "curency": "USD"}},
                (
                    "2 findings:\n"
                    "order_item.unit_price.curency: unknown key 'curency'; did you mean 'currency'?\n"
                    "order_item.unit_price.currency: currency is missing; give it"
                ),
            ),
            (OrderItem, {"quantity": "2"}, "order_item.quantity: '2' is text; write a whole number without quotes"),
            (OrderItem, {"quantity": 2.0}, "order_item.quantity: 2.0 is a float; write a whole number without quotes"),
            (
                User,
                {"login_attempts": True},
                "user.login_attempts: True is a boolean; write a whole number without quotes",
            ),
            (User, {"email_verified": "yes"}, "user.email_verified: 'yes' is text; write true or false"),
            (User, {"email": 5}, "user.email: 5 is a number; write it as text"),
            (User, {"status": "actve"}, "user.status: 'actve' is no user status; did you mean 'active'?"),
            (
                User,
                {"status": "zzz"},
                "user.status: 'zzz' is no user status; known: active, inactive, pending, suspended",
            ),
            (
                User,
                {"status": 1},
                "user.status: 1 is a number; write one of active, inactive, suspended, pending",
            ),
            (User, {"id": "ann"}, "user.id: 'ann' is no UUID; write it as 0123abcd-0000-4000-8000-00000000ffff"),
            (User, {"id": 7}, "user.id: 7 is a number; write it as 0123abcd-0000-4000-8000-00000000ffff"),
            (
                User,
                {"last_login": "2026-03-01"},
                (
                    "user.last_login: '2026-03-01' is not a time in ISO form; "
                    "write an instant such as 2026-03-31T12:00:00+00:00"
                ),
            ),
            (
                User,
                {"last_login": "2026-03-01T12:00:00"},
                "user.last_login: last_login is 2026-03-01 12:00:00; it must be a datetime with a time zone",
            ),
            (
                User,
                {"last_login": "2026-02-30T12:00:00Z"},
                (
                    "user.last_login: '2026-02-30T12:00:00Z' is not in the calendar; "
                    "write an instant such as 2026-03-31T12:00:00+00:00"
                ),
            ),
            (
                Distributor,
                {"join_date": "20260301"},
                "distributor.join_date: '20260301' is not a time in ISO form; write a day such as 2026-03-31",
            ),
            (
                Distributor,
                {"join_date": NOON},
                (
                    "distributor.join_date: join_date is 2026-03-01 12:00:00+00:00, of type datetime; "
                    "it must be a date without a time"
                ),
            ),
            (
                Distributor,
                {"attributes": {"title": {"score": 1.5}}},
                "distributor.attributes: attributes.title.score is a float; write a decimal as text",
            ),
            (Distributor, {"attributes": [1]}, "distributor.attributes: [1] is a list; write an object"),
            (Order, {"items": {}}, "order.items: {} is an object; write a list"),
            (Order, {"items": [5]}, "order.items[0]: 5 is a number; write an object with the keys of order_item"),
            (Order, {"staus": "paid"}, "order.staus: unknown key 'staus'; did you mean 'status'?"),
        ],
    )
    def test_one_thing_is_one_line(self, kind: type[Any], changes: dict[str, Any], message: str) -> None:
        """What, where, and what to write."""
        assert refusal(plain(kind, **changes), kind) == message

    @pytest.mark.parametrize("data", [None, [], "ann", 5])
    def test_an_entity_is_an_object(self, data: object) -> None:
        """Nothing else has keys."""
        assert refusal(data, User).endswith("; write an object with the keys of user")

    def test_everything_is_said_at_once(self) -> None:
        """Also in the third item, and of each attribute of its own."""
        items = [plain(OrderItem) for _ in range(3)]
        items[2] |= {"unit_price": {"amount": 1.5, "currency": "USD"}, "quantity": 0}
        data = plain(Order, items=items, payment_status="payed", order_number="x" * 31, volumes={"cv": 0.5})
        del data["total"]

        assert refusal(data, Order) == (
            "6 findings:\n"
            "order.items[2].quantity: quantity is 0; it must be from 1 to 2147483647\n"
            "order.items[2].unit_price.amount: 1.5 is a float; write a decimal as text\n"
            "order.order_number: order_number has 31 characters; at most 30 fit\n"
            "order.payment_status: 'payed' is no payment status; did you mean 'paid'?\n"
            "order.total: total is missing; give it\n"
            "order.volumes: volumes.cv is a float; write a decimal as text"
        )

    def test_rules_between_attributes_come_after(self) -> None:
        """They need sound attributes; the text is the entity's own."""
        assert refusal(plain(Order, total={"amount": "51.00", "currency": "USD"}), Order) == (
            "order: total of order A-1 is 51.00 USD; subtotal - discount + tax + shipping is 50.00 USD"
        )

    def test_findings_keep_their_codes(self) -> None:
        """Programs sort by them."""
        data: Mapping[str, Any] = plain(User, emial="x", status="zzz", email=None) | {"login_attempts": -1}

        with pytest.raises(InputError) as caught:
            CONVERTER.structure(data, User)

        assert {item.path: item.code for item in caught.value.findings} == {
            "user.email": "input.value",
            "user.emial": "input.unknown-key",
            "user.login_attempts": "entity.value",
            "user.status": "input.value",
        }

    def test_a_long_value_is_shown_short(self) -> None:
        """A message is read by people."""
        assert refusal(plain(User, status="x" * 100), User).startswith(
            f"user.status: '{'x' * 56}... is no user status; "
        )

    @given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5))
    def test_no_other_error_ever_comes_out(self, value: object) -> None:
        """Whatever stands where an amount, an id, a label or a time belongs."""
        for name in ("subtotal", "id", "payment_status", "paid_at", "items", "volumes"):
            try:
                order = CONVERTER.structure(plain(Order, **{name: value}), Order)
            except InputError:
                continue
            assert order == sound(Order, **({"paid_at": None} if name == "paid_at" else {"items": ()}))

    def test_hooks_of_a_host_work(self) -> None:
        """It is a cattrs converter like any other."""
        converter = make_converter()
        converter.register_unstructure_hook(Money, str)

        assert converter.unstructure(sound(OrderItem))["unit_price"] == "25.00 USD"
        assert CONVERTER.unstructure(PaymentStatus.PAID) == "paid"
