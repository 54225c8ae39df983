"""`owner` and the scope `positions`: people who are positions of one owner."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.engine.small_plans import HEADER, plan
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import order, person, world
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result
from mlmcore.domain.money import Money

AWARD = '[[bonuses]]\nid = "award"\ntype = "rank_bonus"\nkind = "amount"\namount = "personal"\n'
AWARD += 'point_value = 1\nnegative = "zero"\n'


def owned(*measures: str, body: str = "") -> Plan:
    """A plan whose owner is the attribute `title`, with measures."""
    header = HEADER.replace("company =", 'owner = "title"\ncompany =').format(at="line", refunds="current")
    return loads_plan(header + "".join(f"{line}\n" for line in measures) + body)


def run(by: Plan, people: list[dict[str, Any]], points: dict[str, int]) -> Result:
    """A month in which everybody sells points of their own."""
    sold = [order(f"o{name}", name, cv=0, pv=pv) for name, pv in points.items()]
    return run_engine(by, world(people, sold, company={"profit": 0}))


def column(result: Result, name: str) -> dict[str, Decimal]:
    """A measure by id."""
    ids = result.network.ids
    return {ids.label(row): result.measures[name].decimal(row) for row in range(len(ids))}


class TestPositions:
    """The scope `positions`: everybody of the same owner."""

    PEOPLE = (
        person("ann", title="smith", off=False),
        person("bob", "ann", title="jones", off=False),
        person("cid", "bob", title="smith", off=True),
        person("dot", "bob", title=None, off=False),
        person("eve", "dot", title=None, off=False),
    )
    POINTS = {"ann": 1, "bob": 2, "cid": 4, "dot": 8, "eve": 16}  # noqa: RUF012  (a constant of the tests)

    def test_oneself_is_among_them_and_nobody_without_an_owner_shares(self) -> None:
        """Wherever they stand in the tree."""
        result = run(owned('own = "sum(positions, personal)"'), [*self.PEOPLE], self.POINTS)

        assert column(result, "own") == {"ann": 5, "bob": 2, "cid": 5, "dot": 8, "eve": 16}

    def test_where_says_who_counts_and_default_is_each_persons_own(self) -> None:
        """The value over nothing is computed for the person whose column it is."""
        result = run(
            owned('low = "min(positions, personal, where=personal > 2, default=personal * 10)"'),
            [*self.PEOPLE],
            self.POINTS,
        )

        assert column(result, "low") == {"ann": 4, "bob": 20, "cid": 4, "dot": 8, "eve": 16}

    def test_totals_by_owner_sum_the_positions(self) -> None:
        """Somebody without an owner stands under their own id."""
        result = run(owned(body=AWARD), [*self.PEOPLE], self.POINTS)

        assert result.totals_by_owner() == {
            name: Money.of(total, "USD") for name, total in {"smith": 5, "jones": 2, "dot": 8, "eve": 16}.items()
        }

    def test_without_an_owner_there_are_no_totals_of_owners(self) -> None:
        """A plan that doesn't say whose a position is has none to sum by."""
        result = run(plan(), [*self.PEOPLE], self.POINTS)

        with pytest.raises(ValueError, match=r"the plan has no `owner` in \[inputs\]"):
            result.totals_by_owner()

    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 3)), min_size=1, max_size=6))
    def test_every_function_agrees_with_the_twin(self, rows: list[tuple[str | None, int]]) -> None:
        """A twin that asks everybody who their fellows are."""
        names = [f"p{number}" for number in range(len(rows))]
        people = [person(name, title=owner, off=False) for name, (owner, _) in zip(names, rows, strict=True)]
        points = {name: pv for name, (_, pv) in zip(names, rows, strict=True)}
        by = owned(
            'together = "sum(positions, personal)"',
            'number = "count(positions, personal > 0)"',
            'some = "1 if any(positions, personal == 3) else 0"',
            'every = "1 if all(positions, personal > 0) else 0"',
            'most = "max(positions, personal)"',
            'least = "min(positions, personal, where=personal > 1, default=personal - 1)"',
            'average = "round(mean(positions, personal, default=0), 4)"',
            'two = "top(2, positions, personal)"',
        )

        result = run(by, people, points)

        for name, (owner, mine) in zip(names, rows, strict=True):
            fellows = [pv for pv_owner, pv in rows if owner is not None and pv_owner == owner] or [mine]
            expected = {
                "together": sum(fellows),
                "number": sum(pv > 0 for pv in fellows),
                "some": int(3 in fellows),
                "every": int(all(pv > 0 for pv in fellows)),
                "most": max(fellows),
                "least": min((pv for pv in fellows if pv > 1), default=mine - 1),
                "average": Decimal(round(Fraction(sum(fellows), len(fellows)) * 10000)) / 10000,
                "two": sum(sorted(fellows)[-2:]),
            }
            assert {measure: column(result, measure)[name] for measure in expected} == expected
