"""What a level is worth where nobody stands, of lists whose rates or amounts are formulas."""

import pytest

from compensation.engine.small_plans import UNILEVEL, ledger, plan, unpaid
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import chain, order, world
from mlmcore.compensation.result import Result
from mlmcore.domain.errors import InputError

AMOUNTS = UNILEVEL.replace('base = "cv"\n', "").replace("rates = [0.05, 0.03]", 'amounts = ["{first}", 3]')
RANKS = '[rank]\nfrom = "attribute title"\n[[ranks]]\nid = "silver"\n[[ranks]]\nid = "gold"\n'


def run(body: str) -> Result:
    """An order of the root's, and one of whoever stands below."""
    sold = [order("own", "ann", cv=100), order("sale", "bob", cv=100, pv=0)]
    sold = [{**one, "volumes": {"pv": 0, **one["volumes"]}} for one in sold]
    return run_engine(plan(body), world(chain("ann", "bob", off=False), sold, company={"profit": 0}))


def said(body: str) -> list[str]:
    """What the loader finds wrong."""
    with pytest.raises(InputError) as caught:
        plan(body)
    return [f"{finding.path}: {finding.what}; {finding.todo}" for finding in caught.value.findings]


class TestFormulasInLists:
    def test_are_worth_nothing_above_the_root_where_they_ask_whoever_is_reached(self) -> None:
        """Nobody is not active, and no rate of somebody inactive is owed for that."""
        found = run(UNILEVEL.replace("[0.05, 0.03]", '["0.5 if active else 0.25", 0.1]'))

        assert ledger(found) == ["uni 1 ann sale 50.00"]
        assert unpaid(found) == ["uni 2 - no_upline 10", "uni 2 - no_upline 10"]

    def test_are_what_they_are_where_they_ask_the_source(self) -> None:
        """Who is there whether or not somebody is above."""
        found = run(UNILEVEL.replace("[0.05, 0.03]", '["0.5 if source.active else 0.25"]'))

        assert unpaid(found) == ["uni 1 - no_upline 50"]

    @pytest.mark.parametrize(
        ("first", "above"),
        [("7 if active else 2", []), ("7 if source.active else 2", ["uni 1 - no_upline 7"])],
    )
    def test_so_it_is_of_amounts(self, first: str, above: list[str]) -> None:
        """Money by level instead of rates."""
        found = run(AMOUNTS.format(first=first))

        assert ledger(found) == ["uni 1 ann sale 7.00"]
        assert sorted(unpaid(found)) == sorted([*above, "uni 2 - no_upline 3", "uni 2 - no_upline 3"])

    @pytest.mark.parametrize(
        ("body", "path", "text"),
        [
            (UNILEVEL.replace("0.05,", '"0.5 if active else 0.25",'), "rates[0]", "0.5 if active else 0.25"),
            (UNILEVEL.replace("0.03]", '"0.01 * count(front)"]'), "rates[1]", "0.01 * count(front)"),
            (AMOUNTS.format(first="7 if payee.active else 2"), "amounts[0]", "7 if payee.active else 2"),
        ],
    )
    def test_are_refused_where_an_account_would_be_paid_above_the_root(self, body: str, path: str, text: str) -> None:
        """It was paid what somebody inactive would have been."""
        what = "asks whoever is reached, and above the root, where the account is paid, nobody is"
        todo = 'write rate = "... if level == 1 else ..." with a `face_rate`, or no_upline = "lost"'
        assert said(body.replace('no_upline = "lost"', 'no_upline = "account:house"')) == [
            f"bonuses.uni.{path}: {text!r} {what}; {todo}"
        ]

    def test_may_stand_beside_an_account_where_levels_never_end(self) -> None:
        """Nothing is owed above the root then."""
        body = UNILEVEL.replace("[0.05, 0.03]", '["0.5 if active else 0.25"]\nbeyond = 0.1')
        found = run(body.replace('no_upline = "lost"', 'no_upline = "account:house"'))

        assert (ledger(found), len(found.accounts)) == (["uni 1 ann sale 50.00"], 0)

    def test_by_rank_are_refused_when_the_plan_is_loaded(self) -> None:
        """The highest of them is the face rate; it was missed only in the middle of a month."""
        rates = '{ silver = [0.05, 0.01], gold = [0.06, "0.03 if source.active else 0"] }'

        what = "which of several ranks' rates is the highest at a level must be known, and one is a formula"
        assert said(RANKS + UNILEVEL.replace("[0.05, 0.03]", rates)) == [
            f"bonuses.uni.rates.gold[1]: {what}; write numbers, or one `rate` with a `face_rate`"
        ]

    def test_of_one_rank_or_the_same_for_all_is_no_question(self) -> None:
        """There is but one rate at the level."""
        alone = '{ silver = [0.05], gold = [0.06, "0.03 if source.active else 0"] }'
        both = '{ silver = [0.05], gold = [0.06] }\nbeyond = "0.03 if source.active else 0"'

        for rates in (alone, both):
            assert plan(RANKS + UNILEVEL.replace("[0.05, 0.03]", rates)).bonus("uni").kind == "levels"
        assert ledger(run(RANKS + UNILEVEL.replace("[0.05, 0.03]", both))) == []
