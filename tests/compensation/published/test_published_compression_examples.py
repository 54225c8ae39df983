"""Compression as published: levels paid by title without it and with "generous" dynamic compression; rolled up.

The plan stands in `tests/data/plans/compression-rollup.toml`. Its sources: the MLM software manual's page "Dynamic
Compression Option" (E1), Customer Advantage's compensation plan (E2). No amounts are printed but for who is paid at
which level; an order of 100 makes 5.00 of the 5%.
"""

from fractions import Fraction
from pathlib import Path
from typing import Any

from compensation.twin.engine_runs import Answer, engine_answer, run_engine, twin_answer
from compensation.twin.small_worlds import order, person, world
from mlmcore.compensation.loader import load_plan
from reference.engine import Inputs

PATH = Path(__file__).parents[2] / "data" / "plans" / "compression-rollup.toml"


def answer(variant: str | None, inputs: Inputs) -> Answer:
    """What the engine says, when the twin says the same."""
    plan = load_plan(PATH, variant=variant)
    engine = engine_answer(run_engine(plan, inputs))
    assert engine == twin_answer(plan, inputs)
    return engine


def line(*people: tuple[str, int], by: str) -> list[dict[str, Any]]:
    """People one below the other, each with a title or stars."""
    other = {"title": "stars", "stars": "title"}[by]
    names: list[str | None] = [None, *(name for name, _ in people)]
    numbers: list[dict[str, Any]] = [{by: number, other: 0} for _, number in people]
    return [person(name, above, **both) for (name, _), above, both in zip(people, names[:-1], numbers, strict=True)]


class TestE1:
    """TopDist > A(6) > B(6) > C(4) > D(6) > E(0) > F(3) > G(6) > H, who buys."""

    TITLES = (("TopDist", 6), ("A", 6), ("B", 6), ("C", 4), ("D", 6), ("E", 0), ("F", 3), ("G", 6), ("H", 0))
    INPUTS = world(line(*TITLES, by="title"), [order("sale", "H", buyer="H", cv=100)])

    def paid(self, variant: str | None) -> list[tuple[str, int]]:
        """Who is paid, on which level."""
        return [(found[1], found[5]) for found in answer(variant, self.INPUTS)["lines"]]

    def test_without_compression_the_position_is_fixed(self) -> None:
        """Printed: G level 1 paid, F level 2 and E level 3 nothing, D level 4 paid."""
        unpaid = answer(None, self.INPUTS)["unpaid"]

        assert self.paid(None) == [("G", 1), ("D", 4)]
        assert sorted((found[1], found[5], found[9]) for found in unpaid) == [("E", 3, "depth"), ("F", 2, "depth")]

    def test_generous_compression_moves_the_level_up(self) -> None:
        """Derived: G, D, B and A are paid levels 1 to 4; C of title 4 is paid to level 2 only."""
        assert self.paid("generous") == [("G", 1), ("D", 2), ("B", 3), ("A", 4)]


class TestE2:
    """A (2 stars) > B (1 star) > C > D > E > F > G (2 stars); everybody below A buys for 100."""

    STARS = (("A", 2), ("B", 1), ("C", 0), ("D", 0), ("E", 0), ("F", 0), ("G", 2))
    INPUTS = world(line(*STARS, by="stars"), [order(f"of {name}", name, buyer=name, cv=100) for name in "BCDEFG"])

    def sources(self, variant: str, payee: str) -> str:
        """On whose purchases somebody is paid."""
        return "".join(sorted(found[3] for found in answer(variant, self.INPUTS)["lines"] if found[1] == payee))

    def test_without_roll_up_a_is_paid_three_levels_and_b_two(self) -> None:
        """Printed: A on B, C, D; B on C and D."""
        assert self.sources("customer_advantage_none", "A") == "BCD"
        assert self.sources("customer_advantage_none", "B") == "CD"

    def test_with_roll_up_a_is_paid_on_everybody(self) -> None:
        """Printed: on B, C, D, E, F and G; derived: 30."""
        assert self.sources("customer_advantage", "A") == "BCDEFG"
        assert answer("customer_advantage", self.INPUTS)["columns"]["unilevel.paid"]["A"] == Fraction(30)
