"""What a snapshot of a period promises."""
# ruff: noqa: S101 - a contract is a test that ships with the library

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from mlmcore.compensation.inputs import Orders, RunInputs
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.domain.commissions import CommissionInput
from mlmcore.domain.enums import OrderStatus, PaymentStatus, PeriodStatus
from mlmcore.domain.errors import InputError, NotFoundError
from mlmcore.domain.sales import Order
from mlmcore.genealogy import IdIndex
from mlmcore.repositories.protocols import UnitOfWork, UnitOfWorkFactory
from mlmcore.testing.contracts._month import a_successor
from mlmcore.testing.contracts._support import (
    Shop,
    a_customer,
    a_distributor,
    a_period,
    a_plan,
    a_refund,
    a_user,
    an_event,
    an_order,
    make_distributor,
    make_shop,
    move_period,
    paid_order,
    raises,
)

__all__ = ["SnapshotsContract"]

_PLAN = """
[plan]
id = "contract"
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
trees = ["sponsor", "placement", "enroller"]
volumes = { pv = "points", cv = "money" }
attributes = { club = "text", points = "number" }

[measures]
personal = "sum(orders, pv)"
"""
_WEEKLY = """
[[bonuses]]
id = "weekly"
type = "retail"
kind = "amount"
every = "week"
source = "orders"
from = "seller"
amount = "cv"
negative = "charge"
"""
_NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
_EPOCH = date(1970, 1, 1)


class SnapshotsContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_people_are_those_who_joined_in_time(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S1: by id, with status, day and attributes."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            ann = make_distributor(unit, join_date=date(2026, 3, 31), attributes={"club": "gold", "points": "12.5"})
            bob = make_distributor(unit)
            make_distributor(unit, join_date=date(2026, 4, 1))
            people = _read(unit).people

            assert [str(label) for label in people.ids.labels(np.arange(len(people)))] == [
                str(key) for key in sorted([ann.user_id, bob.user_id])
            ]
            row, other = _row(people.ids, ann.user_id), _row(people.ids, bob.user_id)
            assert people.status.value(row) == "active"
            assert int(people.joined[row]) == (date(2026, 3, 31) - _EPOCH).days
            assert (people.attributes["club"].value(row), people.attributes["points"].value(row)) == (
                "gold",
                Decimal("12.5"),
            )
            assert people.attributes["club"].value(other) is None
            assert people.attributes["points"].value(other) is None

    def test_trees_name_rows_of_people(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S2."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            top = make_distributor(unit)
            low = make_distributor(
                unit, sponsor_id=top.user_id, placement_id=top.user_id, placement_leg=2, enroller_id=top.user_id
            )
            inputs = _read(unit)
            up, down = _row(inputs.people.ids, top.user_id), _row(inputs.people.ids, low.user_id)
            assert [(int(inputs.trees[name].parent[down]), int(inputs.trees[name].leg[down])) for name in _TREES] == [
                (up, 1),
                (up, 2),
                (up, 0),
            ]
            assert [int(inputs.trees[name].parent[up]) for name in _TREES] == [-1, -1, -1]

    def test_an_upline_who_is_not_in_the_run_is_none(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S2."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            late = make_distributor(unit, join_date=date(2026, 4, 1))
            early = make_distributor(unit, sponsor_id=late.user_id)
            inputs = _read(unit)
            row = _row(inputs.people.ids, early.user_id)
            assert (int(inputs.trees["sponsor"].parent[row]), int(inputs.trees["sponsor"].leg[row])) == (-1, 0)

    def test_who_moved_since_stands_where_they_stood(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S2: before the first move after the period's end, also if that leads to a root."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            ann, bob = make_distributor(unit).user_id, make_distributor(unit).user_id
            low = make_distributor(unit, sponsor_id=ann, placement_id=ann, placement_leg=2).user_id
            before = _read(unit)
            for above in (bob, None):
                person = unit.distributors.get(low)
                unit.distributors.update(
                    evolve(
                        person,
                        sponsor_id=above,
                        sponsor_leg=None,
                        placement_id=above,
                        placement_leg=None if above is None else 1,
                    )
                )
            unit.distributors.update(evolve(unit.distributors.get(bob), sponsor_id=ann, sponsor_leg=None))
            after = _read(unit)

            row, up = _row(after.people.ids, low), _row(after.people.ids, ann)
            assert [int(after.trees["placement"].parent[row]), int(after.trees["placement"].leg[row])] == [up, 2]
            assert int(after.trees["sponsor"].parent[_row(after.people.ids, bob)]) == -1
            for name in _TREES:
                assert after.trees[name].parent.tolist() == before.trees[name].parent.tolist()
                assert after.trees[name].leg.tolist() == before.trees[name].leg.tolist()

    def test_a_plan_of_the_sale_gets_first_places_and_moves(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S2: of several moves on one day the last."""
        with unit_of_work() as unit:
            ann, bob = make_distributor(unit).user_id, make_distributor(unit).user_id
            low = make_distributor(unit, sponsor_id=ann, join_date=date(2026, 1, 5)).user_id
            for sponsor_id in (None, bob):
                unit.distributors.update(evolve(unit.distributors.get(low), sponsor_id=sponsor_id, sponsor_leg=None))
            moved = [
                move.moved_at.astimezone(UTC).date() for move in unit.distributors.list_moves(low) if move.moved_at
            ]
            month = unit.periods.add(a_period(f"{moved[-1]:%Y-%m}")).id
            inputs = _read(unit, evolve(_plan(), tree_as_of="sale", steps=()).checked(), month)
            rows = [_row(inputs.people.ids, key) for key in (low, ann, bob)]
            moves = inputs.moves["sponsor"]
            days = sorted({(day - _EPOCH).days for day in moved})

            assert int(inputs.trees["sponsor"].parent[rows[0]]) == rows[1]
            assert moves.person.tolist() == [rows[0]] * len(days)
            assert (moves.since.tolist(), moves.parent.tolist()[-1]) == (days, rows[2])
            assert (len(inputs.moves["placement"]), len(inputs.moves["enroller"])) == (0, 0)

    def test_orders_count_when_they_are_paid(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S3: and not while they are pending, cancelled or unpaid."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            shop = make_shop(unit)
            counting = unit.orders.add(_paid(shop, _NOON))
            unit.orders.add(_paid(shop, _NOON, status=OrderStatus.PENDING))
            unit.orders.add(_paid(shop, _NOON, status=OrderStatus.CANCELLED))
            unit.orders.add(_paid(shop, _NOON, status=OrderStatus.REFUNDED, payment_status=PaymentStatus.REFUNDED))
            unit.orders.add(an_order(shop, volumes={"cv": "1"}, created_at=_NOON, status=OrderStatus.CONFIRMED))
            orders = _read(unit).orders

            assert _keys(orders) == [counting.id]
            assert int(orders.date[0]) == (date(2026, 3, 10) - _EPOCH).days
            assert orders.volumes["pv"].decimal(0) == 40
            assert orders.volumes["cv"].decimal(0) == Decimal("30.50")

    def test_the_first_and_last_instant_are_in(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S3: in the period's timezone, microsecond by microsecond."""
        start = datetime(2026, 3, 1, 5, tzinfo=UTC)  # midnight in New York
        end = datetime(2026, 4, 1, 4, tzinfo=UTC)  # and there again, an hour earlier in summer
        with unit_of_work() as unit:
            unit.periods.add(a_period(timezone="America/New_York"))
            shop = make_shop(unit)
            tick = timedelta(microseconds=1)
            inside = [unit.orders.add(_paid(shop, instant)) for instant in (start, end - tick)]
            for instant in (start - tick, end):
                unit.orders.add(_paid(shop, instant))
            orders = _read(unit, evolve(_plan(), timezone="America/New_York")).orders
            assert sorted(_keys(orders)) == sorted(order.id for order in inside)
            assert sorted(int(day) for day in orders.date) == [
                (date(2026, 3, 1) - _EPOCH).days,
                (date(2026, 3, 31) - _EPOCH).days,
            ]

    def test_an_order_without_a_payment_day_counts_when_it_was_made(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S3."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            imported = unit.orders.add(evolve(_paid(make_shop(unit), _NOON), paid_at=None, created_at=_NOON))
            assert _keys(_read(unit).orders) == [imported.id]

    def test_seller_and_buyer_are_rows_of_people(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S3: a customer who is a distributor buys as one."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            shop = make_shop(unit)
            buyer = make_distributor(unit)
            own = unit.customers.add(a_customer(shop.distributor, user_id=buyer.user_id))
            retail = unit.orders.add(_paid(shop, _NOON))
            inner = unit.orders.add(_paid(evolve(shop, customer=own), _NOON))
            inputs = _read(unit)
            rows = {key: row for row, key in enumerate(_keys(inputs.orders))}
            seller, person = (_row(inputs.people.ids, key) for key in (shop.distributor.user_id, buyer.user_id))
            assert [int(inputs.orders.seller[rows[key]]) for key in (retail.id, inner.id)] == [seller, seller]
            assert [int(inputs.orders.buyer[rows[key]]) for key in (retail.id, inner.id)] == [-1, person]
            codes = [int(inputs.orders.customer[rows[key]]) for key in (retail.id, inner.id)]
            assert [inputs.orders.customers[code] for code in codes] == [str(shop.customer.id), str(own.id)]

    def test_a_refund_is_an_order_with_negative_volumes(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S4, S5."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            order = unit.orders.add(_paid(make_shop(unit), _NOON, payment_status=PaymentStatus.PARTIALLY_REFUNDED))
            refund = unit.orders.add_refund(a_refund(order, volumes={"cv": "15.25"}))
            snapshot = unit.snapshots.read("2026-03", _plan())
            orders = snapshot.inputs.orders
            rows = {key: row for row, key in enumerate(_keys(orders))}
            assert set(rows) == {order.id, refund.id}
            back = rows[refund.id]
            assert int(orders.refund_of[back]) == rows[order.id]
            assert int(orders.refund_of[rows[order.id]]) == -1
            assert int(orders.date[back]) == (date(2026, 3, 20) - _EPOCH).days
            assert orders.volumes["pv"].decimal(back) == -20
            assert orders.volumes["cv"].decimal(back) == Decimal("-15.25")
            assert [_uuid(key) for key in snapshot.source_orders] == [order.id, order.id]

    def test_a_further_volume_is_taken_back_however_it_is_written(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S5: as text or as an integer, with the opposite sign of the order's."""
        written: list[tuple[Any, Any, int]] = [
            (30, 30, -30),
            ("30", 10, -10),
            ("30", "-10", -10),
            ("-30", "30", 30),
            (-30, -30, 30),
        ]
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            shop = make_shop(unit)
            expected: dict[UUID, Decimal] = {}
            for sold, back, counted in written:
                order = _paid(shop, _NOON, payment_status=PaymentStatus.PARTIALLY_REFUNDED, volumes={"cv": sold})
                refund = unit.orders.add_refund(a_refund(unit.orders.add(order), volumes={"cv": back}))
                expected |= {order.id: Decimal(sold), refund.id: Decimal(counted)}
            orders = _read(unit).orders
            seen = {key: orders.volumes["cv"].decimal(row) for row, key in enumerate(_keys(orders))}
        assert seen == expected

    def test_a_refund_brings_its_earlier_original(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S4: with its own day."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            february = datetime(2026, 2, 10, tzinfo=UTC)
            order = unit.orders.add(
                _paid(
                    make_shop(unit),
                    february,
                    status=OrderStatus.REFUNDED,
                    payment_status=PaymentStatus.REFUNDED,
                )
            )
            refund = unit.orders.add_refund(a_refund(order, 2, volumes={"cv": "30.50"}))
            unit.orders.add(_paid(make_shop(unit), february))
            orders = _read(unit).orders
            rows = {key: row for row, key in enumerate(_keys(orders))}
            assert set(rows) == {order.id, refund.id}
            assert int(orders.date[rows[order.id]]) == (date(2026, 2, 10) - _EPOCH).days

    def test_a_refund_brings_its_original_of_a_week_that_began_earlier(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S3, S4: what was paid in February is taken back in March; what came and went in February is not seen."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            orders = [
                unit.orders.add(
                    _paid(
                        make_shop(unit),
                        datetime(2026, 2, 25, tzinfo=UTC),
                        status=OrderStatus.REFUNDED,
                        payment_status=PaymentStatus.REFUNDED,
                    )
                )
                for _ in range(3)
            ]
            days = [
                datetime(2026, 3, 20, tzinfo=UTC),
                datetime(2026, 2, 27, tzinfo=UTC),
                datetime(2026, 4, 2, tzinfo=UTC),
            ]
            refunds = [
                unit.orders.add_refund(a_refund(order, 2, refunded_at=day, volumes={"cv": "30.50"}))
                for order, day in zip(orders, days, strict=True)
            ]
            seen = _keys(_read(unit, loads_plan(_PLAN + _WEEKLY)).orders)
            assert sorted(seen) == sorted([orders[0].id, refunds[0].id, orders[2].id])

    def test_what_happens_later_changes_nothing(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S3: an order refunded in April still counts in March, and is taken back in April."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            unit.periods.add(a_period("2026-04"))
            order = unit.orders.add(
                _paid(make_shop(unit), _NOON, status=OrderStatus.REFUNDED, payment_status=PaymentStatus.REFUNDED)
            )
            april = datetime(2026, 4, 5, tzinfo=UTC)
            refund = unit.orders.add_refund(a_refund(order, 2, refunded_at=april, volumes={"cv": "30.50"}))
            assert _keys(_read(unit).orders) == [order.id]
            assert sorted(_keys(_read(unit, period_id="2026-04").orders)) == sorted([order.id, refund.id])

    def test_a_whole_refund_in_the_same_period_leaves_nothing(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S3, S4."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            order = unit.orders.add(
                _paid(make_shop(unit), _NOON, status=OrderStatus.REFUNDED, payment_status=PaymentStatus.REFUNDED)
            )
            unit.orders.add_refund(a_refund(order, 2, volumes={"cv": "30.50"}))
            assert _keys(_read(unit).orders) == []

    def test_a_refund_of_a_cancelled_order_is_a_finding(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S4, S8."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            order = unit.orders.add(_paid(make_shop(unit), _NOON, status=OrderStatus.CANCELLED))
            unit.orders.add_refund(a_refund(order, volumes={"cv": "15.25"}))
            with raises(InputError):
                _read(unit)

    def test_everything_wrong_is_found_at_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S1, S5, S8: a missing volume, one of another kind, an attribute of another kind; each with its id."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            shop = make_shop(unit)
            person = make_distributor(unit, attributes={"points": True, "club": 7})
            missing = unit.orders.add(paid_order(shop, _NOON))
            wrong = unit.orders.add(paid_order(shop, _NOON, volumes={"cv": "1e3"}))
            with raises(InputError) as caught:
                _read(unit)
        named = [key for key in (person.user_id, missing.id, wrong.id) if str(key) in caught.text]
        assert caught.text.startswith("4 findings:")
        assert named == [person.user_id, missing.id, wrong.id]

    def test_another_currency_is_a_finding(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S8: the plan counts money, and not this one."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            unit.orders.add(_paid(make_shop(unit), _NOON))
            with raises(InputError):
                _read(unit, evolve(_plan(), currency="EUR"))

    def test_a_further_column_in_another_currency_is_a_finding(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S8: an order's total that is no volume, but is asked for by conditions, is money all the same."""
        points = 'volumes = { pv = "points" }'
        without = loads_plan(_PLAN.replace('volumes = { pv = "points", cv = "money" }', points))
        totals = f'{points}\norder_columns = {{ total = "money" }}'
        asked = loads_plan(_PLAN.replace('volumes = { pv = "points", cv = "money" }', totals))
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            order = unit.orders.add(_paid(make_shop(unit), _NOON))
            assert _keys(_read(unit, evolve(without, currency="EUR")).orders) == [order.id]
            with raises(InputError):
                _read(unit, evolve(asked, currency="EUR"))

    def test_company_figures_come_along(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S6."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            unit.periods.set_input(
                CommissionInput(period_id="2026-03", name="profit", value=Decimal("1000.5"), unit="money")
            )
            assert dict(_read(unit).company) == {"profit": Decimal("1000.5")}

    def test_what_was_carried_comes_along(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S6: of the official run of the period before."""
        with unit_of_work() as unit:
            shop, other = make_shop(unit), make_distributor(unit)
            order = unit.orders.add(_paid(shop, datetime(2026, 2, 10, tzinfo=UTC)))
            unit.plans.add(a_plan())
            unit.periods.add(a_period("2026-02"))
            move_period(unit, "2026-02", PeriodStatus.CLOSED, PeriodStatus.CALCULATING)
            unit.ledger.replace(a_successor([shop.distributor, other], order, [10], period_id="2026-02"))
            unit.periods.add(a_period())
            state = _read(unit).previous

            carrier, ranked = _row(state.ids, shop.distributor.user_id), _row(state.ids, other.user_id)
            assert state.carried["volume"].decimal(carrier) == Decimal("1.50")
            assert state.carried["volume"].unit == "points"
            assert state.carried["volume"].value(ranked) is None
            assert (state.best_rank.value(carrier), state.best_rank.value(ranked)) == (None, "gold")

    def test_before_the_first_period_nothing_was_carried(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S6."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            assert len(_read(unit).previous.ids) == 0

    def test_a_period_that_is_not_stored_cannot_be_read(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A1."""
        with unit_of_work() as unit, raises(NotFoundError):
            _read(unit)

    def test_reading_changes_nothing(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S7."""
        with unit_of_work() as unit:
            period = unit.periods.add(a_period())
            user = unit.users.add(a_user())
            unit.distributors.add(a_distributor(user))
            first, second = _read(unit), _read(unit)
            assert unit.periods.get("2026-03") == period
            assert np.array_equal(first.people.ids.keys, second.people.ids.keys)

    def test_events_come_with_their_columns(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S9: of the declared names, whatever else is in `data`; null is no value."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            ann, bob = make_distributor(unit), make_distributor(unit)
            full = {"score": "12.50", "hosted": True, "place": "Springfield", "on": "2026-03-09", "more": [1]}
            first = unit.events.add(an_event(ann, data=full))
            empty = {"score": None, "hosted": False, "place": None, "on": None}
            second = unit.events.add(an_event(bob, data=empty))
            unit.events.add(an_event(bob, name="signups"))
            inputs = _read(unit, _event_plan())
            events = inputs.events["demos"]
            rows = [_row(events.ids, event.id) for event in (first, second)]
            people = [_row(inputs.people.ids, person.user_id) for person in (ann, bob)]

            assert list(inputs.events) == ["demos"]
            assert len(events) == 2
            assert [int(events.person[row]) for row in rows] == people
            assert {int(day) for day in events.date} == {(date(2026, 3, 10) - _EPOCH).days}
            assert [[column.value(row) for column in events.columns.values()] for row in rows] == [
                [Decimal("12.50"), True, "Springfield", date(2026, 3, 9)],
                [None, False, None, None],
            ]

    def test_events_count_in_the_timezone_of_the_period(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S9: the first and the last microsecond of the month are in."""
        start = datetime(2026, 3, 1, 5, tzinfo=UTC)  # midnight in New York
        end = datetime(2026, 4, 1, 4, tzinfo=UTC)
        tick = timedelta(microseconds=1)
        data = {"score": "1", "hosted": True, "place": "", "on": None}
        with unit_of_work() as unit:
            unit.periods.add(a_period(timezone="America/New_York"))
            person = make_distributor(unit)
            inside = [unit.events.add(an_event(person, occurred_at=at, data=data)) for at in (start, end - tick)]
            for instant in (start - tick, end):
                unit.events.add(an_event(person, occurred_at=instant))
            events = _read(unit, evolve(_event_plan(), timezone="America/New_York")).events["demos"]
            days = [int(events.date[_row(events.ids, event.id)]) for event in inside]

            assert len(events) == 2
            assert days == [(date(2026, 3, day) - _EPOCH).days for day in (1, 31)]

    def test_what_is_wrong_with_events_is_found_at_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """S8, S9: a missing column, a wrong one, and somebody who joined later."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            late, person = make_distributor(unit, join_date=date(2026, 4, 1)), make_distributor(unit)
            wrong = {"scor": "12.50", "hosted": "yes", "place": "Springfield", "on": "soon"}
            right = {"score": "1", "hosted": True, "place": "", "on": None}
            broken = unit.events.add(an_event(person, data=wrong))
            early = unit.events.add(an_event(late, data=right))
            with raises(InputError) as caught:
                _read(unit, _event_plan())
            where = f"person_events {broken.id} data"
            expected = f"""
                {where}.score: is missing, and the plan declares it; did you mean 'scor'?; write null where there is no value
                {where}.hosted: 'yes' is no boolean as the plan declares it (a boolean is true or false); write true or false
                {where}.on: 'soon' is no date as the plan declares it (Invalid isoformat string: 'soon'); write "2026-03-31", a date as text
                person_events {early.id}: distributor {late.user_id}, to whom it happened, joined after the period; correct the distributor's join_date
            """  # noqa: E501 - a finding is a line
            found = [line.strip() for line in caught.text.splitlines()]
            assert found[0] == "4 findings:"
            assert sorted(found[1:]) == sorted(line.strip() for line in expected.strip().splitlines())


_TREES = ("sponsor", "placement", "enroller")


def _plan() -> Plan:
    return loads_plan(_PLAN)


def _event_plan() -> Plan:
    declared = '[inputs.events.demos]\nscore = "points"\nhosted = "boolean"\nplace = "text"\non = "date"\n'
    return loads_plan(_PLAN.replace("[measures]", f"{declared}\n[measures]"))


def _read(unit: UnitOfWork, plan: Plan | None = None, period_id: str = "2026-03") -> RunInputs:
    return unit.snapshots.read(period_id, plan or _plan()).inputs


def _paid(shop: Shop, paid_at: datetime, **changes: Any) -> Order:
    """Two pieces, 40 PV and a CV of 30.50 dollars."""
    return paid_order(shop, paid_at, **{"volumes": {"cv": "30.50"}, **changes})


def _keys(orders: Orders) -> list[UUID]:
    return [_uuid(key) for key in orders.ids.keys]


def _uuid(key: NDArray[np.uint64]) -> UUID:
    return UUID(int=int(key[0]) << 64 | int(key[1]))


def _row(ids: IdIndex, key: UUID) -> int:
    return int(ids.positions([str(key)])[0])
