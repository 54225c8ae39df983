"""Measures that each read themselves, against the slow twin: every aggregate, legs, and values of every kind."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.twin.asked_worlds import asking, worlds
from compensation.twin.engine_runs import run_engine
from mlmcore.compensation.columns import Column
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.recursion import few
from reference.engine import Inputs
from reference.recursion import RecursiveTwin


def recursive(expressions: Sequence[str]) -> Plan:
    """A plan of measures, each of which is `x` in its own formula."""
    return asking([text.replace("x$", f"q{number}") for number, text in enumerate(expressions)])


DOWN: Final = recursive(
    (
        "personal + sum(group, personal, leg=1, tree=placement, until=x$ > 50)",
        "1 + sum(downline, x$, leg=2, tree=placement, where=not off)",
        "count(orders) - sum(group, x$, leg=1, tree=placement, until=off) + count(front, leg=2, tree=placement)",
        "not any(group, x$, leg=2, tree=placement)",
        "count(front, x$ >= 1, leg=1, tree=placement) + count(downline, x$ > 0, leg=2, tree=placement) + count(orders)",
        "not off and not any(downline, x$, leg=1, tree=placement)",
        "all(downline, x$ or off, leg=2, tree=placement, until=title == 'gold')",
        "personal - max(group, max(front, x$, tree=placement), leg=1, tree=placement) - count(orders)",
        "personal + min(downline, x$, leg=2, default=3, tree=placement) - count(orders)",
        "1 + sum(levels(1, 2), x$, leg=1, tree=placement) - max(level(2), x$, leg=1, tree=placement)",
        "personal + top(2, downline, x$, leg=1, tree=placement)",
        "personal + sum(front, x$, leg=1, tree=enroller) - count(front, x$ > 0, leg=2, tree=enroller)",
        "max(front, x$, leg=2, tree=enroller, default=-1) + count(orders)",
        "off or any(front, not x$, leg=1, tree=enroller) and all(front, x$, leg=2, tree=enroller)",
        "personal - top(2, group, max(front, x$))",
        "count(front, distinct=x$) + count(orders)",
        "round(mean(front, x$ + 1, default=personal), 1)",
        "round(mean(downline, x$ + personal, default=1, until=off), 0)",
        "title if off or not any(front, x$ != none) else status",
        "'none' if all(front, x$ == 'none' or off) else 'some'",
        "id if max(front, personal if x$ == none else 0) < personal else sponsor(id, default=none)",
        "since if count(front, x$ == none) == 0 else joined",
        "rank if not any(downline, x$ >= silver) else none",
        "sum(orders, pv, where=me.grade > 1) + max(front, x$)",
        "sum(purchases, max(pv, 10), where=me.personal > 20) + max(front, x$)",
        "lookup(grades, title) * 2 - round(sum(front, x$) / 3, 1)",
        "abs(min(clamp(personal, 10, 40), 30 - max(front, x$)))",
        "rate * 1 + max(front, -x$) if title in ['gold', none] else -sum(level(1), x$)",
    )
)
UP: Final = recursive(
    (
        "personal + sponsor(x$, default=0.25, tree=placement)",
        "nearest(not off and x$ < 100, x$ + 1, default=personal, tree=enroller)",
        "title if off else sponsor(x$, default='top')",
        "id if personal > 0 else nearest(personal >= 0, x$, default=none)",
        "since if off else sponsor(x$, default=2026-01-01)",
        "rank if off else nearest(rank != none, x$, default=silver)",
        "off != sponsor(x$, default=true)",
        "max(personal, sum(orders, sponsor(x$, default=1) * 1, where=sponsor(x$, default=0) < 40))",
        "count(orders, pv > nearest(off, x$, default=1)) + sponsor(count(front), default=0)",
        "nearest(sponsor(x$, default=0) >= 0, x$, default=0) + 1",
    )
)
WIDTHS: Final = st.sampled_from([0, 1, few.FEW])


def _plain(value: Any) -> Any:
    return Fraction(value) if isinstance(value, Decimal) else value


def _engine(plan: Plan, inputs: Inputs, width: int) -> dict[str, dict[str, Any]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(few, "FEW", width)
        result = run_engine(plan, inputs)
    people = [result.network.ids.label(row) for row in range(len(result.network))]

    def value(column: Column, row: int) -> Any:
        found = _plain(column.value(row))
        if column.kind == "person":
            return None if found is None else people[int(found)]
        return plan.rank_ids.index(str(found)) if column.kind == "rank" and found is not None else found

    return {
        name: {person: value(column, row) for row, person in enumerate(people)}
        for name, column in result.measures.items()
    }


class TestMeasuresThatReadThemselves:
    """The engine's columns equal those of a twin that asks with plain recursion."""

    @given(inputs=worlds(), width=WIDTHS)
    @settings(max_examples=20)
    def test_down_a_tree(self, inputs: Inputs, width: int) -> None:
        """Whatever gathers them from below."""
        twin = RecursiveTwin(DOWN, inputs)

        assert _engine(DOWN, inputs, width) == {name: twin.measures(name) for name in DOWN.measures}

    @given(inputs=worlds(), width=WIDTHS)
    @settings(max_examples=20)
    def test_up_a_tree(self, inputs: Inputs, width: int) -> None:
        """Whoever above is meant."""
        twin = RecursiveTwin(UP, inputs)

        assert _engine(UP, inputs, width) == {name: twin.measures(name) for name in UP.measures}
