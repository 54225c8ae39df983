"""Small unilevel plans as published, each number as printed: rank-limited depth, the seller as a level, fixed amounts.

The plan stands in `tests/data/plans/simple-unilevel.toml`; U1 to U4 are its bonuses. Its sources: mlmforge's
`content/guides/unilevel.md` (U1), lollyspace's `tests/seed_commissions.test.js` (U2), DirectScale's help page "Adding
a Fast Start Bonus Structure" (U3), NetReady's "Level based commission" (U4).
"""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from compensation.twin.engine_runs import engine_answer, run_engine, twin_answer
from compensation.twin.small_worlds import chain, order, person, world
from mlmcore.compensation.loader import load_plan
from reference.engine import Inputs

PLAN = load_plan(Path(__file__).parents[2] / "data" / "plans" / "simple-unilevel.toml")
VOLUMES: dict[str, Any] = {"cv": 0, "price": 0, "index1": 0, "index2": 0, "u4_price": 0}


def sale(seller: str, buyer: str, **volumes: int) -> dict[str, Any]:
    """One order."""
    return order("sale", seller, buyer=buyer, **(VOLUMES | volumes))


def u1() -> Inputs:
    """Top (Diamond) > Sponsor (Gold) > A (Silver), D (Silver); A > B (Member) > C, who buys 200 CV."""
    titles: list[tuple[str, str | None, str | None]] = [
        ("Top", None, "diamond"),
        ("Sponsor", "Top", "gold"),
        ("A", "Sponsor", "silver"),
    ]
    titles += [("D", "Sponsor", "silver"), ("B", "A", "member"), ("C", "B", None)]
    return world([person(name, above, title=title) for name, above, title in titles], [sale("C", "C", cv=200)])


def u2() -> Inputs:
    """A > B > C, and an order of 100 through C."""
    return world(chain("A", "B", "C"), [sale("C", "C", price=100)])


def u3() -> Inputs:
    """A buyer, the sponsor, and the sponsor's sponsor; the product holds 50 and 20."""
    return world(chain("S2", "S1", "Buyer"), [sale("Buyer", "Buyer", index1=50, index2=20)])


def u4() -> Inputs:
    """Mary > Joan > Adam, who buys for 100."""
    return world(chain("Mary", "Joan", "Adam"), [sale("Adam", "Adam", u4_price=100)])


EXAMPLES = {
    "u1": (u1, {"B": 4, "A": 4, "Sponsor": 4, "Top": 4, "D": 0, "C": 0}),  # printed
    "u2": (u2, {"C": 10, "B": 5, "A": 2}),  # printed
    "u3": (u3, {"S1": 50, "S2": 20, "Buyer": 0}),  # printed
    "u4": (u4, {"Joan": 10, "Mary": 10, "Adam": 0}),  # derived: the rates are printed, the amounts follow
}


@pytest.mark.parametrize("bonus", EXAMPLES)
class TestPublishedUnilevel:
    """What each example pays."""

    def test_everybody_is_paid_the_published_amount(self, bonus: str) -> None:
        """U1 pays 4.00 to B, A, Sponsor and Top, nothing to D; U2 10, 5, 2; U3 50, 20; U4 10, 10."""
        inputs, expected = EXAMPLES[bonus]

        answer = engine_answer(run_engine(PLAN, inputs()))

        assert answer["columns"][f"{bonus}.paid"] == {name: Fraction(paid) for name, paid in expected.items()}

    def test_the_twin_says_the_same_of_every_line(self, bonus: str) -> None:
        """Engine and twin agree on lines, unpaid lines and columns."""
        inputs, _ = EXAMPLES[bonus]

        engine, twin = engine_answer(run_engine(PLAN, inputs())), twin_answer(PLAN, inputs())

        assert engine == twin


class TestWhatU1Leaves:
    """Where the rest of U1's order goes."""

    def test_four_levels_are_paid_and_the_fifth_has_nobody(self) -> None:
        """Five levels of 5 % of 40 % are offered: four are paid, the fifth is above Top."""
        unpaid = engine_answer(run_engine(PLAN, u1()))["unpaid"]

        assert [(line[1], line[5], line[8], line[9]) for line in unpaid if line[0] == "u1"] == [
            (None, 5, Fraction(4), "no_upline")
        ]
