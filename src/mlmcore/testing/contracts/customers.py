"""What a repository of customers promises."""
# ruff: noqa: S101 - a contract is a test that ships with the library

from datetime import date
from decimal import Decimal

from attrs import evolve

from mlmcore.domain.enums import CustomerStatus
from mlmcore.domain.errors import (
    BrokenReferenceError,
    ConflictError,
    NotFoundError,
    RefusedError,
)
from mlmcore.domain.ids import new_id
from mlmcore.domain.money import Money
from mlmcore.repositories.protocols import UnitOfWorkFactory
from mlmcore.testing.contracts._support import (
    a_customer,
    make_distributor,
    raises,
    usd,
)

__all__ = ["CustomersContract"]

DAY = date(2026, 3, 10)


class CustomersContract:
    """Subclass it with the fixtures `unit_of_work` (with a cipher) and `unit_of_work_without_cipher`."""

    def test_what_goes_in_comes_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A1, A4."""
        with unit_of_work() as unit:
            customer = a_customer(make_distributor(unit), shipping_addresses=({"city": "Springfield"},))
            stored = unit.customers.add(customer)
            assert stored == evolve(customer, created_at=unit.now, updated_at=unit.now)
            assert unit.customers.get(customer.id) == stored
            assert unit.customers.find_by_number(customer.customer_number) == stored
            assert unit.customers.find(new_id()) is None
            with raises(NotFoundError):
                unit.customers.get(new_id())

    def test_a_number_belongs_to_one(self, unit_of_work: UnitOfWorkFactory) -> None:
        """K1."""
        with unit_of_work() as unit:
            distributor = make_distributor(unit)
            customer = unit.customers.add(a_customer(distributor))
            with raises(ConflictError):
                unit.customers.add(a_customer(distributor, customer_number=customer.customer_number))

    def test_a_distributor_is_one_customer(self, unit_of_work: UnitOfWorkFactory) -> None:
        """K1."""
        with unit_of_work() as unit:
            distributor = make_distributor(unit)
            own = unit.customers.add(a_customer(distributor, user_id=distributor.user_id))
            assert unit.customers.find_by_user(distributor.user_id) == own
            with raises(ConflictError):
                unit.customers.add(a_customer(distributor, user_id=distributor.user_id))

    def test_everybody_who_is_named_is_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """K2."""
        with unit_of_work() as unit:
            distributor = make_distributor(unit)
        for changes in ({"distributor_id": new_id()}, {"user_id": new_id()}):
            with raises(BrokenReferenceError), unit_of_work() as unit:
                unit.customers.add(a_customer(distributor, **changes))

    def test_a_status_moves_as_its_machine_says(self, unit_of_work: UnitOfWorkFactory) -> None:
        """K3: there is a way back from everywhere, and every state is reached."""
        with unit_of_work() as unit:
            customer = unit.customers.add(a_customer(make_distributor(unit)))
            gone = unit.customers.update(evolve(customer, status=CustomerStatus.SUSPENDED))
            assert gone in unit.customers.list_by_status(CustomerStatus.SUSPENDED)
            unit.customers.update(evolve(gone, status=CustomerStatus.ACTIVE))

    def test_payments_and_refunds_are_summed_where_they_are_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """K5: also after somebody else's, and the days in any order."""
        with unit_of_work() as unit:
            customer = unit.customers.add(a_customer(make_distributor(unit)))
            unit.customers.record_payment(customer.id, usd("20.00"), date(2026, 3, 10))
            unit.customers.record_payment(customer.id, usd("5.50"), date(2026, 3, 2))
            stored = unit.customers.record_refund(customer.id, usd("3.25"))
            assert stored == unit.customers.get(customer.id)
            assert (stored.lifetime_value, stored.lifetime_currency) == (Decimal("22.25"), "USD")
            assert (stored.first_order_date, stored.last_order_date) == (date(2026, 3, 2), date(2026, 3, 10))
            with raises(NotFoundError):
                unit.customers.record_payment(new_id(), usd("1.00"), DAY)
            with raises(NotFoundError):
                unit.customers.record_refund(new_id(), usd("1.00"))

    def test_money_in_another_currency_is_not_counted_in(self, unit_of_work: UnitOfWorkFactory) -> None:
        """K5: the order's day is; a refund before any payment is not either."""
        with unit_of_work() as unit:
            customer = unit.customers.add(a_customer(make_distributor(unit)))
            unit.customers.record_refund(customer.id, usd("3.00"))
            unit.customers.record_payment(customer.id, usd("20.00"), DAY)
            unit.customers.record_refund(customer.id, Money.of("2.00", "EUR"))
            stored = unit.customers.record_payment(customer.id, Money.of("7.00", "EUR"), date(2026, 3, 12))
            assert (stored.lifetime_value, stored.lifetime_currency) == (Decimal(20), "USD")
            assert (stored.first_order_date, stored.last_order_date) == (DAY, date(2026, 3, 12))

    def test_customers_are_listed_by_distributor(self, unit_of_work: UnitOfWorkFactory) -> None:
        """By number."""
        with unit_of_work() as unit:
            distributor = make_distributor(unit)
            unit.customers.add(a_customer(make_distributor(unit)))
            unit.customers.add_many([a_customer(distributor), a_customer(distributor)])
            listed = unit.customers.list_by_distributor(distributor.user_id)
            numbers = [customer.customer_number for customer in listed]
            assert len(numbers) == 2
            assert numbers == sorted(numbers)

    def test_ways_of_payment_are_secret(
        self, unit_of_work: UnitOfWorkFactory, unit_of_work_without_cipher: UnitOfWorkFactory
    ) -> None:
        """K4, A11."""
        cards = ({"card": "4111", "holder": "Ann"},)

        with unit_of_work() as unit:
            customer = unit.customers.add(a_customer(make_distributor(unit), payment_methods=cards))
            assert unit.customers.get(customer.id).payment_methods == cards
            rows = unit.audit.list_by_entity("customers", customer.id)
            assert "4111" not in str([row.after_data for row in rows])
        with unit_of_work_without_cipher() as unit:
            distributor = make_distributor(unit)
            with raises(RefusedError):
                unit.customers.add(a_customer(distributor, payment_methods=cards))
            assert unit.customers.list_by_distributor(distributor.user_id) == ()
