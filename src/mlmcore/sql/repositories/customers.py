"""Customers."""

from datetime import date
from typing import Final
from uuid import UUID

from mlmcore.domain import machines
from mlmcore.domain.enums import CustomerStatus
from mlmcore.domain.money import Money
from mlmcore.domain.sales import Customer
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._rows import Aggregate, Rows, Table

__all__ = ["SqlCustomers"]

_CUSTOMERS: Final = Table(name="customers", entity="customer", type=Customer, machines={"status": machines.CUSTOMER})


class SqlCustomers(Aggregate[Customer]):
    """Customers; see `protocols.Customers`."""

    def __init__(self, context: Context) -> None:
        self._session = context.session
        self._rows = Rows(context, _CUSTOMERS)

    def find_by_number(self, number: str, /) -> Customer | None:
        """Return the customer with this number, or None."""
        return self._rows.one("WHERE customer_number = %(number)s", {"number": number})

    def find_by_user(self, user_id: UUID, /) -> Customer | None:
        """Return the customer that a distributor is, or None."""
        return self._rows.one("WHERE user_id = %(user)s", {"user": user_id})

    def list_by_distributor(self, distributor_id: UUID, /) -> tuple[Customer, ...]:
        """Return a distributor's customers, by number."""
        rest = 'WHERE distributor_id = %(distributor)s ORDER BY customer_number COLLATE "C"'
        return self._rows.many(rest, {"distributor": distributor_id})

    def list_by_status(self, status: CustomerStatus, /) -> tuple[Customer, ...]:
        """Return the customers of a status, by id."""
        return self._rows.many("WHERE status = %(status)s ORDER BY id", {"status": status.value})

    def record_payment(self, customer_id: UUID, amount: Money, day: date, /) -> Customer:
        """Add to what a customer has paid."""
        return self._record("customers_record_payment", customer_id, amount, day=day)

    def record_refund(self, customer_id: UUID, amount: Money, /) -> Customer:
        """Take what went back off what a customer has paid."""
        return self._record("customers_record_refund", customer_id, amount)

    def _record(self, query: str, customer_id: UUID, amount: Money, **more: date) -> Customer:
        key = customer_id
        parameters = {"id": key, "amount": amount.amount, "currency": amount.currency, **more}
        with self._session.savepoint():
            rows = self._session.rows(query, parameters)
        return next(self._rows.entities(rows)) if rows else self.get(key)
