"""A binary on the weaker leg with carry-forward, flush, ratio and cap, each number as printed.

The plan stands in `tests/data/plans/binary-carry-forward.toml`. Its sources: mlmforge's `content/guides/binary.md`
(E1 to E3) and mylistbuilders.com, "Binary MLM software: binary MLM plan calculation" (E4).
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import order, person, world
from mlmcore.compensation.loader import load_plan
from mlmcore.compensation.result import Result
from reference.engine import Inputs

FILE = Path(__file__).parents[2] / "data" / "plans" / "binary-carry-forward.toml"
WEEK = (date(2026, 3, 2), date(2026, 3, 9))


def member(name: str, above: str | None = None, leg: int = 0, owner: str | None = None) -> dict[str, Any]:
    """Somebody in the placement tree, eligible; maybe a position of somebody who has several."""
    return {**person(name, trees={"placement": above}, eligible=True, owner=owner), "legs": {"placement": leg}}


def week(people: list[dict[str, Any]], sold: dict[str, int], **carried: dict[str, Any]) -> Inputs:
    """A week in which each sells so much."""
    orders = [order(f"o-{name}", name, on=WEEK[0], cv=volume) for name, volume in sold.items()]
    legs = {name.replace("__", "."): values for name, values in carried.items()}
    return world(people, orders, *WEEK, carried=legs)


def run(inputs: Inputs, variant: str | None = None) -> Result:
    """One run of the plan or a variant."""
    return run_engine(load_plan(FILE, variant=variant), inputs)


def paid(result: Result, name: str) -> Decimal:
    """What somebody is paid, in money."""
    person_index = int(result.network.ids.positions([name])[0])
    return Decimal(int(result.lines.by_person(len(result.network))[person_index])) / 100


def carry(result: Result, name: str) -> list[Decimal]:
    """What somebody's legs carry out."""
    person_index = int(result.network.ids.positions([name])[0])
    legs = [result.carried[f"binary.{leg}"].value(person_index) for leg in ("left_out", "right_out")]
    return [Decimal(str(leg or 0)) for leg in legs]


E1 = [
    *(member("You"), member("L1", "You", 1), member("R1", "You", 2)),
    *(member("L2", "L1", 1), member("L3", "L1", 2), member("R2", "R1", 1), member("R3", "R1", 2)),
]
FIRST = {"L2": 100, "L3": 100, "R2": 300, "R3": 200}
SECOND = {"L1": 400, "R1": 100}


def pair(name: str, left: int, right: int, owner: str | None = None) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Somebody with one person in each leg, and what those sell."""
    people = [member(name, owner=owner), member(f"{name}.L", name, 1), member(f"{name}.R", name, 2)]
    return people, {f"{name}.L": left, f"{name}.R": right}


class TestPublishedBinary:
    def test_e1_the_strong_leg_is_carried_forward(self) -> None:
        """200 against 500 pays 20.00 and carries 300; then 400 against 100 + 300 pays 40.00."""
        first = run(week(E1, FIRST))
        second = run(
            week(E1, SECOND, binary__right_out={"You": Fraction(300), "R1": Fraction(100), "R2": 0, "L1": 0, "L2": 0})
        )

        assert (paid(first, "You"), carry(first, "You")) == (Decimal("20.00"), [Decimal(0), Decimal(300)])
        assert paid(second, "You") == Decimal("40.00")

    def test_e1_with_a_full_flush(self) -> None:
        """Nothing is carried, so the second week pays 10.00."""
        first, second = run(week(E1, FIRST), "flush"), run(week(E1, SECOND), "flush")

        assert (carry(first, "You"), paid(second, "You")) == ([Decimal(0), Decimal(0)], Decimal("10.00"))

    def test_e2_the_weaker_leg_and_the_ratio_of_the_legs(self) -> None:
        """3,000 of 5,000: 10% is 300.00; with the rate times weaker over stronger, 10% of 1,800."""
        inputs = week(*pair("You", 3000, 5000))

        assert paid(run(inputs), "You") == Decimal("300.00")
        assert paid(run(inputs, "ratio"), "You") == Decimal("180.00")

    def test_e3b_the_cap_of_a_position(self) -> None:
        """8,000.00 earned, 5,000.00 paid, and the rest unpaid by the cap."""
        result = run(week(*pair("POSITION", 80_000, 80_000)))

        assert paid(result, "POSITION") == Decimal("5000.00")
        assert result.unpaid.by_reason() == {"capped": Decimal(3000)}
        assert carry(result, "POSITION") == [Decimal(0), Decimal(0)]

    def test_e3a_the_cap_of_an_owner(self) -> None:
        """Two positions of one owner earn 3,000.00 each; together they are paid 5,000.00, in proportion."""
        (people_a, sold_a), (people_b, sold_b) = pair("A", 30_000, 30_000, "olga"), pair("B", 30_000, 30_000, "olga")
        (people_c, sold_c) = pair("C", 30_000, 30_000)

        result = run(week(people_a + people_b + people_c, sold_a | sold_b | sold_c), "owner_cap")

        assert [paid(result, name) for name in "ABC"] == [Decimal("2500.00"), Decimal("2500.00"), Decimal("3000.00")]
        assert result.unpaid.by_reason() == {"capped": Decimal(1000)}

    def test_e4_two_people(self) -> None:
        """B gets 10.00 and carries 100 on the right; C gets 10.00 and carries nothing."""
        (people_b, sold_b), (people_c, sold_c) = pair("B", 100, 200), pair("C", 100, 100)
        result = run(week(people_b + people_c, sold_b | sold_c))

        assert (paid(result, "B"), carry(result, "B")) == (Decimal("10.00"), [Decimal(0), Decimal(100)])
        assert (paid(result, "C"), carry(result, "C")) == (Decimal("10.00"), [Decimal(0), Decimal(0)])
