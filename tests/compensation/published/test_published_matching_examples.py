"""Commission on commission as published, each number as printed: matches on what others earned.

The plan stands in `tests/data/plans/commission-on-commission.toml`; M1 to M5 are its examples. Its sources:
globalmlmsolution.com's guide to the matching bonus (M1), NetReady's "Leadership bonus" (M2), h-crystal.com (M3),
vendor.com (M4), redefiningtheweb.com (M5).
"""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from compensation.twin.engine_runs import engine_answer, engine_inputs, run_engine, twin_answer
from compensation.twin.small_worlds import chain, order, person, world
from mlmcore.compensation.columns import Column
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.inputs import Given
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from reference.engine import Inputs

TEXT = (Path(__file__).parents[2] / "data" / "plans" / "commission-on-commission.toml").read_text("utf-8")
NOTHING: dict[str, Any] = {"earned_before": 0, "level_commission": 0, "title": None}


def plan(example: int) -> Plan:
    """The plan with the parameter that chooses the example."""
    return loads_plan(TEXT.replace("example = 1", f"example = {example}"))


def member(identity: str, above: str | None, **attributes: Any) -> dict[str, Any]:
    """Somebody with what they earned before."""
    return person(identity, above, **(NOTHING | attributes))


def paid(example: int, inputs: Inputs, column: str = "") -> dict[str, Fraction]:
    """What the example's bonus pays, when the twin says the same of everything."""
    engine = engine_answer(run_engine(plan(example), inputs))
    assert engine == twin_answer(plan(example), inputs)
    found = engine["columns"][column or f"m{example}.paid"]
    return {name: amount for name, amount in found.items() if amount}


class TestM1:
    """A > B > C, who earned 1,000 and 1,200; 10% of the first level, 7% of the second."""

    def test_a_matches_both(self) -> None:
        """Printed: 184, on C's total of 1,200."""
        people = [member("A", None), member("B", "A", earned_before=1000), member("C", "B", earned_before=1200)]

        assert paid(1, world(people, []))["A"] == 184


class TestM2:
    """Ten recruits who earned 100 each; by rank 25, 50 or 100% of it."""

    @pytest.mark.parametrize(("title", "match"), [("team", 250), ("silver", 500), ("gold", 1000)])
    def test_the_leader_matches_by_rank(self, title: str, match: int) -> None:
        """Printed: 250, 500 and 1,000."""
        recruits = [member(f"R{number}", "leader", level_commission=100) for number in range(10)]

        assert paid(2, world([member("leader", None, title=title), *recruits], [])) == {"leader": match}


class TestM3:
    """John > Geo > Bob > Max, who sells 1,000 and keeps 30%."""

    INPUTS = world(chain("John", "Geo", "Bob", "Max", **NOTHING), [order("sale", "Max", customer="c", sale=1000)])

    def test_the_uplines_get_a_share_of_the_reward(self) -> None:
        """Printed: Bob 60, Geo 30, John 15."""
        assert paid(3, self.INPUTS) == {"Bob": 60, "Geo": 30, "John": 15}

    def test_the_seller_gets_the_reward(self) -> None:
        """Printed: Max 300."""
        assert paid(3, self.INPUTS, "base_pay.paid") == {"Max": 300}


class TestM4:
    """A vendor with 600 customers, and people with many customers on five levels and beyond."""

    LEVELS = (
        ((10, 200), (40, 75)),
        ((50, 150), (200, 50)),
        ((100, 100), (900, 30)),
        ((3000, 20),),
        ((2500, 15),),
        ((2500, 15),),  # the source counts levels from the fifth on together
    )

    def result(self) -> tuple[dict[str, Decimal], dict[int, Decimal]]:
        """What the vendor is paid by bonus, and of the match by level; customers and sales are given, not listed."""
        people, customers, above = [member("you", None)], [600], "you"
        for depth, groups in enumerate(self.LEVELS, start=1):
            each = [count for size, count in groups for _ in range(size)]
            ids = [f"L{depth}-{number}" for number in range(len(each))]
            people += [member(name, above) for name in ids]
            customers += each
            above = ids[0]
        everybody = np.arange(len(people))
        given = {
            "customers_active": Given(rows=everybody, values=Column.scaled(np.array(customers), 0)),
            "sold": Given(rows=everybody, values=Column.scaled(np.array(customers) * 2000, 2, unit="money")),
        }
        result = calculate(plan(4), evolve(engine_inputs(plan(4), world(people, [])), given=given))
        you = int(result.network.ids.positions(["you"])[0])
        lines = next(item for item in result.lines.segments if item.bonus == "m4")
        mine = lines.take(lines.payee == you)
        totals = {name: result.published[f"{name}.paid"].decimal(you) for name in ("base_pay", "m4")}
        levels = {level: Decimal(int(mine.amount[mine.level == level].sum())) / 100 for level in range(1, 7)}
        return totals, levels

    def test_the_month_comes_to_the_published_sums(self) -> None:
        """Printed: 5,400 direct; 2,220, 3,900, 5,380, 4,200 and 2,625 by level; 23,725 a month, 284,700 a year."""
        totals, levels = self.result()

        assert totals["base_pay"] == 5400
        assert [levels[1], levels[2], levels[3], levels[4], levels[5] + levels[6]] == [2220, 3900, 5380, 4200, 2625]
        assert sum(totals.values()) == 23725
        assert 12 * sum(totals.values()) == 284700


class TestM5:
    """Grandparent > parent > seller, who sells for 100 and gets 10%."""

    INPUTS = world(chain("grandparent", "parent", "seller", **NOTHING), [order("s", "seller", customer="c", sale=100)])

    def test_the_uplines_get_a_share_of_the_commission(self) -> None:
        """Derived: 2.00 and 1.50; the rates 20 and 15% are printed."""
        assert paid(5, self.INPUTS) == {"parent": 2, "grandparent": Fraction("1.5")}

    def test_the_seller_gets_the_commission(self) -> None:
        """Derived: 10."""
        assert paid(5, self.INPUTS, "base_pay.paid") == {"seller": 10}
