"""A store, and a small company in it."""

import pytest

from operations.company import Company, new_company


@pytest.fixture
def company() -> Company:
    """Return a company with three distributors, their customers and one product; it is 2 April 2026."""
    return new_company()
