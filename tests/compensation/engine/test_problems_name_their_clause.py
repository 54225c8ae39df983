"""A value that is missing or does not fit: whose, why, and in which clause of the plan, wherever the clause stands."""

import pytest

from compensation.engine.small_plans import plan
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import order, person, world
from mlmcore.domain.errors import InputError

TOO_LARGE = "a number of 2 decimal places is too large to be exact"
TODO = "round to fewer places on the way"
HUGE = "personal * 900000000000000"
PEOPLE = [person("ann", off=False), person("bob", "ann", off=False)]
SALE = [order("sale", "bob", pv=1000, cv=1)]
AMOUNT = """
[[bonuses]]
id = "gift"
type = "adjustment"
kind = "amount"
amount = 1
negative = "charge"
"""


def said(text: str) -> str:
    """What a run of a plan says."""
    with pytest.raises(InputError) as caught:
        run_engine(plan(text), world(PEOPLE, SALE, company={"profit": 0}))
    return str(caught.value)


class TestClause:
    def test_of_a_measure(self) -> None:
        """With line, path and the whole text, also where only a part of it is wrong."""
        assert said(f'huge = "1 + max(0, {HUGE})"\n') == (
            f"person 'bob': {TOO_LARGE} (<text>:23 measures.huge, '1 + max(0, {HUGE})'); {TODO}"
        )

    def test_inside_an_aggregate(self) -> None:
        """Whoever is visited is named."""
        assert said(f'all = "sum(front, {HUGE})"\n'.replace("all", "below")) == (
            f"person 'bob': {TOO_LARGE} (<text>:23 measures.below, 'sum(front, {HUGE})'); {TODO}"
        )

    def test_of_a_rank(self) -> None:
        """Its requirement."""
        text = f'[rank]\nfrom = "requires"\nclimb = "highest"\n[[ranks]]\nid = "gold"\nrequires = "{HUGE} + 1 > 0"\n'

        assert said(text) == f"person 'bob': {TOO_LARGE} (<text>:28 ranks.gold.requires, '{HUGE} + 1 > 0'); {TODO}"

    def test_of_a_bonus(self) -> None:
        """Its option."""
        assert said(AMOUNT.replace("amount = 1", f'amount = "{HUGE}"\npoint_value = 1')) == (
            f"person 'bob': {TOO_LARGE} (<text>:28 bonuses.gift.amount, '{HUGE}'); {TODO}"
        )

    def test_of_a_carried_value(self) -> None:
        """Computed last."""
        assert said(f'[carry]\nmore = {{ value = "{HUGE}", initial = 0 }}\n') == (
            f"person 'bob': {TOO_LARGE} (<text>:24 carry.more.value, '{HUGE}'); {TODO}"
        )

    def test_of_an_order_column(self) -> None:
        """The order is named."""
        assert said(f'[order_columns]\nmore = "{HUGE.replace("personal", "pv")}"\n') == (
            f"order 'sale': {TOO_LARGE} (<text>:24 order_columns.more, 'pv * 900000000000000'); {TODO}"
        )

    def test_of_what_reads_itself(self) -> None:
        """The clause of the one that could not be computed."""
        assert said(f'up = "{HUGE} + sum(front, up)"\n') == (
            f"person 'bob': {TOO_LARGE} (<text>:23 measures.up, '{HUGE} + sum(front, up)'); {TODO}"
        )
