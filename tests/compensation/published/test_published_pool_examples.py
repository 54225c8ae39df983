"""Pools as published, each number as printed: by growth and income, by points, once enough is in, and by place.

The plan stands in `tests/data/plans/pools.toml`; P1 to P6 are its bonuses. Its sources: USANA India's answer "Elite
Bonus" on askusana.com (P1), inhabitrealty.com, "Bonuses" (P2), the repository bsam2019/mygrownet,
`docs/COMPENSATION_PLAN_PRESENTATION.md` (P3), the repository kysonttan-sys/solanapoker, `RAKE_DISTRIBUTION_GUIDE.md`
(P4 to P6).
"""

from decimal import Decimal
from pathlib import Path
from typing import Any

from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import chain, order, person, world
from mlmcore.compensation.loader import load_plan
from mlmcore.compensation.result import Result

PLAN = load_plan(Path(__file__).parents[2] / "data" / "plans" / "pools.toml")
COMPANY = dict.fromkeys(PLAN.inputs.company, Decimal(0))
NOTHING: dict[str, Any] = {"income": 0, "growth": 0, "points": 0, "activity": 0, "played": 0, "drawn": False}


def member(name: str, **attributes: Any) -> dict[str, Any]:
    """Somebody with nothing but what is said."""
    return person(name, **(NOTHING | attributes))


def run(people: list[dict[str, Any]], **company: Decimal) -> Result:
    """A March, which ends a quarter."""
    return run_engine(PLAN, world(people, [], company={**COMPANY, **company}))


def paid(result: Result, bonus: str) -> dict[str, Decimal]:
    """What a bonus pays each person, in money."""
    column = result.published[f"{bonus}.paid"]
    names = [result.network.ids.label(row) for row in range(len(result.network))]
    return {name: column.decimal(row) for row, name in enumerate(names) if column.decimal(row)}


ASSOCIATES = {
    "Kash": (32_933_713, 1_438_018, 1_247_712),
    "Beli": (12_508_562, -1_550_354, 139_365),
    "Jai": (10_992_642, 578_658, 476_900),
    "Tenzin": (9_603_327, 636_149, 496_635),
    "Sahil": (8_095_394, 44_121, 117_219),
    "Sitara": (7_847_640, -94_546, 87_435),
    "Naya": (8_460_963, 133_385, 175_966),
    "Kavi": (7_750_016, 195_472, 206_073),
}
"""Income, growth, and what was printed; the last is whole rupees of shares that were rounded, so nearly exact."""


class TestPublishedPools:
    def test_p1_by_growth_and_income(self) -> None:
        """30 shares by positive growth and 15 by income; what was cut off is recovered as one person."""
        people = [member(name, income=income, growth=growth) for name, (income, growth, _) in ASSOCIATES.items()]
        others = member("OTHERS", income=Decimal("61270629.33"), growth=Decimal("2775605.25"))

        result = run([*people, others], quarter_sales=Decimal(533_000_000))

        amounts = paid(result, "elite")
        assert sum(amounts.values()) == 5_330_000
        assert all(abs(amounts[name] - printed) <= Decimal("1.5") for name, (_, _, printed) in ASSOCIATES.items())

    def test_p2_by_points(self) -> None:
        """500 of 5,000 points of a pool of 10,000."""
        result = run([member("M", points=500), member("OTHERS", points=4500)], p2_pool=Decimal(10_000))

        assert paid(result, "p2") == {"M": Decimal("1000.00"), "OTHERS": Decimal("9000.00")}

    def test_p3_by_points_of_a_part_of_the_profit(self) -> None:
        """500 of 50,000 points of 60% of 100,000."""
        result = run([member("M", points=500), member("OTHERS", points=49_500)], profit=Decimal(100_000))

        assert paid(result, "p3")["M"] == Decimal("600.00")

    def test_p4_once_enough_is_in(self) -> None:
        """Below 100 nothing is paid; at 100 the activity decides."""
        people = [member("A", activity=40), member("B", activity=35), member("C", activity=25)]

        short, full = run(people, p4_in=Decimal("99.99")), run(people, p4_in=Decimal(100))

        assert (paid(short, "p4"), short.identity["p4"].carried) == ({}, Decimal("99.99"))
        assert paid(full, "p4") == {"A": Decimal(40), "B": Decimal(35), "C": Decimal(25)}

    def test_p5_by_place_and_by_draw(self) -> None:
        """30% to the first three by each measure, 50/30/20; 40% equally to the ten drawn."""
        people = [member(f"t{place}", played=100 - place, points=place) for place in range(1, 5)]
        people += [member(f"lucky{number}", drawn=True) for number in range(10)]

        result = run(people, jackpot_in=Decimal(1000))

        assert paid(result, "p5_players") == {"t1": Decimal(150), "t2": Decimal(90), "t3": Decimal(60)}
        assert paid(result, "p5_earners") == {"t4": Decimal(150), "t3": Decimal(90), "t2": Decimal(60)}
        assert paid(result, "p5_lucky") == {f"lucky{number}": Decimal(40) for number in range(10)}

    def test_p6_a_rake(self) -> None:
        """3% of a pot of 100: host 1.05, referrer 0.45, jackpot 0.15, global pool 0.15, developer 1.20."""
        inputs = world(chain("referrer", "host", **NOTHING), [order("pot", "host", pot=100)], company=COMPANY)

        result = run_engine(PLAN, inputs)

        assert paid(result, "p6_people") == {"host": Decimal("1.05"), "referrer": Decimal("0.45")}
        assert result.accounts.by_account() == {"jackpot": 15, "global_pool": 15, "developer": 120}
