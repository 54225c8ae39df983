"""What a repository of standing orders promises."""
# ruff: noqa: S101 - a contract is a test that ships with the library

from datetime import date, timedelta
from typing import Any

from attrs import evolve

from mlmcore.domain.auto_ship import AutoShip, AutoShipItem, AutoShipOrder
from mlmcore.domain.enums import AutoShipStatus
from mlmcore.domain.errors import BrokenReferenceError, ConflictError, IllegalMoveError, NotFoundError, RefusedError
from mlmcore.domain.ids import new_id
from mlmcore.repositories.protocols import UnitOfWorkFactory
from mlmcore.testing.contracts._support import Shop, a_product, an_order, fresh, make_shop, raises

__all__ = ["AutoShipsContract"]

_DAY = date(2026, 3, 10)


def an_auto_ship(shop: Shop, **changes: Any) -> AutoShip:
    """Return a standing order of two pieces, every 30 days."""
    key = changes.pop("id", None) or new_id()
    given: dict[str, Any] = {
        "id": key,
        "number": fresh("A"),
        "customer_id": shop.customer.id,
        "interval_days": 30,
        "next_date": _DAY,
        "shipping_address": {"city": "Springfield"},
        "billing_address": {"city": "Springfield"},
        "items": (AutoShipItem(auto_ship_id=key, product_id=shop.product.id, quantity=2),),
    }
    return AutoShip(**{**given, **changes})


class AutoShipsContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_what_goes_in_comes_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A1, A4, V3: with its items."""
        with unit_of_work() as unit:
            auto_ship = an_auto_ship(make_shop(unit))
            items = tuple(evolve(item, created_at=unit.now) for item in auto_ship.items)
            expected = evolve(auto_ship, created_at=unit.now, updated_at=unit.now, items=items)
            assert unit.auto_ships.add(auto_ship) == expected
            assert unit.auto_ships.get(auto_ship.id) == expected == unit.auto_ships.lock(auto_ship.id)
            assert unit.auto_ships.find_by_number(auto_ship.number) == expected
            assert unit.auto_ships.list_by_customer(auto_ship.customer_id) == (expected,)
            assert unit.auto_ships.find(new_id()) is None
            for ask in (unit.auto_ships.get, unit.auto_ships.lock):
                with raises(NotFoundError):
                    ask(new_id())

    def test_a_number_belongs_to_one(self, unit_of_work: UnitOfWorkFactory) -> None:
        """V1."""
        with unit_of_work() as unit:
            shop = make_shop(unit)
            auto_ship = unit.auto_ships.add(an_auto_ship(shop))
            with raises(ConflictError):
                unit.auto_ships.add(an_auto_ship(shop, number=auto_ship.number))
            with raises(ConflictError):
                unit.auto_ships.add_many([an_auto_ship(shop), an_auto_ship(shop, number=auto_ship.number)])

    def test_everything_that_is_named_is_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """V2."""
        with unit_of_work() as unit:
            shop = make_shop(unit)
        for auto_ship in (
            an_auto_ship(shop, customer_id=new_id()),
            an_auto_ship(shop, distributor_id=new_id()),
            an_auto_ship(evolve(shop, product=a_product())),
        ):
            with raises(BrokenReferenceError), unit_of_work() as unit:
                unit.auto_ships.add(auto_ship)

    def test_it_has_items_each_product_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """V3."""
        with unit_of_work() as unit:
            shop = make_shop(unit)
            with raises(RefusedError):
                unit.auto_ships.add(an_auto_ship(shop, items=()))
            auto_ship = an_auto_ship(shop)
            with raises(ConflictError):
                unit.auto_ships.add(
                    evolve(auto_ship, items=(*auto_ship.items, evolve(auto_ship.items[0], id=new_id())))
                )
            assert unit.auto_ships.find(auto_ship.id) is None
            many = [an_auto_ship(shop) for _ in range(5)]
            unit.auto_ships.add_many(many)
            everything = unit.auto_ships.page(None, 10_000)
            assert [one.id for one in everything] == sorted(one.id for one in everything)
            assert unit.auto_ships.page(everything[1].id, 2) == everything[2:4]
            assert {len(one.items) for one in everything} == {1}

    def test_what_is_sent_never_changes(self, unit_of_work: UnitOfWorkFactory) -> None:
        """V4."""
        with unit_of_work() as unit:
            auto_ship = unit.auto_ships.add(an_auto_ship(make_shop(unit)))
            for changed in (
                evolve(auto_ship, number=fresh("A")),
                evolve(auto_ship, customer_id=make_shop(unit).customer.id),
                evolve(auto_ship, items=(evolve(auto_ship.items[0], quantity=3),)),
            ):
                with raises(RefusedError):
                    unit.auto_ships.update(changed)
            later = unit.auto_ships.update(evolve(auto_ship, interval_days=60, items=()))
            assert later == evolve(auto_ship, interval_days=60)

    def test_a_status_moves_as_its_machine_says(self, unit_of_work: UnitOfWorkFactory) -> None:
        """V5: cancelled is final."""
        with unit_of_work() as unit:
            auto_ship = unit.auto_ships.add(an_auto_ship(make_shop(unit)))
            gone = unit.auto_ships.update(evolve(auto_ship, status=AutoShipStatus.CANCELLED))
            with raises(IllegalMoveError):
                unit.auto_ships.update(evolve(gone, status=AutoShipStatus.ACTIVE))

    def test_a_date_brings_one_order(self, unit_of_work: UnitOfWorkFactory) -> None:
        """V6."""
        with unit_of_work() as unit:
            shop = make_shop(unit)
            auto_ship, other = (unit.auto_ships.add(an_auto_ship(shop)) for _ in range(2))
            orders = [unit.orders.add(an_order(shop)) for _ in range(2)]
            record = AutoShipOrder(auto_ship_id=auto_ship.id, due_date=_DAY, order_id=orders[0].id)
            later = evolve(record, id=new_id(), due_date=_DAY + timedelta(days=1), order_id=orders[1].id)
            stored = [unit.auto_ships.record_order(one) for one in (later, record)]
            assert stored == [evolve(one, created_at=unit.now) for one in (later, record)]
            assert unit.auto_ships.list_orders(auto_ship.id) == (stored[1], stored[0])
            for twice in (
                evolve(record, id=new_id(), order_id=unit.orders.add(an_order(shop)).id),
                evolve(record, id=new_id(), auto_ship_id=other.id),
            ):
                with raises(ConflictError):
                    unit.auto_ships.record_order(twice)
        with raises(BrokenReferenceError), unit_of_work() as unit:
            unit.auto_ships.record_order(evolve(record, id=new_id(), due_date=date(2026, 5, 1), order_id=new_id()))

    def test_what_is_due_is_taken(self, unit_of_work: UnitOfWorkFactory) -> None:
        """V7: active, its date has come, not tried on that day yet; the longest due first."""
        tomorrow = _DAY + timedelta(days=1)
        with unit_of_work() as unit:
            shop = make_shop(unit)
            due = [
                an_auto_ship(shop, next_date=_DAY - timedelta(days=days), tried_on=tried)
                for days, tried in ((0, None), (9, None), (0, _DAY - timedelta(days=1)))
            ]
            due.sort(key=lambda one: (one.next_date, one.id))
            others = [
                an_auto_ship(shop, next_date=tomorrow),
                an_auto_ship(shop, tried_on=_DAY, failure="none left"),
                an_auto_ship(shop, status=AutoShipStatus.PAUSED),
                an_auto_ship(shop, status=AutoShipStatus.CANCELLED),
            ]
            unit.auto_ships.add_many([*others, *due])
            assert [one.id for one in unit.auto_ships.take_due(_DAY)] == [one.id for one in due]
            assert unit.auto_ships.take_due(_DAY, 1) == (unit.auto_ships.get(due[0].id),)
            assert len(unit.auto_ships.take_due(tomorrow)) == 5
            assert [one.id for one in unit.auto_ships.page_failed()] == [others[1].id]
            with raises(RefusedError):
                unit.auto_ships.take_due(_DAY, 0)

    def test_a_change_leaves_an_audit_row(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A9: the addresses as hashes."""
        with unit_of_work() as unit:
            auto_ship = unit.auto_ships.add(an_auto_ship(make_shop(unit)))
            unit.auto_ships.update(evolve(auto_ship, failure="none left"))
            rows = {row.action: row for row in unit.audit.list_by_entity("auto_ships", auto_ship.id)}
            assert set((rows["insert"].after_data or {})["shipping_address"]) == {"sha256"}
            assert rows["update"].after_data == {"failure": "none left"}
