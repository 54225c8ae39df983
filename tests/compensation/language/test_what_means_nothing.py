"""Numbers and texts of a plan that mean nothing are found when it is loaded, each with its line."""

import pytest

from compensation.engine.small_plans import HEADER, UNILEVEL, plan
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import chain, order, world
from mlmcore.compensation.loader import loads_plan
from mlmcore.domain.errors import InputError

TREES = HEADER.replace('trees = ["sponsor"]', 'trees = ["sponsor", "placement"]').format(refunds="current", at="line")
BINARY = """
[[bonuses]]
id = "bin"
type = "binary"
kind = "binary"
tree = "placement"
volume = "personal"
pay = "pairs"
unit = 10
ratio = "1:1"
amount = 2
after = "subtract"
"""
POOL = """
[[bonuses]]
id = "pot"
type = "pool"
kind = "pool"
fund = "company.profit"
shares = 1
order_by = "personal"
ties = "id"
share_value = "exact"
remainder = "largest_remainder"
nobody = "carry"
"""
STEPS = """
[[bonuses]]
id = "diff"
type = "differential"
kind = "differential"
source = "orders"
from = "seller"
base = "cv"
rate = 0.1
initial = 0
negative = "charge"
"""
CASES = [
    (BINARY + "carry_limit = -1", "35: bonuses.bin.carry_limit: '-1' is below 0; write a volume, or leave it out"),
    (
        BINARY + "match_minimum = -0.5",
        "35: bonuses.bin.match_minimum: '-0.5' is below 0; write a volume, or leave it out",
    ),
    (BINARY + "match_maximum = -1", "35: bonuses.bin.match_maximum: '-1' is below 0; write a volume, or leave it out"),
    (
        BINARY + 'over_cap = "carry"\ncap = { money = -1 }',
        "36: bonuses.bin.cap.money: '-1' is below 0; write the most that is paid, 0 or more",
    ),
    (
        POOL + "top = 0",
        "35: bonuses.pot.top: '0' is below 1; the first place is 1; write how many places have shares",
    ),
    (
        STEPS + "minimum_level = -1",
        "34: bonuses.diff.minimum_level: '-1' is below 0; write the first level that is paid",
    ),
    (
        STEPS + 'no_upline = "lost"\nlimit = -0.1',
        "35: bonuses.diff.limit: '-0.1' is below 0; write the highest rate that is worth something",
    ),
    (
        STEPS + "equal = { rate = 0.01, generations = 0 }",
        "34: bonuses.diff.equal.generations: '0' is below 1; write how often an equal rate is paid",
    ),
    (
        UNILEVEL + 'minimum = -1\nminimum_unpaid = "lost"',
        "37: bonuses.uni.minimum: '-1' is below 0; write the least sum that is paid, 0 or more",
    ),
    (UNILEVEL + 'tree = ""', "37: bonuses.uni.tree: an empty text; write what is meant, or leave the key out"),
]


class TestNothing:
    @pytest.mark.parametrize(("bonus", "said"), CASES)
    def test_is_a_finding(self, bonus: str, said: str) -> None:
        """A limit below nothing would hand on what is not there, and a tree without a name would be the plan's."""
        with pytest.raises(InputError) as caught:
            loads_plan(TREES + bonus)

        assert str(caught.value) == f"<text>:{said}"

    @pytest.mark.parametrize("key", ["id", "version"])
    def test_a_plan_has_a_name(self, key: str) -> None:
        """By which stores and statements call it."""
        text = (
            TREES.replace('id = "small"', 'id = ""') if key == "id" else TREES.replace('version = "1"', 'version = " "')
        )

        with pytest.raises(InputError) as caught:
            loads_plan(text + UNILEVEL)

        line = 3 if key == "id" else 4
        assert (
            str(caught.value) == f"<text>:{line}: plan.{key}: an empty text; write what is meant, or leave the key out"
        )


class TestTooLarge:
    def test_the_bonus_and_the_order_are_named(self) -> None:
        """The largest base is the one to look at."""
        sold = [order("small", "bob", cv=1, pv=0), order("large", "bob", cv=9 * 10**16, pv=0)]

        with pytest.raises(InputError) as caught:
            run_engine(plan(), world(chain("ann", "bob", off=False), sold, company={"profit": 0}))

        assert str(caught.value) == (
            "<text>:24: bonuses.uni: an amount leaves the range of int64 before it is rounded; its base is at most "
            "90000000000000000.00, of order large; round the base or the rate to fewer places"
        )
