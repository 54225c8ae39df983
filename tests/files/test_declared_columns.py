"""Columns and figures that a plan declares: each kind is read as what it is, and refused as what it is not."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cli.commands import ORDERS, PLAN
from mlmcore.compensation.loader import loads_plan
from mlmcore.domain.errors import InputError
from mlmcore.files import read_inputs

INPUTS = """\
trees = ["sponsor", "placement"]
attributes = { vip = "boolean", born = "date", score = "number", city = "text" }

[inputs.company]
profit = "money"
paid_out = "boolean"
audited = "date"
"""
DECLARED = loads_plan(
    PLAN.replace('trees = ["sponsor"]\n', "").replace('cv = "money" }\n', 'cv = "money" }\n' + INPUTS)
)
HEADER = "id,status,joined,sponsor,placement,leg,vip,born,score,city\n"
SOUND = HEADER + "ann,active,2025-01-01,,,,true,1980-02-29,1.5,Rome\nbob,active,2025-01-01,ann,ann,2,false,,,\n"
FIGURES = {"profit": "10.00", "paid_out": "true", "audited": "2026-03-31"}


def files(folder: Path, people: str) -> dict[str, Any]:
    """Both files in a folder."""
    (folder / "people.csv").write_text(people, encoding="utf-8")
    (folder / "orders.csv").write_text(ORDERS.replace(",cid,", ",ann,"), encoding="utf-8")
    return {"people": folder / "people.csv", "orders": folder / "orders.csv"}


class TestDeclared:
    def test_columns_are_read_as_their_kind(self, tmp_path: Path) -> None:
        """An empty field is none; a boolean has no none."""
        read = read_inputs(DECLARED, **files(tmp_path, SOUND), company=FIGURES)

        texts = {name: [column.text(row) for row in (0, 1)] for name, column in read.people.attributes.items()}
        assert texts == {
            "vip": ["true", "false"],
            "born": ["1980-02-29", "none"],
            "score": ["1.50", "none"],
            "city": ["Rome", "none"],
        }
        assert (read.trees["placement"].parent.tolist(), read.trees["placement"].leg.tolist()) == ([-1, 0], [0, 2])

    def test_figures_are_read_as_their_kind(self, tmp_path: Path) -> None:
        """A decimal, a boolean and a date, never the text of one."""
        read = read_inputs(DECLARED, **files(tmp_path, SOUND), company=FIGURES)

        assert dict(read.company) == {"profit": Decimal("10.00"), "paid_out": True, "audited": date(2026, 3, 31)}

    def test_what_does_not_fit_is_found_at_once(self, tmp_path: Path) -> None:
        """Fields, two people in one leg, and figures."""
        people = SOUND + "cid,active,2025-01-01,ann,ann,2,yes,29.2.1980,1e1,\ndan,active,2025-01-01,ann,bob,0,,,,\n"
        paths = files(tmp_path, people)

        with pytest.raises(InputError) as caught:
            read_inputs(DECLARED, **paths, company={**FIGURES, "paid_out": "yes", "audited": "today"})

        assert [(item.line, item.path, item.what) for item in caught.value.findings] == [
            (None, "company.audited", "'today' is not a date"),
            (None, "company.paid_out", "'yes' is neither true nor false"),
            (4, "born", "'29.2.1980' is not a date"),
            (4, "placement: person cid", "leg 2 of ann holds 2 people: bob, cid"),
            (4, "score", "'1e1' is not a decimal"),
            (4, "vip", "'yes' is neither true nor false"),
            (5, "leg", "'0' is not a whole number from 1 on"),
            (5, "vip", "is empty"),
        ]


class TestNothing:
    def test_people_without_rows_are_no_error(self, tmp_path: Path) -> None:
        """A company that begins: nobody, and no orders."""
        paths = files(tmp_path, HEADER)
        paths["orders"].write_text("id,date,seller,pv,cv\n", encoding="utf-8")

        read = read_inputs(DECLARED, **paths, period="2026-03", company=FIGURES)

        assert (len(read.people), len(read.orders), read.period.id) == (0, 0, "2026-03")
