"""The plan that ships, on a month small enough to check by hand."""

from datetime import date
from importlib.resources import files

import pytest

from compensation.engine.small_plans import ledger, unpaid
from compensation.engine.small_plans import order as order_of
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import order, person, world
from mlmcore.compensation.columns import Column
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result

PEOPLE = [
    person("top", None, trees={"enroller": None}),
    person("mid", "top", trees={"enroller": "top"}),
    person("low", "mid", trees={"enroller": "top"}),
    person("new", "low", joined=date(2026, 2, 20), trees={"enroller": "mid"}),
]
ORDERS = [
    order("a", "top", on=date(2026, 3, 2), buyer="top", pv=1200, cv=1000),
    order("b", "mid", on=date(2026, 3, 3), buyer="mid", pv=100, cv=80),
    order("c", "low", on=date(2026, 3, 4), customer="kim", pv=50, cv=40),
    order("d", "new", on=date(2026, 3, 5), customer="lou", pv=10, cv=10),
    order("e", "new", on=date(2026, 4, 1), buyer="new", pv=10, cv=10),
]


@pytest.fixture(scope="module")
def starter() -> Plan:
    """The shipped file."""
    text = files("mlmcore.compensation.shipped").joinpath("starter.toml").read_text(encoding="utf-8")
    return loads_plan(text, name="starter.toml")


@pytest.fixture(scope="module")
def result(starter: Plan) -> Result:
    """March."""
    return run_engine(starter, world(PEOPLE, ORDERS))


def by_id(result: Result, column: Column) -> dict[str, str]:
    """A column by person."""
    return {result.network.ids.label(row): column.text(row) for row in range(len(column))}


class TestStarterPlan:
    """Each clause once."""

    def test_ranks_need_own_and_group_points(self, result: Result) -> None:
        """Top has 1,200 points, but 1,360 in the group: silver by the seed's 200 and 1,000."""
        assert by_id(result, result.ranks) == {"top": "silver", "mid": "bronze", "low": "none", "new": "none"}
        assert by_id(result, result.measures["group_volume"])["top"] == "1360.00"

    def test_retail_is_a_fifth_of_a_customers_order(self, result: Result) -> None:
        """To its seller; own purchases bring none."""
        assert [line for line in ledger(result) if line.startswith("retail")] == [
            "retail -1 low c 8.00",
            "retail -1 new d 2.00",
        ]

    def test_orders_of_new_people_pay_the_fast_start_up_the_enroller_tree(self, result: Result) -> None:
        """New was enrolled by mid, and mid by top; nobody stands above top."""
        assert [line for line in ledger(result) if line.startswith("fast")] == [
            "fast_start 1 mid d 2.00",
            "fast_start 2 top d 1.00",
        ]
        assert [line for line in unpaid(result) if line.startswith("fast")] == ["fast_start 3 - no_upline 0.5"]

    def test_all_other_orders_pay_the_unilevel_by_rank(self, result: Result) -> None:
        """Active people are levels: bronze is paid one, silver two."""
        assert [line for line in ledger(result) if line.startswith("unilevel")] == [
            "unilevel 1 top b 5.60",
            "unilevel 1 mid c 2.00",
            "unilevel 2 top c 2.00",
        ]

    def test_ranks_bring_awards(self, result: Result) -> None:
        """Silver 50."""
        assert [line for line in ledger(result) if line.startswith(("rank", "car"))] == ["rank_award -1 top - 50.00"]

    def test_everything_offered_is_paid_or_unpaid(self, result: Result) -> None:
        """In every bonus, to the last fraction of a cent."""
        assert all(identity.holds for identity in result.identity.values())
        assert list(result.identity) == [
            "retail",
            "fast_start",
            "unilevel",
            "matching",
            "leadership",
            "rank_award",
            "car",
            "guarantee",
        ]

    def test_all_bonus_types_of_the_seed_are_there(self, starter: Plan) -> None:
        """Each once."""
        assert [bonus.type for bonus in starter.bonuses] == [
            "retail",
            "fast_start",
            "unilevel",
            "matching",
            "leadership",
            "rank_bonus",
            "car_bonus",
            "adjustment",
        ]

    def test_a_platinum_drives(self, starter: Plan) -> None:
        """The car allowance, beside the award, and up to the guaranteed 1,000; from rank platinum up."""
        sold = [order("a", "top", on=date(2026, 3, 2), buyer="top", pv=5000, cv=0)]
        rich = run_engine(starter, world(PEOPLE[:1], sold))

        assert [order_of(rich, -1), *ledger(rich)] == [
            "-",
            "rank_award -1 top - 400.00",
            "car -1 top - 300.00",
            "guarantee -1 top - 300.00",
        ]
