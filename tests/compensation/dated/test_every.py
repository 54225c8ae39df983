"""`every`: bonuses of a shorter or a longer period than the plan's."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.dated.small_cases import HEADER, INPUTS, VOLUMES, assert_case
from compensation.engine.small_plans import plan
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import chain, order, world
from mlmcore.compensation.columns import Column
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.explain import why
from mlmcore.compensation.inputs import Edges, Orders, People, RunInputs, State
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result
from mlmcore.domain.periods import Period
from mlmcore.genealogy import IdIndex

PEOPLE = "people: |\n  ann\n    bob\n"
QUARTER = """
[measures]
personal = "sum(orders, pv)"
[[bonuses]]
id = "quarterly"
type = "rank_bonus"
kind = "amount"
every = "quarter"
source = "orders"
from = "seller"
amount = "pv + 1000 * personal"
point_value = 1
negative = "zero"
[[bonuses]]
id = "cycled"
type = "rank_bonus"
kind = "amount"
every = "quarter"
amount = "100 * count(orders) + sum(events.cycles, size)"
point_value = 1
negative = "zero"
"""
QUARTERS_POOL = """
[[bonuses]]
id = "quarterly"
type = "pool"
kind = "pool"
every = "quarter"
fund = 40
shares = "sum(orders, cv)"
share_value = "exact"
remainder = "largest_remainder"
nobody = "carry"
negative = "zero"
"""
ORDERS = "orders: {csv: orders.csv}\n"
BOTH = f"{ORDERS}events: {{cycles: {{csv: cycles.csv}}}}\n"
FILES = {
    "orders.csv": """\
id,date,seller,pv,cv
old,2025-12-31,bob,1000,0
jan,2026-01-01,bob,1,0
feb,2026-02-28,bob,2,0
mar,2026-03-31,bob,4,0
apr,2026-04-01,bob,1000,0
""",
    "cycles.csv": "id,person,date,size,board\nfirst,bob,2026-01-01,7,\nbefore,bob,2025-12-31,1000,\n",
}


def sold(*rows: str) -> dict[str, str]:
    """The file of bob's orders: id, date, points."""
    lines = ["id,date,pv,seller,cv", *(f"{row},bob,0" for row in rows)]
    return {"orders.csv": "\n".join(lines) + "\n"}


class TestLongerPeriod:
    """A quarter's bonus in a monthly plan."""

    def test_runs_in_the_month_that_ends_it_over_the_orders_of_the_whole(self, tmp_path: Path) -> None:
        """Measures that it names are this month's: bob's personal volume is 4 in March."""
        case = f"""\
{PEOPLE}{BOTH}periods:
  - period: 2026-01
    expect: {{bob: {{quarterly: 0, cycled: 0}}}}
  - period: 2026-02
    expect: {{bob: {{quarterly: 0, cycled: 0}}}}
  - period: 2026-03
    expect: {{bob: {{personal: 4, quarterly: 12007, cycled: 307}}}}
  - period: 2026-04
    expect: {{bob: {{quarterly: 0, cycled: 0, personal: 1000}}}}
"""
        assert_case(tmp_path, QUARTER, case, files=FILES)

    @pytest.mark.parametrize(("period", "paid"), [("2026-W13", "0"), ("2026-W14", "7"), ("2026-W15", "0")])
    def test_a_month_ends_in_the_week_that_holds_its_last_day(self, tmp_path: Path, period: str, paid: str) -> None:
        """March ends on the Tuesday of week 14; what is sold on the days after it is April's."""
        plan = QUARTER.replace('"quarter"', '"month"').replace(" + 1000 * personal", "")
        case = f"""\
period: {period}
{PEOPLE}{ORDERS}expect:
  bob: {{quarterly: {paid}}}
"""
        header = HEADER.replace('period = "month"', 'period = "week"') + INPUTS
        rows = sold("first,2026-03-01,1", "second,2026-03-29,2", "third,2026-03-31,4", "fourth,2026-04-01,8")
        assert_case(tmp_path, plan, case, header=header, files=rows)


class TestShorterPeriod:
    """A week's bonus in a monthly plan."""

    WEEKLY = """
[[bonuses]]
id = "weekly"
type = "fast_start"
kind = "amount"
every = "week"
source = "orders"
from = "seller"
amount = "pv"
point_value = 1
minimum = 5
minimum_unpaid = "lost"
negative = "zero"
"""

    def test_a_week_belongs_to_the_month_in_which_it_ends_with_the_days_before(self, tmp_path: Path) -> None:
        """Week 9 ends on the 1st of March; the last days of March belong to week 14, which April pays."""
        case = f"""\
period: 2026-03
{PEOPLE}{ORDERS}expect:
  bob: {{weekly: 11}}
lines:
  - {{bonus: weekly, order: monday, amount: 2}}
  - {{bonus: weekly, order: sunday, amount: 3}}
  - {{bonus: weekly, order: last, amount: 6}}
unpaid:
  - {{bonus: weekly, order: next, amount: 4, reason: below_minimum}}
"""
        rows = ("before,2026-02-22,100", "monday,2026-02-23,2", "sunday,2026-03-01,3", "next,2026-03-02,4")
        assert_case(tmp_path, self.WEEKLY, case, files=sold(*rows, "last,2026-03-29,6", "april,2026-03-30,100"))


class TestBinary:
    """A binary bonus that runs every week of a monthly plan."""

    BINARY = """
[[bonuses]]
id = "bin"
type = "binary"
kind = "binary"
volume = "sum(orders, pv)"
pay = "percent"
percent = 0.1
point_value = 1
after = "{after}"
cap = {{ money = 5 }}
over_cap = "flush_excess"
pays = "count(orders) > 0"
inactive = "{inactive}"
minimum = 1
minimum_unpaid = "lost"
negative = "charge"
"""
    SUMS = ("matched", "left_lost", "right_lost", "capped", "earned", "paid")

    def plan(self, period: str, every: str, after: str, inactive: str) -> Plan:
        header = HEADER.replace('period = "month"', f'period = "{period}"').replace('"sponsor"', '"placement"')
        body = self.BINARY.format(after=after, inactive=inactive) + (f'every = "{every}"\n' if every else "")
        return loads_plan(header + '[inputs]\ntrees = ["placement"]\nvolumes = { pv = "points" }\n' + body)

    def inputs(self, plan: Plan, period: str, sold: list[tuple[int, int]], previous: State) -> RunInputs:
        """Boss above two people, who sell on days since the 23rd of February."""
        ids = ["boss", "left", "right"]
        return RunInputs(
            period=Period.parse(period),
            people=People(ids=IdIndex.from_labels(ids), status=Column.texts(["active"] * 3), joined=[0, 0, 0]),
            trees={"placement": Edges(parent=[-1, 0, 0], leg=[0, 1, 2])},
            orders=Orders(
                ids=IdIndex.from_labels([f"o{number}" for number in range(len(sold))]),
                date=[FIRST + day for day, _ in sold],
                seller=[number % 3 for number in range(len(sold))],
                volumes={"pv": Column.numbers([pv for _, pv in sold], unit="points", places=2)},
            ),
            previous=previous,
        )

    @given(
        sold=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 90)), max_size=14),
        after=st.sampled_from(["subtract", "flush", "clear_weak"]),
        inactive=st.sampled_from(["keep", "freeze", "match", "reset"]),
    )
    @settings(max_examples=40, deadline=None)
    def test_pays_what_the_weeks_that_end_in_the_month_pay_one_after_the_other(
        self, sold: list[tuple[int, int]], after: str, inactive: str
    ) -> None:
        """The twin is a weekly plan, run five times, each week handing its legs to the next."""
        monthly, weekly = (self.plan(*kind, after, inactive) for kind in (("month", "week"), ("week", "")))
        month = calculate(monthly, self.inputs(monthly, "2026-03", sold, State.empty()))
        weeks: list[Result] = []
        for number in range(9, 14):
            state = weeks[-1].handed_on() if weeks else State.empty()
            weeks.append(calculate(weekly, self.inputs(weekly, f"2026-W{number:02}", sold, state)))

        for name in self.SUMS:
            parts = [week.published[f"bin.{name}"].values for week in weeks]
            assert month.published[f"bin.{name}"].values.tolist() == np.sum(parts, axis=0).tolist()
        for name in ("left", "right", "left_out", "right_out"):
            last = weeks[-1].published[f"bin.{name}"]
            assert month.published[f"bin.{name}"].values.tolist() == last.values.tolist()
        assert month.lines.total == sum(week.lines.total for week in weeks)
        assert digest_of_carried(month) == digest_of_carried(weeks[-1])

    def test_where_no_such_period_ends_the_legs_rest(self) -> None:
        """A quarter's binary carries through January."""
        plan = self.plan("month", "quarter", "subtract", "keep")
        ids = IdIndex.from_labels(["boss"])
        column = Column.numbers([70], unit="points", places=2)
        state = State(ids=ids, carried={"bin.left_out": column})

        result = calculate(plan, self.inputs(plan, "2026-01", [(0, 5)], state))

        assert result.handed_on().carried["bin.left_out"].text(0) == "70.00"
        assert len(result.lines) == 0


def digest_of_carried(result: Result) -> list[list[str]]:
    """What a result hands on, as texts."""
    return [[column.text(row) for row in range(len(column))] for _, column in sorted(result.carried.items())]


FIRST = 20507
"""The 23rd of February 2026, on which week 9 begins."""


class TestPool:
    """A quarter's pool in a monthly plan."""

    def test_shares_in_the_month_that_ends_it_what_the_whole_brought(self, tmp_path: Path) -> None:
        """In the other months nothing comes in and nothing is shared."""
        plan = QUARTERS_POOL.replace("fund = 40", 'fund = "0.10 * company.cv"')
        case = f"""\
{PEOPLE}orders:
  - {{seller: bob, date: 2026-01-05, pv: 0, cv: 300}}
  - {{seller: ann, date: 2026-03-05, pv: 0, cv: 100}}
periods:
  - period: 2026-01
    expect: {{bob: {{total: 0}}}}
  - period: 2026-02
    expect: {{bob: {{total: 0}}}}
  - period: 2026-03
    expect: {{bob: {{quarterly: 30}}, ann: {{quarterly: 10}}}}
"""
        assert_case(tmp_path, plan, case, header=HEADER + VOLUMES)

    def test_why_tells_the_shares_of_the_whole(self) -> None:
        """Those of January count in March."""
        by = plan(QUARTERS_POOL)
        sold = [
            order("jan", "bob", on=date(2026, 1, 5), cv=300, pv=0),
            order("mar", "ann", on=date(2026, 3, 5), cv=100, pv=0),
        ]
        result = run_engine(by, world(chain("ann", "bob", off=False), sold, company={"profit": 0}))

        assert [(name, why(result, name).amounts[0].because) for name in ("ann", "bob")] == [
            ("ann", "the fund held 40.00; 100 of 400 shares: sum(orders, cv)"),
            ("bob", "the fund held 40.00; 300 of 400 shares: sum(orders, cv)"),
        ]
