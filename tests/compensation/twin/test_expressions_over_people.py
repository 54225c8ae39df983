"""What an expression asks of other people, against the slow twin: aggregates, `sponsor`, `nearest`, `company.`."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import numpy as np
from hypothesis import given, settings

from compensation.twin.asked_worlds import asking, worlds
from compensation.twin.engine_runs import run_engine
from mlmcore.compensation.columns import Column
from mlmcore.compensation.plan import Plan
from reference.engine import Inputs, Twin
from reference.engine_expressions import Account

ABOVE: Final = asking(
    (
        "sponsor(personal, default=0)",
        "sponsor(personal, default=1.5, tree=enroller)",
        "sponsor(sum(front, personal), default=0)",
        "sponsor(sponsor(personal, default=1), default=2)",
        "sponsor(rank, default=none)",
        "sponsor(rank >= silver, default=true)",
        "sponsor(title, default='nobody')",
        "sponsor(since, default=2026-01-01)",
        "sponsor(id, default=house)",
        "sponsor(id, default=id)",
        "nearest(rank >= silver, id, default=none)",
        "nearest(rank >= silver and not off, personal, default=0, tree=placement)",
        "nearest(count(front) >= 2, joined, default=period.start)",
        "nearest(nearest(off, true, default=false), sponsor(id, default=none), default=none)",
        "sum(front, sponsor(personal, default=0, tree=enroller))",
        "count(group, sponsor(id, default=none) == none)",
        "sum(orders, pv, where=sponsor(id, default=none) == buyer)",
        "personal if rank == none else sponsor(grade, default=0)",
        "company.personal",
        "company.pv - company.personal",
        "company.profit + company.cv",
        "round(ratio(personal, company.personal, zero=0), 4)",
        "sum(front, round(ratio(personal, company.pv, zero=0), 3))",
    )
)

LEGS: Final = asking(
    (
        "sum(group, personal, leg=1)",
        "sum(downline, personal, leg=2, where=not off, tree=placement, until=title == 'gold')",
        "count(downline, leg=two, tree=enroller)",
        "sum(group, personal - 30, leg=1, tree=enroller, until=off, where=title != 'silver')",
        "any(downline, rank >= silver, leg=1, tree=enroller)",
        "all(group, not off, leg=2)",
        "any(group, off, leg=1, tree=placement)",
        "all(downline, off, leg=3, tree=placement, where=title != none)",
        "count(front, off, leg=1)",
        "max(front, personal, leg=2, default=1, tree=enroller)",
        "sum(levels(1, 2), personal, leg=1)",
        "top(2, level(2), personal, leg=1, tree=enroller)",
        "max(downline, personal, leg=1, tree=placement)",
        "min(group, personal, leg=2, tree=placement, default=-1)",
        "top(2, group, personal, leg=1, tree=placement)",
        "round(mean(downline, personal, leg=1, default=0), 2)",
        "sum(front, personal, leg=1, where=count(front, leg=1) > 0)",
    )
)
DIFFERENT: Final = asking(
    (
        "count(orders, distinct=customer)",
        "count(orders, pv > 20, distinct=date)",
        "count(orders, distinct=buyer, refunds=true)",
        "count(purchases, distinct=seller)",
        "count(group, distinct=title)",
        "count(group, not off, distinct=title, until=rank >= gold)",
        "count(downline, distinct=title, until=off)",
        "count(downline, distinct=rate, where=title != 'gold', tree=enroller)",
        "count(group, distinct=personal)",
        "count(group, distinct=since, until=title == none, tree=placement)",
        "count(downline, distinct=off)",
        "count(front, distinct=rank)",
        "count(level(2), distinct=title)",
        "count(levels(1, 2), distinct=sponsor(id, default=none), tree=placement)",
        "count(group, distinct=title, leg=1, tree=placement)",
        "count(group, distinct=rank, leg=2, tree=placement, until=off)",
        "count(customers, distinct=sum(orders, pv))",
        "sum(front, count(group, distinct=title))",
    )
)
THERE_OR_NOT: Final = asking(
    (
        "credit if credit != none else 7",
        "personal if credit == none else credit",
        "0 if off or credit == none else credit",
        "credit if not (credit == none or off) else rate",
        "credit if credit != none and credit > 1 else grade",
        "max(0, credit if credit != none else rate)",
        "round(ratio(credit if credit != none else 1, count(group), zero=0), 3)",
        "sum(group, credit if credit != none else 0)",
        "sum(downline, credit, where=credit != none)",
        "sum(front, personal * (me.credit if me.credit != none else 1))",
        "count(front, (credit if credit != none else 0) >= (me.credit if me.credit != none else 0))",
        "sponsor(credit if credit != none else 0, default=-1)",
        "nearest(credit != none, credit, default=none)",
        "nearest(credit != none, credit, default=none) if any(front, off) else credit",
        "day(since if since != none else period.start)",
        "days_between(period.start if since == none else since, joined)",
        "title if title != none else 'nobody'",
        "rank if rank != none else bronze",
        "sum(orders, pv * (credit if credit != none else 2))",
        "sum(purchases, pv * (seller.credit if seller.credit != none else 2))",
    )
)
OF_ME: Final = asking(
    (
        "sum(group, personal * me.rate)",
        "sum(downline, (personal - 2 * me.rate) * (me.rate + 1) - me.grade, where=not off)",
        "sum(group, 2 * me.rate)",
        "sum(downline, me.rate * round(me.rate / 3, 2) + personal)",
        "count(group, rank >= me.rank)",
        "sum(downline, personal, where=rank < me.rank)",
        "count(downline, until=rank >= me.rank)",
        "count(group, until=rank >= me.rank and off != me.off, where=rank != none)",
        "sum(group, personal * me.rate, until=rank > me.rank, tree=enroller)",
        "max(downline, personal if rank == me.rank else 0)",
        "all(downline, rank <= me.rank or me.off)",
        "round(mean(downline, personal * me.rate, where=rank < me.rank, default=0), 2)",
        "count(downline, leg=1, where=rank >= me.rank)",
        "count(front, any(group, rank >= me.rank))",
        "count(front, sum(group, personal) > me.personal)",
        "sum(front, min(sum(group, personal * me.rate), 0.5 * me.personal))",
        "count(levels(1, 2), personal > me.personal)",
        "top(2, level(2), personal * me.rate)",
        "count(levels(1, 3), until=personal > me.personal)",
        "sum(levels(1, 2), count(front, personal > me.personal))",
        "sum(front, sum(orders, pv, where=date >= me.joined))",
        "sum(front, count(orders, distinct=buyer, where=buyer != me.id))",
        "sum(front, sum(customers, min(sum(orders, pv, where=pv > me.rate), 50)))",
        "sum(levels(1, 2), max(customers, count(orders, date >= me.joined)))",
        "sum(customers, min(sum(orders, pv), 10 * me.rate))",
        "sum(orders, pv * me.rate, where=me.off or buyer == me.id)",
        "sum(front, sponsor(personal * me.rate, default=0, tree=enroller))",
        "nearest(rank > me.rank, id, default=none)",
        "nearest(rank >= me.rank and off == me.off, personal * me.rate, default=-1)",
        "sum(front, nearest(rank >= me.rank, personal, default=0))",
        "min(front, personal - me.personal, default=7)",
        "sum(front, min(front, personal - me.personal, default=me.rate))",
    )
)
PAIRS: Final = asking(
    (
        "count(downline, personal > me.personal)",
        "max(group, personal * me.rate)",
        "sum(group, max(personal, me.personal), until=personal > me.personal, where=joined >= me.joined)",
        "top(2, downline, personal - me.rate, tree=enroller)",
        "count(group, distinct=personal > me.personal)",
        "sum(front, count(group, personal > me.personal))",
        "sum(downline, count(downline, personal > me.personal))",
        "max(downline, personal, leg=1, tree=enroller, default=3)",
        "min(group, personal, leg=2, default=3)",
        "count(downline, distinct=title, leg=1)",
        "top(2, group, personal, leg=1, where=personal > me.rate)",
        "nearest(personal > me.personal, id, default=none)",
        "nearest(personal > me.personal and rank >= me.rank, rate * me.rate, default=0, tree=placement)",
        "all(group, count(orders, pv > me.rate) < 3)",
    ),
    slow=True,
)


def agree(plan: Plan, inputs: Inputs) -> None:
    """Every measure is what the twin says."""
    result, twin = run_engine(plan, inputs), Twin(plan, inputs)
    people = result.network.ids.labels(np.arange(len(result.network)))
    for name, measure in plan.measures.items():
        column = result.measures[name]
        said = {person: _plain(column, row, people, plan) for row, person in enumerate(people)}
        assert said == twin.measures(name), measure.text


def _plain(column: Column, row: int, people: Sequence[str], plan: Plan) -> Any:
    """A value as the twin has it: fractions, ids, positions of ranks."""
    value = column.value(row)
    if column.kind == "number" and isinstance(value, Decimal):
        return Fraction(value)
    if column.kind == "person" and isinstance(value, int):
        return people[value] if value >= 0 else Account(plan.accounts[-2 - value])
    return plan.rank_ids.index(str(value)) if column.kind == "rank" and value is not None else value


class TestAgainstTwin:
    @given(inputs=worlds())
    @settings(max_examples=25)
    def test_of_those_above_and_of_everybody(self, inputs: Inputs) -> None:
        """`sponsor`, `nearest` and `company.NAME`, alone and inside one another."""
        agree(ABOVE, inputs)

    @given(inputs=worlds())
    @settings(max_examples=40)
    def test_of_legs_along_any_tree(self, inputs: Inputs) -> None:
        """`leg=` means the placement tree, whatever tree the scope walks."""
        agree(LEGS, inputs)

    @given(inputs=worlds())
    @settings(max_examples=40)
    def test_of_different_values(self, inputs: Inputs) -> None:
        """`distinct=` counts equal values once, and none not at all."""
        agree(DIFFERENT, inputs)

    @given(inputs=worlds())
    @settings(max_examples=25)
    def test_of_what_is_there_for_some(self, inputs: Inputs) -> None:
        """A branch that its condition shows to be there is asked only where it is."""
        agree(THERE_OR_NOT, inputs)

    @given(inputs=worlds())
    @settings(max_examples=40)
    def test_of_me(self, inputs: Inputs) -> None:
        """`me.` is the person whose value is computed, however deep inside."""
        agree(OF_ME, inputs)

    @given(inputs=worlds())
    @settings(max_examples=25)
    def test_of_pairs_where_the_plan_is_slow(self, inputs: Inputs) -> None:
        """With `slow = true` everything may be asked of everybody below."""
        agree(PAIRS, inputs)
