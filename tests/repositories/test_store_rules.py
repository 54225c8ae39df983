"""Rules that every store shares: secrets, successors, and the first day that a run needs."""

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest
from attrs import evolve

from mlmcore.compensation.columns import Column
from mlmcore.compensation.lines import LedgerLines
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import InputColumn
from mlmcore.domain.errors import Findings, RefusedError, TransientError
from mlmcore.domain.periods import Period
from mlmcore.repositories.protocols import Actor
from mlmcore.repositories.secrets import open_json, open_text, seal_json, seal_text
from mlmcore.repositories.snapshot_columns import declared_column, first_day
from mlmcore.repositories.successors import check_successor
from mlmcore.repositories.values import Successor
from mlmcore.testing.contracts._month import a_successor
from mlmcore.testing.contracts._support import a_contact, a_user, make_shop, paid_order
from repositories.memory_store import ReversingCipher, new_store


def successor(*cents: int) -> Successor:
    """Return a sound successor with one line per amount."""
    with new_store()() as unit:
        shop = make_shop(unit)
        return a_successor([shop.distributor], paid_order(shop, datetime(2026, 3, 1, tzinfo=UTC)), cents)


class TestSecrets:
    """`repositories.secrets`."""

    def test_what_was_sealed_is_opened(self) -> None:
        """Any JSON value."""
        cipher = ReversingCipher()
        envelope = seal_json(cipher, {"iban": ["DE00", 1]}, column="payouts.bank_details")

        assert "DE00" not in str(envelope)
        assert open_json(cipher, envelope, column="payouts.bank_details") == {"iban": ["DE00", 1]}

    def test_without_a_cipher_nothing_is_sealed(self) -> None:
        """And the message holds no secret."""
        with pytest.raises(RefusedError) as caught:
            seal_text(None, "12-345", column="user_profiles.tax_id")

        assert str(caught.value) == (
            "user_profiles.tax_id is a secret, and there is no cipher to seal it with; give the unit of work a cipher "
            "(mlmcore.sql.cipher.AesGcmCipher, or your own)"
        )

    def test_without_a_cipher_nothing_is_opened(self) -> None:
        """The one that sealed it is needed."""
        with pytest.raises(RefusedError) as caught:
            open_text(None, {"key": "k", "sealed": "x"}, column="user_profiles.tax_id")

        assert str(caught.value) == (
            "user_profiles.tax_id is sealed, and there is no cipher to open it with; give the unit of work the cipher "
            "that sealed it"
        )


class TestCheckSuccessor:
    """`check_successor`."""

    def test_a_sound_one_passes(self) -> None:
        """Nothing is said."""
        check_successor(successor(150, -25))

    def test_everything_that_differs_is_named(self) -> None:
        """At once."""
        sound = successor(150, -25)
        run = evolve(sound.run, paid=Decimal("2.26"), line_count=3)

        with pytest.raises(RefusedError) as caught:
            check_successor(evolve(sound, run=run))

        assert str(caught.value) == (
            f"run {run.id} is not stored: its paid is 2.26, and its lines say 2.25; "
            "its line_count is 3, and its lines say 2"
        )

    def test_an_index_beyond_the_last_is_named(self) -> None:
        """Nobody stands there."""
        sound = successor(150)

        with pytest.raises(RefusedError, match="payee 0 of bonus unilevel is beyond the last, -1"):
            check_successor(evolve(sound, people=np.empty((0, 2), dtype=np.uint64)))

    def test_a_rate_that_would_be_rounded_is_refused(self) -> None:
        """More than eight places."""
        sound = successor(150)
        (segment,) = sound.lines.segments
        finer = evolve(segment, rate=np.array([123456789], dtype=np.int64), rate_places=9)

        with pytest.raises(RefusedError, match="rates of bonus unilevel have more than 8 decimal places"):
            check_successor(evolve(sound, lines=LedgerLines((finer,))))

    @pytest.mark.parametrize(
        ("rate", "places", "fits"), [(999_999, 2, True), (1_000_000, 2, False), (-10_000, 0, False)]
    )
    def test_a_rate_that_the_ledger_cannot_hold_is_refused(self, rate: int, places: int, fits: bool) -> None:
        """It has room for less than 10,000, whatever the sign."""
        sound = successor(150)
        (segment,) = sound.lines.segments
        large = LedgerLines((evolve(segment, rate=np.array([rate], dtype=np.int64), rate_places=places),))

        if fits:
            check_successor(evolve(sound, lines=large))
        else:
            with pytest.raises(RefusedError, match="a rate of bonus unilevel is 10000 or more"):
                check_successor(evolve(sound, lines=large))


class TestDeclaredColumn:
    """`declared_column`."""

    def test_values_are_read_as_declared(self) -> None:
        """Decimals from text, at the declared places."""
        findings = Findings()
        column = declared_column(
            InputColumn(kind="number", unit="money", places=2),
            [("a", "12.5"), ("b", Decimal("-1.25")), ("c", 3), ("d", None)],
            findings,
            required=False,
        )

        assert not findings
        assert [column.value(row) for row in range(4)] == [Decimal("12.50"), Decimal("-1.25"), Decimal(3), None]
        assert column.unit == "money"

    def test_wrong_ones_and_missing_ones_are_all_found(self) -> None:
        """Each with its place."""
        findings = Findings()
        declared_column(
            InputColumn(kind="boolean"),
            [("people 1", True), ("people 2", None), ("people 3", "yes")],
            findings,
            required=False,
        )

        assert sorted(str(finding) for finding in findings) == [
            "people 2: is missing, and the plan declares it; write true or false",
            "people 3: 'yes' is no boolean as the plan declares it (a boolean is true or false); write true or false",
        ]

    def test_dates_and_texts_are_read(self) -> None:
        """None where there is none."""
        findings = Findings()
        days = declared_column(InputColumn(kind="date"), [("a", "2026-03-01"), ("b", None)], findings, required=False)
        words = declared_column(InputColumn(kind="text"), [("a", "x"), ("b", None)], findings, required=False)

        assert [days.value(0), days.value(1)] == [date(2026, 3, 1), None]
        assert [words.value(0), words.value(1)] == ["x", None]
        assert isinstance(days, Column)


class TestFirstDay:
    """`first_day`."""

    PLAN = """
[plan]
id = "weekly"
version = "1"
effective_from = 2026-01-01
period = "month"
currency = "USD"
rounding = { mode = "half_even", places = 2, at = "line" }
tree = "sponsor"
tree_as_of = "period_end"
timezone = "UTC"
refunds = "current"
[inputs]
trees = ["sponsor"]
volumes = { cv = "money" }
[[bonuses]]
id = "retail"
type = "retail"
kind = "amount"
source = "orders"
from = "seller"
amount = "cv"
negative = "charge"
"""

    def test_it_is_the_periods_own(self) -> None:
        """Where no bonus runs for shorter periods."""
        assert first_day(loads_plan(self.PLAN), Period.parse("2026-03")) == date(2026, 3, 1)

    def test_a_week_that_ends_in_the_month_may_begin_before_it(self) -> None:
        """1 March 2026 is a Sunday."""
        weekly = loads_plan(self.PLAN + 'every = "week"\n')

        assert first_day(weekly, Period.parse("2026-03")) == date(2026, 2, 23)


class TestMemoryUnits:
    """What is special about units of work in memory."""

    def test_the_second_of_two_is_undone_and_told_so(self) -> None:
        """Since it did not see what the first one wrote."""
        store = new_store()

        second = store()
        second.__enter__()
        second.users.add(a_user())
        with store() as first:
            kept = first.users.add(a_user())
        with pytest.raises(TransientError) as caught:
            second.__exit__(None, None, None)

        assert str(caught.value) == (
            "another unit of work was kept meanwhile, so this one is undone; try again from the start"
        )
        assert list(store.as_dict()["users"]) == [kept.id]

    def test_what_another_unit_holds_is_told_by_name(self) -> None:
        """A lock, until that unit ends."""
        store = new_store()
        with store() as unit:
            contact = unit.contacts.add(a_contact(unit.users.add(a_user())))

        with store() as first:
            first.contacts.lock(contact.id)
            with store() as second, pytest.raises(TransientError) as caught:
                second.contacts.lock(contact.id)
        with store() as third:
            assert third.contacts.lock(contact.id) == contact

        assert str(caught.value) == f"another unit of work holds contact {contact.id}; try again when it has ended"

    def test_a_unit_that_only_reads_is_never_told(self) -> None:
        """It has nothing to undo."""
        store = new_store()

        with store() as reader:
            with store() as writer:
                writer.users.add(a_user())
            assert reader.users.page() == ()

    def test_a_clock_without_a_timezone_is_refused(self) -> None:
        """An instant that means something else elsewhere."""
        store = new_store()
        store.clock = lambda: datetime(2026, 4, 1)  # noqa: DTZ001 - that is the mistake

        with pytest.raises(RefusedError, match="the clock must give an instant with a time zone"), store():
            pass

    def test_what_was_handed_out_cannot_change_the_store(self) -> None:
        """A mapping is the only part of an entity that can change."""
        store = new_store()
        data = {"city": "Springfield"}
        with store(Actor(request_id="r")) as unit:
            shop = make_shop(unit)
            order = unit.orders.add(paid_order(shop, datetime(2026, 3, 1, tzinfo=UTC), shipping_address=data))
            data["city"] = "Shelbyville"
            assert isinstance(order.shipping_address, dict)
            order.shipping_address["city"] = "Ogdenville"

            assert unit.orders.get(order.id).shipping_address == {"city": "Springfield"}
