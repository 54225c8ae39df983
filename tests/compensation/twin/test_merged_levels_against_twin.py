"""`levels` with a line per payee: walks that are carried up together say what the slow twin says, however deep."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.engine.small_plans import ledger, plan
from compensation.twin import strategies
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import chain, order, world
from compensation.twin.test_shares_against_twin import check
from mlmcore.compensation.bonuses import _merged_levels
from mlmcore.genealogy import merging
from reference.engine import Inputs

BONUS = """
[[bonuses]]
id = "b"
type = "unilevel"
kind = "levels"
source = "{source}"
{base}
{rates}
detail = "payee"
first_level = {first}
source_counts = {source_counts}
pay_uncounted = {pay_uncounted}
counts = "{counts}"
pays = "{pays}"
unpaid = "{unpaid}"
no_upline = "{no_upline}"
negative = "charge"
{stop}
"""
RATES = (
    'rate = 0.1\nface_rate = 0.1\ndecay = { factor = 0.5, places = 3 }\ndepth = "unlimited"',
    'rate = "0.2 if rank >= silver else 0"\nface_rate = 0\ndecay = { factor = 0.9, places = 2 }\ndepth = "unlimited"',
    'rate = "0.2 if autoship else 0.05"\nface_rate = 0.1\ndepth = 3',
    'rate = "0.2 if autoship else 0.05"\nface_rate = 0.1\ndepth = "2 if rank >= silver else 1"',
    'rates = { silver = 0.05, gold = 0.1 }\ndepth = "unlimited"',
    'rates = { silver = [0.05, 0.02], gold = [0.1, "none", 0.1] }\ndepth = "rank >= silver"',
    'rates = [0.2, 0.1]\nbeyond = 0.05\ndepth = "unlimited"',
    'rates = [0.2, "none", 0.1]',
)
STOPS = ("", 'stop_at = "rank >= gold"\nstop = "before"', 'stop_at = "not autoship"\nstop = "after"')


@st.composite
def plans(draw: st.DrawFn) -> str:
    """A plan of one walk whose lines are merged."""
    ranks = "".join(f'[[ranks]]\nid = "{rank}"\n' for rank in strategies.RANKS)
    head = strategies.HEADER.format(
        refunds="current",
        mode=draw(st.sampled_from(strategies.MODES)),
        places=2,
        at=draw(st.sampled_from(["line", "payee"])),
        active='active = "active"',
        volume="sum(group, personal)",
        few="count(front)",
        some="autoship",
        ranks=f'[rank]\nfrom = "attribute title"\n{ranks}',
    )
    of_payee = ["rank >= payee.rank", "rank > payee.rank", "rank < payee.rank and autoship", "payee.rank >= rank"]
    counts = draw(st.sampled_from(["true", "active", "rank >= silver", *of_payee]))
    on_orders, nowhere = draw(st.booleans()), ["lost"] if "payee" in counts else ["lost", "account:house"]
    return head + BONUS.format(
        source="orders" if on_orders else "people",
        base='from = "buyer"\ncustomer = "under_seller"\nbase = "cv"'
        if on_orders
        else 'base = "personal"\npoint_value = 1',
        rates=draw(st.sampled_from(RATES)),
        first=draw(st.sampled_from([0, 1, 2])),
        source_counts=str(draw(st.booleans())).lower(),
        pay_uncounted=str(draw(st.booleans())).lower(),
        counts=counts,
        pays=draw(st.sampled_from(["true", "active", "autoship"])),
        unpaid=draw(st.sampled_from(["lost", "account:house"])),
        no_upline=draw(st.sampled_from(nowhere)),
        stop=draw(st.sampled_from(STOPS)),
    )


INFINITY = """
[[bonuses]]
id = "b"
type = "unilevel"
kind = "levels"
source = "people"
base = "personal"
point_value = 1
rate = "0.01 if off else 0.02"
depth = "unlimited"
detail = "payee"
counts = "true"
unpaid = "lost"
no_upline = "lost"
negative = "charge"
"""


class TestWalksThatAreCarriedUpTogether:
    """The lines are those of walks made one by one."""

    @given(text=plans(), inputs=strategies.inputs())
    @settings(max_examples=40)
    def test_everything_is_the_same(self, text: str, inputs: Inputs) -> None:
        """Ledger, account and unpaid lines, and entitled."""
        check(text, inputs)

    def test_these_plans_take_that_way(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Or the test above would say nothing about it."""
        taken: list[Any] = []

        def counted(*arguments: Any) -> Any:
            taken.append(1)
            return merging.carried_up(*arguments)

        monkeypatch.setattr(_merged_levels, "carried_up", counted)

        run_engine(plan(INFINITY), sold_by_everybody(4))

        assert taken == [1]

    def test_more_levels_that_differ_than_are_worth_it_are_walked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """To the same end."""
        together = ledger(run_engine(plan(INFINITY), sold_by_everybody(4)))
        monkeypatch.setattr(_merged_levels, "_STATES_MOST", 0)

        assert ledger(run_engine(plan(INFINITY), sold_by_everybody(4))) == together
        assert together == ["b -1 p0 - 0.60", "b -1 p1 - 0.40", "b -1 p2 - 0.20"]

    def test_levels_beyond_the_list_are_paid_behind_one_without_a_rate(self) -> None:
        """The second level pays nobody, and the third what `beyond` says."""
        by = INFINITY.replace('rate = "0.01 if off else 0.02"', 'rates = [0.1, "none"]\nbeyond = 0.01')

        assert ledger(run_engine(plan(by), sold_by_everybody(4))) == [
            *("b -1 p0 - 1.10", "b -1 p1 - 1.00", "b -1 p2 - 1.00"),
        ]

    def test_the_infinity_bonus_goes_up_a_line_of_ten_thousand(self) -> None:
        """Whoever is on top is paid on all others; a walk from each would take fifty million steps."""
        result = run_engine(plan(INFINITY), sold_by_everybody(10_000))

        lines = result.lines.segments[0]
        assert int(lines.amount.max()) == 2 * 10 * 9_999
        assert len(lines) == 9_999


def sold_by_everybody(count: int) -> Inputs:
    """A line of people, each of whom sold 10 points."""
    people = chain(*(f"p{number}" for number in range(count)), off=False)
    sold = [order(f"o{number}", f"p{number}", pv=10, cv=10) for number in range(count)]
    return world(people, sold, company={"profit": 0})
