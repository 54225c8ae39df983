"""Measures and ranks that are given instead of computed: what reads them reads what is given."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from attrs import evolve

from compensation.engine.small_plans import HEADER, JUST_BEFORE, UNILEVEL, ledger, plan
from compensation.twin.engine_runs import engine_inputs
from compensation.twin.small_worlds import APRIL, chain, order, person, world
from mlmcore.compensation.columns import Column
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.inputs import Given, RunInputs, State
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result
from mlmcore.domain.errors import InputError
from mlmcore.genealogy import IdIndex
from mlmcore.operations._digests import input_digest

MEASURES = """
group_volume = "sum(group, personal)"
loss = "0 - personal"
word = "title"
since = "joined"
above = "id"
"""
RANKED = """
[rank]
from = "{source}"
climb = "highest"
[[ranks]]
id = "bronze"
requires = "personal >= 10"
[[ranks]]
id = "gold"
requires = "group_volume >= 100"
"""
PLAN = plan(MEASURES + RANKED.format(source="requires") + UNILEVEL)
SALE = order("sale", "cid", on=date(2026, 3, 10), cv=100, pv=5)
ROWS = {"ann": 0, "bob": 1, "cid": 2}


def points(*numbers: str | None) -> Column:
    """Points, as exact as they are written."""
    return Column.numbers([None if number is None else Decimal(number) for number in numbers], unit="points")


def given(*people: str, values: Column) -> Given:
    """What is given to some of the three."""
    return Given(rows=[ROWS[name] for name in people], values=values)


SCORED = loads_plan(
    HEADER.format(refunds="current", at="line").replace(
        'attributes = { off = "boolean", title = "text" }',
        'attributes = { off = "boolean", title = "text", score = "number" }',
    )
    + 'mark = "score"\n'
)


def inputs(by: Plan = PLAN, **columns: Given) -> RunInputs:
    """March for cid below bob below ann."""
    plain = engine_inputs(by, world(chain("ann", "bob", "cid", off=False), [SALE], company={"profit": 0}))
    return evolve(plain, given=columns)


def run(by: Plan = PLAN, **columns: Given) -> Result:
    """Calculate it."""
    return calculate(by, inputs(by, **columns))


def texts(result: Result, column: Column) -> dict[str, str]:
    """A column by id."""
    return {name: column.text(row) for row, name in enumerate(result.network.ids.labels(np.arange(len(column))))}


def refused(by: Plan = PLAN, **columns: Given) -> str:
    """What the engine says."""
    with pytest.raises(InputError) as caught:
        run(by, **columns)
    return str(caught.value)


class TestMeasures:
    def test_what_is_given_replaces_the_formula_for_that_person_and_for_nobody_else(self) -> None:
        """And everything that reads the measure reads what is given."""
        result = run(personal=given("bob", values=points("40")))

        assert texts(result, result.measures["personal"]) == {"ann": "0.00", "bob": "40.00", "cid": "5.00"}
        assert texts(result, result.measures["group_volume"]) == {"ann": "45.00", "bob": "45.00", "cid": "5.00"}

    def test_a_condition_that_is_given_decides_who_is_paid(self) -> None:
        """Here that nobody may be paid but ann."""
        result = run(active=given("bob", values=Column.booleans([False])))

        assert ledger(result) == ["uni 2 ann sale 3.00"]

    def test_texts_and_dates_can_be_given_and_none_where_the_measure_may_be_none(self) -> None:
        """A text that nobody else has, too."""
        result = run(
            word=given("cid", "ann", values=Column.texts(["chief", None])),
            since=given("bob", values=Column.dates([date(2026, 2, 3)])),
        )

        assert texts(result, result.measures["word"]) == {"ann": "none", "bob": "none", "cid": "chief"}
        assert texts(result, result.measures["since"])["bob"] == "2026-02-03"

    def test_who_has_no_value_still_has_none(self) -> None:
        """Whether those who are given one all have it or not."""
        given_one = run(SCORED, mark=given("ann", values=Column.numbers([Decimal(7)])))
        given_none = run(SCORED, mark=given("ann", "cid", values=Column.numbers([Decimal(7), None])))

        expected = {"ann": "7.00", "bob": "none", "cid": "none"}
        assert texts(given_one, given_one.measures["mark"]) == expected
        assert texts(given_none, given_none.measures["mark"]) == expected

    def test_rows_may_stand_in_any_order(self) -> None:
        """A row names a person, whatever the order in which the run sees people."""
        forwards = run(personal=given("ann", "cid", values=points("1", "2")))
        backwards = run(personal=given("cid", "ann", values=points("2", "1")))

        assert forwards.digest == backwards.digest
        assert texts(forwards, forwards.measures["personal"]) == {"ann": "1.00", "bob": "0.00", "cid": "2.00"}


class TestRanks:
    @pytest.mark.parametrize("source", ["requires", "best"])
    def test_a_rank_that_is_given_is_the_persons_rank(self, source: str) -> None:
        """Also where the formula says a higher one, or the best ever was higher; the best is never lowered."""
        by = plan(MEASURES + RANKED.format(source=source))
        previous = State(ids=IdIndex.from_labels(["ann"]), best_rank=Column.texts(["gold"]))
        wanted = given("ann", "bob", values=Column.texts(["bronze", "gold"]))

        result = calculate(by, evolve(inputs(by, rank=wanted), previous=previous))

        assert texts(result, result.ranks) == {"ann": "bronze", "bob": "gold", "cid": "none"}
        assert texts(result, result.rank_now) == {"ann": "bronze", "bob": "gold", "cid": "none"}
        assert texts(result, result.rank_best) == {"ann": "gold", "bob": "gold", "cid": "none"}

    def test_none_takes_a_rank_away(self) -> None:
        """That the requirement gives."""
        result = run(personal=given("bob", values=points("100")), rank=given("bob", values=Column.texts([None])))

        assert texts(result, result.ranks) == {"ann": "gold", "bob": "none", "cid": "none"}


class TestBeforeOrders:
    """What is given to somebody is given at any time, also just before an order."""

    def test_a_text(self) -> None:
        """Cid is given basic, and is not paid as a gold one."""
        by = plan(
            """grade = "'basic' if personal > 3 else 'gold'"\n"""
            + JUST_BEFORE.format(amount="50 if grade == 'gold' else 20 if grade == 'silver' else 10")
        )

        assert self.paid(by) == "50.00"
        assert self.paid(by, grade=given("cid", values=Column.texts(["basic"]))) == "10.00"
        assert self.paid(by, grade=given("cid", values=Column.texts(["silver"]))) == "20.00"

    def test_a_number_where_there_would_be_none(self) -> None:
        """And none where there would be a number."""
        amount = "10 if mark == none else mark"
        absent = plan('mark = "none if personal < 3 else 7"\n' + JUST_BEFORE.format(amount=amount))
        there = plan('mark = "none if personal > 3 else 7"\n' + JUST_BEFORE.format(amount=amount))

        assert self.paid(absent) == "10.00"
        assert self.paid(absent, mark=given("cid", values=Column.numbers([5]))) == "5.00"
        assert self.paid(there) == "7.00"
        assert self.paid(there, mark=given("cid", values=Column.numbers([None]))) == "10.00"

    def paid(self, by: Plan, **columns: Given) -> str:
        """What cid's only order, before which there was none, pays her."""
        result = run(by, **columns)
        return str(result.paid_to(result.network.ids.find_labels(["cid"])[0]).amount)


class TestRefusals:
    def test_everything_that_does_not_fit_is_said_at_once(self) -> None:
        """Name, kind, unit, places, none, sign."""
        said = refused(
            persnal=given("ann", values=points("1")),
            group_volume=given("ann", values=Column.numbers([Decimal("1.25")], unit="money")),
            personal=given("ann", "bob", values=points("1.255", None)),
            active=given("ann", values=points("1")),
            above=given("ann", values=Column.texts(["bob"])),
            since=given("ann", values=Column.dates([None])),
            rank=given("ann", "bob", values=Column.texts(["golden", None])),
        )

        assert said.splitlines() == [
            "8 findings:",
            "given.above: the measure is a person, which cannot be given; give what it is made of",
            "given.active: it is points, and the measure is boolean; give those",
            "given.group_volume: it is money, and the measure is points; give those",
            "given.persnal: 'persnal' is no measure; did you mean 'personal'?",
            "given.personal: it has 3 decimal places, and the measure has 2; round it",
            "given.personal: it is none, and the measure never is; give a value",
            "given.rank: 'golden' is no rank of the plan; did you mean 'gold'?",
            "given.since: it is none, and the measure never is; give a value",
        ]

    def test_ranks_are_given_as_texts_and_only_where_there_are_ranks(self) -> None:
        """Two findings of two plans."""
        assert refused(rank=given("ann", values=points("1"))) == "given.rank: it is number; give ranks as texts, by id"
        assert refused(plan(), rank=given("ann", values=Column.texts(["gold"]))) == (
            "given.rank: 'rank' is no measure; known: active, personal"
        )

    def test_a_negative_value_is_refused_where_the_formula_is_never_negative(self) -> None:
        """The loader relied on that when it did not ask for `negative`."""
        by = plan('heads = "count(group)"\n')

        for values in ([-1, -2], [-1, 2], [2, -1]):
            assert refused(by, heads=given("ann", "bob", values=Column.numbers(values))) == (
                "given.heads: it is negative, and the formula never is; give what the formula could come to"
            )
        assert texts(result := run(loss=given("ann", values=points("-3"))), result.measures["loss"])["ann"] == "-3.00"

    def test_nothing_is_given_to_somebody_who_joins_later(self) -> None:
        """Who is not in the run."""
        people = [person("ann", off=False), person("late", "ann", joined=APRIL, off=False)]
        plain = engine_inputs(PLAN, world(people, [], company={"profit": 0}))
        late = evolve(plain, given={"personal": Given(rows=[1], values=points("1"))})

        with pytest.raises(InputError) as caught:
            calculate(PLAN, late)

        assert str(caught.value) == (
            "person late: personal is given, and the person joined after the period; leave it out"
        )

    @pytest.mark.parametrize(
        ("rows", "said"),
        [
            ([0, 0], "rows holds a person twice"),
            ([-1, 0], "rows holds -1, which is nobody"),
            ([0], "values has 2 rows, but there are 1 people"),
        ],
    )
    def test_rows_and_values_belong_together(self, rows: list[int], said: str) -> None:
        """A mistake of the caller's code."""
        with pytest.raises(ValueError) as caught:  # noqa: PT011  (the message is asserted whole)
            Given(rows=rows, values=points("1", "2"))

        assert str(caught.value) == said

    def test_a_row_beyond_the_people_is_a_mistake_of_the_caller(self) -> None:
        """Found when the inputs are made."""
        with pytest.raises(ValueError) as caught:  # noqa: PT011  (the message is asserted whole)
            evolve(inputs(), given={"personal": Given(rows=[3], values=points("1"))})

        assert str(caught.value) == "'personal' is given for row 3, but there are 3 people"


class TestDigest:
    def test_what_is_given_is_an_input(self) -> None:
        """The digest of the inputs changes with its name, its people and its values, and not with the order of rows."""
        one = inputs(personal=given("ann", "bob", values=points("1", "2")))
        same = inputs(personal=given("bob", "ann", values=points("2", "1")))
        others = [
            inputs(),
            inputs(loss=given("ann", "bob", values=points("1", "2"))),
            inputs(personal=given("ann", "cid", values=points("1", "2"))),
            inputs(personal=given("ann", "bob", values=points("2", "1"))),
        ]

        assert input_digest(one) == input_digest(same)
        assert len({input_digest(each) for each in [one, *others]}) == 5
