"""PostgreSQL keeps every promise of every Protocol, over psycopg and over SQLAlchemy connections."""

from mlmcore.testing.contracts.people import CustomersContract, DistributorsContract, UsersContract


class TestSqlUsers(UsersContract):
    """Users in PostgreSQL."""


class TestSqlDistributors(DistributorsContract):
    """Distributors in PostgreSQL."""


class TestSqlCustomers(CustomersContract):
    """Customers in PostgreSQL."""
