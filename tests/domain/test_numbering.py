"""Numbers that a store draws, as a company writes them."""

import pytest

from mlmcore.domain.errors import InputError
from mlmcore.domain.numbering import NumberFormat


class TestNumberFormat:
    """`NumberFormat`."""

    def test_a_number_has_its_prefix_and_at_least_its_digits(self) -> None:
        """A longer one is not cut."""
        written = NumberFormat(prefix="D-", digits=3)

        assert [written.written(number) for number in (7, 999, 1000)] == ["D-007", "D-999", "D-1000"]

    @pytest.mark.parametrize(("prefix", "digits"), [("x" * 11, 3), ("D", 0), ("D", 11)])
    def test_it_fits_the_column(self, prefix: str, digits: int) -> None:
        """20 characters at most."""
        with pytest.raises(InputError):
            NumberFormat(prefix=prefix, digits=digits)
