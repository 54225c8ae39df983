"""Differences as published: a stairstep breakaway with its override, and a slab bonus less that of each leg.

The plans stand in `tests/data/plans/stairstep-breakaway.toml` and `rcm-difference-bonus.toml`. Their sources:
mlmforge's `content/guides/stairstep.md`; rcm-sunil.blogspot.com, "New slabs for performance bonus", and
rcmpucgandhinagar.blogspot.com, "Performance bonus".
"""

from fractions import Fraction
from pathlib import Path
from typing import Any

from compensation.twin.engine_runs import Answer, engine_answer, run_engine, twin_answer
from compensation.twin.small_worlds import order, person, world
from mlmcore.compensation.loader import load_plan
from reference.engine import Inputs

PLANS = Path(__file__).parents[2] / "data" / "plans"
STAIRSTEP = load_plan(PLANS / "stairstep-breakaway.toml")
RCM = load_plan(PLANS / "rcm-difference-bonus.toml")


def answer(plan: Any, inputs: Inputs) -> Answer:
    """What the engine says, when the twin says the same."""
    engine = engine_answer(run_engine(plan, inputs))
    assert engine == twin_answer(plan, inputs)
    return engine


class TestStairstepBreakaway:
    """Dan (Diamond) > Pat > Gina (Gold) > Sam (Silver) > Mike (Member) > Carol, and Beth (Bronze) below Gina."""

    def paid(self, bonus: str, pat: str = "platinum") -> dict[str, Fraction]:
        """What a bonus pays when Carol buys 300 CV and Beth 200."""
        titles: list[tuple[str, str | None, str | None]] = [
            ("Dan", None, "diamond"),
            ("Pat", "Dan", pat),
            ("Gina", "Pat", "gold"),
            ("Sam", "Gina", "silver"),
            ("Beth", "Gina", "bronze"),
            ("Mike", "Sam", "member"),
            ("Carol", "Mike", None),
        ]
        people = [person(name, above, title=title) for name, above, title in titles]
        orders = [order("c", "Carol", buyer="Carol", cv=300), order("b", "Beth", buyer="Beth", cv=200)]
        paid = answer(STAIRSTEP, world(people, orders))["columns"][f"{bonus}.paid"]
        return {name: amount for name, amount in paid.items() if amount}

    def test_levels_are_paid_up_to_the_leader(self) -> None:
        """Printed: Mike 6.00, Sam 6.00, Gina 6.00 + 4.00; Beth and Dan nothing."""
        assert self.paid("level_commission") == {"Mike": 6, "Sam": 6, "Gina": 10}

    def test_the_leader_above_gets_the_difference_of_overrides(self) -> None:
        """Printed: Pat 4.00, 2% of 40% of 500; Dan nothing."""
        assert self.paid("override") == {"Pat": 4}

    def test_an_equal_leader_gets_the_floor(self) -> None:
        """Derived: were Pat Gold, 1% of 40% of 500 is 2.00; Dan, above Pat, gets nothing on an empty group."""
        assert self.paid("override", pat="gold") == {"Pat": 2}


class TestRcm:
    """The band of the whole group, less what each leg's own band makes of its purchases."""

    def columns(self, *people: tuple[str, str | None, int, int]) -> dict[str, dict[str, Fraction]]:
        """The columns of a month, by joining and purchase volume."""
        orders = [
            order(f"of {name}", name, buyer=name, joining_bv=joining, purchase_bv=purchase)
            for name, _, joining, purchase in people
        ]
        found = answer(RCM, world([person(name, above) for name, above, _, _ in people], orders))["columns"]
        return {name: column for name, column in found.items() if name in {"gross", "deducted_by_upline"}} | {
            "net": found["performance.paid"]
        }

    def test_e1_starter_purchases_count_in_the_group_and_are_not_deducted(self) -> None:
        """Printed: 800 less 200 and 100 is 500."""
        found = self.columns(("you", None, 0, 1000), ("A", "you", 2000, 2000), ("B", "you", 2000, 1000))

        assert found["gross"]["you"] == 800
        assert found["deducted_by_upline"] == {"you": 1000 * Fraction("0.1") + 300, "A": 200, "B": 100}
        assert found["net"]["you"] == 500

    def test_e2_each_leg_is_deducted_at_its_own_band(self) -> None:
        """Printed: 36,120 less 18,700 and 9,000 is 8,420."""
        found = self.columns(("you", None, 0, 2000), ("A", "you", 0, 110000), ("B", "you", 0, 60000))

        assert found["gross"]["you"] == 36120
        assert found["deducted_by_upline"] == {"you": 36120, "A": 18700, "B": 9000}
        assert found["net"]["you"] == 8420
