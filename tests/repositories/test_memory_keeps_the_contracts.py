"""The in-memory store keeps every promise of every Protocol."""

from mlmcore.testing.contracts.people import CustomersContract, DistributorsContract, UsersContract


class TestMemoryUsers(UsersContract):
    """Users in memory."""


class TestMemoryDistributors(DistributorsContract):
    """Distributors in memory."""


class TestMemoryCustomers(CustomersContract):
    """Customers in memory."""
