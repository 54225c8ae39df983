"""What a period hands on to the next one, told in words, so that nobody calculates months apart that hang together."""

import pytest

from compensation.engine.small_plans import UNILEVEL, plan
from mlmcore.compensation.in_a_row import handed_on_by

GIFT = """
[[bonuses]]
id = "gift"
type = "adjustment"
kind = "amount"
amount = 5
"""
PER_ORDER = GIFT + 'source = "orders"\nfrom = "seller"\nnegative = "charge"\n'
POOL = """
[[bonuses]]
id = "pool"
type = "pool"
kind = "pool"
fund = "company.profit"
shares = "personal"
share_value = "exact"
remainder = "largest_remainder"
"""


class TestHandedOnBy:
    """`handed_on_by`."""

    @pytest.mark.parametrize(
        ("body", "what"),
        [
            (UNILEVEL, ()),
            (UNILEVEL + 'minimum = 5\nminimum_unpaid = "lost"\n', ()),
            (UNILEVEL + 'minimum = 5\nminimum_unpaid = "carry"\n', ("what waits of uni",)),
            (UNILEVEL + 'deferred_until = "active"\n', ("what waits of uni",)),
            (GIFT, ()),
            (GIFT + 'once_per = "period"\n', ()),
            (GIFT + 'once_per = "lifetime"\n', ("what gift has paid once",)),
            (PER_ORDER + 'once_per = "period"\n', ("what gift has paid once",)),
            (POOL + 'nobody = "account:house"\n', ()),
            (POOL + 'nobody = "carry"\n', ("the fund of pool",)),
            (POOL + 'nobody = "account:house"\nrelease = "pool.fund > 5"\n', ("the fund of pool",)),
        ],
    )
    def test_names_what_each_bonus_remembers(self, body: str, what: tuple[str, ...]) -> None:
        """And nothing of one that begins anew in every period."""
        assert handed_on_by(plan(body)) == what
