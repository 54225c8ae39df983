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
