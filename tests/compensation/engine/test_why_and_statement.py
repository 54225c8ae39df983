"""`why` and the statement: every amount with its inputs, its path, its clause; what was not paid beside what was."""

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from compensation.engine.small_plans import UNILEVEL, plan
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import order, person, world
from mlmcore.compensation.explain import Passed, why
from mlmcore.compensation.result import Result
from mlmcore.compensation.statement import statement, statements
from mlmcore.domain.errors import InputError

ROLL_UP = UNILEVEL.replace('counts = "true"', 'counts = "active"')
DYNAMIC = UNILEVEL.replace('unpaid = "lost"', 'unpaid = "next"')
PEOPLE = [
    person("ann", None, off=False),
    person("bob", "ann", off=True),
    person("cid", "bob", off=False),
    person("dan", "cid", off=False),
]
SALE = order("sale", "dan", on=date(2026, 3, 4), cv="33.33", pv=20)


RETAIL = """
[[bonuses]]
id = "retail"
type = "retail"
kind = "amount"
source = "orders"
from = "seller"
amount = "0.25 * cv"
negative = "charge"
"""


def run(body: str = ROLL_UP, at: str = "line", people: list[dict[str, Any]] = PEOPLE) -> Result:
    """Dan sells for 33.33; bob, above cid and below ann, is off."""
    sale = {**SALE, "volumes": {"cv": Fraction("33.33"), "pv": Fraction(20)}}
    return run_engine(plan(body, at=at), world(people, [sale], company={"profit": 0}))


class TestWhy:
    """`why(result, person)`."""

    def test_an_amount_has_its_base_rate_level_order_and_clause(self) -> None:
        """Exact, and rounded."""
        (paid, rounding) = why(run(), "ann").amounts

        assert (paid.kind, paid.bonus, paid.order, paid.day, paid.source) == (
            "paid",
            "uni",
            "sale",
            "2026-03-04",
            "dan",
        )
        assert (paid.level, paid.base, paid.rate) == (2, Decimal("33.33"), Decimal("0.03"))
        assert (paid.formula, paid.exact, paid.amount) == ("cv", Decimal("0.9999"), Decimal("1.00"))
        assert (paid.clause, paid.rate_clause) == ("<text>:24 bonuses.uni", "<text>:31 bonuses.uni.rates[1]")
        assert (rounding.kind, rounding.reason, rounding.amount) == ("unpaid", "rounding", Decimal("-0.0001"))

    def test_the_rate_of_a_rank_is_cited_where_it_stands(self) -> None:
        """By rank and level; a formula by its own place."""
        by_rank = (
            '[rank]\nfrom = "attribute title"\n[[ranks]]\nid = "gold"\n'
            + ROLL_UP.replace("[0.05, 0.03]", "{ gold = [0.05, 0.03] }")
            + RETAIL
        )
        people = [{**one, "attributes": {**one["attributes"], "title": "gold"}} for one in PEOPLE]
        result = run(by_rank, people=people)

        assert [item.rate_clause for item in why(result, "ann").amounts][:1] == ["<text>:35 bonuses.uni.rates.gold[1]"]
        assert why(result, "dan").amounts[0].rate_clause == "<text>:48 bonuses.retail.amount"
        assert why(result, "dan").amounts[0].formula == "0.25 * cv"

    def test_an_amount_by_level_shows_its_own_formula(self) -> None:
        """The one of its level."""
        fixed = ROLL_UP.replace('base = "cv"\nrates = [0.05, 0.03]', 'amounts = ["0.1 * order.cv", "7"]')
        (paid,) = why(run(fixed), "ann").amounts

        assert (paid.formula, paid.base, paid.rate, paid.amount) == ("7", Decimal(7), Decimal(1), Decimal("7.00"))
        assert paid.rate_clause == "<text>:30 bonuses.uni.amounts[1]"

    def test_who_stood_between_is_named_with_the_reason(self) -> None:
        """From the source up: cid counts, bob does not."""
        paid = why(run(), "ann").amounts[0]

        assert paid.passed == (
            Passed(person="cid", counts=True, because="active is true: off = false"),
            Passed(person="bob", counts=False, because="active is false: off = true"),
        )

    def test_what_was_lost_has_its_reason_and_the_condition_that_failed(self) -> None:
        """Without compression bob uses up a level, and loses it."""
        (lost,) = why(run(UNILEVEL), "bob").amounts

        assert (lost.kind, lost.reason, lost.amount) == ("unpaid", "inactive", Decimal("0.9999"))
        assert lost.because == "active is false: off = true"

    def test_what_went_to_somebody_else_is_missed(self) -> None:
        """With dynamic compression ann is paid bob's level; it is in no sum."""
        result = run(DYNAMIC)
        (missed,) = why(result, "bob").amounts

        assert (missed.kind, missed.level, missed.reason, missed.amount) == ("missed", 2, "inactive", Decimal("0.9999"))
        assert [item.amount for item in why(result, "ann").amounts if item.kind == "paid"] == [Decimal("1.00")]
        assert result.identity["uni"].entitled == Decimal("2.6664")
        assert "\nMissed: paid to somebody further up\n" in statement(result, "bob").to_text()

    def test_a_person_without_amounts_has_columns(self) -> None:
        """And a total of nothing."""
        explained = why(run(), "dan")

        assert explained.columns == {"personal": "20.00", "active": "true"}
        assert (explained.amounts, explained.total.amount) == ((), Decimal("0.00"))

    def test_nobody_of_that_id_is_an_error(self) -> None:
        """As everywhere."""
        with pytest.raises(InputError, match=r"^unknown id 'eve'; 4 ids are known$"):
            why(run(), "eve")


class TestStatement:
    """One person's statement."""

    @pytest.mark.parametrize("at", ["line", "payee"])
    @pytest.mark.parametrize("body", [UNILEVEL, ROLL_UP, DYNAMIC])
    def test_lines_sum_to_the_ledger(self, body: str, at: str) -> None:
        """For everybody, to the cent."""
        result = run(body, at)
        by_person = result.lines.by_person(len(result.network))

        for index, name in enumerate(result.network.ids.labels(np.arange(len(result.network)))):
            said = statement(result, name).explanation
            lines = sum((item.amount for item in said.amounts if item.kind == "paid"), Decimal(0))
            assert lines == said.total.amount == Decimal(int(by_person[index])).scaleb(-2)

    def test_the_text_says_everything(self) -> None:
        """Whole, as it is printed."""
        assert statement(run(), "ann").to_text().splitlines() == [
            "Statement of ann, 2026-03, by plan small version 1",
            "  personal = 0.00, active = true",
            "",
            "uni  (<text>:24 bonuses.uni)",
            "  2026-03-04 order sale, from dan, level 2: cv 33.33 x 0.03 = 0.9999".ljust(96) + "1.00",
            "      passed cid: uses up a level; active is true: off = false",
            "      passed bob: is no level; active is false: off = true",
            "  1 line".ljust(96) + "1.00",
            "",
            "Not paid",
            "",
            "uni  (<text>:24 bonuses.uni)",
            "  rounding".ljust(93) + "-0.0001",
            "  1 line".ljust(93) + "-0.0001",
            "",
            "Total".ljust(92) + "USD 1.00",
        ]

    def test_as_values_it_is_json_without_floats(self) -> None:
        """Decimals are texts."""
        document = statement(run(), "ann").to_dict()

        assert json.loads(json.dumps(document)) == document
        assert (document["total"], document["amounts"][0]["exact"]) == ("1.00", "0.9999")

    def test_people_are_called_by_names_where_these_are_known(self) -> None:
        """Ids stay where they are not."""
        text = statement(run(), "ann").to_text({"ann": "Ann A.", "bob": "Bob B."})

        assert "Statement of Ann A." in text
        assert "passed Bob B.: is no level" in text
        assert "passed cid: uses up a level" in text

    def test_statements_of_everybody_paid_come_by_id(self) -> None:
        """Nobody else has one."""
        heads = [text.splitlines()[0] for text in statements(run())]

        assert heads == [
            "Statement of ann, 2026-03, by plan small version 1",
            "Statement of cid, 2026-03, by plan small version 1",
        ]
