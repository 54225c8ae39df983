"""What a column holds, said before the database has to; and what is never shown."""

from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import Any

import attrs
import pytest

from domain.sound_entities import NOON, SOUND, refusal, sound, usd
from mlmcore.domain.commissions import (
    CommissionInput,
    CommissionPeriod,
    CommissionPlan,
    LedgerLine,
    Payout,
    Rank,
    UnpaidLine,
)
from mlmcore.domain.crm import Contact
from mlmcore.domain.entities import ENTITIES
from mlmcore.domain.enums import UserStatus
from mlmcore.domain.errors import InputError
from mlmcore.domain.ids import new_id
from mlmcore.domain.money import Money
from mlmcore.domain.network import GenealogyPath
from mlmcore.domain.people import Distributor, User, UserProfile
from mlmcore.domain.sales import (
    Customer,
    Order,
    OrderItem,
    Product,
)


class TestSoundEntities:
    """The samples are sound, so that each test fails for its own reason."""

    @pytest.mark.parametrize("kind", SOUND, ids=lambda kind: kind.__name__)
    def test_are_made_with_what_is_required(self, kind: type[Any]) -> None:
        """Nothing required is missing from the samples."""
        required = {item.name for item in attrs.fields(kind) if item.default is attrs.NOTHING}

        assert required <= set(SOUND[kind])
        assert isinstance(sound(kind), kind)


class TestTypes:
    """A value of another type is refused, and None where the column is NOT NULL."""

    @pytest.mark.parametrize(
        ("kind", "changes", "message"),
        [
            (User, {"email": None}, "email must not be None"),
            (User, {"status": None}, "status must not be None; leave it out for its default"),
            (User, {"id": "ann"}, "id is 'ann', of type str; it must be a UUID"),
            (
                User,
                {"status": "active"},
                (
                    "status is 'active', of type str; "
                    "it must be a member of UserStatus: active, inactive, suspended, pending"
                ),
            ),
            (User, {"email_verified": 1}, "email_verified is 1, of type int; it must be True or False"),
            (User, {"email": 5}, "email is 5, of type int; it must be text"),
            (User, {"login_attempts": True}, "login_attempts is True, of type bool; it must be a whole number"),
            (User, {"last_login": date(2026, 3, 1)}, "last_login is 2026-03-01, of type date; it must be a datetime"),
            (
                Distributor,
                {"join_date": NOON},
                "join_date is 2026-03-01 12:00:00+00:00, of type datetime; it must be a date without a time",
            ),
            (
                Distributor,
                {"personal_pv": 1.5},
                "personal_pv is 1.5, of type float; it must be a Decimal, never a float",
            ),
            (Distributor, {"personal_pv": 1}, "personal_pv is 1, of type int; it must be a Decimal, never a float"),
            (Order, {"subtotal": 50.0}, "subtotal is 50.0, of type float; it must be Money"),
            (Order, {"total": Decimal(50)}, "total is 50, of type Decimal; it must be Money"),
            (Order, {"items": []}, "items is [], of type list; it must be a tuple"),
            (Order, {"items": ("tea",)}, "items is 'tea', of type str; it must be a tuple of OrderItem"),
            (Order, {"shipping_address": "x"}, "shipping_address is 'x', of type str; it must be a JSON object"),
            (Order, {"shipping_address": None}, "shipping_address must not be None"),
            (Product, {"images": ["a"]}, "images is ['a'], of type list; it must be a tuple of texts"),
            (
                Customer,
                {"shipping_addresses": [{}]},
                "shipping_addresses is [{}], of type list; it must be a tuple of JSON objects",
            ),
            (
                Product,
                {"currency": None},
                "currency is None, of type NoneType; it must be the code of a currency, such as USD",
            ),
            (
                CommissionPeriod,
                {"timezone": None},
                "timezone must not be None; leave it out for its default",
            ),
        ],
    )
    def test_are_those_of_the_columns(self, kind: type[Any], changes: dict[str, Any], message: str) -> None:
        """Nothing is converted in silence."""
        assert refusal(kind, **changes) == message

    @pytest.mark.parametrize("kind", ENTITIES.values(), ids=lambda kind: kind.__name__)
    def test_every_attribute_is_checked(self, kind: type[Any]) -> None:
        """An object of no known type passes nowhere."""
        for attribute in attrs.fields(kind):
            assert attribute.validator is not None
            with pytest.raises((InputError, TypeError)):
                attribute.validator(None, attribute, object())


class TestText:
    """What PostgreSQL stores as text."""

    @pytest.mark.parametrize(
        ("kind", "changes", "message"),
        [
            (User, {"phone": "1" * 21}, "phone has 21 characters; at most 20 fit"),
            (
                User,
                {"phone": "1\0"},
                "phone is '1\\x00'; it must be without NUL and lone surrogates, which the database cannot store",
            ),
            (
                User,
                {"phone": "\ud800"},
                "phone is '\\ud800'; it must be without NUL and lone surrogates, which the database cannot store",
            ),
            (Contact, {"name": "  "}, "name is '  '; it must be text with something in it"),
            (
                Contact,
                {"tags": ("a\0",)},
                "tags is 'a\\x00'; it must be without NUL and lone surrogates, which the database cannot store",
            ),
            (
                Contact,
                {"name": "n" * 100 + "\0"},
                f"name is '{'n' * 76}...; it must be without NUL and lone surrogates, which the database cannot store",
            ),
            (CommissionInput, {"unit": "euro"}, "unit is 'euro'; it must be one of number, points, money"),
            (
                CommissionPlan,
                {"digest": "0A" * 32},
                f"digest is '{'0A' * 32}'; it must be 64 hexadecimal digits in lower case",
            ),
        ],
    )
    def test_is_refused_when_it_would_not_fit(self, kind: type[Any], changes: dict[str, Any], message: str) -> None:
        """A long value is shown short."""
        assert refusal(kind, **changes) == message

    @pytest.mark.parametrize("address", ["ann", "@example.com", "ann@", "ann @example.com", "ann@exam ple.com", "@"])
    def test_an_email_has_an_at_with_something_around_it(self, address: str) -> None:
        """And no white space."""
        assert refusal(User, email=address) == f"email is {address!r}; it must be an address such as ann@example.com"

    def test_characters_are_counted_not_bytes(self) -> None:
        """VARCHAR(n) counts code points."""
        assert sound(Contact, name="ü" * 200).name == "ü" * 200


class TestNumbers:
    """Ranges of the columns, to the unit."""

    @pytest.mark.parametrize(
        ("kind", "changes", "message"),
        [
            (User, {"login_attempts": -1}, "login_attempts is -1; it must be from 0 to 2147483647"),
            (Contact, {"lead_score": 2**31}, "lead_score is 2147483648; it must be from 0 to 2147483647"),
            (OrderItem, {"quantity": 0}, "quantity is 0; it must be from 1 to 2147483647"),
            (Product, {"subscription_frequency": 0}, "subscription_frequency is 0; it must be from 1 to 2147483647"),
            (Product, {"price": usd("-0.01")}, "price is -0.01 USD; it must be zero or more"),
            (Product, {"pv": Decimal(-1)}, "pv is -1; it must be at least 0"),
            (Product, {"pv": Decimal("NaN")}, "pv is NaN; it must be a finite number"),
            (
                Product,
                {"pv": Decimal("0.125")},
                "pv is 0.125; it must be rounded to at most 2 decimal places before it comes here",
            ),
            (
                Distributor,
                {"lifetime_pv": Decimal(10**16)},
                "lifetime_pv is 10000000000000000; it must be below 10000000000000000, which is what its column holds",
            ),
            (
                Product,
                {"weight": Decimal(10**6)},
                "weight is 1000000; it must be below 1000000, which is what its column holds",
            ),
            (
                Rank,
                {"commission_rate": Decimal(10**4)},
                "commission_rate is 10000; it must be below 10000, which is what its column holds",
            ),
            (Rank, {"commission_rate": Decimal("-0.1")}, "commission_rate is -0.1; it must be at least 0"),
            (
                LedgerLine,
                {"rate": Decimal("0.000000001")},
                "rate is 1E-9; it must be rounded to at most 8 decimal places before it comes here",
            ),
            (
                LedgerLine,
                {"amount": Money.of(10**16, "USD")},
                (
                    "amount is 10000000000000000.00 USD; "
                    "it must be below 10000000000000000, which is what its column holds"
                ),
            ),
            (
                UnpaidLine,
                {"amount": Decimal("0.0000000000001")},
                "amount is 1E-13; it must be rounded to at most 12 decimal places before it comes here",
            ),
            (Payout, {"amount": usd(0)}, "amount is 0.00 USD; it must be more than zero"),
            (
                LedgerLine,
                {"amount": Money.of(1, "KWD"), "currency": "KWD"},
                (
                    "amount is 1.000 KWD; "
                    "it must be of a currency with at most two decimal places, which is what its column holds"
                ),
            ),
            (GenealogyPath, {"depth": 0}, "depth is 0; it must be from 1 to 2147483647"),
        ],
    )
    def test_outside_are_refused(self, kind: type[Any], changes: dict[str, Any], message: str) -> None:
        """Before the database has to."""
        assert refusal(kind, **changes) == message

    @pytest.mark.parametrize(
        ("kind", "changes"),
        [
            (Distributor, {"lifetime_pv": Decimal("9999999999999999.99")}),
            (Distributor, {"personal_pv": Decimal("-9999999999999999.99")}),
            (LedgerLine, {"amount": Money.of("-9999999999999999.99", "USD")}),
            (LedgerLine, {"rate": Decimal("9999.99999999"), "base": Decimal("999999999999999999.999999999999")}),
            (UnpaidLine, {"amount": Decimal("999999999999999999.999999999999")}),
            (Product, {"weight": Decimal("999999.99"), "inventory_tracked": False, "stock_quantity": -(2**31)}),
            (LedgerLine, {"amount": Money.of(10**15, "JPY"), "currency": "JPY"}),
        ],
    )
    def test_at_the_edge_are_taken_under_any_decimal_context(self, kind: type[Any], changes: dict[str, Any]) -> None:
        """A host's precision of three digits must not round a value over the edge or back."""
        with localcontext(prec=3):
            entity = sound(kind, **changes)

        assert {name: getattr(entity, name) for name in changes} == changes


class TestTimes:
    """Instants have a zone, and years are those that people mean."""

    @pytest.mark.parametrize(
        ("kind", "changes", "message"),
        [
            (
                User,
                {"last_login": NOON.replace(tzinfo=None)},
                "last_login is 2026-03-01 12:00:00; it must be a datetime with a time zone",
            ),
            (
                User,
                {"last_login": NOON.replace(year=9999)},
                "last_login is 9999-03-01T12:00:00+00:00; it must lie in the years 1900 to 2999",
            ),
            (
                Distributor,
                {"join_date": date(26, 3, 1)},
                "join_date is 0026-03-01; it must lie in the years 1900 to 2999",
            ),
            (
                Order,
                {"shipped_at": NOON, "delivered_at": NOON - timedelta(days=1)},
                "delivered_at is 2026-02-28T12:00:00+00:00, before shipped_at, which is 2026-03-01T12:00:00+00:00",
            ),
            (
                Product,
                {"launch_date": date(2026, 3, 2), "discontinued_date": date(2026, 3, 1)},
                "discontinued_date is 2026-03-01, before launch_date, which is 2026-03-02",
            ),
            (
                Customer,
                {"first_order_date": date(2026, 3, 2), "last_order_date": date(2026, 3, 1)},
                "last_order_date is 2026-03-01, before first_order_date, which is 2026-03-02",
            ),
            (
                Payout,
                {"approved_at": NOON, "processed_at": NOON - timedelta(days=1)},
                "processed_at is 2026-02-28T12:00:00+00:00, before approved_at, which is 2026-03-01T12:00:00+00:00",
            ),
            (
                CommissionPeriod,
                {"calculation_started_at": NOON, "calculation_completed_at": NOON - timedelta(days=1)},
                (
                    "calculation_completed_at is 2026-02-28T12:00:00+00:00, "
                    "before calculation_started_at, which is 2026-03-01T12:00:00+00:00"
                ),
            ),
            (
                CommissionPeriod,
                {"end_date": date(2026, 2, 28)},
                "period 2026-03 ends on 2026-02-28, before it starts on 2026-03-01",
            ),
            (
                CommissionPeriod,
                {"timezone": "Mars"},
                "'Mars' is not a time zone; write an IANA name such as UTC or America/New_York",
            ),
        ],
    )
    def test_out_of_order_are_refused(self, kind: type[Any], changes: dict[str, Any], message: str) -> None:
        """Each by name and value."""
        assert refusal(kind, **changes) == message

    def test_a_periods_days_are_half_open(self) -> None:
        """The row's last day is inclusive (D14)."""
        period = sound(CommissionPeriod, timezone="America/New_York").period

        assert (period.start, period.end, period.timezone) == (date(2026, 3, 1), date(2026, 4, 1), "America/New_York")
        assert period.last_day == date(2026, 3, 31)


class TestJson:
    """JSON columns hold no float, at any depth."""

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ({"cv": 1.5}, "volumes.cv is a float; write a decimal as text"),
            ({"a": [{"b": 1.5}]}, "volumes.a[0].b is a float; write a decimal as text"),
            ({"a": Decimal(1)}, "volumes.a is a Decimal, which JSON has not; write it as text"),
            ({"a": {1: 2}}, "volumes.a has a key that is a int; JSON's keys are text"),
            ({"a": "\0"}, "volumes.a holds a NUL or a lone surrogate, which the database cannot store; remove it"),
            ({"\0": 1}, "volumes has a key with a NUL or a lone surrogate, which the database cannot store; remove it"),
        ],
    )
    def test_what_it_cannot_hold_is_refused_with_its_path(self, value: dict[str, Any], message: str) -> None:
        """So that it is found in a large document."""
        assert refusal(Order, volumes=value) == message

    def test_everything_else_is_taken(self) -> None:
        """Texts, whole numbers, booleans, null, lists and objects."""
        value = {"cv": "1.50", "n": 3, "yes": True, "none": None, "list": [1, {"a": "b"}]}

        assert sound(Order, volumes=value).volumes == value


class TestSecrets:
    """Secrets stand in no repr and in no message."""

    @pytest.mark.parametrize(
        ("kind", "name", "value"),
        [
            (User, "password_hash", "hunter2"),
            (User, "two_factor_secret", "hunter2"),
            (UserProfile, "tax_id", "hunter2"),
            (UserProfile, "kyc_documents", ({"passport": "hunter2"},)),
            (Customer, "payment_methods", ({"card": "hunter2"},)),
            (Payout, "bank_details", {"iban": "hunter2"}),
        ],
    )
    def test_are_not_in_the_repr(self, kind: type[Any], name: str, value: object) -> None:
        """A log line must not hold one."""
        entity = sound(kind, **{name: value})

        assert getattr(entity, name) == value
        assert "hunter2" not in repr(entity)

    @pytest.mark.parametrize(
        ("kind", "changes", "message"),
        [
            (
                User,
                {"password_hash": "hunter2\0"},
                (
                    "password_hash is a secret that is not shown; "
                    "it must be without NUL and lone surrogates, which the database cannot store"
                ),
            ),
            (
                Payout,
                {"bank_details": "hunter2"},
                "bank_details is a secret that is not shown, of type str; it must be a JSON object",
            ),
            (Payout, {"bank_details": {"iban": 22.5}}, "bank_details.iban is a float; write a decimal as text"),
        ],
    )
    def test_are_not_in_the_message(self, kind: type[Any], changes: dict[str, Any], message: str) -> None:
        """An error is logged too."""
        assert refusal(kind, **changes) == message


class TestFrozen:
    """Entities are values."""

    @pytest.mark.parametrize("kind", ENTITIES.values(), ids=lambda kind: kind.__name__)
    def test_have_keywords_only(self, kind: type[Any]) -> None:
        """Nobody can swap two ids by position."""
        assert all(item.kw_only for item in attrs.fields(kind))

    def test_do_not_change(self) -> None:
        """A new state is a new value."""
        user = sound(User)

        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            user.status = UserStatus.SUSPENDED

    def test_a_change_is_checked_like_the_first_value(self) -> None:
        """`attrs.evolve` runs all validators."""
        with pytest.raises(InputError):
            attrs.evolve(sound(Product), price=usd(-1))

    def test_have_ids_of_their_own(self) -> None:
        """New at every making."""
        assert sound(User).id != sound(User).id
        assert sound(User).id > new_id().__class__(int=0)
