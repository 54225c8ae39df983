"""The numbers that plans' sources print, as CSV through `mlmcore run`: ledger and totals.

The small unilevel references (mlmforge, lollyspace, directscale, netready) and doTERRA's fast start, unilevel and
retail; the sources stand in `tests/compensation/published`.
"""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from cli.commands import mlmcore

PLANS = Path(__file__).parents[1] / "data" / "plans"
UNILEVEL_ORDERS = "id,date,seller,buyer,cv,price,index1,index2,u4_price\n"
DOTERRA_PEOPLE = "id,status,joined,sponsor,enroller,title\n"
DOTERRA_ORDERS = "id,date,seller,buyer,pv,retail_sales,lrp_pv\n"
CHAIN = ("Silver", "Premier", "Elite", "Executive", "Director", "Manager", "Consultant")


class Run:
    """One run over files in a folder."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], plan: str, people: str, orders: str) -> None:
        (folder / "people.csv").write_text(people, encoding="utf-8")
        (folder / "orders.csv").write_text(orders, encoding="utf-8")
        files = ("--people", folder / "people.csv", "--orders", folder / "orders.csv")
        said = mlmcore(capsys, "run", PLANS / plan, *files, "--out", folder / "out")
        assert (said.code, said.err) == (0, "")
        self._out = folder / "out"

    def ledger(self, bonus: str) -> list[tuple[str, str, str, str, str, str]]:
        """Payee, order, level, base, rate and amount of each line of a bonus, in the order of the file."""
        with (self._out / "ledger.csv").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["bonus"] == bonus]
        return [(r["payee"], r["order"], r["level"], r["base"], r["rate"], r["amount"]) for r in rows]

    def totals(self) -> dict[str, Any]:
        """The whole of totals.json."""
        found: dict[str, Any] = json.loads((self._out / "totals.json").read_text(encoding="utf-8"))
        return found


def unilevel_people(*rows: tuple[str, str, str]) -> str:
    """A people file from id, sponsor and title."""
    lines = [f"{person},active,2020-01-01,{sponsor},{title}\n" for person, sponsor, title in rows]
    return "id,status,joined,sponsor,title\n" + "".join(lines)


def amounts(run: Run, bonus: str) -> list[tuple[str, str]]:
    """Who is paid what, line by line."""
    return [(line[0], line[-1]) for line in run.ledger(bonus)]


class TestSmallUnilevel:
    def test_u1_pays_four_dollars_to_each_rank_within_its_depth(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Top (Diamond) > Sponsor (Gold) > A, D (Silver); A > B (Member) > C, who buys 200 CV: 4.00 each, D nothing."""
        people = unilevel_people(
            ("Top", "", "diamond"), ("Sponsor", "Top", "gold"), ("A", "Sponsor", "silver"),
            ("D", "Sponsor", "silver"), ("B", "A", "member"), ("C", "B", ""),
        )  # fmt: skip

        run = Run(tmp_path, capsys, "simple-unilevel.toml", people, UNILEVEL_ORDERS + "o1,2026-03-05,C,C,200,0,0,0,0\n")

        assert run.ledger("u1") == [
            ("B", "o1", "1", "80.000", "0.05", "4.00"),
            ("A", "o1", "2", "80.000", "0.05", "4.00"),
            ("Sponsor", "o1", "3", "80.000", "0.05", "4.00"),
            ("Top", "o1", "4", "80.000", "0.05", "4.00"),
        ]
        assert run.totals()["by_bonus"]["u1"] == {"entitled": "20.00000", "paid": "16.00", "unpaid": "4.00"}

    def test_u2_pays_the_seller_as_level_zero(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A > B > C, an order of 100 through C: 10, 5 and 2."""
        people = unilevel_people(("A", "", ""), ("B", "A", ""), ("C", "B", ""))

        run = Run(tmp_path, capsys, "simple-unilevel.toml", people, UNILEVEL_ORDERS + "o1,2026-03-05,C,,0,100,0,0,0\n")

        assert amounts(run, "u2") == [("C", "10.00"), ("B", "5.00"), ("A", "2.00")]
        assert run.totals()["by_bonus"]["u2"]["paid"] == "17.00"

    def test_u3_pays_the_products_own_amounts(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The buyer's sponsor 50, and the sponsor's sponsor 20."""
        people = unilevel_people(("S2", "", ""), ("S1", "S2", ""), ("Buyer", "S1", ""))

        run = Run(
            tmp_path,
            capsys,
            "simple-unilevel.toml",
            people,
            UNILEVEL_ORDERS + "o1,2026-03-05,Buyer,Buyer,0,0,50,20,0\n",
        )

        assert amounts(run, "u3") == [("S1", "50.00"), ("S2", "20.00")]
        assert run.totals()["by_bonus"]["u3"]["paid"] == "70.00"

    def test_u4_pays_a_tenth_on_each_level(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Mary > Joan > Adam, who buys for 100: 10 each."""
        people = unilevel_people(("Mary", "", ""), ("Joan", "Mary", ""), ("Adam", "Joan", ""))

        run = Run(
            tmp_path, capsys, "simple-unilevel.toml", people, UNILEVEL_ORDERS + "o1,2026-03-05,Adam,Adam,0,0,0,0,100\n"
        )

        assert amounts(run, "u4") == [("Joan", "10.00"), ("Mary", "10.00")]
        assert run.totals()["by_bonus"]["u4"]["paid"] == "20.00"


class TestDoterra:
    def test_fast_start_pays_each_order_and_the_printed_total(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Lisa enrolls Megan, who orders 132, 78 and 147 PV: 26.40, 15.60, 29.40, in all 71.40."""
        people = DOTERRA_PEOPLE + "Lisa,active,2020-01-01,,,\nMegan,active,2026-02-20,Lisa,Lisa,\n"
        orders = DOTERRA_ORDERS + (
            "loyalty,2026-03-02,Lisa,Lisa,0,0,100\nm1,2026-03-03,Megan,Megan,132,0,0\n"
            "m2,2026-03-04,Megan,Megan,78,0,0\nm3,2026-03-05,Megan,Megan,147,0,0\n"
        )

        run = Run(tmp_path, capsys, "doterra.toml", people, orders)

        assert [(line[0], line[1], line[-1]) for line in run.ledger("fast_start")] == [
            ("Lisa", "m1", "26.40"),
            ("Lisa", "m2", "15.60"),
            ("Lisa", "m3", "29.40"),
        ]
        assert run.totals()["by_bonus"]["fast_start"]["paid"] == "71.40"
        assert run.ledger("unilevel") == []

    def test_unilevel_pays_seven_levels_by_rank(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Silver > Premier > ... > Consultant > Buyer, who orders 100 PV: 2, 3, 5, 5, 6, 6, 7."""
        uplines = ("", *CHAIN)
        rows = [
            f"{name},active,2020-01-01,{upline},{upline},{name.lower()}\n"
            for name, upline in zip(CHAIN, uplines, strict=False)
        ]
        people = DOTERRA_PEOPLE + "".join(rows) + "Buyer,active,2020-01-01,Consultant,Consultant,consultant\n"

        run = Run(tmp_path, capsys, "doterra.toml", people, DOTERRA_ORDERS + "o1,2026-03-05,Buyer,Buyer,100,0,0\n")

        expected = ("2.00", "3.00", "5.00", "5.00", "6.00", "6.00", "7.00")
        assert amounts(run, "unilevel") == list(zip(reversed(CHAIN), expected, strict=True))
        assert run.totals()["by_bonus"]["unilevel"]["paid"] == "34.00"

    def test_retail_pays_a_quarter(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A retail sale of 100: 25."""
        people = DOTERRA_PEOPLE + "You,active,2020-01-01,,,\n"

        run = Run(tmp_path, capsys, "doterra.toml", people, DOTERRA_ORDERS + "o1,2026-03-05,You,,0,100,0\n")

        assert amounts(run, "retail") == [("You", "25.00")]
        assert run.totals()["paid"] == "25.00"
